"""Pure. What a window brought, and how it is mailed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.feed import FeedRecord
from monitor.model.message import Message, listed
from monitor.model.review import ReviewItem


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` to before `until`, by when we first saw things."""

    since: datetime
    until: datetime

    def __contains__(self, at: object) -> bool:
        return isinstance(at, datetime) and self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Rendering:
    """A mail's subject and its two bodies."""

    subject: str = ""
    text: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class Mailing:
    """The digest of a window as it is mailed, word for word however often it must be tried. Windows never overlap.

    `subject`, `text` and `html` leave sensitive names out. `full` tells them; empty where nobody may receive it.
    """

    window: Window
    made: datetime
    subject: str
    text: str
    html: str
    full: Rendering = Rendering()


@dataclass(frozen=True, slots=True)
class Addressed:
    """To whom a mailing goes, under which Message-ID; `full`: the recipient may see sensitive names."""

    recipient: str
    message_id: str
    full: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A mailing to one recipient. `message_id` is in angle brackets and never changes (RFC 5322, 3.6.4).

    `full`: the recipient may see sensitive names.
    """

    mailing: Mailing
    recipient: str
    message_id: str
    tries: int = 0
    full: bool = False

    @property
    def rendering(self) -> Rendering:
        """What the recipient gets: without sensitive names, unless `full`, and while the full rendering is kept."""
        mailing = self.mailing
        if self.full and mailing.full.text:
            return mailing.full
        return Rendering(mailing.subject, mailing.text, mailing.html)


@dataclass(frozen=True, slots=True)
class Silence:
    """A feed that is read and brings nothing new for much longer than it used to. `gap`: between days that had news."""

    feed: FeedRecord
    last: datetime
    gap: timedelta


@dataclass(frozen=True, slots=True)
class ListChange:
    """A new version of the watchlist: ids of the entities it added, changed and removed, and where it came from."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    source: str = ""

    @property
    def sentence(self) -> Message:
        """One line in counts: «+2, 1 changed, -1 by watchlist.yaml»."""
        parts = (
            (Message("+{}", len(self.added)), self.added),
            (Message("{} changed", len(self.changed)), self.changed),
            (Message("-{}", len(self.removed)), self.removed),
        )
        counts = [part for part, entities in parts if entities] or [parts[1][0]]
        return Message("{} by {}", listed(", ", counts), self.source)

    def without(self, entities: Collection[str]) -> ListChange | None:
        """Return the change of all other entities; None where nothing else changed."""
        lists = [tuple(e for e in ids if e not in entities) for ids in (self.added, self.changed, self.removed)]
        if not any(lists) and (self.added or self.changed or self.removed):
            return None
        added, changed, removed = lists
        return ListChange(added, changed, removed, self.source)


class TroubleKind(StrEnum):
    """What a run can find wrong, besides a single source."""

    WATCHLIST = "watchlist"  # the file does not load
    FEEDS = "feeds"  # the file does not load
    OUTAGE = "outage"  # no source could be read, and our side is suspected
    PING = "ping"
    SETTINGS = "settings"  # of mail
    MAIL = "mail"
    RECIPIENT = "recipient"  # refused by the mail server
    DISK = "disk"
    HUNG = "hung"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A kind of trouble, from the first run that found it until the first that did not; None: the last run found it."""

    kind: TroubleKind
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenFacts:
    """The counts of a window as they were if no sensitive entity stood on the list."""

    sensitive: frozenset[str] = frozenset()  # ids of the entities left out, those removed from the list too
    waiting: int = 0
    oldest_waiting: datetime | None = None
    never_reviewed: int = 0
    counted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DigestInput:
    """What the database knows of a window: the digest's input.

    It names sensitive entities: `visibility.without_sensitive` gives it as everybody may see it.
    """

    window: Window
    items: tuple[ReviewItem, ...] = ()  # with an article `filed` or `changed`, or a finding, in it, oldest first
    waiting: int | None = 0  # open, follow-up and due items, in all; None: nothing is told of them
    oldest_waiting: datetime | None = None
    never_reviewed: int = 0  # stories that named someone clearly and waited too long
    feeds: tuple[FeedRecord, ...] = ()
    feeds_read: int = 0  # of those not paused, how many were read in the window
    last_read: datetime | None = None
    began: datetime | None = None  # when a source was first asked, or that none was before the window ended
    silent: tuple[Silence, ...] = ()
    articles: int = 0  # new articles in the window
    articles_from_feed: int = 0  # of those, how many have only title and summary
    counted: Mapping[str, int] = field(default_factory=dict)  # entity name -> stories with it alone, not listed
    watchlist_changes: tuple[ListChange, ...] = ()
    troubles: tuple[Trouble, ...] = ()  # of the window, whether over by now or not
    first_mail: bool = False  # no digest was mailed before
    open_facts: OpenFacts = OpenFacts()
