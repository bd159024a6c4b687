"""Pure. When feeds, pages and digests are due, the waits that servers ask for, and how often a feed is read and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from monitor.clock import is_within
from monitor.model import FeedRecord, FeedState, FeedStatus, Rhythm, Schedule

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


_MAX_AGE = re.compile(r'(?<![\w-])max-age\s*=\s*"?([0-9]+)', re.IGNORECASE)
_CENTURY = timedelta(days=36_525)
KEEPS_304 = timedelta(days=8)  # a server that answered 304 is taken to do so still; once in so long it is not asked to


@dataclass(frozen=True, slots=True)
class SchedulePolicy:
    """The intervals between visits and tries, and what visits of a day may cost."""

    bytes_a_day: int = 2_500_000  # of a feed's answers
    most_visits: float = 58  # a day, of a feed whose server answers 304 while nothing is new
    most_whole_visits: float = 35  # a day, of a feed that is sent whole each time
    fewest_visits: float = 24  # a day, however large the feed is
    quiet_after: timedelta = timedelta(days=30)  # without news a feed gets fewer visits, in proportion
    fewest_quiet_visits: float = 6  # a day: often enough for the morning digest
    usual_interval: timedelta = timedelta(minutes=30)  # the unit of the back-off
    min_interval: timedelta = timedelta(minutes=5)  # lower limit, whatever feeds.yaml says
    max_wait: timedelta = timedelta(days=1)  # upper limit: feeds that failed for weeks do come back
    gone_interval: timedelta = timedelta(days=7)  # of a feed that answered 410 Gone twice
    # A visit begins some seconds after cron does: the next one must be due before the same second of its run.
    cron_slack: timedelta = timedelta(minutes=1)
    max_tries: int = 5  # of an entry's page before it is given up
    first_retry: timedelta = timedelta(minutes=15)  # of a page; each further wait is `growth` times longer
    growth: int = 4  # 15 min, 1 h, 4 h, 16 h: survives an outage of most of a day
    jitter: float = 0.1  # maximum share added to the wait after a failure, to spread feeds


def next_visit(
    state: FeedRecord,
    status: FeedStatus,
    now: datetime,
    policy: SchedulePolicy,
    *,
    memory: FeedState | None = None,
    requested_wait: timedelta | None = None,
    jitter: float = 0.0,
) -> datetime:
    """Return the time of a feed's next visit, after a visit that ended in `status`. `state` is the record before it.

    `memory`: the feed state after it. `requested_wait`: what the feed or its server asks for (ttl, max-age,
    Retry-After), respected up to `policy.max_wait`. `jitter` in [0, 1) only makes the wait after a failure longer.

    Failures back off linearly, as in Media Cloud's rss-fetcher (exponential backoff was "too extreme"). No feed is
    given up.
    """
    interval = max(state.feed.interval, policy.min_interval) if state.feed.interval else None
    # A moved feed that is gone is retried at its old address, in feeds.yaml, at the usual pace.
    if status is FeedStatus.GONE and not state.moved_to:
        return now + (policy.gone_interval if state.status is FeedStatus.GONE else policy.max_wait)
    if not status.is_healthy:
        # A configured interval below the usual one is meant for working feeds only.
        wait = max(interval or policy.usual_interval, policy.usual_interval) * (state.failures + 1)
        wait = max(wait, requested_wait or wait) * (1 + policy.jitter * jitter)
    elif interval:
        wait = max(interval - policy.cron_slack, policy.min_interval)
    else:
        wait = _expected_wait(state, memory or state.memory, now, policy)
    return now + min(max(wait, requested_wait or timedelta(0)), policy.max_wait)


def _expected_wait(state: FeedRecord, memory: FeedState, now: datetime, policy: SchedulePolicy) -> timedelta:
    """Return the wait until entries are expected; a feed is visited before half of its entries are replaced."""
    # From when the visit was due, so that visits do not fall behind by the time between two runs of cron.
    was_due = min(max(state.next_due or now, now - MIN_GAP), now)
    due = next_expected(visits_an_hour(memory.rhythm, visits_a_day(memory, now, policy)), was_due, now)
    wait = min(due - now, (memory.renewed_in or policy.max_wait) / 2)
    return max(wait, policy.min_interval)


def visits_a_day(memory: FeedState, now: datetime, policy: SchedulePolicy) -> float:
    """Return how many visits a day a feed gets, by the bytes that one takes; fewer if it has been quiet for long."""
    answers_304 = is_within(KEEPS_304, memory.not_modified, now)
    max_visits = policy.most_visits if answers_304 else policy.most_whole_visits
    visits = min(max(policy.bytes_a_day / max(memory.visit_bytes, 1), policy.fewest_visits), max_visits)
    quiet = now - memory.last_new if memory.last_new else timedelta(0)
    return max(visits * min(1, policy.quiet_after / max(quiet, policy.quiet_after)), policy.fewest_quiet_visits)


def next_try(
    tries: int, now: datetime, policy: SchedulePolicy, retry_after: timedelta | None = None
) -> datetime | None:
    """Return the time of the next try of an entry's page after `tries` tries; None gives the page up."""
    if tries >= policy.max_tries:
        return None
    wait: timedelta = policy.first_retry * policy.growth ** max(tries - 1, 0)
    return now + min(max(wait, retry_after or timedelta(0)), policy.max_wait)


