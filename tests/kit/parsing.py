"""A feed in a few words, parsed."""

from __future__ import annotations

from typing import Any

from monitor.model import ParsedFeed
from monitor.parse import parse_feed

URL = "https://feeds.example.test/dir/feed.xml"


def rss(*items: str, channel: str = "") -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel>{channel}{inside}</channel></rss>'


def parse(text: str | bytes, **options: Any) -> ParsedFeed:
    return parse_feed(text.encode() if isinstance(text, str) else text, URL, **options)
