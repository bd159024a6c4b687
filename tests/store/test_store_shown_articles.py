"""Large items: which of their articles a page loads, and what it says of those that it does not load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.floods import Flooding, Named, counted_rows, flood
from kit.store import CHOLPON, HOUR, KOS, MELIS, NOW, filed, watch
from monitor.model import (
    ArticlePage,
    Confidence,
    Entity,
    ReviewItem,
    Window,
)
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.store.sql import items

FOURTH = Entity("fourth", "Aizada Nurova")
PAGE = ArticlePage(5)


@pytest.fixture
def item(store: Store) -> ReviewItem:
    watch(store, MELIS, CHOLPON, KOS, FOURTH)
    return filed(store, at=NOW - 100 * HOUR)


def part_of(store: Store, item: ReviewItem, page: ArticlePage = PAGE) -> ReviewItem:
    (part,) = store.cards.items([item.id], page)
    return part


def whole(store: Store, item: ReviewItem) -> ReviewItem:
    return store.reviews.get(item.id)


def test_a_small_item_is_whole(store: Store, item: ReviewItem):
    flood(store, item, [Flooding()] * 4)
    assert part_of(store, item) == whole(store, item) and part_of(store, item).other_articles == 0


def test_one_article_of_each_outlet_and_language_comes_first_even_in_a_flood(store: Store, item: ReviewItem):
    flood_articles = [Flooding("Evil", filed=NOW + timedelta(minutes=n)) for n in range(60)]
    other_articles = [Flooding(f"Outlet {n}") for n in range(7)]
    flood(store, item, [*other_articles, *flood_articles, Flooding("Evil", "ru")])
    part = part_of(store, item)
    assert {a.outlet for a in part.articles} == {"Post", "Evil", *(f"Outlet {n}" for n in range(7))}
    assert [a.language for a in part.articles if a.outlet == "Evil"] == ["en", "ru"]
    assert part.other_articles == 69 - len(part.articles) and len(part.articles) <= 10
    assert part.lead.id == item.articles[0].id


def test_pages_that_one_feed_links_to_are_of_one_outlet_and_their_hosts_are_named(store: Store, item: ReviewItem):
    linked = [Flooding(f"host-{n}.example", linked_by=12 + n % 2, filed=NOW + n * HOUR / 60) for n in range(60)]
    flood(store, item, [Flooding("Tide", linked_by=3), Flooding("Tide", filed=NOW - HOUR), *linked])
    part = part_of(store, item)
    first_places = [a for a in part.articles if a.reporter in {"Post", "Tide", "linked:3", "linked:12", "linked:13"}]
    assert {a.reporter for a in first_places} == {"Post", "Tide", "linked:3", "linked:12", "linked:13"}
    assert len(part.articles) <= 8 and sorted(part.outlets) == sorted(whole(store, item).outlets)
    pages = [part_of(store, item, replace(PAGE, number=n)).articles for n in range(13)]
    assert {a.id for articles in pages for a in articles} == {a.id for a in whole(store, item).articles}


def test_the_newest_original_of_an_outlet_stands_for_it(store: Store, item: ReviewItem):
    at = [NOW + timedelta(minutes=n) for n in range(4)]
    originals = [Flooding("Tide", filed=at[0]), Flooding("Tide", filed=at[2]), Flooding("Tide", filed=at[1])]
    flood(store, item, [*originals, Flooding("Tide", is_copy=True, filed=at[3]), *[Flooding()] * 20])
    (shown,) = (a for a in part_of(store, item, ArticlePage(1)).articles if a.outlet == "Tide")
    assert shown.filed == at[2]


def test_the_pages_of_an_item_hold_each_article_once_besides_those_that_come_first(store: Store, item: ReviewItem):
    flood(store, item, [Flooding(f"Outlet {n % 3}", filed=NOW + timedelta(minutes=n)) for n in range(23)])
    pages = [{a.id for a in part_of(store, item, ArticlePage(6, n)).articles} for n in range(5)]
    assert set().union(*pages) == {a.id for a in whole(store, item).articles}
    always = set.intersection(*pages)
    for n, page in enumerate(pages):
        assert all(not (page & shown_elsewhere) - always for shown_elsewhere in pages[n + 1 :])
    assert pages[4] == always  # beyond the last


def test_an_article_that_is_asked_for_is_loaded(store: Store, item: ReviewItem):
    flood(store, item, [Flooding(filed=NOW + timedelta(minutes=n)) for n in range(20)])
    loaded = {a.id for a in part_of(store, item).articles}
    missing = next(a.id for a in whole(store, item).articles if a.id not in loaded)
    assert {a.id for a in part_of(store, item, replace(PAGE, also=frozenset({missing}))).articles} == loaded | {missing}
    second_item = filed(store, at=NOW)
    assert {
        a.id for a in part_of(store, item, replace(PAGE, also=frozenset({second_item.articles[0].id}))).articles
    } == loaded


def test_the_rows_that_a_page_reads_do_not_grow_with_the_articles(store: Store, item: ReviewItem):
    if store.database.engine.dialect.name != "sqlite":
        pytest.skip("rows are counted in SQLite's driver")
    counts = []
    for _ in range(2):
        flood(store, item, [Flooding(filed=NOW + timedelta(minutes=n)) for n in range(60)])
        with counted_rows(store) as rows:
            part_of(store, item)
        counts.append(rows[0])
    assert counts[0] == counts[1] and counts[0] < 60
    assert len(whole(store, item).articles) == 121


NAMED = st.builds(
    Named,
    st.sampled_from(["melis", "cholpon", "kos", "fourth"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["clear", "named beside Aizada Nurova"]),
)
FLOODING = st.builds(
    Flooding,
    st.sampled_from(["Evil", "Post", "Tide"]),
    st.sampled_from(["en", "ru"]),
    st.booleans(),
    st.integers(-90, 9).map(lambda hours: NOW + hours * HOUR),
    st.none() | st.integers(-9, 9).map(lambda hours: NOW + hours * HOUR),
    st.booleans(),
    st.none() | st.integers(-9, 9).map(lambda hours: NOW + hours * HOUR),
    st.sampled_from(["It rained.", "Melis Tokoev spoke.", "Aizada Nurova spoke.", "Tokoev spoke."]),
    st.lists(NAMED, max_size=3, unique_by=lambda named: named.entity).map(tuple),
)


def heads(item: ReviewItem) -> Any:
    """Return what pages say of an item whichever of its articles are loaded."""
    hits = [(h.entity, h.confidence, h.alerts, h.why, h.removed, h.verdict) for h in item.hits]
    return (
        *(item.id, item.version, item.state, item.first_seen, item.lead, item.confidence, item.copies, sorted(hits)),
        *(sorted(item.outlets), len(item.articles) + item.other_articles, item.history, item.reopened),
    )


@pytest.fixture(scope="module")
def memory_store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


@given(st.lists(FLOODING, min_size=6, max_size=14), st.integers(0, 3))
def test_a_part_of_an_item_says_the_same_of_it_as_the_whole(
    memory_store: Store, floodings: list[Flooding], number: int
):
    store = memory_store
    with store.database.writing("a test") as connection:
        for table in reversed(t.Row.metadata.sorted_tables):
            connection.execute(table.delete())
    watch(store, MELIS, CHOLPON, KOS, FOURTH)
    item = filed(store, at=NOW - 100 * HOUR)
    flood(store, item, floodings)
    page = ArticlePage(4, number)
    assert heads(part_of(store, item, page)) == heads(whole(store, item))
    part = part_of(store, item, page)
    named = {mention.article for hit in part.hits for mention in hit.mentions}
    assert all(hit.mentions for hit in part.hits) and named <= {a.id for a in part.articles}


def test_a_digest_knows_every_article_of_a_large_item_and_the_surest_mention_of_each(store: Store, item: ReviewItem):
    flood(store, item, [Flooding(filed=NOW + timedelta(minutes=n)) for n in range(40)])
    with store.database.reading() as connection:
        ids = items.select_ids()
        (part,) = items.load(connection, ids, page=PAGE, news=Window(NOW, NOW + HOUR))
        (all_of_it,) = items.load(connection, ids)
    assert part.articles == all_of_it.articles and part.other_articles == 0
    assert [h.entity for h in part.hits] == [h.entity for h in all_of_it.hits]
    (hit,) = part.hits
    strong = {m.article for m in hit.mentions if m.mention.confidence is Confidence.STRONG}
    assert strong == {a.id for a in part.articles}
    in_full = {m.article for m in hit.mentions if m.sentence}
    assert len(in_full) < 10 and part.articles[1].id in in_full  # the first of the window
