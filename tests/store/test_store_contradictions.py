"""What a database must not say, found and told with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text as sql

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
from monitor.store import tables as t
from monitor.store.ops.check import ENUMS, contradictions


def test_a_healthy_database_contradicts_itself_nowhere(store: Store):
    assert store.upkeep.check() == ()
    whole_way(store)
    assert store.upkeep.check() == ()
    store.reviews.reopen_due(NOW + 2 * DAY)
    store.upkeep.drop_texts(THEN, THEN, 10)
    assert store.upkeep.check() == ()


AT = "'2026-03-02 09:00:00'"
CORRUPTIONS = {
    "DELETE FROM article_version WHERE article = 8 AND version = 1": "article 8: its versions are not those from 1 to 2",
    "UPDATE article SET version = 3 WHERE id = 8": "article 8: its versions are not those from 1 to 3",
    "UPDATE article SET version = 1 WHERE id = 8": "article 8: its versions are not those from 1 to 1",
    "DELETE FROM article_version WHERE article = 5": "article 5: its versions are not those from 1 to 1",
    "UPDATE article_version SET text = text || '.' WHERE article = 1": "article 1: the stored text does not have the hash",
    "UPDATE article_version SET text = 'x' WHERE article = 8 AND version = 2": "article 8, version 2: the stored text",
    "UPDATE article_version SET dropped = stored WHERE article = 8 AND version = 1": (
        "article 8, version 1: its text was dropped and is still there"
    ),
    "UPDATE article_version SET text_from = 'air' WHERE article = 8": "article 8: its text_from holds a word",
    "UPDATE article_version SET published_source = 'air' WHERE article = 8": "article 8: its published_source holds a word",
    "UPDATE article_version SET published_precision = 'air' WHERE article = 8": "article 8: its published_precision holds",
    """UPDATE article_version SET zones = '[["air", 0, 4]]' WHERE article = 7""": "article 7: its zones hold a word",
    "UPDATE mention SET start = start + 1 WHERE id = 1": "mention 1: its words do not stand at its place in article 1",
    "UPDATE mention SET field = 'title' WHERE id = 1": "mention 1: its words do not stand",
    "UPDATE mention SET field = 'margin' WHERE id = 1": "mention 1: its field holds a word",
    "UPDATE mention SET confidence = 'weak' WHERE id = 1": "mention 1: its confidence holds a word",
    "UPDATE mention SET version = 2 WHERE id = 1": "mention 1: it is in version 2 of article 1, which is not there",
    "DELETE FROM mention WHERE hit = 1": "hit 1: it has no mention in version 1",
    "UPDATE hit SET version = 2 WHERE id = 1": "hit 1: it is of version 2 of an article that is at version 1",
    "UPDATE hit SET confidence = 'weak' WHERE id = 1": "hit 1: its confidence holds a word",
    "UPDATE hit SET filed = true WHERE article = 9": "hit 10: it counts as filed, but article 9 is in no story",
    "DELETE FROM review_item WHERE id = 5": "story 5: it has no review item",
    "DELETE FROM story_article WHERE story = 5": "story 5: no article is in it",
    "DELETE FROM story_article WHERE story = 1 AND article = 3": "hit 4: it counts as filed, but article 3",
    "UPDATE story_article SET copy_of = 2 WHERE article = 3": "article 3: it counts as a copy of article 2",
    "UPDATE story_article SET copy_of = 3 WHERE article = 3": "article 3: it counts as a copy of article 3",
    "UPDATE story_article SET copy_of = 8 WHERE article = 3": "article 3: it counts as a copy of article 8",
    "UPDATE story_article SET version = 2 WHERE article = 3": "article 3: its story has taken in version 2",
    "UPDATE story_article SET version = 0 WHERE article = 3": "article 3: it has changed, or is gone, and filing does",
    "UPDATE article SET gone = first_seen WHERE id = 3": "article 3: it has changed, or is gone, and filing does not",
    "UPDATE entry SET article = NULL WHERE id = 1": "entry 1: it ended as queued, but has no article",
    "UPDATE entry SET article = NULL WHERE id = 9": "entry 9: it ended as counted, but has no article",
    "UPDATE entry SET due = NULL WHERE id = 10": "entry 10: it was tried and is to be tried again",
    "UPDATE entry SET outcome = 'lost' WHERE id = 10": "entry 10: its outcome holds a word",
    "UPDATE entry SET published_precision = 'lost' WHERE id = 10": "entry 10: its published_precision holds a word",
    "UPDATE feed SET status = 'lost'": "feed 1: its status holds a word",
    "UPDATE entity SET type = 'lost' WHERE number = 2": "entity 2: its type holds a word",
    "UPDATE entity SET alert = 'lost' WHERE number = 2": "entity 2: its alert holds a word",
    f"INSERT INTO finding (id, article, version, kind, before, after, found) VALUES (1, 1, 1, 'lost', '', '', {AT})": (
        "finding 1: its kind holds a word"
    ),
    "INSERT INTO person (id, name, key, role, since, password, language, shortcuts) "
    f"VALUES (1, 'n', 'n', 'lost', {AT}, '', '', true)": "person 1: its role holds a word",
    f"INSERT INTO invitation (token, role, until) VALUES ('t', 'lost', {AT})": "invitation 2026-03-02 09:00:00",
    f"INSERT INTO audit (id, at, act, detail) VALUES (1, {AT}, 'lost', '')": "audit 1: its act holds a word",
    "INSERT INTO regrouping (id, kind, item, other, at, by, articles, copies) "
    f"VALUES (1, 'lost', 1, 2, {AT}, '', '[]', '[]')": "regrouping 1: its kind holds a word",
    "UPDATE review_item SET until = first_seen WHERE id = 1": "review item 1: it is open, but put off until a time",
    "UPDATE review_item SET reopened_at = NULL WHERE id = 2": "review item 2: it is a follow-up, but never came back",
    "UPDATE review_item SET state = 'gone' WHERE id = 2": "review item 2: its state holds a word",
    "UPDATE review_item SET verdict = 'maybe' WHERE id = 2": "review item 2: its verdict holds a word",
    "UPDATE review_item SET state = 'decided' WHERE id = 1": "review item 1: it is decided, but no decision on it stands",
    "UPDATE review_item SET state = 'later' WHERE id = 4": "review item 4: it is put off, but its last decision",
    "UPDATE review_item SET verdict = 'relevant' WHERE id = 1": "review item 1: its verdict is not what its decisions",
    "UPDATE review_item SET verdict = NULL WHERE id = 2": "review item 2: its verdict is not what its decisions",
    "UPDATE review_item SET verdict = 'not-relevant' WHERE id = 4": "review item 4: its verdict is not what its decisions",
    "UPDATE review_item SET version = 1 WHERE id = 2": "review item 2: its decisions were not made on one version after",
    "UPDATE decision SET version = 1 WHERE id = 2": "review item 1: its decisions were not made on one version after",
    "UPDATE decision SET verdict = NULL, note = '' WHERE id = 3": "decision 3: it must either be a verdict or undo one",
    "UPDATE decision SET undoes = 1 WHERE id = 3": "decision 3: it must either be a verdict or undo one",
    "UPDATE decision SET undoes = 3 WHERE id = 2": "decision 2: it undoes decision 3, which is no earlier one of its item",
    "UPDATE decision SET verdict = 'maybe' WHERE id = 3": "decision 3: its verdict holds a word",
    "UPDATE decision SET reason = 'why not' WHERE id = 3": "decision 3: its reason holds a word",
    "UPDATE decision SET judged = '[1, 99]' WHERE id = 3": "decision 3: it judged a name that was never",
    "UPDATE decision SET judged = '7' WHERE id = 3": "decision 3: it holds a value that cannot be read",
    "UPDATE review_item SET clear = NOT clear WHERE id = 1": "review item 1: the lists have it elsewhere",
    "UPDATE review_item SET latest = '2026-01-02 09:00:00' WHERE id = 3": "review item 3: the lists have it elsewhere",
    "DELETE FROM article_words WHERE article = 1": "article 1: it is searched by other words than it says",
    "UPDATE article_words SET words = 'nobody' WHERE article = 1": "article 1: it is searched by other words than it says",
    "INSERT INTO article_words VALUES (9, 'nobody')": "article 9: it is searched, but in no story",
    "UPDATE article SET names = sketch WHERE id = 1": "article 1: it is found by another fingerprint than its own",
    "UPDATE mailing SET until = since WHERE id = 1": "mailing 1: its window does not end after it begins",
    "UPDATE mailing SET since = '2026-02-28 09:00:00' WHERE id = 2": "mailing 2: its window does not begin where",
    "DELETE FROM delivery WHERE mailing = 2; DELETE FROM mailing WHERE id = 2": "mailing 3: its window does not begin where",
    "UPDATE delivery SET refused = '2026-03-02 09:00:00' WHERE sent IS NOT NULL": "delivery 1: it is both",
}  # fmt: skip


@pytest.mark.soak
def test_every_contradiction_is_found_and_says_where(store: Store):
    whole_way(store)
    for statements, expected in CORRUPTIONS.items():
        with store.database.writing("a test") as connection:  # tried, and taken back
            for statement in statements.split("; "):
                connection.execute(sql(statement))
            found = list(contradictions(connection))
            connection.rollback()
        assert any(said.startswith(expected) for said in found), (statements, found)
        assert not any(name in said for said in found for name in ("Melis", "Tokoev", "melis", "Cholpon", "desk@"))
    assert store.upkeep.check() == ()


def test_no_column_that_holds_an_enums_word_is_forgotten():
    asked = {str(column) for columns in ENUMS.values() for column in columns}
    names = {each.partition(".")[2] for each in asked}
    columns = {str(c) for table in t.Row.metadata.tables.values() for c in table.c}
    other = {"watchlist_version.reason", "unread_text.status"}  # words of people, and of HTTP
    assert {each for each in columns if each.partition(".")[2] in names} - other == asked


@pytest.mark.soak
def test_contradictions_beyond_the_first_batch_are_found(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.store.ops.check.ARTICLES_PER_BATCH", 2)
    monkeypatch.setattr("monitor.store.ops.check.ITEMS_PER_BATCH", 2)
    whole_way(store)
    assert store.upkeep.check() == ()
    run(store, "UPDATE article_version SET text = text || '.'", "UPDATE review_item SET verdict = 'unsure'")
    found = store.upkeep.check()
    assert len([said for said in found if "the stored text" in said]) == 10
    assert len([said for said in found if "its verdict is not" in said]) == 5


def test_an_unreadable_row_is_reported_alone_and_hides_no_other(store: Store):
    whole_way(store)
    run(store, "UPDATE decision SET reason = 'why not' WHERE id = 3", "UPDATE review_item SET verdict = 'unsure'")
    wrong = "its verdict is not what its decisions come to"
    assert [said for said in store.upkeep.check() if said.startswith("review item")] == [
        f"review item 1: {wrong}",
        "review item 2: it holds a value that cannot be read",
        *(f"review item {number}: {wrong}" for number in (3, 4, 5)),
    ]


def test_broken_foreign_keys_and_a_damaged_file_are_reported_first(sqlite_with_tables: Path, tmp_path: Path):
    store = open_store(f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'monitor.db')}")
    whole_way(store)
    raw = store.database.engine.raw_connection()
    raw.cursor().execute("PRAGMA foreign_keys=OFF")
    raw.cursor().execute("DELETE FROM article WHERE id = 9")
    raw.cursor().execute("PRAGMA foreign_keys=ON")
    raw.close()
    found = store.upkeep.check()
    assert {"hit 10: the article it belongs to is not there", "entry 9: the article it belongs to is not there"} <= set(
        found
    )
    raw = store.database.engine.raw_connection()
    raw.cursor().execute("PRAGMA writable_schema=ON")
    raw.cursor().execute(
        "UPDATE sqlite_schema SET sql = replace(sql, 'summary TEXT NOT NULL', 'summary TEXT CHECK (summary = 7)')"
    )
    raw.close()
    store.database.engine.dispose()
    found = store.upkeep.check()
    assert found[0].startswith("the file is damaged: ") and "entry" in found[0]
    store.close()


def test_unfinished_runs_and_mailings_to_nobody_are_no_contradictions(store: Store):
    for _ in range(3):
        store.runs.save(Run(NOW))
    window = Window(NOW, NOW + DAY)
    assert store.outbox.put(window, lambda _: (Mailing(window, NOW, Rendering("s", "t", "h")), ()))
    (state,) = claimed(store, "post")
    store.feeds.save_visit(visited(state, item(1), status=FeedStatus.OK))
    assert store.upkeep.check() == ()


def test_notes_alone_contradict_no_decision(store: Store):
    whole_way(store)
    item_id = store.reviews.listing()[0].id
    for note in ("who is this?", "asked the editor"):
        waiting = store.reviews.get(item_id)
        decision = Decision(waiting.id, waiting.version, NOW, "zoe", None, note=note)
        store.reviews.save(waiting, was=waiting.version, decision=decision)
    assert store.upkeep.check() == ()
