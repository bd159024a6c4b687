"""Articles that await filing are looked up without reading the archive or the list of names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kit.databases import SQLITE
from kit.store import HOUR, MINUTE, NOW, backlog, ended, filed, hit, item, stored, story_item, watch
from monitor.model import Absence, Confidence, Placement
from monitor.store import Store
from monitor.store.line.stories import _AWAITING_FILING
from monitor.store.sql import versions
from monitor.store.sql.similar import _LATEST_FILINGS_NAMING


def test_an_article_gone_before_it_was_filed_awaits_filing_again_to_be_reported(store: Store):
    watch(store)
    article = stored(store, hit())
    with store.database.writing("a test") as connection:
        versions.store_absence(connection, article.id, Absence(NOW + HOUR, "it is gone (404)"))
    (waiting,) = store.stories.awaiting_filing()
    store.stories.file(waiting, Placement(), None, NOW + HOUR)
    (candidate,) = store.stories.awaiting_filing()
    assert (candidate.id, candidate.gone_why) == (article.id, "it is gone (404)")


@pytest.mark.parametrize(
    ("confidence", "alerts", "awaits"),
    [
        (Confidence.STRONG, True, True),
        (Confidence.POSSIBLE, True, True),
        (Confidence.POSSIBLE, False, True),
        (Confidence.STRONG, False, False),  # counted only
    ],
)
def test_hits_that_are_only_counted_await_nothing(store: Store, confidence: Confidence, alerts: bool, awaits: bool):
    watch(store)
    (entry,) = backlog(store, item(1))
    store.entries.save_result(ended(entry, "post.example/1", hit(confidence=confidence, alerts=alerts)))
    assert bool(store.stories.awaiting_filing()) is awaits


@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)
def test_neither_archive_nor_list_is_read_to_learn_that_nothing_awaits_filing(store: Store):
    watch(store)
    for minutes in range(3):
        filed(store, hit(), at=NOW + minutes * MINUTE + timedelta(seconds=1))
    query = str(_AWAITING_FILING.compile(store.database.engine, compile_kwargs={"literal_binds": True}))
    with store.database.reading() as connection:
        steps = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    large_tables = ("article", "hit", "story_article", "entity")
    assert [step for step in steps if step in {f"SCAN {table}" for table in large_tables}] == [], steps
    assert any("ix_hit_filed_alerts_confidence" in step for step in steps)


@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)
def test_the_latest_filed_articles_on_a_name_are_found_without_reading_all_hits_of_it(store: Store):
    watch(store)
    filed(store, hit())
    query = str(_LATEST_FILINGS_NAMING.compile(store.database.engine))
    with store.database.reading() as connection:
        steps = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", (None,) * 9)]
    assert any("ix_hit_entity_filed_id (entity=? AND filed=?)" in step for step in steps), steps
    assert "SCAN hit" not in steps and "USE TEMP B-TREE FOR ORDER BY" not in steps, steps


def test_a_name_of_an_item_stays_when_the_same_text_is_matched_without_it(store: Store):
    """Its feed shows it again, and the name is on the list no more; people may have judged it."""
    watch(store)
    results = [ended(entry, f"post.example/{entry.id}", hit()) for entry in backlog(store, item(1), item(2))]
    for result in results:
        store.entries.save_result(result)
    first, _ = store.stories.awaiting_filing()
    one = story_item(store, store.stories.file(first, Placement(), None, NOW))
    for result in results:
        store.entries.save_result(replace(result, hits=()))
    (kept_hit,) = store.reviews.get(one.id).hits
    assert kept_hit.mentions and not kept_hit.removed
    assert list(store.stories.awaiting_filing()) == []
