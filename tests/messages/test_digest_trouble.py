"""A digest tells a quiet day from a broken one, and what troubles the sources."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.digests import BISHKEK, answered, at, feed, feeds
from messages.digest_days import NOVAYA, digest, full_day, quiet_day
from monitor.feeds.health import most_overdue_since
from monitor.messages.content.render import as_html, as_json, as_text
from monitor.messages.content.reports.report import gap_lines
from monitor.messages.content.stories.build import Alarm, make_digest
from monitor.model import DigestInput, FeedRecord, FeedState, FeedStatus, Trouble, TroubleKind

DOWN = feed(1, "A", FeedStatus.UNREACHABLE, detail="the name of its server is not found (DNS)", failures=1)


@pytest.mark.parametrize(
    ("why", "happened", "alarm"),
    [
        ("all read", quiet_day(), Alarm.NONE),
        ("a few fail", quiet_day(feeds=feeds(3, DOWN)), Alarm.NONE),
        (
            "a paused feed is not missed",
            quiet_day(feeds=feeds(3, replace(DOWN, feed=replace(DOWN.feed, paused=True)))),
            Alarm.NONE,
        ),
        ("half of them were read", quiet_day(feeds_read=22), Alarm.NONE),
        ("half of them fail", quiet_day(feeds=feeds(4, DOWN, DOWN)), Alarm.NONE),
        ("read five hours ago", quiet_day(last_read=at(25, "03:00")), Alarm.NONE),
        ("nothing was read", quiet_day(feeds_read=0), Alarm.NOTHING_READ),
        ("read, then nothing for half a day", quiet_day(last_read=at(24, "14:10")), Alarm.NOTHING_READ),
        ("under half were read", quiet_day(feeds_read=21), Alarm.FEW_READ),
        ("read in the morning, most fail now", quiet_day(feeds=feeds(3, DOWN, DOWN), feeds_read=3), Alarm.FEW_READ),
        ("nothing to read", quiet_day(feeds=(), feeds_read=0), Alarm.NOTHING_READ),
    ],
)
def test_silence_is_quiet_only_when_the_sources_were_read(why: str, happened: DigestInput, alarm: Alarm):
    issue = digest(happened)
    assert issue.alarm == alarm, why
    assert as_text(issue).startswith("THIS IS NOT A QUIET DAY: ") == bool(alarm)
    assert as_html(issue).count("THIS IS NOT A QUIET DAY: ") == bool(alarm)
    assert ("This is quiet, not broken" in as_text(issue)) == (why == "all read" or "ago" in why or "paused" in why)


def test_head_and_foot_say_alike_how_much_is_read_and_how_late_the_next_reading_is():
    def visited(record: FeedRecord) -> FeedRecord:
        return replace(record, last_visit=at(25, "05:00"), next_due=at(25, "05:05"))

    refuses = feed(4, "Stadion", FeedStatus.REFUSED, status_since=at(24, "09:00"), failures=2)
    late = {"feeds": tuple(map(visited, feeds(4, refuses))), "feeds_read": 4, "last_read": at(25, "05:00")}
    read = "3 of 4 sources read, last at 05:00, reading late by 3 hours"
    text = " ".join(as_text(digest(replace(full_day(), **late))).split())
    head, _, foot = text.partition("FIRST SEEN")
    assert f" {read}; Stadion refuses our server. " in head
    assert f" {read}. 1,316 new articles" in foot
    assert f"▲ {read}; Stadion refuses our server." in as_html(digest(replace(full_day(), **late)))
    assert f"{read}." == str(gap_lines(digest(replace(full_day(), **late)))[0])
    quiet = " ".join(as_text(digest(quiet_day(**late))).split())
    assert f"Quiet, as far as could be read: {read}; Stadion refuses our server. " in quiet
    assert as_json(digest(quiet_day(**late)))["sources"]["read"] == 4


@pytest.mark.parametrize(
    ("due", "waiting", "is_late"), [("07:41", 3, False), ("07:39", 3, True), ("07:39", 2, True), ("07:39", 1, False)]
)
def test_a_reading_is_late_when_most_sources_wait_twice_as_long_as_usual(due: str, waiting: int, is_late: bool):
    visits = [("07:30", due)] * waiting + [("07:55", "08:05")] * (3 - waiting)
    states = [feed(1, "A", last_visit=at(25, visit), next_due=at(25, then)) for visit, then in visits]
    assert most_overdue_since(states, at(25, "08:00")) == (at(25, due) if is_late else None)
    assert most_overdue_since(states[:1], at(25, "08:00")) == (at(25, due) if due == "07:39" else None)
    assert most_overdue_since([], at(25, "08:00")) is None


def test_a_stop_is_told_with_its_hours():
    text = as_text(digest(quiet_day(last_read=at(24, "14:10"))))
    assert text.startswith("THIS IS NOT A QUIET DAY: nothing was read Tue 24 Nov 14:10 to Wed 25 Nov\n08:00.")


def test_a_day_before_anything_was_read_is_no_outage_and_has_no_trouble_of_later():
    refuses = feed(1, "A", FeedStatus.REFUSED, status_since=at(26, "09:00"), failures=1)
    day = quiet_day(feeds=feeds(1, refuses), feeds_read=0, last_read=None, began=at(26, "09:00"))
    text = as_text(digest(day))
    assert text.startswith("THIS IS NOT A QUIET DAY: no source was read before Thu 26 Nov 09:00.")
    assert "refuses" not in text and "refuses" in as_text(
        digest(quiet_day(feeds=feeds(1, replace(refuses, status_since=at(24, "09:00")))))
    )


def test_trouble_that_the_run_found_which_writes_the_digest_is_told_in_it():
    refuses = feed(1, "A", FeedStatus.THROTTLED, status_since=at(25, "08:05"), failures=3)
    sources = make_digest(quiet_day(feeds=feeds(1, refuses), began=at(1, "09:00")), BISHKEK).sources
    assert [state.number for state in sources.unreadable] == [1]


def test_sources_that_bring_no_article_at_all_are_doubted():
    text = as_text(digest(quiet_day(articles=0)))
    assert "please check that this is right" in " ".join(text.split())
    assert "quiet, not broken" not in text


def test_a_file_that_does_not_load_is_the_first_line_with_its_hour_and_where_to_look():
    broken = Trouble(TroubleKind.WATCHLIST, at(24, "12:38"))
    for day in (full_day(), quiet_day()):
        text = " ".join(as_text(digest(replace(day, troubles=(broken,)))).split())
        assert text.startswith(
            "PLEASE FIX: watchlist.yaml cannot be read, and the last good watchlist is in force, "
            "since 24 Nov 12:38 (details: monitor doctor)."
        )


def test_trouble_that_is_over_is_told_in_the_past_below_the_stories():
    over = Trouble(TroubleKind.WATCHLIST, at(24, "12:38"), at(24, "12:52"))
    longer = Trouble(TroubleKind.DISK, at(23, "12:38"), at(24, "12:52"))
    text = " ".join(as_text(digest(quiet_day(troubles=(longer, over)))).split())
    assert "PLEASE FIX" not in text
    assert (
        "TROUBLE THAT IS OVER 23 Nov 12:38 to 24 Nov 12:52: the disk was nearly full. 24 Nov 12:38 to "
        "12:52: watchlist.yaml could not be read, and the watchlist before it was in force."
    ) in text
    record = as_json(digest(quiet_day(troubles=(over,)), language="ru"))
    assert record["problems"] == []
    assert record["troubles"] == [
        {
            "kind": "watchlist",
            "since": "2026-11-24T06:38:00Z",
            "until": "2026-11-24T06:52:00Z",
            "says": "watchlist.yaml could not be read, and the watchlist before it was in force",
        }
    ]


def test_what_waits_is_not_told_of_a_day_that_is_over():
    over = as_text(digest(quiet_day(waiting=None, oldest_waiting=None)))
    assert "waits" not in over and "Waiting" not in over
    assert "Nothing to review." in as_text(digest(quiet_day(waiting=0, oldest_waiting=None)))


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (replace(NOVAYA, failures=1), "Novaya Liniya refuses our server (HTTP 403) since 24 Nov 22:05, 1 try."),
        (replace(NOVAYA, status_since=None, detail="", failures=0), "Novaya Liniya refuses our server."),
        (DOWN, "A cannot be read, 1 try: the name of its server is not found (DNS)."),
        (
            feed(1, "A", FeedStatus.GONE, detail=answered("the server says it is gone for good", 410)),
            "A has given up this feed (HTTP 410).",
        ),
        (
            feed(1, "A", FeedStatus.UNPARSABLE, detail="evil\n\u202edetail"),
            "A sends what cannot be read as a feed: evil detail.",
        ),
        (
            feed(1, "A", FeedStatus.REFUSED, detail=answered("withheld for legal reasons, the server says", 451)),
            "A is not allowed to show us its feed (HTTP 451).",
        ),
        (
            feed(1, "A", memory=FeedState(overflow_first=at(23, "09:00"), overflow_last=at(24, "09:00"))),
            "A brings more between two visits than its feed holds: items may be lost.",
        ),
        (feed(1, "A", memory=FeedState(overflow_last=at(24, "07:00"))), "All 3 sources were read."),
        (feed(1, "A", memory=FeedState(undated=at(20, "09:00"))), "All 3 sources were read."),
        (feed(1, "A", FeedStatus.NEW, last_ok=None), "Not read in this time: A."),
        (feed(1, "A", last_ok=at(23, "09:00")), "Not read in this time: A."),
        (feed(1, "A", status_since=None), "All 3 sources were read."),
    ],
)
def test_a_source_in_trouble_is_told_in_plain_words(state: FeedRecord, line: str):
    issue = digest(quiet_day(feeds=feeds(3, state), feeds_read=3))
    sources = " ".join(as_text(issue).partition("SOURCES")[2].split())
    assert sources.startswith(line)
    caveat = "This alone does not show that it is blocked in the country."
    assert (caveat in sources) == (state.status in {FeedStatus.REFUSED, FeedStatus.UNREACHABLE})


@pytest.mark.parametrize("status", [s for s in FeedStatus if not s.is_healthy and s is not FeedStatus.NEW])
def test_every_trouble_of_a_source_is_told(status: FeedStatus):
    text = as_text(digest(quiet_day(feeds=feeds(3, feed(3, "Taza Süz", status)))))
    assert "  Taza Süz " in text
    assert "All 3" not in text.partition("SOURCES")[2]
