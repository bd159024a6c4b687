"""Contracts of upkeep (ports.py), on both databases: old texts are dropped, evidence stays."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from kit.contradictions import contradictions
from kit.store import (
    DAY,
    HOUR,
    NOW,
    TEXT,
    article,
    backlog,
    claimed,
    ended,
    filed,
    hit,
    item,
    visited,
    watch,
)
from kit.upkeep import POSSIBLE, RETENTION, SILENT, THEN, TICK, everything, run
from monitor.model import (
    NewEntry,
    Outcome,
)
from monitor.store import Store, open_store
from monitor.store import tables as t


def nobody(store: Store, *keys: str, at: datetime = NOW) -> None:
    """Articles that name nobody."""
    for entry, key in zip(backlog(store, *(item(int(k)) for k in keys), now=at), keys, strict=True):
        result = ended(entry, key)
        assert result.article is not None
        store.entries.save_result(replace(result, at=at, article=replace(result.article, first_seen=at)))


def texts(store: Store) -> list[str]:
    with store.database.reading() as connection:
        return list(connection.scalars(sql("SELECT text FROM article_version ORDER BY article, version")))


# ---- old texts ------------------------------------------------------------------------------------------------------


def test_a_text_that_names_nobody_goes_after_its_days_and_its_title_address_and_hash_stay(store: Store):
    watch(store)
    nobody(store, "1")
    before = everything(store)
    assert store.upkeep.drop_texts(NOW, THEN, 10) == 0  # first seen then, not before
    assert everything(store) == before
    assert store.upkeep.drop_texts(NOW + TICK, THEN, 10) == 1
    with store.database.reading() as connection:
        version = connection.execute(select(t.article_version)).one()
        row = connection.execute(select(t.article)).one()
        entry = connection.execute(select(t.entry)).one()
    assert (version.text, version.zones, version.dropped) == ("", [], THEN)
    assert (version.title, version.url, len(version.sha256), row.key) == ("Court extends arrest", "https://1", 64, "1")
    assert (row.sketch, row.names, row.numbers) == (b"", b"", b"")
    assert (entry.title, entry.summary, entry.content, entry.article) == ("Title 1", "", "", row.id)
    assert contradictions(store) == []


def test_dropping_again_changes_nothing(store: Store):
    nobody(store, "1", "2")
    assert store.upkeep.drop_texts(THEN - RETENTION, THEN, 10) == 2
    before = everything(store)
    assert store.upkeep.drop_texts(THEN - RETENTION, THEN + DAY, 10) == 0
    assert everything(store) == before


def test_the_oldest_texts_are_dropped_first_up_to_the_limit(store: Store):
    nobody(store, "1", at=NOW + HOUR)
    nobody(store, "2", at=NOW)
    assert store.upkeep.drop_texts(THEN, THEN, 1) == 1
    assert texts(store) == [TEXT, ""]
    assert [store.upkeep.drop_texts(THEN, THEN, 1) for _ in range(2)] == [1, 0]


def test_whatever_ever_named_someone_stays_in_all_its_versions(store: Store):
    watch(store)
    (clear, possible, silent, edited) = backlog(store, *(item(n) for n in range(4)))
    store.entries.save_result(ended(clear, "clear", hit()))
    store.entries.save_result(ended(possible, "possible", hit(**POSSIBLE), outcome=Outcome.POSSIBLE))
    store.entries.save_result(ended(silent, "silent", hit(**SILENT), outcome=Outcome.COUNTED))
    store.entries.save_result(ended(edited, "edited", hit(**SILENT)))
    taken_out = replace(ended(edited, "edited"), article=article("edited", text="Nobody any more."))
    store.entries.save_result(taken_out)
    before = everything(store)
    assert store.upkeep.drop_texts(THEN, THEN, 10) == 0
    assert everything(store) == before


def test_an_article_of_a_story_keeps_its_text_without_a_hit_of_its_own(store: Store):
    watch(store)
    filed(store)
    run(store, "DELETE FROM mention", "DELETE FROM hit")
    assert store.upkeep.drop_texts(THEN, THEN, 10) == 0
    assert texts(store) == [TEXT]


def test_an_article_whose_page_is_still_tried_for_keeps_its_text(store: Store):
    (entry,) = backlog(store, item(1))
    trying = replace(ended(entry, "1"), outcome=Outcome.PENDING, due=NOW + HOUR)
    store.entries.save_result(trying)
    assert store.upkeep.drop_texts(THEN, THEN, 10) == 0
    store.entries.save_result(replace(trying, outcome=Outcome.GIVEN_UP, due=None))
    assert store.upkeep.drop_texts(THEN, THEN, 10) == 1


def test_all_versions_of_a_text_go_and_a_later_one_goes_too(store: Store):
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "1"))
    store.entries.save_result(replace(ended(entry, "1"), article=article("1", text="Edited.")))
    assert store.upkeep.drop_texts(THEN, THEN, 10) == 1
    store.entries.save_result(replace(ended(entry, "1"), article=article("1", text="Edited again.")))
    assert texts(store) == ["", "", "Edited again."]
    assert [store.upkeep.drop_texts(THEN, THEN, 10) for _ in range(2)] == [1, 0]
    assert contradictions(store) == []


def test_a_feeds_text_is_dropped_from_entries_without_article_but_not_from_pending_ones(store: Store):
    (state,) = claimed(store, "post")
    kinds = {1: Outcome.OLD, 2: Outcome.NO_TEXT, 3: Outcome.PENDING}
    store.feeds.save_visit(
        replace(visited(state), entries=tuple(NewEntry(item(n, content="C"), kind) for n, kind in kinds.items()))
    )
    assert store.upkeep.drop_texts(NOW, THEN, 10) == 0
    feed_texts = sql("SELECT summary, content FROM entry ORDER BY id")
    with store.database.reading() as connection:
        assert connection.execute(feed_texts).all() == [("Summary", "C")] * 3
    assert store.upkeep.drop_texts(THEN, THEN, 10) == 0
    with store.database.reading() as connection:
        assert connection.execute(feed_texts).all() == [("", ""), ("", ""), ("Summary", "C")]
    store.feeds.sync_list([state.feed], THEN)
    visited_state = replace(state, last_visit=NOW, visits=1)
    assert store.feeds.save_visit(visited(visited_state, item(2, content="C"), at=THEN)) == 0  # it is no news again


def test_a_dropped_text_is_nowhere_in_the_file(sqlite_with_tables: Path, tmp_path: Path):
    file = Path(shutil.copy(sqlite_with_tables, tmp_path / "monitor.db"))
    store = open_store(f"sqlite:///{file}")
    (entry,) = backlog(store, item(1))
    store.entries.save_result(replace(ended(entry, "1"), article=article("1", text="A wombat sat there. " * 900)))
    store.upkeep.drop_texts(THEN, THEN, 10)
    store.close()
    assert b"wombat" not in file.read_bytes() and len(list(tmp_path.iterdir())) == 1


def test_sqlite_holds_little_while_a_run_reads_and_then_what_it_may(sqlite_with_tables: Path, tmp_path: Path):
    file = shutil.copy(sqlite_with_tables, tmp_path / "monitor.db")

    def limit() -> int:
        with store.database.reading() as connection:
            return connection.exec_driver_sql("PRAGMA soft_heap_limit").scalar_one()

    with closing(open_store(f"sqlite:///{file}")) as store:
        with pytest.raises(KeyError), store.database.small_cache():
            assert limit() == 4_000_000
            raise KeyError
        assert limit() == 0
