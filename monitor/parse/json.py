"""Pure. JSON Feed 1.0 and 1.1 (jsonfeed.org), read leniently: one bad field never costs an entry."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ValidationError

from monitor.model import FeedEntry, Message, ParsedFeed
from monitor.parse.entries import MAX_TITLE, make_entry, newest_items
from monitor.text.charset import plain_line


def _as_text(value: object) -> str:
    """Return strings and numbers as text, anything else as empty: publishers send numeric ids and null."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _objects(value: object) -> list[Any]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object(value: object) -> object:
    return value if isinstance(value, dict) else {}


Text = Annotated[str, BeforeValidator(_as_text)]


# The models have only the fields we read; pydantic ignores all others.
class _Author(BaseModel):
    name: Text = ""


class _Item(BaseModel):
    id: Text = ""
    url: Text = ""
    external_url: Text = ""
    title: Text = ""
    content_html: Text = ""
    content_text: Text = ""
    summary: Text = ""
    date_published: Text = ""
    date_modified: Text = ""
    author: Annotated[_Author, BeforeValidator(_object)] = _Author()  # 1.0
    authors: Annotated[list[_Author], BeforeValidator(_objects)] = []  # 1.1

    def entry(self, base: str) -> FeedEntry | None:
        """Make the entry; `base` is the base of relative links."""
        return make_entry(
            base,
            links=(self.url, self.external_url, self.id),
            guid=self.id,
            title=self.title,
            author=", ".join(a.name for a in self.authors or [self.author] if a.name),
            summary=self.summary,
            content=self.content_html or self.content_text,
            dates=[self.date_published],
            updated=self.date_modified,
        )


def _dates(item: _Item) -> tuple[str, str]:
    return item.date_published, item.date_modified


class _Feed(BaseModel):
    version: Text = ""
    title: Text = ""
    items: Annotated[list[_Item], BeforeValidator(_objects)]  # required: other JSON is not a feed


def read_json_feed(text: str, url: str, limit: int) -> ParsedFeed:
    """Read a JSON Feed.

    `url` is the base of relative links: the format does not allow them, but publishers write them.
    """
    try:
        feed = _Feed.model_validate(json.loads(text, strict=False))
    except ValidationError:
        return ParsedFeed(problem=Message("This is JSON, but no JSON Feed: it has no list of items."))
    except (ValueError, RecursionError):
        return ParsedFeed(problem=Message("This is no valid JSON; it may have been cut off."))
    items = newest_items(feed.items, _dates, limit)
    entries = tuple(entry for item in items if (entry := item.entry(url)))
    return ParsedFeed(title=plain_line(feed.title)[:MAX_TITLE], entries=entries)
