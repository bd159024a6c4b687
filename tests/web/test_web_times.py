"""Durations on pages, in the case that their sentence asks for."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from kit.store import NOW
from monitor.web.render import Times


@pytest.mark.parametrize(
    ("language", "every", "nominative"),
    [
        ("en", "41 minutes", "41 minutes"),
        ("ru", "41 минуту", "41 минута"),
        ("ky", "41 мүнөт", "41 мүнөт"),
    ],
)
def test_how_often_a_source_is_read_has_the_case_of_its_language(language: str, every: str, nominative: str):
    times = Times(language, ZoneInfo("Asia/Bishkek"), NOW)
    assert (times.every(timedelta(minutes=41)), times.span(41 * 60)) == (every, nominative)
    assert times.interval("41m") == every
    assert times.every(timedelta()) == times.every(timedelta(seconds=1))


@pytest.mark.parametrize(
    ("hours", "words"), [(0.5, "30 minutes ago"), (22, "22 hours ago"), (23.4, "23 hours ago"), (24, "1 day ago")]
)
def test_what_is_not_a_day_old_is_told_in_hours(hours: float, words: str):
    times = Times("en", ZoneInfo("UTC"), NOW)
    assert times.ago(NOW - timedelta(hours=hours)) == words
