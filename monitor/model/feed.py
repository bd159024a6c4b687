"""Pure. A feed, its stored state, and the entries parsed from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Feed:
    """A URL we poll, as configured in feeds.yaml."""

    id: str
    url: str
    outlet: str
    language: str = ""
    country: str = ""
    interval: timedelta | None = None
    paused: bool = False
    proxy: str = ""
    speaks_for: tuple[str, ...] = ()  # sites (`urls.site_of`) besides its own whose articles are its outlet's


class FeedStatus(StrEnum):
    """The result of a feed's last visit or, if that went well, the health that several visits show."""

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
    # No single visit ends in these; feeds/health.py derives them from several.
    OVERFLOWING = "overflowing"
    SILENT = "silent"
    UNDATED = "undated"

    @property
    def is_healthy(self) -> bool:
        """Return True if the feed can be read."""
        return self in {"ok", "unchanged", "empty", "overflowing", "silent", "undated"}


@dataclass(frozen=True, slots=True)
class Validators:
    """HTTP validators for a conditional request: opaque, sent back byte for byte (RFC 9110, 8.8)."""

    etag: str = ""
    last_modified: str = ""
    of: str = ""  # the address that issued them, and alone gets them back; empty: the requested address


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a feed publishes: how many entries came in each hour of the day and on each weekday, in UTC.

    Older entries count less, so the counts are no whole numbers.
    """

    hours: tuple[float, ...] = ()  # 24, from midnight
    weekdays: tuple[float, ...] = ()  # 7, from Monday
    first: datetime | None = None  # the oldest and the newest entry counted
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedState:
    """Data kept from one visit of a feed to the next; reset when feeds.yaml has another address.

    Stored as JSON: the field names are its keys.
    """

    validators: Validators = Validators()
    read_whole: datetime | None = None  # the last full response (not 304)
    asked: timedelta | None = None  # the minimum wait it then asked for
    marks: frozenset[int] = frozenset()  # hashes of the entries it then had
    last_new: datetime | None = None  # when it last brought a new entry
    renewed_in: timedelta | None = None  # estimated time until all its entries are replaced
    overflow_first: datetime | None = None  # first visit that found none of the previous entries
    overflow_last: datetime | None = None
    undated: datetime | None = None  # since when no entry has a readable date
    moved_to: str = ""  # where permanent redirects (301, 308) lead
    moved_seen: int = 0  # number of visits in a row
    rhythm: Rhythm = Rhythm()
    visit_bytes: float = 0.0  # of a visit, in the mean of the last ones; 0: not known
    not_modified: datetime | None = None  # the last 304
    failures: tuple[tuple[datetime, datetime], ...] = ()  # the first and the last failed visit of each trouble


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A feed with its stored record. `number` is the key of its row; `visits` counts visits that returned a feed."""

    number: int
    feed: Feed
    status: FeedStatus = FeedStatus.NEW
    status_since: datetime | None = None
    detail: str = ""  # the last problem in plain words
    memory: FeedState = FeedState()
    visits: int = 0
    failures: int = 0  # in a row
    next_due: datetime | None = None  # None: at once
    last_visit: datetime | None = None
    last_ok: datetime | None = None
    claim: int = field(default=0, compare=False)  # the number of the claim that took it
    by_hand: bool = False  # no feed: the origin of links that users added

    @property
    def moved_to(self) -> str:
        """Return the feed's new address once three visits in a row found it there; empty before.

        feeds.yaml still has the old address.
        """
        # Three visits: one redirect may be a mistake of the server.
        return self.memory.moved_to if self.memory.moved_seen >= 3 else ""

    @property
    def address(self) -> str:
        """Return the address of its next request."""
        return self.moved_to or self.feed.url


class DatePrecision(StrEnum):
    """The precision of a date."""

    MOMENT = "moment"
    ZONE_ASSUMED = "zone-assumed"  # read in the outlet's time zone, or in UTC
    DAY = "day"
    UPDATED = "updated"  # when it was changed last: it was published then or before
    NONE = ""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One item of a feed. `url` is absolute; `title`, `summary` and `content` are plain text."""

    url: str = ""
    guid: str = ""
    title: str = ""
    author: str = ""
    summary: str = ""
    content: str = ""
    published: datetime | None = None
    precision: DatePrecision = DatePrecision.NONE
    published_raw: str = ""  # the date as the feed writes it, even if unreadable
    is_complete: bool = False  # the feed has the whole article: no page is fetched (`parse.Kind`)

    @property
    def own_text(self) -> str:
        """Return the feed's text of the article: the content, or the summary where that is longer."""
        return self.content if len(self.content) >= len(self.summary) else self.summary

    @property
    def identity(self) -> str:
        """Return a key that identifies the entry within its feed: its guid, else its URL, else a hash of its text."""
        # "replace": a feed may hold lone surrogates, which UTF-8 cannot encode.
        content = f"{self.title}\0{self.own_text}".encode("utf-8", "replace")
        return self.guid or self.url or f"text:{blake2b(content, digest_size=16).hexdigest()}"


@dataclass(frozen=True, slots=True)
class DayBounds:
    """What one feed may bring in a day of UTC, whichever hosts its links lead to."""

    bytes: int = 64_000_000  # of its texts and of the pages that it lists
    articles: int = 300  # new entries
    mentions: int = 5_000


@dataclass(frozen=True, slots=True)
class FeedDay:
    """What one feed brought in a day of UTC, and what was left out."""

    bytes: int = 0
    articles: int = 0
    mentions: int = 0
    entries_left_out: int = 0  # the most of one visit
    pages_left_out: int = 0


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """The contents of a feed's bytes, in feed order.

    `problem`: why it is not a usable feed; empty if it is. `notice`: a remark for operators about usable entries.
    `html`: the bytes were a web page.
    """

    title: str = ""
    entries: tuple[FeedEntry, ...] = ()
    problem: str = ""
    notice: str = ""
    html: bool = False
    ttl: timedelta | None = None  # requested interval: <ttl>, sy:updatePeriod / updateFrequency
