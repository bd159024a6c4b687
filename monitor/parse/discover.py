"""Pure. Where a site's feeds may be: what its pages say, and the usual places."""

from __future__ import annotations

import re

from lxml import etree, html

from monitor.text.charset import decode
from monitor.urls import absolute, is_web, outlet_of

USUAL = (
    "feed/",
    "rss",
    "rss.xml",
    "?rss",
    "rss/",
    "rss/all",
    "feed.xml",
    "atom.xml",
    "index.xml",
    "feed.json",
    "rssfeeds",
)

_TYPES = frozenset(f"application/{kind}" for kind in ("rss+xml", "atom+xml", "rdf+xml", "feed+json"))
# What links to feeds look like where they are not declared; RFE/RL's end in an opaque id: /api/zgbip_l-vomx-tpe-v_py.
_LOOKS_LIKE_ONE = re.compile(
    r"(?:/(?:rss|feed|feeds|atom)(?:\d|\.\w+)?/?(?:\?.*)?|\?rss(?:=.*)?|/rss/[\w./-]+|[./](?:rss|atom|rdf)(?:\.xml)?|/api/z[\w-]+)$",
    re.IGNORECASE,
)
_OF_COMMENTS = re.compile(r"comments?\b", re.IGNORECASE)
_CHANNEL = re.compile(r"https?://(?:www\.)?(?:t|telegram)\.me/(?:s/)?(\w{4,32})/?(?:\?.*)?", re.ASCII)
_NO_CHANNELS = frozenset(["joinchat", "share", "addstickers", "proxy", "iv", "login"])
_SITEMAP = re.compile(r"^sitemap:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


def feed_links(body: bytes, url: str, content_type: str = "") -> list[str]:
    """The feeds a page declares, then those it links to, then its Telegram channels; those of comments left out."""
    try:
        page = html.document_fromstring(decode(body, content_type).encode(), parser=html.HTMLParser(encoding="utf-8"))
    except etree.LxmlError:
        return []
    base = absolute(url, next(iter(page.xpath("//base/@href")), ""))
    declared = [
        link.get("href")
        for link in page.xpath("//link[@href][@type]")
        if "alternate" in link.get("rel", "").lower() and link.get("type").split(";")[0].strip().lower() in _TYPES
        if not _OF_COMMENTS.search(f"{link.get('href')} {link.get('title', '')}")
    ]
    links = [absolute(base, link) for link in page.xpath("//a/@href")]
    own = [link for link in links if _site(link) == _site(url)]  # what it says of others' feeds is no feed of its own
    linked = [link for link in own if _LOOKS_LIKE_ONE.search(link) and not _OF_COMMENTS.search(link)]
    channels = [channel for link in links if (channel := channel_of(link))]
    found = dict.fromkeys([*(absolute(base, link) for link in declared), *linked, *channels])
    return [link for link in found if is_web(link)]


def _site(link: str) -> list[str]:
    return outlet_of(link).split(".")[-2:]


def channel_of(link: str) -> str:
    """The public page of the Telegram channel that a link leads to; empty when it leads elsewhere."""
    found = _CHANNEL.fullmatch(link)
    return f"https://t.me/s/{found[1]}" if found and found[1] not in _NO_CHANNELS else ""


def news_sitemaps(robots: bytes) -> list[str]:
    """The sitemaps of news that a robots.txt names."""
    return [link for link in _SITEMAP.findall(decode(robots)) if "news" in link.lower() and is_web(link)]
