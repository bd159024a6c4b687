"""Pure. The publication date of a page: a moment if it declares a time with its zone, else the day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from htmldate import find_date
from lxml import etree
from lxml.html import HtmlElement

from monitor.extract.metadata import PageMetadata, text_values
from monitor.model import DatePrecision, DateSource
from monitor.text.dates import date_words, parse_date

# Names seen on real news pages, the most reliable first: the first one present is taken.
_META_NAMES = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published", "datepublished",
    "parsely-pub-date", "mediator_published_time", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date", "published_time", "publication_date",
    "originalpublicationdate", "dcterms.issued", "dc.date.issued", "dcterms.created", "dcterms.date", "dc.date", "date",
)  # fmt: skip
_DATED_ELEMENTS = etree.XPath("/descendant::*[@itemprop='datePublished']")
_TIMES_IN_ARTICLE = etree.XPath("//article/descendant::time[@datetime] | //main/descendant::time[@datetime]")
_TIMES_NEAR_HEADLINE = etree.XPath("(//h1)[1]/following::time[@datetime]")
_MAX_TIME_ELEMENTS = 3
_SAME_DAY_TOLERANCE = timedelta(days=1)  # one moment written in two zones may fall on two neighbouring days
_MAX_DATE = "2100-01-01"  # without it htmldate reads the clock; the caller decides about dates in the future


@dataclass(frozen=True, slots=True)
class PublicationDate:
    """A date with its source, its precision, and as it was written."""

    at: datetime | None = None
    source: DateSource = DateSource.NONE
    precision: DatePrecision = DatePrecision.NONE
    raw: str = ""


def publication_date(tree: HtmlElement, metadata: PageMetadata, url: str, zone: str = "") -> PublicationDate:
    """Return the first declared date, more precise if another one of the same day has a time with its zone.

    A time without a zone is read in `zone`, the outlet's; without that only the day is kept.
    """
    declared = []
    stamps = []
    for text, source in _declared_dates(tree, metadata):
        declared.append((text, source))
        if stamp := parse_date(text):
            stamps.append((stamp, source, date_words(text)))
            if stamps[0][0].instant:  # as most pages declare: no other date says more
                break
    if not stamps:
        guess, written = _guess_from_page(tree, url), next((text for text, _ in declared), "")
        return (
            guess if guess.at else PublicationDate(raw=date_words(written))
        )  # such as 1970, which is no date of an article
    first, source, raw = stamps[0]
    same_day = [stamp_row for stamp_row in stamps if abs(stamp_row[0].day - first.day) <= _SAME_DAY_TOLERANCE]
    for stamp, stamp_source, written in same_day:
        if stamp.instant:
            return PublicationDate(stamp.instant, stamp_source, DatePrecision.MOMENT, written)
    for stamp, stamp_source, written in same_day if zone else ():
        if stamp.has_time:
            at = stamp.at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
            return PublicationDate(at, stamp_source, DatePrecision.ZONE_ASSUMED, written)
    return PublicationDate(first.day, source, DatePrecision.DAY, raw)


def _declared_dates(tree: HtmlElement, metadata: PageMetadata) -> Iterator[tuple[str, DateSource]]:
    for node, key in (
        (metadata.article, "datePublished"),
        (metadata.article, "dateCreated"),
        (metadata.page, "datePublished"),
    ):
        yield from ((text, DateSource.JSON_LD) for text in text_values(node.get(key)))
    yield from ((value, DateSource.META) for name in _META_NAMES if (value := metadata.meta.get(name)))
    for element in _DATED_ELEMENTS(tree):
        yield element.get("datetime") or element.get("content") or "", DateSource.META
    yield from ((text, DateSource.TIME) for text in _time_elements(tree))


def _time_elements(tree: HtmlElement) -> Iterator[str]:
    """Return the first `<time datetime>` values inside the article, else after its headline.

    Others may belong to lists of other articles.
    """
    elements = _TIMES_IN_ARTICLE(tree) or _TIMES_NEAR_HEADLINE(tree)
    return (element.get("datetime") for element in elements[:_MAX_TIME_ELEMENTS])


def _guess_from_page(tree: HtmlElement, url: str) -> PublicationDate:
    # htmldate also reads the URL and visible text, so the result is at most a day. Its extensive search found none more
    # on recorded pages, and loads dateparser: 40 MB.
    guess = find_date(tree, original_date=True, url=url or None, max_date=_MAX_DATE, extensive_search=False)
    stamp = parse_date(guess) if guess else None
    if guess is None or stamp is None:
        return PublicationDate()
    return PublicationDate(stamp.day, DateSource.TEXT, DatePrecision.DAY, guess)
