"""I/O. What a run, the desk and commands read with: the network, and the processes that extract and match."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from platform import node
from typing import Any, ClassVar, Protocol, TypeVar

from monitor.clock import Clock, now_utc
from monitor.config.settings import Settings
from monitor.fetch.byte_budget import ByteBudget
from monitor.fetch.client import WebFetcher
from monitor.fetch.policy import FetchPolicy
from monitor.home import MakeSandbox
from monitor.ingest.policy import LinePolicy
from monitor.ingest.stages import extract
from monitor.model import Extracted, OutletProfile
from monitor.ports import Fetcher, Hosts, Response, Sandbox
from monitor.sandbox import ProcessSandbox

SMALL_SERVER_BYTES = 900_000_000
MATCH_CPU_SECONDS, MATCH_MEMORY_BYTES = 60, 500_000_000  # per batch of texts


def make_fetcher(
    settings: Settings,
    clock: Clock = now_utc,
    *,
    by_hand: bool = False,
    hosts: Hosts | None = None,
    pages: ByteBudget | None = None,
) -> WebFetcher:
    """Return a fetcher; with `by_hand` it ignores robots.txt, which is for crawlers (RFC 9309), not for a person."""
    policy = FetchPolicy(
        allow_hosts=settings.allow_hosts,
        host_gap=settings.host_gap,
        user_agent=settings.user_agent,
        proxy=settings.proxy,
        robots=settings.robots and not by_hand,
    )
    return WebFetcher(policy, now=clock, hosts=hosts, pages=pages)


def worker_name() -> str:
    """Return the name of this process for operators."""
    return f"{node()}:{os.getpid()}"


class WatchTool(Protocol):
    """The watched names as the matcher is given them once: a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def prepare(self) -> None:
        """Compile the names at the start of the process."""


def open_sandbox(watch: WatchTool | None = None) -> ProcessSandbox:
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


@dataclass(frozen=True, slots=True)
class Line:
    """The tools of visits, trips and rechecks.

    The watchlist is not among them, so that the pages we fetch, and their order, cannot reveal whom we watch.
    """

    fetcher: Fetcher
    sandbox: Sandbox
    policy: LinePolicy = LinePolicy()
    pages: ByteBudget = field(default_factory=lambda: ByteBudget(sys.maxsize))  # fetched and not yet extracted

    async def extract(self, response: Response, profile: OutletProfile) -> Extracted:
        """Extract a page in the sandbox. Raises StageFailed, SandboxLost."""
        with self.pages.hold(len(response.body)):
            return await self.sandbox.run(extract, response.body, response.url, response.content_type, profile)


T = TypeVar("T")


class RunApart(Protocol):
    """Runs a stage in the process; raises StageFailed, SandboxLost."""

    def __call__(self, stage: Callable[..., T], *args: Any, **kwargs: Any) -> T: ...


@contextmanager
def stages_apart(make_sandbox: MakeSandbox | None = None) -> Iterator[RunApart]:
    """Open a process for stages, with the limits that a page has in a run; it ends with the block."""
    with asyncio.Runner() as runner:
        sandbox = (make_sandbox or open_sandbox)()
        opened = runner.run(sandbox.__aenter__())
        try:
            yield lambda stage, *args, **kwargs: runner.run(opened.run(stage, *args, **kwargs))
        finally:
            runner.run(sandbox.__aexit__(None, None, None))
