"""I/O: the process. Free memory goes back to the system, and what may be large is bounded."""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h
_LIBC = ctypes.CDLL(None)  # once: each leaves classes that wait for a garbage collection


def return_free_memory(largest_kept: int = 4_000_000) -> None:
    """Return free memory to the system, and let malloc keep little of it from now on, in forked processes too.

    By default a process keeps what its largest page or feed took, and reserves 64 MB of addresses for each thread. What
    is larger than `largest_kept` goes back when it is freed: for a process that holds pages long, in no order.
    """
    with suppress(AttributeError):  # glibc alone has these
        _LIBC.mallopt(_ARENA_MAX, 1)
        _LIBC.mallopt(_TRIM_THRESHOLD, 2_000_000)
        _LIBC.mallopt(_MMAP_THRESHOLD, largest_kept)
        _LIBC.malloc_trim(0)


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
