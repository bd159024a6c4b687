"""Turns for entries of one run that link to the same article, so that its page is fetched once.

Feeds list an article under links that differ only in tracking parameters, and many feeds link to the same article. In a
run such entries go down the line at the same time, before any of them has stored the article.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from weakref import WeakValueDictionary

from monitor.ingest.trip.speakers import link_key
from monitor.model import Entry, Outcome, Result, TextFrom
from monitor.urls import is_twin


@dataclass(frozen=True, slots=True)
class FailedTrip:
    """The end of a trip that brought no article. With PENDING, `due` is the time of the next try."""

    outcome: Outcome
    detail: str
    due: datetime | None


@dataclass(frozen=True, slots=True)
class EarlierTrips:
    """The trips of other entries of this run to the same article."""

    page_read: bool = False
    plain_page_read: bool = False  # at its plain address, not at a twin of it
    duplicate: bool = False  # the article is stored, perhaps with the feed's text only
    failures: int = 0
    last_failure: FailedTrip | None = None

    def with_result(self, result: Result) -> EarlierTrips:
        """Return the trips including one more result."""
        if result.entry.item.is_complete:  # its feed had the whole text: no page was fetched
            return self
        if result.article is not None and result.article.text_from is TextFrom.PAGE:
            is_plain = not is_twin(result.article.url)
            return replace(self, page_read=True, plain_page_read=self.plain_page_read or is_plain)
        if result.outcome is Outcome.DUPLICATE:
            # What is known of a twin may not be the page at the plain address.
            return self if is_twin(result.entry.item.url) else replace(self, duplicate=True)
        if not result.request_sent:  # held back: this says nothing about the page
            return self
        failure = FailedTrip(result.outcome, result.detail, result.due)
        return replace(self, failures=self.failures + 1, last_failure=failure)

    def have_article_of(self, entry: Entry) -> bool:
        """Return whether fetching the entry's page would bring nothing new.

        An entry whose own feed text is stored still waits for its page, whatever is a duplicate of that text.
        """
        if self.page_read:
            return self.plain_page_read or is_twin(entry.item.url)
        return self.duplicate and entry.article is None


class ArticleTurns:
    """Locks that let one entry of an article go at a time, and tell it how earlier trips ended."""

    def __init__(self) -> None:
        # Weak values: a lock lives as long as an entry holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._trips: dict[str, EarlierTrips] = {}

    @asynccontextmanager
    async def turn(self, entry: Entry) -> AsyncIterator[EarlierTrips]:
        """Hold the article's lock; yield the trips that ended before."""
        key = link_key(entry)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield self._trips.get(key, EarlierTrips())

    def record(self, result: Result) -> None:
        """Record the end of a trip for the entries that wait."""
        key = link_key(result.entry)
        self._trips[key] = self._trips.get(key, EarlierTrips()).with_result(result)
