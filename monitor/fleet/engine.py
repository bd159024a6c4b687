"""I/O: procrastinate. Starts and ends jobs; it knows slices only by their numbers.

One job is a slice of hosts for two minutes at most, never an article, and no job is for later: due times stay in our
tables, and the dispatcher reads them each minute. A job that is lost costs a minute, never a row.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, ProcrastinateException
from procrastinate.jobs import Job, Status

from monitor.bug_log import log_bug
from monitor.errors import MonitorError
from monitor.model import OVERDUE_AFTER, SLICE_OVERDUE_AFTER, STALLED_AFTER, Queue

log = logging.getLogger(__name__)

JOB_SECONDS = 120  # a slice stops by itself
HANGING_AFTER = JOB_SECONDS + 30  # a job is cancelled: its slice hangs
GRACE_SECONDS = 20  # heartbeats stop before the drain: it must end long before STALLED_AFTER
POLL_SECONDS = 5.0
RETRY_SECONDS = 5.0
# Seconds. Until then `monitor doctor --fleet` shows a machine that is gone, unless another one starts meanwhile.
FORGET_WORKERS_AFTER = 10 * 60
FORGET_JOBS_AFTER_HOURS = 24

# Found without heartbeats: a job whose end was lost, as in a restart of the database, hangs under a live worker.
_OVERDUE_JOBS = """
SELECT job.id FROM procrastinate_jobs AS job JOIN procrastinate_events AS event ON event.job_id = job.id
WHERE job.status = 'doing' AND event.type = 'started'
GROUP BY job.id HAVING max(event.at) < now() - make_interval(
    secs => CASE job.task_name WHEN 'slice' THEN %(slice_seconds)s ELSE %(seconds)s END)