def freshness_lifetime(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long a response stays fresh: max-age, else Expires (RFC 9111, 5.2.2.1 and 5.3), at most a day.

    Header names are in lower case. The limit exists because servers send absurd values ("We've seen 16 years",
    NetNewsWire).
    """
    max_age = _MAX_AGE.search(headers.get("cache-control", ""))
    wait = _seconds(max_age[1]) if max_age else _until(headers.get("expires", ""), now)
    return min(wait, timedelta(days=1)) if wait else None


def retry_after(value: str, now: datetime) -> timedelta | None:
    """Return the wait of a Retry-After header, in seconds or as a date (RFC 9110, 10.2.3); None if unreadable."""
    value = value.strip()
    return _seconds(value) if value.isascii() and value.isdigit() else _until(value, now)


def utc_time(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the UTC time at which the clocks of a zone show this time on this day.

    A time that clocks skip is moved forward by the gap; of a repeated time the first is taken (PEP 495, fold=0). So
    each day has exactly one, and they are in order.
    """
    return datetime.combine(day, at, zone).astimezone(UTC)


def last_time_of_day(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """Return the last time up to and including `now` at which the clocks of a zone showed this time of day."""
    day = now.astimezone(zone).date() + timedelta(days=1)  # one day of margin for skipped hours
    while (moment := utc_time(day, at, zone)) > now:
        day -= timedelta(days=1)
    return moment


def next_time_of_day(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """Return the first time after `now` at which the clocks of a zone show this time of day."""
    day = now.astimezone(zone).date() - timedelta(days=1)
    while (moment := utc_time(day, at, zone)) <= now:
        day += timedelta(days=1)
    return moment


def last_time_of(schedule: Schedule, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the last time up to and including `now` at which a schedule was due."""
    moment = last_time_of_day(now, schedule.at, zone)
    while not _is_day_of(schedule, moment.astimezone(zone).date()):
        moment = last_time_of_day(moment - timedelta(microseconds=1), schedule.at, zone)
    return moment


def next_time_of(schedule: Schedule, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the first time after `now` at which a schedule is due."""
    moment = next_time_of_day(now, schedule.at, zone)
    while not _is_day_of(schedule, moment.astimezone(zone).date()):
        moment = next_time_of_day(moment, schedule.at, zone)
    return moment


def _is_day_of(schedule: Schedule, day: date) -> bool:
    return day.day == 1 if schedule.monthly else schedule.weekday in {None, day.weekday()}


def _seconds(digits: str) -> timedelta:
    # int() refuses thousands of digits, and timedelta more than a billion days.
    return min(timedelta(seconds=int(digits[:10])), _CENTURY)


def _until(http_date: str, now: datetime) -> timedelta | None:
    try:
        then = parsedate_to_datetime(http_date)
        then = then if then.tzinfo else then.replace(tzinfo=UTC)
        return min(max(then - now, timedelta(0)), _CENTURY)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


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
