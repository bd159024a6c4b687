"""Contradictions in a database, found and told with their place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kit.contradictions import contradictions
from kit.store import (
    DAY,
    NOW,
    claimed,
    item,
    visited,
)
from kit.upkeep import THEN, run, whole_way
from monitor.model import (
    Decision,
    FeedStatus,
    Mailing,
    Rendering,
    Run,
    Window,
)
from monitor.store import Store, open_store


@pytest.mark.check
def test_a_healthy_database_contradicts_itself_nowhere(store: Store):
    assert (contradictions(store), store.upkeep.check()) == ([], ())
    whole_way(store)
    assert (contradictions(store), store.upkeep.check()) == ([], ())
    store.reviews.reopen_due(NOW + 2 * DAY)
    store.upkeep.drop_texts(THEN, THEN, 10)
    assert (contradictions(store), store.upkeep.check()) == ([], ())


DAMAGE = {
    "UPDATE article_version SET text = text || '.' WHERE article = 1": "article 1, version 1: the stored text does not",
    "UPDATE article_version SET text = 'x' WHERE article = 8 AND version = 2": "article 8, version 2: the stored text",
    """UPDATE article_version SET body_sha256 = 'b', headers = '{"a": "b"}' WHERE article = 1""": (
        "article 1, version 1: someone is named in the"
    ),
}


@pytest.mark.check
@pytest.mark.parametrize("statement", DAMAGE)
def test_a_changed_text_or_page_is_found_and_told_without_names(store: Store, statement: str):
    whole_way(store)
    run(store, statement)
    faults = store.upkeep.check()
    assert any(sentence.startswith(DAMAGE[statement]) for sentence in faults), faults
    assert not any(name in sentence for sentence in faults for name in ("Melis", "Tokoev", "melis", "Cholpon", "desk@"))


def test_broken_foreign_keys_and_a_damaged_file_are_reported_first(sqlite_with_tables: Path, tmp_path: Path):
    store = open_store(f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'monitor.db')}")
    whole_way(store)
    raw = store.database.engine.raw_connection()
    raw.cursor().execute("PRAGMA foreign_keys=OFF")
    raw.cursor().execute("DELETE FROM article WHERE id = 9")
    raw.cursor().execute("PRAGMA foreign_keys=ON")
    raw.close()
    faults = store.upkeep.check()
    assert {"hit 10: the article it belongs to is not there", "entry 9: the article it belongs to is not there"} <= set(
        faults
    )
    raw = store.database.engine.raw_connection()
    raw.cursor().execute("PRAGMA writable_schema=ON")
    raw.cursor().execute(
        "UPDATE sqlite_schema SET sql = replace(sql, 'summary TEXT NOT NULL', 'summary TEXT CHECK (summary = 7)')"
    )
    raw.close()
    store.database.engine.dispose()
    faults = store.upkeep.check()
    assert faults[0].startswith("the file is damaged: ") and "entry" in faults[0]
    store.close()


def test_unfinished_runs_and_mailings_to_nobody_are_no_contradictions(store: Store):
    for _ in range(3):
        store.runs.save(Run(NOW))
    window = Window(NOW, NOW + DAY)
    assert store.outbox.put(window, lambda _: (Mailing(window, NOW, Rendering("s", "t", "h")), ()))
    (state,) = claimed(store, "post")
    store.feeds.save_visit(visited(state, item(1), status=FeedStatus.OK))
    assert contradictions(store) == []


@pytest.mark.check
def test_notes_alone_contradict_no_decision(store: Store):
    whole_way(store)
    item_id = store.reviews.listing()[0].id
    for note in ("who is this?", "asked the editor"):
        waiting = store.reviews.get(item_id)
        decision = Decision(waiting.id, waiting.version, NOW, "zoe", None, note=note)
        store.reviews.save(waiting, was=waiting.version, decision=decision)
    assert contradictions(store) == []
