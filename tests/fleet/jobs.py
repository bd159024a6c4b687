"""A PostgreSQL with the tables of jobs for each test, and work of a fleet that only writes down what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import psycopg
from procrastinate import App

from kit.databases import Server
from monitor.fleet.engine import make_engine
from monitor.model import Queue

_numbers = count(1)


@dataclass
class Ledger:
    """Work of a fleet that notes each slice; `hold` keeps a slice busy until it is set."""

    due: dict[Queue, list[int]] = field(default_factory=dict)
    done: list[tuple[Queue, int]] = field(default_factory=list)
    busy: list[int] = field(default_factory=list)
    _busy_keys: list[str] = field(default_factory=list)  # what no other job may ask meanwhile
    overlaps: int = 0
    homes: int = 0
    hold: asyncio.Event | None = None
    began: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    async def due_slices(self, queue: Queue) -> Sequence[int]:
        return self.due.get(queue, [])

    async def work_on_slice(self, queue: Queue, number: int) -> None:
        # Rechecks and ranges of the archive keep only each other apart.
        key = str(number) if queue in {Queue.VISITS, Queue.PAGES} else f"{queue}:{number}"
        self.overlaps += key in self._busy_keys
        self._busy_keys.append(key)
        self.busy.append(number)
        self.began.set()
        try:
            if self.error:
                raise self.error
            await (self.hold.wait() if self.hold else asyncio.sleep(0.02))
            self.done.append((queue, number))
        finally:
            self.busy.remove(number)
            self._busy_keys.remove(key)

    async def file(self) -> None: ...

    async def send_alerts(self) -> None: ...

    async def tend_home(self) -> None:
        self.homes += 1


def fresh_database(server: Server, template: str) -> str:
    """Return the name of a new database with all tables."""
    name = f"jobs_{next(_numbers)}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


@dataclass
class Rows:
    """The rows of the engine, as somebody at psql sees and changes them."""

    dsn: str

    def __call__(self, statement: str, values: Mapping[str, Any] | None = None) -> list[Any]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("SET search_path TO procrastinate")
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def jobs(self) -> list[tuple[str, str]]:
        """(queueing lock, status) of each job on a slice, in their order; workers defer what is periodic meanwhile."""
        return self("SELECT queueing_lock, status::text FROM procrastinate_jobs WHERE task_name = 'slice' ORDER BY id")

    def taken_by_a_worker(self, heartbeat: str = "0 s") -> int:
        """Return the number of the job that a worker takes whose last heartbeat was this long ago."""
        ((worker,),) = self(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %(ago)s::interval) RETURNING id",
            {"ago": heartbeat},
        )
        ((job,),) = self("SELECT id FROM procrastinate_fetch_job_v2(NULL, %(worker)s)", {"worker": worker})
        return int(job)


@asynccontextmanager
async def engine(url: str, work: Any, machine: str = "here:1") -> AsyncIterator[App]:
    app = make_engine(url, machine, work)
    async with app.open_async():
        yield app


async def work_off(app: App, *queues: str) -> None:
    """Run jobs until none is left."""
    await app.run_worker_async(queues=[*queues] or None, wait=False, concurrency=8)
