"""Alerts over a simulated day of outlets, for one recipient: pure functions and a clock, no store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.digests import BISHKEK, article, hit, item
from monitor.messages.content.alert_page import lay_out_alert
from monitor.messages.content.layout import Page
from monitor.messages.content.stories.alerts import alerted_names, hold_until, order_reasons, select_alerts
from monitor.messages.content.stories.build import make_digest
from monitor.model import AlertedName, AlertPolicy, AlertReason, DigestInput, ReviewItem, Window

BEGIN = datetime.fromisoformat("2026-11-24 06:00+06:00")
HOUR, MINUTE, TICK = timedelta(hours=1), timedelta(minutes=1), timedelta(microseconds=1)
ANNA = "mail:anna"


@dataclass(frozen=True, slots=True, order=True)
class Post:
    """An article that an outlet publishes; `story`: what the program takes it to be about."""

    minute: int
    outlet: str
    story: int = 1
    name: str = "Melis Tokoev"
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """An alert: when it went out, why, and its words."""

    minute: int
    reasons: tuple[AlertReason, ...]
    names: tuple[AlertedName, ...]
    page: Page

    @property
    def places(self) -> set[str]:
        """Return each outlet with the headline that stands beside it."""
        cards = [card for section in self.page.sections for card in section.cards]
        lines = (line.text for section in self.page.sections for line in section.lines)
        return {
            *(f"{re.split(' [(]|, ', card.facts[0])[0]}: {card.headline}" for card in cards),
            *(f"{report.outlet}: {report.headline}" for card in cards for report in card.reports),
            *(line.partition(" (")[0] for line in lines),
        }


@dataclass
class Days:
    """The simulation. Each minute that `steps` gives is a check; every fifth is the end of a run."""

    policy: AlertPolicy = AlertPolicy()
    sent: list[Sent] = field(default_factory=list)
    alerted: list[AlertedName] = field(default_factory=list)
    until: datetime = BEGIN

    def live(self, posts: Iterable[Post], minutes: int, *, every: int = 5, checks: int = 0) -> list[Sent]:
        """Publish and read for so many minutes, a run every few, with checks during the runs; return the alerts."""
        filed: list[tuple[Post, int, int]] = []
        pending = sorted(posts)
        for minute in range(0, minutes, checks or every):
            while pending and pending[0].minute <= minute:
                filed.append((pending.pop(0), len(filed) + 1, minute))
            self._check(filed, minute, is_reading=minute % every != 0)
        return self.sent

    def _check(self, filed: Sequence[tuple[Post, int, int]], minute: int, *, is_reading: bool) -> None:
        now = BEGIN + minute * MINUTE
        window = Window(self.until, now + TICK)
        news = DigestInput(window, _items(filed, window), alerted=tuple(self.alerted))
        urgent = {hit.entity for story in news.items for hit in story.hits}
        items, reasons = select_alerts(news, urgent, ANNA, self.policy)
        if hold_until(now, reasons, self.alerted, self.policy, BISHKEK, is_reading=is_reading):
            return
        self.until = window.until
        if not reasons:
            return
        reasons = order_reasons(reasons, self.alerted, now)
        names = alerted_names(reasons, self.alerted, now, self.policy, BISHKEK)
        self.alerted += [replace(name, audience=ANNA, at=now) for name in names]
        digest = replace(make_digest(replace(news, items=items, alerted=()), BISHKEK), reasons=reasons)
        self.sent.append(Sent(minute, reasons, names, lay_out_alert(digest)))


def headline(number: int) -> str:
    return f"Headline number {number}"


def _items(filed: Sequence[tuple[Post, int, int]], window: Window) -> tuple[ReviewItem, ...]:
    """Return the stories with an article of the window, whole."""
    stories: dict[int, list[tuple[Post, int, datetime]]] = {}
    for post, number, minute in filed:
        stories.setdefault(post.story, []).append((post, number, BEGIN + minute * MINUTE))
    return tuple(
        _story(number, articles) for number, articles in stories.items() if any(at in window for _, _, at in articles)
    )


def _story(number: int, posts: Sequence[tuple[Post, int, datetime]]) -> ReviewItem:
    articles = [
        replace(
            article(n, post.outlet, headline(n), at, "en"),
            filed=at,
            first_seen=at,
            copy_of=posts[0][1] if post.is_copy else None,
        )
        for post, n, at in posts
    ]
    hits = []
    for name in dict.fromkeys(post.name for post, _, _ in posts):
        naming = [n for post, n, _ in posts if post.name == name]
        first = hit(name, f"{name} was there.", name, where=naming[0])
        hits.append(replace(first, mentions=tuple(replace(first.mentions[0], article=n) for n in naming)))
    return item(number, articles, hits)


# ---- what outlets publish -------------------------------------------------------------------------------------------

KLOOP, EVIL = "Kloop", "Evil"
ENEMIES = [f"Evil {n}" for n in range(16)]
VICTIMS = ["Kloop", "Azattyk"]
STORIES = st.integers(1, 3)  # few, so that the enemy's articles share items with those of the others
LONG = 10 * 60


def posts(outlets: list[str], max_size: int, *, copies: bool = True) -> st.SearchStrategy[list[Post]]:
    is_copy = st.booleans() if copies else st.just(False)
    names = st.sampled_from(["Melis Tokoev", "Cholpon Arzyeva"])
    post = st.builds(Post, st.integers(0, LONG - 120), st.sampled_from(outlets), STORIES, names, is_copy)
    return st.lists(post, max_size=max_size)


# Enemies who publish at the worst minutes: just before, with and between the reports of the others.
FLOODS = st.builds(
    lambda start, outlets, story, step: [Post(start + n * step, outlet, story) for n, outlet in enumerate(outlets)],
    st.integers(0, 300),
    st.lists(st.sampled_from(ENEMIES), max_size=40),
    STORIES,
    st.integers(0, 6),
)


def reports_of(published: list[Post], outlets: list[str]) -> list[tuple[Post, str]]:
    """Return the reports of these outlets with their headlines, in the order of filing."""
    filed = enumerate(sorted(published), 1)
    return [(post, headline(n)) for n, post in filed if post.outlet in outlets and not post.is_copy]


def run_after(minute: int, every: int = 5) -> int:
    return -(-minute // every) * every


def alerts_about(sent: list[Sent], text: str) -> list[int]:
    return [alert.minute for alert in sent if any(headline(r.article.id) == text for r in _articles(alert))]


def _articles(alert: Sent) -> list[AlertReason]:
    first_reasons: dict[int, AlertReason] = {}
    for reason in alert.reasons:
        first_reasons.setdefault(reason.article.id, reason)
    return list(first_reasons.values())


@pytest.mark.check
@settings(max_examples=3 * settings.default.max_examples, deadline=None)
@given(posts(VICTIMS, 12), posts(ENEMIES, 30), FLOODS, st.sampled_from([0, 1]))
def test_the_first_report_of_an_outlet_in_an_hour_comes_with_the_next_run(
    victims: list[Post], enemies: list[Post], flood: list[Post], checks: int
):
    published = [*victims, *enemies, *flood]
    sent = Days().live(published, LONG, checks=checks)
    last: dict[tuple[str, str], int] = {}
    for post, text in reports_of(published, VICTIMS):
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


@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(posts(ENEMIES[:3], 40, copies=False), st.integers(1, 4))
def test_one_outlet_makes_two_alerts_an_hour_about_a_name_and_so_many_a_day(published: list[Post], alert_limit: int):
    days = Days(AlertPolicy(most_a_day=alert_limit))
    sent = days.live(published, 20 * 60)
    for outlet in ENEMIES[:3]:
        due = [n for n in days.alerted if n.due and n.outlet == outlet and n.at and n.at < BEGIN + 18 * HOUR]
        assert len({name.at for name in due}) <= alert_limit
        for entity in {name.entity for name in due}:
            times = sorted({name.at for name in due if name.entity == entity and name.at})
            assert all(third - first >= HOUR for (first, _), (_, third) in pairwise(pairwise(times)))
    # Midnight is eighteen hours after the beginning: by then everything that was held has come.
    assert all(len(alerts_about(sent, text)) == 1 for _, text in reports_of(published, ENEMIES))


@pytest.mark.check
@settings(max_examples=2 * settings.default.max_examples, deadline=None)
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
    assert all(len(alerts_about(sent, text)) == 1 for _, text in reports_of(published, VICTIMS))


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


def test_an_alert_of_a_flood_names_each_outlet_first_and_counts_the_rest():
    flood = [Post(0, EVIL, story=n) for n in range(200)]
    other_posts = [Post(0, f"Outlet {n:02}", story=300 + n % 3) for n in range(40)]
    (alert, *_) = Days().live([*flood, *other_posts], 5)
    page = alert.page
    (headlines,) = (section for section in page.sections if section.title == "OUTLETS AND HEADLINES")
    lines = [line.text for line in headlines.lines]
    cards = [card for section in page.sections for card in section.cards]
    carded_outlets = {card.facts[0].partition(",")[0] for card in cards}
    reported_outlets = {report.outlet for card in cards for report in card.reports}
    listed_outlets = {line.partition(":")[0] for line in lines[:41]}
    assert {f"Outlet {n:02}" for n in range(40)} <= listed_outlets | carded_outlets | reported_outlets
    assert not {line.rpartition(" (")[0] for line in lines} & {
        f"{card.facts[0].partition(',')[0]}: {card.headline}" for card in cards
    }
    shown_number = len({article for card in cards for article in card.shown_articles})
    assert lines[-1] == "Evil: 140 more articles" and len(lines) == 1 + 60 + 40 - shown_number
    assert len(cards) == 10


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
