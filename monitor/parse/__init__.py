"""Pure. Feed bytes -> entries, in feed order: RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed."""

from __future__ import annotations

from monitor.decode import decode
from monitor.model import ParsedFeed
from monitor.parse.json_feed import read_json_feed
from monitor.parse.xml_feed import read_xml_feed

__all__ = ["parse_feed"]


def parse_feed(body: bytes, url: str, content_type: str = "", limit: int = 2000) -> ParsedFeed:
    """What a feed holds; of more than `limit` entries, the newest. Whatever the bytes, the answer is a value.

    `url` is where the feed was had: relative links are relative to it. Entries without link, title, guid and text
    are left out. Times without a zone are taken as UTC, as feed readers do. The texts are plain; nothing of the
    feed's own HTML is passed on.
    """
    text = decode(body, content_type).lstrip("\ufeff \t\r\n")
    if not text:
        return ParsedFeed(problem="The answer is empty.")
    read = read_json_feed if text.startswith("{") else read_xml_feed
    return read(text, url, limit)
