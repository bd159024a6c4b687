"""A simulated day of outlets, and the alerts of one recipient over it: pure functions and a clock, no store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from kit.digests import BISHKEK, article, hit, item
from monitor.digest import alerted_names, hold_until, make_digest, order_reasons, select_alerts
from monitor.digest.alert_page import lay_out_alert
from monitor.digest.layout import Page
from monitor.model import AlertedName, AlertPolicy, AlertReason, DigestInput, ReviewItem, Window

BEGIN = datetime.fromisoformat("2026-11-24 06:00+06:00")
MINUTE, TICK = timedelta(minutes=1), timedelta(microseconds=1)
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
        cards = (card for section in self.page.sections for card in section.cards)
        lines = (line.text for section in self.page.sections for line in section.lines)
        return {
            *(f"{card.facts.partition(' (')[0]}: {card.headline}" for card in cards),
            *(line.partition(" (")[0] for line in lines),
        }


@dataclass
class Days:
    """The simulation. Each minute that `steps` gives is a check; every fifth is the end of a run."""

    policy: AlertPolicy = AlertPolicy()
    sent: list[Sent] = field(default_factory=list)
    told: list[AlertedName] = field(default_factory=list)
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
        news = DigestInput(window, _items(filed, window), alerted=tuple(self.told))
        urgent = {hit.entity for story in news.items for hit in story.hits}
        items, reasons = select_alerts(news, urgent, ANNA, self.policy)
        if hold_until(now, reasons, self.told, self.policy, BISHKEK, is_reading=is_reading):
            return
        self.until = window.until
        if not reasons:
            return
        reasons = order_reasons(reasons, self.told, now)
        names = alerted_names(reasons, self.told, now, self.policy, BISHKEK)
        self.told += [replace(name, audience=ANNA, at=now) for name in names]
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
