"""A process of a fleet: the jobs of the engine, done by its slice worker, until a signal stops it."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial

from monitor.app.run_alerts import send_alerts
from monitor.app.runs import ClosedWatchFailed, tend_home
from monitor.errors import TRY_AGAIN, InputError, MonitorError, SandboxLost, StoreError
from monitor.fleet.engine import make_engine, run_engine
from monitor.fleet.slice_worker import SliceWorker
from monitor.home import Home
from monitor.model import Queue

SLICES_AT_ONCE = 4  # few, because each slice asks many hosts at once
# Of a job that files or rescans; its last batch may make it a minute. By then the next job waits.
BACKLOG_SECONDS = 55
RANGES_AT_ONCE = 8  # jobs over the archive in the whole fleet; a machine takes one at a time

WATCHDOG_SECONDS, WATCHDOG_FED_EVERY = 10 * 60, 30  # the kernel ends a process whose loop hangs this long
MOST_CLOCK_DIFFERENCE = timedelta(minutes=1)


class WrongClock(MonitorError):
    """A clock of this machine that is not that of the database server: alerts and digests of all would wait for it."""

    exit_code = TRY_AGAIN


@dataclass(slots=True)
class ProcessWork:
    """The work of a fleet as one process does it. Everything that waits for the database runs in a thread."""

    home: Home
    worker: SliceWorker
    stopping: asyncio.Event
    on_trouble: Callable[[str], None]
    loss: SandboxLost | None = None  # set when no stage can run any more, which ends the process

    async def due_slices(self, queue: Queue) -> Sequence[int]:
        store = self.home.store
        if queue is Queue.ARCHIVE:  # the number of an archive job means nothing: each takes the next range
            return range(RANGES_AT_ONCE) if await asyncio.to_thread(store.archive.pending_rescan) else ()
        return await asyncio.to_thread(store.claims.due_slices, queue, self.home.clock())

    async def work_on_slice(self, queue: Queue, number: int) -> None:
        try:
            if queue is Queue.ARCHIVE:
                await self._work_off(self.worker.rescan)
            else:
                await self.worker.read(queue, number)
        except SandboxLost as loss:
            self.loss = loss
            self.stopping.set()
            raise

    async def file(self) -> None:
        # Each call is short, and a stop waits for one call at most.
        await self._work_off(lambda _: asyncio.to_thread(self.worker.file))

    async def _work_off(self, call: Callable[[Callable[[], bool]], Awaitable[int]]) -> None:
        """Repeat a call until it finds nothing more to do, or time is up; `call` gets the function that says so."""
        end = time.monotonic() + BACKLOG_SECONDS

        def is_over() -> bool:
            return self.stopping.is_set() or time.monotonic() >= end

        while await call(is_over) and not is_over():
            pass

    async def send_alerts(self) -> None:
        await self._at_home(partial(send_alerts, self.home))

    async def tend_home(self) -> None:
        await self._at_home(partial(tend_home, self.home))

    async def _at_home(self, call: Callable[[], Sequence[str]]) -> None:
        try:
            problems = await asyncio.to_thread(call)
        except MonitorError as error:
            for problem in error.run.problems if isinstance(error, ClosedWatchFailed) else ():
                self.on_trouble(problem)
            self.on_trouble(str(error))
            raise
        for problem in problems:
            self.on_trouble(problem)


async def work_in_fleet(home: Home, on_trouble: Callable[[str], None]) -> None:
    """Do jobs until SIGINT or SIGTERM; then end running ones within `GRACE_SECONDS`, and leave the rest due.

    Only a machine whose home has feeds.yaml reads the lists and mails. Raises InputError on SQLite, SandboxLost,
    WrongClock.
    """
    settings = home.settings
    if not settings.database_url.startswith("postgresql"):
        raise InputError("one machine at a time works on a SQLite file; `monitor db migrate` moves it to PostgreSQL")
    _check_clock(home)
    stopping = asyncio.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop, stopping.set)
    watchdog = asyncio.create_task(_feed_watchdog(home, stopping))
    try:
        async with SliceWorker(home) as worker:
            work = ProcessWork(home, worker, stopping, on_trouble)
            engine = make_engine(settings.database_url, worker.name, work)
            await run_engine(engine, SLICES_AT_ONCE, stopping, on_trouble, has_lists=settings.feeds.is_file())
            # The engine does not pass on the error of a job, so the loss is raised here.
            if work.loss:
                raise work.loss
            if watchdog.done():
                watchdog.result()
    finally:
        stopping.set()  # after an error, too: a range of the archive is left in its thread
        watchdog.cancel()
        signal.alarm(0)


async def _feed_watchdog(home: Home, stopping: asyncio.Event) -> None:
    """Feed the watchdog and look at the clock, until that is wrong: then stop the process. Raises WrongClock."""
    while True:
        # SIGALRM has no handler, so the kernel ends the process even if the loop never runs again.
        signal.alarm(WATCHDOG_SECONDS)
        await asyncio.sleep(WATCHDOG_FED_EVERY)
        try:
            with suppress(StoreError):  # the engine waits for the database
                await asyncio.to_thread(_check_clock, home)
        except WrongClock:
            stopping.set()
            raise


def _check_clock(home: Home) -> None:
    own_time, server_time = home.clock(), home.store.claims.server_time()
    if abs(own_time - server_time) > MOST_CLOCK_DIFFERENCE:
        raise WrongClock(
            f"the clock of this machine shows {own_time:%Y-%m-%d %H:%M} UTC and that of the database server "
            f"{server_time.astimezone(UTC):%Y-%m-%d %H:%M}; set the wrong one (NTP), then start this again"
        )
