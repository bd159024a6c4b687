"""Pure. The stages as a sandbox runs them: what is sent to its processes by name."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

from monitor.ingest import rescan
from monitor.ingest.matching import WatchContext
from monitor.model import Extracted, MatchedArticle, OutletProfile, ParsedFeed, UnmatchedArticle


def parse_feed(body: bytes, url: str, content_type: str, limit: int) -> ParsedFeed:
    """Return the entries of a feed."""
    from monitor import parse

    return parse.parse_feed(body, url, content_type, limit)


def extract(body: bytes, url: str, content_type: str, profile: OutletProfile) -> Extracted:
    """Return the article of a page."""
    from monitor.extract import page  # late: trafilatura takes a quarter of a second, and only workers read pages

    return page.extract(body, url, content_type, profile)


def parse_feed_file(body: bytes, packed: bool, url: str) -> ParsedFeed:
    """Return the entries of a saved feed; `packed`: it is unpacked first (gzip). Raises what a broken file raises."""
    from monitor import parse

    return parse.parse_feed(gzip.decompress(body) if packed else body, url)


def links_to_feeds(body: bytes, url: str, content_type: str) -> list[str]:
    """Return the links of a page that may lead to feeds."""
    from monitor.parse import discover

    return discover.feed_links(body, url, content_type)


def links_to_sitemaps(robots: bytes) -> list[str]:
    """Return the news sitemaps that a robots.txt names."""
    from monitor.parse import discover

    return discover.news_sitemaps(robots)


def extract_file(body: bytes, *, packed: bool) -> Extracted:
    """Return the article of a saved page; `packed`: it is unpacked first (gzip). Raises what a broken file raises."""
    from monitor.extract import page

    return page.extract(gzip.decompress(body) if packed else body)


def match_articles(watch: WatchContext, articles: Sequence[UnmatchedArticle]) -> list[MatchedArticle]:
    """Match each article, and the extra lines that may be added to its text."""
    return rescan.match_articles(watch, articles)
