"""Contracts of reviews (ports.py), on both databases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kit.app import App
from kit.contradictions import contradictions
from kit.judged import POSSIBLE, judged, with_verdict
from kit.store import DAY, HOUR, MINUTE, NOW, entity_numbers, filed, hit, row_counts, watch
from monitor.config import load_settings
from monitor.errors import NotFound
from monitor.model import Confidence, Decision, QueueFilter, QueueTab, Reason, StaleDecision, State, Verdict, Window
from monitor.review.decisions import decide, undo
from monitor.store import Store


def test_a_decision_is_stored_with_the_item_it_moved(store: Store):
    watch(store)
    shown = filed(store, hit(), hit("court", "kos"))
    after = judged(store, shown, Verdict.NOT_RELEVANT, entity="melis", reason=Reason.ANOTHER_PERSON, note="a namesake")
    (line,) = after.history
    assert (line.by, line.at, line.entity, line.reason, line.note) == (
        "aida", NOW, "melis", Reason.ANOTHER_PERSON, "a namesake",
    )  # fmt: skip
    assert (line.judged, line.version, line.id > 0) == (("melis",), 1, True)
    assert {h.entity: h.verdict for h in after.hits} == {"melis": Verdict.NOT_RELEVANT, "kos": None}
    assert store.reviews.get(shown.id) == after


def test_the_second_of_two_decisions_on_one_version_is_refused_and_shown_the_first(store: Store):
    watch(store)
    shown = filed(store)
    first = judged(store, shown, Verdict.RELEVANT, by="aida")
    late = with_verdict(shown, Verdict.NOT_RELEVANT, by="bek")
    for _ in range(2):
        with pytest.raises(StaleDecision) as raised:
            store.reviews.save(late, was=shown.version, decision=late.history[-1])
        assert raised.value.now == first and raised.value.now.history[-1].by == "aida"
    assert row_counts(store)["decision"] == 1


def test_an_undo_is_one_more_line_and_takes_the_verdict_back(store: Store):
    watch(store)
    decided = judged(store, filed(store), Verdict.RELEVANT)
    after, line = undo(decided, decided.history[-1], "aida", NOW + HOUR)
    undone = store.reviews.save(after, was=decided.version, decision=line)
    assert (undone.state, undone.verdict, undone.hits[0].verdict) == (State.OPEN, None, None)
    assert [d.undoes for d in undone.history] == [None, decided.history[-1].id]


def test_the_last_decision_that_stands_is_found_by_person(store: Store):
    watch(store)
    one, two = filed(store), filed(store)
    assert store.reviews.last_decision() is None
    first = judged(store, one, Verdict.RELEVANT, by="aida")
    second = judged(store, two, Verdict.RELEVANT, by="bek")
    assert store.reviews.last_decision() == second.history[-1]
    assert store.reviews.last_decision("aida") == first.history[-1]
    after, line = undo(second, second.history[-1], "bek", NOW)
    store.reviews.save(after, was=second.version, decision=line)
    assert store.reviews.last_decision("bek") is None
    assert store.reviews.last_decision() == first.history[-1]


def test_the_queue_lists_strong_before_possible_and_newest_first(store: Store):
    watch(store)
    old, possible, new = filed(store), filed(store, hit(**POSSIBLE), at=NOW + DAY), filed(store, at=NOW + HOUR)
    postponed = judged(store, filed(store), Verdict.LATER, until=NOW + DAY)
    decided = judged(store, filed(store), Verdict.RELEVANT)
    assert [i.id for i in store.reviews.listing()] == [new.id, old.id, possible.id]
    assert [i.id for i in store.reviews.listing(limit=1)] == [new.id]
    assert [i.id for i in store.reviews.listing([State.DECIDED, State.LATER])] == [decided.id, postponed.id]


def test_a_list_by_state_is_narrowed_as_the_desks_list_is(store: Store):
    watch(store)
    in_russian, from_wire = filed(store, outlet="post", language="ru"), filed(store, outlet="wire", at=NOW + HOUR)
    judged(store, filed(store, outlet="post"), Verdict.RELEVANT)
    unsure = judged(store, filed(store, outlet="wire"), Verdict.UNSURE)
    answered = judged(store, filed(store, outlet="wire", at=NOW + HOUR), Verdict.UNSURE)
    judged(store, answered, Verdict.RELEVANT)
    melis = entity_numbers(store)["melis"]
    waiting = [unsure.id, from_wire.id, in_russian.id]
    for narrowed, fits in (
        (QueueFilter(), waiting),
        (QueueFilter(entity=melis), waiting),
        (QueueFilter(entity=melis + 999), []),
        (QueueFilter(outlet="post"), [in_russian.id]),
        (QueueFilter(language="ru"), [in_russian.id]),
        (QueueFilter(since=NOW + MINUTE), [from_wire.id]),
        (QueueFilter(tab=QueueTab.ASKED), [unsure.id]),
        (QueueFilter(tab=QueueTab.ASKED, outlet="post"), []),
    ):
        assert [item.id for item in store.reviews.listing(queue_filter=narrowed)] == fits, narrowed


def test_what_was_put_off_comes_back_at_its_time(store: Store):
    watch(store)
    postponed = judged(store, filed(store), Verdict.LATER, until=NOW + DAY)
    filed(store)
    assert store.reviews.reopen_due(NOW + DAY - MINUTE) == 0
    assert [store.reviews.reopen_due(NOW + DAY) for _ in range(2)] == [1, 0]
    returned = store.reviews.get(postponed.id)
    assert (returned.state, returned.version, returned.until) == (State.OPEN, postponed.version + 1, None)
    assert returned.reopened and returned.reopened_at == NOW + DAY


def test_an_unknown_item_is_not_found(store: Store):
    with pytest.raises(NotFound, match="item 77"):
        store.reviews.get(77)
    watch(store)
    with pytest.raises(NotFound):
        store.reviews.save(replace(filed(store), id=77), was=1)


def test_what_waits_too_long_leaves_the_queue_and_is_kept(store: Store) -> None:
    watch(store)
    clear = filed(store, hit())
    possible = filed(store, hit(confidence=Confidence.POSSIBLE, alerts=False))
    decided = filed(store, hit())
    done = decide(decided, Decision(decided.id, 1, NOW, "aida", Verdict.RELEVANT))
    store.reviews.save(done, was=1, decision=done.history[-1])
    assert [store.reviews.expire(NOW + days * DAY) for days in (14, 15, 15, 30, 31)] == [0, 1, 0, 0, 1]
    expired = {item.id: item.version for item in store.reviews.listing([State.EXPIRED])}
    assert expired == {clear.id: 2, possible.id: 2}
    assert store.reviews.get(decided.id).state is State.DECIDED
    day = store.reading.digest_input(Window(NOW, NOW + 40 * DAY))
    assert (day.waiting, day.never_reviewed) == (0, 1)  # that a possible name was looked at, nobody promised
    assert contradictions(store) == []


def test_items_naming_any_of_some_entities_are_listed_once_newest_first(store: Store) -> None:
    watch(store)
    both = (hit(), hit("Nobody", "cholpon"))
    one, two, three = (filed(store, *hits, at=NOW - n * DAY) for n, hits in ((2, both), (1, [hit()]), (0, both[1:])))
    numbers = entity_numbers(store)
    melis, cholpon = numbers["melis"], numbers["cholpon"]
    within = Window(NOW - 2 * DAY, NOW + HOUR)

    def naming(*entities: int, window: Window = within, limit: int = 9) -> list[int]:
        return [item.id for item in store.cards.naming(entities, window, limit)]

    assert naming(melis, cholpon) == [three.id, two.id, one.id]
    assert naming(melis) == [two.id, one.id]
    assert naming(melis, cholpon, limit=2) == [three.id, two.id]
    assert naming(cholpon, window=Window(NOW - 2 * DAY, NOW)) == [one.id]
    assert naming(numbers["kos"]) == naming() == []
    App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, lambda: NOW).merge(one.id, two.id, by="aida")
    assert naming(melis) == [one.id]
