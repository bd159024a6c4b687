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
from monitor.memory import return_free_memory

T = TypeVar("T")

log = logging.getLogger(__name__)

# Seconds between pebble's SIGTERM and SIGKILL; a stage in a C loop ignores the first.
CONSTS.term_timeout = 0.5
# Seconds between two looks of pebble's threads for dead and late workers; results wake them at once. Its default is a
# tenth, and most of a run waits for the gaps between requests.
CONSTS.sleep_unit = 0.25

# Elapsed time allowed per second of CPU time, for a busy machine.
CLOCK_TO_CPU = 4
STAGES_BETWEEN_TRIMS = 8  # a trim, and what is taken again after it, cost a page a twentieth of its time
NO_MEMORY = 77  # exit code of a worker that ran out of memory
LOWEST_PRIORITY = 19
# Shared by all processes: what reads pages, of which there may be several, and not what matches: one does, and counting
# references would copy much of it there. Modules themselves: the faces of packages load nothing.
_SHARED = [
    "monitor.text.preload", "monitor.sandbox", "monitor.pipeline.matching", "feedparser", "monitor.parse",
    "monitor.extract.preload",
]  # fmt: skip


class ProcessSandbox:
    """A warm process that runs stages under limits, one at a time; another takes its place when it dies.

    A call may use `seconds` of CPU time, and `memory` bytes more than its process already has. CPU time is limited
    instead of elapsed time, because a good page takes longer on a busy machine. Elapsed time is limited to four times
    that, which ends a stage that sleeps.

    `tool`: a value that the process receives once, at its start, and each stage as its first argument; `prepare`, a
    method of the tool, is then called there. `background`: the process runs at the lowest priority, without a limit of
    elapsed time.
    """

    def __init__(
        self,
        seconds: float = 10.0,
        memory: int = 120_000_000,
        *,
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
        # Otherwise each worker would run our script again and import the whole program: 50 MB and a second, needlessly,
        # because pickle finds stages by module name.
        if (script := sys.modules["__main__"]).__spec__ is None:
            script.__file__ = None
        self.seconds, self._memory = seconds, memory
        self._clock = None if background else seconds * CLOCK_TO_CPU
        self._starting, self._running = asyncio.Lock(), False
        self._make_pool = partial(
            ProcessPool,
            max_workers=1,
            max_tasks=0 if tool is not None else 500,
            initializer=_set_up,
            initargs=(tool, prepare, background),
            context=context,
        )
        self._pool = self._make_pool()

    async def run(self, stage: Callable[..., T], *args: object, **kwargs: object) -> T:
        """Run a stage in the process. Raises StageFailed and SandboxLost, as the port says."""
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


class GrowingSandbox:
    """Sandboxes, one at first, and one more whenever a stage has waited for `patience` seconds.

    One process reads pages faster than politeness lets most runs ask for them, and each takes 40 MB. Stages wait so
    long for a page that hangs, or among hundreds. There are `max_processes` at most. None has more than one stage: the
    next one would wait behind a page that hangs while another process is idle.
    """

    def __init__(
        self,
        max_processes: int,
        patience: float = 5.0,
        make_sandbox: Callable[[], ProcessSandbox] = ProcessSandbox,
    ) -> None:
        self._max_processes, self._patience, self._make_sandbox = max_processes, patience, make_sandbox
        self._sandboxes: list[ProcessSandbox] = []
        self._idle = asyncio.Queue[ProcessSandbox]()

    async def run(self, stage: Callable[..., T], *args: object, **kwargs: object) -> T:
        """Run a stage in the sandbox that is idle first. Raises what `ProcessSandbox.run` raises."""
        sandbox = await self._next_idle()
        try:
            return await sandbox.run(stage, *args, **kwargs)
        finally:
            self._idle.put_nowait(sandbox)

    async def _next_idle(self) -> ProcessSandbox:
        if not self._sandboxes:
            self._add_sandbox()
        while (count := len(self._sandboxes)) < self._max_processes:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    return await self._idle.get()
            if count == len(self._sandboxes):  # else one was added while this stage waited
                self._add_sandbox()
        return await self._idle.get()

    def _add_sandbox(self) -> None:
        sandbox = self._make_sandbox()
        self._sandboxes.append(sandbox)
        self._idle.put_nowait(sandbox)

    async def __aenter__(self) -> GrowingSandbox:
        return self

    async def __aexit__(self, *_: object) -> None:
        for sandbox in self._sandboxes:
            await sandbox.__aexit__()


def kill_processes() -> None:
    """Kill the processes of all sandboxes of this process, whatever they are doing."""
    for process in multiprocessing.active_children():
        process.kill()


_CODE_LINE = re.compile(r'File "[^"\n]+", line \d+, in \S+')
_tool: object = None  # of this process
_stages_run = 0


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
        _return_memory()


def _return_memory() -> None:
    """Return what stages left free within the heap; a hundred pages leave 14 MB."""
    global _stages_run  # noqa: PLW0603
    _stages_run += 1
    if _tool is not None or _stages_run % STAGES_BETWEEN_TRIMS == 0:
        return_free_memory()


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
