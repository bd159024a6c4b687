"""What one run has read, so that the page of an article is fetched once, however many entries link to it.

Feeds list an article under links that differ only in tracking parameters, and many feeds link to the same article. In a
run such entries go down the line at the same time, before any of them has stored the article.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from monitor.ingest.trip.speakers import link_key
from monitor.model import ArticleText, Entry, Result, TextFrom
from monitor.ports import KnownArticles
from monitor.urls import is_twin


class RunArticles:
    """The stored articles plus those fetched in this run, and the turns of entries that link to one article.

    Without those fetched, which may still wait to be stored, the time that matching takes would decide whether a page
    is requested twice (a side channel).
    """

    def __init__(self, stored: KnownArticles) -> None:
        self._stored = stored
        # Weak values: a lock lives as long as an entry holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        # By article key: of an article itself, and of the links that led to it.
        self._words: defaultdict[str, set[int]] = defaultdict(set)  # hashes of title and text of the pages read
        self._plain: set[str] = set()  # read at the plain address, not at a twin of it
        self._duplicates: set[str] = set()  # links to a page that is stored under another address
        self._failed_trips: dict[str, list[Result]] = {}

    @asynccontextmanager
    async def turn(self, entry: Entry) -> AsyncIterator[Sequence[Result]]:
        """Hold the article's lock; yield the results of earlier trips to it that brought no page."""
        key = link_key(entry)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield self._failed_trips.get(key, ())

    def record(self, result: Result) -> None:
        """Record the end of a trip, before it is stored, for the entries that link to the same article."""
        article, entry = result.article, result.entry
        if entry.item.is_complete:  # its feed had the whole text: no page was fetched
            return
        key = link_key(entry)
        if article is not None and article.text_from is TextFrom.PAGE:
            for known_key in (article.key, key):
                self._words[known_key].add(hash(ArticleText(article.title, article.text)))
                if not is_twin(article.url):
                    self._plain.add(known_key)
        elif result.repeated_key:
            # What is known of a twin may not be the page at the plain address.
            if not is_twin(entry.item.url):
                self._duplicates.add(key)
        elif result.request_sent:  # a request that was held back says nothing about the page
            self._failed_trips.setdefault(key, []).append(result)

    def was_read(self, key: str) -> bool:
        """Return True if the article's page was read in this run."""
        return key in self._words

    def has_article(
        self, key: str, other_than: int | None = None, words: ArticleText | None = None, *, plain: bool = False
    ) -> bool:
        if self.was_read(key) and (key in self._plain or not plain):
            # Words come with a canonical address, which sites copy by mistake: then these must be the same.
            if words is None or hash(words) in self._words[key]:
                return True
        # An entry whose own text is stored still waits for its page, whatever other entries are duplicates of.
        elif words is None and other_than is None and key in self._duplicates:
            return True
        return self._stored.has_article(key, other_than, words, plain=plain)
