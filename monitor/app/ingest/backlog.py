"""Trips and looks that wait to be matched and stored, while pages go on being fetched."""

from __future__ import annotations

import asyncio
from collections import deque

from monitor.model import Article, TextFrom
from monitor.pipeline import AcquiredArticle
from monitor.ports import KnownArticles

MOST_BYTES = 320_000_000  # of pages and texts: all that one feed may bring in a run, fifty pages of the largest size
A_BATCH = 200_000  # characters of text that are matched in one call


class Backlog:
    """A queue between what fetches and what matches.

    What fetches waits for what matches only where `most_bytes` wait: else a server could tell from the time between two
    requests whether its pages name somebody on the list.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes, self._bytes, self._ended = most_bytes, 0, False
        self._waiting: deque[AcquiredArticle] = deque()
        self._changed = asyncio.Condition()

    async def put(self, acquired: AcquiredArticle) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._bytes < self._most_bytes)
            self._waiting.append(acquired)
            self._bytes += acquired.bytes
            self._changed.notify_all()

    async def end(self) -> None:
        """Say that nothing more comes."""
        async with self._changed:
            self._ended = True
            self._changed.notify_all()

    async def take(self) -> list[AcquiredArticle]:
        """Return the oldest, as many as make a batch, in the order in which they came; none when all is done."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting or self._ended)
            batch: list[AcquiredArticle] = []
            text = 0
            while self._waiting and text < A_BATCH:
                batch.append(self._waiting.popleft())
                article = batch[-1].result.article
                text += len(article.text) if article else 0
            return batch

    async def settled(self, acquired: AcquiredArticle) -> None:
        """Say that one of those taken is stored, and its memory is free."""
        async with self._changed:
            self._bytes -= acquired.bytes
            self._changed.notify_all()


class KnownThisRun:
    """The known articles: those stored, and those whose pages were had in this run and may still wait to be stored.

    Without the latter, whether a page is asked for twice would depend on how long it takes to match it.
    """

    def __init__(self, stored: KnownArticles) -> None:
        self._stored = stored
        self._titles: dict[str, set[str]] = {}  # by article key

    def add(self, article: Article | None) -> None:
        if article is not None and article.text_from is TextFrom.PAGE:
            self._titles.setdefault(article.key, set()).add(article.title)

    def knows_article(self, key: str, besides: int | None = None, title: str = "") -> bool:
        titles = self._titles.get(key, set())
        return (title in titles if title else bool(titles)) or self._stored.knows_article(key, besides, title)
