"""Columns of review items that repeat what their articles, hits and decisions say, on both databases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from kit.app import App
from kit.contradictions import contradictions_in
from kit.judged import POSSIBLE, SILENT, join, judged
from kit.store import HOUR, NOW, article, backlog, ended, filed, hit, item, stored, story_item, watch
from monitor.config import load_settings
from monitor.model import Hit, Placement, Verdict
from monitor.store import Store
from monitor.store import tables as t

ALERTING = POSSIBLE | {"alerts": True}
SOMEBODY = hit("Nobody", "cholpon", **POSSIBLE)


def columns(store: Store, number: int) -> tuple[bool, object, str | None]:
    """Return `clear`, `latest` and `verdict` of an item, which agree with the item."""
    query = select(*t.review_item.c["clear", "latest", "verdict"]).where(t.review_item.c.id == number)
    with store.database.reading() as connection:
        assert contradictions_in(connection) == []
        return tuple(connection.execute(query).one())


@pytest.mark.parametrize(
    ("first", "second", "clear"),
    [
        ((hit(),), (hit(**POSSIBLE),), True),
        ((hit(**POSSIBLE),), (hit(),), True),
        ((hit(**SILENT), SOMEBODY), (hit(**ALERTING),), True),  # strong in one article, alerts in the other
        ((hit(**SILENT), SOMEBODY), (hit("Nobody", "cholpon", **ALERTING),), False),  # the other name alerts
        ((hit(**SILENT), SOMEBODY), (hit(**SILENT), SOMEBODY), False),
    ],
)
def test_an_item_is_clear_by_one_name_that_is_strong_and_alerts(
    store: Store, first: tuple[Hit, ...], second: tuple[Hit, ...], clear: bool
):
    watch(store)
    one = filed(store, *first)
    join(store, one, stored(store, *second))
    assert columns(store, one.id) == (clear, NOW + HOUR, None)


def test_a_name_that_an_edit_removed_counts_until_another_text_has_it(store: Store):
    watch(store)
    (entry,) = backlog(store, item(900))
    result = ended(entry, "k", hit())
    store.entries.save_result(result)
    (candidate,) = store.stories.awaiting_filing()
    one = story_item(store, store.stories.file(candidate, Placement(), None, NOW))
    store.entries.save_result(replace(ended(entry, "k"), article=article("k", "Nobody is named.")))
    assert columns(store, one.id) == (True, NOW, None)
    join(store, story_item(store, one.story), stored(store, hit(**POSSIBLE)))
    assert columns(store, one.id) == (False, NOW + HOUR, None)


def test_the_verdict_is_that_of_the_decisions_on_the_names_that_an_item_has_now(store: Store):
    watch(store)
    decided = judged(store, filed(store), Verdict.RELEVANT)
    join(store, decided, stored(store, hit(), outlet="Herald"), copy_of=decided.lead.id)
    assert columns(store, decided.id)[2] == Verdict.RELEVANT
    open_question = judged(store, filed(store, hit("court", "kos")), Verdict.UNSURE)
    join(store, open_question, stored(store, hit()))
    assert columns(store, open_question.id)[2] == Verdict.UNSURE


@pytest.mark.parametrize("verdict", [Verdict.RELEVANT, Verdict.UNSURE])
def test_the_verdict_on_a_name_of_a_merged_item_is_that_of_the_other_item(
    store: Store, tmp_path: Path, verdict: Verdict
):
    watch(store)
    app = App(load_settings(tmp_path, {}, tmp_path), store, clock=lambda: NOW + HOUR)
    one, two = filed(store), filed(store)
    app.decide(one.id, verdict, by="aida", entity="melis")
    merged = app.merge(two.id, one.id, by="aida")
    assert columns(store, merged.id)[2] == verdict
