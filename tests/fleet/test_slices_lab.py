"""Three processes over slices of hosts on one PostgreSQL: polite together, and nothing is lost or stored twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kit.contradictions import contradictions
from kit.databases import Server
from kit.fault_server import ok
from kit.home import open_app
from kit.lab import Lab, Outlet, feed, page, to
from kit.store import row_counts
from monitor.clock import now_utc
from monitor.ingest.filing import file_pending_articles
from monitor.store import tables as t

pytestmark = pytest.mark.soak

GAP = 1.0  # seconds between two requests to a host
TIMES_TOLD = 0.7  # of the gap: a request may be longer on its way than the next one
SHORTENED = 12  # every twelfth outlet uses the shortener
TEXT = "Журналисты обратились в суд с жалобой на отказ в аккредитации, сообщила редакция. Мелис Токоев.\n" * 6
NAMES = "entities: [Мелис Токоев]\n"


def outlets(count: int) -> list[Outlet]:
    """Each has a feed of two pages, of its own and at its neighbour; of some a third is behind a shared shortener."""

    def answers(n: int) -> object:
        def of_lab(lab: Lab) -> dict[str, object]:
            near = lab.url(f"outlet-{(n + 1) % count}", f"/guest-{n}")
            short = [lab.url("short", f"/{n}")] if n % SHORTENED == 0 else []
            text = f"{TEXT}Outlet {n}."
            return {
                "/feed": feed(lab.url(f"outlet-{n}", "/own"), near, *short),
                "/own": page(text, f"Own {n}"),
                "/moved": page(text + " Moved.", f"Moved {n}"),
                f"/guest-{(n - 1) % count}": page(text + " Guest.", f"Guest {n}"),
            }

        return of_lab

    def redirects(lab: Lab) -> dict[str, object]:
        return {f"/{n}": to(lab.url(f"outlet-{n}", "/moved")) for n in range(0, count, SHORTENED)} | {"/feed": ok()}

    hosts = [Outlet(f"outlet-{n}", answers(n), allowed=False) for n in range(count)]
    return [*hosts, Outlet("short", redirects, allowed=False, listed=False)]


@contextmanager
def workers(home: Path, count: int, lease: float) -> Iterator[list[subprocess.Popen[bytes]]]:
    started = [start(home, seed, lease) for seed in range(count)]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def start(home: Path, seed: int, lease: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "fleet.slice_process", str(home), str(seed), str(lease)]
    # By its path: PYTHONSAFEPATH, which a sandbox of an earlier test sets, leaves out the current folder.
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with (home / f"worker-{seed}.txt").open("ab") as out:
        return subprocess.Popen(command, env=environ, stdout=out, stderr=out)


def closest(lab: Lab, *, of_two_workers: bool) -> float:
    """Return the shortest time between two requests to a host, by its server's log, of one worker and of two."""
    requests = [sorted((at, headers["user-agent"]) for _, headers, at in s.requests) for s in lab.servers.values()]
    pairs = [pair for of_host in requests for pair in pairwise(of_host)]
    return min(
        after - before for (before, one), (after, second_worker) in pairs if (one != second_worker) is of_two_workers
    )


def until_ended(processes: list[subprocess.Popen[bytes]], seconds: float) -> None:
    end = time.monotonic() + seconds
    for process in processes:
        process.wait(max(0.1, end - time.monotonic()))


@pytest.mark.parametrize("disturbed", [False, True])
def test_three_processes_ask_no_host_sooner_than_its_gap_and_read_all(tmp_path, postgresql: Server, disturbed: bool):
    count, lease = 60, 12 if disturbed else 30
    postgresql.run(f"CREATE DATABASE lab_fleet_{disturbed}".lower())
    with Lab(*outlets(count)) as lab:
        url = postgresql.url(f"lab_fleet_{disturbed}".lower())
        settings = (f"HOST_GAP={GAP}", f"DATABASE_URL={url}", "REVISIT=none")
        home = lab.home(tmp_path / "home", NAMES, settings)
        app = open_app(home)
        app.tend_home()
        dice = random.Random(20261127)
        with workers(home, 3, lease) as processes:
            for n in range(4 if disturbed else 0):
                time.sleep(4)
                victim = dice.randrange(3)
                # One is stopped for longer than its lease, the others are killed.
                if n == 1:
                    os.kill(processes[victim].pid, signal.SIGSTOP)
                    time.sleep(lease + 2)
                    os.kill(processes[victim].pid, signal.SIGCONT)
                else:
                    processes[victim].kill()
                    processes[victim].wait()
                    processes[victim] = start(home, 10 + n, lease)
            until_ended(processes, 300)
            assert [process.returncode for process in processes] == [0, 0, 0]
    counts = row_counts(app.store)
    pages = 2 * count + len(range(0, count, SHORTENED))
    assert counts["entry"] == pages and counts.get("outcome:pending", 0) == 0
    assert counts["article"] == pages + count  # and what each feed says of the page at its neighbour
    with app.store.database.reading() as connection:
        statuses = connection.execute(select(t.feed.c.status, func.count()).group_by(t.feed.c.status)).all()
    assert [tuple(row) for row in statuses] == [("ok", count)]
    within, between = closest(lab, of_two_workers=False), closest(lab, of_two_workers=True)
    print(
        f"\nshortest time between two requests to a host: {within:.2f} s, of two workers {between:.2f} s; gap {GAP} s"
    )
    assert min(within, between) >= GAP * TIMES_TOLD
    next_hour = now_utc() + timedelta(hours=1)
    filed_count = file_pending_articles(app.store, lambda: next_hour, jobs_gather=True)
    assert filed_count == pages and contradictions(app.store) == []
    assert not app.store.claims.live(next_hour)
    app.close()
