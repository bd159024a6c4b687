"""Pure. The queue as an Atom feed (RFC 4287; its pages, RFC 5005)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from monitor.model import ReviewItem
from monitor.store.desk.queue_query import split_of
from monitor.text.charset import clean
from monitor.web.filters import Filters
from monitor.web.item_view import excerpt
from monitor.web.render import environment


def as_atom(
    items: Sequence[ReviewItem],
    filters: Filters,
    *,
    home: str,
    language: str,
    now: datetime,
    numbers: Mapping[str, int],
    empty_since: datetime,
    more: str | None = None,
) -> bytes:
    """A list of items as a feed. `home`: what the desk's addresses begin with; `numbers`: of entities, by id; `more`:
    the address of what comes after these items, where there is more."""
    host = urlsplit(home).hostname or ""
    written = (
        environment(language)
        .get_template("queue.xml")
        .render(
            tag=f"tag:{'localhost' if ':' in host else host},2026",  # RFC 4151: no address in brackets can stand there
            home=home,
            here=filters.link("/queue.atom", page=filters.page if filters.page > 1 else None),
            filters=filters,
            updated=max((changed(item) for item in items), default=empty_since),
            more=more,
            entries=[(item, split_of(item, now), excerpt(item, item.lead)) for item in items],
            numbers=numbers,
            changed=changed,
        )
    )
    return clean(written).encode()


def changed(item: ReviewItem) -> datetime:
    """When an item last became another than it was: what joined it, was found in it or said of it."""
    times = [item.first_seen, item.reopened_at, *(d.at for d in item.history), *(r.at for r in item.regroupings)]
    for article in item.articles:
        times += [article.filed, article.changed, *(finding.found for finding in article.findings)]
    return max(at for at in times if at is not None)
