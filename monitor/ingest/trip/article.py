"""Pure. The article that an entry and its page give, and what a trip or a recheck brings to be matched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TypeAlias
from urllib.parse import urlsplit

from monitor.extract.authors import split_authors
from monitor.extract.outlet_profile import comparison_key
from monitor.ingest.trip.speakers import Outlets, entry_key, is_of_own_site, page_key
from monitor.model import (
    Article,
    DatePrecision,
    DateSource,
    Entry,
    Extracted,
    FeedEntry,
    RawPage,
    RecheckResult,
    Result,
    Span,
    Speaker,
    TextFrom,
    UnmatchedArticle,
    Zone,
    ZoneSpan,
)
from monitor.ports import Response
from monitor.urls import article_key, is_front_page

# A piece of text and the zones of its ranges.
Part: TypeAlias = tuple[str, tuple[ZoneSpan, ...]]

# Characters; a page with less text may be a paywall, or a notice that scripts are needed.
MIN_TEXT_LENGTH = 300
MIN_ADDED_LENGTH = 40  # lower for a link that a user added, because no feed has more of it
# Some servers send web pages as plain text or XML.
HTML_TYPES = ("text/html", "application/xhtml", "text/plain", "application/xml", "text/xml")


def article_of_page(entry: Entry, response: Response, page: Extracted, now: datetime) -> Article:
    """Return the article of an entry whose page was read, completed with the data of its own site's feed."""
    feed, item = entry.feed.feed, entry.item
    from_feed = article_of_feed(entry, now)
    title = item.title or page.title
    text, zones = with_page_headline(page, title)
    date_origin = page if _prefers_page_date(page, from_feed) else from_feed
    published, precision = _believed_date(date_origin, now)
    return replace(
        from_feed,
        url=response.url,
        key=article_key(_identifying_url(item.url, response.url)),
        speaker=Speaker.SITE,
        title=title,
        text=text,
        zones=zones,
        text_from=TextFrom.PAGE,
        language=page.language or feed.language,
        authors=page.authors or from_feed.authors,
        published=published,
        published_source=date_origin.published_source,
        precision=precision,
        published_raw=date_origin.published_raw or from_feed.published_raw,
        fetched=now,
        heading=page.title,
        raw=RawPage(response.body, response.headers, response.request),
    )


def article_of_linked_page(
    entry: Entry, response: Response, page: Extracted, now: datetime, outlets: Outlets
) -> Article:
    """Return the article of a page that the feed of another site led us to. No word of it is the feed's."""
    feed = outlets.feed_of(response.url)
    published, precision = _believed_date(page, now)
    return Article(
        url=response.url,
        key=page_key(entry, _identifying_url(entry.item.url, response.url)),
        speaker=Speaker.LINKED_PAGE,
        outlet=outlets.name_of(response.url),
        title=page.title,
        text=page.text,
        zones=page.zones,
        text_from=TextFrom.PAGE,
        first_seen=entry.first_seen,
        older=entry.older,
        country=feed.country if feed else "",
        language=page.language or (feed.language if feed else ""),
        authors=page.authors,
        published=published,
        published_source=page.published_source,
        precision=precision,
        published_raw=page.published_raw,
        fetched=now,
        heading=page.title,
        raw=RawPage(response.body, response.headers, response.request),
    )


def article_of_feed(entry: Entry, now: datetime) -> Article:
    """Return the article of an entry from its feed alone.

    Only the feed of the address's own site speaks for it, and nobody for a front page, which many entries may link to.
    """
    feed, item = entry.feed.feed, entry.item
    is_own = is_of_own_site(entry)
    published, precision = _believed_date(item, now)
    return Article(
        url=item.url,
        key=article_key(item.url) if item.url and is_own and not is_front_page(item.url) else entry_key(entry),
        speaker=Speaker.SITE if is_own else Speaker.OTHER_FEED,
        outlet=feed.outlet,
        title=item.title,
        text=item.own_text,
        text_from=TextFrom.ENTRY if item.is_complete else TextFrom.FEED,
        first_seen=entry.first_seen,
        older=entry.older,
        country=feed.country,
        language=feed.language,
        authors=tuple(split_authors(item.author)) if item.author else (),
        published=published,
        published_source=DateSource.FEED if item.published else DateSource.NONE,
        precision=precision,
        published_raw=item.published_raw,
    )


def _believed_date(origin: FeedEntry | Extracted | Article, now: datetime) -> tuple[datetime | None, DatePrecision]:
    """Return a date and its precision: of one in the future the present time, which is nobody's word and has none.

    Clocks and time zones of sites are wrong at times; nothing was published in the future.
    """
    if origin.published and origin.published > now:
        return now, DatePrecision.NONE
    return origin.published, origin.precision


