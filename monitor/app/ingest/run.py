"""One reading of the sources: the tools of a cycle are made, the cycle runs, and an outside monitor is told."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from platform import node
from typing import TYPE_CHECKING, Any

from monitor.app.clock import Clock
from monitor.app.ingest.context import RunTools, RunWatchlist
from monitor.app.ingest.cycle import Cycle
from monitor.app.ingest.hosts import ClaimedHosts
from monitor.app.ingest.policy import LEASE, PAGES_IN_FLIGHT_BYTES, SLICE_LEASE, make_fetcher, run_policy, slice_policy
from monitor.app.ingest.slice_job import SliceJob
from monitor.config import Settings
from monitor.errors import FetchError
from monitor.i18n.troubles import trouble_message
from monitor.memory import ByteBudget
from monitor.model import Queue, RescanMatch, Result, Run, TroubleKind, Visit
from monitor.pipeline.context import Line
from monitor.pipeline.matching import WatchContext
from monitor.ports import Fetcher, Purpose
from monitor.sandbox import ProcessSandbox
from monitor.store import Store

if TYPE_CHECKING:  # the matcher is not loaded in the process that fetches
    from monitor.pipeline.closed import ClosedContext

SMALL_SERVER_BYTES = 900_000_000
MATCH_CPU_SECONDS, MATCH_MEMORY_BYTES = 60, 500_000_000  # per batch of texts

EventListener = Callable[[Visit | Result | RescanMatch], None]
MakeSandbox = Callable[..., AbstractAsyncContextManager[Any]]


@dataclass(frozen=True, slots=True)
class Reading:
    """The parts of a reading; `make_sandbox()` opens a `Sandbox`, and with a `WatchContext` a `SandboxWithTool`."""

    settings: Settings
    store: Store
    clock: Clock
    watchlist: RunWatchlist
    make_sandbox: MakeSandbox | None = None

    async def run(self, feed_ids: Collection[str], include_not_due: bool, on_event: EventListener) -> Run:
        """Run one cycle and return its `Run`, with the problems of the network."""
        policy = run_policy(self.settings)
        async with self._tools(LEASE) as (tools, hosts):
            cycle = Cycle(self.store, tools, self.watchlist, self.clock, policy, hosts, on_event)
            run = await cycle.run(feed_ids=feed_ids, include_not_due=include_not_due)
            problems = await self._report(run, tools.web)
        return replace(run, problems=(*problems, *run.problems))

    async def read_links(self, links: Sequence[int]) -> Run:
        """Read the pages of added links that nobody else has claimed; return the counts."""
        async with self._tools(SLICE_LEASE, Queue.PAGES) as (tools, hosts):
            policy = slice_policy(self.settings, SLICE_LEASE)
            return await SliceJob(self.store, tools, self.watchlist, self.clock, policy, hosts).read_links(links)

    @asynccontextmanager
    async def _tools(
        self, lease: timedelta, queue: Queue | None = None
    ) -> AsyncIterator[tuple[RunTools, ClaimedHosts]]:
        """Open a claim and the tools to read with."""
        make_sandbox, watch = self.make_sandbox or open_sandbox, self.watchlist.watch
        async with make_sandbox() as sandbox, make_sandbox(watch) as matcher:
            # Only now: a claim that a failed start leaves open holds up filing until it expires.
            now = self.clock()
            claim = self.store.claims.open(worker_name(), now, now + lease, queue, version=self.watchlist.version)
            hosts = ClaimedHosts(self.store, claim, self.clock)
            pages = ByteBudget(PAGES_IN_FLIGHT_BYTES)
            async with make_fetcher(self.settings, self.clock, hosts=hosts, pages=pages) as web:
                yield RunTools(web, Line(web, sandbox, pages=pages), matcher), hosts

    async def _report(self, run: Run, web: Fetcher) -> list[str]:
        """Request the ping URL, so that an outside monitor notices when runs stop (a dead man's switch)."""
        # No ping in an outage: the outside monitor should raise the alarm.
        if run.outage:
            return [trouble_message(TroubleKind.OUTAGE, ", or the proxy" if self.settings.proxy else "")]
        if not self.settings.ping_url:
            return []
        try:
            await web.get(self.settings.ping_url, Purpose.PING, own_url=self.settings.ping_url)
        except FetchError as error:
            return [trouble_message(TroubleKind.PING, error)]
        return []


def worker_name() -> str:
    """Return the name of this process for operators."""
    return f"{node()}:{os.getpid()}"


def open_sandbox(watch: WatchContext | ClosedContext | None = None) -> ProcessSandbox:
    """Return a sandbox with processes to extract pages; with `watch`, one background process to match."""
    if watch is None:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return ProcessSandbox(processes=reader_count(memory))
    # A copy, because a rescan in this process may compile the original while a matcher starts and gets it.
    watch = replace(watch)
    return ProcessSandbox(MATCH_CPU_SECONDS, MATCH_MEMORY_BYTES, tool=watch, prepare=watch.prepare, background=True)


def reader_count(memory: int) -> int:
    """Return how many processes read pages: two, so that one reads on while a page hangs in the other.

    A small server has one, since each may take 120 MB for a page. One alone reads fifty pages a second, more than
    politeness lets most runs ask for.
    """
    return 1 if memory < SMALL_SERVER_BYTES else 2
