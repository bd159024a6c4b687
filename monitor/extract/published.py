"""Pure. When a page was published, by what it declares; the day alone where nothing gives a clock with its zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from htmldate import find_date
from lxml.html import HtmlElement

from monitor.extract.structured_data import Declared, strings
from monitor.model import DatePrecision, DateSource
from monitor.text.dates import as_written, read_date

# By use on real news pages; the first that is there is taken, so surer ones stand first.
_META_NAMES = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published", "datepublished",
    "parsely-pub-date", "mediator_published_time", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date", "published_time", "publication_date",
    "originalpublicationdate", "dcterms.issued", "dc.date.issued", "dcterms.created", "dcterms.date", "dc.date", "date",
)  # fmt: skip
_TIMES_LOOKED_AT = 3
_SAME = timedelta(days=1)  # two ways to write one moment differ by no more than this in what day they call it
_NEVER_AFTER = "2100-01-01"  # else htmldate reads the clock; what lies in the future is for the caller to judge


@dataclass(frozen=True, slots=True)
class Published:
    at: datetime | None = None
    source: DateSource = DateSource.NONE
    precision: DatePrecision = DatePrecision.NONE
    raw: str = ""


def published_of(tree: HtmlElement, metadata: Declared, url: str, zone: str = "") -> Published:
    """The first date the page declares; a later one that means the same day may lend it clock and zone.

    A clock without a zone is read in the outlet's, where that is known; else it is no moment and the day is kept.
    """
    declared = list(_dates(tree, metadata))
    stamps = [(stamp, source, as_written(text)) for text, source in declared if (stamp := read_date(text))]
    if not stamps:
        guessed, words = _guessed(tree, url), next((text for text, _ in declared), "")
        return guessed if guessed.at else Published(raw=as_written(words))  # 1970, as it was declared
    first, source, raw = stamps[0]
    same = [stamp_row for stamp_row in stamps if abs(stamp_row[0].day - first.day) <= _SAME]
    for stamp, stamp_source, words in same:
        if stamp.instant:
            return Published(stamp.instant, stamp_source, DatePrecision.MOMENT, words)
    for stamp, stamp_source, words in same if zone else ():
        if stamp.has_clock:
            at = stamp.at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
            return Published(at, stamp_source, DatePrecision.ZONE_ASSUMED, words)
    return Published(first.day, source, DatePrecision.DAY, raw)


def _dates(tree: HtmlElement, metadata: Declared) -> Iterator[tuple[str, DateSource]]:
    for node, key in (
        (metadata.article, "datePublished"),
        (metadata.article, "dateCreated"),
        (metadata.page, "datePublished"),
    ):
        yield from ((text, DateSource.JSON_LD) for text in strings(node.get(key)))
    yield from ((value, DateSource.META) for name in _META_NAMES if (value := metadata.meta.get(name)))
    for element in tree.iterfind('.//*[@itemprop="datePublished"]'):
        yield element.get("datetime") or element.get("content") or "", DateSource.META
    yield from ((text, DateSource.TIME) for text in _times(tree))


def _times(tree: HtmlElement) -> Iterator[str]:
    """`<time datetime>` elements of the article: within it, or near its headline; never those of lists beside it."""
    within = tree.xpath("//article//time[@datetime] | //main//time[@datetime]")
    near = tree.xpath("(//h1)[1]/following::time[@datetime]")
    return (element.get("datetime") for element in islice(within or near, _TIMES_LOOKED_AT))


def _guessed(tree: HtmlElement, url: str) -> Published:
    guess = find_date(tree, original_date=True, url=url or None, max_date=_NEVER_AFTER)
    stamp = read_date(guess) if guess else None
    return Published(stamp.day, DateSource.TEXT, DatePrecision.DAY, guess) if guess and stamp else Published()
