"""I/O: the database. The tables, in the words of the glossary.

Rows stay inside `store`: a `table=True` class does not validate and carries its session about. Everything that has
a natural key has it as a unique constraint, so that doing a thing twice cannot store it twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, MetaData, Table, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from monitor.store.types import MessagesType, MessageType, Packed, Utc, Words

# Names for every constraint, so that a later migration can alter it on both databases.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """What all tables share: their metadata, apart from any other package's."""

    metadata = MetaData(naming_convention=NAMES)


def table(row: type[Row]) -> Table:
    return Row.metadata.tables[str(row.__tablename__)]


class FeedRow(Row, table=True):
    """A URL we poll, and what we know of it. Not `listed`: gone from feeds.yaml, kept for what it brought.

    `memory`: a `model.Memory` as JSON; it is read and written whole.
    """

    __tablename__ = "feed"
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(sa_type=Words, unique=True)
    url: str = Field(sa_type=Words)
    outlet: str = Field(sa_type=Words)
    language: str = Field(default="", sa_type=Words)
    country: str = Field(default="", sa_type=Words)
    interval_seconds: int | None = None
    paused: bool = False
    proxy: str = Field(default="", sa_type=Words)
    listed: bool = True
    title: str = Field(default="", sa_type=Words)
    status: str = Field(default="new", sa_type=Words)
    status_since: datetime | None = Field(default=None, sa_type=Utc)
    detail: str = Field(default="", sa_type=MessageType)
    memory: str = Field(default="{}", sa_type=Words)
    visits: int = 0
    failures: int = 0
    next_due: datetime | None = Field(default=None, sa_type=Utc)
    last_visit: datetime | None = Field(default=None, sa_type=Utc)
    last_ok: datetime | None = Field(default=None, sa_type=Utc)
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)


class EntryRow(Row, table=True):
    """One item of a feed. `key`: its guid, else its URL, else a hash of what it says."""

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("feed", "key"),
        Index(None, "outcome", "feed"),
        Index(None, "feed", "first_seen", "published"),  # what a feed brings, and when, without the rows
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
    first_seen: datetime = Field(sa_type=Utc)
    outcome: str = Field(default="pending", sa_type=Words)
    detail: str = Field(default="", sa_type=Words)
    tries: int = 0
    due: datetime | None = Field(default=None, sa_type=Utc)
    last_try: datetime | None = Field(default=None, sa_type=Utc)
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)
    article: int | None = Field(default=None, foreign_key="article.id", index=True)
    older: bool = False


class ArticleRow(Row, table=True):
    """An article in all its versions; `version` is the current one.

    `seen`: when it was published, or first seen if that was earlier. `older`: it was published before we read its feed,
    or before anyone named in it was watched. The four sets are its fingerprint. `gone`: when it was found to be;
    where it names someone, what was answered then is kept as of a version.
    """

    __tablename__ = "article"
    __table_args__ = (Index(None, "outlet", "first_seen"),)
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(sa_type=Words, unique=True)
    outlet: str = Field(default="", sa_type=Words)
    country: str = Field(default="", sa_type=Words)
    version: int = 1
    first_seen: datetime = Field(sa_type=Utc, index=True)
    seen: datetime = Field(sa_type=Utc)
    older: bool = False
    gone: datetime | None = Field(default=None, sa_type=Utc)
    gone_why: str = Field(default="", sa_type=Words)
    gone_url: str = Field(default="", sa_type=Words)
    gone_status: int = 0
    gone_headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    gone_body_sha256: str = Field(default="", sa_type=Words)
    sketch: bytes = Field(default=b"", sa_type=LargeBinary)
    names: bytes = Field(default=b"", sa_type=LargeBinary)
    numbers: bytes = Field(default=b"", sa_type=LargeBinary)
    words: bytes = Field(default=b"", sa_type=LargeBinary)


class ArticleVersionRow(Row, table=True):
    """What the page said at one time. Old versions are kept: they are evidence.

    `sha256` is of the text as UTF-8, in hex; it stays when a text that names nobody is `dropped`. `zones` are rows of
    (zone, start, end) in the text. `body_sha256` is of the bytes that came; where the article names someone they stand
    in `raw_body`, or they were let go before it was known to, and this is empty. `still`: when they last said the same.
    """

    __tablename__ = "article_version"
    article: int = Field(foreign_key="article.id", primary_key=True)
    version: int = Field(primary_key=True)
    stored: datetime = Field(sa_type=Utc)
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


