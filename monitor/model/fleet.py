"""Pure. The state of all machines that work on one database, in counts and ages, without names and hosts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.model.claim import Queue

STALLED_AFTER = 120  # seconds without a heartbeat after which a machine counts as dead
# Longer than any job takes, in seconds: its end was lost, for example when the database restarted under a live worker.
SLICE_OVERDUE_AFTER, OVERDUE_AFTER = 4 * 60, 15 * 60  # of work on a slice; of all other jobs


@dataclass(frozen=True, slots=True)
class Machine:
    """A working process: its host name and process number, and the time since its last heartbeat."""

    name: str
    jobs: int
    heartbeat: timedelta  # ago; the oldest of its workers
    running: timedelta  # since its start


@dataclass(frozen=True, slots=True)
class DueWork:
    """The due work of a queue that nobody has claimed, and how long the oldest has been due."""

    queue: Queue
    count: int
    slices: int
    oldest: timedelta | None


@dataclass(frozen=True, slots=True)
class FleetState:
    """The machines, the due work, the jobs by queue and status, and what is wrong with them.

    `engine` is the job engine's schema with its version, such as "procrastinate 3.10.0"; empty on SQLite.
    """

    engine: str
    machines: tuple[Machine, ...]
    due: tuple[DueWork, ...]
    jobs: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (queue, status) -> number
    working: int = 0  # slices that are worked on
    stalled: int = 0  # jobs of dead machines, and overdue ones
    # Article numbers that were looked through for names that joined the list, and all of them; 0, 0 without new names.
    archive_done: int = 0
    archive_total: int = 0
