"""What the desk shows of the closed watch, to users who are cleared."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.home import Home
from monitor.model import ROW_ARTICLES, QueueFilter, QueueTab, ReviewItem


def count_waiting(closed: Home) -> int:
    """Return the number of items that wait for a decision."""
    return closed.store.queue.page(QueueFilter(), closed.clock(), 0).tab_counts[QueueTab.WAITING]


def open_items(closed: Home, item: ReviewItem) -> Sequence[ReviewItem]:
    """Return the items of the open watch that hold articles of this item now, each with its first article."""
    store = closed.open_watch.store
    numbers = store.archive.item_numbers([article.id for article in item.articles])
    return store.cards.items(sorted({*numbers.values()}), ROW_ARTICLES)
