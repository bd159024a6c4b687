"""Pure. OPML, the format in which feed readers exchange lists of feeds. The only module that knows listparser.

http://opml.org/spec2.opml
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from lxml import etree

from monitor.model import Feed
from monitor.text.charset import decode, plain_line, strip_forbidden

_COUNTRY, _LANGUAGE = "country", "language"  # the first part of our categories; other programs write other ones


def read_opml(body: bytes) -> list[dict[str, str]] | None:
    """Return the feeds of a list as rows of feeds.yaml, or None if it is not OPML. URLs are not checked."""
    import listparser  # late: it brings requests

    text = decode(body)
    # Without the XML declaration: its encoding is not that of the decoded text.
    start = text.find("?>") + 2 if text.lstrip("\ufeff \t\r\n").startswith("<?xml") else 0
    # Bytes, because listparser would fetch text that begins with http://; ASCII, so that it guesses no encoding.
    document = listparser.parse(text[start:].encode("ascii", "xmlcharrefreplace"))
    return [_feed_row(feed) for feed in document.feeds] if document.version.startswith("opml") else None


def _feed_row(feed: Any) -> dict[str, str]:
    categories = dict(category for category in feed.categories if len(category) == 2)
    row = {
        "url": feed.url,
        "outlet": plain_line(feed.title),
        "country": categories.get(_COUNTRY, ""),
        "language": categories.get(_LANGUAGE, ""),
    }
    return {key: value for key, value in row.items() if value}


def write_opml(feeds: Iterable[Feed]) -> str:
    """Return an OPML file for other readers, with a folder for each country, without intervals, proxies and pauses."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "monitor: sources"
    body = etree.SubElement(root, "body")
    # `groupby` needs sorted feeds; the sort is stable, so the order within a country stays.
    for country, group in groupby(sorted(feeds, key=lambda feed: feed.country), key=lambda feed: feed.country):
        folder = etree.SubElement(body, "outline", text=country) if country else body
        for feed in group:
            attributes = {_COUNTRY: feed.country, _LANGUAGE: feed.language}
            outline = etree.SubElement(
                folder,
                "outline",
                type="rss",
                text=strip_forbidden(feed.outlet),
                title=strip_forbidden(feed.outlet),
                xmlUrl=feed.url,
            )
            if category := ",".join(f"/{name}/{value}" for name, value in attributes.items() if value):
                outline.set("category", category)
    document: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return document.decode()
