"""Pure. The queue as an Atom feed (RFC 4287; its pages, RFC 5005)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from monitor.model import ReviewItem
from monitor.store.desk.queue_tabs import tab_of
from monitor.text.charset import strip_forbidden
from monitor.text.lead import lead_article
from monitor.web.filters import Filters
from monitor.web.render import environment


def render_atom(
    items: Sequence[ReviewItem],
    filters: Filters,
    *,
    base_url: str,
    language: str,
    lead_language: str,
    now: datetime,
    numbers: Mapping[str, int],
    empty_since: datetime,
    next_link: str | None = None,
) -> bytes:
    """Return a page of items as an Atom document.

    `base_url` is the start of the desk's addresses; `lead_language`: of the articles that stand
    for the items, the same for every account; `numbers` maps entity ids to their public numbers; `next_link` is
    the path of the next page, if there is one. `empty_since` is the feed's timestamp when there are no items.
    """
    host = urlsplit(base_url).hostname or ""
    entries = [(item, tab_of(item, now), lead_article(item, lead_language), last_change(item)) for item in items]
    xml = (
        environment(language)
        .get_template("queue.xml")
        .render(
            # a tag URI stays the same when the desk moves to another address scheme or port
            tag=f"tag:{'localhost' if ':' in host else host},2026",  # RFC 4151 allows no IPv6 address in a tag
            base_url=base_url,
            path=filters.link("/queue.atom", page=filters.page if filters.page > 1 else None),
            filters=filters,
            updated=max((changed for *_, changed in entries), default=empty_since),
            next_link=next_link,
            entries=entries,
            numbers=numbers,
        )
    )
    return strip_forbidden(xml).encode()


def last_change(item: ReviewItem) -> datetime:
    """Return the latest time at which an item gained an article, a change of an article, a decision or a regrouping."""
    timestamps = [item.first_seen, item.reopened_at, *(d.at for d in item.history), *(r.at for r in item.regroupings)]
    for article in item.articles:
        timestamps += article.news_times
    return max(at for at in timestamps if at is not None)
