"""When alerts go out: no outlet can keep the report of another from a recipient, and nothing that is held is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.alert_days import BEGIN, MINUTE, Days, Post, Sent, headline
from kit.digests import BISHKEK, article
from monitor.digest import alerted_names, hold_until, order_reasons
from monitor.model import AlertedName, AlertPolicy, AlertReason, Speaker

POLICY = AlertPolicy()
QUIET = AlertPolicy(quiet=(time(22), time(7)))
NOON_QUIET = AlertPolicy(quiet=(time(12), time(14)))
TWO = AlertPolicy(most_a_day=2)
HOUR = timedelta(hours=1)


def at(clock: str, day: int = 25) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day:02} {clock}").replace(tzinfo=BISHKEK).astimezone(UTC)


def report(outlet: str, filed: datetime, entity: str = "melis", *, is_report: bool = True) -> AlertReason:
    made = article(1, outlet, "Held at the border", filed - 5 * MINUTE)
    assert made.filed == filed
    return AlertReason(1, entity, made, is_report=is_report)


def told(
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
    earlier = [told(outlet, at(when)) for outlet, when in before]
    held = hold_until(now, [report(KLOOP, now)], earlier, policy, BISHKEK)
    hours, _, minutes = (expected or "00:00").partition(":")
    assert held == (at("00:00") + timedelta(hours=int(hours), minutes=int(minutes)) if expected else None)


def test_what_came_along_in_the_alerts_of_others_uses_up_nothing():
    now = at("10:00")
    along = [told(KLOOP, now - minutes * MINUTE, due=False) for minutes in range(1, 59)]
    assert hold_until(now, [report(KLOOP, now)], [told(KLOOP, at("09:20")), *along], POLICY, BISHKEK) is None
    assert hold_until(now, [report(KLOOP, now)], along, TWO, BISHKEK) is None


@pytest.mark.parametrize("policy", [POLICY, TWO])
def test_pages_of_an_outlet_that_the_feeds_of_others_lead_to_use_up_nothing_of_its_own(policy: AlertPolicy):
    now = at("10:00")
    linked = report(KLOOP, now)
    linked = replace(linked, article=replace(linked.article, speaker=Speaker.LINKED_PAGE))
    history = [
        replace(name, at=at("09:50") + n * MINUTE, filed=at("09:50") + n * MINUTE, due=True)
        for n in range(5)
        for name in alerted_names([linked], [], at("09:50"), policy, BISHKEK)
    ]
    assert hold_until(now, [report(KLOOP, now)], history, policy, BISHKEK) is None
    assert hold_until(now, [linked], history, policy, BISHKEK) is not None


def test_another_name_is_no_second_report_and_a_change_holds_no_report_back():
    now = at("10:00")
    assert hold_until(now, [report(KLOOP, now)], [told(KLOOP, at("09:59"), "cholpon")], POLICY, BISHKEK) is None
    changes = [told(KLOOP, at("09:58"), change=True), told(KLOOP, at("09:59"), change=True)]
    assert hold_until(now, [report(KLOOP, now)], changes, POLICY, BISHKEK) is None
    change = report(KLOOP, now, is_report=False)
    assert hold_until(now, [change], changes[1:], POLICY, BISHKEK) == at("10:09")
    assert hold_until(now, [change], changes, POLICY, BISHKEK) == at("10:58")
    both = [told(KLOOP, at("09:40")), told(KLOOP, at("09:45"), change=True)]
    assert hold_until(now, [report(KLOOP, now)], both, POLICY, BISHKEK) is None
    assert hold_until(now, [change], both, POLICY, BISHKEK) == at("10:40")


def test_a_report_is_the_first_of_its_hour_though_what_was_held_was_told_a_minute_ago():
    now = at("10:00")
    held = told(KLOOP, at("09:59"), filed=at("08:59"))
    assert hold_until(now, [report(KLOOP, now)], [held], POLICY, BISHKEK) is None
    held = told(KLOOP, at("09:59"), filed=at("09:01"))
    assert hold_until(now, [report(KLOOP, now)], [held], POLICY, BISHKEK) == at("10:09")


def test_an_alert_is_remembered_once_for_each_outlet_and_name_with_its_latest_report():
    now = at("10:00")
    later, change = report(KLOOP, now), report(KLOOP, now, is_report=False)
    reasons = [report(KLOOP, at("09:30")), later, report(EVIL, at("09:58")), report(EVIL, at("09:58"), "cholpon")]
    earlier = [told(EVIL, at("09:56"))]
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
    ordered = order_reasons(reasons, [told("Earlier", at("09:20"))], at("10:00"))
    assert [(reason.outlet, f"{reason.article.filed.astimezone(BISHKEK):%M}") for reason in ordered] == [
        (EVIL, "40"), ("Last", "59"), (EVIL, "42"), (EVIL, "41"), ("Earlier", "30"), (KLOOP, "50"),
    ]  # fmt: skip


def test_a_name_with_a_dozen_alerts_an_hour_waits_for_the_end_of_a_reading_and_no_longer():
    now = at("10:00")
    earlier = [told(f"Outlet {n}", now - n * MINUTE) for n in range(1, 13)]
    first = [report(KLOOP, now)]
    assert hold_until(now, first, earlier, POLICY, BISHKEK) is None
    assert hold_until(now, first, earlier, POLICY, BISHKEK, is_reading=True) == at("10:09")
    assert hold_until(now, first, earlier[1:], POLICY, BISHKEK, is_reading=True) is None
    other = [report(KLOOP, now, "cholpon")]
    assert hold_until(now, other, earlier, POLICY, BISHKEK, is_reading=True) is None


def test_a_clock_that_was_set_back_holds_nothing():
    now = at("10:00")
    ahead = [told(KLOOP, at("12:00", 27)), told(KLOOP, at("12:30", 27))]
    for is_report in (True, False):
        assert hold_until(now, [report(KLOOP, now, is_report=is_report)], ahead, POLICY, BISHKEK) is None


# ---- days -----------------------------------------------------------------------------------------------------------


ENEMIES = [f"Evil {n}" for n in range(16)]
VICTIMS = ["Kloop", "Azattyk"]
STORIES = st.integers(1, 3)  # few, so that the enemy's articles share items with those of the others
LONG = 10 * 60


def posts(outlets: list[str], most: int, *, copies: bool = True) -> st.SearchStrategy[list[Post]]:
    is_copy = st.booleans() if copies else st.just(False)
    names = st.sampled_from(["Melis Tokoev", "Cholpon Arzyeva"])
    post = st.builds(Post, st.integers(0, LONG - 120), st.sampled_from(outlets), STORIES, names, is_copy)
    return st.lists(post, max_size=most)


# Enemies who publish at the worst minutes: just before, with and between the reports of the others.
FLOODS = st.builds(
    lambda start, outlets, story, step: [Post(start + n * step, outlet, story) for n, outlet in enumerate(outlets)],
    st.integers(0, 300),
    st.lists(st.sampled_from(ENEMIES), max_size=40),
    STORIES,
    st.integers(0, 6),
)


def own(published: list[Post], outlets: list[str]) -> list[tuple[Post, str]]:
    """Return the reports of these outlets with their headlines, in the order of filing."""
    filed = enumerate(sorted(published), 1)
    return [(post, headline(n)) for n, post in filed if post.outlet in outlets and not post.is_copy]


def run_after(minute: int, every: int = 5) -> int:
    return -(-minute // every) * every


def alerts_about(sent: list[Sent], text: str) -> list[int]:
    return [alert.minute for alert in sent if any(headline(r.article.id) == text for r in _articles(alert))]


def _articles(alert: Sent) -> list[AlertReason]:
    seen: dict[int, AlertReason] = {}
    for reason in alert.reasons:
        seen.setdefault(reason.article.id, reason)
    return list(seen.values())


@settings(max_examples=60, deadline=None)
@given(posts(VICTIMS, 12), posts(ENEMIES, 30), FLOODS, st.sampled_from([0, 1]))
def test_the_first_report_of_an_outlet_in_an_hour_comes_with_the_next_run_whatever_others_publish(
    victims: list[Post], enemies: list[Post], flood: list[Post], checks: int
):
    published = [*victims, *enemies, *flood]
    sent = Days().live(published, LONG, checks=checks)
    last: dict[tuple[str, str], int] = {}
    for post, text in own(published, VICTIMS):
        filed = post.minute if checks else run_after(post.minute)
        before = last.get((post.outlet, post.name), -LONG)
        last[post.outlet, post.name] = filed
        alerts = alerts_about(sent, text)
        assert len(alerts) == 1, "each report is told once"
        assert alerts[0] <= run_after(filed + 60), "no report waits longer than an hour"
        if before <= filed - 60:
            assert filed <= alerts[0] <= run_after(post.minute)
            (alert,) = (alert for alert in sent if alert.minute == alerts[0])
            assert f"{post.outlet}: {text}" in alert.places


@settings(max_examples=40, deadline=None)
@given(posts(ENEMIES[:3], 40, copies=False), st.integers(1, 4))
def test_one_outlet_makes_two_alerts_an_hour_about_a_name_and_so_many_a_day(published: list[Post], most: int):
    days = Days(AlertPolicy(most_a_day=most))
    sent = days.live(published, 20 * 60)
    for outlet in ENEMIES[:3]:
        due = [n for n in days.told if n.due and n.outlet == outlet and n.at and n.at < BEGIN + 18 * HOUR]
        assert len({name.at for name in due}) <= most
        for entity in {name.entity for name in due}:
            times = sorted({name.at for name in due if name.entity == entity and name.at})
            assert all(third - first >= HOUR for (first, _), (_, third) in pairwise(pairwise(times)))
    # Midnight is eighteen hours after the beginning: by then everything that was held has come.
    assert all(len(alerts_about(sent, text)) == 1 for _, text in own(published, ENEMIES))


@settings(max_examples=30, deadline=None)
@given(posts(VICTIMS, 10, copies=False), posts(ENEMIES, 20), st.sampled_from([(6, 9), (8, 13), (12, 5)]))
def test_after_quiet_hours_one_alert_has_everything_that_waited(
    victims: list[Post], enemies: list[Post], quiet: tuple[int, int]
):
    begin, end = quiet
    published = [*victims, *enemies]
    sent = Days(AlertPolicy(quiet=(time(begin), time(end)))).live(published, 26 * 60)
    for alert in sent:
        clock = (BEGIN + alert.minute * MINUTE).time()
        assert not (begin <= clock.hour < end or (begin > end and (clock.hour >= begin or clock.hour < end)))
    assert all(len(alerts_about(sent, text)) == 1 for _, text in own(published, VICTIMS))


def test_copies_alone_make_no_alert_after_the_first():
    copies = [Post(10 + n, f"Outlet {n}", is_copy=True) for n in range(50)]
    assert [alert.minute for alert in Days().live([Post(5, "Kloop"), *copies], LONG)] == [5]


def test_the_arrest_today_is_told_though_its_item_told_of_the_workshop_yesterday():
    workshop = [Post(0, EVIL)]
    sent = Days().live([*workshop, Post(24 * 60, KLOOP), Post(25 * 60, EVIL)], 27 * 60)
    assert [(alert.minute, [reason.outlet for reason in alert.reasons]) for alert in sent] == [
        (0, [EVIL]),
        (24 * 60, [KLOOP]),
        (25 * 60, [EVIL]),
    ]


def test_an_alert_of_a_flood_names_each_outlet_first_and_counts_only_the_rest_of_the_flood():
    flood = [Post(0, EVIL, story=n) for n in range(200)]
    others = [Post(0, f"Outlet {n:02}", story=300 + n % 3) for n in range(40)]
    (alert, *_) = Days().live([*flood, *others], 5)
    page = alert.page
    lines = [line.text for line in page.sections[0].lines]
    assert {f"Outlet {n:02}" for n in range(40)} <= {line.partition(":")[0] for line in lines[:41]}
    assert lines[-1] == "Evil: 140 more articles" and len(lines) == 1 + 60 + 40
    assert sum(len(section.cards) for section in page.sections) == 10


def test_beyond_a_dozen_alerts_an_hour_about_a_name_a_run_has_one_and_it_is_a_list():
    waves = [Post(3 * n, f"Outlet {n}", story=n) for n in range(12)] + [
        Post(40, f"Late {n:02}", story=100 + n) for n in range(30)
    ]
    sent = Days().live(waves, 60, every=20, checks=1)
    assert [alert.minute for alert in sent] == [*range(0, 36, 3), 40]
    (section,) = sent[-1].page.sections
    assert len(section.lines) == 30 and not section.cards
    assert {line.text.partition(" (")[0] for line in section.lines} == {
        f"Late {n:02}: {headline(13 + n)}" for n in range(30)
    }
