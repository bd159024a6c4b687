"""Turns for the entries of one run that link to the same article: its page is fetched once.

Feeds list an article under many links that differ by tracking parameters only, and many feeds link to one article. In a
run such entries go down the line at the same time, before any of them has stored the article.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from weakref import WeakValueDictionary

from monitor.model import Entry, Outcome, Result, TextFrom
from monitor.urls import article_key


@dataclass(frozen=True, slots=True)
class FailedTrip:
    """How a trip ended that brought no article; with PENDING, `due` says when to try again."""

    outcome: Outcome
    detail: str
    due: datetime | None


@dataclass(frozen=True, slots=True)
class EarlierTrips:
    """The trips of other entries of this run to the same article."""

    page_read: bool = False
    duplicate: bool = False  # the article is stored, perhaps by the feed's text alone
    failures: int = 0
    last_failure: FailedTrip | None = None

    def with_result(self, result: Result) -> EarlierTrips:
        if result.entry.item.complete:  # its feed brought the whole text: no page was asked for
            return self
        if result.article is not None and result.article.text_from is TextFrom.PAGE:
            return replace(self, page_read=True)
        if result.outcome is Outcome.DUPLICATE:
            return replace(self, duplicate=True)
        if not result.asked:  # the server was left alone: that says nothing of the page
            return self
        failure = FailedTrip(result.outcome, result.detail, result.due)
        return replace(self, failures=self.failures + 1, last_failure=failure)

    def have_article_of(self, entry: Entry) -> bool:
        """Return whether fetching the entry's page would bring nothing new.

        An entry whose own feed text is stored still waits for its page, whatever is a duplicate of that text.
        """
        return self.page_read or (self.duplicate and entry.article is None)


class ArticleTurns:
    """One entry of an article at a time; the next one is told how the trips before it ended."""

    def __init__(self) -> None:
        # A lock lives as long as an entry holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._trips: dict[str, EarlierTrips] = {}

    @asynccontextmanager
    async def turn(self, entry: Entry) -> AsyncIterator[EarlierTrips]:
        """Wait until no other entry of this article is on its way."""
        key = _key(entry)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield self._trips.get(key, EarlierTrips())

    def record(self, result: Result) -> None:
        key = _key(result.entry)
        self._trips[key] = self._trips.get(key, EarlierTrips()).with_result(result)


def _key(entry: Entry) -> str:
    return article_key(entry.item.url) if entry.item.url else f"entry:{entry.id}"
