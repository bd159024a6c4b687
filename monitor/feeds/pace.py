"""Pure. How often a feed is read and why, for operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from monitor.feeds.schedule import HOURS, SchedulePolicy, visits_a_day, visits_an_hour
from monitor.model import FeedRecord

MOST_ENTRIES = 0.8  # of a feed: they come in its usual hours
MIN_ENTRIES = 3  # fewer show no habit
ANY_HOUR = 18  # a feed whose usual hours are longer has none


@dataclass(frozen=True, slots=True)
class Pace:
    """The gap between two visits, in the hours from `start` to `end` of the day; None: at any hour.

    `is_asked`: the feed or its server asks for this gap.
    """

    gap: timedelta
    start: int | None = None
    end: int | None = None
    is_asked: bool = False

    def __str__(self) -> str:
        hours = f"usually {self.start} to {self.end} h, " if self.start is not None else ""
        then = ", as it asks" if self.is_asked else " then" if hours else ""
        return f"{hours}every {gap_text(self.gap)}{then}"


def pace_of(record: FeedRecord, now: datetime, zone: tzinfo) -> Pace:
    """Return the pace of a feed's visits, with its usual hours in a time zone."""
    policy, memory, asked_gap = SchedulePolicy(), record.memory, record.memory.asked or timedelta(0)
    if interval := record.feed.interval:
        gap = max(interval, policy.min_interval)
        return Pace(max(gap, asked_gap), is_asked=asked_gap > gap)
    rates = visits_an_hour(memory.rhythm, visits_a_day(memory, now, policy))
    hours, start, length = memory.rhythm.hours, 0, HOURS
    if sum(hours) >= MIN_ENTRIES:
        start, length = _usual_hours(hours)
    has_hours = length < ANY_HOUR
    usual = [(start + hour) % HOURS for hour in range(length)] if has_hours else range(HOURS)
    in_usual = [rates[hour] for hour in range(len(rates)) if hour % HOURS in usual]
    gap = timedelta(hours=len(in_usual) / sum(in_usual))
    is_asked, gap = asked_gap > gap, max(asked_gap, gap)
    if not has_hours:
        return Pace(gap, is_asked=is_asked)
    offset = round((now.astimezone(zone).utcoffset() or timedelta(0)) / timedelta(hours=1))
    return Pace(gap, (start + offset) % HOURS, (start + length + offset) % HOURS, is_asked)


def gap_text(gap: timedelta) -> str:
    """Return a gap in whole minutes, above two hours in hours.

    >>> gap_text(timedelta(minutes=24.4)), gap_text(timedelta(hours=4))
    ('24 min', '4 h')
    """
    minutes = round(gap / timedelta(minutes=1))
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"


def _usual_hours(counts: tuple[float, ...]) -> tuple[int, int]:
    """Return the first hour and the length of the shortest part of the day in which most entries come."""
    minimum = MOST_ENTRIES * sum(counts)
    for length in range(1, HOURS):
        sums = [sum(counts[(start + hour) % HOURS] for hour in range(length)) for start in range(HOURS)]
        if max(sums) >= minimum:
            return sums.index(max(sums)), length
    return 0, HOURS