class RawBodyRow(Row, table=True):
    """What a server sent, byte for byte but unpacked, of an article that names someone. The same bytes stand once."""

    __tablename__ = "raw_body"
    sha256: str = Field(sa_type=Words, primary_key=True)
    body: bytes = Field(sa_type=Packed)


class ArticleWordsRow(Row, table=True):
    """The words an article in a story says now, each once and folded (`search`)."""

    __tablename__ = "article_words"
    article: int = Field(foreign_key="article.id", primary_key=True)
    words: str = Field(sa_type=Words)


class RevisitRow(Row, table=True):
    """An article whose page is to be asked for again: a row until the last time. `missing`: first found to be."""

    __tablename__ = "revisit"
    article: int = Field(foreign_key="article.id", primary_key=True)
    entry: int = Field(foreign_key="entry.id")  # whose address is asked for
    since: datetime = Field(sa_type=Utc)
    due: datetime = Field(sa_type=Utc, index=True)
    etag: str = Field(default="", sa_type=Words)
    last_modified: str = Field(default="", sa_type=Words)
    missing: datetime | None = Field(default=None, sa_type=Utc)
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)


class FindingRow(Row, table=True):
    """What people must see of a change that an article in a story took, told when the item took it in."""

    __tablename__ = "finding"
    id: int | None = Field(default=None, primary_key=True)
    article: int = Field(foreign_key="article.id", index=True)
    version: int
    kind: str = Field(sa_type=Words)
    entity: int | None = Field(default=None, foreign_key="entity.number")
    before: str = Field(default="", sa_type=Words)
    after: str = Field(default="", sa_type=Words)
    found: datetime = Field(sa_type=Utc, index=True)


class EntityRow(Row, table=True):
    """A watched person, organisation or outlet. `number` is opaque and never given twice; removed rows stay."""

    __tablename__ = "entity"
    __table_args__ = ({"sqlite_autoincrement": True},)
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(sa_type=Words, unique=True)
    name: str = Field(sa_type=Words)
    type: str = Field(sa_type=Words)
    note: str = Field(default="", sa_type=Words)
    sensitive: bool = False
    alert: str = Field(sa_type=Words)
    context: dict[str, list[str]] = Field(default_factory=dict, sa_type=JSON)
    removed: datetime | None = Field(default=None, sa_type=Utc)


class AliasRow(Row, table=True):
    """Another name of an entity, in the order the watchlist gives them."""

    __tablename__ = "alias"
    entity: int = Field(foreign_key="entity.number", primary_key=True)
    position: int = Field(primary_key=True)
    name: str = Field(sa_type=Words)


class WatchlistVersionRow(Row, table=True):
    """What one change of the watchlist brought (ids of entities), from where.

    `to_look_through`: articles up to this number are still to be searched for what it brought; null when that is done.
    `file_hash`: of the file that the list was last taken in from.
    """

    __tablename__ = "watchlist_version"
    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Utc)
    source: str = Field(sa_type=Words)
    added: list[str] = Field(default_factory=list, sa_type=JSON)
    changed: list[str] = Field(default_factory=list, sa_type=JSON)
    removed: list[str] = Field(default_factory=list, sa_type=JSON)
    to_look_through: int | None = None
    file_hash: str = Field(default="", sa_type=Words)


class HitRow(Row, table=True):
    """One entity in one article. In force while `version` is the article's; else a name that an edit took out.

    `filed`: its review item has taken it in; what awaits a person and is not filed yet is what filing works off.
    """

    __tablename__ = "hit"
    __table_args__ = (UniqueConstraint("article", "entity"),)
    id: int | None = Field(default=None, primary_key=True)
    article: int = Field(foreign_key="article.id")
    entity: int = Field(foreign_key="entity.number", index=True)
    version: int
    confidence: str = Field(sa_type=Words)
    alerts: bool
    why: str = Field(default="", sa_type=MessageType)
    found: datetime = Field(sa_type=Utc)
    filed: bool = False


class MentionRow(Row, table=True):
    """A place where a watched name stands, in one version of an article; offsets in code points of that version.

    `other_places`: on the last one of a hit and version, how many more there are that have no row.
    """

    __tablename__ = "mention"
    __table_args__ = (UniqueConstraint("hit", "version", "field", "start", "end"),)
    id: int | None = Field(default=None, primary_key=True)
    hit: int = Field(foreign_key="hit.id")
    version: int
    field: str = Field(sa_type=Words)
    start: int
    end: int
    alias: str = Field(sa_type=Words)
    text: str = Field(sa_type=Words)
    confidence: str = Field(sa_type=Words)
    score: float
    why: list[str] = Field(default_factory=list, sa_type=MessagesType)
    other_places: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class StoryRow(Row, table=True):
    """Articles that tell the same event."""

    __tablename__ = "story"
    id: int | None = Field(default=None, primary_key=True)
    first_seen: datetime = Field(sa_type=Utc)


