"""Pure. OPML, in which feed readers exchange lists of feeds. The only module that knows listparser.

http://opml.org/spec2.opml
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import listparser
from lxml import etree

from monitor.model import Feed
from monitor.text.charset import clean, decode, one_line

_COUNTRY, _LANGUAGE = "country", "language"  # how a category of ours begins; others have their own


def read_opml(body: bytes) -> list[dict[str, str]] | None:
    """The feeds of a list, as rows of feeds.yaml: their URLs as they stand there. None: this is no OPML."""
    text = decode(body)
    start = text.find("?>") + 2 if text.lstrip("\ufeff \t\r\n").startswith("<?xml") else 0
    # Bytes, since text that begins with http:// it would fetch; ASCII, so that no encoding is left to guess.
    found = listparser.parse(text[start:].encode("ascii", "xmlcharrefreplace"))
    return [_row(feed) for feed in found.feeds] if found.version.startswith("opml") else None


def _row(feed: listparser.common.SuperDict) -> dict[str, str]:
    said = dict(category for category in feed.categories if len(category) == 2)
    row = {
        "url": feed.url,
        "outlet": one_line(feed.title),
        "country": said.get(_COUNTRY, ""),
        "language": said.get(_LANGUAGE, ""),
    }
    return {key: value for key, value in row.items() if value}


def write_opml(feeds: Iterable[Feed]) -> str:
    """A list that other readers take, with a folder for each country. What only feeds.yaml knows is not in it."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "monitor: sources"
    body = etree.SubElement(root, "body")
    for country, group in groupby(sorted(feeds, key=lambda feed: feed.country), key=lambda feed: feed.country):
        folder = etree.SubElement(body, "outline", text=country) if country else body
        for feed in group:
            about = {_COUNTRY: feed.country, _LANGUAGE: feed.language}
            outline = etree.SubElement(
                folder, "outline", type="rss", text=clean(feed.outlet), title=clean(feed.outlet), xmlUrl=feed.url
            )
            if category := ",".join(f"/{name}/{value}" for name, value in about.items() if value):
                outline.set("category", category)
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written.decode()
