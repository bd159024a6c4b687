"""Pure. What came to the queue in a day: hour by hour, how much of it is done, and how long the rest may take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from statistics import median

from monitor.model import DecisionSummary, Verdict

HOURS = 24
MAX_PAUSE = timedelta(minutes=10)
MIN_TIMED = 5  # stories of a day before its pace says anything


@dataclass(frozen=True, slots=True)
class Hour:
    """The items that came in an hour: those that are reviewed and those that are not, also if they were put off."""

    start: datetime
    done: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The items of the last 24 hours, oldest hour first. `minutes_left`: for all that wait; None: not known."""

    hours: tuple[Hour, ...]
    minutes_left: int | None = None

    @property
    def done(self) -> int:
        return sum(hour.done for hour in self.hours)

    @property
    def total(self) -> int:
        return self.done + sum(hour.waiting for hour in self.hours)

    @property
    def busy_hours(self) -> int:
        """Return the number of hours in which something came."""
        return sum(bool(hour.done + hour.waiting) for hour in self.hours)

    @property
    def highest(self) -> int:
        """Return the number of items of the fullest hour, at least 1."""
        return max(1, *(hour.done + hour.waiting for hour in self.hours))


def first_hour(now: datetime) -> datetime:
    """Return the start of the first of the hours that are shown; the last is the present one."""
    return now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)


def make_arrivals(counts: Mapping[tuple[datetime, bool], int], now: datetime, minutes_left: int | None) -> Arrivals:
    """Return the arrivals from counts by (start of the hour, waits)."""
    starts = (first_hour(now) + timedelta(hours=number) for number in range(HOURS))
    hours = (Hour(at, counts.get((at, False), 0), counts.get((at, True), 0)) for at in starts)
    return Arrivals(tuple(hours), minutes_left)


# ---- the pace of decisions


def decision_times(decisions: Iterable[DecisionSummary]) -> Iterator[tuple[datetime, float]]:
    """Yield the time of each decision and the seconds since the same user's decision on another item before it.

    Decisions after a pause and decisions on many items in one step are left out.
    """
    ordered = sorted(decisions, key=lambda decision: (decision.by, decision.at))
    by_step = groupby(ordered, key=lambda decision: (decision.by, decision.batch or decision.item))
    last_of_steps = [list(step)[-1] for _, step in by_step]  # several decisions on one item are one step
    for previous, decision in pairwise(last_of_steps):
        if previous.by == decision.by and not decision.batch and decision.at - previous.at <= MAX_PAUSE:
            yield decision.at, (decision.at - previous.at).total_seconds()


def minutes_for(waiting: int, decisions_of_today: Sequence[DecisionSummary], user: str) -> int | None:
    """Return the minutes for the items that wait, at this user's median pace of today, else at everybody's.

    None where nothing waits, or too few stories of today were timed.
    """
    for decisions in ([d for d in decisions_of_today if d.by == user], decisions_of_today):
        seconds = [seconds for _, seconds in decision_times(decisions)]
        if waiting and len(seconds) >= MIN_TIMED:
            return max(1, round(waiting * median(seconds) / 60))
    return None


def verdict_counts(decisions: Iterable[DecisionSummary]) -> Mapping[Verdict, int]:
    """Return the number of items by the last verdict on each, in the order of the verdicts."""
    last = {decision.item: decision.verdict for decision in decisions}
    counts = Counter(last.values())
    return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}