class StoryArticleRow(Row, table=True):
    """An article in its story, and why there. `id` is the order of filing."""

    __tablename__ = "story_article"
    __table_args__ = (Index(None, "filed", "article"), Index(None, "story", "filed"))
    id: int | None = Field(default=None, primary_key=True)
    story: int = Field(foreign_key="story.id")
    article: int = Field(foreign_key="article.id", unique=True)
    copy_of: int | None = Field(default=None, foreign_key="article.id")
    rule: str = Field(sa_type=Words)
    score: float
    why: str = Field(default="", sa_type=Words)
    filed: datetime = Field(sa_type=Utc)
    version: int  # of the article, as the item has taken it in
    changed: datetime | None = Field(default=None, sa_type=Utc)


class CandidateHashRow(Row, table=True):
    """A hash by which others are found to be like a filed article (`fingerprint.looked_up_by`)."""

    __tablename__ = "candidate_hash"
    __table_args__ = (Index(None, "hash", "filing"), {"sqlite_with_rowid": False})
    filing: int = Field(foreign_key="story_article.id", primary_key=True)
    hash: int = Field(primary_key=True)


class ReviewItemRow(Row, table=True):
    """A story that awaits a person. `verdict` repeats what its decisions come to, for other tools.

    `clear` and `latest` repeat what its hits and articles say (`items.placed`): lists of many are ordered by them.
    """

    __tablename__ = "review_item"
    # Lists are read off the first in their order, and their parts counted in the second, without the rows.
    __table_args__ = (
        Index("ix_review_item_queue", "state", "clear", "latest", "id", "verdict", "until"),
        Index("ix_review_item_splits", "state", "clear", "verdict", "until"),
    )
    id: int | None = Field(default=None, primary_key=True)
    story: int = Field(foreign_key="story.id", unique=True)
    version: int = 1
    state: str = Field(default="open", sa_type=Words)
    first_seen: datetime = Field(sa_type=Utc)
    verdict: str | None = Field(default=None, sa_type=Words)
    until: datetime | None = Field(default=None, sa_type=Utc)
    reopened: str = Field(default="", sa_type=MessageType)
    reopened_at: datetime | None = Field(default=None, sa_type=Utc)
    clear: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    latest: datetime | None = Field(default=None, sa_type=Utc)  # when its last article was filed


class DecisionRow(Row, table=True):
    """Who judged what, when, on which version. Append-only: an undo is a row that names another.

    `judged`: the numbers of the entities it settled.
    """

    __tablename__ = "decision"
    id: int | None = Field(default=None, primary_key=True)
    item: int = Field(foreign_key="review_item.id", index=True)
    version: int
    at: datetime = Field(sa_type=Utc)
    by: str = Field(sa_type=Words, index=True)
    verdict: str | None = Field(default=None, sa_type=Words)
    entity: int | None = Field(default=None, foreign_key="entity.number")
    reason: str | None = Field(default=None, sa_type=Words)
    note: str = Field(default="", sa_type=Words)
    until: datetime | None = Field(default=None, sa_type=Utc)
    undoes: int | None = Field(default=None, foreign_key="decision.id", index=True)
    judged: list[int] = Field(default_factory=list, sa_type=JSON)
    batch: str = Field(default="", sa_type=Words, index=True, sa_column_kwargs={"server_default": ""})


class RegroupingRow(Row, table=True):
    """Who put articles of one item into another, when. Append-only: an undo is a row that names another.

    `copies`: (article, what it counted as a copy of), of those that were parted from that.
    """

    __tablename__ = "regrouping"
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(sa_type=Words)
    item: int = Field(foreign_key="review_item.id")
    other: int = Field(foreign_key="review_item.id")
    at: datetime = Field(sa_type=Utc)
    by: str = Field(sa_type=Words)
    articles: list[int] = Field(default_factory=list, sa_type=JSON)
    copies: list[list[int]] = Field(default_factory=list, sa_type=JSON)
    undoes: int | None = Field(default=None, foreign_key="regrouping.id")


