"""Limits of alerts: no outlet keeps the report of another from a recipient, and nothing that is held is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from kit.digests import BISHKEK, article
from monitor.messages.content.stories.alerts import alerted_names, hold_until, order_reasons
from monitor.model import AlertedName, AlertPolicy, AlertReason, Speaker

POLICY = AlertPolicy()
QUIET = AlertPolicy(quiet=(time(22), time(7)))
NOON_QUIET = AlertPolicy(quiet=(time(12), time(14)))
TWO = AlertPolicy(most_a_day=2)
MINUTE = timedelta(minutes=1)


def at(clock: str, day: int = 25) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day:02} {clock}").replace(tzinfo=BISHKEK).astimezone(UTC)


def report(outlet: str, filed: datetime, entity: str = "melis", *, is_report: bool = True) -> AlertReason:
    report_article = article(1, outlet, "Held at the border", filed - 5 * MINUTE)
    assert report_article.filed == filed
    return AlertReason(1, entity, report_article, is_report=is_report)


def alert(
    outlet: str,
    when: datetime,
    entity: str = "melis",
    *,
    due: bool = True,
    change: bool = False,
    filed: datetime | None = None,
) -> AlertedName:
    return AlertedName(9, entity, "mail:anna", when, outlet, None if change else filed or when, due)


KLOOP, EVIL = "Kloop", "Evil"


@pytest.mark.parametrize(
    ("clock", "before", "policy", "expected"),
    [
        ("10:00", [], POLICY, None),
        ("10:00", [(KLOOP, "08:59")], POLICY, None),
        # The second report of an hour is gathered for ten minutes, the third waits until the first is an hour old.
        ("10:00", [(KLOOP, "09:50")], POLICY, None),
        ("10:00", [(KLOOP, "09:51")], POLICY, "10:01"),
        ("10:00", [(KLOOP, "09:10"), (KLOOP, "09:20")], POLICY, "10:10"),
        # Whatever another outlet was told for, and however often.
        ("10:00", [(EVIL, "09:59")], POLICY, None),
        ("10:00", [(EVIL, f"{hour:02}:{minute:02}") for hour in range(10) for minute in range(0, 60, 2)], POLICY, None),
        ("10:00", [(KLOOP, "01:00"), (KLOOP, "02:00")], TWO, "24:00"),
        ("10:00", [(KLOOP, "01:00"), (EVIL, "02:00")], TWO, None),
        ("10:00", [(KLOOP, "01:00")], TWO, None),
        ("22:00", [], QUIET, "31:00"),
        ("03:00", [], QUIET, "07:00"),
        ("06:59", [], QUIET, "07:00"),
        ("07:00", [], QUIET, None),
        ("21:59", [], QUIET, None),
        ("11:59", [], NOON_QUIET, None),
        ("12:00", [], NOON_QUIET, "14:00"),
        ("14:00", [], NOON_QUIET, None),
    ],
)
def test_a_report_waits_for_quiet_hours_and_for_what_its_own_outlet_was_told_for(
    clock: str, before: list[tuple[str, str]], policy: AlertPolicy, expected: str | None
):
    now = at(clock)
    earlier = [alert(outlet, at(when)) for outlet, when in before]
    hold = hold_until(now, [report(KLOOP, now)], earlier, policy, BISHKEK)
    hours, _, minutes = (expected or "00:00").partition(":")
    assert hold == (at("00:00") + timedelta(hours=int(hours), minutes=int(minutes)) if expected else None)


def test_what_came_along_in_the_alerts_of_others_uses_up_nothing():
    now = at("10:00")
    past_alerts = [alert(KLOOP, now - minutes * MINUTE, due=False) for minutes in range(1, 59)]
    assert hold_until(now, [report(KLOOP, now)], [alert(KLOOP, at("09:20")), *past_alerts], POLICY, BISHKEK) is None
    assert hold_until(now, [report(KLOOP, now)], past_alerts, TWO, BISHKEK) is None


@pytest.mark.parametrize("policy", [POLICY, TWO])
def test_pages_of_an_outlet_that_the_feeds_of_others_lead_to_use_up_nothing_of_its_own(policy: AlertPolicy):
    now = at("10:00")
    linked = report(KLOOP, now)
    linked = replace(linked, article=replace(linked.article, speaker=Speaker.LINKED_PAGE, key="linked:9:a"))
    history = [
        replace(name, at=at("09:50") + n * MINUTE, filed=at("09:50") + n * MINUTE, due=True)
        for n in range(5)
        for name in alerted_names([linked], [], at("09:50"), policy, BISHKEK)
    ]
    assert hold_until(now, [report(KLOOP, now)], history, policy, BISHKEK) is None
    assert hold_until(now, [linked], history, policy, BISHKEK) is not None


def test_another_name_is_no_second_report_and_a_change_holds_no_report_back():
    now = at("10:00")
    assert hold_until(now, [report(KLOOP, now)], [alert(KLOOP, at("09:59"), "cholpon")], POLICY, BISHKEK) is None
    changes = [alert(KLOOP, at("09:58"), change=True), alert(KLOOP, at("09:59"), change=True)]
    assert hold_until(now, [report(KLOOP, now)], changes, POLICY, BISHKEK) is None
    change = report(KLOOP, now, is_report=False)
    assert hold_until(now, [change], changes[1:], POLICY, BISHKEK) == at("10:09")
    assert hold_until(now, [change], changes, POLICY, BISHKEK) == at("10:58")
    both = [alert(KLOOP, at("09:40")), alert(KLOOP, at("09:45"), change=True)]
    assert hold_until(now, [report(KLOOP, now)], both, POLICY, BISHKEK) is None
    assert hold_until(now, [change], both, POLICY, BISHKEK) == at("10:40")


def test_a_report_is_the_first_of_its_hour_though_what_was_held_was_told_a_minute_ago():
    now = at("10:00")
    hold = alert(KLOOP, at("09:59"), filed=at("08:59"))
    assert hold_until(now, [report(KLOOP, now)], [hold], POLICY, BISHKEK) is None
    hold = alert(KLOOP, at("09:59"), filed=at("09:01"))
    assert hold_until(now, [report(KLOOP, now)], [hold], POLICY, BISHKEK) == at("10:09")


def test_an_alert_is_remembered_once_for_each_outlet_and_name_with_its_latest_report():
    now = at("10:00")
    newest, change = report(KLOOP, now), report(KLOOP, now, is_report=False)
    reasons = [report(KLOOP, at("09:30")), newest, report(EVIL, at("09:58")), report(EVIL, at("09:58"), "cholpon")]
    earlier = [alert(EVIL, at("09:56"))]
    for listed in (reasons, [reasons[1], reasons[0], *reasons[2:]]):
        names = alerted_names(listed, earlier, now, POLICY, BISHKEK)
        assert [(name.outlet, name.entity, name.filed, name.due) for name in names] == [
            (KLOOP, "melis", now, True),
            (EVIL, "melis", at("09:58"), False),
            (EVIL, "cholpon", at("09:58"), True),
        ]
    (name,) = alerted_names([change], (), now, POLICY, BISHKEK)
    assert name.filed is None and name.due


def test_an_alert_lists_outlets_that_were_not_told_first_and_the_first_report_of_each():
    reasons = [
        report("Earlier", at("09:30")),
        report(EVIL, at("09:40")),
        report(EVIL, at("09:41")),
        report(EVIL, at("09:42"), "cholpon"),
        report(KLOOP, at("09:50"), is_report=False),
        report("Last", at("09:59")),
    ]
    ordered = order_reasons(reasons, [alert("Earlier", at("09:20"))], at("10:00"))
    assert [(reason.outlet, f"{reason.article.filed.astimezone(BISHKEK):%M}") for reason in ordered] == [
        (EVIL, "40"), ("Last", "59"), (EVIL, "42"), (EVIL, "41"), ("Earlier", "30"), (KLOOP, "50"),
    ]  # fmt: skip


def test_a_name_with_a_dozen_alerts_an_hour_waits_for_the_end_of_a_reading_and_no_longer():
    now = at("10:00")
    earlier = [alert(f"Outlet {n}", now - n * MINUTE) for n in range(1, 13)]
    first = [report(KLOOP, now)]
    assert hold_until(now, first, earlier, POLICY, BISHKEK) is None
    assert hold_until(now, first, earlier, POLICY, BISHKEK, is_reading=True) == at("10:09")
    assert hold_until(now, first, earlier[1:], POLICY, BISHKEK, is_reading=True) is None
    other_name = [report(KLOOP, now, "cholpon")]
    assert hold_until(now, other_name, earlier, POLICY, BISHKEK, is_reading=True) is None


def test_a_clock_that_was_set_back_holds_nothing():
    now = at("10:00")
    future_alerts = [alert(KLOOP, at("12:00", 27)), alert(KLOOP, at("12:30", 27))]
    for is_report in (True, False):
        assert hold_until(now, [report(KLOOP, now, is_report=is_report)], future_alerts, POLICY, BISHKEK) is None
