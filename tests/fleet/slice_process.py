"""A worker of a fleet as a process of its own: python -m fleet.slice_process HOME SEED LEASE [home].

It takes slices with due work in any order, without an engine that keeps two workers off one slice, until none is left.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
import time
from datetime import timedelta
from pathlib import Path

from kit.fetchers import public_loopback
from kit.home import DirectSandbox
from monitor.clock import now_utc
from monitor.config import load_settings
from monitor.errors import StoreError
from monitor.fleet.slice_worker import SliceWorker
from monitor.home import Home
from monitor.model import Queue
from monitor.store import open_store

IDLE_ROUNDS, JOBS_AT_ONCE, LONGEST, SOON = 4, 3, 240, timedelta(minutes=20)


async def work(home: Path, seed: int, lease: timedelta) -> None:
    dice, idle, until = random.Random(seed), 0, time.monotonic() + LONGEST
    # Each by its own name, so that the log of a server tells them apart.
    settings = load_settings(home, {"MONITOR_USER_AGENT": f"worker-{seed}"}, home)
    store = open_store(settings.database_url)
    async with SliceWorker(Home(settings, store, now_utc, DirectSandbox), lease) as worker:
        while idle < IDLE_ROUNDS and time.monotonic() < until:
            now = now_utc()
            due = [(queue, n) for queue in Queue for n in store.claims.due_slices(queue, now)]
            # What another worker had, and what waits for a host, is due soon.
            soon = any(store.claims.due_work(queue, now + SOON)[0] for queue in Queue)
            await asyncio.gather(*(read(worker, *job) for job in dice.sample(due, min(JOBS_AT_ONCE, len(due)))))
            idle = 0 if soon else idle + 1
            await asyncio.sleep(0 if due else 0.25)
    store.close()


async def read(worker: SliceWorker, queue: Queue, number: int) -> None:
    """Do a job; as in the engine, one that fails ends no worker. A machine that stops may hold a lock for too long."""
    try:
        await worker.read(queue, number)
    except StoreError as error:
        logging.warning("%s of slice %d failed: %s", queue, number, error)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    with public_loopback():  # outlets link to each other
        asyncio.run(work(Path(sys.argv[1]), int(sys.argv[2]), timedelta(seconds=float(sys.argv[3]))))
