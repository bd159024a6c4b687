"""I/O: the lock that allows one run at a time on a database file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from monitor.errors import MonitorError


class AlreadyRunning(MonitorError):
    """Another run holds the lock, which is normal unless it has done so for hours."""

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
        lock = FileLock(f"{database}.lock").acquire(timeout=0)
    except Timeout:
        problem = stuck_message()
        raise AlreadyRunning(
            problem or f"another run is going (it holds {database}.lock)", is_stuck=bool(problem)
        ) from None
    with lock:
        yield True
