"""I/O: processes. Runs pure stages where they can be killed: a page that eats time or memory ends its own trip only.

The only module that knows pebble. `DirectWorkshop` is the same port without the walls, for tests and one-off commands.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import resource
import sys
from collections.abc import Callable
from concurrent.futures import TimeoutError as StageTimeout
from pathlib import Path
from typing import ParamSpec, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessPool

from monitor.errors import StageFailed, WorkshopLost

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

# pebble waits this long for a process to end politely before it kills it; a stage in a C loop never listens.
CONSTS.term_timeout = 0.5


class ProcessWorkshop:
    """A pool of warm processes; each call has `seconds`, each process `memory` bytes above what it started with."""

    def __init__(self, workers: int = 2, seconds: float = 10.0, memory: int = 1_000_000_000) -> None:
        # forkserver: workers are forked from a small, single-threaded process that has the libraries loaded, never from
        # this one, which has a database open.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["monitor.parse", "monitor.extract.warm"])
        # Each worker would run the script that we are once more, and import all of the program with it: 50 MB and a
        # second for nothing, since stages are found by their modules' names.
        if (script := sys.modules["__main__"]).__spec__ is None:
            script.__file__ = None
        self.seconds = seconds
        self._pool = ProcessPool(
            max_workers=workers, max_tasks=500, initializer=_wall_in, initargs=(memory,), context=context
        )

    async def run(self, stage: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            future = self._pool.schedule(stage, args=args, kwargs=kwargs, timeout=self.seconds)
        except RuntimeError as error:  # pebble's word for a pool whose processes cannot be started
            raise WorkshopLost("no process can be started to read pages in; is memory short?") from error
        try:
            result: T = await asyncio.wrap_future(future)
        except StageTimeout as error:
            raise StageFailed(stage.__name__, f"took longer than {self.seconds:g} seconds") from error
        except ProcessExpired as error:
            raise StageFailed(stage.__name__, "its process died") from error
        except MemoryError as error:
            raise StageFailed(stage.__name__, "needed too much memory") from error
        except Exception as error:
            # The message may quote the text it choked on, and with it a name: only the kind of error is kept.
            log.debug("stage %s failed", stage.__name__, exc_info=error)
            raise StageFailed(stage.__name__, f"failed with {type(error).__name__}") from error
        return result

    async def __aenter__(self) -> ProcessWorkshop:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        await asyncio.to_thread(self._pool.join)


class DirectWorkshop:
    """Runs a stage right here."""

    async def __aenter__(self) -> DirectWorkshop:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def run(self, stage: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return stage(*args, **kwargs)
        except Exception as error:
            raise StageFailed(stage.__name__, f"failed with {type(error).__name__}") from error


def _wall_in(memory: int) -> None:
    """Allow this process `memory` bytes of address space more than its libraries take, and no word to cron."""
    logging.disable()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return  # no /proc (macOS): the time limit alone guards
    limit = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
