"""The hosts that a run or job has claimed, and the state of them that it stores for the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime

from monitor.clock import Clock
from monitor.model import Claim, HostState
from monitor.store import Store
from monitor.urls import origin_of_url


class ClaimedHosts:
    """The port `Hosts` over the store, for one claim."""

    def __init__(self, store: Store, claim: Claim, clock: Clock) -> None:
        self.claim, self._store, self._clock = claim, store, clock
        self._taken: dict[str, HostState] = {}

    @property
    def until(self) -> datetime:
        return self.claim.until

    def take_all(self, urls: Iterable[str]) -> None:
        """Take the hosts of many addresses in one transaction, except those that another run or job holds."""
        origins = {origin_of_url(url) for url in urls} - self._taken.keys() - {""}
        self._taken |= self._store.hosts.take(self.claim, origins, self._clock())

    async def take(self, origin: str) -> HostState | None:
        if origin not in self._taken:
            # In a thread: the loop must not wait for the lock of the database.
            self._taken |= await asyncio.to_thread(self._store.hosts.take, self.claim, [origin], self._clock())
        # None: another run or job holds this host now, so the caller puts the entry back.
        return self._taken.get(origin)

    def close(self, states: Iterable[HostState]) -> None:
        """Store the state of the hosts for the next run, and release everything that the claim holds."""
        # Saved first: once the claim is closed, the next run may read the older state of a host.
        self._store.hosts.save(self.claim, states)
        self._store.claims.close(self.claim)
