"""Pure. Candidates for the feeds of a site: links on its pages, sitemaps in robots.txt, and usual paths."""

from __future__ import annotations

import re

from lxml import etree, html

from monitor.parse import KINDS
from monitor.text.charset import decode
from monitor.urls import is_web_url, outlet_name, resolve_link

# Paths to try when a site declares no feed, the most common first.
USUAL_PATHS = (
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

_FEED_TYPES = frozenset(f"application/{kind}" for kind in ("rss+xml", "atom+xml", "rdf+xml", "feed+json"))
# Undeclared links that look like feeds; those of RFE/RL end in an opaque id: /api/zgbip_l-vomx-tpe-v_py.
_FEED_LINK = re.compile(
    r"(?:/(?:rss|feed|feeds|atom)(?:\d|\.\w+)?/?(?:\?.*)?|\?rss(?:=.*)?|/rss/[\w./-]+|[./](?:rss|atom|rdf)(?:\.xml)?|/api/z[\w-]+)$",
    re.IGNORECASE,
)
_COMMENT_FEED = re.compile(r"comments?\b", re.IGNORECASE)
_SITEMAP = re.compile(r"^sitemap:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


def feed_links(body: bytes, url: str, content_type: str = "") -> list[str]:
    """Return the feeds that a page declares, then those it links to, then its channels; no comment feeds."""
    try:
        page = html.document_fromstring(decode(body, content_type).encode(), parser=html.HTMLParser(encoding="utf-8"))
    except etree.LxmlError:
        return []
    base = resolve_link(url, next(iter(page.xpath("//base/@href")), ""))
    declared = [
        link.get("href")
        for link in page.xpath("//link[@href][@type]")
        if "alternate" in link.get("rel", "").lower() and link.get("type").split(";")[0].strip().lower() in _FEED_TYPES
        if not _COMMENT_FEED.search(f"{link.get('href')} {link.get('title', '')}")
    ]
    links = [resolve_link(base, link) for link in page.xpath("//a/@href")]
    same_site = [
        link for link in links if _site_domain(link) == _site_domain(url)
    ]  # links to other sites' feeds do not count
    linked = [link for link in same_site if _FEED_LINK.search(link) and not _COMMENT_FEED.search(link)]
    channels = filter(None, map(feed_address, links))
    candidates = dict.fromkeys([*(resolve_link(base, link) for link in declared), *linked, *channels])
    return [link for link in candidates if is_web_url(link)]


def _site_domain(link: str) -> list[str]:
    # The last two labels: rss.example.org and www.example.org are one site.
    return outlet_name(link).split(".")[-2:]


def feed_address(link: str) -> str:
    """Return the address of the feed that people mean by a link of some kind of source, or an empty string."""
    return next(filter(None, (kind.feed_address(link) for kind in KINDS)), "")


def news_sitemaps(robots: bytes) -> list[str]:
    """Return the news sitemaps that a robots.txt lists."""
    return [link for link in _SITEMAP.findall(decode(robots)) if "news" in link.lower() and is_web_url(link)]
