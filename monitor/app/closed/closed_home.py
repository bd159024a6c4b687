"""The closed watch of a home: a database beside the open one. Most homes have none, and need nothing of that watch."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.errors import NotFound
from monitor.home import Home
from monitor.model import ROW_ARTICLES, QueueFilter, QueueTab, ReviewItem
from monitor.store import open_store

SCHEMA = "closed"  # on PostgreSQL


def closed_watch(home: Home, *, create: bool = False) -> Home | None:
    """Return the watch of the closed names, which only the cleared may know of; None if no name was ever closed."""
    if home.is_closed:
        return home
    file = home.settings.closed_database_file
    if not home.cache.closed and (create or (file.exists() if file else home.store.database.has_schema(SCHEMA))):
        store = open_store(home.settings.closed_database_url, schema=SCHEMA)
        home.cache.closed = Home(home.settings, store, home.clock, home.make_sandbox, base=home)
    return home.cache.closed


def watch_of(home: Home, *, closed: bool) -> Home:
    """Return the closed watch, or else the open one. Raises NotFound if no name is closed."""
    watch = closed_watch(home) if closed else home
    if watch is None:
        raise NotFound("no name was ever marked sensitive, so there is no closed watch; leave out --closed")
    return watch


def count_waiting(closed: Home) -> int:
    """Return the number of items that wait for a decision."""
    return closed.store.queue.page(QueueFilter(), closed.clock(), 0).tab_counts[QueueTab.WAITING]


def open_items(closed: Home, item: ReviewItem) -> Sequence[ReviewItem]:
    """Return the items of the open watch that hold articles of this item now, each with its first article."""
    store = closed.open_watch.store
    numbers = store.archive.item_numbers([article.id for article in item.articles])
    return store.cards.items(sorted({*numbers.values()}), ROW_ARTICLES)
