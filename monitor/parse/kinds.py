"""Pure. Feed bytes -> entries, in feed order: RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed, news sitemaps, Telegram channels.

The kind of source is recognised by the bytes alone, whatever the server or the list of feeds declares.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from monitor.model import Message, ParsedFeed
from monitor.parse.json import read_json_feed
from monitor.parse.sitemap import read_sitemap
from monitor.parse.telegram import channel_url, is_telegram, read_channel
from monitor.parse.xml import read_xml_feed
from monitor.text.charset import decode, is_garbled


class Kind(NamedTuple):
    """A kind of source: a row of `KINDS`."""

    root: re.Pattern[str]  # what its texts begin with, after anything that a server printed before
    read: Callable[[str, str, int], ParsedFeed]  # of the text, its address, and the most entries; never an error
    is_of_kind: Callable[[str], bool] = lambda _text: True  # tells it from other texts with this root
    is_complete: bool = False  # an entry has the whole article: no page is fetched, its author is not read for names
    feed_address: Callable[[str], str] = lambda _link: ""  # of a link that people give for it


def _root_elements(names: str) -> re.Pattern[str]:
    return re.compile(rf"<(?:\w+:)?(?:{names})\b", re.IGNORECASE)


def _read_web_page(_text: str, _url: str, _limit: int) -> ParsedFeed:
    return ParsedFeed(html=True, problem=Message("This is a web page, not a feed."))


_WEB_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)

KINDS = (  # of those that fit, the one whose root comes first; of one root, the first row
    Kind(re.compile(r"\A\{"), read_json_feed),
    Kind(_root_elements("rss|feed|rdf|channel"), read_xml_feed),
    Kind(_root_elements("urlset|sitemapindex"), read_sitemap),
    Kind(_WEB_PAGE, read_channel, is_telegram, is_complete=True, feed_address=channel_url),
    Kind(_WEB_PAGE, _read_web_page),
)

_SNIFF_CHARACTERS = 65_536  # characters until the root element, with room for warnings that a server printed before it
_MAX_UNPACKED = 10_000_000  # bytes: as `FetchPolicy.feed_bytes`
_GZIP = b"\x1f\x8b"


def parse_feed(body: bytes, url: str, content_type: str = "", limit: int = 2000) -> ParsedFeed:
    """Return a feed's entries, at most the newest `limit`; any bytes give a value, never an error.

    `url` is the feed's address, the base of relative links. Entries with no link, title, guid or text at all are left
    out. All texts are plain: the feed's HTML is removed.
    """
    text = decode(_decompress(body), content_type).lstrip("\ufeff \t\r\n")
    parsed = _read_by_kind(text, url, limit)
    # A notice, not a problem: a feed with a problem is fetched without validators next time.
    garbled = sum(is_garbled(f"{entry.title}\n{entry.own_text}") for entry in parsed.entries)
    notice = Message(
        "In {} of {} entries letters are lost: they were sent broken; names may be missed.",
        garbled,
        len(parsed.entries),
    )
    return replace(parsed, notice=notice) if garbled else parsed


def _read_by_kind(text: str, url: str, limit: int) -> ParsedFeed:
    if not text:
        return ParsedFeed(problem=Message("The answer is empty."))
    roots = ((kind.root.search(text, 0, _SNIFF_CHARACTERS), kind) for kind in KINDS)
    starts = [(root.start(), kind) for root, kind in roots if root and kind.is_of_kind(text)]
    if not starts:
        return ParsedFeed(problem=Message("This is neither a feed nor a web page."))
    _, kind = min(starts, key=lambda start: start[0])
    parsed = kind.read(text, url, limit)
    entries = (replace(entry, is_complete=kind.is_complete) for entry in parsed.entries)
    return replace(parsed, entries=tuple(entries))


def _decompress(body: bytes) -> bytes:
    """Unpack a .gz file, up to the limit; fetching removes only the compression of the transfer."""
    if not body.startswith(_GZIP):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _MAX_UNPACKED)
    except zlib.error:
        return body  # the format check will report it
