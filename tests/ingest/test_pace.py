"""The pace of feeds: how often they are read, in words for operators, and how long articles really took."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kit.articles import COURT, DOCTOR, WEATHER
from kit.outlets import Piece
from monitor.app.upkeep.doctor import check_installation
from monitor.feeds.schedule import learn, pace_of
from monitor.model import Feed, FeedRecord, FeedState, Rhythm

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BISHKEK = ZoneInfo("Asia/Bishkek")  # six hours ahead
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WORKDAYS = learn(Rhythm(), [NOW - DAY * day + HOUR * (hour - 12) for day in range(1, 15) for hour in (4, 6, 8, 10)])
BUSIEST = FeedState(rhythm=WORKDAYS, not_modified=NOW, visit_bytes=1)


def record(memory: FeedState = FeedState(), interval: timedelta | None = None) -> FeedRecord:
    return FeedRecord(1, Feed("lake", "https://lake.example/rss", "Lake", interval=interval), memory=memory)


@pytest.mark.parametrize(
    ("feed", "words"),
    [
        (record(), "every 41 min"),
        (record(BUSIEST), "usually 10 to 17 h, every 11 min then"),
        (record(replace(BUSIEST, asked=HOUR)), "usually 10 to 17 h, every 60 min, as it asks"),
        (record(replace(BUSIEST, asked=timedelta(minutes=1))), "usually 10 to 17 h, every 11 min then"),
        (record(FeedState(rhythm=learn(Rhythm(), [NOW, NOW + HOUR]))), "every 41 min"),
        (record(BUSIEST, 10 * HOUR / 60), "every 10 min"),
        (record(BUSIEST, 4 * HOUR), "every 4 h"),
        (record(replace(BUSIEST, asked=9 * HOUR), 4 * HOUR), "every 9 h, as it asks"),
        (record(BUSIEST, timedelta(seconds=1)), "every 5 min"),
    ],
)
def test_a_feed_says_when_it_is_read_and_how_often(feed, words):
    assert str(pace_of(feed, NOW, BISHKEK)) == words


def test_usual_hours_may_go_over_midnight():
    nights = learn(Rhythm(), [NOW - DAY * day + HOUR * hour for day in range(1, 15) for hour in (10, 11, 12, 13)])
    assert str(pace_of(record(FeedState(rhythm=nights)), NOW, UTC)).startswith("usually 22 to 2 h, ")


def test_waits_run_from_publication_to_storing_and_exclude_the_first_visit(bench):
    bench.watch("herald")
    bench.add("post", Piece("snow", "Snow", WEATHER, age=2 * HOUR))
    bench.ingest()
    waits = bench.app.store.statistics.waits
    assert waits(bench.clock.now) == []
    for minutes, (path, text) in zip((5, 50), (("court", COURT), ("doctor", DOCTOR)), strict=True):
        bench.advance(hours=3)
        bench.web.now = bench.clock.now
        bench.add("post", Piece(path, path, text, age=timedelta(minutes=minutes)))
        bench.ingest()
        bench.web.now -= 3 * HOUR * (minutes == 5)
    numbers = {state.feed.id: state.number for state in bench.app.feeds()}
    shown = sorted(round(wait / timedelta(minutes=1)) for wait in waits(bench.clock.now, numbers["post"]))
    assert shown[-1] == 50 and len(shown) == 2
    (freshness,) = (c.message for c in check_installation(bench.app.settings, bench.app) if c.subject == "freshness")
    assert freshness.startswith("half of 2 articles of the last 7 days were stored within ")
    assert waits(bench.clock.now, numbers["herald"]) == []
    assert waits(bench.clock.now + 8 * DAY) == []
