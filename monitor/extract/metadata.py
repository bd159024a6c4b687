"""Pure. Headline, authors, date and canonical address of a page; what it declares in JSON-LD and `<meta>`."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from htmldate import find_date
from lxml import etree
from lxml.html import HtmlElement
from trafilatura.metadata import examine_meta, extract_author, extract_meta_json

from monitor.extract.authors import split_authors
from monitor.extract.outlet_profile import comparison_key
from monitor.model import DatePrecision, DateSource
from monitor.text.charset import plain_line
from monitor.text.dates import date_words, parse_date
from monitor.urls import is_web_url, resolve_link

_ARTICLE_TYPES = frozenset(
    ["BlogPosting", "LiveBlogPosting", "Report", "SocialMediaPosting"]
)  # and all types that end in Article
_CHILD_KEYS = ("@graph", "mainEntity", "itemListElement", "item", "hasPart", "subjectOf")
_COMMENT_WRAPPING = re.compile(
    r"^\s*(?:<!--|/[/*]\s*<!\[CDATA\[(?:\s*\*/)?|<!\[CDATA\[)|(?:-->|(?:/[/*])?\s*\]\]>(?:\s*\*/)?)\s*$"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """The metadata of a page.

    `article` and `page` are JSON-LD nodes, empty if there are none. `meta` has lower-case names and the first value
    of each.
    """

    article: Mapping[str, Any] = field(default_factory=dict)
    page: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, str] = field(default_factory=dict)

    def first_meta(self, *names: str) -> str:
        """Return the value of the first of these names that the page has, or an empty string."""
        return next((value for name in names if (value := self.meta.get(name, ""))), "")


def read_page_metadata(tree: HtmlElement) -> PageMetadata:
    """Read JSON-LD and `<meta>`; of several article nodes the first counts."""
    article: Mapping[str, Any] = {}
    page: Mapping[str, Any] = {}
    for node in _json_ld_nodes(tree):
        # Types may be written as addresses: https://schema.org/NewsArticle.
        kinds = {kind.rpartition("/")[2] for kind in _text_values(node.get("@type"))}
        if not article and any(kind.endswith("Article") or kind in _ARTICLE_TYPES for kind in kinds):
            article = node
        if not page and "WebPage" in kinds:
            page = node
    return PageMetadata(article, page, _meta_tags(tree))


def _text_values(value: Any) -> Iterator[str]:
    """Yield the texts of a JSON-LD value: a text, an object with a name, or a list of either."""
    for item in value if isinstance(value, list) else [value]:
        text = item.get("name") if isinstance(item, dict) else item
        for name in text if isinstance(text, list) else [text]:
            if isinstance(name, str) and name.strip():
                yield name


def _json_ld_nodes(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    """Yield all objects of a page's JSON-LD, each before its parts."""
    pending: list[Any] = [
        _parse_json("".join(script.itertext())) for script in tree.iterfind('.//script[@type="application/ld+json"]')
    ]
    while pending:
        value = pending.pop(0)
        # At the front, so that nodes come in the order of the page.
        if isinstance(value, list):
            pending[:0] = value
        elif isinstance(value, dict):
            yield value
            pending[:0] = [value[part] for part in _CHILD_KEYS if part in value]


def _parse_json(text: str) -> Any:
    """Parse JSON as sites write it: in comments, HTML-escaped, with line breaks in strings or trailing commas.

    Return None if it cannot be parsed.
    """
    for attempt in _repairs(text):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _repairs(text: str) -> Iterator[str]:
    yield text  # as it is first: most JSON is sound, and looking for what wraps it takes longer than parsing
    text = _COMMENT_WRAPPING.sub("", text)
    yield text
    yield _TRAILING_COMMA.sub("", text)
    yield html.unescape(text)  # last: in sound JSON a `&quot;` belongs to the text


def _meta_tags(tree: HtmlElement) -> dict[str, str]:
    tags: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        value = (element.get("content") or "").strip()
        if name and value:
            tags.setdefault(name.strip().lower(), value)
    return tags


MAX_TITLE = 1_000
MAX_AUTHORS = 20

_MIN_SIMILARITY = 0.85
_COMPARED_CHARACTERS = 300  # characters of two headlines; difflib is quadratic
_SEPARATOR = re.compile(r"\s+[|/\\–—·•»:-]+\s+")
_SITE_NAME_SEPARATOR = re.compile(r"\s+[|»]\s+")  # headlines contain dashes, but these precede a site's name only
_MAX_SITE_PARTS = 2
_BYLINE_PREFIX = re.compile(r"^(?:by|автор(?:ы)?|текст|von|par)\b\s*:?\s*", re.IGNORECASE)
_NOT_A_NAME = re.compile(r"https?://|www\.|@|^\W*$")


