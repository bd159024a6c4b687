"""Contracts of the figures behind pictures, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from kit.store import DAY, HOUR, MELIS, NOW, filed, hit, stored, watch
from monitor.model import Confidence, Decision, Entity, EntityType, Placement, Run, Verdict, Window
from monitor.review.decisions import decide
from monitor.store import Store


def judge(store: Store, number: int, verdict: Verdict = Verdict.RELEVANT, until: datetime | None = None) -> None:
    item = store.reviews.get(number)
    new = decide(item, Decision(number, item.version, NOW, "Aida", verdict, until=until))
    store.reviews.save(new, was=item.version, decision=new.history[-1])


def add_copy(store: Store, number: int, at: object) -> None:
    item = store.reviews.get(number)
    copy = stored(store, hit(), at=at, outlet="Copycat")
    store.stories.file(copy, Placement(item.story, copy_of=item.first.id), item, at, expected_version=item.version)


def test_arrivals_are_items_that_came_since_a_time_by_whether_they_are_reviewed(store: Store):
    watch(store)
    one, two, _old = (filed(store, at=NOW - hours * HOUR) for hours in (3, 3, 30))
    hour = (NOW - 3 * HOUR).replace(minute=0, second=0)
    arrivals = store.statistics.arrivals
    assert arrivals(NOW - DAY) == {(hour, True): 2} and arrivals(NOW) == {}
    judge(store, two.id)
    judge(store, one.id, Verdict.LATER, until=NOW + DAY)  # put off is not reviewed
    assert arrivals(NOW - DAY) == {(hour, True): 1, (hour, False): 1}
    add_copy(store, two.id, NOW - HOUR)
    assert arrivals(NOW - 2 * HOUR) == {}  # a copy of a story that is decided is no work of the day


def test_the_latest_decisions_are_those_of_the_last_rows(store: Store):
    watch(store)
    numbers = [filed(store, at=NOW - HOUR).id for _ in range(3)]
    for number in numbers:
        judge(store, number)
    latest = store.statistics.latest_decisions
    assert [d.item for d in latest(NOW - DAY, 99)] == numbers
    assert [d.item for d in latest(NOW - DAY, 2)] == numbers[1:]
    assert latest(NOW + HOUR, 99) == latest(NOW - DAY, 0) == []


def test_days_of_runs_are_those_on_which_anything_was_read(store: Store):
    for hours, read in ((1, 1), (25, 0), (49, 1), (31 * 24, 1)):
        store.runs.save(Run(started=NOW - hours * HOUR, fetched=read))
    store.runs.save(Run(started=NOW - 73 * HOUR, unchanged=2))
    assert store.statistics.days_of_runs(NOW) == {0, 2, 3}


def test_stories_about_people_are_counted_by_day_until_the_end_of_a_digest(store: Store):
    kos = Entity("kos", "KOS", type=EntityType.ORGANIZATION)
    watch(store, MELIS, kos)
    both = "Melis Tokoev spoke of KOS."
    old = filed(store, hit(), at=NOW - 5 * DAY - HOUR)
    filed(store, hit(text=both), hit("KOS", "kos", both), at=NOW - HOUR, text=both)
    filed(store, replace(hit(), confidence=Confidence.POSSIBLE), at=NOW - HOUR)  # only possible
    filed(store, hit(), at=NOW - 15 * DAY)
    filed(store, hit(), at=NOW + HOUR)  # after its end
    add_copy(store, old.id, NOW - 2 * HOUR)  # a story counts on each day on which it gained an article
    add_copy(store, old.id, NOW - 2 * HOUR)
    judge(
        store, filed(store, hit(), at=NOW - 3 * HOUR).id, Verdict.NOT_RELEVANT
    )  # the figure beside it has none either
    counts = store.reading.digest_input(Window(NOW - DAY, NOW)).daily_stories
    assert counts == {"melis": (*[0] * 8, 1, *[0] * 4, 2)}
    assert store.reading.digest_input(Window(NOW - 40 * DAY, NOW - 39 * DAY)).daily_stories == {}
