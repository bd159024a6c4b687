"""Pure. An entry on its way, and what its page holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from monitor.model.feed import DatePrecision, FeedEntry, FeedRecord, FeedState, FeedStatus


class Outcome(StrEnum):
    """How an entry's trip down the line ended; PENDING is the one that does not end it."""

    PENDING = "pending"  # a passing failure, to be tried again
    QUEUED = "queued"  # names that alert: awaits a person
    POSSIBLE = "possible"  # names that are possible at most: shown, never alerted
    COUNTED = "counted"  # names that are stored and counted, but do not alert
    NO_MATCH = "no_match"
    DUPLICATE = "duplicate"  # the article is known already, under this or another address of it
    NO_LINK = "no_link"
    NO_TEXT = "no_text"
    OLD = "old"  # stood in the feed already, and was old, when we first saw the feed
    TOO_LARGE = "too_large"
    NOT_HTML = "not_html"
    REFUSED = "refused"
    FETCH_FAILED = "fetch_failed"
    GIVEN_UP = "given_up"  # a passing failure that did not pass


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry claimed for its trip."""

    id: int
    feed: FeedRecord
    item: FeedEntry
    first_seen: datetime
    tries: int = 0
    article: int | None = None  # its article, when an earlier trip stored it
    older: bool = False  # it was published well before its feed was first read


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry of a visit, and what becomes of it at once: PENDING (goes down the line) or OLD (stored)."""

    item: FeedEntry
    outcome: Outcome = Outcome.PENDING
    older: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """All there is to store after one look at a feed: saved in one transaction, validators with their entries.

    `feed` is as it was before, `memory` what is remembered now.
    """

    feed: FeedRecord
    at: datetime
    status: FeedStatus
    next_due: datetime
    memory: FeedState
    detail: str = ""
    entries: tuple[NewEntry, ...] = ()
    title: str = ""
    reached: bool = True  # whether anybody answered at all
    asked: bool = True  # False: the server is left alone for now, so this counts as no failure


class Zone(StrEnum):
    """What a stretch of a page is; only the first four can make a clear mention. `FEED`: what its feed says of it."""

    TITLE = "title"
    BYLINE = "byline"
    BODY = "body"
    CAPTION = "caption"
    CHECK = "check"
    TEASER = "teaser"
    FEED = "feed"

    @property
    def aside(self) -> bool:
        """Whether it is none of the article's own text."""
        return self in {Zone.CHECK, Zone.TEASER, Zone.FEED}


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class ZoneSpan:
    zone: Zone
    span: Span


class DateSource(StrEnum):
    FEED = "feed"
    JSON_LD = "json-ld"
    META = "meta"
    TIME = "time"  # a <time> element
    TEXT = "text"  # guessed from the page: a day without a clock
    NONE = ""


@dataclass(frozen=True, slots=True)
class OutletProfile:
    """What an outlet's pages have in common. All empty: nothing is known of it yet.

    `headlines`: of its other articles, letters and digits only; `furniture`: hashes of blocks that recur on its pages;
    `zone`: the time zone (IANA) of its country.
    """

    headlines: frozenset[str] = frozenset()
    furniture: frozenset[int] = frozenset()
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a page holds. `published_raw`: in the page's own words; `language`: a two-letter code or empty."""

    title: str = ""
    text: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    published_source: DateSource = DateSource.NONE
    precision: DatePrecision = DatePrecision.NONE
    published_raw: str = ""
    language: str = ""
    zones: tuple[ZoneSpan, ...] = ()
    canonical: str = ""
    captions: tuple[str, ...] = ()  # of its pictures, as far as they stand outside the text

    @property
    def day_only(self) -> bool:
        return self.precision is DatePrecision.DAY


class TextFrom(StrEnum):
    PAGE = "page"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class RawPage:
    """What a server sent for a page: its bytes, unpacked, and its headers, names in lower case, without cookies."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        return sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Article:
    """The text of an entry's page, or the feed's own where the page could not be had: one version of it.

    `id` is 0 until stored; `key` is `urls.article_key(url)`; `url` is what was fetched, after redirects. `heading` is
    what the page calls itself, `title` what its feed called it. Of a stored one `raw` is there where it is kept.
    """

    url: str
    key: str
    outlet: str
    title: str
    text: str
    text_from: TextFrom
    first_seen: datetime
    id: int = 0
    version: int = 1
    country: str = ""
    language: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    published_source: DateSource = DateSource.NONE
    precision: DatePrecision = DatePrecision.NONE
    published_raw: str = ""  # in its source's own words, before what lies in the future was made now
    fetched: datetime | None = None
    zones: tuple[ZoneSpan, ...] = ()
    older: bool = False  # published before we read its feed, or before anyone named in it was watched
    heading: str = ""
    raw: RawPage | None = None
