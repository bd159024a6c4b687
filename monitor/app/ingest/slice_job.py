"""A job: the due work of one slice of hosts, for two minutes at most. Any number run at once, on any machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.app.ingest.cycle import Cycle
from monitor.groups import group_values
from monitor.model import Entry, FeedRecord, Queue, Run

FEEDS_PER_JOB, PAGES_PER_CLAIM = 200, 200


@dataclass(slots=True)
class SliceJob(Cycle):
    """A cycle over one kind of work in one slice; its claim says which. It files nothing."""

    async def read_slice(self) -> Run:
        """Do the due work and return its counts. Raises StoreError, SandboxLost."""
        queue = self.hosts.claim.queue
        assert queue is not None
        reads = {Queue.VISITS: self._visit_slice, Queue.PAGES: self._read_pages, Queue.RECHECKS: self._recheck_slice}
        return await self._read_and_close(reads[queue]())

    async def read_links(self, links: Sequence[int]) -> Run:
        """Read the pages of these added links, of any slice, and return the counts. Raises StoreError, SandboxLost."""
        return await self._read_and_close(self._read_links(links))

    async def _read_and_close(self, reading: Coroutine[Any, Any, bool]) -> Run:
        started = self.clock()
        self.stop_at = time.monotonic() + self.policy.stop_claiming_after.total_seconds()
        try:
            outage = await self._store_during(reading)
        except BaseException:
            self.hosts.close_after_error(self.tools.web.host_states())
            raise
        # In a thread of its own: the writer has ended, and the loop must not wait for the database.
        await asyncio.to_thread(self.hosts.close, self.tools.web.host_states())
        return self.tally.summarize(started, self.clock(), len(self.visits), outage)

    async def _visit_slice(self) -> bool:
        due = await self._in_writer_thread(self._claim_feeds)
        async with asyncio.TaskGroup() as visits:
            for state in due:
                visits.create_task(self._visit(state))
        return await self._network_is_down()

    def _claim_feeds(self) -> Sequence[FeedRecord]:
        claim = self.hosts.claim
        due = self.store.feeds.claim_due(
            self.clock(), claim.until, claim=claim.number, slice_number=claim.slice, limit=FEEDS_PER_JOB
        )
        self.hosts.take_all(state.address for state in due)
        return due

    async def _network_is_down(self) -> bool:
        """Return True if no feed that was healthy before was reached, and no other host name resolves.

        Feeds that were read lately prove nothing here: another machine may have read them.
        """
        visits = [visit for visit in self.visits if not visit.held_origin]
        if any(visit.reached for visit in visits) or all(visit.feed.failures for visit in visits):
            return False
        web = self.tools.web
        states = await self._in_writer_thread(self.store.feeds.states)
        urls = [s.feed.url for s in states if not (s.feed.proxy or web.is_allowed_host(s.feed.url))]
        return bool(urls) and not await web.resolves_any(urls)

    async def _read_pages(self) -> bool:
        """Process pending entries, round after round while there are some and there is time."""
        while self._has_time() and (entries := await self._in_writer_thread(self._claim_pages)):
            async with asyncio.TaskGroup() as pages:
                for entries_of_feed in group_values((entry.feed.number, entry) for entry in entries).values():
                    pages.create_task(self._process_claimed(entries_of_feed))
            await self._process_links_elsewhere()
        return False

    async def _read_links(self, links: Sequence[int]) -> bool:
        claim, now = self.hosts.claim, self.clock()
        await self._process_claimed(
            await self._in_writer_thread(self.store.entries.claim_these, links, now, claim.until, claim.number)
        )
        return False

    def _claim_pages(self) -> Sequence[Entry]:
        claim = self.hosts.claim
        return self.store.entries.claim_slice(
            # For the type only: a claim on pages always has a slice.
            claim.slice or 0,
            self.clock(),
            claim.until,
            PAGES_PER_CLAIM,
            limit_per_feed=self.policy.pages_per_feed,
            claim=claim.number,
        )

    async def _recheck_slice(self) -> bool:
        await self._recheck_articles(self.hosts.claim.slice)
        return False
