"""The state of one reading: a run, a job over a slice, or some added links.

Feeds are visited in parallel (`feeds`), each followed by its entries (`entries`); the fetcher limits the rate per host.
Fetched articles are matched and stored meanwhile (`storing`). Fetching neither waits for it nor knows the list.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import ParamSpec, TypeVar

from monitor.errors import StoreError
from monitor.fetch.byte_budget import ByteBudget
from monitor.fetch.client import WebFetcher
from monitor.home import Home
from monitor.ingest.article_queue import ArticleQueue
from monitor.ingest.day_room import DayRoom
from monitor.ingest.hosts import ClaimedHosts
from monitor.ingest.known_articles import KnownArticlesOfRun
from monitor.ingest.line import Line
from monitor.ingest.newest_first import NewestFirst
from monitor.ingest.outlets import OutletsOfRun
from monitor.ingest.policy import PAGES_IN_FLIGHT_BYTES, RunPolicy
from monitor.ingest.tally import RunTally
from monitor.ingest.tools import make_fetcher
from monitor.ingest.trip.article_turns import ArticleTurns
from monitor.model import Claim, Entry, Visit
from monitor.ports import EventListener, Sandbox, SandboxWithTool

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Reading:
    """The state of one reading: a run, a job over a slice, or some added links.

    `on_event` is called with each visit and result.
    """

    home: Home
    web: WebFetcher
    line: Line
    matcher: SandboxWithTool  # its tool is `RunWatchlist.watch`
    policy: RunPolicy
    hosts: ClaimedHosts  # with the claim of this run
    on_event: EventListener = lambda _: None
    tally: RunTally = field(default_factory=RunTally)
    pages_requested: Counter[int] = field(default_factory=Counter)  # by feed number
    visits: list[Visit] = field(default_factory=list)  # without their entries, which may be large
    stop_at: float = field(init=False)
    links_elsewhere: list[list[Entry]] = field(default_factory=list)  # of each feed, older, to other sites than its own
    lines: dict[tuple[int, bool], Line] = field(default_factory=dict)  # by feed and whether they are of its own site
    newest_first: NewestFirst = field(default_factory=NewestFirst)
    turns: ArticleTurns = field(default_factory=ArticleTurns)
    waiting_articles: ArticleQueue = field(default_factory=ArticleQueue)
    day_room: DayRoom = field(init=False)
    outlets: OutletsOfRun = field(init=False)
    known_articles: KnownArticlesOfRun = field(init=False)
    # All writes go through one thread, so that the event loop never waits for the lock of the database.
    writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "writer"))

    def __post_init__(self) -> None:
        self.stop_at = time.monotonic() + self.policy.stop_claiming_after.total_seconds()
        self.known_articles = KnownArticlesOfRun(self.home.store.entries)
        self.outlets = OutletsOfRun(self.home.store, self.home.clock)
        self.day_room = DayRoom(self.home.store.feed_days, self.policy.bounds, self.home.clock)

    def has_time(self) -> bool:
        return time.monotonic() < self.stop_at

    async def in_writer_thread(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `write` in the writer thread and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self.writer, partial(write, *args, **kwargs))


@asynccontextmanager
async def open_reading(
    home: Home,
    policy: RunPolicy,
    claim: Claim,
    sandbox: Sandbox,
    matcher: SandboxWithTool,
    *,
    pages: ByteBudget | None = None,
    on_event: EventListener = lambda _: None,
) -> AsyncIterator[Reading]:
    """Open the network to read under a claim; at the end close the claim and store the state of its hosts.

    `pages`: the bound of pages that wait for extraction, if other readings share the sandbox.
    """
    hosts, pages = ClaimedHosts(home.store, claim, home.clock), pages or ByteBudget(PAGES_IN_FLIGHT_BYTES)
    async with make_fetcher(home.settings, home.clock, hosts=hosts, pages=pages) as web:
        line = Line(web, sandbox, pages=pages)
        try:
            yield Reading(home, web, line, matcher, policy, hosts, on_event)
        except BaseException:  # also when cancelled: what was learned of the hosts must reach the next run
            with suppress(StoreError):  # then the claim expires by itself
                hosts.close(web.host_states())
            raise
        # In a thread: the writer has ended, and the loop must not wait for the database.
        await asyncio.to_thread(hosts.close, web.host_states())


def milliseconds_since(start: float) -> int:
    """Return the time since a reading of `time.monotonic()`, for the log."""
    return int((time.monotonic() - start) * 1000)
