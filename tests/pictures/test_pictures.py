"""Pictures: what their figures are made of, and what must not be in them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.digests import article, at, hit, item
from kit.store import HOUR, MINUTE, NOW
from monitor.ingest.visit import FAILURES_KEPT, MAX_FAILURES, record_failure
from monitor.model import Change, DecisionSummary, Feed, FeedRecord, FeedState, FeedStatus, Finding, Verdict, Window
from monitor.pictures.arrivals import HOURS, first_hour, make_arrivals, minutes_for, verdict_counts
from monitor.pictures.bars import Fate, bar_time, make_bars, naming_articles, outlet_rows
from monitor.pictures.columns import HEIGHT, draw_columns, scale
from monitor.pictures.days import full_height, source_days
from monitor.pictures.story import MOST_TRACKS, MomentKind, story_time

UTC_ZONE = ZoneInfo("UTC")
MELIS = hit("Melis Tokoev", "Melis Tokoev is held.", "Melis Tokoev", where=1)


# ---- a scale, and columns over it -------------------------------------------------------------------------------------


@given(st.floats(0, 1e9))
def test_a_scale_has_few_round_figures_and_the_last_is_not_below_the_highest(highest):
    figures = scale(highest)
    assert 1 <= len(figures) <= 3 and figures[-1] >= highest
    assert {figure % figures[0] for figure in figures} == {0} and str(figures[0]).rstrip("0") in {"1", "2", "5"}
    assert len(figures) == 1 or figures[-2] < highest  # no line above the one that is needed


def test_columns_stand_over_a_scale_with_all_its_figures_and_a_level_has_none():
    picture = draw_columns([0, 30, 90], ["1 Nov", "", "a & b"], "days", 45)
    assert re.findall(r'height="([\d.]+)"/>', picture) == [f"{HEIGHT * share:.1f}" for share in (0.3, 0.9)]
    assert re.findall(r">([^<>]+)</text>", picture) == ["50", "100", "1 Nov", "a &amp; b"]
    marked = draw_columns([70, None, 0, 12.4], [""] * 4, "days", last_is_marked=True)
    assert re.findall(r">([^<>]+)</text>", marked) == ["50", "100", "70", "–", "12"], "the highest and the last"
    for days in (14, 30):  # above the middle of their columns, narrow or not
        picture = draw_columns([9, *[8] * (days - 2), 7], [""] * days, "days", last_is_marked=True)
        assert picture.partition('class="figures"')[2].count('text-anchor="middle"') == 2, days
    assert "<rect" not in draw_columns([0, 0], ["", ""], "days") and "<rect" not in draw_columns([], [], "none")


def test_a_cross_stands_above_the_column_of_a_day_that_failed_and_on_no_other():
    picture = draw_columns([9, 3, 0, 6], [""] * 4, "days", last_is_marked=True, failed=[1, 2, 3])
    (figures,) = re.findall('class="figures">(.*?)</g>', picture)
    words = [re.sub("<[^>]+>", "", figure) for figure in re.findall("<text.*?</text>", figures)]
    assert words == ["9", "✕", "✕", "6 ✕"]
    tops = [float(top) for top in re.findall(r'<rect[^>]* y="([\d.]+)"', picture)]
    places = [float(place) for place in re.findall(r' y="([\d.]+)">', figures)]
    assert places[1] < tops[1] and places[3] < tops[2] and places[2] < max(tops) + HEIGHT
    assert "✕" not in draw_columns([9, 0], ["", ""], "days", last_is_marked=True)


@pytest.mark.parametrize("value", [20, 33, 39, 44, 45, 46, 60])
def test_no_level_goes_through_the_figure_of_a_column(value: int):
    picture = draw_columns([value, value], ["", ""], "days", 45, last_is_marked=True)
    (level,) = re.findall(r'class="level"><line x2="100%" y1="([\d.]+)"', picture)
    places = re.findall(r'y="([\d.]+)">', picture.partition('class="figures"')[2].partition("</g>")[0])
    assert places and all(not float(y) - 10 < float(level) < float(y) + 2 for y in places)


def test_the_figure_of_the_last_column_alone_may_stand_beside_a_higher_neighbour():
    assert re.findall(
        r'<text class="beside"[^>]*>(\d+)<', draw_columns([9, 19, 14], [""] * 3, "d", last_is_marked=True)
    ) == ["14"]
    # Today has its figure always, where there is room for one alone, and where it is 0.
    for values, shown in (([9, 19, 0], ["19", "0"]), ([*[1] * 28, 9, 7], ["7"]), ([*[1] * 28, 9, 0], ["0"])):
        figures = draw_columns(values, [""] * len(values), "days", last_is_marked=True).partition('class="figures"')[2]
        assert re.findall(r">(\d+)</text>", figures) == shown


# ---- what came to the queue ------------------------------------------------------------------------------------------


def test_arrivals_are_counted_by_hour_and_end_with_the_present_one():
    now = NOW + 20 * MINUTE
    arrivals = make_arrivals({(first_hour(now), True): 2, (NOW, False): 3, (NOW - 30 * HOUR, True): 9}, now, None)
    assert len(arrivals.hours) == HOURS and arrivals.hours[-1].start == NOW
    assert (arrivals.hours[0].waiting, arrivals.hours[-1].done) == (2, 3)
    assert (arrivals.done, arrivals.total, arrivals.highest) == (3, 5, 3)  # nothing of the day before


def decisions(user: str, *minutes: float, **fields: object) -> list[DecisionSummary]:
    """Return decisions on different items, so many minutes after each other."""
    times = [NOW + timedelta(minutes=sum(minutes[:n])) for n in range(len(minutes) + 1)]
    return [DecisionSummary(n, t, user, Verdict.RELEVANT)._replace(**fields) for n, t in enumerate(times)]


@pytest.mark.parametrize(
    ("waiting", "done", "minutes"),
    [
        (12, decisions("Aida", *[0.5] * 5), 6),
        (12, decisions("Aida", *[0.5] * 4), None),  # four say nothing yet
        (12, [*decisions("Aida", *[0.5] * 4), *decisions("Bek", *[2] * 5)], 24),  # everybody: 2 minutes in the median
        (12, [*decisions("Aida", *[0.5] * 5), *decisions("Bek", *[2] * 50)], 6),  # her own pace, not theirs
        (0, decisions("Aida", *[0.5] * 5), None),
        (1, decisions("Aida", *[0.01] * 5), 1),  # never "0 minutes"
        (12, decisions("Aida", *[11] * 9), None),  # pauses are no pace
        (12, decisions("Aida", *[0.5] * 9, batch="b"), None),  # one step for many is none
        (12, [], None),
    ],
)
def test_the_time_left_is_that_of_the_users_pace_of_today_or_unknown(waiting, done, minutes):
    assert minutes_for(waiting, done, "Aida") == minutes


def test_what_was_done_counts_an_item_once_by_its_last_verdict():
    done = [*decisions("Aida", 1, 1), DecisionSummary(1, NOW + HOUR, "Aida", Verdict.NOT_RELEVANT)]
    assert verdict_counts(done) == {Verdict.RELEVANT: 2, Verdict.NOT_RELEVANT: 1}
    assert verdict_counts([]) == {}


# ---- the days of a source --------------------------------------------------------------------------------------------


def test_a_day_is_silent_only_if_the_source_was_read_and_did_not_fail():
    failures = [(NOW - 50 * HOUR, NOW - 49 * HOUR)]
    days = source_days([4, 0, 0, 0, 2], failures, {0, 1, 2, 4}, NOW, 7)
    assert [day.count for day in days] == [0, 0, 4, 0, 0, 0, 2]
    assert [day.is_silent for day in days] == [False, False, False, False, False, True, False]
    assert [day.has_failed for day in days] == [False, False, False, False, True, False, False]
    assert days[-1].end == NOW and not days[0].was_read  # a new source was not silent before it was added


def test_a_source_that_failed_last_and_is_asked_rarely_since_was_silent_on_no_day():
    failures = [(NOW - 150 * HOUR, NOW - 149 * HOUR), (NOW - 77 * HOUR, NOW - 76 * HOUR)]

    def has_failed(*, is_failing: bool) -> list[bool]:
        days = source_days([1, 2, 0, 0, 0, 0, 0], failures, range(7), NOW, 7, is_failing=is_failing)
        assert not any(day.is_silent and day.has_failed for day in days)
        return [day.has_failed for day in days]

    assert has_failed(is_failing=True) == [True, False, False, True, True, True, True]
    assert has_failed(is_failing=False) == [True, False, False, True, False, False, False]  # it was read again
    days = source_days([1, 0, 0, 0], failures, {0, 3}, NOW, 4, is_failing=True)
    assert [day.has_failed for day in days] == [True, False, False, True]  # no run, so it was not read
    assert not any(day.has_failed for day in source_days([1, 2], [], {0, 1}, NOW, 2, is_failing=True))


@pytest.mark.parametrize(
    ("counts", "days_of_runs", "usual", "height"),
    [
        ([3, 4, 2, 5], range(4), 3, 5),
        ([3, 4, 2, 8], range(4), 3, 8),
        ([3, 4, 2, 9], range(4), 3, 4),  # stands out so far that the others would be flat
        ([3, 4, 2, 9], range(4), 5, 9),
        ([3, 4, 2, 0, 7], {0, 2, 3, 4}, 3, 4),  # holds the day before
        ([0, 0, 4, 0, 9], range(5), None, 9),  # nothing to compare
        ([0, 0], range(2), None, 1),
    ],
)
def test_a_day_that_stands_out_does_not_flatten_the_others(counts, days_of_runs, usual, height):  # type: ignore[no-untyped-def]
    assert full_height(source_days(counts, [], days_of_runs, NOW, len(counts)), usual) == height


@pytest.mark.parametrize(
    ("counts", "failures", "days_of_runs", "late_days"),
    [
        ([2, 0, 0, 9, 2], [], {0, 1, 4}, [3]),  # no run on two days
        ([2, 0, 0, 9, 2], [(NOW - 90 * HOUR, NOW - 40 * HOUR)], range(5), [3]),
        ([2, 2, 2, 9, 2], [(NOW - 50 * HOUR, NOW - 47 * HOUR)], range(5), []),  # three hours are no days
        ([2, 0, 0, 0, 0], [(NOW - 90 * HOUR, NOW - 40 * HOUR)], range(5), []),
        ([2, 2, 2, 9, 2], [], range(5), []),  # a surge
        ([9, 2], [], {0, 1}, []),  # new: nothing is known of the days before
    ],
)
def test_a_day_that_follows_unread_ones_is_marked(counts, failures, days_of_runs, late_days):  # type: ignore[no-untyped-def]
    days = source_days(counts, failures, days_of_runs, NOW, len(counts))
    assert [place for place, day in enumerate(days) if day.is_catching_up] == late_days


def test_a_silent_source_has_no_news_on_any_day_since_its_newest_article():
    days = source_days([], [(NOW - HOUR, NOW)], {0}, NOW, 5, silent_since=NOW - 74 * HOUR)
    assert [day.is_silent for day in days] == [False, False, True, True, False]  # the last reading failed


def failed(state: FeedState, when: datetime, failures: int = 0) -> FeedState:
    record = FeedRecord(1, Feed("post", "https://post.example/rss", "Post"), memory=state, failures=failures)
    return record_failure(record, FeedStatus.UNREACHABLE, when)


def test_failed_visits_are_remembered_as_spans():
    state = failed(FeedState(), NOW)
    assert state.failures == ((NOW, NOW),)
    state = failed(state, NOW + 2 * HOUR)  # read in between, but not for long
    assert state.failures == ((NOW, NOW + 2 * HOUR),)
    state = failed(state, NOW + 9 * HOUR)
    assert state.failures[-1] == (NOW + 9 * HOUR, NOW + 9 * HOUR) and len(state.failures) == 2
    # In a row it is one trouble, however long the pause between two tries.
    assert failed(state, NOW + 40 * HOUR, failures=1).failures[-1] == (NOW + 9 * HOUR, NOW + 40 * HOUR)
    assert failed(state, NOW + FAILURES_KEPT + 10 * HOUR).failures == ((NOW + FAILURES_KEPT + 10 * HOUR,) * 2,)


@given(st.lists(st.tuples(st.integers(-200_000, 400_000), st.integers(0, 3)), max_size=150))
def test_the_memory_of_failures_is_bounded_and_in_order_whatever_the_clock_does(steps):
    state, now = FeedState(), NOW
    for seconds, failures in steps:
        now += timedelta(seconds=seconds)
        state = failed(state, now, failures)
        assert state.failures[-1][1] == now and len(state.failures) <= MAX_FAILURES
        assert all(since <= until <= now for since, until in state.failures)


# ---- a story in time, and who wrote about a name ---------------------------------------------------------------------


def test_a_story_shows_who_was_first_who_copied_and_what_was_changed():
    first = replace(article(1, "Post", "Detained", at(24, "09:00"), "en"), findings=(
        Finding(Change.HEADLINE, "a", "b", found=at(24, "12:00")),
        Finding(Change.SENTENCE, "c", "d", found=at(24, "12:00")),
        Finding(Change.READ, "", "", found=at(24, "12:30")),
        Finding(Change.GONE, "", "", found=at(24, "19:00")),
    ))  # fmt: skip
    copy = replace(article(2, "Wire", "Detained", at(24, "10:00"), "en"), copy_of=1)
    report = article(3, "Herald", "He is held", at(24, "11:00"), "en")
    story = story_time(item(1, [report, first, copy], [MELIS]))
    assert story is not None
    assert [(m.kind.value, m.outlet) for m in story.moments] == [
        ("first", "Post"), ("copy", "Wire"), ("report", "Herald"), ("edit", "Post"), ("absence", "Post"),
    ]  # fmt: skip
    assert [outlet for outlet, _ in story.tracks] == ["Post", "Wire", "Herald"]
    places = [moment.place for moment in story.moments]
    assert places == sorted(places) and places[0] > 0 and places[-1] < 100


def test_a_single_article_is_no_picture_and_a_large_story_has_few_tracks():
    one = article(1, "Post", "Detained", at(24, "09:00"), "en")
    assert story_time(item(1, [one], [MELIS])) is None
    articles = [article(n, f"Outlet {n}", "Detained", at(24, "09:00"), "en") for n in range(1, 13)]
    story = story_time(item(1, articles, [MELIS]))
    assert story and len(story.tracks) == MOST_TRACKS and story.more_outlets == 4 and len(story.moments) == 12
    assert sum(moment.kind is MomentKind.FIRST for moment in story.moments) == 1
    assert {moment.place for moment in story.moments} == {50}  # all at one moment


def test_only_articles_that_name_somebody_count_for_the_outlets_of_a_name():
    named, unnamed = (article(n, outlet, "Told", at(24, "09:00"), "en") for n, outlet in ((1, "Post"), (2, "Herald")))
    story = item(1, [named, unnamed], [MELIS, hit("Nura", "Nura sang.", "Nura", where=2)])
    window = Window(at(20, "00:00"), at(26, "00:00"))
    bars = make_bars([(story, bar_time(named, window), Fate.RELEVANT)], window, UTC_ZONE)
    (row,) = outlet_rows(naming_articles([story], MELIS.entity), bars, UTC_ZONE)
    assert (row.outlet, row.total) == ("Post", 1)
    assert [bars[n].first_day.day for n, count in enumerate(row.counts) if count] == [24]
    assert outlet_rows(naming_articles([story], "nobody"), bars, UTC_ZONE) == ()
