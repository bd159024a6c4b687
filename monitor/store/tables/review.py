"""I/O: the database. The watchlist, hits, stories and their review."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, false
from sqlmodel import Field

from monitor.store.tables.base import Row, table
from monitor.store.types import MessagesType, MessageType, Utc, Words


class EntityRow(Row, table=True):
    """A watched person, organisation or outlet. Numbers are never reused; removed entities keep their rows."""

    __table_args__ = ({"sqlite_autoincrement": True},)
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(sa_type=Words, unique=True)
    name: str = Field(sa_type=Words)
    type: str = Field(sa_type=Words)
    note: str = Field(default="", sa_type=Words)
    sensitive: bool = False
    alert: str = Field(sa_type=Words)
    country: str = Field(default="", sa_type=Words)
    # Words near a name that support it, are required, or exclude it (`model.Context`).
    context: dict[str, list[str]] = Field(default_factory=dict, sa_type=JSON)
    handles: list[str] = Field(default_factory=list, sa_type=JSON)
    names: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    paused_until: date | None = None
    watch_until: date | None = None
    asked_by: str = Field(default="", sa_type=Words)
    urgent: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    countries: list[str] = Field(default_factory=list, sa_type=JSON)
    acts: list[str] = Field(default_factory=list, sa_type=JSON)
    # In place of deleting the row: hits and decisions refer to it.
    removed: datetime | None = Field(default=None, sa_type=Utc)


class AliasRow(Row, table=True):
    """Another name of an entity; `position` is its place in the watchlist's order."""

    entity: int = Field(foreign_key="entity.number", primary_key=True)
    position: int = Field(primary_key=True)
    name: str = Field(sa_type=Words)


class WatchlistVersionRow(Row, table=True):
    """A change of the watchlist: its source, and the ids of entities added, changed and removed.

    `to_look_through`: the rescan for this change still has to search articles up to this number; null when it is done.
    `file_hash`: hash of the watchlist file, if the file and the list are the same as of this version. `undoes`: the
    version that this one takes back. `older_articles`: what is done with stored articles that the rescan finds, those
    numbered up to `older_up_to`: what was stored later is news.
    `withdrawn`: the number of items that lost a name with it.
    """

    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Utc)
    source: str = Field(sa_type=Words)
    added: list[str] = Field(default_factory=list, sa_type=JSON)
    changed: list[str] = Field(default_factory=list, sa_type=JSON)
    removed: list[str] = Field(default_factory=list, sa_type=JSON)
    to_look_through: int | None = None
    file_hash: str = Field(default="", sa_type=Words)
    author: str = Field(default="", sa_type=Words)
    reason: str = Field(default="", sa_type=Words)
    undoes: int | None = None
    older_articles: str = Field(default="queue", sa_type=Words, sa_column_kwargs={"server_default": "queue"})
    older_up_to: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    withdrawn: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class EntityVersionRow(Row, table=True):
    """An entity before and after one change of the watchlist; null where it was not on the list."""

    version: int = Field(foreign_key="watchlist_version.version", primary_key=True)
    entity: int = Field(foreign_key="entity.number", primary_key=True, index=True)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    after: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))


