"""I/O: the database. Runs, daily seals, mailings and deliveries, and the users of the desk."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, UniqueConstraint, false
from sqlmodel import Field

from monitor.store.tables.base import Row, table
from monitor.store.types import MessagesType, MessageType, Utc, Words


class RunRow(Row, table=True):
    """The figures of one ingest run."""

    id: int | None = Field(default=None, primary_key=True)
    started: datetime = Field(sa_type=Utc, index=True)
    ended: datetime | None = Field(default=None, sa_type=Utc)
    due: int = 0
    fetched: int = 0
    unchanged: int = 0
    failed: int = 0
    entries: int = 0
    articles: int = 0
    revisits: int = 0
    common_surnames: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    outcomes: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    problems: list[str] = Field(default_factory=list, sa_type=MessagesType)
    outage: bool = False


class MailingRow(Row, table=True):
    """A rendered message of a window to an audience. A window begins where the one before it ended.

    `audience`: a line of recipients.yaml, or empty for the addresses in the settings. A row without a subject only
    marks a span in which nothing was to be sent.
    """

    __table_args__ = (
        UniqueConstraint("audience", "kind", "since"),
        UniqueConstraint("audience", "kind", "until"),
        CheckConstraint("since < until", "window"),
    )
    id: int | None = Field(default=None, primary_key=True)
    since: datetime = Field(sa_type=Utc)
    until: datetime = Field(sa_type=Utc, index=True)
    made: datetime = Field(sa_type=Utc)
    subject: str = Field(sa_type=Words)
    text: str = Field(sa_type=Words)
    html: str = Field(sa_type=Words)
    audience: str = Field(default="", sa_type=Words, sa_column_kwargs={"server_default": ""})
    kind: str = Field(default="digest", sa_type=Words, sa_column_kwargs={"server_default": "digest"})


class DeliveryRow(Row, table=True):
    """A mailing to one recipient over one channel. It is tried again, not before `due`, until `sent` or `refused`."""

    __table_args__ = (
        UniqueConstraint("mailing", "channel", "recipient"),
        UniqueConstraint("channel", "external_id"),
        CheckConstraint("sent IS NULL OR refused IS NULL", "sent_or_refused"),
    )
    id: int | None = Field(default=None, primary_key=True)
    mailing: int = Field(foreign_key="mailing.id")
    channel: str = Field(sa_type=Words)
    recipient: str = Field(sa_type=Words)
    external_id: str = Field(sa_type=Words)
    tries: int = 0
    sent: datetime | None = Field(default=None, sa_type=Utc)
    refused: datetime | None = Field(default=None, sa_type=Utc)
    detail: str = Field(default="", sa_type=MessageType)
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)
    due: datetime | None = Field(default=None, sa_type=Utc)
    scope: str = Field(default="", sa_type=Words)
    encrypted: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class AlertedNameRow(Row, table=True):
    """A watched name of an item that an alert told of, and the outlet whose news it was: `model.AlertedName`."""

    id: int | None = Field(default=None, primary_key=True)
    mailing: int = Field(foreign_key="mailing.id")
    item: int = Field(foreign_key="review_item.id", index=True)
    entity: int = Field(foreign_key="entity.number")
    outlet: str = Field(default="", sa_type=Words)
    filed: datetime | None = Field(default=None, sa_type=Utc)
    due: bool = False


class PersonRow(Row, table=True):
    """A user of the desk. `key` is the folded name, so that no two look alike; rows are never deleted."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_type=Words)
    key: str = Field(sa_type=Words, unique=True)
    role: str = Field(sa_type=Words)
    since: datetime = Field(sa_type=Utc)
    password: str = Field(default="", sa_type=Words)
    language: str = Field(default="", sa_type=Words)
    shortcuts: bool = True
    closed: datetime | None = Field(default=None, sa_type=Utc)
    cleared: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class SessionRow(Row, table=True):
    """A signed-in browser; `token` is a hash."""

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(sa_type=Words, unique=True)
    person: int = Field(foreign_key="person.id", index=True)
    begun: datetime = Field(sa_type=Utc)
    seen: datetime = Field(sa_type=Utc)
    browser: str = Field(default="", sa_type=Words)


class TokenRow(Row, table=True):
    """An API token, with which a program reads the queue as its user; `token` is a hash."""

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(sa_type=Words, unique=True)
    person: int = Field(foreign_key="person.id", index=True)
    label: str = Field(sa_type=Words)
    since: datetime = Field(sa_type=Utc)
    used: datetime | None = Field(default=None, sa_type=Utc)


class InvitationRow(Row, table=True):
    """A link that creates an account or sets a new password once; `token` is a hash."""

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(sa_type=Words, unique=True)
    role: str = Field(sa_type=Words)
    until: datetime = Field(sa_type=Utc)
    person: int | None = Field(default=None, foreign_key="person.id")
    by: int | None = Field(default=None, foreign_key="person.id")
    used: datetime | None = Field(default=None, sa_type=Utc)


class AuditRow(Row, table=True):
    """An act of a user at the desk. Append-only; it holds numbers, never watched names.

    `by` is the number of an account, in the store of the closed watch that of one in the open store.
    """

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Utc)
    by: int | None = None
    act: str = Field(sa_type=Words)
    about: int | None = None
    detail: str = Field(default="", sa_type=Words)


class CheckedInputRow(Row, table=True):
    """The result of a check, and a hash or version of what was checked."""

    name: str = Field(sa_type=Words, primary_key=True)
    input: str = Field(sa_type=Words)
    result: int


run = table(RunRow)
mailing = table(MailingRow)
delivery = table(DeliveryRow)
alerted_name = table(AlertedNameRow)
person = table(PersonRow)
session = table(SessionRow)
token = table(TokenRow)
invitation = table(InvitationRow)
audit = table(AuditRow)
checked_input = table(CheckedInputRow)


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
