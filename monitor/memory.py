"""I/O: the process. Free memory goes back to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h


def return_free_memory() -> None:
    """Return free memory to the system, and let malloc keep little of it from now on, in forked processes too.

    By default a process keeps what its largest page or feed took, and reserves 64 MB of addresses for each thread.
    """
    with suppress(AttributeError):  # glibc alone has these
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_TRIM_THRESHOLD, 2_000_000)
        libc.mallopt(_MMAP_THRESHOLD, 4_000_000)
        libc.malloc_trim(0)
