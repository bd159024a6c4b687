"""Pure. Feed bytes -> entries, in feed order: RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed, news sitemaps, Telegram channels.

The format is recognised by the bytes alone, whatever the server or the list of feeds declares.
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

_SNIFF_CHARACTERS = 65_536  # characters until the root element, with room for warnings that a server printed before it
_ROOT_ELEMENT = re.compile(
    r"<(?:(?:\w+:)?(?P<feed>rss|feed|rdf|channel)|(?P<sitemap>urlset|sitemapindex)|!doctype\s+html|html|head|body)\b",
    re.IGNORECASE,
)
_MAX_UNPACKED = 10_000_000  # bytes: as `FetchPolicy.feed_bytes`
_GZIP = b"\x1f\x8b"


def parse_feed(body: bytes, url: str, content_type: str = "", limit: int = 2000) -> ParsedFeed:
    """Return a feed's entries, at most the newest `limit`; any bytes give a value, never an error.

    `url` is the feed's address, the base of relative links. Entries with no link, title, guid or text at all are left
    out. All texts are plain: the feed's HTML is removed.
    """
    text = decode(_decompress(body), content_type).lstrip("\ufeff \t\r\n")
    parsed = _read_by_format(text, url, limit)
    # A notice, not a problem: a feed with a problem is fetched without validators next time.
    garbled = sum(is_garbled(f"{entry.title}\n{entry.own_text}") for entry in parsed.entries)
    notice = Message(
        "In {} of {} entries letters are lost: they were sent broken; names may be missed.",
        garbled,
        len(parsed.entries),
    )
    return replace(parsed, notice=notice) if garbled else parsed


def _read_by_format(text: str, url: str, limit: int) -> ParsedFeed:
    if not text:
        return ParsedFeed(problem=Message("The answer is empty."))
    if text.startswith("{"):
        return read_json_feed(text, url, limit)
    kind = _ROOT_ELEMENT.search(text, 0, _SNIFF_CHARACTERS)
    if kind is None:
        return ParsedFeed(problem=Message("This is neither a feed nor a web page."))
    if kind["feed"]:
        return read_xml_feed(text, url, limit)
    if kind["sitemap"]:
        return read_sitemap(text, url, limit)
    if is_telegram(text):
        return read_channel(text, limit)
    return ParsedFeed(html=True, problem=Message("This is a web page, not a feed."))


def _decompress(body: bytes) -> bytes:
    """Unpack a .gz file, up to the limit; fetching removes only the compression of the transfer."""
    if not body.startswith(_GZIP):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _MAX_UNPACKED)
    except zlib.error:
        return body  # the format check will report it
