"""The closed watch: a store of its own, which follows the open one and which nothing of the open watch reads.

It has the closed names, copies of the articles in which one stands, and the items, decisions and messages about them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from monitor.app.current_watchlist import CurrentWatchlist
from monitor.app.watchlist import Marks
from monitor.clock import Clock, local_day
from monitor.config import Settings
from monitor.errors import InputError
from monitor.ingest.batches import match_each
from monitor.ingest.closed import ClosedContext, match_closed, with_lines_of_copy
from monitor.ingest.filing import LONGEST_WAIT, file_pending_articles
from monitor.ingest.line import LinePolicy
from monitor.ingest.older_articles import ARTICLES_PER_BATCH
from monitor.ingest.rescan import difference_of, fingerprint_of, for_older_articles
from monitor.ingest.tools import MakeSandbox, open_sandbox
from monitor.messages.publisher import Publisher
from monitor.model import ArchivedArticle, Article, MatchedArticle, RescanMatch, Run, UnmatchedArticle
from monitor.store import Store

TEXTS_PER_BATCH = 100


@dataclass(frozen=True, slots=True)
class ClosedWatch:
    """The line of the closed watch. It reads the open store, and takes from it the texts that it has read."""

    settings: Settings
    open: Store
    store: Store
    clock: Clock
    make_sandbox: MakeSandbox | None = None
    marks: Marks | None = None

    @property
    def watchlist(self) -> CurrentWatchlist:
        newest = self.open.archive.newest_article
        return CurrentWatchlist(self.store, closed=True, newest_article=newest, marks=self.marks)

    def take_in(self) -> list[str]:
        """Store the changes of the closed entries of watchlist.yaml; return the problems, which quote them."""
        try:
            return self.watchlist.take_in(self.settings.watchlist, self.clock())
        except InputError as error:  # there never was a good list: the open watch must not stop for it
            return [str(error).splitlines()[0]]

    @property
    def publisher(self) -> Publisher:
        """The messages of this watch, to those who are cleared; a new one reads recipients.yaml again."""
        return Publisher(self.settings, self.store, self.clock, open_store=self.open)

    async def follow(self, has_time: Callable[[], bool] = lambda: True) -> Run:
        """Read what the open watch has stored since, look for new names in older articles, file and publish.

        What cannot be sent is noted in the run of this watch alone: who reads those of the open one may not know of it.
        """
        self.store.upkeep.repair_future_times(self.clock())
        started, problems, context = self.clock(), self.take_in(), self._context()
        if context.closed or self.store.copies.any_stored():
            await self._read_texts(context, has_time)
        else:
            self.open.unread_texts.forget_all()
        self._look_through_older_articles(context, has_time)
        self._file()
        self.store.reviews.reopen_due(self.clock())
        self.store.reviews.expire(self.clock())
        problems += await self.publisher.publish()
        return self.store.runs.save(Run(started=started, ended=self.clock(), problems=tuple(problems)))

    def _context(self) -> ClosedContext:
        """Return the names that are watched today, closed and open."""
        today, watchlist = local_day(self.clock(), self.settings.timezone), self.watchlist
        closed, open_list = watchlist.load(), self.open.watchlists.current()
        return ClosedContext(tuple(closed.watched_on(today)), tuple(open_list.watched_on(today)), watchlist.lessons())

    async def _read_texts(self, context: ClosedContext, has_time: Callable[[], bool]) -> None:
        """Match the texts stored since, and copy those in which a closed name stands or stood."""
        make_sandbox = self.make_sandbox or open_sandbox
        async with make_sandbox(context) as matcher:
            while has_time() and (batch := self.open.unread_texts.first(TEXTS_PER_BATCH)):
                stored = self.store.copies.stored([text.unmatched.article.id for text in batch])
                texts = [with_lines_of_copy(text.unmatched, stored.get(text.unmatched.article.id)) for text in batch]
                matches = await match_each(matcher, texts, stage=match_closed)
                # A text that cannot be matched costs only itself, as in the open watch.
                texts_with_names = [
                    (text, matched)
                    for text, matched in zip(batch, matches, strict=True)
                    if isinstance(matched, MatchedArticle) and (matched.hits or text.unmatched.article.id in stored)
                ]
                if texts_with_names:
                    self.store.copies.save(texts_with_names, self.clock())
                # Only now: what is read twice after a crash is stored once.
                self.open.unread_texts.forget([text.id for text in batch])

    def _look_through_older_articles(self, context: ClosedContext, has_time: Callable[[], bool]) -> None:
        """Look for names that were closed since the last look in the articles of the open watch."""
        archive = self.store.archive
        while has_time() and (rescan := archive.pending_rescan()):
            names = tuple(entity for entity in context.closed if entity.id in rescan.entities)
            batch = self.open.archive.articles(rescan.up_to, None, ARTICLES_PER_BATCH) if names else ()
            matches = [match for match in self._match(replace(context, closed=names), batch) if match.gained]
            # The newest come first, so the last of a batch has the lowest number; 0 ends the rescan.
            up_to = batch[-1].article.id - 1 if batch else 0
            self.store.copies.save_older(for_older_articles(matches, rescan), self.clock(), up_to)

    def match_again(self, batch: Sequence[ArchivedArticle]) -> list[RescanMatch]:
        """Return the differences between the stored hits in articles of the open watch and those of today's names."""
        return self._match(self._context(), batch)

    def _match(self, context: ClosedContext, batch: Sequence[ArchivedArticle]) -> list[RescanMatch]:
        # What an item has already must not reopen it: so the copies are compared with what is found.
        copies = {one.article.id: one for one in self.store.archive.articles_by_id([one.article.id for one in batch])}
        records = [copies.get(one.article.id) or _first_version(one.article) for one in batch]
        matched_texts = match_closed(context, [UnmatchedArticle(record.article) for record in records])
        return [
            RescanMatch(record.article, gained, lost, fingerprint_of(record.article, gained))
            for record, matched in zip(records, matched_texts, strict=True)
            for gained, lost in [difference_of(record, matched.hits)]
            if gained or lost
        ]

    def _file(self) -> None:
        """File what was found, in the order of the open watch: what may still gain an earlier article waits."""
        in_fleet = self.open.fleet.is_at_work()
        watermark = self.open.stories.watermark(self.clock(), LONGEST_WAIT, in_fleet=in_fleet)
        file_pending_articles(self.store.stories, LinePolicy(), self.clock, watermark=watermark)


def _first_version(article: Article) -> ArchivedArticle:
    """Return an article of the open watch as it would be copied."""
    return ArchivedArticle(replace(article, version=1), {}, {})
