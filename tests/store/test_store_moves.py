"""A name that moves takes its rows along, on both databases; doing each step twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from kit.contradictions import contradictions
from kit.databases import Server, delete_all_rows
from kit.judged import join, judged
from kit.store import HOUR, MELIS, NOW, backlog, ended, filed, hit, item, sketch, stored, watch
from kit.upkeep import everything, whole_way
from monitor.errors import ChangedMeanwhile
from monitor.model import Naming, Outcome, RawPage, Rule, State, Verdict, WatchlistChange
from monitor.ports import Remaking
from monitor.review.decisions import after_name_removal
from monitor.store import Store, open_store
from monitor.store import tables as t

REMAKING = Remaking(lambda *_: None, after_name_removal)
NAMING = Naming(lambda text: "Melis" in text, lambda text: "Melis Tokoev" in text)
SCHEMA = "closed_moves"


@pytest.fixture(scope="module")
def schema(postgresql: Server, postgresql_with_tables: str) -> Iterator[Store]:
    """Return the closed store on the server; each test begins with it empty."""
    opened = open_store(postgresql.url(postgresql_with_tables), schema=SCHEMA)
    yield opened
    with opened.database.writing("drop a schema") as connection:
        connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))
    opened.close()


@pytest.fixture
def closed(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Store]:
    is_file = database_url.startswith("sqlite")
    opened = open_store(f"sqlite:///{tmp_path / 'closed.db'}") if is_file else request.getfixturevalue("schema")
    if not is_file:
        delete_all_rows(opened)
    opened.watchlists.apply(WatchlistChange(added=(replace(MELIS, sensitive=True),)), "test", NOW)
    yield opened
    if is_file:
        opened.close()


def move(store: Store, closed: Store) -> None:
    moved = store.moves.read("melis")
    closed.moves.put(moved)
    store.moves.remove(moved, NAMING, REMAKING, {})


@pytest.mark.check
def test_what_moves_leaves_no_contradiction_in_either_store(store: Store, closed: Store):
    whole_way(store)
    before = {one.id: one for one in store.reviews.items(range(1, 6))}
    move(store, closed)
    assert contradictions(store) == [] and contradictions(closed) == []
    by_lead = {one.lead.id: one for one in closed.reviews.items(range(1, 9))}
    for one in before.values():
        assert [(d.by, d.at, d.verdict, d.note) for d in by_lead[one.lead.id].history] == [
            (d.by, d.at, d.verdict, d.note) for d in one.history
        ]
        assert {article.id for article in by_lead[one.lead.id].articles} == {article.id for article in one.articles}
    assert by_lead[5].state is State.LATER and by_lead[2].state is State.FOLLOW_UP
    assert {hit.entity for one in store.reviews.items(range(1, 9)) for hit in one.hits} == {"cholpon", "kos"}


@pytest.mark.check
def test_rows_that_were_put_twice_are_there_once(store: Store, closed: Store):
    whole_way(store)
    filed(store, raw=RawPage(b"<p>Melis Tokoev", {}))
    moved = store.moves.read("melis")
    closed.moves.put(moved)
    once = everything(closed)
    closed.moves.put(moved)
    assert everything(closed) == once


def test_a_decision_that_is_made_meanwhile_is_not_lost(store: Store, closed: Store):
    watch(store)
    story = filed(store)
    moved = store.moves.read("melis")
    closed.moves.put(moved)
    judged(store, story, Verdict.RELEVANT)
    with pytest.raises(ChangedMeanwhile):
        store.moves.remove(moved, NAMING, REMAKING, {})
    move(store, closed)
    (moved_item,) = closed.reviews.items(range(1, 9))
    assert [d.verdict for d in moved_item.history] == [Verdict.RELEVANT] and moved_item.state is State.DECIDED
    assert store.reviews.items(range(1, 9)) == []


def test_an_item_of_two_names_stays_with_the_other_and_its_verdict(store: Store, closed: Store):
    watch(store)
    story = filed(store, hit(), hit("court", "kos"))
    judged(store, story, Verdict.NOT_RELEVANT, entity="kos")
    move(store, closed)
    (item_left,), (moved,) = store.reviews.items([story.id]), closed.reviews.items(range(1, 9))
    assert [hit.entity for hit in item_left.hits] == ["kos"] and [d.entity for d in item_left.history] == ["kos"]
    assert [hit.entity for hit in moved.hits] == ["melis"] and moved.history == () and moved.state is State.OPEN


def test_a_copy_that_is_here_for_another_name_keeps_its_story_and_gains_the_hit(store: Store, closed: Store):
    watch(store)
    story = filed(store, hit(), hit("court", "kos"))
    kos = next(one for one in store.watchlists.current().entities if one.id == "kos")
    closed.watchlists.apply(WatchlistChange(added=(replace(kos, sensitive=True),)), "test", NOW)
    closed.moves.put(store.moves.read("kos"))
    move(store, closed)
    (moved,) = closed.reviews.items(range(1, 9))
    assert {hit.entity for hit in moved.hits} == {"melis", "kos"} and moved.lead.id == story.lead.id
    assert contradictions(closed) == []


def test_a_run_that_began_before_a_name_moved_stores_its_texts_without_it(store: Store, closed: Store):
    watch(store)
    filed(store)
    move(store, closed)
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "post.example/late", hit(), hit("court", "kos")))
    (record, *_) = store.archive.articles(None, None, 9)
    assert record.hits.keys() == {"kos"} and store.unread_texts.first(9)[-1].unmatched.article.id == record.article.id


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.TOO_LARGE, Outcome.NO_MATCH])
def test_an_entry_ends_as_it_would_have_without_the_name_that_left(store: Store, closed: Store, outcome: Outcome):
    watch(store)
    story = filed(store)
    (entry,) = backlog(store, item(1))
    named = ended(entry, "post.example/1", hit(), detail="no other page has this reason", unmatched_outcome=outcome)
    store.entries.save_result(named)
    (both,) = backlog(store, item(2))
    store.entries.save_result(
        replace(ended(both, "post.example/2", hit(), hit("court", "kos")), unmatched_outcome=outcome)
    )
    move(store, closed)
    with store.database.reading() as connection:
        ends = connection.scalars(select(t.entry.c.outcome).order_by(t.entry.c.id)).all()
    assert ends == [Outcome.NO_MATCH, outcome, Outcome.QUEUED] and store.reviews.items([story.id]) == []


def test_a_story_whose_first_article_leaves_begins_with_the_next(store: Store, closed: Store):
    watch(store)
    first = filed(store)
    copy = stored(store, hit("court", "kos"), at=NOW + HOUR, fingerprint=sketch(1, 2))
    with_copy = join(store, first, copy, copy_of=first.lead.id)
    join(store, with_copy, stored(store, hit("court", "kos"), at=NOW + 2 * HOUR))
    move(store, closed)
    item_left = store.reviews.get(first.id)
    assert item_left.first_seen == NOW + HOUR
    assert [(one.reason.rule is Rule.NEW, one.copy_of) for one in item_left.articles] == [(True, None), (False, None)]
    with store.database.reading() as connection:  # found by its own words now, not by those of its source
        assert connection.scalars(text("SELECT hash FROM candidate_hash WHERE hash > 0 ORDER BY hash")).all() == [1, 2]
