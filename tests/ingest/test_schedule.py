"""Schedules: when feeds are due and pages tried again, and what servers may ask of us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock import stable_jitter
from monitor.feeds.schedule import (
    SchedulePolicy,
    freshness_lifetime,
    learn,
    next_try,
    next_visit,
    retry_after,
)
from monitor.model import Feed, FeedRecord, FeedState, FeedStatus, Rhythm

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
POLICY = SchedulePolicy()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def feed(failures: int = 0, interval: timedelta | None = None) -> FeedRecord:
    return FeedRecord(1, Feed("lake", "https://lake.example/rss", "Lake", interval=interval), failures=failures)


WAITS = [
    # interval, asked, wait; `interval` is the gap, less a minute for cron
    (2 * HOUR, None, 2 * HOUR - MINUTE),
    (2 * HOUR, 3 * HOUR, 3 * HOUR),
    (2 * HOUR, 1 * HOUR, 2 * HOUR - MINUTE),
    (10 * MINUTE, None, 9 * MINUTE),
    (10 * MINUTE, HOUR, HOUR),
    (1 * MINUTE, None, 5 * MINUTE),
    (timedelta(days=7), None, DAY),
    (None, 2 * HOUR, 2 * HOUR),
    (None, timedelta(days=5844), DAY),
]


@pytest.mark.parametrize("status", [FeedStatus.OK, FeedStatus.UNCHANGED, FeedStatus.EMPTY])
@pytest.mark.parametrize(("interval", "requested_wait", "wait"), WAITS)
def test_a_healthy_feed_waits_for_its_interval_and_for_what_it_asks(interval, requested_wait, wait, status):
    assert next_visit(feed(interval=interval), status, NOW, POLICY, requested_wait=requested_wait) == NOW + wait


@pytest.mark.parametrize("quiet", [HOUR, 30 * DAY, 3000 * DAY])
def test_an_interval_is_the_gap_day_and_night_however_quiet_the_feed_is(quiet):
    memory = FeedState(last_new=NOW - quiet, rhythm=learn(Rhythm(), [NOW - 12 * HOUR]), renewed_in=MINUTE)
    for hour in range(48):
        now = NOW + hour * HOUR
        wait = next_visit(feed(interval=10 * MINUTE), FeedStatus.UNCHANGED, now, POLICY, memory=memory) - now
        assert wait == 9 * MINUTE


def test_with_an_interval_of_ten_minutes_each_run_of_cron_visits_though_it_begins_late():
    began = NOW + timedelta(seconds=40)  # of the run of noon; the next one asks what is due at 12:10:02
    assert next_visit(feed(interval=10 * MINUTE), FeedStatus.OK, began, POLICY) <= NOW + timedelta(
        minutes=10, seconds=2
    )


RENEWED = [(5 * HOUR, None), (40 * MINUTE, 20 * MINUTE), (MINUTE, 5 * MINUTE), (-HOUR, 5 * MINUTE)]


@pytest.mark.parametrize(("renewed_in", "wait"), RENEWED)
def test_a_feed_is_visited_before_half_of_its_entries_are_replaced(renewed_in, wait):
    usual = next_visit(feed(), FeedStatus.OK, NOW, POLICY)
    due = next_visit(feed(), FeedStatus.OK, NOW, POLICY, memory=FeedState(renewed_in=renewed_in))
    assert due == (usual if wait is None else NOW + wait)


def test_an_evening_article_of_a_sleeping_feed_is_in_the_digest_of_the_morning():
    """Seen by midnight, and with one failed visit in between still long before eight."""
    asleep = FeedState(last_new=NOW - 2000 * DAY, rhythm=learn(Rhythm(), [NOW - 2000 * DAY]))
    for hour in range(24):
        now = NOW + hour * HOUR
        wait = next_visit(feed(), FeedStatus.UNCHANGED, now, POLICY, memory=asleep) - now
        first_wait = next_visit(feed(), FeedStatus.UNREACHABLE, now, POLICY, jitter=0.999) - now
        assert wait + first_wait < 5 * HOUR


def test_old_failures_do_not_slow_a_feed_that_is_well_again():
    assert next_visit(feed(failures=40), FeedStatus.OK, NOW, POLICY) == next_visit(feed(), FeedStatus.OK, NOW, POLICY)


FAILING = [
    # failures before this one, status, asked, wait
    (0, FeedStatus.UNREACHABLE, None, 30 * MINUTE),
    (1, FeedStatus.UNREACHABLE, None, 60 * MINUTE),
    (5, FeedStatus.HTML, None, 3 * HOUR),
    (47, FeedStatus.TLS, None, DAY),
    (10_000, FeedStatus.NOT_FOUND, None, DAY),
    (0, FeedStatus.THROTTLED, 2 * HOUR, 2 * HOUR),
    (0, FeedStatus.THROTTLED, MINUTE, 30 * MINUTE),
    (0, FeedStatus.THROTTLED, timedelta(days=3652), DAY),
    (9, FeedStatus.THROTTLED, HOUR, 5 * HOUR),
    (0, FeedStatus.GONE, None, DAY),
]


@pytest.mark.parametrize(("failures", "status", "requested_wait", "wait"), FAILING)
def test_a_failing_feed_backs_off_line_by_line_and_is_never_given_up(failures, status, requested_wait, wait):
    assert next_visit(feed(failures), status, NOW, POLICY, requested_wait=requested_wait) == NOW + wait


def test_a_short_interval_does_not_shorten_the_back_off():
    assert next_visit(feed(1, 10 * MINUTE), FeedStatus.UNREACHABLE, NOW, POLICY) == NOW + HOUR


@given(
    status=st.sampled_from([s for s in FeedStatus if s is not FeedStatus.NEW]),
    failures=st.integers(0, 10**6),
    requested_wait=st.none() | st.timedeltas(timedelta(0), timedelta(days=9999)),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_every_feed_is_visited_again_not_too_soon_and_within_a_day(status, failures, requested_wait, jitter):
    due = next_visit(feed(failures), status, NOW, POLICY, requested_wait=requested_wait, jitter=jitter)
    assert max(POLICY.min_interval, min(requested_wait or POLICY.min_interval, DAY)) <= due - NOW <= DAY


def test_jitter_spreads_feeds_that_fail_together_and_never_asks_early():
    dues = {next_visit(feed(), FeedStatus.TLS, NOW, POLICY, jitter=stable_jitter(f"feed-{n}")) for n in range(200)}
    assert len(dues) > 190
    assert min(dues) >= NOW + 30 * MINUTE
    assert max(dues) < NOW + 33 * MINUTE


def test_a_page_is_tried_five_times_over_most_of_a_day():
    waits = [next_try(tries, NOW, POLICY) for tries in range(1, 7)]
    assert waits == [NOW + 15 * MINUTE, NOW + HOUR, NOW + 4 * HOUR, NOW + 16 * HOUR, None, None]


@pytest.mark.parametrize(
    ("tries", "requested_wait", "wait"),
    [(1, HOUR, HOUR), (1, MINUTE, 15 * MINUTE), (2, timedelta(days=30), DAY), (3, None, 4 * HOUR)],
)
def test_a_page_waits_for_retry_after_but_a_day_at_most(tries, requested_wait, wait):
    assert next_try(tries, NOW, POLICY, requested_wait) == NOW + wait


def test_retry_after_does_not_win_a_sixth_try():
    assert next_try(5, NOW, POLICY, HOUR) is None


FRESH = [
    ({"cache-control": "max-age=3600"}, HOUR),
    ({"cache-control": "public, MAX-AGE = 600, must-revalidate"}, 10 * MINUTE),
    ({"cache-control": 'max-age="600"'}, 10 * MINUTE),
    ({"cache-control": "max-age=504576000"}, DAY),
    ({"cache-control": "max-age=" + "9" * 5000}, DAY),
    ({"cache-control": "max-age=60", "expires": "Mon, 02 Mar 2026 15:00:00 GMT"}, MINUTE),
    ({"expires": "Mon, 02 Mar 2026 12:45:00 GMT"}, 45 * MINUTE),
    ({"expires": "Monday, 02-Mar-26 12:45:00 GMT"}, 45 * MINUTE),
    ({"expires": "Fri, 31 Dec 9999 23:59:59 GMT"}, DAY),
    ({}, None),
    ({"cache-control": "no-cache"}, None),
    ({"cache-control": "max-age=0"}, None),
    ({"cache-control": "max-age=0", "expires": "Mon, 02 Mar 2026 15:00:00 GMT"}, None),
    ({"cache-control": "max-age=-5"}, None),
    ({"cache-control": "s-maxage=900"}, None),
    ({"cache-control": "x-max-age=900"}, None),
    ({"expires": "0"}, None),
    ({"expires": "-1"}, None),
    ({"expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, None),
    ({"expires": "Mon, 99 Mar 2026 15:00:00 GMT"}, None),
]


@pytest.mark.parametrize(("headers", "wait"), FRESH)
def test_what_a_server_asks_for_is_read_from_cache_control_or_expires(headers, wait):
    assert freshness_lifetime(headers, NOW) == wait


RETRY = [
    ("120", 2 * MINUTE),
    (" 120 ", 2 * MINUTE),
    ("0", timedelta(0)),
    ("Mon, 02 Mar 2026 12:10:00 GMT", 10 * MINUTE),
    ("Mon, 02 Mar 2026 18:10:00 +0600", 10 * MINUTE),
    ("Mon, 02 Mar 2026 12:10:00 -0000", 10 * MINUTE),
    ("Mon, 02 Mar 2026 11:00:00 GMT", timedelta(0)),
    ("9" * 5000, timedelta(seconds=9_999_999_999)),
    ("", None),
    ("soon", None),
    ("-5", None),
    ("1.5", None),
    ("٣", None),
]


@pytest.mark.parametrize(("value", "wait"), RETRY)
def test_retry_after_is_seconds_or_a_date(value, wait):
    century = timedelta(days=36_525)
    assert retry_after(value, NOW) == (wait if wait is None else min(wait, century))


@given(st.text())
def test_no_header_value_is_an_exception(value):
    waits = (retry_after(value, NOW), freshness_lifetime({"cache-control": value, "expires": value}, NOW))
    assert all(wait is None or wait >= timedelta(0) for wait in waits)


def test_jitter_is_the_same_in_every_process():
    assert stable_jitter("lake-ru") == 0xFD3B2F09 / 2**32
    assert stable_jitter("lake-ru") != stable_jitter("lake-kg")
