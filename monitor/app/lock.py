"""I/O: one run at a time on a database file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from monitor.errors import MonitorError


class AlreadyRunning(MonitorError):
    """Another run holds the lock. Nothing is wrong, unless it has done so for hours."""

    exit_code = 0

    def __init__(self, detail: str, *, stuck: bool = False) -> None:
        self.stuck = stuck
        super().__init__(detail)


@contextmanager
def one_run(database: Path | None, stuck: Callable[[], str]) -> Iterator[bool]:
    """Holds the run lock of a database file; yields whether there is one (on PostgreSQL claims expire instead).

    The kernel frees it when the holder dies. `stuck` says what is wrong with the holder, if anything is.
    """
    if database is None:
        yield False
        return
    try:
        held = FileLock(f"{database}.lock").acquire(timeout=0)
    except Timeout:
        wrong = stuck()
        raise AlreadyRunning(wrong or f"another run is going (it holds {database}.lock)", stuck=bool(wrong)) from None
    with held:
        yield True
