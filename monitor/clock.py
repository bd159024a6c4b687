"""I/O: the wall clock; no other module reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def now_utc() -> datetime:
    return datetime.now(UTC)


def local_day(now: datetime, zone: ZoneInfo) -> date:
    """Return the day in the newsroom's time zone: names are paused, and watched until, one of its days."""
    return now.astimezone(zone).date()
