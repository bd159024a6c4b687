"""The items that an export holds, read a few at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from monitor.home import Home
from monitor.messages.content.stories.build import Digest
from monitor.model import CARD_ARTICLES, ONE_ARTICLE, QueueFilter, ReviewItem, State

MOST_ITEMS = 100_000
PAGE_SIZE = 200  # items in memory, where large ones are cut


def stored_numbers(home: Home, entity: int | None = None) -> list[int]:
    """Return the numbers of all items, also of decided ones, or of those that name an entity (by number)."""
    states = [state for state in State if state is not State.MERGED]
    listed = home.store.reviews.listing(states, MOST_ITEMS, QueueFilter(entity=entity), ONE_ARTICLE)
    return [item.id for item in listed]


def report_numbers(digest: Digest) -> list[int]:
    """Return the numbers of the items of a report."""
    return [item.id for item in digest.input.items]


def table_items(home: Home, numbers: Iterable[int]) -> Iterator[ReviewItem]:
    """Yield items as tables show them: of large ones the first articles."""
    remaining = iter(numbers)
    while page := list(islice(remaining, PAGE_SIZE)):
        yield from home.store.cards.items(page, CARD_ARTICLES)


def whole_items(home: Home, numbers: Iterable[int]) -> Iterator[ReviewItem]:
    """Yield items with all their articles."""
    for number in numbers:
        yield from home.store.cards.items([number])
