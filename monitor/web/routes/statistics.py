"""What came, how fast it was judged, and how often names were right: in numbers of everybody together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise
from statistics import median
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.responses import Response

from monitor.model import DecisionSummary, Role
from monitor.review.feedback import Precision, name_was_right
from monitor.web.render import render
from monitor.web.security import Routes, monitor, visitor

routes = Routes()
SHOWN, LEARNT = 30, 90  # days: of what is counted by day, and of what decisions say of names
A_BREAK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Day:
    """`seconds`: what an item took, in the middle; 0 where none was judged."""

    day: date
    came: int
    made: int
    seconds: float


@routes.page("/statistics", Role.READER)
def statistics(request: Request) -> Response:
    app, who = monitor(request), visitor(request)
    zone = app.settings.timezone
    today = app.clock().astimezone(zone).date()
    begun, learnt = (datetime.combine(today - timedelta(days=n - 1), time(), zone) for n in (SHOWN, LEARNT))
    came = app.store.statistics.came(begun, who.unseen)
    decisions = app.store.statistics.said(learnt, who.unseen)
    recent = [said for said in decisions if said.at >= begun]
    took = list(pace(recent))
    numbers = app.store.watchlists.numbers()
    watched = {numbers[entity.id]: entity.name for entity in app.store.watchlists.current().entities}
    return render(
        request,
        "statistics.html",
        days=by_day(came, recent, took, begun.date(), today, zone),
        took=median_or_none([seconds for _, seconds in took]),
        names=[(watched[entity], right) for entity, right in rightness(decisions).items() if entity in watched],
        learnt=LEARNT,
    )


def by_day(  # noqa: PLR0917 - what is counted, and of which days
    came: Mapping[datetime, int],
    decisions: Sequence[DecisionSummary],
    took: Sequence[tuple[datetime, float]],
    first: date,
    last: date,
    zone: ZoneInfo,
) -> list[Day]:
    """Every day from first to last, as days are in this zone."""
    items: Counter[date] = Counter()
    for at, many in came.items():
        items[at.astimezone(zone).date()] += many
    made = Counter(said.at.astimezone(zone).date() for said in decisions)
    paces: dict[date, list[float]] = {}
    for at, seconds in took:
        paces.setdefault(at.astimezone(zone).date(), []).append(seconds)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [Day(day, items[day], made[day], median_or_none(paces.get(day, ()))) for day in days]


def pace(decisions: Sequence[DecisionSummary]) -> Iterator[tuple[datetime, float]]:
    """When an item was judged, and how many seconds after the one that the same person judged before it.

    Without those that came after a break, and those that were judged many at once.
    """
    ordered = sorted(decisions, key=lambda said: (said.by, said.at))
    items = [list(one)[-1] for _, one in groupby(ordered, key=lambda said: (said.by, said.batch or said.item))]
    for before, said in pairwise(items):
        if before.by == said.by and not said.batch and said.at - before.at <= A_BREAK:
            yield said.at, (said.at - before.at).total_seconds()


def median_or_none(seconds: Sequence[float]) -> float:
    return median(seconds) if seconds else 0.0


def rightness(decisions: Iterable[DecisionSummary]) -> Mapping[int, Precision]:
    """Of each entity, the most judged first: the last word on it in each item counts."""
    last: dict[tuple[int, int], bool | None] = {}
    for said in decisions:
        right = name_was_right(said.verdict, said.reason)
        for entity in said.judged:
            last[said.item, entity] = right
    sides = Counter((entity, right) for (_, entity), right in last.items() if right is not None)
    found = {entity: Precision(sides[entity, True], sides[entity, False]) for entity, _ in sides}
    return dict(sorted(found.items(), key=lambda pair: (-(pair[1].right + pair[1].wrong), pair[0])))
