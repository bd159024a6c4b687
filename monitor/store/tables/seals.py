"""I/O: the database. The daily seal: a hash of every page that was stored, the seals, and their time stamps."""

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from monitor.store.tables.base import Row, table
from monitor.store.types import Utc, Words


class SealedPageRow(Row, table=True):
    """A leaf of a day's seal: one version of an article, or the answer in its place (`version` 0), whoever it names.

    `leaf` is the hash of the others (`pack_format.leaf_hash`). It stays when the article is purged, the others go.
    `text` is the hash of the page's text before lines were added that name somebody. `seal` is null until it is sealed.
    """

    __table_args__ = (Index(None, "article", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    article: int | None = Field(default=None, foreign_key="article.id")
    version: int = 0
    kind: str = Field(sa_type=Words)
    at: datetime | None = Field(default=None, sa_type=Utc)
    status: int = 0
    salt: bytes = Field(default=b"", sa_type=LargeBinary)
    address: bytes = Field(default=b"", sa_type=LargeBinary)
    title: bytes = Field(default=b"", sa_type=LargeBinary)
    text: bytes = Field(default=b"", sa_type=LargeBinary)
    page: bytes = Field(default=b"", sa_type=LargeBinary)
    headers: bytes = Field(default=b"", sa_type=LargeBinary)
    leaf: bytes = Field(sa_type=LargeBinary)
    seal: int | None = Field(default=None, foreign_key="seal.number", index=True)


class SealRow(Row, table=True):
    """The seal of a day. `tree` is the root over its leaves; `before` the hash of the seal before, both in hex.

    `filler` makes the leaves that fill the tree up to a power of two, so that nobody can count the pages of a day.
    """

    number: int | None = Field(default=None, primary_key=True)
    day: date = Field(unique=True)
    tree: str = Field(sa_type=Words)
    before: str = Field(sa_type=Words)
    filler: bytes = Field(sa_type=LargeBinary)
    sealed_at: datetime = Field(sa_type=Utc)


class SealStampRow(Row, table=True):
    """A time stamp of a seal by an authority: its response as it came (RFC 3161), and its certificates as PEM."""

    seal: int = Field(foreign_key="seal.number", primary_key=True)
    authority: str = Field(sa_type=Words, primary_key=True)
    at: datetime = Field(sa_type=Utc)
    response: bytes = Field(sa_type=LargeBinary)
    certificates: str = Field(sa_type=Words)


sealed_page = table(SealedPageRow)
seal = table(SealRow)
seal_stamp = table(SealStampRow)
