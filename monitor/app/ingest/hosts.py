"""The hosts that a run or a job asks alone, and what it leaves for the next one to remember of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from monitor.app.clock import Clock
from monitor.errors import StoreError
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
        """Take the hosts of many addresses in one transaction; those that others ask now stay theirs."""
        origins = {origin_of_url(url) for url in urls} - self._taken.keys() - {""}
        self._taken |= self._store.hosts.take(self.claim, origins, self._clock())

    async def take(self, origin: str) -> HostState | None:
        if origin not in self._taken:
            # In a thread: the loop must not wait for the lock of the database.
            self._taken |= await asyncio.to_thread(self._store.hosts.take, self.claim, [origin], self._clock())
        # None: another run or job asks this host now, so the caller puts the entry back.
        return self._taken.get(origin)

    def close(self, states: Iterable[HostState]) -> None:
        """Store what the next run must remember, and release the hosts and all else that the claim holds."""
        # Saved first: once the claim is closed, the next run may read what was known of a host before.
        self._store.hosts.save(self.claim, states)
        self._store.claims.close(self.claim)

    def close_after_error(self, states: Iterable[HostState]) -> None:
        """Do the same if the database can be used; else the claim expires."""
        with suppress(StoreError):
            self.close(states)
