"""A worker of a fleet with a role of its own in the database, and nothing but the settings of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from fleet.jobs import Ledger, engine, fresh_database, work_off
from kit.app import App
from kit.articles import COURT, COURT_COPY
from kit.commands import Outcome
from kit.databases import Server
from kit.direct_sandbox import DirectSandbox
from kit.home import Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web
from kit.store import MINUTE, NOW
from monitor.config import load_settings
from monitor.fleet.engine import dispatch, end_stalled_jobs
from monitor.fleet.slice_worker import SliceWorker
from monitor.fleet.worker import ProcessWork
from monitor.model import Queue
from monitor.store import open_store

NAMES = "entities:\n  - id: melis\n    name: Melis Tokoev\n"
CLOSED = "  - {id: aida, name: Aida Kerimova, sensitive: true}\n"
ROLE = "a worker"  # any name that PostgreSQL takes


@pytest.fixture
def home(tmp_path: Path, postgresql: Server, postgresql_with_tables: str, monitor: Callable[..., Outcome]):
    """Return a home on PostgreSQL with a closed watch and a role for workers, and the address of that role."""
    database = fresh_database(postgresql, "template_with_tables")
    with Web(Outlet("post", "en", [Piece("court", "Court extends arrest", COURT)]), now=NOW) as web:
        folder = furnish(tmp_path / "home", web, NAMES + CLOSED)
        with (folder / "monitor.env").open("a") as settings:
            settings.write(
                f"MONITOR_DATABASE_URL={postgresql.url(database)}\nMONITOR_SMTP_URL=smtp://a:b@mail.example\n"
            )
        app = open_app(folder, Clock(NOW))
        app.tend_home()
        outcome = monitor("--home", folder, "db", "worker", ROLE, stdin=b"four plain words\n")
        assert outcome.code == 0, outcome.err
        yield app, web, postgresql.url(database).replace("postgres@", "a%20worker:four%20plain%20words@", 1)
        app.close()


async def worked_off(worker: SliceWorker, app: App, clock: Clock) -> None:
    async with worker:
        for queue in (Queue.VISITS, Queue.PAGES, Queue.RECHECKS):
            for number in app.store.claims.due_slices(queue, clock()):
                await worker.read(queue, number)
        while await worker.rescan():
            pass
        clock.now += 2 * MINUTE
        worker.file()


@pytest.mark.check
def test_a_worker_with_nothing_but_its_role_reads_matches_files_and_rescans_the_archive(home, tmp_path):
    app, web, url = home
    settings = load_settings(tmp_path, {"MONITOR_DATABASE_URL": url, "MONITOR_ALLOW_HOSTS": web.host}, tmp_path)
    worker_app = App(settings, open_store(url, create=False), app.clock, DirectSandbox)
    for _ in range(2):
        asyncio.run(worked_off(SliceWorker(worker_app), app, app.clock))
        web.outlets["post"].pieces[0].text += "\nMelis Tokoev said that he will appeal."
        web.outlets["post"].pieces.append(Piece("copy", "Arrest extended", COURT_COPY))
        (app.settings.home / "watchlist.yaml").write_text(NAMES + "  - Azamat Sultanov\n" + CLOSED, "utf-8")
        app.clock.now += 3000 * MINUTE
        app.tend_home()
    (item,) = app.queue()
    assert len(item.articles) == 2 and [hit.name for hit in item.hits] == ["Melis Tokoev"] * len(item.hits)
    worker_app.close()


def test_its_role_reads_no_account_message_log_or_closed_name_and_changes_no_list(home):
    app, _, url = home
    refused = [f"SELECT * FROM {name}" for name in ("person", "session", "token", "invitation", "audit", "delivery")]
    refused += ["SELECT text FROM mailing", "SELECT * FROM closed.entity", "SELECT * FROM closed.hit"]
    refused += [
        "UPDATE entity SET name = 'x'",
        "DELETE FROM decision",
        "CREATE TABLE x ()",
        "INSERT INTO alias VALUES (1, 9, 'x')",
    ]
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in refused:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    assert app.store.upkeep.check() == ()


def test_it_makes_no_function_that_others_would_call_also_where_everybody_may(home, monitor):
    app, _, url = home
    with psycopg.connect(app.settings.database_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")  # as it is before PostgreSQL 15
    assert monitor("--home", app.settings.home, "db", "worker", ROLE).code == 0
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for schema in ("public", "procrastinate"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"CREATE FUNCTION {schema}.lower(varchar) RETURNS text LANGUAGE sql RETURN 'x'")


@pytest.mark.check
async def test_the_job_engine_runs_with_its_role(home):
    app, _, url = home
    stopping = asyncio.Event()
    async with engine(url, ProcessWork(app, SliceWorker(app), stopping, print)) as jobs:
        assert await dispatch(jobs, Ledger({Queue.VISITS: [1, 2]})) == 2
        await end_stalled_jobs(jobs)
    ledger = Ledger()
    async with engine(url, ledger) as jobs:
        await work_off(jobs, *Queue)
    assert sorted(number for _, number in ledger.done) == [1, 2]


def test_a_role_is_made_with_a_password_alone_and_on_postgresql_alone(monitor, tmp_path, home):
    app, _, _ = home
    outcome = monitor("--home", app.settings.home, "db", "worker", "nobody_yet")
    assert outcome.code == 2 and "password" in outcome.err
    second_outcome = monitor("--home", app.settings.home, "db", "worker", ROLE)
    assert second_outcome.code == 0, second_outcome.err
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "feeds.yaml").write_text("feeds: []\n")
    (tmp_path / "other" / "watchlist.yaml").write_text(NAMES)
    assert monitor("--home", tmp_path / "other", "db", "worker", ROLE).code == 2
