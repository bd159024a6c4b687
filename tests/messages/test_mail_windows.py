"""Windows of the digest, clocks that go back, and what cron is told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from kit.articles import COURT, DOCTOR, WEATHER
from kit.digests import BISHKEK, WINDOW, arrest, feeds
from kit.home import Clock
from kit.mailings import office, outlet
from kit.office import ANNA, EIGHT, EVENING, closed_watch, listed
from kit.outlets import Piece
from monitor.app.runs import CLOCK_IS_BELIEVED, CLOCK_WENT_BACK, ClockWentBack
from monitor.app.upkeep.cron_notices import unreported_notices
from monitor.config import load_settings
from monitor.home import Home
from monitor.messages.channels.smtp import build_message
from monitor.messages.content.message import render_within_limit
from monitor.messages.content.stories.build import make_digest
from monitor.messages.publisher import Publisher
from monitor.model import Delivery, DigestInput, Rendering, Run, Window
from monitor.store import open_store

__all__ = ["office", "outlet"]


# ---- a clock that goes back --------------------------------------------------------------------------------------------


@pytest.mark.check
@pytest.mark.parametrize("days", [200, 400])
def test_a_clock_that_is_behind_for_a_while_stops_the_runs_and_changes_nothing(office, days):
    office.ingest(EVENING)
    office.ingest(EIGHT)
    before = office.app.store.reading.digest_input(Window(EVENING, EIGHT + timedelta(days=1)))
    for minutes in (0, 10, 50):
        with pytest.raises(ClockWentBack, match="nothing is read for an hour"):
            office.ingest(EIGHT - timedelta(days=days) + timedelta(minutes=minutes))
    assert office.app.store.reading.digest_input(Window(EVENING, EIGHT + timedelta(days=1))) == before
    office.add(Piece("doctor", "Refused a doctor", DOCTOR))
    office.ingest(EIGHT + timedelta(hours=2))
    office.ingest(EIGHT + timedelta(days=1))
    assert "Refused a doctor" in office.mailbox.to(ANNA)[-1].text


@pytest.mark.check
def test_a_clock_ahead_from_the_first_run_stops_the_line_until_an_hour_after_it_is_right(office):
    office.ingest(EVENING + timedelta(days=400))
    office.ingest(EIGHT + timedelta(days=400))
    for minutes in (0, 59):
        with pytest.raises(ClockWentBack):
            office.ingest(EIGHT + timedelta(minutes=minutes))
    office.add(Piece("doctor", "Refused a doctor", DOCTOR))
    office.ingest(EIGHT + timedelta(minutes=61))
    office.ingest(EIGHT + timedelta(days=1))
    assert [("Refused a doctor" in mail.text) for mail in office.mailbox.to(ANNA)] == [False, True]
    assert office.app.store.upkeep.check() == ()


def test_a_clock_that_jumped_within_a_run_holds_up_later_runs_for_an_hour_only(office):
    """The run began at the right time, and so did all that are stored."""
    office.app.clock = Clock(EVENING)
    run = office.app.ingest(on_event=lambda _: setattr(office.app.clock, "now", EVENING + timedelta(days=365)))
    assert run.started == EVENING
    office.app.clock = office.clock
    for minutes in (0, 59):
        with pytest.raises(ClockWentBack):
            office.ingest(EVENING + timedelta(hours=1, minutes=minutes))
    assert office.app.store.runs.last().problems == (CLOCK_WENT_BACK,)
    assert office.ingest(EVENING + timedelta(hours=2, minutes=1)).problems == (CLOCK_IS_BELIEVED,)
    assert office.ingest(EVENING + timedelta(hours=3)).problems == ()


@pytest.mark.parametrize("shown", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC)])
def test_a_clock_from_before_this_program_is_never_believed_and_later_forgotten(office, shown):
    office.ingest(EVENING)
    before = office.app.store.upkeep.check(), office.app.store.reading.digest_input(Window(EVENING, EIGHT))
    for hours in (0, 2, 23):
        with pytest.raises(ClockWentBack):
            office.ingest(shown + timedelta(hours=hours))
    assert (office.app.store.upkeep.check(), office.app.store.reading.digest_input(Window(EVENING, EIGHT))) == before
    assert office.ingest(EIGHT).problems == ()


def test_an_hour_that_another_clock_began_later_than_now_is_begun_again(office):
    office.ingest(EVENING + timedelta(days=9))
    for at in (timedelta(days=8), timedelta(0), timedelta(minutes=59)):
        with pytest.raises(ClockWentBack):
            office.ingest(EVENING + at)
    assert office.ingest(EVENING + timedelta(minutes=61)).problems == (CLOCK_IS_BELIEVED,)


def test_texts_are_dropped_after_ninety_days_of_service_and_not_by_a_jump_of_the_clock(office):
    office.add(Piece("snow", "Snow on Thursday", WEATHER))
    office.ingest(EVENING)

    def texts() -> int:
        return sum(bool(result.article.text) for result in office.app.store.archive.articles(None, None, 10))

    office.ingest(EVENING + timedelta(days=100))
    assert texts() == 2  # nothing ran for a hundred days, or so the clock says
    office.ingest(EVENING + timedelta(days=102))
    assert texts() == 1  # what names someone stays


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_jump_of_the_clock_takes_nothing_out_of_the_queue(office, is_closed):
    """A month of service does: nobody looked at it."""
    mark = ", sensitive: true" if is_closed else ""
    listed(office, f"entities:\n  - {{id: melis, name: Melis Tokoev{mark}}}\n")
    office.add(Piece("court", "Court extends arrest", COURT))
    office.ingest(EVENING)
    watch = closed_watch(office) if is_closed else office.app

    def waiting() -> int:
        return len(watch.store.reviews.listing())

    office.ingest(EVENING + timedelta(days=366))
    assert waiting() == 1
    with pytest.raises(ClockWentBack):
        office.ingest(EVENING + timedelta(hours=1))
    assert office.ingest(EVENING + timedelta(hours=3)).problems == (CLOCK_IS_BELIEVED,)
    assert waiting() == 1
    for days in range(29, 34):
        office.ingest(EVENING + timedelta(days=days))
    assert waiting() == 0


def test_a_run_that_came_to_its_end_is_told_to_the_ping_url(office):
    ping = f"{office.web.base}/post/feed.xml?ping"
    office.settings(f"MONITOR_PING_URL={ping}")
    office.ingest(EVENING)
    assert [path for path, _ in office.web.log].count("/post/feed.xml?ping") == 1
    office.settings(f"MONITOR_PING_URL={office.web.base}/nobody")
    (problem,) = office.ingest(EVENING + timedelta(hours=1)).problems
    assert "MONITOR_PING_URL" in problem


@pytest.mark.parametrize(
    ("language", "rest_line"),
    [
        ("en", "more stories; the queue has them all."),
        ("ru", "в очереди есть все."),
        ("ky", "кезекте баары бар."),
    ],
)
def test_a_digest_of_a_very_long_day_is_short_enough_for_a_mail_and_counts_the_rest(language, rest_line):
    day = DigestInput(WINDOW, tuple(replace(arrest(), id=n) for n in range(150)), feeds=feeds(3), feeds_read=3)
    text, html = render_within_limit(replace(make_digest(day, BISHKEK), language=language))
    assert 20_000 < len(text.encode()) + len(html.encode()) <= 56_000
    assert rest_line in text
    delivery = Delivery("mail", ANNA, "<1@ngo.example>", EIGHT, Rendering("150 new", text, html))
    assert len(bytes(build_message(delivery, "monitor@ngo.example"))) < 80_000


# ---- windows ----------------------------------------------------------------------------------------------------------


def mailed_windows(folder: Path, url: str, zone: str, start: datetime, runs: list[timedelta]) -> list[Window]:
    """Return the windows that are mailed by runs at these times after `start`."""
    environment = {
        "MONITOR_TIMEZONE": zone, "MONITOR_SMTP_URL": "smtp://127.0.0.1:9?tls=none", "MONITOR_DIGEST_TO": ANNA,
        "MONITOR_DIGEST_AT": "02:30",
    }  # fmt: skip
    (folder / "feeds.yaml").write_text("feeds:\n  - https://a.example/rss\n")
    settings = load_settings(folder, environment, folder)
    store, clock = open_store(url), Clock(start)
    publisher, windows = Publisher(Home(settings, store, clock)), []
    store.runs.save(Run(started=start))
    for run in runs:
        clock.now = start + run
        if window := publisher.due_window():
            assert publisher.store_mailing(window)
            windows.append(window)
            assert publisher.due_window() is None
    store.close()
    return windows


@pytest.mark.check
@pytest.mark.parametrize(
    ("zone", "start", "hours"),
    [
        # the two nights in which Berlin's clocks change, at an hour that is skipped or shown twice
        ("Europe/Berlin", datetime(2026, 3, 27, 12, 0, tzinfo=UTC), [24, 23, 24]),
        ("Europe/Berlin", datetime(2026, 10, 23, 12, 0, tzinfo=UTC), [24, 24, 25]),
        ("Asia/Bishkek", datetime(2026, 3, 1, 12, 0, tzinfo=UTC), [24] * 6),
    ],
)
@pytest.mark.parametrize("every", [timedelta(minutes=30), timedelta(minutes=47), timedelta(hours=5)])
def test_windows_tile_without_gap_or_overlap_also_when_clocks_change(
    sqlite_with_tables, tmp_path, zone, start, hours, every
):
    runs = [every * n for n in range(1, int(timedelta(days=len(hours) + 2) / every))]
    url = f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'monitor.db')}"
    windows = mailed_windows(tmp_path, url, zone, start, runs)
    assert windows[0].since == start
    assert all(one.until == following.since for one, following in pairwise(windows))
    lengths = [round((window.until - window.since) / timedelta(hours=1), 2) for window in windows[1 : len(hours) + 1]]
    assert sum(lengths) == sum(hours) and max(map(abs, (a - b for a, b in zip(lengths, hours, strict=True)))) <= 1


# ---- what cron is told -------------------------------------------------------------------------------------------------


def test_a_trouble_is_told_when_it_is_new_and_again_after_a_day(tmp_path):
    (tmp_path / "feeds.yaml").touch()
    notices_by_hour = []
    for hours in (0, 1, 23, 25, 26, 50):
        notices_by_hour.append(unreported_notices(tmp_path, ["the disk is full"], EVENING + timedelta(hours=hours)))
    assert [bool(notices) for notices in notices_by_hour] == [True, False, False, True, False, True]
    assert unreported_notices(tmp_path, ["the disk is full", "another", "another"], EVENING + timedelta(hours=51)) == [
        "another"
    ]
    assert (tmp_path / "monitor.told").stat().st_mode & 0o077 == 0


def test_a_trouble_that_cannot_be_noted_is_told_each_time_and_a_clock_set_back_hides_none(tmp_path):
    assert (
        unreported_notices(tmp_path, ["x"], EVENING) == unreported_notices(tmp_path, ["x"], EVENING) == ["x"]
    )  # no home: nothing is written
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "feeds.yaml").touch()
    (tmp_path / "monitor.told").write_text("{not json")
    assert unreported_notices(tmp_path, ["x"], EVENING) == ["x"]
    assert unreported_notices(tmp_path, ["x"], EVENING - timedelta(days=400)) == ["x"]
