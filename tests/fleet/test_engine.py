"""The job engine on a real PostgreSQL: slices keep hosts apart, and no death of a worker locks one for good."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import procrastinate
import psycopg
import pytest
from procrastinate.exceptions import UniqueViolation

from fleet.jobs import Ledger, Rows, engine, work_off
from monitor.errors import StoreError
from monitor.fleet.engine import GRACE_SECONDS, HOME, dispatch, end_stalled_jobs, make_engine, run_engine
from monitor.model import STALLED_AFTER, Queue

SLICES = {Queue.VISITS: [3, 5], Queue.PAGES: [5], Queue.RECHECKS: [5]}


async def until(condition: Callable[[], Any], seconds: float = 120) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


# ---- dispatch -------------------------------------------------------------------------------------------------------


async def test_each_due_slice_gets_one_job_that_waits(url, rows):
    work = Ledger(SLICES)
    async with engine(url, work) as app:
        assert await dispatch(app, work) == 4
        assert await dispatch(app, work) == 0
    assert rows.jobs() == [("visits:3", "todo"), ("visits:5", "todo"), ("pages:5", "todo"), ("rechecks:5", "todo")]


async def test_a_slice_that_is_worked_on_may_have_one_more_job_that_waits(url, rows):
    work = Ledger({Queue.VISITS: [3]})
    async with engine(url, work) as app:
        await dispatch(app, work)
        rows.taken_by_a_worker()
        assert await dispatch(app, work) == 1
        assert await dispatch(app, work) == 0
    assert rows.jobs() == [("visits:3", "doing"), ("visits:3", "todo")]


async def test_no_job_is_for_later(url, rows):
    work = Ledger(SLICES)
    async with engine(url, work) as app:
        await dispatch(app, work)
    assert rows("SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at IS NOT NULL") == [(0,)]


async def test_a_dispatcher_that_was_overtaken_defers_nothing_and_ends_well(url, rows):
    work = Ledger({Queue.VISITS: [3]})

    class Overtaken(Ledger):
        async def due_slices(self, queue):
            if queue is Queue.RECHECKS:
                await dispatch(app, work)
            return [3] if queue is Queue.VISITS else []

    async with engine(url, work) as app:
        assert await dispatch(app, Overtaken()) == 0
    assert rows.jobs() == [("visits:3", "todo")]


async def test_two_machines_never_work_on_one_slice_at_once_and_leave_no_row(url, rows):
    work = Ledger({queue: list(range(8)) for queue in Queue})
    async with engine(url, work, "one:1") as one, engine(url, work, "two:1") as two:
        await dispatch(one, work)
        # A worker that stops when it is idle may do so while the other holds the lock of what is left.
        while rows.jobs():
            await asyncio.gather(work_off(one, *Queue), work_off(two, *Queue))
    assert sorted(work.done) == sorted((queue, number) for queue in Queue for number in range(8))
    assert work.overlaps == 0
    remaining_rows = "SELECT count(*) FROM procrastinate_events AS e JOIN procrastinate_jobs AS j ON j.id = e.job_id"
    assert rows(f"{remaining_rows} WHERE task_name = 'slice'") == [(0,)]


async def test_what_is_periodic_fires_once_in_a_fleet(url, rows):
    async with engine(url, Ledger(), "one:1") as one, engine(url, Ledger(), "two:1") as two:
        task = one.tasks["dispatch"].configure(task_kwargs={"timestamp": 60})
        assert await one.job_manager.defer_periodic_job(task.job, "", 60) is not None
        assert await two.job_manager.defer_periodic_job(task.job, "", 60) is None
    assert rows("SELECT queueing_lock FROM procrastinate_jobs") == [("dispatch",)]


async def test_rechecks_go_on_while_every_place_for_pages_is_taken(url, rows):
    work = Ledger({Queue.PAGES: [1, 2, 3, 4], Queue.RECHECKS: [9]}, hold=asyncio.Event())
    stopping = asyncio.Event()
    async with engine(url, work) as app:
        await dispatch(app, work)
    running = asyncio.create_task(run_engine(app, 4, stopping, pytest.fail))
    await until(lambda: len(work.busy) == 5)
    assert sorted(work.busy) == [1, 2, 3, 4, 9]
    work.hold.set()
    stopping.set()
    await running


async def test_no_visit_waits_behind_a_recheck_of_its_slice_that_has_no_place_yet(url, rows):
    work = Ledger({Queue.RECHECKS: [3]})
    async with engine(url, work) as app:
        await dispatch(app, work)
        work.due[Queue.VISITS] = [3]
        await dispatch(app, work)
        await work_off(app, Queue.VISITS)
        assert (work.done, rows.jobs()) == ([(Queue.VISITS, 3)], [("rechecks:3", "todo")])


# ---- dead workers ---------------------------------------------------------------------------------------------------


async def wedged(app: procrastinate.App, work: Ledger, rows: Rows, heartbeat: str) -> int:
    """Let a worker with this heartbeat die over slice 3, for which a second job waits."""
    await dispatch(app, work)
    job = rows.taken_by_a_worker(heartbeat)
    await dispatch(app, work)
    assert rows.jobs() == [("visits:3", "doing"), ("visits:3", "todo")]
    return job


async def test_the_retry_that_the_library_advises_is_refused_for_ever(url, rows):
    """The reason why the sweep ends jobs instead: if this fails, the library has mended it."""
    work = Ledger({Queue.VISITS: [3]})
    async with engine(url, work) as app:
        await wedged(app, work, rows, "10 min")
        for job in await app.job_manager.get_stalled_jobs():
            with pytest.raises(UniqueViolation):
                await app.job_manager.retry_job(job)
        await work_off(app, *Queue)
    assert work.done == []


async def test_the_sweep_frees_the_slice_of_a_dead_worker(url, rows):
    work = Ledger({Queue.VISITS: [3]})
    async with engine(url, work) as app:
        await wedged(app, work, rows, f"{STALLED_AFTER + 1} s")
        assert await end_stalled_jobs(app) == 1
        assert rows.jobs() == [("visits:3", "todo")]
        await work_off(app, *Queue)
    assert work.done == [(Queue.VISITS, 3)]


@pytest.mark.check
async def test_a_worker_whose_heartbeat_is_a_little_late_keeps_its_job(url, rows):
    work = Ledger({Queue.VISITS: [3]})
    async with engine(url, work) as app:
        await wedged(app, work, rows, f"{STALLED_AFTER - 20} s")
        assert await end_stalled_jobs(app) == 0
        await work_off(app, *Queue)  # a worker that starts forgets others as dead, by its own threshold
        assert await end_stalled_jobs(app) == 0
    assert rows.jobs() == [("visits:3", "doing"), ("visits:3", "todo")]


async def test_a_job_whose_worker_was_forgotten_is_ended(url, rows):
    work = Ledger({Queue.VISITS: [3]})
    async with engine(url, work) as app:
        await wedged(app, work, rows, "0 s")
        rows("DELETE FROM procrastinate_workers")
        assert await end_stalled_jobs(app) == 1


@pytest.mark.parametrize("task, minutes, ended", [("slice", 3, 0), ("slice", 5, 1), ("home", 14, 0), ("home", 16, 1)])
async def test_a_job_is_ended_that_runs_for_ever_under_a_live_worker(url, rows, task, minutes, ended):
    work = Ledger({Queue.VISITS: [3]})
    async with engine(url, work) as app:
        await wedged(app, work, rows, "0 s")
        rows(f"UPDATE procrastinate_jobs SET task_name = '{task}' WHERE status = 'doing'")
        rows(f"UPDATE procrastinate_events SET at = now() - interval '{minutes} min' WHERE type = 'started'")
        assert await end_stalled_jobs(app) == ended


async def test_a_job_that_cannot_be_ended_keeps_no_other_from_it(url, rows):
    work = Ledger({Queue.VISITS: [1, 2, 3]})
    async with engine(url, work) as app:
        await dispatch(app, work)
        first, *_ = [rows.taken_by_a_worker("10 min") for _ in range(3)]
        rows(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';"
            f"CREATE TRIGGER refuse BEFORE DELETE ON procrastinate_jobs FOR EACH ROW WHEN (OLD.id = {first})"
            " EXECUTE FUNCTION refuse()"
        )
        assert await end_stalled_jobs(app) == 2
    assert rows.jobs() == [("visits:1", "doing")]


async def test_failed_jobs_are_seen_for_a_day_and_then_forgotten(url, rows):
    work = Ledger({Queue.VISITS: [3]}, error=StoreError("the disk is full"))
    async with engine(url, work) as app:
        await dispatch(app, work)
        await work_off(app, *Queue)
        await end_stalled_jobs(app)
        assert rows.jobs() == [("visits:3", "failed")]
        rows("UPDATE procrastinate_events SET at = now() - interval '25 hours'")
        await end_stalled_jobs(app)
    assert rows.jobs() == []


@pytest.mark.check
async def test_an_error_in_one_slice_keeps_no_other_from_its_work(url, rows):
    work = Ledger({Queue.VISITS: [3]}, error=RuntimeError("a bug of ours"))
    async with engine(url, work) as app:
        await dispatch(app, work)
        await work_off(app, *Queue)
        work.error = None
        assert await dispatch(app, work) == 1  # the failed job blocks neither lock
        await work_off(app, *Queue)
    assert work.done == [(Queue.VISITS, 3)]


# ---- stopping, and the database away --------------------------------------------------------------------------------


@pytest.mark.check
async def test_a_worker_that_is_stopped_waits_for_its_jobs(url, rows):
    work = Ledger({Queue.VISITS: [3]}, hold=asyncio.Event())
    stopping = asyncio.Event()
    async with engine(url, work) as app:
        await dispatch(app, work)
    running = asyncio.create_task(run_engine(app, 2, stopping, pytest.fail))
    await work.began.wait()
    # A worker that is cancelled while it signs in leaves its row to the sweep.
    await until(lambda: rows("SELECT count(*) FROM procrastinate_workers") == [(4,)])
    stopping.set()
    await asyncio.sleep(0.2)
    assert not running.done()
    work.hold.set()
    await running
    assert work.done == [(Queue.VISITS, 3)]
    assert rows("SELECT count(*) FROM procrastinate_workers") == [(0,)]


@pytest.mark.check
async def test_a_job_that_outlasts_the_grace_is_cut_off_and_its_slice_is_free(url, rows):
    assert GRACE_SECONDS < STALLED_AFTER / 2  # heartbeats stop before the drain
    work = Ledger({Queue.VISITS: [3]}, hold=asyncio.Event())
    stopping = asyncio.Event()
    async with engine(url, work) as app:
        await dispatch(app, work)
    app.worker_defaults["shutdown_graceful_timeout"] = 0.2
    running = asyncio.create_task(run_engine(app, 2, stopping, pytest.fail))
    await work.began.wait()
    stopping.set()
    await running
    assert (work.done, work.busy) == ([], [])
    statuses = [status for _, status in rows.jobs()]
    assert "aborted" in statuses and "doing" not in statuses


async def test_a_worker_that_misses_its_cancellation_is_cancelled_again(url):
    began, stopping, cancellations = asyncio.Event(), asyncio.Event(), []

    async def goes_on_once(**_: object) -> None:
        began.set()
        while len(cancellations) < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancellations.append(1)

    app = make_engine(url, "here:1", Ledger())
    app.worker_defaults["shutdown_graceful_timeout"] = -1.9  # two seconds less
    app.run_worker_async = goes_on_once
    running = asyncio.create_task(run_engine(app, 2, stopping, pytest.fail))
    await began.wait()
    stopping.set()
    await asyncio.wait_for(running, 60)
    assert len(cancellations) >= 2


@pytest.mark.check
async def test_a_worker_goes_on_after_the_server_ended_all_its_connections(
    url, rows, postgresql, database, monkeypatch
):
    work, stopping, troubles = Ledger({Queue.VISITS: [3]}), asyncio.Event(), []
    app = make_engine(url, "here:1", work)
    app.periodic(cron="* * * * * *", periodic_id="each second")(app.tasks["dispatch"])  # beside that of each minute
    app.worker_defaults["fetch_job_polling_interval"] = 0.1
    monkeypatch.setattr("monitor.fleet.engine.RETRY_SECONDS", 0.1)
    running = asyncio.create_task(run_engine(app, 2, stopping, troubles.append))
    await until(lambda: rows("SELECT count(*) FROM procrastinate_workers") == [(4,)])
    for _ in range(2):
        # A job whose end is not stored keeps its slice until it counts as stalled, which other tests are about.
        await until(lambda: rows("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == [(0,)])
        postgresql.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
        work.done.clear()
        await until(lambda: (Queue.VISITS, 3) in work.done)  # its own dispatcher defers it
    stopping.set()
    await running


# ---- the schema -----------------------------------------------------------------------------------------------------


async def test_no_writer_pays_for_a_notification(url, rows, postgresql, database):
    work = Ledger(SLICES)
    async with await psycopg.AsyncConnection.connect(postgresql.dsn(database), autocommit=True) as listener:
        await listener.execute("LISTEN procrastinate_any_queue_v1")
        async with engine(url, work) as app:
            await dispatch(app, work)
        assert [notice async for notice in listener.notifies(timeout=0.1)] == []
    assert rows("SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%notify%'") == [(0,)]


def test_the_schema_is_that_of_the_installed_library(rows):
    ((comment,),) = rows("SELECT obj_description('procrastinate'::regnamespace)")
    assert comment == f"procrastinate {procrastinate.__version__}"


@pytest.mark.parametrize("table", ["jobs", "events", "workers"])
def test_the_tables_of_the_engine_are_cleaned_long_before_they_are_mostly_dead_rows(rows, table):
    ((options,),) = rows(f"SELECT reloptions FROM pg_class WHERE relname = 'procrastinate_{table}'")
    assert {"autovacuum_vacuum_scale_factor=0.01", "autovacuum_vacuum_threshold=500"} <= {*options}


async def test_a_connection_is_checked_before_use_and_replaced_in_time(url, postgresql, database):
    async with engine(url, Ledger()) as app:
        assert app.connector.pool.max_idle < app.connector.pool.max_lifetime <= 15 * 60
        await app.connector.execute_query_all_async("SELECT 1")
        postgresql.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
        assert await app.connector.execute_query_all_async("SELECT 2 AS two") == [{"two": 2}]


def test_a_worker_looks_for_jobs_by_itself_every_five_seconds(url):
    app = make_engine(url, "here:1", Ledger())
    assert app.worker_defaults["listen_notify"] is False and app.worker_defaults["fetch_job_polling_interval"] == 5


def test_a_worker_is_registered_under_the_name_of_its_machine(rows):
    rows("SET application_name = 'newsroom-2:17'; SELECT * FROM procrastinate_register_worker_v1()")
    assert rows("SELECT machine FROM procrastinate_workers") == [("newsroom-2:17",)]


@pytest.mark.check
async def test_only_a_machine_with_the_lists_tends_the_home(url, rows):
    work, stopping = Ledger(), asyncio.Event()
    async with engine(url, work) as app:
        await app.tasks["home"].defer_async(timestamp=0)
    running = asyncio.create_task(run_engine(app, 2, stopping, pytest.fail, has_lists=False))
    await until(lambda: rows("SELECT 1 FROM procrastinate_workers"))
    await asyncio.sleep(0.3)
    assert work.homes == 0
    stopping.set()
    await running
    await work_off(await app.open_async(), HOME)
    await app.close_async()
    assert work.homes >= 1
