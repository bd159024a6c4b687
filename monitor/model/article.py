"""Pure. An entry on its way down the line, and the article its page holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias

from monitor.model.feed import DatePrecision, FeedEntry, FeedRecord, FeedState, FeedStatus

UNMATCHED_RETENTION = timedelta(days=90)  # how long the texts of articles without a name are kept


class Outcome(StrEnum):
    """The result of an entry's trip down the line. PENDING is the only one that does not end the trip."""

    PENDING = "pending"  # a temporary failure, to be tried again
    QUEUED = "queued"  # names that alert: in the review queue
    POSSIBLE = "possible"  # only possible names: shown, never alerted
    COUNTED = "counted"  # names stored and counted, but without an alert
    NO_MATCH = "no_match"
    DUPLICATE = "duplicate"  # the article is already stored, under this or another address
    NO_LINK = "no_link"
    NO_TEXT = "no_text"
    OLD = "old"  # already old when we first read the feed
    TOO_LARGE = "too_large"
    NOT_HTML = "not_html"
    REFUSED = "refused"
    FETCH_FAILED = "fetch_failed"
    GIVEN_UP = "given_up"  # a temporary failure that lasted too long


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry claimed by a worker for its trip down the line."""

    id: int
    feed: FeedRecord
    item: FeedEntry
    first_seen: datetime
    tries: int = 0
    article: int | None = None  # its article, if an earlier trip stored it
    older: bool = False  # published well before its feed was first read
    claim: int = field(default=0, compare=False)  # the number of the claim that took it


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry that a feed visit brought, and its first outcome: PENDING (goes down the line) or OLD (only stored)."""

    item: FeedEntry
    outcome: Outcome = Outcome.PENDING
    older: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """Everything to store after one visit to a feed, in one transaction.

    `feed` is the record before the visit, `memory` the feed state after it. Validators and entries are saved together:
    a crash between the two would make the next visit skip entries as "not modified".
    """

    feed: FeedRecord
    at: datetime
    status: FeedStatus
    next_due: datetime
    memory: FeedState
    detail: str = ""
    entries: tuple[NewEntry, ...] = ()
    title: str = ""
    reached: bool = True  # False: no server answered
    request_sent: bool = True  # False: the rate limit or circuit breaker held it back; not a failure
    held_origin: str = ""  # another machine asks this origin now: the feed is put back under it


class Zone(StrEnum):
    """The part of a page that a stretch of text belongs to. Only the first four can hold a strong mention."""

    TITLE = "title"
    BYLINE = "byline"
    BODY = "body"
    CAPTION = "caption"
    CHECK = "check"
    TEASER = "teaser"
    FEED = "feed"

    @property
    def is_outside_article(self) -> bool:
        """Return True for text that is not part of the article itself."""
        return self in {Zone.CHECK, Zone.TEASER, Zone.FEED}


class Field(StrEnum):
    """The part of a document that a mention's offsets refer to."""

    TITLE = "title"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Span:
    """A range of code points in a text, end exclusive."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the words of `text` in this range."""
        return text[self.start : self.end]

    def overlaps(self, span: Span) -> bool:
        """Return True if both ranges share a code point."""
        return self.start < span.end and span.start < self.end


@dataclass(frozen=True, slots=True)
class ZoneSpan:
    """A range of an article's text and its zone."""

    zone: Zone
    span: Span


def text_in_article(text: str, zones: Iterable[ZoneSpan]) -> str:
    """Return a text with line breaks in place of what stands beside the article: all else keeps its place."""
    parts, end = [], 0
    for span in sorted((zone.span for zone in zones if zone.zone.is_outside_article), key=lambda span: span.start):
        parts += [text[end : span.start], "\n" * len(span.of(text))]
        end = span.end
    return "".join([*parts, text[end:]])


# A byline, a caption or the feed's text, each with its zones: added to a text where they name somebody more.
ExtraLines: TypeAlias = tuple[tuple[str, tuple[ZoneSpan, ...]], ...]


class DateSource(StrEnum):
    """The place a publication date was read from."""

    FEED = "feed"
    JSON_LD = "json-ld"
    META = "meta"
    TIME = "time"  # a <time> element
    TEXT = "text"  # guessed from the text: a day without a time
    NONE = ""


def publication_time(published: datetime | None, first_seen: datetime) -> datetime:
    """Return when an article was published, or when it was first seen if that was earlier or is all there is.

    The clocks of other servers run ahead, so a publication time may lie in the future.
    """
    return min(published, first_seen) if published else first_seen


@dataclass(frozen=True, slots=True)
class OutletProfile:
    """Features that an outlet's pages have in common; all empty for an outlet without stored articles.

    `headlines`: of its other articles, letters and digits only. `furniture`: hashes of blocks that recur on its pages.
    `zone`: the IANA time zone of its country.
    """

    headlines: frozenset[str] = frozenset()
    furniture: frozenset[int] = frozenset()
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Extracted:
    """The contents of a page. `published_raw`: the date as the page has it; `language`: a two-letter code or empty."""

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
    captions: tuple[str, ...] = ()  # of pictures outside the text

    @property
    def is_day_only(self) -> bool:
        """Return True for a publication date without a time of day."""
        return self.precision is DatePrecision.DAY


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text as UTF-8."""
    return sha256(text.encode(errors="replace")).hexdigest()


class TextFrom(StrEnum):
    """The source of an article's text."""

    PAGE = "page"
    FEED = "feed"  # title and summary
    ENTRY = "entry"  # a feed that has the whole article (`FeedEntry.is_complete`)


class Speaker(StrEnum):
    """The author of a stored article's words, seen from the address that they are about."""

    SITE = "site"  # the site of the address: its feed lists it, or somebody added it by hand
    LINKED_PAGE = "linked-page"  # that site, too, but the feed of another site led us to the page
    OTHER_FEED = "other-feed"  # the feed of another site: only what it says of the address


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page as the server sent it: decompressed body, and headers (names in lower case, no cookies).

    `request`: the head of what was sent for it, without what identifies us; "" where that is not known.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    request: str = ""

    @property
    def sha256(self) -> str:
        return sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Article:
    """One version of an article: the text of an entry's page, or the feed's text where the page could not be fetched.

    `id` is 0 until stored. `key` is `urls.article_key(url)` if the speaker is SITE, except of what further entries say
    of that article; `url` is the address after redirects. `title` is the feed's headline, `heading` the page's. `raw`
    is set on a stored article only where the page is kept.
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
    published_raw: str = ""  # as its source writes it; `published` itself is never in the future
    fetched: datetime | None = None
    zones: tuple[ZoneSpan, ...] = ()
    older: bool = False  # published before we read its feed, or before its names were watched
    heading: str = ""
    raw: RawPage | None = None
    speaker: Speaker = Speaker.SITE
