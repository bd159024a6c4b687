"""Pure. The last days of a source: what each brought, and on which it was silent or could not be read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)
_LONG_FAILURE = timedelta(hours=12)
_FEWEST_DAYS = 3  # with entries, before one of them stands out


@dataclass(frozen=True, slots=True)
class SourceDay:
    """A period of 24 hours: the number of new entries, whether anything was read at all, and whether this failed.

    `is_catching_up`: the source was not read before it, so some of the entries are of earlier days.
    """

    start: datetime
    count: int
    was_read: bool
    has_failed: bool
    is_catching_up: bool = False

    @property
    def end(self) -> datetime:
        return self.start + DAY

    @property
    def is_silent(self) -> bool:
        """Return True if the source was read and had nothing new."""
        return self.was_read and not self.count and not self.has_failed

    @property
    def is_usable(self) -> bool:
        """Return True if its count is that of these 24 hours: the source was read, also on the day before."""
        return (self.count > 0 or self.is_silent) and not self.is_catching_up


def source_days(
    counts: Sequence[int],
    failures: Iterable[tuple[datetime, datetime]],
    days_of_runs: Collection[int],
    now: datetime,
    number: int,
    *,
    silent_since: datetime | None = None,
    is_failing: bool = False,
) -> tuple[SourceDay, ...]:
    """Return the last days of a source, oldest first.

    `counts`: of its last days, fewer for a new source. `failures`: the spans in which it could not be read.
    `days_of_runs`: how many days ago the monitor read anything, 0 for the last 24 hours. `silent_since`: when its
    newest article was published, also where the monitor came later. `is_failing`: the last failure lasts, also on
    days of runs that did not ask the source again.
    """
    spans, days = tuple(failures), []
    failing_since = spans[-1][0] if is_failing and spans else now
    for ago in reversed(range(number)):
        start, is_known = now - (ago + 1) * DAY, ago < len(counts)
        has_failed = any(since <= start + DAY and until > start for since, until in spans)
        has_failed |= ago in days_of_runs and failing_since < start + DAY
        count = counts[-ago - 1] if is_known else 0
        was_read = is_known and ago in days_of_runs
        has_no_news = silent_since is not None and start >= silent_since
        is_catching_up = count > 0 and (
            (ago + 1 < len(counts) and ago + 1 not in days_of_runs and not counts[-ago - 2])
            or any(since <= start - _LONG_FAILURE and until > start for since, until in spans)
        )
        days.append(SourceDay(start, count, was_read or has_no_news, has_failed, is_catching_up))
    return tuple(days)


def full_height(days: Collection[SourceDay], usual: int | None) -> int:
    """Return the number of entries that has the full height of a picture: of the fullest day, or of the usual one.

    Days that hold earlier ones, and one of more than twice as many as the next, do not flatten the others.
    """
    counts = sorted(day.count for day in days if day.count and not day.is_catching_up)
    if len(counts) < _FEWEST_DAYS:
        return max(1, usual or 0, *(day.count for day in days))
    level = max(counts[-2], usual or 0)
    return level if counts[-1] > 2 * level else max(counts[-1], level)
