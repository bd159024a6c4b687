"""A job: the due work of one slice of hosts, for two minutes at most. Any number run at once, on any machine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from monitor.groups import group_values
from monitor.ingest.entries import process_claimed, process_links_elsewhere
from monitor.ingest.feeds import claim_due_feeds, is_outage, visit_and_store
from monitor.ingest.reading import Reading
from monitor.ingest.recheck import recheck_articles
from monitor.ingest.run import read_without_filing
from monitor.model import Entry, Queue, Run

FEEDS_PER_JOB, PAGES_PER_CLAIM = 200, 200


async def read_slice(reading: Reading) -> Run:
    """Do the due work of the kind and slice that the claim says; return its counts. Raises StoreError, SandboxLost."""
    queue = reading.hosts.claim.queue
    assert queue is not None
    work = {Queue.VISITS: _visit_feeds, Queue.PAGES: _read_pages, Queue.RECHECKS: _recheck_articles}
    return await read_without_filing(reading, work[queue](reading))


async def _visit_feeds(reading: Reading) -> bool:
    slice_number = reading.hosts.claim.slice
    claim = partial(claim_due_feeds, reading, slice_number=slice_number, limit=FEEDS_PER_JOB)
    due = await reading.in_writer_thread(claim, reading.home.clock())
    async with asyncio.TaskGroup() as visits:
        for state in due:
            visits.create_task(visit_and_store(reading, state))
    return await is_outage(reading)


async def _read_pages(reading: Reading) -> bool:
    """Process pending entries, round after round while there are some and there is time."""
    while reading.has_time() and (entries := await reading.in_writer_thread(_claim_pages, reading)):
        async with asyncio.TaskGroup() as pages:
            for entries_of_feed in group_values((entry.feed.number, entry) for entry in entries).values():
                pages.create_task(process_claimed(reading, entries_of_feed))
        await process_links_elsewhere(reading)
    return False


def _claim_pages(reading: Reading) -> Sequence[Entry]:
    claim = reading.hosts.claim
    return reading.home.store.entries.claim_slice(
        # For the type only: a claim on pages always has a slice.
        claim.slice or 0,
        reading.home.clock(),
        claim.until,
        PAGES_PER_CLAIM,
        limit_per_feed=reading.policy.pages_per_feed,
        claim=claim.number,
    )


async def _recheck_articles(reading: Reading) -> bool:
    await recheck_articles(reading, reading.hosts.claim.slice)
    return False
