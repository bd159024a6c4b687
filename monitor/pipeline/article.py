"""Pure. From an entry and its page to an article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TypeAlias
from urllib.parse import urlsplit

from monitor.extract.metadata import names_in
from monitor.extract.outlet_profile import plain
from monitor.model import (
    Article,
    DatePrecision,
    DateSource,
    Entry,
    Extracted,
    FeedEntry,
    RawPage,
    Span,
    TextFrom,
    Zone,
    ZoneSpan,
)
from monitor.ports import Response
from monitor.urls import article_key

Part: TypeAlias = tuple[str, tuple[ZoneSpan, ...]]  # a stretch of text and what it is

SHORT = 300  # characters of text, below which a page may be a paywall, or ask for a script
HTML_TYPES = ("text/html", "application/xhtml", "text/plain", "application/xml", "text/xml")


def article_of_page(entry: Entry, response: Response, page: Extracted, now: datetime) -> Article:
    feed, item = entry.feed.feed, entry.item
    from_feed = article_of_feed(entry, now)
    title = item.title or page.title
    text, zones = under_its_headline(page, title)
    when = page if _is_nearer(page, from_feed) else from_feed
    return replace(
        from_feed,
        url=response.url,
        key=_key(item.url, response.url),
        title=title,
        text=text,
        zones=zones,
        text_from=TextFrom.PAGE,
        language=page.language or feed.language,
        authors=page.authors or from_feed.authors,
        published=min(when.published, now) if when.published else None,
        published_source=when.published_source,
        precision=when.precision,
        published_raw=when.published_raw or from_feed.published_raw,
        fetched=now,
        heading=page.title,
        raw=RawPage(response.body, response.headers),
    )


def article_of_feed(entry: Entry, now: datetime) -> Article:
    feed, item = entry.feed.feed, entry.item
    return Article(
        url=item.url,
        key=article_key(item.url) if item.url else f"entry:{entry.id}",
        outlet=feed.outlet,
        title=item.title,
        text=item.own_text,
        text_from=TextFrom.FEED,
        first_seen=entry.first_seen,
        older=entry.older,
        country=feed.country,
        language=feed.language,
        authors=tuple(names_in(item.author)) if item.author else (),
        published=min(item.published, now) if item.published else None,
        published_source=DateSource.FEED if item.published else DateSource.NONE,
        precision=item.precision,
        published_raw=item.published_raw,
    )


def _is_nearer(page: Extracted, feed: Article) -> bool:
    """Whether a page's date goes before its feed's: that has none, or calls only the day of which this is a moment."""
    if page.published is None or feed.published is None:
        return feed.published is None
    told = page.precision is DatePrecision.MOMENT is not feed.precision
    return told and abs(page.published - feed.published) <= timedelta(days=1)


def says_nothing(page: Extracted, item: FeedEntry) -> bool:
    """Whether a page is none of an article: nothing of it is told, or less than its feed tells."""
    story = any(zone.zone in {Zone.BODY, Zone.CAPTION} for zone in page.zones)
    told = len(page.text.replace(page.title, ""))  # of a page with next to nothing on it all comes, on one line
    return told < SHORT and (not story or told < max(len(item.title), len(item.own_text)))


def part_of(zone: Zone, text: str) -> Part:
    return text, (ZoneSpan(zone, Span(0, len(text))),)


def concat_parts(*parts: Part) -> Part:
    text, zones = "", tuple[ZoneSpan, ...]()
    for more, its in parts:
        by = len(text) + 1 if text and more else 0
        text = f"{text}\n{more}" if by else text or more
        zones += tuple(ZoneSpan(z.zone, Span(z.span.start + by, z.span.end + by)) for z in its if more)
    return text, zones


def under_its_headline(page: Extracted, title: str) -> Part:
    """The page's text, after the page's headline where the article bears another, the feed's: it may name someone."""
    if not page.title or plain(page.title) == plain(title):
        return page.text, page.zones
    return concat_parts(part_of(Zone.TITLE, page.title), (page.text, page.zones))


def beside_as_before(known: Article, page: Part, captions: Sequence[str]) -> Part:
    """A page read again, with what joined its text when it was read first: that is no change of the page."""
    lines = [(z.zone, z.span.of(known.text)) for z in known.zones]
    signed = takewhile(lambda line: line[0] is Zone.BYLINE and line[1] in known.authors, lines)
    own = {z.span.of(page[0]) for z in page[1] if z.zone is Zone.BYLINE}  # the page's first line may be its author
    before = [part_of(*line) for line in signed if line[1] not in own]
    still = [part_of(Zone.CAPTION, caption) for caption in captions if (Zone.CAPTION, caption) in lines]
    return concat_parts(*before, page, *still, *(part_of(*line) for line in lines if line[0] is Zone.FEED))


def _key(asked: str, reached: str) -> str:
    """A link to another host that redirects (a feed proxy, a shortener) is known by where it leads.

    Not so within a site, nor to a front page: a removed article that leads home, or to a login, would become one
    article with every other that does.
    """
    there, here = urlsplit(reached), urlsplit(asked)
    moved = there.hostname != here.hostname and there.path.strip("/") != ""
    return article_key(reached if moved else asked)
