"""Alerts: what is told at once, when it may go, and no byte of a name that its recipient may not see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.digests import BISHKEK, WINDOW, arrest, feeds
from monitor.feeds.schedule import last_time_of, next_time_of
from monitor.messages.content.message import render_message, render_report
from monitor.messages.content.stories.alerts import order_reasons, select_alerts
from monitor.messages.content.stories.build import make_digest
from monitor.model import (
    AlertedName,
    AlertPolicy,
    Change,
    Confidence,
    DigestInput,
    Finding,
    FollowUps,
    ItemHit,
    MessageKind,
    ReviewItem,
    Schedule,
    Scope,
    State,
    Verdict,
)
from monitor.review.scope import outlets_in_scope, within_scope

POLICY = AlertPolicy()


def at(clock: str, day: int = 25) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day:02} {clock}").replace(tzinfo=BISHKEK).astimezone(UTC)


# ---- when -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Bishkek", "Australia/Lord_Howe"])
@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(time(2, 30)),
        Schedule(time(2, 30), weekday=6),
        Schedule(time(2, 0), weekday=0),
        Schedule(time(0), monthly=True),
    ],
    ids=["daily", "sunday", "monday", "monthly"],
)
def test_windows_tile_through_a_year_with_both_nights_of_the_clocks(zone: str, schedule: Schedule):
    now, place, ends = datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo(zone), list[datetime]()
    while now < datetime(2027, 1, 3, tzinfo=UTC):
        end = last_time_of(schedule, now, place)
        if not ends or end != ends[-1]:
            ends.append(end)
        now += timedelta(hours=11)
    assert len(ends) >= 12
    assert all(next_time_of(schedule, before, place) == after for before, after in pairwise(ends))
    days = [end.astimezone(place).date() for end in ends]
    assert len(set(days)) == len(days)


# ---- what -----------------------------------------------------------------------------------------------------------


def day(*items: ReviewItem, alerted: tuple[AlertedName, ...] = ()) -> DigestInput:
    return DigestInput(WINDOW, items, feeds=feeds(3), alerted=alerted)


def is_alerted(item: ReviewItem, *, is_known: bool = False, policy: AlertPolicy = POLICY, urgent: str = "") -> bool:
    entity = urgent or item.hits[0].entity
    alerted = (AlertedName(item.id, entity, "mail:anna", WINDOW.since, "Ак-Булак"),) if is_known else ()
    items, names = select_alerts(day(item, alerted=alerted), {entity}, "mail:anna", policy)
    assert bool(items) is bool(names)
    return bool(items)


def change(kind: Change, entity: str = "", hours: int = 1) -> Finding:
    item = arrest()
    when = WINDOW.since + timedelta(hours=hours)
    return Finding(
        kind=kind, before="before", after="after", entity=entity or None, article=item.lead.id, version=2, found=when
    )


def earlier(item: ReviewItem, *findings: Finding) -> ReviewItem:
    """Return the story as if all of it had been filed before the window."""
    before = WINDOW.since - timedelta(days=1)
    articles = tuple(
        replace(a, filed=before, first_seen=before, findings=findings if a == item.lead else ()) for a in item.articles
    )
    return replace(item, articles=articles)


@pytest.mark.parametrize(
    ("kind", "follow_ups", "is_told"),
    [
        (Change.GONE, FollowUps.CHANGES, True),
        (Change.NAME_REMOVED, FollowUps.CHANGES, True),
        (Change.HEADLINE, FollowUps.ALL, True),
        (Change.SENTENCE, FollowUps.CHANGES, True),
        (Change.GONE, FollowUps.NONE, False),
        (Change.READ, FollowUps.ALL, False),
    ],
)
def test_a_change_of_a_story_that_was_told_is_news_by_the_policy(kind: Change, follow_ups: FollowUps, is_told: bool):
    item = arrest()
    entity = item.hits[0].entity if kind is Change.NAME_REMOVED else ""
    changed = earlier(item, change(kind, entity))
    assert is_alerted(changed, is_known=True, policy=AlertPolicy(follow_ups)) is is_told


def test_a_change_before_the_window_or_about_another_name_is_no_news():
    item = arrest()
    assert not is_alerted(earlier(item, change(Change.GONE, hours=-1)), is_known=True)
    assert not is_alerted(earlier(item, change(Change.NAME_REMOVED, "somebody-else")), is_known=True)


def test_a_new_story_is_told_unless_it_is_possible_old_not_urgent_or_judged():
    item = arrest()
    assert is_alerted(item)
    assert not is_alerted(item, urgent="somebody-else")
    assert not is_alerted(earlier(item))
    hits = tuple(replace(hit, confidence=Confidence.POSSIBLE) for hit in item.hits)
    assert not is_alerted(replace(item, hits=hits))
    assert not is_alerted(replace(item, articles=tuple(replace(a, older=True) for a in item.articles)))
    assert not is_alerted(replace(item, state=State.DECIDED, verdict=Verdict.NOT_RELEVANT))
    assert is_alerted(replace(item, state=State.DECIDED, verdict=Verdict.RELEVANT))


@pytest.mark.parametrize(
    ("outlet", "is_copy", "follow_ups", "is_told"),
    [
        ("Kloop", False, FollowUps.CHANGES, True),
        ("Kloop", False, FollowUps.NONE, True),
        ("Ак-Булак", False, FollowUps.CHANGES, True),
        ("Ак-Булак", False, FollowUps.ALL, True),
        ("Ак-Булак", False, FollowUps.NONE, False),
        ("Kloop", True, FollowUps.ALL, False),
        ("Ак-Булак", True, FollowUps.ALL, False),
    ],
)
def test_a_report_in_a_story_that_was_told_is_news_and_a_copy_is_none(
    outlet: str, is_copy: bool, follow_ups: FollowUps, is_told: bool
):
    item = earlier(arrest())
    hit, lead = item.hits[0], item.lead
    report = replace(lead, id=99, outlet=outlet, copy_of=lead.id if is_copy else None, filed=WINDOW.since)
    mentions = (*hit.mentions, replace(hit.mentions[0], article=99))
    item = replace(item, articles=(*item.articles, report), hits=(replace(hit, mentions=mentions),))
    assert is_alerted(item, is_known=True, policy=AlertPolicy(follow_ups)) is is_told


@pytest.mark.parametrize(
    ("outlet", "follow_ups", "is_told"),
    [
        ("Ак-Булак", FollowUps.CHANGES, False),
        ("Ак-Булак", FollowUps.ALL, True),
        ("Kloop", FollowUps.CHANGES, True),
    ],
    ids=["small edit", "all of it", "another outlet"],
)
def test_an_article_that_was_edited_is_news_of_the_names_its_outlet_was_not_told_for(
    outlet: str, follow_ups: FollowUps, is_told: bool
):
    item = earlier(arrest())
    edited = replace(item.lead, outlet=outlet, changed=WINDOW.since)
    item = replace(item, articles=(edited, *item.articles[1:]))
    assert is_alerted(item, is_known=True, policy=AlertPolicy(follow_ups)) is is_told


def test_a_thousand_copies_are_one_story_and_later_copies_none():
    item = arrest()
    lead = item.lead
    copies = tuple(replace(lead, id=1000 + n, copy_of=lead.id) for n in range(1000))
    mentions = tuple(replace(m, article=a.id) for a in copies for m in item.hits[0].mentions[:1])
    hits = (replace(item.hits[0], mentions=item.hits[0].mentions + mentions), *item.hits[1:])
    spread = replace(item, articles=item.articles + copies, hits=hits)
    items, names = select_alerts(day(spread), {item.hits[0].entity}, "mail:anna", POLICY)
    assert len(items) == len(names) == 1
    before = WINDOW.since - timedelta(days=1)
    known_story = replace(spread, articles=(replace(lead, filed=before), *copies))
    assert not is_alerted(known_story, policy=AlertPolicy(FollowUps.ALL), is_known=True)


@pytest.mark.parametrize(
    ("outlets", "copied_before", "is_known", "is_told"),
    [
        (("Kloop",), (), False, True),
        (("Kloop",), ("Azattyk",), False, True),
        (("Kloop",), ("Kloop",), False, False),
        (("Kloop",), (), True, False),
        (("Kloop", "Azattyk"), ("Azattyk",), False, False),
        (("Azattyk",), (), False, False),
        ((), (), False, False),
    ],
    ids=["first copy", "another had it", "second copy", "known", "one of two had it", "another outlet", "all outlets"],
)
def test_a_copy_is_news_to_who_is_told_of_that_outlet_only(
    outlets: tuple[str, ...], copied_before: tuple[str, ...], is_known: bool, is_told: bool
):
    item = earlier(arrest())
    lead, hit = replace(item.lead, outlet="Elsewhere"), item.hits[0]
    copies = [
        replace(lead, id=2000 + n, outlet=outlet, copy_of=lead.id, filed=WINDOW.since + timedelta(hours=hours))
        for n, (outlet, hours) in enumerate([("Kloop", 1), *((outlet, -1) for outlet in copied_before)])
    ]
    mentions = (*hit.mentions, *(replace(hit.mentions[0], article=copy.id) for copy in copies))
    item = replace(item, articles=(lead, *copies), hits=(replace(hit, mentions=mentions),))
    alerted = (AlertedName(item.id, hit.entity, "mail:anna", WINDOW.since),) if is_known else ()
    scope = Scope(outlets=outlets)
    visible = within_scope(day(item, alerted=alerted), scope)
    selected, _ = select_alerts(visible, {hit.entity}, "mail:anna", POLICY, outlets_in_scope(visible, scope))
    assert bool(selected) is is_told


# ---- the bytes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("countries", "is_shown"),
    [(("KG", ""), True), (("", "KG"), True), (("KG", "KZ"), True), (("KZ", ""), False), (("",), False), ((), False)],
)
def test_an_outlet_is_of_every_country_of_its_feeds(countries: tuple[str, ...], is_shown: bool):
    item, (record,) = arrest(), feeds(1)
    records = tuple(replace(record, feed=replace(record.feed, outlet=item.lead.outlet, country=c)) for c in countries)
    visible = within_scope(DigestInput(WINDOW, (item,), feeds=records), Scope(countries=("KG",)))
    assert bool(visible.items) is is_shown


SECRET = "qqsecretname"


def with_hidden(item: ReviewItem, number: int) -> ReviewItem:
    """Return the story with one more name, whose id, label, reason and sentence are all `SECRET`."""
    hit = item.hits[0]
    mentions = tuple(
        replace(m, sentence=f"{SECRET} said so.", mention=replace(m.mention, entity=SECRET, text=SECRET, why=(SECRET,)))
        for m in hit.mentions
    )
    hidden = ItemHit(SECRET, SECRET, hit.type, hit.confidence, alerts=True, mentions=mentions, why=SECRET)
    findings = (change(Change.NAME_REMOVED, SECRET),)
    articles = tuple(replace(a, findings=findings) if a == item.lead else a for a in item.articles)
    return replace(item, id=number, articles=articles, hits=(*item.hits, hidden))


@pytest.mark.check
@settings(max_examples=60, deadline=None)
@given(
    names=st.sampled_from([tuple(hit.entity for hit in arrest().hits), ("another",)]),
    outlets=st.sampled_from([(), ("Kloop",)]),
    is_alone=st.booleans(),
    kind=st.sampled_from([MessageKind.DIGEST, MessageKind.ALERT, MessageKind.REPORT]),
    for_programs=st.booleans(),
    shows_names=st.booleans(),
    language=st.sampled_from(["en", "ru", "ky"]),
)
def test_no_message_holds_a_byte_of_a_name_that_its_recipients_line_does_not_list(
    names, outlets, is_alone, kind, for_programs, shows_names, language
):
    item = with_hidden(arrest(), 7)
    if is_alone:
        item = replace(item, hits=item.hits[-1:])
    whole = day(item, alerted=(AlertedName(7, SECRET, "Root", WINDOW.since),))
    visible = within_scope(whole, Scope(names, outlets))
    items, reasons = select_alerts(
        visible, {SECRET, *(hit.entity for hit in arrest().hits)}, "mail:anna", AlertPolicy(FollowUps.ALL)
    )
    shown = replace(visible, items=items) if kind is MessageKind.ALERT else visible
    digest = replace(make_digest(shown, BISHKEK), language=language)
    if kind is MessageKind.ALERT:
        digest = replace(digest, reasons=order_reasons(reasons, whole.alerted, WINDOW.until))
    rendering = render_message(digest, kind, for_programs=for_programs, shows_names=shows_names)
    texts = [rendering.subject, rendering.text, rendering.html, *render_report(digest).values()]
    assert not any(SECRET in text.lower() for text in texts)
    assert "Root" not in rendering.text


def test_the_last_words_of_an_alert_stand_apart_from_its_last_story():
    digest = replace(make_digest(day(arrest()), BISHKEK), next_at=at("08:00", 26))
    alert = render_message(digest, MessageKind.ALERT, for_programs=False, shows_names=True)
    assert alert.text.endswith("\n\nThe next digest has it, too.\n")
    assert "The next digest has it, too.</p>" in alert.html


def test_an_alert_about_an_older_article_that_changed_holds_it_and_counts_it():
    item = arrest()
    articles = tuple(replace(a, older=True) for a in item.articles)
    item = replace(item, articles=(replace(articles[0], findings=(change(Change.HEADLINE),)), *articles[1:]))
    items, _ = select_alerts(day(item), {item.hits[0].entity}, "mail:anna", POLICY)
    digest = make_digest(day(*items), BISHKEK)
    assert digest.older and not digest.new
    alert = render_message(digest, MessageKind.ALERT, for_programs=False, shows_names=True)
    assert "1 urgent story" in alert.subject and f"[{item.id}]" in alert.text
    assert alert.text.startswith("1 story about somebody you are told of at once.")


def test_a_report_to_hand_on_says_what_it_is_in_both_forms():
    report = render_report(make_digest(day(arrest()), BISHKEK))
    assert report["text"].startswith("Coverage report: All names\n24 Nov to 25 Nov 2026 (Bishkek)\n")
    assert "<h1>All names</h1>" in report["html"] and "24 Nov to 25 Nov 2026" in report["html"]


def test_the_same_message_holds_the_name_for_who_gets_everything():
    digest = make_digest(within_scope(day(with_hidden(arrest(), 7)), Scope()), BISHKEK)
    assert SECRET in render_message(digest, MessageKind.DIGEST, for_programs=False, shows_names=True).text
    brief = render_message(digest, MessageKind.DIGEST, for_programs=False, shows_names=False)
    assert SECRET not in brief.text + brief.html and arrest().hits[0].name not in brief.text