class RunRow(Row, table=True):
    """What one ingest did."""

    __tablename__ = "run"
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
    outcomes: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    problems: list[str] = Field(default_factory=list, sa_type=MessagesType)
    outage: bool = False


class MailingRow(Row, table=True):
    """The digest of a window as it is mailed. A window begins where the one before ended.

    `full_…`: the same with sensitive names, for the letters that are `full`; empty where there is none.
    """

    __tablename__ = "mailing"
    id: int | None = Field(default=None, primary_key=True)
    since: datetime = Field(sa_type=Utc, unique=True)
    until: datetime = Field(sa_type=Utc, unique=True)
    made: datetime = Field(sa_type=Utc)
    subject: str = Field(sa_type=Words)
    text: str = Field(sa_type=Words)
    html: str = Field(sa_type=Words)
    full_subject: str = Field(default="", sa_type=Words)
    full_text: str = Field(default="", sa_type=Words)
    full_html: str = Field(default="", sa_type=Words)


class LetterRow(Row, table=True):
    """A mailing to one recipient: neither `sent` nor `refused` while it is still to be tried."""

    __tablename__ = "letter"
    mailing: int = Field(foreign_key="mailing.id", primary_key=True)
    recipient: str = Field(sa_type=Words, primary_key=True)
    message_id: str = Field(sa_type=Words, unique=True)
    tries: int = 0
    sent: datetime | None = Field(default=None, sa_type=Utc)
    refused: datetime | None = Field(default=None, sa_type=Utc)
    detail: str = Field(default="", sa_type=Words)
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)
    full: bool = False


class PersonRow(Row, table=True):
    """Who may use the desk. `key` is the folded name, so that no two look alike; nobody is ever removed."""

    __tablename__ = "person"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_type=Words)
    key: str = Field(sa_type=Words, unique=True)
    role: str = Field(sa_type=Words)
    since: datetime = Field(sa_type=Utc)
    password: str = Field(default="", sa_type=Words)
    language: str = Field(default="", sa_type=Words)
    shortcuts: bool = True
    closed: datetime | None = Field(default=None, sa_type=Utc)


class SessionRow(Row, table=True):
    """A signed-in browser, by the hash of its token."""

    __tablename__ = "session"
    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(sa_type=Words, unique=True)
    person: int = Field(foreign_key="person.id", index=True)
    begun: datetime = Field(sa_type=Utc)
    seen: datetime = Field(sa_type=Utc)
    browser: str = Field(default="", sa_type=Words)


class TokenRow(Row, table=True):
    """A program that may read the queue as a person does, by the hash of its token."""

    __tablename__ = "token"
    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(sa_type=Words, unique=True)
    person: int = Field(foreign_key="person.id", index=True)
    label: str = Field(sa_type=Words)
    since: datetime = Field(sa_type=Utc)
    used: datetime | None = Field(default=None, sa_type=Utc)


class InvitationRow(Row, table=True):
    """A link that lets somebody in once, by the hash of its token."""

    __tablename__ = "invitation"
    token: str = Field(sa_type=Words, primary_key=True)
    role: str = Field(sa_type=Words)
    until: datetime = Field(sa_type=Utc)
    person: int | None = Field(default=None, foreign_key="person.id")
    used: datetime | None = Field(default=None, sa_type=Utc)


class AuditRow(Row, table=True):
    """Who did what at the desk. Append-only; numbers, never watched names."""

    __tablename__ = "audit"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Utc)
    by: int | None = Field(default=None, foreign_key="person.id")
    act: str = Field(sa_type=Words)
    about: int | None = None
    detail: str = Field(default="", sa_type=Words)


feed = table(FeedRow)
entry = table(EntryRow)
article = table(ArticleRow)
article_version = table(ArticleVersionRow)
raw_body = table(RawBodyRow)
article_words = table(ArticleWordsRow)
revisit = table(RevisitRow)
finding = table(FindingRow)
entity = table(EntityRow)
alias = table(AliasRow)
watchlist_version = table(WatchlistVersionRow)
hit = table(HitRow)
mention = table(MentionRow)
story = table(StoryRow)
story_article = table(StoryArticleRow)
candidate_hash = table(CandidateHashRow)
review_item = table(ReviewItemRow)
decision = table(DecisionRow)
regrouping = table(RegroupingRow)
run = table(RunRow)
mailing = table(MailingRow)
letter = table(LetterRow)
person = table(PersonRow)
session = table(SessionRow)
token = table(TokenRow)
invitation = table(InvitationRow)
audit = table(AuditRow)
