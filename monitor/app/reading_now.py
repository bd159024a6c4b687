"""Runs and readings of added links that the desk starts in processes of their own; when the next run is expected."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from threading import Lock, Thread

from monitor.config import Settings
from monitor.errors import TRY_AGAIN
from monitor.model import Run

RUNS_COMPARED = 6
MAX_LINK_READERS = 2  # each takes some hundred MB; a slow site holds up one


class ReadingStatus(StrEnum):
    """The state of the reading that this desk started last."""

    GOING = "going"
    ENDED = "ended"
    BUSY = "busy"  # another run is at work, or the database is busy
    FAILED = "failed"


_latest_readings: dict[Path, subprocess.Popen[bytes]] = {}
_link_readers: dict[Path, list[subprocess.Popen[bytes]]] = {}
_homes_with_more_links: set[Path] = set()
_link_lock = Lock()


def expected_run(latest: Sequence[Run], now: datetime) -> datetime | None:
    """Return when the next run is due by the usual time between the latest ones; None if that is unclear."""
    starts = [run.started for run in latest]
    gaps = [following - previous for following, previous in pairwise(starts)]
    due = starts[0] + median_low(gaps) if len(gaps) > 1 else None
    return due if due and due > now else None


def start_run(settings: Settings, *options: str) -> None:
    """Start a run, with options of `ingest`, in a process of its own.

    If one is going already, the new one ends at once. Raises InputError.
    """
    _latest_readings[settings.home] = start_command(settings, "ingest", *options)


def start_link_reader(settings: Settings) -> None:
    """Start a process that reads the waiting added links.

    If enough such processes are at work, the first that ends is followed by one for all links added meanwhile.
    Raises InputError.
    """
    with _link_lock:
        readers = _link_readers.setdefault(settings.home, [])
        readers[:] = [process for process in readers if process.poll() is None]
        if len(readers) >= MAX_LINK_READERS:
            _homes_with_more_links.add(settings.home)
            return
        _homes_with_more_links.discard(settings.home)
        readers.append(start_command(settings, "add", on_end=lambda: _read_more_links(settings)))


def _read_more_links(settings: Settings) -> None:
    if settings.home in _homes_with_more_links:
        start_link_reader(settings)


def start_command(
    settings: Settings, *words: str, on_end: Callable[[], None] = lambda: None
) -> subprocess.Popen[bytes]:
    """Start a command that reads pages in a process of its own. Raises InputError.

    `on_end` is called in a thread when it has ended.
    """
    settings.require_home()
    # A process: reading forks workers, which a process with threads must not, and frees its memory at the end.
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-P", "-m", "monitor", "--home", str(settings.home), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def wait() -> None:
        process.wait()  # else it stays in the list of processes
        on_end()

    Thread(target=wait, daemon=True).start()
    return process


def reading_status(settings: Settings) -> ReadingStatus | None:
    """Return the state of the reading that this desk started last, or None if it started none."""
    process = _latest_readings.get(settings.home)
    if process is None:
        return None
    match process.poll():
        case None:
            return ReadingStatus.GOING
        case 0:
            return ReadingStatus.ENDED
        case code:
            return ReadingStatus.BUSY if code == TRY_AGAIN else ReadingStatus.FAILED
