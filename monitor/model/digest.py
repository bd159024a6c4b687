"""Pure. What a window brought, and how it is mailed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.model.feeds import FeedState
from monitor.model.review import ReviewItem


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` to before `until`, by when we first saw things."""

    since: datetime
    until: datetime

    def __contains__(self, at: object) -> bool:
        return isinstance(at, datetime) and self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Mailing:
    """The digest of a window as it is mailed, word for word however often it must be tried. Windows never overlap."""

    window: Window
    made: datetime
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mailing to one recipient. `message_id` is in angle brackets and never changes (RFC 5322, 3.6.4)."""

    mailing: Mailing
    recipient: str
    message_id: str
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Silence:
    """A feed that is read and brings nothing new for much longer than it used to. `gap`: between days that had news."""

    feed: FeedState
    last: datetime
    gap: timedelta


@dataclass(frozen=True, slots=True)
class Happened:
    """What the database knows of a window: the digest's input."""

    window: Window
    items: tuple[ReviewItem, ...] = ()  # with an article `filed` or `changed`, or a finding, in it, oldest first
    waiting: int = 0  # open, follow-up and due items, in all
    oldest_waiting: datetime | None = None
    never_reviewed: int = 0  # stories that named someone clearly and waited too long
    feeds: tuple[FeedState, ...] = ()
    feeds_read: int = 0  # of those not paused, how many were read in the window
    last_read: datetime | None = None
    began: datetime | None = None  # when a source was first asked, or that none was before the window ended
    silent: tuple[Silence, ...] = ()
    articles: int = 0  # new articles in the window
    articles_from_feed: int = 0  # of those, how many have only title and summary
    counted: Mapping[str, int] = field(default_factory=dict)  # entity name -> stories with it alone, not listed
    watchlist_changes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
