"""The next run: when it is expected, starting one at once from the desk, and how that goes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from threading import Thread

from monitor.config import Settings
from monitor.model import Run

RUNS_COMPARED = 6
TRY_AGAIN = 75  # the exit code of a run that found another one at work


class ReadingStatus(StrEnum):
    """How the reading goes that was started last from this desk."""

    GOING = "going"
    ENDED = "ended"
    BUSY = "busy"  # another run is at work, or the database is busy
    FAILED = "failed"


_latest_readings: dict[Path, subprocess.Popen[bytes]] = {}


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


def start_command(settings: Settings, *words: str) -> subprocess.Popen[bytes]:
    """Start a command that reads pages in a process of its own. Raises InputError."""
    settings.require_home()
    # A process: reading forks workers, which a process with threads must not, and frees its memory at the end.
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "monitor", "--home", str(settings.home), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    Thread(target=process.wait, daemon=True).start()  # else it stays in the list of processes
    return process


def reading_status(settings: Settings) -> ReadingStatus | None:
    """Return how the reading goes that this desk started last; None if it started none."""
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