def title_of(tree: HtmlElement, metadata: PageMetadata) -> str:
    """Return the headline that the page declares, as its feed has it too, else the one it shows.

    Declared headlines may end in the site's name ("… | Site") or consist of it; an `<h1>` may be the site's name, too.
    """
    candidates = (
        plain_line(text) for text in (metadata.first_meta("og:title"), *_text_values(metadata.article.get("headline")))
    )
    site_names = {comparison_key(name) for name in _site_names(metadata)}
    declared_titles = (_strip_site_name(text, metadata) for text in candidates)
    if declared_title := next((t for t in declared_titles if t and comparison_key(t) not in site_names), ""):
        return declared_title[:MAX_TITLE].strip()
    page_title = _strip_site_name(" ".join((tree.findtext(".//title") or "").split()), metadata)
    headlines = headlines_of(tree)
    headlines = [text for text in headlines if _is_similar(text, page_title)] or [page_title, *headlines]
    return next(filter(None, headlines), "")[:MAX_TITLE].strip()


def headlines_of(tree: HtmlElement) -> list[str]:
    """Return the texts of all `<h1>` elements."""
    return [text for h1 in tree.iter("h1") if (text := " ".join(h1.text_content().split()))]


def declared_authors(tree: HtmlElement, metadata: PageMetadata) -> tuple[str, ...]:
    """Return the authors' names that the page declares, in order, each once: in JSON-LD, else in `<meta>`.

    If neither has any, as trafilatura finds them there.
    """
    names = _author_names(_text_values(metadata.article.get("author"))) or _author_names(
        [metadata.first_meta("author", "article:author", "parsely-author", "byl", "dc.creator")]
    )
    return names or _author_names(_authors_of_library(tree).split(";"))


def shown_authors(tree: HtmlElement) -> tuple[str, ...]:
    """Return the names in trafilatura's byline, of a tree that may be without scripts and pictures."""
    return _author_names((extract_author(tree) or "").split(";"))


def _authors_of_library(tree: HtmlElement) -> str:
    """Return the authors that trafilatura's `extract_metadata` finds declared, which would read eight other fields."""
    declared = examine_meta(tree)
    if declared.author and " " not in declared.author:
        declared.author = None
    with suppress(Exception):  # as trafilatura does: the JSON of a page may have any shape
        declared = extract_meta_json(tree, declared)
    return declared.author or ""


def canonical_of(tree: HtmlElement, metadata: PageMetadata, url: str) -> str:
    """Return the address that the page declares as its own, or an empty string.

    Only for comparison: a page may declare any address, so it is never fetched.
    """
    links = [link.get("href") or "" for link in tree.iterfind('.//link[@rel="canonical"]')]
    addresses = (resolve_link(url, link) for link in (*links, metadata.first_meta("og:url")) if link)
    return next(filter(is_web_url, addresses), "")


def _author_names(candidates: Iterable[str]) -> tuple[str, ...]:
    names = (name for candidate in candidates for name in split_authors(_BYLINE_PREFIX.sub("", plain_line(candidate))))
    return tuple(dict.fromkeys(name for name in names if name and len(name) <= 100 and not _NOT_A_NAME.search(name)))[
        :MAX_AUTHORS
    ]


def _strip_site_name(title: str, metadata: PageMetadata) -> str:
    """Return a title without the site's name, or its section and name, at the end."""
    title = title[:MAX_TITLE]
    sites = {
        comparison_key(name) for name in (*_text_values(metadata.article.get("publisher")), *_site_names(metadata))
    } - {""}
    for separator in list(_SEPARATOR.finditer(title))[: -_MAX_SITE_PARTS - 1 : -1]:
        head, tail = title[: separator.start()].strip(), title[separator.end() :].strip()
        is_site_name = any(site in comparison_key(tail) or comparison_key(tail) in site for site in sites)
        if not is_site_name and not (_SITE_NAME_SEPARATOR.fullmatch(separator[0]) and len(head) > len(tail)):
            break
        title = head
    return title


def _site_names(metadata: PageMetadata) -> Iterable[str]:
    yield metadata.first_meta("og:site_name", "application-name")
    host = urlsplit(metadata.first_meta("og:url")[:2048].replace("[", "").replace("]", "")).hostname or ""
    yield max(host.split("."), key=len)


def _is_similar(first: str, second: str) -> bool:
    first, second = first.casefold()[:_COMPARED_CHARACTERS], second.casefold()[:_COMPARED_CHARACTERS]
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= _MIN_SIMILARITY


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
        yield from ((text, DateSource.JSON_LD) for text in _text_values(node.get(key)))
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
