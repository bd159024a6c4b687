"""A step of a cycle: match names that joined the watchlist against the stored articles, range by range."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from monitor.clock import Clock
from monitor.errors import ClaimLost
from monitor.ingest.matching import RunWatchlist, for_older_articles, rescan_articles
from monitor.match import Compiled
from monitor.model import ArchivedArticle, Claim, PendingRescan, RescanMatch
from monitor.store import Store

log = logging.getLogger(__name__)

ARTICLES_PER_BATCH = 200  # rescanned and stored in one transaction


def rescan_range(
    store: Store,
    watchlist: RunWatchlist,
    claim: Claim,
    clock: Clock,
    has_time: Callable[[], bool],
    *,
    on_match: Callable[[RescanMatch], None] = lambda _: None,
) -> int:
    """Rescan one range of the archive for new names, or as much of it as there is time for; return the progress.

    Others take other ranges; who comes later goes on where this one stopped. Returns 0 if nothing is left to rescan, or
    not by this list. `on_match` is called with the matches of each batch after they are stored.
    """
    if store.archive.pending_rescan() is None or (part := store.ranges.claim(claim, clock())) is None:
        return 0
    start = part.position
    while part.position >= part.bottom and (rescan := store.archive.pending_rescan()) and has_time():
        if not (new_names := _names_of(rescan, store, watchlist)):
            break  # who has the newer list goes on with it
        batch = store.archive.articles(part.position, None, ARTICLES_PER_BATCH, down_to=part.bottom)
        matches = _match(batch, rescan, watchlist, new_names)
        is_last = len(batch) < ARTICLES_PER_BATCH
        part = replace(part, position=part.bottom - 1 if is_last else batch[-1].article.id - 1)
        try:
            store.ranges.save(part, matches, clock())
        except ClaimLost as lost:  # the rescan has begun again, for a later list or for what an older run stored
            log.warning("%s", lost)
            return 0
        for match in matches:
            on_match(match)
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
