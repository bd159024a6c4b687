"""Import for its side effect: extract dummy pages, so that workers fork with libraries and models loaded.

Import it last: what is loaded until then is kept from the garbage collector, whose marks would copy the shared memory.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

from monitor.extract.page import extract

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h

extract(b"<!doctype html><title>News</title><article>" + b"<p>Nothing has happened here, and so it was read.</p>" * 20)
extract(b"<!doctype html><title>News</title><p>A short text, which the thorough form of trafilatura reads.</p>")
gc.collect()
with suppress(AttributeError):  # glibc alone has these
    libc = ctypes.CDLL(None)
    libc.malloc_trim(0)  # loading the language model leaves 24 MB of free memory
    # By default a process keeps what a large page took, some 5 MB; set once, as any set threshold is no longer raised.
    libc.mallopt(_M_TRIM_THRESHOLD, 2_000_000)
    libc.mallopt(_M_MMAP_THRESHOLD, 4_000_000)
gc.freeze()
