"""Pure. The contents of a digest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.feed import FeedRecord
from monitor.model.items.item_article import ItemArticle
from monitor.model.items.review import ReviewItem
from monitor.model.message import Message, join_messages

MIN_NEWS_DAYS = 4  # days with news that are needed to know a feed's usual gap


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open interval [since, until) that a digest covers, by the time we first saw things."""

    since: datetime
    until: datetime

    def __contains__(self, at: object) -> bool:
        return isinstance(at, datetime) and self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Silence:
    """A feed that is read but has brought nothing new for much longer than usual.

    `gap`: the usual time between days with news.
    """

    feed: FeedRecord
    last: datetime
    gap: timedelta


def usual_gap(first: datetime, last: datetime, days: int) -> timedelta | None:
    """Return the usual time between two days with news; None if too few days are known.

    Days are counted instead of articles: ten articles on one morning are one sign of life.
    """
    if days < MIN_NEWS_DAYS:
        return None
    return max((last - first) / (days - 1), timedelta(days=1))


def is_silent(last: datetime, gap: timedelta, now: datetime) -> bool:
    """Return True if nothing came for five times the usual gap."""
    return now - last > 5 * gap


@dataclass(frozen=True, slots=True)
class ListChange:
    """A new version of the watchlist: ids of the entities added, changed and removed, and who saved it."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    author: str = ""

    @property
    def sentence(self) -> Message:
        """Return one line with counts, and who made the edit: «2 added, 1 removed — Aida»."""
        parts = (
            (Message("{} added", len(self.added)), self.added),
            (Message("{} changed", len(self.changed)), self.changed),
            (Message("{} removed", len(self.removed)), self.removed),
        )
        counts = join_messages(", ", [part for part, entities in parts if entities] or [parts[1][0]])
        return Message("{} — {}", counts, self.author) if self.author else counts

    def only(self, entities: Collection[str]) -> ListChange | None:
        """Return the part of the change that is about some entities; None if it is about others only."""
        lists = [tuple(e for e in ids if e in entities) for ids in (self.added, self.changed, self.removed)]
        if not any(lists) and (self.added or self.changed or self.removed):
            return None
        added, changed, removed = lists
        return ListChange(added, changed, removed, self.author)


class TroubleKind(StrEnum):
    """The problems a run can report that concern more than one feed."""

    WATCHLIST = "watchlist"  # the file does not load
    NAMES = "names"  # some names of the watchlist cannot be found as they are listed
    FEEDS = "feeds"  # the file does not load
    OUTAGE = "outage"  # no feed could be read: probably our own network
    PING = "ping"
    SETTINGS = "settings"  # of the mail server
    MAIL = "mail"
    RECIPIENT = "recipient"  # refused by the mail server
    CHANNEL = "channel"  # another channel than mail fails
    DISK = "disk"
    BOUNDS = "bounds"  # a feed brings more than it may in a day
    HUNG = "hung"
    CLOCK = "clock"  # it is behind what is stored
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem, from the first run that had it until the first run that did not. `until` None: the last run had it."""

    kind: TroubleKind
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertReason:
    """A piece of news for an alert: an outlet's article, and a watched name of its item that it tells of.

    `is_report`: an article of its own on the name, neither a change nor a copy. `has_card`: not only in the list.
    """

    item: int
    entity: str
    article: ItemArticle
    is_report: bool = True
    has_card: bool = True

    @property
    def outlet(self) -> str:
        return self.article.outlet

    @property
    def reporter(self) -> str:
        """Return the outlet that the limits of alerts count it for."""
        return self.article.reporter


@dataclass(frozen=True, slots=True)
class AlertedName:
    """A watched name of an item that an alert to somebody told of, and the outlet whose news it was.

    `audience`: `Recipient.audience`. `due`: the alert could go out for this; otherwise it came along in it.
    """

    item: int
    entity: str
    audience: str = ""
    at: datetime | None = None  # when the alert was composed
    outlet: str = ""  # empty in alerts of before 0046
    filed: datetime | None = None  # of the outlet's latest report that was in it; None: only changes or copies were
    due: bool = False


@dataclass(frozen=True, slots=True)
class DigestInput:
    """Everything the digest of a window is built from, of one watch."""

    window: Window
    items: tuple[ReviewItem, ...] = ()  # with an article or a finding in the window, oldest first
    waiting: int | None = 0  # open, follow-up and due items; None: not reported
    oldest_waiting: datetime | None = None
    never_reviewed: int = 0  # stories with a strong hit that waited too long
    feeds: tuple[FeedRecord, ...] = ()
    feeds_read: int = 0  # unpaused feeds read in the window
    last_read: datetime | None = None
    began: datetime | None = None  # start of the first run; the window's end if none came before
    silent: tuple[Silence, ...] = ()
    articles: int = 0  # new articles in the window
    articles_from_feed: int = 0  # of those, only title and summary known
    counted: Mapping[str, int] = field(default_factory=dict)  # entity name -> stories that name only it, not listed
    press_left_out: int = 0  # articles about the press of other countries or acts than those that are chosen
    watchlist_changes: tuple[ListChange, ...] = ()
    troubles: tuple[Trouble, ...] = ()  # of the window, also those that are over
    first_mail: bool = False  # no digest was mailed before
    # Entity -> stories that gained an article about it, in each of the 14 periods of 24 hours until the window's end.
    daily_stories: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    alerted: tuple[AlertedName, ...] = ()  # the names of `items` that alerts told of; of an alert, all recent ones too