class HitRow(Row, table=True):
    """One entity in one article. In force while `version` is the article's; otherwise an edit removed the name.

    `filed`: filing has added it to a review item. Filing works through hits that need review and are not filed.
    """

    __table_args__ = (
        UniqueConstraint("article", "entity"),
        # Few hits wait for filing, in an archive of any size; those that are only counted are never filed.
        Index(None, "filed", "alerts", "confidence"),
        # For the latest filed ones of an entity that has tens of thousands.
        Index(None, "entity", "filed", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    article: int = Field(foreign_key="article.id")
    entity: int = Field(foreign_key="entity.number")
    version: int
    confidence: str = Field(sa_type=Words)
    # False: the hit is counted, and no item is made for it alone.
    alerts: bool
    why: str = Field(default="", sa_type=MessageType)
    found: datetime = Field(sa_type=Utc)
    filed: bool = False


class MentionRow(Row, table=True):
    """A watched name at one place of an article's version; offsets count code points of its text or title.

    `other_places`: on the last mention of a hit and version, the number of further places that have no row.
    `incident`: of what happened to the press (`model.Incident`); `custody`: how far it went (`model.Custody`).
    """

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
    # From 0 to 100; `why` has the reasons.
    score: float
    why: list[str] = Field(default_factory=list, sa_type=MessagesType)
    other_places: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    incident: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    custody: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class RefusedNameRow(Row, table=True):
    """A name that is never to be proposed again."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_type=Words, unique=True)
    by: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Utc)


class StoryRow(Row, table=True):
    """A group of articles about the same event."""

    id: int | None = Field(default=None, primary_key=True)
    first_seen: datetime = Field(sa_type=Utc)


class StoryArticleRow(Row, table=True):
    """An article in its story, with the reason. `id` is the order of filing; `changed`: last reported change.

    `outdated`: the article changed, or is gone, since its item last took it in. `old_rules`: the rules before November
    2026 placed it, and it was neither filed again nor judged since.
    """

    __table_args__ = (
        Index(None, "filed", "article"),
        Index(None, "story", "filed"),
        Index(None, "outdated", "article"),
        Index(None, "old_rules", "story"),
    )
    id: int | None = Field(default=None, primary_key=True)
    story: int = Field(foreign_key="story.id")
    article: int = Field(foreign_key="article.id", unique=True)
    copy_of: int | None = Field(default=None, foreign_key="article.id")
    rule: str = Field(sa_type=Words)
    arguments: list[int] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    score: float
    why: str = Field(default="", sa_type=Words)  # the sentence that an older version stored for its rule
    # [field, start, end] in the version that was filed: what an article brings that repeats another otherwise.
    own_sentences: list[list[Any]] = Field(
        default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"}
    )
    filed: datetime = Field(sa_type=Utc)
    version: int  # the article's version that was filed
    changed: datetime | None = Field(default=None, sa_type=Utc)
    outdated: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    old_rules: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class RelatedRow(Row, table=True):
    """Two filed articles of different stories that are near, with the rule; stored when `article` was filed.

    Between articles, not items: so it follows them when people merge and split.
    """

    __table_args__ = ({"sqlite_with_rowid": False},)
    article: int = Field(foreign_key="article.id", primary_key=True)
    neighbour: int = Field(foreign_key="article.id", primary_key=True, index=True)
    rule: str = Field(sa_type=Words)
    arguments: list[int] = Field(default_factory=list, sa_type=JSON)
    score: float


class CandidateHashRow(Row, table=True):
    """A hash under which similar articles find a filed article (`indexes/candidates.py`)."""

    __table_args__ = (Index(None, "hash", "filing"), {"sqlite_with_rowid": False})
    filing: int = Field(foreign_key="story_article.id", primary_key=True)
    hash: int = Field(primary_key=True)


class ReviewItemRow(Row, table=True):
    """A story for review. `verdict` repeats the result of its decisions, for other tools.

    `clear` (has a strong name) and `latest` (when its last article was filed) repeat its hits and articles, because
    lists are ordered by them; `sql/item_columns.py` refreshes them.
    """

    # Covering indexes: the first for lists in their order, the second for counting tabs.
    __table_args__ = (
        Index("ix_review_item_queue", "state", "clear", "latest", "id", "verdict", "until"),
        Index("ix_review_item_splits", "state", "clear", "verdict", "until"),
        CheckConstraint("state = 'later' OR until IS NULL", "only_later_until"),
        CheckConstraint("state <> 'follow-up' OR reopened_at IS NOT NULL", "follow_up_reopened"),
    )
    id: int | None = Field(default=None, primary_key=True)
    story: int = Field(foreign_key="story.id", unique=True)
    # Rises with every change: a decision names the version it was made on (compare-and-set).
    version: int = 1
    state: str = Field(default="open", sa_type=Words)
    first_seen: datetime = Field(sa_type=Utc)
    verdict: str | None = Field(default=None, sa_type=Words)
    # Of a postponed item: when it comes back to the queue.
    until: datetime | None = Field(default=None, sa_type=Utc)
    reopened: str = Field(default="", sa_type=MessageType)
    reopened_at: datetime | None = Field(default=None, sa_type=Utc)
    clear: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    latest: datetime | None = Field(default=None, sa_type=Utc)


class DecisionRow(Row, table=True):
    """A decision of a person on a version of an item. Append-only: an undo is a row that refers to another.

    `judged`: numbers of the entities that it settled. `batch`: shared by the decisions of one bulk step.
    """

    id: int | None = Field(default=None, primary_key=True)
    item: int = Field(foreign_key="review_item.id", index=True)
    version: int
    at: datetime = Field(sa_type=Utc)
    by: str = Field(sa_type=Words, index=True)
    verdict: str | None = Field(default=None, sa_type=Words)
    # Null: the verdict is on the whole item.
    entity: int | None = Field(default=None, foreign_key="entity.number")
    reason: str | None = Field(default=None, sa_type=Words)
    note: str = Field(default="", sa_type=Words)
    until: datetime | None = Field(default=None, sa_type=Utc)
    undoes: int | None = Field(default=None, foreign_key="decision.id", index=True)
    judged: list[int] = Field(default_factory=list, sa_type=JSON)
    batch: str = Field(default="", sa_type=Words, index=True, sa_column_kwargs={"server_default": ""})
    colleague: str = Field(default="", sa_type=Words, index=True, sa_column_kwargs={"server_default": ""})


class RegroupingRow(Row, table=True):
    """A move of articles from one item (`other`) into another. Append-only: an undo is a row that refers to another.

    `copies`: (article, article it was a copy of), for copies that the move separated from their original.
    """

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(sa_type=Words)
    item: int = Field(foreign_key="review_item.id")
    other: int = Field(foreign_key="review_item.id")
    at: datetime = Field(sa_type=Utc)
    by: str = Field(sa_type=Words)
    articles: list[int] = Field(default_factory=list, sa_type=JSON)
    copies: list[list[int]] = Field(default_factory=list, sa_type=JSON)
    undoes: int | None = Field(default=None, foreign_key="regrouping.id")


entity = table(EntityRow)
alias = table(AliasRow)
watchlist_version = table(WatchlistVersionRow)
entity_version = table(EntityVersionRow)
hit = table(HitRow)
mention = table(MentionRow)
refused_name = table(RefusedNameRow)
story = table(StoryRow)
story_article = table(StoryArticleRow)
related = table(RelatedRow)
candidate_hash = table(CandidateHashRow)
review_item = table(ReviewItemRow)
decision = table(DecisionRow)
regrouping = table(RegroupingRow)
