"""A step of a cycle: match names that joined the watchlist against the stored articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.app.clock import Clock
from monitor.match import compile_watchlist
from monitor.model import RescanMatch
from monitor.pipeline import only_counted, rescan_articles
from monitor.store import Store

if TYPE_CHECKING:
    from monitor.app.ingest.cycle import RunWatchlist

ARTICLES_PER_BATCH = 200  # rescanned and stored in one transaction


def rescan_for_new_names(
    store: Store, watchlist: RunWatchlist, clock: Clock, has_time: Callable[[], bool]
) -> Iterator[RescanMatch]:
    """Rescan the archive for new names while there is time; yield the matches after each batch is stored."""
    archive, watch = store.archive, watchlist.watch
    while (rescan := archive.pending_rescan()) and has_time():
        stored_list = store.watchlists.current()
        if stored_list.version != watchlist.version:
            return  # the next run matches with the new list
        watched = stored_list.watched_on(watchlist.today)
        new_names = compile_watchlist([entity for entity in watched if entity.id in rescan.entities])
        batch = archive.articles(rescan.up_to, None, ARTICLES_PER_BATCH)
        matches = rescan_articles(batch, compiled=watch.compiled, lessons=watch.lessons, prefilter=new_names)
        matches = only_counted(matches, rescan.counted)
        next_article = batch[-1].article.id - 1 if batch else 0
        archive.save(matches, clock(), replace(rescan, up_to=next_article))
        yield from matches
