"""The worker: runs the ingest cycle in a loop, for a container or a systemd unit.

It needs no orderly shutdown: after any stop the next start is an ordinary run (docs/design/every-day.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event, Thread

from monitor.app.evidence.seal import next_seal_time, seal_and_stamp
from monitor.app.runs import ingest
from monitor.errors import TRY_AGAIN, ClosedWatchFailed, MonitorError
from monitor.home import Home
from monitor.ingest.lock import AlreadyRunning
from monitor.messages.publisher import Publisher
from monitor.model import Run

MIN_PAUSE = timedelta(minutes=2)  # so that feeds due one after another share a run
LONGEST_SLEEP = 600.0  # seconds; a machine that was suspended finds out then
JOIN_SECONDS = 2.0
MAX_PAUSE = timedelta(minutes=15)  # bounds the delay of retries, postponed items and changed files


class AnotherWorker(MonitorError):
    """Another `monitor work` over the same PostgreSQL."""

    # EX_TEMPFAIL of sysexits.h: nothing is wrong, and a later start may succeed.
    exit_code = TRY_AGAIN

    def __init__(self) -> None:
        super().__init__(
            "another `monitor work` is at work on this database, and this one has ended; "
            "for several, on one machine or on many, start each as `monitor work --jobs`"
        )


def run_forever(
    home: Home,
    pause: Callable[[float], None],
    *,
    on_run: Callable[[Run, datetime], None],
    on_trouble: Callable[[list[str]], None],
) -> None:
    """Run cycles until `pause(seconds)` raises.

    `on_run` is called with each run and the time of the next one, `on_trouble` with errors and problems of the run.
    Raises AnotherWorker if one is at work on the same PostgreSQL: two would share the feeds by chance.
    """
    with home.store.database.try_work_lock() as is_alone:
        if not is_alone:
            raise AnotherWorker
        with daily_seal(home, on_trouble):
            while True:
                run = None
                try:
                    run = ingest(home)
                except ClosedWatchFailed as error:
                    run = replace(error.run, problems=(*error.run.problems, str(error)))
                except AlreadyRunning as error:
                    # Another run, started by hand perhaps, is a trouble only if it hangs.
                    if error.is_stuck:
                        on_trouble([str(error)])
                except MonitorError as error:  # a full disk or an unreachable server may recover
                    on_trouble([str(error)])
                now = home.clock()
                next_start = next_run(home, now)
                if run is not None:
                    on_run(run, next_start)
                    on_trouble(list(run.problems))
                pause((next_start - now).total_seconds())


@contextmanager
def daily_seal(home: Home, on_trouble: Callable[[list[str]], None]) -> Iterator[None]:
    """Seal at the fixed minute of each day, in a thread: when a run ends would tell how much it had to do."""
    ended = Event()

    def seal_daily() -> None:
        due = next_seal_time(home.clock().astimezone())
        while not ended.wait(min(max(0.0, (due - home.clock()).total_seconds()), LONGEST_SLEEP)):
            if home.clock() < due:
                continue
            due = next_seal_time(home.clock().astimezone())
            try:
                on_trouble(seal_and_stamp(home)[1])
            except MonitorError as error:
                on_trouble([str(error)])

    thread = Thread(target=seal_daily, name="seal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(JOIN_SECONDS)


def next_run(home: Home, now: datetime) -> datetime:
    """Return the time when the first feed is due, within bounds, and at the latest when a message is due."""
    try:
        due = min(
            (s.next_due or now for s in home.open_watch.store.feeds.states() if not s.feed.paused),
            default=now + MAX_PAUSE,
        )
    # The database is unavailable, so the feeds are unknown.
    except MonitorError:
        due = now + MAX_PAUSE
    next_start = min(max(due, now + MIN_PAUSE), now + MAX_PAUSE)
    message_due = Publisher(home).next_due()
    return min(next_start, message_due) if message_due else next_start
