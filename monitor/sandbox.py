"""I/O: processes. Runs pure stages in processes that can be killed: a page that exhausts time or memory ends one trip.

The only module that imports pebble.
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
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessPool

from monitor.errors import SandboxLost, StageFailed

T = TypeVar("T")

log = logging.getLogger(__name__)

# Seconds between pebble's SIGTERM and SIGKILL; a stage in a C loop ignores the first.
CONSTS.term_timeout = 0.5
# Elapsed time allowed per second of CPU time, for a busy machine.
CLOCK_TO_CPU = 4
STAGES_A_PROCESS = 100  # pages leave a process in pieces that it cannot return: 40 MB after some hundreds
NO_MEMORY = 77  # exit code of a worker that ran out of memory
LOWEST_PRIORITY = 19
# Loaded once, in the process that all workers are forked from.
_SHARED = ["monitor.sandbox", "monitor.ingest.fork_server"]


class ProcessSandbox:
    """Warm processes that run stages under limits, each one at a time; another takes the place of one that dies.

    A call may use `seconds` of CPU time, and `memory` bytes more than its process already has. CPU time is limited
    instead of elapsed time, because a good page takes longer on a busy machine. Elapsed time is limited to four times
    that, which ends a stage that sleeps.

    `tool`: a value that a process receives once, at its start, and each stage as its first argument; `prepare` is then
    called there, without limits. `background`: at the lowest priority, without a limit of elapsed time.
    """

    def __init__(
        self,
        seconds: float = 10.0,
        memory: int = 120_000_000,
        *,
        processes: int = 1,
        tool: object = None,
        prepare: Callable[[], None] | None = None,
        background: bool = False,
    ) -> None:
        # forkserver: workers are forked from a small, single-threaded process with the libraries loaded, never from
        # this one, which has an open database.
        # It starts as `python -c`, which would import a `lxml.py` that lies in the current folder.
        os.environ["PYTHONSAFEPATH"] = "1"
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_SHARED)
        # Otherwise each worker would run our script again: multiprocessing does so wherever it has its path.
        if (script := sys.modules["__main__"]).__spec__ is None:
            script.__file__ = None
        self.seconds, self._memory = seconds, memory
        self._clock = None if background else seconds * CLOCK_TO_CPU
        self._starting, self._running = asyncio.Lock(), False
        # A pool that breaks loses all stages it has: it gets no more than its processes can begin.
        self._idle = asyncio.Semaphore(processes)
        self._make_pool = partial(
            ProcessPool,
            max_workers=processes,
            max_tasks=0 if tool is not None else STAGES_A_PROCESS,
            initializer=_set_up,
            initargs=(tool, prepare, background),
            context=context,
        )
        self._pool = self._make_pool()

    async def run(self, stage: Callable[..., T], *args: object, **kwargs: object) -> T:
        """Run a stage in the process that is idle first. Raises StageFailed and SandboxLost, as the port says."""
        async with self._idle:
            return await self._run(stage, args, kwargs)

    async def _run(self, stage: Callable[..., T], args: Sequence[Any], kwargs: Mapping[str, Any]) -> T:
        try:
            async with self._starting:
                if self._running and not self._pool.active:  # broken
                    await self.__aexit__()
                    self._pool, self._running = self._make_pool(), False
                if not self._running:  # takes seconds: in this thread, open connections would time out
                    self._running = await asyncio.to_thread(lambda: self._pool.active)
            limited_call = (self.seconds, self._memory, stage, args, kwargs)
            future = self._pool.schedule(_run_limited, args=limited_call, timeout=self._clock)
        except RuntimeError as error:  # pebble raises it when no process can be started
            # The error gives no cause. A socket path holds 107 bytes; multiprocessing takes 32 (until Python 3.14).
            hint = "is memory short, or the path in TMPDIR longer than 75 characters?"
            raise SandboxLost(f"no process can be started to read pages in; {hint}") from error
        try:
            result: T = await asyncio.wrap_future(future)
        except BrokenProcessPool as error:
            # On a busy machine pebble may see that a process died before it reads that the process had taken a stage.
            raise StageFailed(stage.__name__, "its process died") from error
        except (StageTimeout, ProcessExpired) as error:
            causes = {
                -signal.SIGPROF: f"took longer than {self.seconds:g} seconds",
                NO_MEMORY: "needed too much memory",
            }
            code = -signal.SIGPROF if isinstance(error, StageTimeout) else error.exitcode
            raise StageFailed(stage.__name__, causes.get(code, "its process died")) from error
        except Exception as error:
            # The message may quote the text it choked on, and with it a name: only the error's type is kept.
            log.debug("stage %s failed", stage.__name__, exc_info=error)
            place = "\n".join(_CODE_LINE.findall(str(error.__cause__)))
            raise StageFailed(stage.__name__, f"failed with {type(error).__name__}", place) from error
        return result

    async def __aenter__(self) -> ProcessSandbox:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        await asyncio.to_thread(self._pool.join)


def kill_processes() -> None:
    """Kill the processes of all sandboxes of this process, whatever they are doing."""
    for process in multiprocessing.active_children():
        process.kill()


_CODE_LINE = re.compile(r'File "[^"\n]+", line \d+, in \S+')
_tool: object = None  # of this process


def _set_up(tool: object, prepare: Callable[[], None] | None, background: bool) -> None:
    """Prepare a new process for its stages."""
    global _tool  # noqa: PLW0603  # sent once per process, not with every call
    logging.disable()
    _tool = tool
    if background:
        os.nice(LOWEST_PRIORITY)
    if prepare is not None:
        with suppress(Exception):  # it fails again in the first stage, which reports it; here pebble would try for ever
            prepare()


def _run_limited(
    seconds: float, memory: int, stage: Callable[..., T], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> T:
    """Run a stage under limits that the kernel enforces, even inside a C loop.

    Between stages there is no limit: a worker that could not receive its next task would break the whole pool.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
    _limit_memory(memory)
    try:
        return stage(*args, **kwargs) if _tool is None else stage(_tool, *args, **kwargs)
    except MemoryError:
        os._exit(NO_MEMORY)  # its state may be inconsistent; the next page needs a clean process
    finally:
        _limit_memory(None)
        signal.setitimer(signal.ITIMER_PROF, 0)


def _limit_memory(extra_bytes: int | None) -> None:
    """Allow this process `extra_bytes` of address space more than it has now; None removes the limit."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return  # no /proc (macOS): only the time limit applies
    _, hard_limit = resource.getrlimit(resource.RLIMIT_AS)  # a limit set by `ulimit -v`
    limit = hard_limit if extra_bytes is None else pages * resource.getpagesize() + extra_bytes
    if hard_limit != resource.RLIM_INFINITY:
        limit = min(limit, hard_limit)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard_limit))
