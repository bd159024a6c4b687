"""A step of a cycle: match names that joined the watchlist against the stored articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from monitor.clock import Clock
from monitor.ingest.matching import RunWatchlist, for_older_articles, rescan_articles
from monitor.match import Compiled
from monitor.model import ArchivedArticle, Claim, PendingRescan, RescanMatch
from monitor.store import Store

ARTICLES_PER_BATCH = 200  # rescanned and stored in one transaction


def rescan_for_new_names(
    store: Store, watchlist: RunWatchlist, clock: Clock, has_time: Callable[[], bool]
) -> Iterator[RescanMatch]:
    """Rescan the archive for new names while there is time; yield the matches after each batch is stored."""
    while (rescan := store.archive.pending_rescan()) and has_time():
        if not (new_names := _names_of(rescan, store, watchlist)):
            return  # the next run matches with the new list
        batch = store.archive.articles(rescan.up_to, None, ARTICLES_PER_BATCH)
        matches = _match(batch, rescan, watchlist, new_names)
        # The newest come first, so the last of a batch has the lowest id; 0 ends the rescan.
        next_article = batch[-1].article.id - 1 if batch else 0
        store.archive.save(matches, clock(), replace(rescan, up_to=next_article))
        yield from matches


def rescan_range(
    store: Store, watchlist: RunWatchlist, claim: Claim, clock: Clock, has_time: Callable[[], bool]
) -> int:
    """Rescan one range of the archive for new names, or as much of it as there is time for; return the progress.

    Other workers take other ranges; a later job continues this one where it stopped. Raises ClaimLost.
    """
    part, start = store.ranges.claim(claim, clock()), 0
    if part is None:
        return 0
    start = part.position
    while part.position >= part.bottom and (rescan := store.archive.pending_rescan()) and has_time():
        if not (new_names := _names_of(rescan, store, watchlist)):
            break  # a later job goes on with the newer list
        batch = store.archive.articles(part.position, None, ARTICLES_PER_BATCH, down_to=part.bottom)
        matches = _match(batch, rescan, watchlist, new_names)
        is_last = len(batch) < ARTICLES_PER_BATCH
        part = replace(part, position=part.bottom - 1 if is_last else batch[-1].article.id - 1)
        store.ranges.save(part, matches, clock())
    return start - part.position


def _names_of(rescan: PendingRescan, store: Store, watchlist: RunWatchlist) -> Compiled | None:
    """Return the names to look for, compiled; None if the list has changed since it was compiled for this run."""
    if store.watchlists.latest_version() != watchlist.version:
        return None
    # Only the new names: they are the prefilter, which keeps most articles from the whole list.
    return watchlist.compiled_part(rescan.entities)


def _match(
    batch: Sequence[ArchivedArticle], rescan: PendingRescan, watchlist: RunWatchlist, new_names: Compiled
) -> list[RescanMatch]:
    watch = watchlist.watch
    matches = rescan_articles(batch, compiled=watch.compiled, lessons=watch.lessons, prefilter=new_names)
    return for_older_articles(matches, rescan)
