"""Pure. Feed bytes -> entries, in feed order: RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed, news sitemaps, Telegram channels.

Which of them it is the bytes say, whatever the server or the list of feeds calls it.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

from monitor.model import Message, ParsedFeed
from monitor.parse.json import read_json_feed
from monitor.parse.sitemap import read_sitemap
from monitor.parse.telegram import is_telegram, read_channel
from monitor.parse.xml import read_xml_feed
from monitor.text.charset import decode, is_garbled

__all__ = ["parse_feed"]

_WITHIN = 65_536  # characters: where a document has said what it is, warnings of its server's included
_KIND = re.compile(
    r"<(?:(?:\w+:)?(?P<feed>rss|feed|rdf|channel)|(?P<sitemap>urlset|sitemapindex)|!doctype\s+html|html|head|body)\b",
    re.IGNORECASE,
)
_UNPACKED = 10_000_000  # bytes: a feed's limit, as fetching has it
_GZIP = b"\x1f\x8b"


def parse_feed(body: bytes, url: str, content_type: str = "", limit: int = 2000) -> ParsedFeed:
    """What a feed holds; of more than `limit` entries, the newest. Whatever the bytes, the answer is a value.

    `url` is where the feed was had: relative links are relative to it. Entries without link, title, guid and text
    are left out. The texts are plain; nothing of
    the feed's own HTML is passed on.
    """
    text = decode(_unpacked(body), content_type).lstrip("\ufeff \t\r\n")
    read = _read(text, url, limit)
    lost = sum(is_garbled(f"{entry.title}\n{entry.own_text}") for entry in read.entries)
    told = Message(
        "In {} of {} entries letters are lost: they were sent broken; names may be missed.", lost, len(read.entries)
    )
    return replace(read, notice=told) if lost else read


def _read(text: str, url: str, limit: int) -> ParsedFeed:
    if not text:
        return ParsedFeed(problem=Message("The answer is empty."))
    if text.startswith("{"):
        return read_json_feed(text, url, limit)
    kind = _KIND.search(text, 0, _WITHIN)
    if kind is None:
        return ParsedFeed(problem=Message("This is neither a feed nor a web page."))
    if kind["feed"]:
        return read_xml_feed(text, url, limit)
    if kind["sitemap"]:
        return read_sitemap(text, url, limit)
    if is_telegram(text):
        return read_channel(text, limit)
    return ParsedFeed(html=True, problem=Message("This is a web page, not a feed."))


def _unpacked(body: bytes) -> bytes:
    """What is in a .gz file, up to the limit; fetching unpacks only what was packed for the way."""
    if not body.startswith(_GZIP):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _UNPACKED)
    except zlib.error:
        return body
