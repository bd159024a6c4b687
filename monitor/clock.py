"""I/O: the wall clock; no other module reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def now_utc() -> datetime:
    return datetime.now(UTC)


def local_day(now: datetime, zone: ZoneInfo) -> date:
    """Return the day in the newsroom's time zone: names are paused, and watched until, one of its days."""
    return now.astimezone(zone).date()


def is_within(span: timedelta, at: datetime | None, now: datetime) -> bool:
    """Return True if `at` lies in the last `span`. False for the future, which a wrong clock may have left."""
    return at is not None and timedelta(0) <= now - at <= span


def stable_jitter(key: str) -> float:
    """Return a number in [0, 1) that is the same for a key in every process.

    >>> stable_jitter("24kg-ru") == stable_jitter("24kg-ru")
    True
    """
    return crc32(key.encode()) / 2**32
