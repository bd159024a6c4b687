"""Pure. Metadata that a page declares for machines: JSON-LD (schema.org) and `<meta>`."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

_ARTICLE_TYPES = frozenset(
    ["BlogPosting", "LiveBlogPosting", "Report", "SocialMediaPosting"]
)  # and all types that end in Article
_CHILD_KEYS = ("@graph", "mainEntity", "itemListElement", "item", "hasPart", "subjectOf")
_COMMENT_WRAPPING = re.compile(
    r"^\s*(?:<!--|/[/*]\s*<!\[CDATA\[(?:\s*\*/)?|<!\[CDATA\[)|(?:-->|(?:/[/*])?\s*\]\]>(?:\s*\*/)?)\s*$"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """The metadata of a page.

    `article` and `page` are JSON-LD nodes, empty if there are none. `meta` has lower-case names and the first value
    of each.
    """

    article: Mapping[str, Any] = field(default_factory=dict)
    page: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, str] = field(default_factory=dict)

    def first_meta(self, *names: str) -> str:
        """Return the value of the first of these names that the page has, or an empty string."""
        return next((value for name in names if (value := self.meta.get(name, ""))), "")


def read_page_metadata(tree: HtmlElement) -> PageMetadata:
    """Read JSON-LD and `<meta>`; of several article nodes the first counts."""
    article: Mapping[str, Any] = {}
    page: Mapping[str, Any] = {}
    for node in _json_ld_nodes(tree):
        # Types may be written as addresses: https://schema.org/NewsArticle.
        kinds = {kind.rpartition("/")[2] for kind in text_values(node.get("@type"))}
        if not article and any(kind.endswith("Article") or kind in _ARTICLE_TYPES for kind in kinds):
            article = node
        if not page and "WebPage" in kinds:
            page = node
    return PageMetadata(article, page, _meta_tags(tree))


def text_values(value: Any) -> Iterator[str]:
    """Yield the texts of a JSON-LD value: a text, an object with a name, or a list of either."""
    for item in value if isinstance(value, list) else [value]:
        text = item.get("name") if isinstance(item, dict) else item
        for name in text if isinstance(text, list) else [text]:
            if isinstance(name, str) and name.strip():
                yield name


def _json_ld_nodes(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    """Yield all objects of a page's JSON-LD, each before its parts."""
    pending: list[Any] = [
        _parse_json("".join(script.itertext())) for script in tree.iterfind('.//script[@type="application/ld+json"]')
    ]
    while pending:
        value = pending.pop(0)
        # At the front, so that nodes come in the order of the page.
        if isinstance(value, list):
            pending[:0] = value
        elif isinstance(value, dict):
            yield value
            pending[:0] = [value[part] for part in _CHILD_KEYS if part in value]


def _parse_json(text: str) -> Any:
    """Parse JSON as sites write it: in comments, HTML-escaped, with line breaks in strings or trailing commas.

    Return None if it cannot be parsed.
    """
    for attempt in _repairs(text):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _repairs(text: str) -> Iterator[str]:
    yield text  # as it is first: most JSON is sound, and looking for what wraps it takes longer than parsing
    text = _COMMENT_WRAPPING.sub("", text)
    yield text
    yield _TRAILING_COMMA.sub("", text)
    yield html.unescape(text)  # last: in sound JSON a `&quot;` belongs to the text


def _meta_tags(tree: HtmlElement) -> dict[str, str]:
    tags: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        value = (element.get("content") or "").strip()
        if name and value:
            tags.setdefault(name.strip().lower(), value)
    return tags
