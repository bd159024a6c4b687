"""`monitor work`: the cycle of cron in a process that stays, at the digest's hour too, and whatever goes wrong for a while."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kit.databases import Server
from kit.home import Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web
from monitor.app.runs import MAX_PAUSE, MIN_PAUSE, ingest, next_run, run_forever
from monitor.errors import StoreError
from monitor.home import Home
from monitor.model import Outcome, Run

NIGHT = datetime(2026, 11, 24, 1, 50, tzinfo=UTC)  # ten minutes before eight in Bishkek
COURT = (
    "A court in Bishkek extended the arrest of Melis Tokoev on Tuesday, and his lawyers said they would appeal. " * 4
)


class Enough(Exception):
    """The test has seen what it wanted."""


def cycles(app, clock: Clock, times: int, between=lambda _: None) -> tuple[list[Run], list[str], list[float]]:
    runs: list[Run] = []
    troubles: list[str] = []
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == times:
            raise Enough
        clock.now += timedelta(seconds=seconds)
        between(len(pauses))

    with pytest.raises(Enough):
        run_forever(app, pause, on_run=lambda run, _: runs.append(run), on_trouble=troubles.extend)
    return runs, troubles, pauses


def test_news_is_found_in_the_cycle_after_it_appears(tmp_path: Path) -> None:
    pieces = [Piece("snow", "Snow on Thursday", "Snow is expected in the north of the country on Thursday. " * 5)]
    clock = Clock(NIGHT)
    with Web(Outlet("post", "en", pieces), now=NIGHT) as web:
        app = open_app(furnish(tmp_path, web), clock)

        def appear(after: int) -> None:
            if after == 1:
                pieces.insert(0, Piece("court", "Court extends arrest", COURT))

        runs, troubles, pauses = cycles(app, clock, 6, appear)
        app.close()
    assert troubles == []
    assert sum(run.outcomes.get(Outcome.QUEUED, 0) for run in runs) == 1
    assert all(MIN_PAUSE.total_seconds() <= seconds <= MAX_PAUSE.total_seconds() for seconds in pauses)


def test_work_wakes_at_the_digests_hour_and_not_a_quarter_of_an_hour_later(tmp_path: Path) -> None:
    clock = Clock(NIGHT)
    with Web(Outlet("post", "en"), now=NIGHT) as web:
        home = furnish(tmp_path, web)
        app = open_app(home, clock)
        app.ingest()
        assert next_run(app, clock()) > NIGHT + timedelta(minutes=10)  # nobody wants a mail
        app.close()
        with (home / "monitor.env").open("a") as settings:
            settings.write("MONITOR_SMTP_URL=smtp://127.0.0.1:9\nMONITOR_DIGEST_TO=anna@example.org\n")
        app = open_app(home, clock)
        assert next_run(app, clock()) == NIGHT + timedelta(minutes=10)
        app.close()


def test_what_goes_wrong_for_a_while_is_told_and_the_next_cycle_comes_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(NIGHT)
    with Web(Outlet("post", "en", [Piece("court", "Court extends arrest", COURT)]), now=NIGHT) as web:
        app = open_app(furnish(tmp_path, web), clock)
        failures = iter([StoreError("the disk is full", 75)])

        def at_first_full(home: Home) -> Run:
            for failure in failures:
                raise failure
            return ingest(home)

        monkeypatch.setattr("monitor.app.runs.ingest", at_first_full)
        runs, troubles, _ = cycles(app, clock, 2)
        app.close()
    assert [run.outcomes for run in runs] == [{Outcome.QUEUED: 1}]
    assert troubles == ["the disk is full"]


@pytest.mark.soak
def test_a_signal_ends_it_at_once(tmp_path: Path) -> None:
    with Web(Outlet("post", "en", [Piece("court", "Court extends arrest", COURT)])) as web:
        home = furnish(tmp_path, web)
        program = Path(sys.executable).with_name("monitor")
        worker = subprocess.Popen(
            [program, "--home", home, "work"], stdout=subprocess.PIPE, text=True, env={**os.environ, "LANG": "C"}
        )
        assert worker.stdout
        line = worker.stdout.readline()
        assert "1 source, 1 new article, 1 queued" in line
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=300) in {-signal.SIGTERM, 0}  # it would sleep for a quarter of an hour


@pytest.mark.check
def test_a_second_worker_on_one_postgresql_is_refused_until_the_first_ends(tmp_path: Path, postgresql: Server) -> None:
    postgresql.run("CREATE DATABASE two_at_work")
    with Web(Outlet("post", "en"), now=NIGHT) as web:
        homes = [furnish(tmp_path / name, web) for name in ("one", "two")]
        for home in homes:
            with (home / "monitor.env").open("a") as settings:
                settings.write(f"MONITOR_DATABASE_URL={postgresql.url('two_at_work')}\n")
        one, two = (open_app(home, Clock(NIGHT)) for home in homes)
        refused: list[StoreError] = []

        def second(_: int) -> None:
            with pytest.raises(StoreError, match="--jobs") as error:
                cycles(two, Clock(NIGHT), 1)
            refused.append(error.value)

        cycles(one, one.clock, 2, second)
        assert len(refused) == 1 and two.store.runs.last() == one.store.runs.last()
        assert len(cycles(two, two.clock, 1)[0]) == 1
        one.close()
        two.close()
