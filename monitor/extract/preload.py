"""Import for its side effect: extract dummy pages, so that workers fork with libraries and models loaded.

Import it last: what is loaded until then is kept from the garbage collector, whose marks would copy the shared memory.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

from monitor.extract.page import extract

extract(b"<!doctype html><title>News</title><article>" + b"<p>Nothing has happened here, and so it was read.</p>" * 20)
extract(b"<!doctype html><title>News</title><p>A short text, which the thorough form of trafilatura reads.</p>")
gc.collect()
with suppress(AttributeError):  # glibc alone has it: loading the language model leaves 24 MB of free memory
    ctypes.CDLL(None).malloc_trim(0)
gc.freeze()
