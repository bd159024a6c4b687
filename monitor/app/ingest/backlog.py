"""The queue between fetching and matching, and the articles known during a run."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from monitor.app.ingest.spool import Spool, SpooledPage
from monitor.model import Article, ArticleText, TextFrom
from monitor.pipeline import AcquiredArticle
from monitor.store.line.entries import SqlEntries, StoredPage
from monitor.urls import is_twin

MAX_BYTES = 320_000_000  # of pages and texts: fifty pages of the largest size, the most that one feed brings in a run
BATCH_CHARACTERS = 80_000  # matched in one call; more is no faster, and takes the memory of a small server
BATCH_ARTICLES = 100  # stored in one transaction, while nobody else can write to an SQLite file
HELD_IN_MEMORY = 20_000_000  # bytes of held articles: their texts, and pages for which the disk has no room
GATHER_SECONDS = 2.0  # for a batch: one call and one transaction take as long as matching ten articles
SPOOLED_FROM = 16_000  # bytes of a page; smaller ones stay in memory


@dataclass(frozen=True, slots=True)
class WaitingArticle:
    """A fetched article that waits to be matched; `page` has the body that `acquired` is without."""

    acquired: AcquiredArticle
    bytes: int
    page: SpooledPage | None = None

    @property
    def characters(self) -> int:
        return sum(len(text.article.text) for text in self.acquired.texts)

    @property
    def bytes_in_memory(self) -> int:
        return self.bytes - (self.page.size if self.page else 0)

    def with_page(self) -> AcquiredArticle:
        """Return the article with its page. Raises OSError."""
        return self.acquired if self.page is None else _with_body(self.acquired, self.page.read())


def _with_body(acquired: AcquiredArticle, body: bytes) -> AcquiredArticle:
    article = acquired.result.article
    if article is None or article.raw is None:
        return acquired
    return replace(
        acquired, result=replace(acquired.result, article=replace(article, raw=replace(article.raw, body=body)))
    )


class Backlog:
    """The fetched articles that wait to be matched and stored.

    Fetching waits for matching only if `max_bytes` are pending: else a server could tell from the time between two
    requests whether its pages name somebody on the watchlist (a timing side channel). Pages wait on disk.

    No article is taken before fetching ends, the first one has waited for `hold` seconds, or those that wait take much
    memory. So in a short run what matches can take the memory of what reads pages.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, hold: float = 0.0) -> None:
        self._max_bytes, self._bytes, self._ended = max_bytes, 0, False
        self._hold, self._held_in_memory = hold, 0
        self._waiting: deque[WaitingArticle] = deque()
        self._spool = Spool()
        self._changed = asyncio.Condition()

    async def put(self, acquired: AcquiredArticle) -> None:
        async with self._changed:
            # The last article may exceed the limit, so that one larger than the limit does not wait for ever.
            await self._changed.wait_for(lambda: not self._is_full())
            self._waiting.append(waiting := self._without_page(acquired))
            self._held_in_memory += waiting.bytes_in_memory
            self._bytes += acquired.bytes
            self._changed.notify_all()

    def _without_page(self, acquired: AcquiredArticle) -> WaitingArticle:
        raw = acquired.result.article.raw if acquired.result.article else None
        page = self._spool.put(raw.body) if raw and len(raw.body) >= SPOOLED_FROM else None
        return WaitingArticle(_with_body(acquired, b"") if page else acquired, acquired.bytes, page)

    async def close(self) -> None:
        """Announce that no more articles will be put."""
        async with self._changed:
            self._ended = True
            self._changed.notify_all()

    async def take_batch(self) -> list[WaitingArticle]:
        """Return the oldest articles as a batch, in order of arrival; an empty list after the last one.

        Waits for the end of the hold and for a full batch, but never for long, and not while fetching waits for room.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting or self._ended)
            await self._wait_at_most(self._hold, self._is_hold_over)
            self._hold = 0.0
            await self._wait_at_most(GATHER_SECONDS, self._is_batch_due)
            batch: list[WaitingArticle] = []
            text = 0
            while self._waiting and text < BATCH_CHARACTERS and len(batch) < BATCH_ARTICLES:
                batch.append(self._waiting.popleft())
                text += batch[-1].characters
            return batch

    async def _wait_at_most(self, seconds: float, predicate: Callable[[], bool]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait_for(predicate)

    def _is_hold_over(self) -> bool:
        return self._ended or self._is_full() or self._held_in_memory >= HELD_IN_MEMORY

    def _is_full(self) -> bool:
        return self._bytes >= self._max_bytes

    def _is_batch_due(self) -> bool:
        if self._ended or self._is_full() or len(self._waiting) >= BATCH_ARTICLES:
            return True
        return sum(waiting.characters for waiting in self._waiting) >= BATCH_CHARACTERS

    async def mark_stored(self, batch: Sequence[WaitingArticle]) -> None:
        """Release the bytes of taken articles after they were stored."""
        async with self._changed:
            self._bytes -= sum(stored.bytes for stored in batch)
            self._changed.notify_all()


class KnownArticlesOfRun:
    """The stored articles plus those fetched in this run, which may still wait to be stored.

    Without the latter, the time that matching takes would decide whether a page is requested twice (a side channel).
    """

    def __init__(self, stored: SqlEntries) -> None:
        self._stored = stored
        self._stored_of: dict[str, StoredPage | None] = {}  # the stored page of each key that was looked up
        self._words: dict[str, set[int]] = {}  # hashes of title and text, by article key
        self._plain: set[str] = set()  # keys of articles that were read at their plain address

    def look_up(self, keys: Collection[str]) -> None:
        """Read which of these articles are stored, in one query for all that a feed brings."""
        # In one step: this is a thread of its own, and another feed may ask for an article that is known already.
        self._stored_of.update({**dict.fromkeys(keys), **self._stored.pages_of(keys)})

    def add(self, article: Article | None) -> None:
        if article is not None and article.text_from is TextFrom.PAGE:
            self._words.setdefault(article.key, set()).add(hash(ArticleText(article.title, article.text)))
            if not is_twin(article.url):
                self._plain.add(article.key)

    def was_read(self, key: str) -> bool:
        """Return True if the article's page was read in this run."""
        return key in self._words

    def has_article(
        self, key: str, other_than: int | None = None, words: ArticleText | None = None, *, plain: bool = False
    ) -> bool:
        read_words = self._words.get(key, set()) if key in self._plain or not plain else set()
        # Words come with a canonical address, which sites copy by mistake: then these must be the same.
        if (hash(words) in read_words) if words else read_words:
            return True
        if words or key not in self._stored_of:
            return self._stored.has_article(key, other_than, words, plain=plain)
        page = self._stored_of[key]
        return page is not None and page.article != other_than and not (plain and page.is_twin)
