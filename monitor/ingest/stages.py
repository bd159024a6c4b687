"""Pure. The stages that only a sandbox runs, as it runs them: what is sent to its processes by name."""

from __future__ import annotations

import gzip

from monitor.model import Extracted, OutletProfile, ParsedFeed
from monitor.parse import parse_feed


def extract(body: bytes, url: str, content_type: str, profile: OutletProfile) -> Extracted:
    """Return the article of a page."""
    from monitor.extract import page  # late: trafilatura takes a quarter of a second, and only workers read pages

    return page.extract(body, url, content_type, profile)


def extract_file(body: bytes, *, packed: bool) -> Extracted:
    """Return the article of a saved page; `packed`: it is unpacked first (gzip). Raises what a broken file raises."""
    from monitor.extract import page

    return page.extract(gzip.decompress(body) if packed else body)


def parse_feed_file(body: bytes, packed: bool, url: str) -> ParsedFeed:
    """Return the entries of a saved feed; `packed`: it is unpacked first (gzip). Raises what a broken file raises."""
    return parse_feed(gzip.decompress(body) if packed else body, url)
