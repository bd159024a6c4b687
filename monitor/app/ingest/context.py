"""The context of one run: the tools that it opens, and the watchlist that it matches with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from monitor.fetch import WebFetcher
from monitor.pipeline import Line, WatchContext
from monitor.ports import SandboxWithTool

if TYPE_CHECKING:
    from monitor.match import Compiled


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
class RunTools:
    """The tools that one run opens and closes: the network, the line over it, and the process that matches."""

    web: WebFetcher
    line: Line
    matcher: SandboxWithTool  # its tool is `RunWatchlist.watch`
