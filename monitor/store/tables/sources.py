"""I/O: the database. Feeds, entries, and articles with their versions and changes; claims on them, and hosts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, UniqueConstraint, and_, false, text
from sqlmodel import Field

from monitor.store.tables.base import Row, table
from monitor.store.types import MessageType, Packed, Utc, Words

# Of an index of entries that still wait: most have ended. Queries must write it so, without a parameter.
IS_PENDING = text("outcome = 'pending'")


class FeedRow(Row, table=True):
    """A URL that is polled, with its state. Unless `listed` it is no longer in feeds.yaml and kept for its entries.

    `memory`: a `model.FeedState` as JSON; it is read and written as a whole. `claim`: the last claim that took it.
    `slice`: of the host that its next request goes to.
    """

    __table_args__ = (Index(None, "slice", "next_due"), Index(None, "outlet"))
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(sa_type=Words, unique=True)
    url: str = Field(sa_type=Words)
    outlet: str = Field(sa_type=Words)
    language: str = Field(default="", sa_type=Words)
    country: str = Field(default="", sa_type=Words)
    # At least this long between visits; null: the schedule decides alone.
    interval_seconds: int | None = None
    paused: bool = False
    proxy: str = Field(default="", sa_type=Words)
    speaks_for: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    # False once it left feeds.yaml: the row stays, because entries refer to it.
    listed: bool = True
    # True for the site of links that users added, which is no feed and never listed.
    by_hand: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    title: str = Field(default="", sa_type=Words)
    status: str = Field(default="new", sa_type=Words)
    status_since: datetime | None = Field(default=None, sa_type=Utc)
    detail: str = Field(default="", sa_type=MessageType)
    # JSON of `model.FeedState`: what one visit leaves for the next.
    memory: str = Field(default="{}", sa_type=Words)
    visits: int = 0
    # In a row; a success resets it to 0.
    failures: int = 0
    next_due: datetime | None = Field(default=None, sa_type=Utc)
    last_visit: datetime | None = Field(default=None, sa_type=Utc)
    # When it was last read, changed or not.
    last_ok: datetime | None = Field(default=None, sa_type=Utc)
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)
    claim: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    slice: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class FeedDayRow(Row, table=True):
    """What a feed brought in a day of UTC: bytes of texts and pages, new entries, mentions; and what was left out."""

    feed: int = Field(foreign_key="feed.number", primary_key=True)
    day: date = Field(primary_key=True)
    bytes: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    articles: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    mentions: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    entries_left_out: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    pages_left_out: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class EntryRow(Row, table=True):
    """An item of a feed. `key` is its guid, or else its URL, or else a hash of its content."""

    __table_args__ = (
        UniqueConstraint("feed", "key"),
        Index(None, "outcome", "feed"),
        Index(None, "feed", "first_seen", "published"),  # covers statistics of feeds
        Index(None, "outcome", "slice", "due"),
    )
    id: int | None = Field(default=None, primary_key=True)
    feed: int = Field(foreign_key="feed.number")
    key: str = Field(sa_type=Words)
    url: str = Field(default="", sa_type=Words)
    guid: str = Field(default="", sa_type=Words)
    title: str = Field(default="", sa_type=Words)
    author: str = Field(default="", sa_type=Words)
    summary: str = Field(default="", sa_type=Words)
    content: str = Field(default="", sa_type=Words)
    published: datetime | None = Field(default=None, sa_type=Utc)
    published_precision: str = Field(default="", sa_type=Words)
    published_raw: str = Field(default="", sa_type=Words)
    is_complete: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    first_seen: datetime = Field(sa_type=Utc)
    outcome: str = Field(default="pending", sa_type=Words)
    detail: str = Field(default="", sa_type=MessageType)
    # What its page came to without the names of its article; of other outcomes the same again.
    unmatched_outcome: str = Field(default="pending", sa_type=Words, sa_column_kwargs={"server_default": "pending"})
    # Requests for the page that were really sent: an open circuit breaker costs no try.
    tries: int = 0
    due: datetime | None = Field(default=None, sa_type=Utc)
    last_try: datetime | None = Field(default=None, sa_type=Utc)
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)
    claim: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    slice: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    article: int | None = Field(default=None, foreign_key="article.id", index=True)
    older: bool = False


class ArticleRow(Row, table=True):
    """An article; `version` is the number of its current version.

    `seen`: its publication time, or when it was first seen if that was earlier. `older`: published before its feed was
    read for the first time, or before anyone named in it was watched. `sketch` to `romanisation` are its fingerprint
    (`model.Fingerprint`). `gone`: when its page was found to be gone; the response is stored if it names someone.
    """

    __table_args__ = (Index(None, "outlet", "first_seen"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(sa_type=Words, unique=True)
    outlet: str = Field(default="", sa_type=Words)
    country: str = Field(default="", sa_type=Words)
    version: int = 1
    first_seen: datetime = Field(sa_type=Utc, index=True)
    seen: datetime = Field(sa_type=Utc)
    older: bool = False
    speaker: str = Field(default="site", sa_type=Words, sa_column_kwargs={"server_default": "site"})
    gone: datetime | None = Field(default=None, sa_type=Utc)
    gone_why: str = Field(default="", sa_type=Words)
    gone_url: str = Field(default="", sa_type=Words)
    gone_status: int = 0
    gone_headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    gone_request: str = Field(default="", sa_type=Words, sa_column_kwargs={"server_default": ""})
    gone_body_sha256: str = Field(default="", sa_type=Words)
    sketch: bytes = Field(default=b"", sa_type=LargeBinary)
    names: bytes = Field(default=b"", sa_type=LargeBinary)
    numbers: bytes = Field(default=b"", sa_type=LargeBinary)
    words: bytes = Field(default=b"", sa_type=LargeBinary)
    romanisation: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class ArticleVersionRow(Row, table=True):
    """An article's page as fetched at one time. Old versions are kept as evidence.

    `sha256` is the hex hash of the text as UTF-8; it stays when the text of an article that names nobody is `dropped`.
    `zones` are rows of (zone, start, end) in the text. `body_sha256` is the hash of the response body, which is in
    `raw_body`, and its `headers` and `request` here, if the article named someone when it was fetched. `still`:
    when the page was last seen unchanged.
    """

    # For lists in one language: on SQLite a language stands beside its text, which would be read with it.
    __table_args__ = (Index(None, "article", "version", "language"),)
    article: int = Field(foreign_key="article.id", primary_key=True)
    version: int = Field(primary_key=True)
    stored: datetime = Field(sa_type=Utc)
    # Where the page was found after redirects.
    url: str = Field(default="", sa_type=Words)
    title: str = Field(default="", sa_type=Words)
    text: str = Field(default="", sa_type=Words)
    text_from: str = Field(default="page", sa_type=Words)
    language: str = Field(default="", sa_type=Words)
    authors: list[str] = Field(default_factory=list, sa_type=JSON)
    published: datetime | None = Field(default=None, sa_type=Utc)
    published_source: str = Field(default="", sa_type=Words)
    published_precision: str = Field(default="", sa_type=Words)
    published_raw: str = Field(default="", sa_type=Words)
    fetched: datetime | None = Field(default=None, sa_type=Utc)
    zones: list[list[Any]] = Field(default_factory=list, sa_type=JSON)
    sha256: str = Field(sa_type=Words)
    dropped: datetime | None = Field(default=None, sa_type=Utc)
    heading: str = Field(default="", sa_type=Words)
    body_sha256: str = Field(default="", sa_type=Words)
    headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    still: datetime | None = Field(default=None, sa_type=Utc)
    request: str = Field(default="", sa_type=Words, sa_column_kwargs={"server_default": ""})


class RawBodyRow(Row, table=True):
    """The response body of an article that names someone, decompressed but not decoded; stored once per hash."""

    sha256: str = Field(sa_type=Words, primary_key=True)
    body: bytes = Field(sa_type=Packed)


class ArticleWordsRow(Row, table=True):
    """The folded words of a filed article's current version, each once, for full-text search (`indexes/search.py`)."""

    article: int = Field(foreign_key="article.id", primary_key=True)
    words: str = Field(sa_type=Words)