def _prefers_page_date(page: Extracted, feed: Article) -> bool:
    """Return True if the page's date is better than the feed's.

    It is if the feed gives none, or none but that of a change, before which the page says it was published; or if only
    the page gives an exact moment, within a day of the feed's date.
    """
    if page.published is None or feed.published is None:
        return feed.published is None
    if feed.precision is DatePrecision.UPDATED:
        return page.published <= feed.published and page.published_source is not DateSource.TEXT
    is_more_precise = page.precision is DatePrecision.MOMENT is not feed.precision
    return is_more_precise and abs(page.published - feed.published) <= timedelta(days=1)


def has_no_article_text(page: Extracted, item: FeedEntry) -> bool:
    """Return True if a page holds no article: no body, or less text than its feed gives."""
    has_body = any(zone.zone in {Zone.BODY, Zone.CAPTION} for zone in page.zones)
    # From a nearly empty page, extraction returns everything on one line, including the headline.
    text_length = len(page.text.replace(page.title, ""))
    feed_length = max(len(item.title), len(item.own_text)) or MIN_ADDED_LENGTH
    return text_length < MIN_TEXT_LENGTH and (not has_body or text_length < feed_length)


def whole_part(zone: Zone, text: str) -> Part:
    """Return a text that lies in one zone as a part."""
    return text, (ZoneSpan(zone, Span(0, len(text))),)


def concat_parts(*parts: Part) -> Part:
    """Return the parts as one text, a line each, with their zones moved to the new offsets."""
    text, zones = "", tuple[ZoneSpan, ...]()
    for part_text, part_zones in parts:
        offset = len(text) + 1 if text and part_text else 0
        text = f"{text}\n{part_text}" if offset else text or part_text
        zones += tuple(
            ZoneSpan(z.zone, Span(z.span.start + offset, z.span.end + offset)) for z in part_zones if part_text
        )
    return text, zones


def with_page_headline(page: Extracted, title: str) -> Part:
    """Return the page's text, preceded by its headline if that differs from the title: it may name someone."""
    if not page.title or comparison_key(page.title) == comparison_key(title):
        return page.text, page.zones
    return concat_parts(whole_part(Zone.TITLE, page.title), (page.text, page.zones))


def with_earlier_lines(stored: Article, page: Part, captions: Sequence[str]) -> Part:
    """Return a page read again, with the extra lines that were added when it was first read.

    Without them every recheck would find that these lines had been removed.
    """
    bylines, feed_lines = added_lines(stored)
    # The page's own text may begin with its author already.
    page_bylines = {z.span.of(page[0]) for z in page[1] if z.zone is Zone.BYLINE}
    stored_captions = {z.span.of(stored.text) for z in stored.zones if z.zone is Zone.CAPTION}
    missing_bylines = [line for line in bylines if line[0] not in page_bylines]
    kept_captions = [whole_part(Zone.CAPTION, caption) for caption in captions if caption in stored_captions]
    return concat_parts(*missing_bylines, page, *kept_captions, *feed_lines)


def added_lines(stored: Article) -> tuple[Sequence[Part], Sequence[Part]]:
    """Return the bylines and the texts of the feed that were added to the text of a page."""
    lines = [(z.zone, z.span.of(stored.text)) for z in stored.zones]
    # Only the lines at the beginning were added by us; a byline further down belongs to the page.
    bylines = takewhile(lambda line: line[0] is Zone.BYLINE and line[1] in stored.authors, lines)
    return [whole_part(*line) for line in bylines], [whole_part(*line) for line in lines if line[0] is Zone.FEED]


def _identifying_url(requested_url: str, final_url: str) -> str:
    """Return the URL that identifies an article: the final one after a redirect to another host, else the requested.

    A feed proxy or a shortener redirects to another host. A redirect within a site, or to a front page, is ignored:
    removed articles often lead to the front page or to a login, and all of them would become one article.
    """
    final, requested = urlsplit(final_url), urlsplit(requested_url)
    is_redirected = final.hostname != requested.hostname and final.path.strip("/") != ""
    return final_url if is_redirected else requested_url


@dataclass(frozen=True, slots=True)
class AcquiredArticle:
    """The result of a trip or recheck before matching. `unmatched` None: there is no text to match."""

    result: Result | RecheckResult
    unmatched: UnmatchedArticle | None = None
    unmatched_words: UnmatchedArticle | None = None  # of `Result.words`

    @property
    def texts(self) -> tuple[UnmatchedArticle, ...]:
        """Return the texts to match; `matched_result` takes their matches in this order."""
        return tuple(text for text in (self.unmatched, self.unmatched_words) if text is not None)

    @property
    def bytes(self) -> int:
        """Return the approximate memory use: its page and its text."""
        article = self.result.article
        page = article.raw.body if article and article.raw else b""
        return 1_000 + len(page) + 2 * len(article.text if article else "")
