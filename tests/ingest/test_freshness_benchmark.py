"""The replay of publication times in `benchmarks/freshness.py`."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from monitor.feeds.schedule import SchedulePolicy

SCRIPT = Path(__file__).parents[2] / "benchmarks/freshness.py"
START = datetime(2026, 3, 2, tzinfo=UTC)
CRON, PHASE, HOUR = timedelta(minutes=10), timedelta(minutes=4), timedelta(hours=1)


@pytest.fixture(scope="module")
def freshness() -> ModuleType:
    spec = importlib.util.spec_from_file_location("freshness", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["freshness"] = module  # dataclasses look for it
    spec.loader.exec_module(module)
    return module


def daily(days: int, *hours: float) -> tuple[datetime, ...]:
    return tuple(START + timedelta(days=day, hours=hour) for day in range(days) for hour in hours)


def test_bad_lines_are_named_and_the_others_read(freshness, tmp_path):
    times = [at.isoformat().replace("+00:00", "Z") for at in daily(4, 9)]
    lines = [
        json.dumps({"feed": "good", "published": times}),
        "no json",
        json.dumps({"feed": "no times"}),
        json.dumps({"feed": "bad time", "published": ["yesterday"]}),
        json.dumps({"feed": "numbers", "published": [1, 2]}),
        json.dumps([1]),
        json.dumps({"feed": "short", "published": times[:2]}),
        "",
        json.dumps({"feed": "also good", "published": times}),
    ]
    (tmp_path / "feeds.jsonl").write_text("\n".join(lines), "utf-8")
    outlets, bad = freshness.load(tmp_path / "feeds.jsonl")
    assert [outlet.name for outlet in outlets] == ["good", "also good"]
    assert [problem.partition(":")[0] for problem in bad] == [f"line {number}" for number in range(2, 8)]


@pytest.mark.parametrize("minutes", [20, 24, 60])
def test_a_fixed_interval_makes_as_many_requests_as_it_says(freshness, minutes):
    outlet = freshness.Outlet("even", daily(12, 1, 7.3, 14.1, 22.9))
    fixed = freshness.each(timedelta(minutes=minutes))
    replay = freshness.replay(outlet, fixed, SchedulePolicy(), CRON, PHASE, whole=False)
    assert replay.requests == pytest.approx(1440 / minutes, rel=0.03)
    assert all(0 <= wait <= minutes + 10 for wait in replay.waits)
    assert len(replay.waits) == len([at for at in outlet.published if at > START + HOUR + timedelta(days=2, minutes=3)])


def test_the_schedule_learns_only_from_what_was_seen_before(freshness):
    """Whatever comes later, the visits until then are the same."""
    mornings = daily(6, 8, 9, 10)
    evenings = tuple(at + 12 * HOUR for at in daily(12, 8, 9, 10) if at > mornings[-1])

    def visits(*published: datetime) -> list[datetime]:
        outlet = freshness.Outlet("a", published)
        steps = freshness.visits_of(outlet, freshness.as_planned, SchedulePolicy(), CRON, PHASE, whole=False)
        return [visit.at for visit, _ in steps if visit.at <= mornings[-1]]

    assert visits(*mornings) == visits(*mornings, *evenings)[: len(visits(*mornings))]


def test_entries_at_the_usual_hour_wait_less_than_by_a_fixed_interval(freshness):
    outlet = freshness.Outlet("mornings", daily(20, 8.2, 8.6, 9.1, 9.8))
    plan = freshness.replay(outlet, freshness.as_planned, SchedulePolicy(), CRON, PHASE, whole=True)
    same = timedelta(days=1) / plan.requests
    fixed = freshness.replay(outlet, freshness.each(same), SchedulePolicy(), CRON, PHASE, whole=True)
    assert plan.requests < 36.5
    assert plan.quantile(0.5) < fixed.quantile(0.5) / 2