class RevisitRow(Row, table=True):
    """A planned recheck of an article's page, deleted after the last. `missing`: when the page was first missing."""

    __table_args__ = (Index(None, "slice", "due"),)
    article: int = Field(foreign_key="article.id", primary_key=True)
    entry: int = Field(foreign_key="entry.id")  # its URL is fetched
    since: datetime = Field(sa_type=Utc)
    due: datetime = Field(sa_type=Utc, index=True)
    # Sent with the recheck: an unchanged page then costs a 304 and no body.
    etag: str = Field(default="", sa_type=Words)
    last_modified: str = Field(default="", sa_type=Words)
    missing: datetime | None = Field(default=None, sa_type=Utc)
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)
    claim: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    slice: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class UnreadTextRow(Row, table=True):
    """A stored text, or a page that is gone, which the closed watch has not read yet; deleted when it has.

    It waits whoever it names, and whether or not a name is closed. `lines`: (text, its zones) that are added to the
    text where they name somebody more. `body`: of the page, or of what the server answers in its place.
    """

    __table_args__ = ({"sqlite_autoincrement": True},)
    id: int | None = Field(default=None, primary_key=True)
    article: int = Field(foreign_key="article.id", index=True)
    lines: list[Any] = Field(default_factory=list, sa_type=JSON)
    is_absence: bool = False
    url: str = Field(default="", sa_type=Words)
    status: int = 0
    headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    body: bytes | None = Field(default=None, sa_type=Packed)
    request: str = Field(default="", sa_type=Words, sa_column_kwargs={"server_default": ""})


