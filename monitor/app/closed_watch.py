"""The closed watch: a store of its own, which follows the open one and which nothing of the open watch reads.

It has the closed names, copies of the articles in which one stands, and the items, decisions and messages about them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from monitor.app.lists import lessons_of, take_in_closed_names
from monitor.home import Home
from monitor.ingest.closed import ClosedContext, match_closed, with_lines_of_copy
from monitor.ingest.filing import LONGEST_WAIT, file_pending_articles
from monitor.ingest.matching import difference_of, fingerprint_of, for_older_articles, match_each
from monitor.ingest.older_articles import ARTICLES_PER_BATCH
from monitor.ingest.tools import open_sandbox
from monitor.messages.publisher import Publisher
from monitor.model import (
    ArchivedArticle,
    Article,
    MatchedArticle,
    RescanMatch,
    Run,
    UnmatchedArticle,
)

TEXTS_PER_BATCH = 100


async def follow_open_watch(closed: Home, has_time: Callable[[], bool] = lambda: True) -> Run:
    """Read what the open watch has stored since, look for new names in older articles, file and publish.

    What cannot be sent is noted in the run of this watch alone: who reads those of the open one may not know of it.
    """
    if closed.store.upkeep.is_clock_behind(closed.clock()):  # the run of the open watch says so
        closed.store.upkeep.go_on_from(closed.clock())
    started, problems, context = closed.clock(), take_in_closed_names(closed), _context(closed)
    if context.closed or closed.store.copies.any_stored():
        await _read_texts(closed, context, has_time)
    else:
        closed.open_watch.store.unread_texts.forget_all()
    _look_through_older_articles(closed, context, has_time)
    _file(closed)
    closed.store.reviews.reopen_due(closed.clock())
    if closed.open_watch.store.runs.is_time_of_service(closed.clock()):
        closed.store.reviews.expire(closed.clock())
    problems += await Publisher(closed).publish()
    return closed.store.runs.save(Run(started=started, ended=closed.clock(), problems=tuple(problems)))


def _context(closed: Home) -> ClosedContext:
    """Return the names that are watched today, closed and open."""
    today, closed_list = closed.today(), closed.store.watchlists.current()
    open_list = closed.open_watch.store.watchlists.current()
    return ClosedContext(tuple(closed_list.watched_on(today)), tuple(open_list.watched_on(today)), lessons_of(closed))


async def _read_texts(closed: Home, context: ClosedContext, has_time: Callable[[], bool]) -> None:
    """Match the texts stored since, and copy those in which a closed name stands or stood."""
    make_sandbox = closed.make_sandbox or open_sandbox
    async with make_sandbox(context) as matcher:
        while has_time() and (batch := closed.open_watch.store.unread_texts.first(TEXTS_PER_BATCH)):
            stored = closed.store.copies.stored([text.unmatched.article.id for text in batch])
            texts = [with_lines_of_copy(text.unmatched, stored.get(text.unmatched.article.id)) for text in batch]
            matches = await match_each(matcher, texts, stage=match_closed)
            # A text that cannot be matched costs only itself, as in the open watch.
            texts_with_names = [
                (text, matched)
                for text, matched in zip(batch, matches, strict=True)
                if isinstance(matched, MatchedArticle) and (matched.hits or text.unmatched.article.id in stored)
            ]
            if texts_with_names:
                closed.store.copies.save(texts_with_names, closed.clock())
            # Only now: what is read twice after a crash is stored once.
            closed.open_watch.store.unread_texts.forget([text.id for text in batch])


def _look_through_older_articles(closed: Home, context: ClosedContext, has_time: Callable[[], bool]) -> None:
    """Look for names that were closed since the last look in the articles of the open watch."""
    archive = closed.store.archive
    while has_time() and (rescan := archive.pending_rescan()):
        names = tuple(entity for entity in context.closed if entity.id in rescan.entities)
        batch = closed.open_watch.store.archive.articles(rescan.up_to, None, ARTICLES_PER_BATCH) if names else ()
        matches = [match for match in _match(closed, replace(context, closed=names), batch) if match.gained]
        # The newest come first, so the last of a batch has the lowest number; 0 ends the rescan.
        up_to = batch[-1].article.id - 1 if batch else 0
        closed.store.copies.save_older(for_older_articles(matches, rescan), closed.clock(), up_to)


def match_again(closed: Home, batch: Sequence[ArchivedArticle]) -> list[RescanMatch]:
    """Return the differences between the stored hits in articles of the open watch and those of today's names."""
    return _match(closed, _context(closed), batch)


def _match(closed: Home, context: ClosedContext, batch: Sequence[ArchivedArticle]) -> list[RescanMatch]:
    # What an item has already must not reopen it: so the copies are compared with what is found.
    copies = {one.article.id: one for one in closed.store.archive.articles_by_id([one.article.id for one in batch])}
    records = [copies.get(one.article.id) or _first_version(one.article) for one in batch]
    matched_texts = match_closed(context, [UnmatchedArticle(record.article) for record in records])
    return [
        RescanMatch(record.article, gained, lost, fingerprint_of(record.article, gained))
        for record, matched in zip(records, matched_texts, strict=True)
        for gained, lost in [difference_of(record, matched.hits)]
        if gained or lost
    ]


def _file(closed: Home) -> None:
    """File what was found, in the order of the open watch: what may still gain an earlier article waits."""
    jobs_gather = closed.open_watch.store.claims.jobs_gather()
    watermark = closed.open_watch.store.stories.watermark(closed.clock(), LONGEST_WAIT, jobs_gather=jobs_gather)
    file_pending_articles(closed.store, closed.clock, watermark=watermark)


def _first_version(article: Article) -> ArchivedArticle:
    """Return an article of the open watch as it would be copied."""
    return ArchivedArticle(replace(article, version=1), {}, {})
