"""A process of a fleet: the jobs of the engine, done by the slice worker of `app`, until a signal stops it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.app.clock import Clock
from monitor.app.ingest.service import IngestService
from monitor.app.ingest.slice_worker import SliceWorker
from monitor.config import Settings
from monitor.errors import InputError, SandboxLost
from monitor.jobs.engine import make_engine, run_engine
from monitor.model import Queue
from monitor.store import Store

WATCHDOG_SECONDS, WATCHDOG_FED_EVERY = 10 * 60, 30  # a process whose loop hangs so long is ended by the kernel


@dataclass(slots=True)
class ProcessWork:
    """The work of a fleet as one process does it. Everything that waits for the database runs in a thread."""

    store: Store
    clock: Clock
    worker: SliceWorker
    home: IngestService
    stopping: asyncio.Event
    on_trouble: Callable[[str], None]
    loss: SandboxLost | None = None  # ends the process: no stage can run in it any more

    async def due_slices(self, queue: Queue) -> Sequence[int]:
        return await asyncio.to_thread(self.store.claims.due_slices, queue, self.clock())

    async def work_on_slice(self, queue: Queue, number: int) -> None:
        try:
            await self.worker.read(queue, number)
        except SandboxLost as loss:
            self.loss = loss
            self.stopping.set()
            raise

    async def file(self) -> None:
        await asyncio.to_thread(self.worker.file)

    async def tend_home(self) -> None:
        for problem in await asyncio.to_thread(self.home.tend_home):
            self.on_trouble(problem)


async def work_in_fleet(
    settings: Settings, store: Store, clock: Clock, slices_at_once: int, on_trouble: Callable[[str], None]
) -> None:
    """Do jobs until SIGINT or SIGTERM; then end what runs within `GRACE_SECONDS`, and leave the rest due.

    Only a machine whose home has feeds.yaml reads the lists and mails. Raises InputError on SQLite, SandboxLost.
    """
    if settings.database_file is not None or not settings.database_url.startswith("postgresql"):
        raise InputError("one machine at a time works on a SQLite file; `monitor db migrate` moves it to PostgreSQL")
    stopping = asyncio.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop, stopping.set)
    watchdog = asyncio.create_task(_feed_watchdog())
    try:
        async with SliceWorker(settings, store, clock) as worker:
            home = IngestService(settings, store, clock, worker.stored_watchlist)
            work = ProcessWork(store, clock, worker, home, stopping, on_trouble)
            engine = make_engine(settings.database_url, worker.name, work)
            await run_engine(engine, slices_at_once, stopping, on_trouble, has_lists=settings.feeds.is_file())
            if work.loss:
                raise work.loss
    finally:
        watchdog.cancel()
        signal.alarm(0)


async def _feed_watchdog() -> None:
    while True:
        signal.alarm(WATCHDOG_SECONDS)
        await asyncio.sleep(WATCHDOG_FED_EVERY)
