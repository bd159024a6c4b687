"""One run: read every due feed once, match and store what that brings, file it, and tell an outside monitor."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from monitor.errors import FetchError
from monitor.home import Home
from monitor.i18n.troubles import trouble_message
from monitor.ingest.entries import (
    claim_entries,
    process_claimed,
    process_links_elsewhere,
    process_newest,
    process_older,
)
from monitor.ingest.feeds import claim_due_feeds, feeds_with_pending_entries, is_outage, visit_and_store
from monitor.ingest.filing import file_pending_articles
from monitor.ingest.matching import RunWatchlist
from monitor.ingest.older_articles import rescan_range
from monitor.ingest.policy import (
    SLICE_LEASE,
    RunPolicy,
    run_policy,
    slice_policy,
)
from monitor.ingest.reading import Reading, open_reading
from monitor.ingest.recheck import recheck_articles
from monitor.ingest.storing import match_and_store_meanwhile
from monitor.ingest.tools import make_fetcher, open_sandbox, worker_name
from monitor.model import FeedRecord, Queue, Run, TroubleKind
from monitor.ports import EventListener, Purpose


async def run(
    home: Home,
    watchlist: RunWatchlist,
    *,
    feed_ids: Collection[str] = (),
    include_not_due: bool = False,
    on_event: EventListener = lambda _: None,
) -> Run:
    """Read every due feed once, file what that brought, and return the counts. A second run brings nothing.

    Raises StoreError or SandboxLost; any other error ends at most the processing of one entry.
    """
    store, clock, policy = home.store, home.clock, run_policy(home.settings)
    async with claimed_reading(home, watchlist, policy, on_event=on_event) as reading:
        started = clock()
        due = claim_due_feeds(reading, started, feed_ids=feed_ids, include_not_due=include_not_due)
        async with match_and_store_meanwhile(reading):
            await read_sources(reading, due, only_these=bool(feed_ids))
        # Also if fetching took all the time, so that new names are always found at last.
        stop_at = max(reading.stop_at, time.monotonic() + policy.rescan_for.total_seconds())
        while rescan_range(
            store, watchlist, reading.hosts.claim, clock, lambda: time.monotonic() < stop_at, on_match=on_event
        ):
            pass  # the next range
    # After the claim: while one is open, it may still bring earlier articles. Where jobs gather, a filer comes back.
    jobs_gather = store.claims.jobs_gather()
    file_pending_articles(store, clock, policy.file_for, jobs_gather=jobs_gather)
    counts = reading.tally.summarize(started, clock(), len(due))
    return replace(counts, problems=(*await _tell_outside_monitor(home, counts), *counts.problems))


async def read_sources(reading: Reading, due: Collection[FeedRecord], *, only_these: bool) -> None:
    """Visit feeds and process their entries, then recheck articles."""

    async def follow(feed: FeedRecord, *, is_due: bool) -> None:
        with reading.newest_first.newest_of_feed():
            if is_due and not await visit_and_store(reading, feed):
                return
            entries = await claim_entries(reading, feed)
            await process_newest(reading, entries)
        await process_older(reading, entries)

    async with asyncio.TaskGroup() as feeds:
        for feed in due:
            feeds.create_task(follow(feed, is_due=True))
        if not only_these:
            for feed in feeds_with_pending_entries(reading, due):
                feeds.create_task(follow(feed, is_due=False))
    await process_links_elsewhere(reading)
    reading.tally.outage = await is_outage(reading)
    if not only_these and not reading.tally.outage:
        await recheck_articles(reading)


async def read_links(home: Home, watchlist: RunWatchlist, links: Sequence[int]) -> None:
    """Read the pages of added links that nobody else has claimed. Raises StoreError, SandboxLost."""
    policy, claim_links = slice_policy(home.settings, SLICE_LEASE), home.store.entries.claim_these
    async with claimed_reading(home, watchlist, policy, Queue.PAGES) as reading:
        claim = reading.hosts.claim
        async with match_and_store_meanwhile(reading):
            await process_claimed(
                reading, await reading.in_writer_thread(claim_links, links, home.clock(), claim.until, claim.number)
            )


@asynccontextmanager
async def claimed_reading(
    home: Home,
    watchlist: RunWatchlist,
    policy: RunPolicy,
    queue: Queue | None = None,
    on_event: EventListener = lambda _: None,
) -> AsyncIterator[Reading]:
    """Start the processes that extract and match, and open a claim to read under."""
    make_sandbox, watch, store = home.make_sandbox or open_sandbox, watchlist.watch, home.store
    with store.database.small_cache():  # the processes need memory, and little is read twice
        async with make_sandbox() as sandbox, make_sandbox(watch) as matcher:
            # Only now: a claim that a failed start leaves open holds up filing until it expires.
            now = home.clock()
            claim = store.claims.open(worker_name(), now, now + policy.lease, queue, version=watchlist.version)
            async with open_reading(home, policy, claim, sandbox, matcher, on_event=on_event) as reading:
                yield reading


async def _tell_outside_monitor(home: Home, counts: Run) -> list[str]:
    """Request the ping URL, so that an outside monitor notices when runs stop: a dead man's switch. Return problems."""
    # No ping in an outage: the outside monitor should raise the alarm.
    if counts.outage:
        return [trouble_message(TroubleKind.OUTAGE, ", or the proxy" if home.settings.proxy else "")]
    ping_url = home.settings.ping_url
    if not ping_url:
        return []
    try:
        async with make_fetcher(home.settings, home.clock) as web:
            await web.get(ping_url, Purpose.PING, own_url=ping_url)
    except FetchError as error:
        return [trouble_message(TroubleKind.PING, error)]
    return []
