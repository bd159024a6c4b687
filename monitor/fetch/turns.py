"""Whose turn it is: politeness towards hosts, and a bound on all."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

from monitor.fetch.policy import FetchPolicy


class Turns:
    """At most `per_host` requests at once to a place, their starts `host_gap` apart, and `in_all` requests together."""

    def __init__(self, policy: FetchPolicy) -> None:
        self._gap = policy.host_gap
        self._all = asyncio.Semaphore(policy.in_all)
        self._lanes: defaultdict[str, _Lane] = defaultdict(lambda: _Lane(asyncio.Semaphore(policy.per_host)))

    @asynccontextmanager
    async def at(self, place: str) -> AsyncIterator[None]:
        lane = self._lanes[place]
        async with lane.slots:
            # The gap is waited out before one of the common slots is taken: a crowded host holds up no other.
            async with lane.first:
                await asyncio.sleep(max(0.0, lane.started + self._gap - monotonic()))
                await self._all.acquire()
                lane.started = monotonic()
            try:
                yield
            finally:
                self._all.release()


@dataclass(slots=True)
class _Lane:
    slots: asyncio.Semaphore
    first: asyncio.Lock = field(default_factory=asyncio.Lock)
    started: float = float("-inf")
