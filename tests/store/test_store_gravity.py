"""Contracts of the queue with the gravest first (ports.py), on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from kit.judged import POSSIBLE, judged
from kit.store import DAY, HOUR, MELIS, NOW, filed, hit, incident_hit, mention, watch
from monitor.model import (
    Confidence,
    Hit,
    Incident,
    PressAct,
    QueueFilter,
    QueueTab,
    Verdict,
    VictimKind,
    press_entity,
)
from monitor.store import Store

GRAVEST = QueueFilter(gravest_first=True)
DETENTION, RELEASE = "Police detained an editor.", "In Osh an editor was detained and released three hours later."


def file(store: Store, *hits: Hit, at: datetime, text: str = DETENTION) -> int:
    return filed(store, *hits, at=at, text=text).id


@pytest.fixture
def items(store: Store) -> dict[str, int]:
    """Store an item of each kind, the gravest the oldest."""
    watch(store, MELIS, press_entity())
    melis_text = f"{DETENTION} Melis Tokoev spoke."
    maybe = incident_hit(PressAct.KILLED, **POSSIBLE)
    return {
        "killed": file(store, incident_hit(PressAct.KILLED), at=NOW - DAY),
        "held": file(store, incident_hit(PressAct.DETAINED), at=NOW - 9 * HOUR),
        "released": file(store, incident_hit(PressAct.DETAINED, RELEASE), at=NOW - 8 * HOUR, text=RELEASE),
        "fined": file(store, incident_hit(PressAct.FINED), at=NOW - 7 * HOUR),
        "possibly killed": file(store, hit(text=melis_text, **POSSIBLE), maybe, at=NOW - 6 * HOUR, text=melis_text),
        "possibly killed, Melis": file(store, hit(text=melis_text), maybe, at=NOW - 5 * HOUR, text=melis_text),
        "Melis": file(store, hit(text=melis_text), at=NOW - 4 * HOUR, text=melis_text),
        "fined later": file(store, incident_hit(PressAct.FINED), at=NOW - 3 * HOUR),
    }


ORDER = ["killed", "held", "released", "fined later", "fined", "Melis", "possibly killed, Melis", "possibly killed"]


def test_the_gravest_act_comes_first_as_far_as_it_is_sure(store: Store, items: dict[str, int]):
    in_order = [items[name] for name in ORDER]
    assert list(store.queue.page(GRAVEST, NOW, 20).numbers) == store.queue.numbers(GRAVEST, NOW, 20) == in_order
    assert store.queue.numbers(GRAVEST, NOW, 3, 2) == in_order[2:5]
    assert store.queue.numbers(QueueFilter(), NOW, 2) == [items["fined later"], items["Melis"]]
    for place, item in enumerate(in_order):
        before, after, index, count = store.queue.neighbours(item, GRAVEST, NOW)
        assert [before] == (in_order[place - 1 : place] or [None]) and (index, count) == (place, len(ORDER))
        assert [after] == (in_order[place + 1 : place + 2] or [None])


def test_who_is_let_go_by_another_sentence_of_the_story_is_not_listed_among_those_held(store: Store):
    watch(store, MELIS, press_entity())
    detention, release = "Police detained Melis Tokoev, an editor.", "Melis Tokoyev was released."
    detention_hit, named = incident_hit(PressAct.DETAINED, detention), hit(text=detention)
    still_held = file(store, detention_hit, named, at=NOW - 3 * HOUR, text=detention)
    text = f"{detention} {release}"
    named_twice = replace(named, mentions=(*named.mentions, mention("Melis Tokoyev", text)))
    let_go = file(store, detention_hit, named_twice, at=NOW - HOUR, text=text)
    assert store.queue.numbers(GRAVEST, NOW, 9) == [still_held, let_go]


def test_what_was_done_to_a_watched_person_counts_as_what_was_done_to_the_press(store: Store, items: dict[str, int]):
    text = "Police detained Melis Tokoev."
    named = hit(text=text)
    incident = Incident((PressAct.DETAINED,), VictimKind.PERSON)
    detention, possible_detention = (
        replace(named, mentions=tuple(replace(m, incident=incident, **change) for m in named.mentions))
        for change in ({}, {"confidence": Confidence.POSSIBLE})
    )
    melis_held = file(store, detention, at=NOW - HOUR, text=text)
    melis_possibly_held = file(store, possible_detention, at=NOW - 2 * HOUR, text=text)
    order = store.queue.numbers(GRAVEST, NOW, 20)
    assert order[:4] == [items["killed"], melis_held, items["held"], items["released"]]
    assert order.index(melis_possibly_held) > order.index(items["fined"])
    (telling,) = store.reviews.get(melis_held).incidents
    assert telling.in_words() == "detained · Melis Tokoev"
    assert telling.in_words(without=(MELIS.id,)) == "detained"


def test_a_judged_item_keeps_the_place_that_it_had_among_the_gravest(store: Store, items: dict[str, int]):
    for name in ("held", "fined"):
        judged(store, store.reviews.get(items[name]), Verdict.RELEVANT)
    assert store.queue.neighbours(items["held"], GRAVEST, NOW)[:2] == (items["killed"], items["released"])
    assert store.queue.neighbours(items["fined"], GRAVEST, NOW)[1] == items["Melis"]
    # What was decided is listed by time alone.
    decided = replace(GRAVEST, tab=QueueTab.DECIDED)
    assert store.queue.numbers(decided, NOW, 9) == [items["fined"], items["held"]]


def test_a_list_by_gravity_has_what_its_filters_leave_and_no_more(store: Store, items: dict[str, int]):
    recent = replace(GRAVEST, since=NOW - 8 * HOUR)
    assert store.queue.numbers(recent, NOW, 9) == [items[name] for name in ORDER[2:]]
    assert store.queue.neighbours(items["fined"], recent, NOW)[2] == 2
