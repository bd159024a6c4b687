"""A bound on the bytes that a process holds: pages before their extraction, articles before they are matched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class ByteBudget:
    """A bound of bytes that a process holds at one time. The last to hold some may exceed it."""

    def __init__(self, bound: int) -> None:
        self._bound, self._size, self._has_room = bound, 0, asyncio.Event()
        self._has_room.set()

    @property
    def is_full(self) -> bool:
        return not self._has_room.is_set()

    async def wait_for_room(self) -> None:
        await self._has_room.wait()

    async def take(self, size: int) -> None:
        """Count some bytes as soon as there is room, until `release`."""
        while self.is_full:
            await self.wait_for_room()
        self._add(size)

    def release(self, size: int) -> None:
        """Count some bytes no longer."""
        self._add(-size)

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Count some bytes until the end of the block."""
        self._add(size)
        try:
            yield
        finally:
            self._add(-size)

    def _add(self, size: int) -> None:
        self._size += size
        if self._size < self._bound:
            self._has_room.set()
        else:
            self._has_room.clear()
