"""The statistics page: items and decisions by day, time for an item, precision of names; all users together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.responses import Response

from monitor.groups import group_values
from monitor.home import Home
from monitor.model import DecisionSummary, QueueFilter, QueueTab, Role, Verdict, name_was_right
from monitor.pictures.arrivals import decision_times
from monitor.review.feedback import Precision
from monitor.web.render import render
from monitor.web.security import Routes, home_of, names_of, request_context

routes = Routes()
MIN_DAYS = 3  # two are no picture
WEEK = 7
MIN_TIMES = 5  # of a day, before its median is compared with the aim
OLD = timedelta(days=7)  # a desk keeps up only if nothing has waited longer
AIM_SECONDS = 45  # for a story: fifteen minutes for a morning of twenty
SHOWN_DAYS, PRECISION_DAYS = 30, 90  # days shown one by one, and days of decisions for the precision of names


@dataclass(frozen=True, slots=True)
class Day:
    """The counts of one day.

    `seconds` is the median time for an item, 0 without any, and `measured` the number of such times; `waiting`: the
    items without a verdict when it ended.
    """

    day: date
    items: int
    decisions: int
    seconds: float
    waiting: int = 0
    measured: int = 0


@routes.page("/statistics", Role.READER)
def statistics(request: Request) -> Response:
    home = home_of(request)
    zone = home.settings.timezone
    today = home.clock().astimezone(zone).date()
    first_day = first_day_of(home) or today
    shown_since, precision_since = (
        datetime.combine(max(today - timedelta(days=n - 1), first), time(), zone)
        for n, first in ((SHOWN_DAYS, min(first_day, today)), (PRECISION_DAYS, date.min))
    )
    items_at = home.store.statistics.items_per_quarter_hour(shown_since)
    decisions = home.store.statistics.decisions(precision_since)
    recent = [decision for decision in decisions if decision.at >= shown_since]
    durations = list(decision_times(recent))
    language = request_context(request).language
    entity_names, names = home.store.cards.entity_names(), names_of(request)
    numbers = names.numbers
    local_names = {numbers.get(entity): name for entity, name in home.store.watchlists.local_names(language).items()}
    counts = count_by_day(items_at, recent, durations, shown_since.date(), today, zone)
    waiting = home.store.queue.page(QueueFilter(), home.clock(), 0).tab_counts[QueueTab.WAITING]
    # The worst first; of few cases nothing is known.
    precisions = sorted(precision_by_entity(decisions).items(), key=lambda pair: (pair[1].is_few, pair[1].share))
    days = with_backlog(counts, recent, waiting, zone)
    oldest = home.store.statistics.waiting_since(home.clock())
    return render(
        request,
        "statistics.html",
        days=days,
        is_picture=len(days) >= MIN_DAYS,
        keeps_up=keeps_up(days),
        compared_days=compared_days(days),
        oldest=oldest,
        is_old=oldest is not None and home.clock() - oldest > OLD,
        min_times=MIN_TIMES,
        usual=usual_backlog(days),
        seconds=[day.seconds or None for day in days],
        median_seconds=median_or_zero([seconds for _, seconds in durations]),
        aim_seconds=AIM_SECONDS,
        names=[
            (entity, local_names.get(entity, entity_names[entity]), precision)
            for entity, precision in precisions
            if entity in entity_names
        ],
        precision_days=PRECISION_DAYS,
    )


def first_day_of(home: Home) -> date | None:
    """Return the day of the first reading in the newsroom's time zone: earlier days are no days of this desk."""
    started = home.open_watch.store.runs.first_started()
    return started.astimezone(home.settings.timezone).date() if started else None


def count_by_day(  # noqa: PLR0917 - the counts, and the range of days
    items_at: Mapping[datetime, int],
    decisions: Sequence[DecisionSummary],
    durations: Sequence[tuple[datetime, float]],
    first: date,
    last: date,
    zone: ZoneInfo,
) -> list[Day]:
    """Return the counts of every day from first to last in this time zone."""
    items_by_day: Counter[date] = Counter()
    for at, count in items_at.items():
        items_by_day[at.astimezone(zone).date()] += count
    decisions_by_day = Counter(decision.at.astimezone(zone).date() for decision in decisions)
    durations_by_day = group_values((at.astimezone(zone).date(), seconds) for at, seconds in durations)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        Day(
            day,
            items_by_day[day],
            decisions_by_day[day],
            median_or_zero(durations_by_day[day]),
            measured=len(durations_by_day[day]),
        )
        for day in days
    ]


def with_backlog(
    days: Sequence[Day], decisions: Iterable[DecisionSummary], waiting: int, zone: ZoneInfo
) -> Sequence[Day]:
    """Return the days with what waited when each ended, counted back from what waits now."""
    last_decisions = {decision.item: decision for decision in decisions}
    judged = Counter(
        decision.at.astimezone(zone).date()
        for decision in last_decisions.values()
        if decision.verdict in {Verdict.RELEVANT, Verdict.NOT_RELEVANT}
    )
    counted_back = []
    for day in reversed(days):
        counted_back.append(replace(day, waiting=max(waiting, 0)))
        waiting -= day.items - judged[day.day]
    return counted_back[::-1]


def compared_days(days: Sequence[Day]) -> Sequence[Day]:
    """Return the days with which today's backlog is compared: that of a week ago, and the first; of two days none."""
    if len(days) < MIN_DAYS:
        return ()
    return (days[-1 - WEEK], days[0]) if len(days) > WEEK + 1 else days[:1]


def keeps_up(days: Sequence[Day]) -> bool | None:
    """Return True if no more waits than on any of the compared days, False if more than on each, else None.

    What came today need not be done yet: it is no more than before, but the desk is not said to keep up with it.
    """
    compared = [day.waiting for day in compared_days(days)]
    if compared and days[-1].waiting <= min(compared):
        return True
    return False if compared and days[-1].waiting - days[-1].items > max(compared) else None


def usual_backlog(days: Sequence[Day]) -> int:
    """Return how many items at most waited at the end of nine of ten days before today; 0 without any."""
    earlier = sorted(day.waiting for day in days[:-1])
    return earlier[(len(earlier) - 1) * 9 // 10] if earlier else 0


def median_or_zero(seconds: Sequence[float]) -> float:
    return median(seconds) if seconds else 0.0


def precision_by_entity(decisions: Iterable[DecisionSummary]) -> Mapping[int, Precision]:
    """Return the precision of each entity, the most judged first. The last decision in each item counts."""
    last_verdicts: dict[tuple[int, int], bool | None] = {}
    for decision in decisions:
        was_right = name_was_right(decision.verdict, decision.reason)
        for entity in decision.judged:
            last_verdicts[decision.item, entity] = was_right
    counts = Counter((entity, was_right) for (_, entity), was_right in last_verdicts.items() if was_right is not None)
    precisions = {entity: Precision(counts[entity, True], counts[entity, False]) for entity, _ in counts}
    return dict(sorted(precisions.items(), key=lambda pair: (-(pair[1].right + pair[1].wrong), pair[0])))
