"""I/O: the locks that allow one run at a time: a file beside an SQLite database, a lock in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from monitor.errors import MonitorError
from monitor.home import Home

STUCK_AFTER = timedelta(hours=2)


class AlreadyRunning(MonitorError):
    """Another run holds the lock; that is normal unless it has held it for hours."""

    exit_code = 0

    def __init__(self, detail: str, *, is_stuck: bool = False) -> None:
        self.is_stuck = is_stuck
        super().__init__(detail)


@contextmanager
def file_run_lock(database: Path | None, stuck_message: Callable[[], str]) -> Iterator[bool]:
    """Hold the run lock of a database file; yield True, or False without a file (PostgreSQL: claims expire instead).

    The kernel releases it when the holder dies. `stuck_message` returns a sentence if the holder runs for too long.
    Raises AlreadyRunning.
    """
    if database is None:
        yield False
        return
    try:
        # Without waiting: cron starts the next run soon enough.
        lock = FileLock(f"{database}.lock").acquire(timeout=0)
    except Timeout:
        problem = stuck_message()
        raise AlreadyRunning(
            problem or f"another run is going (it holds {database}.lock)", is_stuck=bool(problem)
        ) from None
    with lock:
        yield True


@contextmanager
def hold_run_lock(home: Home) -> Iterator[bool]:
    """Hold the locks of a run, of the database file and of the database itself; yield whether there is a file lock.

    Raises AlreadyRunning.
    """
    stuck_message = partial(_stuck_run_message, home)
    with file_run_lock(home.settings.database_file, stuck_message) as has_file_lock, home.store.database.run_lock():
        yield has_file_lock


def _stuck_run_message(home: Home) -> str:
    """Return a sentence if the current run has lasted too long, else an empty string."""
    run = home.store.runs.last()
    if run is None or run.ended is not None or home.clock() - run.started < STUCK_AFTER:
        return ""
    return f"a run begun at {run.started:%Y-%m-%d %H:%M} UTC is still going; look for the process and stop it"
