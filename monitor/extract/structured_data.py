"""Pure. What a page says of itself to machines: JSON-LD (schema.org) and `<meta>`."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

_ARTICLES = frozenset(["BlogPosting", "LiveBlogPosting", "Report", "SocialMediaPosting"])  # and all that end in Article
_PARTS = ("@graph", "mainEntity", "itemListElement", "item", "hasPart", "subjectOf")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|/[/*]\s*<!\[CDATA\[(?:\s*\*/)?|<!\[CDATA\[)|(?:-->|(?:/[/*])?\s*\]\]>(?:\s*\*/)?)\s*$"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")


@dataclass(frozen=True, slots=True)
class Declared:
    """`article` and `page` are JSON-LD nodes (empty: none); `meta` has lower-case names, the first of each."""

    article: Mapping[str, Any] = field(default_factory=dict)
    page: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, str] = field(default_factory=dict)

    def first_meta(self, *names: str) -> str:
        return next((value for name in names if (value := self.meta.get(name, ""))), "")


def declared(tree: HtmlElement) -> Declared:
    article: Mapping[str, Any] = {}
    page: Mapping[str, Any] = {}
    for node in _nodes(tree):
        kinds = {kind.rpartition("/")[2] for kind in strings(node.get("@type"))}
        if not article and any(kind.endswith("Article") or kind in _ARTICLES for kind in kinds):
            article = node
        if not page and "WebPage" in kinds:
            page = node
    return Declared(article, page, _meta(tree))


def strings(value: Any) -> Iterator[str]:
    """The texts of a JSON-LD value, which may be a text, a thing with a name, or a list of either."""
    for one in value if isinstance(value, list) else [value]:
        text = one.get("name") if isinstance(one, dict) else one
        for each in text if isinstance(text, list) else [text]:
            if isinstance(each, str) and each.strip():
                yield each


def _nodes(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    """All things a page's JSON-LD describes, each before its parts."""
    waiting: list[Any] = [
        _json(script.text_content()) for script in tree.iterfind('.//script[@type="application/ld+json"]')
    ]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting[:0] = value
        elif isinstance(value, dict):
            yield value
            waiting[:0] = [value[part] for part in _PARTS if part in value]


def _json(text: str) -> Any:
    """JSON as sites write it: in comments, HTML-escaped, with line ends in strings or a comma too many."""
    text = _WRAPPING.sub("", text)
    for attempt in (text, _TRAILING_COMMA.sub("", text), html.unescape(text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _meta(tree: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        value = (element.get("content") or "").strip()
        if name and value:
            found.setdefault(name.strip().lower(), value)
    return found
