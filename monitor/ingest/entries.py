"""The entries of a reading: their pages are fetched and extracted, some at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from monitor.bug_log import log_bug
from monitor.errors import SandboxLost, StoreError
from monitor.fetch.rate_limits import CircuitBreaker
from monitor.groups import group_values
from monitor.ingest.reading import NEWEST, Reading, milliseconds_since
from monitor.ingest.storing import entry_after_bug
from monitor.ingest.tools import Line
from monitor.ingest.trip.article import AcquiredArticle
from monitor.ingest.trip.entry import acquire
from monitor.ingest.trip.speakers import is_of_own_site
from monitor.model import Entry, FeedRecord, Result

log = logging.getLogger(__name__)

PARALLEL_ENTRIES = 4  # of one feed: two for the connections to its host, two in extraction


async def claim_entries(reading: Reading, state: FeedRecord) -> Sequence[Entry]:
    """Claim the pending entries of a feed, the newest first."""
    # The first visit finds all that the feed holds, later ones only what is new.
    limit = reading.policy.pages_per_feed if state.visits else reading.policy.pages_per_first_visit
    now = reading.home.clock()
    if not reading.has_time():
        return ()
    claim = partial(reading.home.store.entries.claim, claim=reading.hosts.claim.number)
    return await reading.in_writer_thread(claim, state.number, now, reading.hosts.until, limit)


async def process_claimed(reading: Reading, entries: Sequence[Entry]) -> None:
    """Process entries of one feed, which are in the order of publication, the newest first."""
    with reading.newest_first.newest_of_feed():
        await process_newest(reading, entries)
    await process_older(reading, entries)


async def process_newest(reading: Reading, entries: Sequence[Entry]) -> None:
    """Process the newest entries of a feed that link to its own site.

    First those of its own site, so that no outlet keeps another one's host busy.
    """
    if entries:
        await reading.in_writer_thread(reading.outlets.load)
    await _process_some_at_a_time(reading, [entry for entry in entries[:NEWEST] if is_of_own_site(entry)])


async def process_older(reading: Reading, entries: Sequence[Entry]) -> None:
    """Process what `process_newest` left, once that is done for all feeds; older links elsewhere come at the end."""
    newest_elsewhere = [entry for entry in entries[:NEWEST] if not is_of_own_site(entry)]
    older = group_values((is_of_own_site(entry), entry) for entry in entries[NEWEST:])
    if not newest_elsewhere and not older:
        return
    await reading.newest_first.wait()
    await _process_some_at_a_time(reading, newest_elsewhere)
    reading.links_elsewhere.append(older[False])
    await _process_some_at_a_time(reading, older[True])


async def process_links_elsewhere(reading: Reading) -> None:
    """Process the older entries that link to other sites than those of their feeds, after all others."""
    async with asyncio.TaskGroup() as tasks:
        for entries in reading.links_elsewhere:
            tasks.create_task(_process_some_at_a_time(reading, entries))
    reading.links_elsewhere.clear()


async def _process_some_at_a_time(reading: Reading, entries: Sequence[Entry]) -> None:
    if not entries:
        return
    addresses = [entry.item.url for entry in entries]
    await reading.in_writer_thread(reading.hosts.take_all, addresses)
    claimed = iter(entries)  # one for all workers of this feed: each takes the next entry
    line = _line_of(reading, entries[0])

    async def take_turns() -> None:
        for entry in claimed:
            async with reading.articles.turn(entry) as failed_trips:
                # Waiting for the turn may have taken long.
                if not reading.has_time():
                    return
                await _process_entry(reading, entry, line, failed_trips)

    await asyncio.gather(*(take_turns() for _ in range(PARALLEL_ENTRIES)))


def _line_of(reading: Reading, entry: Entry) -> Line:
    """Return the line with a circuit breaker for each feed and its links elsewhere.

    The unanswered pages of another feed say nothing of this one.
    """
    key = (entry.feed.number, is_of_own_site(entry))
    if key not in reading.lines:
        reading.lines[key] = replace(reading.line, fetcher=CircuitBreaker(reading.line.fetcher))
    return reading.lines[key]


async def _process_entry(reading: Reading, entry: Entry, line: Line, failed_trips: Sequence[Result]) -> None:
    reading.pages_requested[entry.feed.number] += 1
    start = time.monotonic()
    try:
        profile = reading.outlets.profile_of(reading.outlets.of_sites.of_link(entry))
        acquired = await acquire(
            entry,
            line=line,
            stored_articles=reading.articles,
            now=reading.home.clock(),
            profile=profile,
            failed_trips=failed_trips,
            outlets=reading.outlets.of_sites,
            take_room=reading.day_room.take,
        )
    except (StoreError, SandboxLost):
        raise
    except Exception as bug:
        log_bug("acquire", entry.id, bug)
        acquired = AcquiredArticle(entry_after_bug(entry, reading.home.clock(), reading.line.policy.schedule))
    if isinstance(acquired.result, Result):
        reading.articles.record(acquired.result)
    log.info("acquire entry=%d ms=%d", entry.id, milliseconds_since(start))
    await reading.waiting_articles.put(acquired)
