"""A worker of a fleet: does jobs over slices, out of the database alone, until its caller stops it.

A job is the due work of one slice of hosts, for two minutes at most. Any number run at once, on any machine.

The home process, one in the fleet, reads the files, mails and keeps house (`tend_home`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Self

from monitor.app.lists import lessons_of, run_watchlist
from monitor.fetch.byte_budget import ByteBudget
from monitor.groups import group_values
from monitor.home import Home
from monitor.ingest.entries import process_claimed, process_links_elsewhere
from monitor.ingest.feeds import claim_due_feeds, is_outage, visit_and_store
from monitor.ingest.filing import file_pending_articles
from monitor.ingest.matching import RunWatchlist
from monitor.ingest.older_articles import rescan_range
from monitor.ingest.policy import PAGES_IN_FLIGHT_BYTES, SLICE_LEASE, slice_policy
from monitor.ingest.reading import Reading, open_reading
from monitor.ingest.recheck import recheck_articles
from monitor.ingest.storing import match_and_store_meanwhile
from monitor.ingest.tools import open_sandbox, worker_name
from monitor.model import Entry, Queue, Run
from monitor.ports import Sandbox, SandboxWithTool

log = logging.getLogger(__name__)

FEEDS_PER_JOB, PAGES_PER_CLAIM = 200, 200


async def read_slice(reading: Reading) -> Run:
    """Do the due work of the kind and slice that the claim says; return its counts. Raises StoreError, SandboxLost."""
    queue = reading.hosts.claim.queue
    assert queue is not None
    work = {Queue.VISITS: _visit_feeds, Queue.PAGES: _read_pages, Queue.RECHECKS: recheck_articles}
    started = reading.home.clock()
    async with match_and_store_meanwhile(reading):
        await work[queue](reading)
    return reading.tally.summarize(started, reading.home.clock(), len(reading.visits))


async def _visit_feeds(reading: Reading) -> None:
    slice_number = reading.hosts.claim.slice
    claim = partial(claim_due_feeds, reading, slice_number=slice_number, limit=FEEDS_PER_JOB)
    due = await reading.in_writer_thread(claim, reading.home.clock())
    async with asyncio.TaskGroup() as visits:
        for state in due:
            visits.create_task(visit_and_store(reading, state))
    reading.tally.outage = await is_outage(reading)


async def _read_pages(reading: Reading) -> None:
    """Process pending entries, round after round while there are some and there is time."""
    while reading.has_time() and (entries := await reading.in_writer_thread(_claim_pages, reading)):
        async with asyncio.TaskGroup() as pages:
            for entries_of_feed in group_values((entry.feed.number, entry) for entry in entries).values():
                pages.create_task(process_claimed(reading, entries_of_feed))
        await process_links_elsewhere(reading)


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


PURGE_POLL_SECONDS = 1.0
LESSONS_AGE = timedelta(minutes=10)  # after this, decisions of people are taken into account


@dataclass(slots=True)
class _Matching:
    """The processes that match with one version of the list, closed when the last job that uses them ends."""

    watchlist: RunWatchlist
    matcher: SandboxWithTool
    stack: AsyncExitStack
    users: int = 0
    is_old: bool = False


class SliceWorker:
    """One process of a fleet, which reads no file. `async with` it; several jobs may then run in it at once."""

    def __init__(self, home: Home, lease: timedelta = SLICE_LEASE) -> None:
        """Store the parts; `lease`: the time after which a slice is free again when this process died."""
        self._home, self._lease, self._make_sandbox = home, lease, home.make_sandbox or open_sandbox
        self._stack, self._changing, self._rescanning = AsyncExitStack(), asyncio.Lock(), asyncio.Lock()
        self._pages = ByteBudget(PAGES_IN_FLIGHT_BYTES)  # of all jobs, which share the sandbox
        self._matching: _Matching | None = None
        self._checked = home.clock()
        self.name = worker_name()

    async def __aenter__(self) -> Self:
        self._sandbox: Sandbox = await self._stack.enter_async_context(self._make_sandbox())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._matching is not None:
            await self._matching.stack.aclose()
        await self._stack.aclose()

    async def read(self, queue: Queue, slice_number: int) -> Run:
        """Do the due work of a kind in a slice, in two minutes at most; return its counts, added to the latest run.

        Raises StoreError, SandboxLost.
        """
        async with self._matching_by_list() as matching, self._run_lock():
            now = self._home.clock()
            # In threads, as all that waits for the database here: the loop has other jobs.
            open_claim = partial(self._home.store.claims.open, version=matching.watchlist.version)
            claim = await asyncio.to_thread(open_claim, self.name, now, now + self._lease, queue, slice_number)
            policy = slice_policy(self._home.settings, self._lease)
            async with open_reading(
                self._home, policy, claim, self._sandbox, matching.matcher, pages=self._pages
            ) as reading:
                counts = await read_slice(reading)
            await asyncio.to_thread(self._home.store.runs.add, counts)
            return counts

    @asynccontextmanager
    async def _run_lock(self) -> AsyncIterator[None]:
        """Hold the shared lock of a run, so that no purge begins. While one goes on, the loop has other jobs."""
        while True:
            with self._home.store.database.try_run_lock() as acquired:
                if acquired:
                    yield
                    return
            await asyncio.sleep(PURGE_POLL_SECONDS)

    async def rescan(self, is_stopping: Callable[[], bool] = lambda: False) -> int:
        """Rescan a range of the archive for names that joined the list, for half a lease at most.

        Returns the number of article numbers done; 0 if no range is left, or while a purge goes on. `is_stopping`: a
        batch is the last when this returns True; the next job goes on from there. Raises StoreError.
        """
        # In a thread: the loop has other jobs. One at a time: they share the compiled names.
        async with self._matching_by_list() as matching, self._rescanning:
            return await asyncio.to_thread(self._rescan, matching.watchlist, is_stopping)

    def _rescan(self, watchlist: RunWatchlist, is_stopping: Callable[[], bool]) -> int:
        with self._home.store.database.try_run_lock() as acquired:
            if not acquired:  # a purge goes on; a thread that waited for it would wait on after its job was ended
                return 0
            now, stop_at = self._home.clock(), time.monotonic() + (self._lease / 2).total_seconds()
            claim = self._home.store.claims.open(self.name, now, now + self._lease, Queue.ARCHIVE)
            try:
                return rescan_range(
                    self._home.store,
                    watchlist,
                    claim,
                    self._home.clock,
                    lambda: time.monotonic() < stop_at and not is_stopping(),
                )
            finally:
                self._home.store.claims.close(claim)

    def file(self) -> int:
        """File the articles that need not wait any more; return their number, 0 while a purge goes on.

        Raises StoreError.
        """
        policy = slice_policy(self._home.settings, self._lease)
        with self._home.store.database.try_run_lock() as acquired:
            if not acquired:
                return 0
            return file_pending_articles(self._home.store, self._home.clock, policy.file_for, jobs_gather=True)

    # ---- the list of names, as the database has it

    @asynccontextmanager
    async def _matching_by_list(self) -> AsyncIterator[_Matching]:
        """Hold the processes that match with the list in force, opened anew after it changed."""
        # One at a time: else each waiting job would start processes of its own after an edit.
        async with self._changing:
            current = self._matching
            if current is None or await asyncio.to_thread(self._is_outdated, current):
                watchlist = await asyncio.to_thread(run_watchlist, self._home)
                stack = AsyncExitStack()
                matcher = await stack.enter_async_context(self._make_sandbox(watchlist.watch))
                self._matching, self._checked = _Matching(watchlist, matcher, stack), self._home.clock()
                if current is not None:
                    # Jobs that began with it go on with it; the last of them closes it.
                    current.is_old = True
                    await self._close_unused(current)
            matching = self._matching
            assert matching is not None
            matching.users += 1
        try:
            yield matching
        finally:
            matching.users -= 1
            await self._close_unused(matching)

    def _is_outdated(self, matching: _Matching) -> bool:
        watchlist = matching.watchlist
        # The day counts, too: names are paused until, or watched until, a date.
        if (self._home.store.watchlists.latest_version(), self._home.today()) != (watchlist.version, watchlist.today):
            return True
        if self._home.clock() - self._checked < LESSONS_AGE:
            return False
        self._checked = self._home.clock()
        return lessons_of(self._home) != watchlist.watch.lessons

    async def _close_unused(self, matching: _Matching) -> None:
        if matching.is_old and not matching.users:
            await matching.stack.aclose()