"""


# The queues next to those of slices.
FILE, HOME, UPKEEP = "file", "home", "upkeep"


class FleetWork(Protocol):
    """The work of a fleet, as the engine starts it. Every call may be repeated, or run twice at once."""

    async def due_slices(self, queue: Queue) -> Sequence[int]:
        """Return the slices with due work, the longest overdue first."""

    async def work_on_slice(self, queue: Queue, number: int) -> None:
        """Do the due work of a slice, for `JOB_SECONDS` at most."""

    async def file(self) -> None:
        """File the waiting articles, for `JOB_SECONDS` at most."""

    async def send_alerts(self) -> None:
        """Send alerts; on one of the machines that have the lists."""

    async def tend_home(self) -> None:
        """Read the lists, send due messages and keep house; on one of the machines that have the lists."""


def make_engine(database_url: str, machine: str, work: FleetWork) -> App:
    """Return the engine with its tasks; `machine` names this process in `monitor doctor --fleet`."""
    connector = PsycopgConnector(
        # `+psycopg` is SQLAlchemy's: libpq does not know it.
        conninfo=database_url.replace("+psycopg", "", 1),
        # The library checks each connection before use; a bounded life heals what a firewall has forgotten.
        min_size=1,
        max_size=6,
        max_lifetime=10 * 60,
        max_idle=5 * 60,
        # The server fills the column `machine` of the engine's workers from `application_name` (`create_job_engine`).
        kwargs={"application_name": machine, "connect_timeout": 10, "options": "-c search_path=procrastinate"},
    )
    app = App(
        connector=connector,
        worker_defaults={
            # Jobs that ended well are deleted, since the work is in our tables; failed ones are counted for a day.
            "delete_jobs": "successful",
            "listen_notify": False,  # the migration drops the triggers that notify
            "fetch_job_polling_interval": POLL_SECONDS,
            "shutdown_graceful_timeout": GRACE_SECONDS,
            # `work_in_fleet` handles the signals, once for all workers.
            "install_signal_handlers": False,
            # A worker that starts forgets those without a heartbeat, and their jobs count as stalled from then on.
            "stalled_worker_timeout": STALLED_AFTER,
        },
    )
    _add_tasks(app, work)
    return app


def _add_tasks(app: App, work: FleetWork) -> None:
    @app.task(name="slice")
    async def work_on_slice(queue: str, number: int) -> None:
        async with asyncio.timeout(HANGING_AFTER):
            await _guarded(f"slice {number} of {queue}", work.work_on_slice(Queue(queue), number))

    def add_periodic(name: str, cron: str, queue: str, run: Callable[[], Awaitable[Any]], lock: str | None) -> None:
        @app.periodic(cron=cron)
        @app.task(name=name, queue=queue, lock=lock, queueing_lock=name)
        # procrastinate passes the time that was due; the work reads its own clock, as late as it begins.
        async def run_periodically(timestamp: int) -> None:
            await _guarded(name, run())

    add_periodic("dispatch", "* * * * *", UPKEEP, lambda: dispatch(app, work), "dispatch")
    # Several times a minute: a minute is complete when its last page is read, at any second.
    add_periodic("file", "* * * * * */20", FILE, work.file, "file")
    add_periodic("alerts", "* * * * * */20", HOME, work.send_alerts, "alerts")
    add_periodic("home", "*/5 * * * *", HOME, work.tend_home, "home")
    # Without a lock: else the sweep of a dead worker would block all others. The last field of the line is seconds.
    add_periodic("sweep", "* * * * * */30", UPKEEP, lambda: end_stalled_jobs(app), None)


async def _guarded(name: str, run: Awaitable[Any]) -> None:
    """Run a job; log its error without texts, and raise it, so that the job counts as failed."""
    try:
        await run
    except (MonitorError, ProcrastinateException) as error:
        log.warning("%s: %s", name, error)
        raise
    except Exception as bug:
        log_bug("job", name, bug)
        raise


async def dispatch(app: App, work: FleetWork) -> int:
    """Defer a job for each slice with due work that has none waiting; return how many."""
    # Read before deferring: one refused row would refuse the whole batch.
    waiting = {job.queueing_lock for job in await app.job_manager.list_jobs_async(status=Status.TODO.value)}
    jobs: list[Job] = []
    for queue in Queue:
        for number in await work.due_slices(queue):
            if (queueing_lock := f"{queue}:{number}") not in waiting:
                task = app.tasks["slice"].configure(
                    queue=queue,
                    # One machine at a time reads a slice. Fewer machines do rechecks: no visit may wait behind one that
                    # waits for its turn, so the rows of the hosts alone keep them apart; the archive asks nobody.
                    lock=f"slice:{number}" if queue in {Queue.VISITS, Queue.PAGES} else queueing_lock,
                    queueing_lock=queueing_lock,
                    task_kwargs={"queue": str(queue), "number": number},
                )
                jobs.append(task.job)
    if jobs:
        try:
            await app.job_manager.batch_defer_jobs_async(jobs)
        except AlreadyEnqueued:  # a dispatcher that seemed dead was quicker
            return 0
    return len(jobs)


async def end_stalled_jobs(app: App) -> int:
    """End the jobs of dead workers, and jobs that run for ever; return how many.

    They are not retried, as the library's documentation advises: a retry next to a waiting job of the same queueing
    lock is refused by an index, and would keep the slice locked for ever. The next dispatch finds their unfinished
    work.
    """
    stalled = {job.id for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER)}
    overdue = await app.connector.execute_query_all_async(
        _OVERDUE_JOBS, slice_seconds=SLICE_OVERDUE_AFTER, seconds=OVERDUE_AFTER
    )
    ended = 0
    for job in {*stalled, *(row["id"] for row in overdue)}:
        try:
            # Each in its own `try`: one that fails must not leave the other slices locked.
            await app.job_manager.finish_job_by_id_async(job, Status.FAILED, delete_job=True)
        except ConnectorException:  # the job has just ended by itself
            continue
        ended += 1
    await app.job_manager.prune_stalled_workers(FORGET_WORKERS_AFTER)
    await app.job_manager.delete_old_jobs(
        FORGET_JOBS_AFTER_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )
    return ended


async def run_engine(
    app: App,
    slices_at_once: int,
    stopping: asyncio.Event,
    on_trouble: Callable[[str], None],
    *,
    has_lists: bool = True,
) -> None:
    """Run jobs until `stopping` is set; start again after every loss of the database.

    Only a machine that `has_lists` does the jobs of the home.
    """
    # Workers of their own, so that neither rechecks nor filing ever wait behind a long backlog of pages.
    shares = (
        ((Queue.VISITS, Queue.PAGES), slices_at_once),
        ((Queue.RECHECKS,), max(1, slices_at_once // 4)),
        ((Queue.ARCHIVE,), 1),
        ((FILE, UPKEEP, *([HOME] if has_lists else ())), 4),
    )
    while not stopping.is_set():
        try:
            async with app.open_async():
                await _run_workers(app, shares, stopping)
        except Exception as error:
            # The library ends its worker on any error of the database, and wraps only some of them.
            if not isinstance(error, ProcrastinateException) and not type(error).__module__.startswith("psycopg"):
                raise
            on_trouble(f"the job engine cannot use the database now ({type(error).__name__}); trying again")
        if not stopping.is_set():
            await _wait(stopping, RETRY_SECONDS)


async def _run_workers(app: App, shares: Sequence[tuple[Sequence[str], int]], stopping: asyncio.Event) -> None:
    """Run a worker for each (queues, jobs at once) until one of them ends or `stopping` is set."""
    workers = [
        asyncio.create_task(app.run_worker_async(queues=[*queues], concurrency=concurrency))
        for queues, concurrency in shares
    ]
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait([*workers, stop], return_when=asyncio.FIRST_COMPLETED)
    running = {*workers, stop}
    while running:
        for task in running:
            task.cancel()  # a cancelled worker drains for `GRACE_SECONDS`
        # Cancelled again after that: a worker that is cancelled while it registers may go on.
        _, running = await asyncio.wait(running, timeout=app.worker_defaults["shutdown_graceful_timeout"] + 2)
    for result in await asyncio.gather(*workers, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event for some seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
