"""I/O: processes. Runs pure stages where they can be killed: a page that eats time or memory ends its own trip only.

The only module that knows pebble.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import re
import resource
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import TimeoutError as StageTimeout
from pathlib import Path
from typing import Any, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessPool

from monitor.errors import SandboxLost, StageFailed

T = TypeVar("T")

log = logging.getLogger(__name__)

# pebble waits this long for a process to end politely before it kills it; a stage in a C loop never listens.
CONSTS.term_timeout = 0.5

CLOCK_TO_CPU = 4
NO_MEMORY = 77  # the exit code of a worker that had too little
LOWEST_PRIORITY = 19


class ProcessSandbox:
    """A pool of warm processes; each call has `seconds` of CPU, and `memory` bytes more than its process has.

    The processor's time and not the clock's: on a busy machine a good page takes longer, and is no worse for it. The
    clock ends what sleeps.

    `tool`: a value that each process is given once, when it starts, and each stage as its first argument.
    `background`: the processes take the time that no other wants, and no clock ends them.
    """

    def __init__(
        self,
        workers: int = 2,
        seconds: float = 10.0,
        memory: int = 120_000_000,
        *,
        tool: object = None,
        background: bool = False,
    ) -> None:
        # forkserver: workers are forked from a small, single-threaded process that has the libraries loaded, never from
        # this one, which has a database open.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["monitor.parse", "monitor.extract.preload", "monitor.pipeline"])
        # Each worker would run the script that we are once more, and import all of the program with it: 50 MB and a
        # second for nothing, since stages are found by their modules' names.
        if (script := sys.modules["__main__"]).__spec__ is None:
            script.__file__ = None
        self.seconds, self._memory = seconds, memory
        self._clock = None if background else seconds * CLOCK_TO_CPU
        self._starting, self._running = asyncio.Lock(), False
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=0 if tool is not None else 500,
            initializer=_set_up,
            initargs=(tool, background),
            context=context,
        )

    async def run(self, stage: Callable[..., T], *args: object, **kwargs: object) -> T:
        try:
            async with self._starting:
                if not self._running:  # takes seconds; in this thread, every connection's time would go by meanwhile
                    self._running = await asyncio.to_thread(lambda: self._pool.active)
            walled = (self.seconds, self._memory, stage, args, kwargs)
            future = self._pool.schedule(_walled, args=walled, timeout=self._clock)
        except RuntimeError as error:  # pebble's word for a pool whose processes cannot be started
            # It says to nobody why. A socket's path has 107 bytes, and multiprocessing takes 32 (Python 3.14 makes do).
            words = "is memory short, or the path in TMPDIR longer than 75 characters?"
            raise SandboxLost(f"no process can be started to read pages in; {words}") from error
        try:
            result: T = await asyncio.wrap_future(future)
        except (StageTimeout, ProcessExpired) as error:
            ends = {-signal.SIGPROF: f"took longer than {self.seconds:g} seconds", NO_MEMORY: "needed too much memory"}
            code = -signal.SIGPROF if isinstance(error, StageTimeout) else error.exitcode
            raise StageFailed(stage.__name__, ends.get(code, "its process died")) from error
        except Exception as error:
            # The message may quote the text it choked on, and with it a name: only the kind of error is kept.
            log.debug("stage %s failed", stage.__name__, exc_info=error)
            place = "\n".join(_CODE_LINE.findall(str(error.__cause__)))
            raise StageFailed(stage.__name__, f"failed with {type(error).__name__}", place) from error
        return result

    async def __aenter__(self) -> ProcessSandbox:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        await asyncio.to_thread(self._pool.join)


_CODE_LINE = re.compile(r'File "[^"\n]+", line \d+, in \S+')
_tool: object = None  # of this process


def _set_up(tool: object, background: bool) -> None:
    """Prepare a new process for its stages."""
    global _tool  # noqa: PLW0603  # a process is handed it once, not with every call
    logging.disable()
    _tool = tool
    if background:
        os.nice(LOWEST_PRIORITY)


def _walled(seconds: float, memory: int, stage: Callable[..., T], args: Sequence[Any], kwargs: Mapping[str, Any]) -> T:
    """Run a stage; the kernel ends it when its time or memory is used up, in whatever C loop it is.

    Between stages there is no limit: a worker that could not take in its next task would take the whole pool with it.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
    _limit_memory(memory)
    try:
        return stage(*args, **kwargs) if _tool is None else stage(_tool, *args, **kwargs)
    except MemoryError:
        os._exit(NO_MEMORY)  # what is left of it may be in pieces, and the next page wants a whole one
    finally:
        _limit_memory(None)
        signal.setitimer(signal.ITIMER_PROF, 0)


def _limit_memory(more: int | None) -> None:
    """Allow this process `more` bytes of address space than it has now; None: what it likes."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return  # no /proc (macOS): the time limit alone guards
    _, most = resource.getrlimit(resource.RLIMIT_AS)  # ulimit -v, where somebody set it
    limit = most if more is None else pages * resource.getpagesize() + more
    if most != resource.RLIM_INFINITY:
        limit = min(limit, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))
