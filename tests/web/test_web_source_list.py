"""The list of sources as its address says, and when a source, or the monitor, is late."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from kit.home import Clock
from kit.store import DAY, HOUR, NOW
from monitor.feeds.health import assess_feed
from monitor.model import Feed, FeedRecord, FeedState, FeedStatus, Silence
from monitor.web.source_list import SourceView, are_most_catching_up, most_late_since, source_rows

HEALTHS = [
    assess_feed(
        FeedRecord(n, Feed(str(n), f"https://{n}.example/", name, language, country, paused=paused), status=status,
                   memory=FeedState(last_new=Clock().now - timedelta(days=n))),
        None,
        Clock().now,
    )
    for n, (name, language, country, paused, status) in enumerate(
        [
            ("Бишкек", "ky", "KG", False, FeedStatus.OK),
            ("azattyk", "ky", "KG", False, FeedStatus.REFUSED),
            ("Zamandash", "ru", "KG", True, FeedStatus.OK),
            ("Asia", "ru", "KZ", False, FeedStatus.NEW),
            ("Chrono", "en", "", False, FeedStatus.EMPTY),
        ]
    )
]  # fmt: skip
ROWS = source_rows(HEALTHS, {0: [*[8] * 9, 1], 1: [*[4] * 9, 4], 4: [2] * 3})


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "azattyk Chrono Бишкек Asia Zamandash"),
        ({"sort": "-state"}, "Zamandash Asia Бишкек Chrono azattyk"),
        ({"sort": "source"}, "Asia azattyk Chrono Zamandash Бишкек"),
        ({"sort": "-source"}, "Бишкек Zamandash Chrono azattyk Asia"),
        ({"sort": "-volume"}, "azattyk Chrono Бишкек Asia Zamandash"),
        ({"sort": "new", "lang": "ru"}, "Asia Zamandash"),
        ({"state": "few"}, "Бишкек"),
        ({"state": "bad", "country": "KZ"}, ""),
        ({"country": "KZ"}, "Asia"),
        ({"state": "paused"}, "Zamandash"),
        ({"sort": "nonsense", "state": "nonsense"}, "azattyk Chrono Бишкек Asia Zamandash"),
    ],
)
def test_the_list_is_sorted_and_filtered_by_its_address(query: dict[str, str], names: str):
    shown = SourceView.from_query(query).arranged(ROWS)
    assert " ".join(row.health.state.feed.outlet for row in shown) == names


@pytest.mark.parametrize(
    ("status", "hours_ago", "is_told"),
    [
        (FeedStatus.REFUSED, 3, True),
        (FeedStatus.REFUSED, 25, False),
        (FeedStatus.REFUSED, None, False),
        (FeedStatus.OK, 3, False),
    ],
)
def test_the_figure_of_a_source_that_cannot_be_read_says_until_when(
    status: FeedStatus, hours_ago: int | None, *, is_told: bool
):
    last_ok = NOW - hours_ago * HOUR if hours_ago else None
    record = FeedRecord(1, Feed("one", "https://one.example/", "One"), status=status, last_ok=last_ok)
    (row,) = source_rows([assess_feed(record, None, NOW)], {1: [4, 3]}, {0, 1}, NOW)
    assert row.counted_until == (last_ok if is_told else None)


@pytest.mark.parametrize(("days_of_runs", "is_late"), [({0, 1, 2}, False), ({0, 2}, True)])
def test_the_figure_of_a_source_says_that_it_was_read_late(days_of_runs: set[int], *, is_late: bool):
    record = FeedRecord(1, Feed("one", "https://one.example/", "One"), status=FeedStatus.OK, last_ok=NOW)
    (row,) = source_rows([assess_feed(record, None, NOW)], {1: [2, 0, 9]}, days_of_runs, NOW)
    assert row.is_catching_up is is_late


@pytest.mark.parametrize(
    ("counts", "unread", "usual"),
    [
        ([*[8] * 8, *[0] * 9, 1], range(1, 10), 8),  # nothing came since nothing was read
        ([*[8] * 8, *[0] * 9, 1], (), 0),
        ([*[3] * 7, *[0, 24] * 8, 1], range(2, 17, 2), 3),  # a day that holds two is none of its days
        ([8, 0, 0, 0, 8, 8, 8, 1], (6, 5, 4), None),  # too few days are known
    ],
)
def test_days_on_which_a_source_was_not_read_are_not_usual(
    counts: list[int], unread: Collection[int], usual: int | None
):
    record = FeedRecord(1, Feed("one", "https://one.example/", "One"), status=FeedStatus.OK, last_ok=NOW)
    (row,) = source_rows([assess_feed(record, None, NOW)], {1: counts}, {*range(len(counts))} - {*unread}, NOW)
    assert row.usual == usual


def test_of_a_silent_source_nothing_is_usual_before_its_days_are_known():
    record = FeedRecord(1, Feed("one", "https://one.example/", "One"), status=FeedStatus.OK, last_ok=NOW)
    silent = assess_feed(record, Silence(record, NOW - 90 * DAY, DAY), NOW)
    for counts in ((), [0] * 7):
        (row,) = source_rows([silent], {1: counts}, range(30), NOW)
        assert row.usual is None and not row.is_far_fewer
    assert source_rows([silent], {1: [0] * 8}, range(30), NOW)[0].usual == 0


@pytest.mark.parametrize(("hours", "is_told"), [(25, False), (47, False), (48, True)])
def test_where_most_are_late_a_row_says_so_only_if_it_is_much_later(hours: int, *, is_told: bool):
    due = NOW - hours * HOUR
    record = FeedRecord(1, Feed("a", "A", "https://a.example/feed"), next_due=due, last_visit=due - HOUR)
    (row,) = source_rows([assess_feed(record, None, NOW)], {})
    assert row.is_later_than_most(NOW, NOW - DAY) is is_told and row.is_later_than_most(NOW, None)


@pytest.mark.parametrize(("count", "are_most"), [(3, True), (2, False), (1, False)])
def test_that_the_day_holds_earlier_ones_is_said_once_of_most_sources(count: int, *, are_most: bool):
    record = FeedRecord(1, Feed("one", "https://one.example/", "One"), status=FeedStatus.OK, last_ok=NOW)
    healths = [assess_feed(replace(record, number=number), None, NOW) for number in range(4)]
    counts = {number: [2, 0, 9] if number < count else [2, 3, 0] for number in range(4)}
    assert are_most_catching_up(source_rows(healths, counts, {0, 2}, NOW)) is are_most


def test_a_heading_sorts_and_sorts_the_other_way_the_second_time():
    view = SourceView.from_query({"lang": "ky", "sort": "source"})
    assert (view.sort_link("source"), view.direction("source")) == ("/sources?sort=-source&lang=ky", "ascending")
    assert (view.sort_link("volume"), view.direction("volume")) == ("/sources?sort=-volume&lang=ky", "none")
    assert replace(view, sort="-volume").sort_link("volume") == "/sources?sort=volume&lang=ky"


@pytest.mark.parametrize(
    ("since_last", "since_due", "is_overdue"),
    [(60, -1, False), (60, 59, False), (60, 61, True), (1, 15, False), (1, 25, True)],
)
def test_a_reading_is_overdue_after_twice_its_gap(since_last: int, since_due: int, *, is_overdue: bool):
    now, gap = NOW, timedelta(minutes=since_last / 2)
    due = now - timedelta(minutes=since_due)
    record = FeedRecord(1, Feed("a", "A", "https://a.example/feed"), next_due=due, last_visit=due - gap)
    (row,) = source_rows([assess_feed(record, None, now)], {})
    assert row.is_overdue(now) is is_overdue
    (paused,) = source_rows([assess_feed(replace(record, feed=replace(record.feed, paused=True)), None, now)], {})
    assert not paused.is_overdue(now)


@pytest.mark.parametrize(
    ("late_count", "other_count", "are_most"), [(2, 0, True), (3, 2, True), (2, 2, False), (1, 0, False)]
)
def test_where_most_sources_are_late_it_is_the_monitor_that_is(late_count: int, other_count: int, *, are_most: bool):
    record = FeedRecord(1, Feed("a", "A", "https://a.example/feed"), next_due=NOW, last_visit=NOW - HOUR)
    dues = [NOW - DAY - n * HOUR for n in range(late_count)]
    records = [replace(record, next_due=due, last_visit=due - HOUR) for due in dues] + [record] * other_count
    rows = source_rows([assess_feed(feed_record, None, NOW) for feed_record in records], {})
    assert most_late_since(rows, NOW) == (NOW - DAY if are_most else None)


@pytest.mark.parametrize(("gap", "days"), [(DAY, 1), (DAY * 5 / 3, 2), (DAY * 12.4, 12)])
def test_a_silent_source_tells_its_usual_gap_and_no_other_source_has_one(gap: timedelta, days: int):
    record = FeedRecord(1, Feed("a", "A", "https://a.example/feed"), status=FeedStatus.OK)
    silence = Silence(record, NOW - 90 * DAY, gap)
    assert assess_feed(record, silence, NOW).gap == days * DAY and assess_feed(record, None, NOW).gap is None
    assert assess_feed(replace(record, status=FeedStatus.REFUSED), silence, NOW).gap is None


def test_where_no_reading_remembers_it_the_last_article_is_the_newest_stored():
    records = [
        FeedRecord(n, Feed("a", "A", "https://a.example/feed"), memory=FeedState(last_new=last_new))
        for n, last_new in ((1, None), (2, NOW), (3, None))
    ]
    healths = [assess_feed(record, None, NOW) for record in records]
    rows = source_rows(healths, {}, newest={1: NOW - DAY, 2: NOW - 2 * DAY})
    assert [row.last_new for row in rows] == [NOW - DAY, NOW, None]
