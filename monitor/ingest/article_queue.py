"""The queue between fetching and matching."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from monitor.fetch.byte_budget import ByteBudget
from monitor.ingest.matching import AcquiredArticle

MAX_BYTES = 100_000_000  # of pages and texts; a run has 400 MB in all
BATCH_CHARACTERS = 80_000  # matched in one call; more is no faster, and takes the memory of a small server
BATCH_ARTICLES = 100  # stored in one transaction, while nobody else can write to an SQLite file


class ArticleQueue:
    """The fetched articles that wait to be matched and stored. Fetching waits while `max_bytes` of them are pending.

    The bound is large: else a server could tell from the time between two requests whether its pages name somebody
    on the watchlist (a timing side channel).
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._waiting: asyncio.Queue[AcquiredArticle | None] = asyncio.Queue()
        self._room, self._is_over = ByteBudget(max_bytes), False

    async def put(self, acquired: AcquiredArticle) -> None:
        """Add an article, as soon as there is room."""
        await self._room.take(acquired.bytes)
        self._waiting.put_nowait(acquired)

    def close(self) -> None:
        """Announce that no more articles will be put."""
        self._waiting.put_nowait(None)

    async def take_batch(self) -> list[AcquiredArticle]:
        """Return the oldest articles as a batch, in order of arrival; an empty list after the last one."""
        batch: list[AcquiredArticle] = []
        characters = 0
        while not self._is_over and characters < BATCH_CHARACTERS and len(batch) < BATCH_ARTICLES:
            if batch and self._waiting.empty():
                break
            acquired = await self._waiting.get()
            if acquired is None:
                self._is_over = True
            else:
                batch.append(acquired)
                characters += sum(len(text.article.text) for text in acquired.texts)
        return batch

    def mark_stored(self, batch: Sequence[AcquiredArticle]) -> None:
        """Release the bytes of taken articles after they were stored."""
        self._room.release(sum(acquired.bytes for acquired in batch))
