"""Import for its side effect: extract a dummy page, so that workers fork with libraries and models loaded.

Import it last: what is loaded until then is kept from the garbage collector, whose marks would copy the shared memory.
"""

from __future__ import annotations

import gc

from monitor.extract.page import extract
from monitor.memory import return_free_memory

extract(b"<!doctype html><title>News</title><article>" + b"<p>Nothing has happened here, and so it was read.</p>" * 20)
gc.collect()
return_free_memory()
gc.freeze()
gc.set_threshold(20_000)  # as in commands: a page leaves hardly any garbage
gc.enable()