class FindingRow(Row, table=True):
    """A change of a filed article that people must see; stored when the change is filed into the review item."""

    id: int | None = Field(default=None, primary_key=True)
    article: int = Field(foreign_key="article.id", index=True)
    version: int
    kind: str = Field(sa_type=Words)
    entity: int | None = Field(default=None, foreign_key="entity.number")
    before: str = Field(default="", sa_type=Words)
    after: str = Field(default="", sa_type=Words)
    found: datetime = Field(sa_type=Utc, index=True)
    withdrawn_acts: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})


class AdditionRow(Row, table=True):
    """An article that a user put into the queue: a stored one, or that of an entry, null until its page was read."""

    id: int | None = Field(default=None, primary_key=True)
    entry: int | None = Field(default=None, foreign_key="entry.id", index=True)
    article: int | None = Field(default=None, foreign_key="article.id", index=True)
    by: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Utc)
    note: str = Field(default="", sa_type=Words)


addition = table(AdditionRow)
feed = table(FeedRow)
feed_day = table(FeedDayRow)
entry = table(EntryRow)
article = table(ArticleRow)
article_version = table(ArticleVersionRow)
raw_body = table(RawBodyRow)
article_words = table(ArticleWordsRow)
revisit = table(RevisitRow)
finding = table(FindingRow)
unread_text = table(UnreadTextRow)

IS_CURRENT = and_(article_version.c.article == article.c.id, article_version.c.version == article.c.version)


class ClaimRow(Row, table=True):
    """An open claim: a run or a job that works on rows with its number. Deleted when it ends; numbers never return."""

    __table_args__ = ({"sqlite_autoincrement": True},)
    number: int | None = Field(default=None, primary_key=True)
    worker: str = Field(sa_type=Words)
    began: datetime = Field(sa_type=Utc)
    until: datetime = Field(sa_type=Utc)
    queue: str = Field(default="", sa_type=Words)
    slice: int | None = None
    version: int | None = None


class HostStateRow(Row, table=True):
    """The politeness state of an origin between two runs. While the row is claimed, nobody else may ask this origin."""

    origin: str = Field(sa_type=Words, primary_key=True)
    last_request: datetime | None = Field(default=None, sa_type=Utc)
    rest_until: datetime | None = Field(default=None, sa_type=Utc)
    gap: float = 0.0
    robots: bytes = Field(default=b"", sa_type=Packed)
    robots_read: datetime | None = Field(default=None, sa_type=Utc)
    claim: int = 0
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)


class ArchiveRangeRow(Row, table=True):
    """A part of a rescan: the articles numbered from `bottom` to `top`, looked through from the top down.

    `position`: the highest one that is left; below `bottom` it is done. `version`: of the watchlist that is looked for.
    """

    top: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    bottom: int
    position: int
    version: int
    claim: int = 0
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)


archive_range = table(ArchiveRangeRow)
claim = table(ClaimRow)
host_state = table(HostStateRow)
