"""Cached lists: what a list reads, and what it keeps until anybody writes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.databases import SQLITE, noted_statements
from kit.store import NOW, article, backlog, entity_numbers, filed, hit, item, watch
from monitor.model import Outcome, Placement, QueueFilter, Result
from monitor.store import Store


def test_counts_of_names_follow_each_edit_before_it_is_filed(store: Store):
    watch(store)
    both = "Melis Tokoev met KOS."
    (entry,) = backlog(store, item(900))
    saved = Result(
        entry,
        NOW,
        Outcome.QUEUED,
        article=article("post.example/900", both),
        hits=(hit(text=both), hit("KOS", "kos", both)),
    )
    store.entries.save_result(saved)
    store.stories.file(store.stories.awaiting_filing()[0], Placement(), None, NOW)
    numbers = entity_numbers(store)
    both_names = {numbers["melis"]: 1, numbers["kos"]: 1}

    def name_counts() -> dict[int, int]:
        facets = store.queue.page(QueueFilter(), NOW, 9, with_facets=True).facets
        assert facets
        return {number: count for number, (_, count) in facets.names.items()}

    assert name_counts() == both_names
    edited_text = f"{both} Again."
    names = hit(text=edited_text), hit("KOS", "kos", edited_text)
    for text, hits, count in ((edited_text, names, both_names), ("Nobody was met.", (), {})):
        store.entries.save_result(replace(saved, article=article("post.example/900", text), hits=hits))
        assert name_counts() == count


def test_a_list_of_one_name_does_not_count_the_list_of_all_again(store: Store):
    watch(store)
    both = "Melis Tokoev wrote about Cholpon Arzyeva."
    filed(store, hit(text=both), hit("Cholpon Arzyeva", "cholpon", both), at=NOW, text=both)
    queue, numbers = store.queue, entity_numbers(store)
    second_counts = []
    for _ in range(
        3
    ):  # on PostgreSQL a transaction in any database of the server, such as a vacuum, lets it count again
        for name in ("melis", "cholpon"):
            with noted_statements(store) as statements:
                queue.page(QueueFilter(entity=numbers[name]), NOW, 9, with_facets=True)
        second_counts.append(sum(statement.startswith("SELECT hit.entity") for statement in statements))
    assert 0 in second_counts


def test_an_empty_list_of_items_asks_the_database_nothing(store: Store):
    watch(store)
    filed(store, at=NOW)
    with noted_statements(store) as statements:
        assert list(store.cards.items([])) == list(store.reviews.items([])) == []
    assert statements == []


@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)
def test_a_list_in_one_language_is_made_without_reading_texts(store: Store):
    watch(store)
    filed(store, at=NOW)
    with noted_statements(store) as statements:
        assert store.queue.numbers(QueueFilter(language="ky"), NOW, 9) == []
    (query,) = (statement for statement in statements if "article_version.language" in statement)
    with store.database.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", (None,) * query.count("?"))
        steps = [row[-1] for row in plan if "article_version" in row[-1]]
    assert len(steps) == 1 and "USING COVERING INDEX" in steps[0]


def test_requests_after_one_another_share_a_connection_and_what_it_has_cached(store: Store):
    with store.database.reading(), store.database.reading():
        pass  # two requests at once
    connections = set()
    for _ in range(3):
        with store.database.reading() as connection:
            connections.add(connection.connection.driver_connection)
    assert len(connections) == 1
