"""The rhythm of feeds: publication hours learned from the past, and visits spent on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.schedule import (
    MIN_GAP,
    SchedulePolicy,
    learn,
    next_expected,
    next_visit,
    visits_a_day,
    visits_an_hour,
)
from monitor.ingest.visit import record_full, record_not_modified
from monitor.model import (
    DatePrecision,
    Feed,
    FeedEntry,
    FeedRecord,
    FeedState,
    FeedStatus,
    ParsedFeed,
    Rhythm,
    Validators,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
POLICY = SchedulePolicy()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MORNINGS = [NOW - DAY * day - 3 * HOUR for day in range(20)]  # at nine
TIMES = st.datetimes(datetime(2025, 1, 1), datetime(2026, 3, 1), timezones=st.just(UTC))


def gaps(rhythm: Rhythm, visits: float, start: datetime = NOW, days: int = 7) -> list[tuple[datetime, timedelta]]:
    """Return the visits of some days with the gap before each."""
    rates, at, visit_gaps = visits_an_hour(rhythm, visits), start, []
    while at < start + days * DAY:
        due = next_expected(rates, at, at)
        visit_gaps.append((due, due - at))
        at = due
    return visit_gaps


def test_visits_are_spent_where_entries_are_likely():
    of_hours = gaps(learn(Rhythm(), MORNINGS), 58)
    assert max(gap for at, gap in of_hours if 9 <= at.hour < 10) <= 11 * MINUTE
    assert min(gap for at, gap in of_hours if 20 <= at.hour < 23) >= 40 * MINUTE


def test_nothing_known_is_an_even_day():
    assert {gap for _, gap in gaps(Rhythm(), 48)} == {30 * MINUTE}


@pytest.mark.parametrize("visits", [6, 35, 58, 144, 1000])
@given(times=st.lists(TIMES, max_size=40))
def test_a_day_has_as_many_visits_as_it_may_and_no_hour_is_left_out(visits, times):
    visit_gaps = gaps(learn(Rhythm(), times), visits)
    assert len(visit_gaps) / 7 == pytest.approx(min(visits, 144), abs=1)
    assert min(gap for _, gap in visit_gaps) >= MIN_GAP - timedelta(seconds=1)
    assert max(gap for _, gap in visit_gaps) <= min(4.1 * DAY / min(visits, 144), 4.01 * HOUR) + MIN_GAP


def test_weekdays_count_from_four_weeks_on():
    workdays = [NOW - DAY * day - HOUR for day in range(60) if (NOW - DAY * day).weekday() < 5]
    short = learn(Rhythm(), [at for at in workdays if NOW - at < 20 * DAY])
    saturday = NOW + 5 * DAY
    count = {
        name: sum(at.date() == saturday.date() for at, _ in gaps(rhythm, 40))
        for name, rhythm in (("short", short), ("long", learn(Rhythm(), workdays)))
    }
    assert count["long"] < count["short"] * 0.7


def test_habits_change():
    evenings = [NOW + DAY * day + 8 * HOUR for day in range(120)]
    rates = visits_an_hour(learn(learn(Rhythm(), MORNINGS), evenings), 40)
    assert rates[20] > 3 * rates[9]


@given(st.lists(TIMES, min_size=2, max_size=30), st.integers(0, 30))
def test_what_is_learned_bit_by_bit_is_what_is_learned_at_once(times, cut):
    times = sorted(times)
    once, bits = learn(Rhythm(), times), learn(learn(Rhythm(), times[:cut]), times[cut:])
    assert bits.hours == pytest.approx(once.hours, abs=0.05)
    assert (bits.first, bits.last) == (once.first, once.last)


def test_visits_do_not_fall_behind_by_the_time_between_two_runs():
    rates = visits_an_hour(Rhythm(), 60)
    due = now = NOW
    count = 0
    while now < NOW + DAY:
        due = next_expected(rates, due, now)
        now = NOW + -((NOW - due) // (10 * MINUTE)) * 10 * MINUTE  # the next run of cron
        count += 1
    assert count == pytest.approx(60, abs=1)


# ---- what visits cost


@pytest.mark.parametrize(
    ("memory", "visits"),
    [
        (FeedState(), 35),
        (FeedState(visit_bytes=60_000), 35),
        (FeedState(visit_bytes=3_000_000), 24),
        (FeedState(visit_bytes=5_000, not_modified=NOW - DAY), 58),
        (FeedState(visit_bytes=60_000, not_modified=NOW - DAY), pytest.approx(41.7, abs=0.1)),
        (FeedState(visit_bytes=5_000, not_modified=NOW - 9 * DAY), 35),
        (FeedState(visit_bytes=5_000, not_modified=NOW, last_new=NOW - 29 * DAY), 58),
        (FeedState(visit_bytes=5_000, not_modified=NOW, last_new=NOW - 60 * DAY), 29),
        (FeedState(visit_bytes=5_000, not_modified=NOW, last_new=NOW - 6000 * DAY), 6),
        (FeedState(visit_bytes=5_000, not_modified=NOW, last_new=NOW + DAY), 58),
    ],
)
def test_a_feed_that_answers_304_may_be_asked_oftener_than_one_that_sends_all_again(memory, visits):
    assert visits_a_day(memory, NOW, POLICY) == visits


@given(
    hours=st.lists(TIMES, max_size=9),
    size=st.floats(0, 10**8),
    requested_wait=st.none() | st.timedeltas(timedelta(0), timedelta(days=9)),
    due=st.none() | TIMES,
    renewed=st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=9)),
)
def test_whatever_is_learned_no_visit_comes_sooner_than_the_server_asks(hours, size, requested_wait, due, renewed):
    memory = FeedState(rhythm=learn(Rhythm(), hours), visit_bytes=size, not_modified=NOW, renewed_in=renewed)
    record = replace(RECORD, next_due=due)
    wait = next_visit(record, FeedStatus.UNCHANGED, NOW, POLICY, memory=memory, requested_wait=requested_wait) - NOW
    assert max(POLICY.min_interval, min(requested_wait or POLICY.min_interval, DAY)) <= wait <= DAY


# ---- what is learned from a visit

RECORD = FeedRecord(1, Feed("lake", "https://lake.example/rss", "Lake"))


def entry(number: int, at: datetime | None, precision: DatePrecision = DatePrecision.MOMENT) -> FeedEntry:
    return FeedEntry(guid=str(number), published=at, precision=precision)


def after(record: FeedRecord, now: datetime, *entries: FeedEntry) -> FeedRecord:
    memory = record_full(record, now, ParsedFeed(entries=entries), Validators(), size=50_000)
    return replace(record, memory=memory, last_ok=now)


def test_the_first_visit_learns_from_all_entries_that_have_a_time():
    read = after(RECORD, NOW, entry(1, NOW - DAY), entry(2, NOW - 9 * HOUR), entry(3, NOW + HOUR), entry(4, None))
    assert (read.memory.rhythm.first, read.memory.rhythm.last) == (NOW - DAY, NOW - 9 * HOUR)
    of_days = after(RECORD, NOW, entry(1, NOW - DAY, DatePrecision.DAY))
    assert of_days.memory.rhythm == Rhythm()


def test_a_later_visit_learns_from_what_is_new():
    first = after(RECORD, NOW, entry(1, NOW - DAY))
    second = after(first, NOW + HOUR, entry(1, NOW - DAY), entry(2, NOW + 20 * MINUTE))
    assert sum(second.memory.rhythm.hours) == pytest.approx(2, abs=0.1)
    assert second.memory.rhythm.last == NOW + 20 * MINUTE
    third = after(second, NOW + 2 * HOUR, entry(1, NOW - DAY), entry(2, NOW + 20 * MINUTE))
    assert third.memory.rhythm == second.memory.rhythm


@pytest.mark.parametrize("published", [None, NOW - 300 * DAY, NOW + DAY])
def test_entries_without_a_usable_time_came_between_two_visits_and_count_as_one(published):
    first = after(RECORD, NOW, entry(1, NOW - DAY))
    second = after(first, NOW + HOUR, *(entry(number, published) for number in range(2, 40)))
    assert sum(second.memory.rhythm.hours) == pytest.approx(2, abs=0.1)
    assert second.memory.rhythm.last == NOW + 30 * MINUTE
    late = after(first, NOW + 3 * DAY, entry(1, NOW - DAY), entry(2, published and min(published, NOW - DAY)))
    assert late.memory.rhythm == first.memory.rhythm


def test_what_was_learned_while_the_clock_ran_ahead_is_forgotten():
    first = after(RECORD, NOW, entry(1, NOW - DAY))
    from_future = replace(first, memory=replace(first.memory, rhythm=learn(Rhythm(), [NOW + 3000 * DAY])))
    second_visit = after(from_future, NOW + HOUR, entry(1, NOW - DAY), entry(2, NOW + 20 * MINUTE))
    assert second_visit.memory.rhythm == learn(Rhythm(), [NOW + 20 * MINUTE])


def test_the_size_of_a_visit_is_the_mean_of_the_last_ones():
    record = after(RECORD, NOW, entry(1, NOW))
    assert record.memory.visit_bytes == 51_000
    for _ in range(60):
        record = replace(record, memory=record_not_modified(record, NOW, Validators()))
    assert record.memory.visit_bytes < 2_000
    assert record.memory.not_modified == NOW
