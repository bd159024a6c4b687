"""I/O. What a run reads with: the home, the watchlist, the network, and the processes that extract and match."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import date
from platform import node
from typing import TYPE_CHECKING, Any

from monitor.clock import Clock
from monitor.config import Settings
from monitor.fetch import WebFetcher
from monitor.ingest.line import Line
from monitor.ingest.matching import WatchContext
from monitor.match import Compiled
from monitor.ports import SandboxWithTool
from monitor.sandbox import ProcessSandbox
from monitor.store import Store

if TYPE_CHECKING:  # only what reads the closed watch imports it
    from monitor.ingest.closed import ClosedContext

SMALL_SERVER_BYTES = 900_000_000
MATCH_CPU_SECONDS, MATCH_MEMORY_BYTES = 60, 500_000_000  # per batch of texts

MakeSandbox = Callable[..., AbstractAsyncContextManager[Any]]


@dataclass(frozen=True, slots=True)
class RunWatchlist:
    """The watchlist as one run matches with it: compiled for a day in the newsroom's time zone."""

    watch: WatchContext
    version: int
    today: date
    _parts: dict[frozenset[str], WatchContext] = field(default_factory=dict, init=False, repr=False, compare=False)

    def compiled_part(self, entities: frozenset[str]) -> Compiled:
        """Return some of the names, compiled once: a rescan asks for the same ones for each batch."""
        if entities not in self._parts:
            names = tuple(entity for entity in self.watch.entities if entity.id in entities)
            self._parts[entities] = WatchContext(names)
        return self._parts[entities].compiled


@dataclass(frozen=True, slots=True)
class RunHome:
    """A home as a run sees it; `make_sandbox()` opens a `Sandbox`, and with a `WatchContext` a `SandboxWithTool`."""

    settings: Settings
    store: Store
    clock: Clock
    watchlist: RunWatchlist
    make_sandbox: MakeSandbox | None = None


@dataclass(frozen=True, slots=True)
class RunTools:
    """The tools that one run opens and closes: the network, the line over it, and the process that matches."""

    web: WebFetcher
    line: Line
    matcher: SandboxWithTool  # its tool is `RunWatchlist.watch`


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
