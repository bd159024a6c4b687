"""Pure. A feed, what we know of it, and what its bytes hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Feed:
    """A URL we poll, as feeds.yaml has it."""

    id: str
    url: str
    outlet: str
    language: str = ""
    country: str = ""
    interval: timedelta | None = None
    paused: bool = False
    proxy: str = ""


class FeedStatus(StrEnum):
    """How a feed is: how its last visit ended or, where that went well, what its visits together show."""

    NEW = "new"
    OK = "ok"
    UNCHANGED = "unchanged"
    EMPTY = "empty"
    REFUSED = "refused"
    THROTTLED = "throttled"
    HTML = "html"
    UNPARSABLE = "unparsable"
    GONE = "gone"
    NOT_FOUND = "not_found"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TOO_LARGE = "too_large"
    FORBIDDEN_ADDRESS = "forbidden_address"
    # No visit ends in these; `health.py` tells them from several.
    OVERFLOWING = "overflowing"
    SILENT = "silent"
    UNDATED = "undated"

    @property
    def healthy(self) -> bool:
        return self in {"ok", "unchanged", "empty", "overflowing", "silent", "undated"}


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask "has it changed?": opaque, returned byte for byte (RFC 9110, 8.8).

    `of` is the address that gave them and alone is shown them; empty: the one that is asked.
    """

    etag: str = ""
    last_modified: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class FeedState:
    """What we remember of a feed from one visit to the next; forgotten when feeds.yaml has another address."""

    validators: Validators = Validators()
    read_whole: datetime | None = None  # when it last came in full, not as "unchanged"
    asked: timedelta | None = None  # how long it then asked to be left alone
    marks: frozenset[int] = frozenset()  # of the entries it then had
    last_new: datetime | None = None  # when it last brought an entry that was not there before
    renewed_in: timedelta | None = None  # in how long all of it is replaced, by what was new then
    overflow_first: datetime | None = None  # when a visit found no entry of the one before left
    overflow_last: datetime | None = None
    undated: datetime | None = None  # since when none of its entries has a date that can be read
    moved_to: str = ""  # where permanent redirects (301, 308) alone led to a feed
    moved_seen: int = 0  # on how many visits in a row


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A feed and what we know of it. `number` is its row; `visits` counts those that brought a feed."""

    number: int
    feed: Feed
    status: FeedStatus = FeedStatus.NEW
    status_since: datetime | None = None
    detail: str = ""  # the last trouble in plain words
    memory: FeedState = FeedState()
    visits: int = 0
    failures: int = 0  # in a row
    next_due: datetime | None = None  # None: at once
    last_visit: datetime | None = None
    last_ok: datetime | None = None

    @property
    def moved_to(self) -> str:
        """Its new address, once it was a feed there on three visits; feeds.yaml still has the old one."""
        return self.memory.moved_to if self.memory.moved_seen >= 3 else ""


class DatePrecision(StrEnum):
    """How much of a moment a date was given as."""

    MOMENT = "moment"
    ZONE_ASSUMED = "zone-assumed"  # a clock without one, read in its country's; a feed's in UTC where that is unknown
    DAY = "day"
    NONE = ""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One item of a feed as it stands there: `url` absolute, `title`, `summary` and `content` plain text."""

    url: str = ""
    guid: str = ""
    title: str = ""
    author: str = ""
    summary: str = ""
    content: str = ""
    published: datetime | None = None
    precision: DatePrecision = DatePrecision.NONE
    published_raw: str = ""  # the date in the feed's own words, also where it cannot be read

    @property
    def complete(self) -> bool:
        """Whether the feed's own text is the whole article, so that no page is asked for: both texts are the same."""
        return self.content == self.summary != ""

    @property
    def own_text(self) -> str:
        """The feed's own text of the article: the full content where given, else the summary."""
        return self.content if len(self.content) >= len(self.summary) else self.summary

    @property
    def identity(self) -> str:
        """What makes it this one within its feed: its guid, else its URL, else what it says."""
        said = f"{self.title}\0{self.own_text}".encode("utf-8", "replace")
        return self.guid or self.url or f"text:{blake2b(said, digest_size=16).hexdigest()}"


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed's bytes hold, in feed order. `problem` is empty, or one plain sentence; `html`: it was a web page.

    A `notice` is what a person should know of entries that are good to have nevertheless.
    """

    title: str = ""
    entries: tuple[FeedEntry, ...] = ()
    problem: str = ""
    notice: str = ""
    html: bool = False
    ttl: timedelta | None = None  # what the feed asks for: <ttl>, sy:updatePeriod / updateFrequency
