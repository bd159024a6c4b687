"""Pure. When a feed publishes, learned from its own past, and how its visits of a day are spent on that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from monitor.model import Rhythm

HOURS, WEEKDAYS = 24, 7
HOURS_A_WEEK = HOURS * WEEKDAYS
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)

HALF_LIFE = timedelta(days=60)  # an entry counts half as much after it: habits change with seasons and editors
KNOWN_WEEK = timedelta(days=28)  # weekdays count from then on
# Entries are spread over the hours around them: an outlet that posted at nine may post at eleven tomorrow.
_NEAR_HOURS = {step: (4 - abs(step)) / 16 for step in range(-3, 4)}
# As if this many entries had come evenly over the day, and over the week: a few entries prove little.
_EVEN_HOURS, _EVEN_WEEKDAYS = 4.0, 7.0
_LEAST_SHARE = 0.25  # of the visits are spread evenly: any hour may bring an entry
MIN_GAP = timedelta(minutes=10)  # between visits in the busiest hours
MAX_GAP = timedelta(hours=4)  # so that what comes in the evening is in the morning's digest


def learn(rhythm: Rhythm, times: Iterable[datetime]) -> Rhythm:
    """Return the rhythm with entries that appeared at these times counted."""
    times = sorted(times)
    if not times:
        return rhythm
    last = max(times[-1], rhythm.last or times[-1])
    aged = _weight(rhythm.last or last, last)
    hours = [count * aged for count in rhythm.hours or (0.0,) * HOURS]
    weekdays = [count * aged for count in rhythm.weekdays or (0.0,) * WEEKDAYS]
    for at in times:
        hours[at.hour] += _weight(at, last)
        weekdays[at.weekday()] += _weight(at, last)
    return Rhythm(
        hours=tuple(round(count, 3) for count in hours),
        weekdays=tuple(round(count, 3) for count in weekdays),
        first=min(times[0], rhythm.first or times[0]),
        last=last,
    )


def visits_an_hour(rhythm: Rhythm, visits_a_day: float) -> tuple[float, ...]:
    """Return how many visits each hour of the week gets, from Monday midnight UTC, so many a day in the mean.

    In proportion to the entries expected, as far as `MIN_GAP` lets; a part of them evenly.
    """
    shares = expected_shares(rhythm)
    max_rate = _HOUR / MIN_GAP
    mean = min(visits_a_day / HOURS, max_rate)
    min_rate = min(max(mean * _LEAST_SHARE, _HOUR / MAX_GAP), mean)
    rates = [min_rate] * HOURS_A_WEEK
    spendable, open_hours = (mean - min_rate) * HOURS_A_WEEK, set(range(HOURS_A_WEEK))
    # Visits that an hour has no room for go to the others. Each round fills an hour or is the last.
    while open_hours:
        scale = spendable / sum(shares[hour] for hour in open_hours)
        full = {hour for hour in open_hours if min_rate + scale * shares[hour] >= max_rate}
        if not full:
            break
        spendable -= (max_rate - min_rate) * len(full)
        open_hours -= full
        for hour in full:
            rates[hour] = max_rate
    for hour in open_hours:
        rates[hour] = min_rate + scale * shares[hour]
    return tuple(rates)


def next_expected(rates: Sequence[float], since: datetime, now: datetime) -> datetime:
    """Return when the visits an hour since `since` make one; `now` at the earliest.

    `since` is when the last visit was due, not when cron made it: else each would come later than the one before.
    """
    credit = 0.0
    at = since
    while at - since < _DAY:
        end = min(_end_of_hour(at), now) if at < now else _end_of_hour(at)
        rate = rates[_hour_of_week(at)]
        in_hour = rate * ((end - at) / _HOUR)
        if credit + in_hour >= 1:
            return max(at + _HOUR * ((1 - credit) / rate), now)
        credit += in_hour
        at = end
    return at


def expected_shares(rhythm: Rhythm) -> list[float]:
    """Return the share of a week's entries that each hour of the week is expected to bring, times 168."""
    hours, weekdays = rhythm.hours or (0.0,) * HOURS, rhythm.weekdays or (0.0,) * WEEKDAYS
    total = sum(hours)
    near = [sum(hours[(hour + step) % HOURS] * part for step, part in _NEAR_HOURS.items()) for hour in range(HOURS)]
    of_hours = [(count + _EVEN_HOURS / HOURS) / (total + _EVEN_HOURS) * HOURS for count in near]
    of_weekdays = [1.0] * WEEKDAYS
    if rhythm.first and rhythm.last and rhythm.last - rhythm.first >= KNOWN_WEEK:
        even = _EVEN_WEEKDAYS / WEEKDAYS
        of_weekdays = [(count + even) / (sum(weekdays) + _EVEN_WEEKDAYS) * WEEKDAYS for count in weekdays]
    return [weekday * hour for weekday in of_weekdays for hour in of_hours]


def _weight(at: datetime, last: datetime) -> float:
    return float(0.5 ** ((last - at) / HALF_LIFE))


def _hour_of_week(at: datetime) -> int:
    return (at - _MONDAY) // _HOUR % HOURS_A_WEEK


def _end_of_hour(at: datetime) -> datetime:
    return _MONDAY + ((at - _MONDAY) // _HOUR + 1) * _HOUR
