"""Additions by hand, on both databases: one entry an address, an item of its own, and what is forgotten."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from kit.app import App
from kit.contradictions import contradictions
from kit.deaths import death_at
from kit.store import (
    DAY,
    HOUR,
    NOW,
    TEXT,
    archived,
    article,
    filed,
    hit,
    in_threads,
    row_counts,
    story_item,
    watch,
)
from monitor.config import load_settings
from monitor.model import (
    Addition,
    Decision,
    Outcome,
    Placement,
    QueueFilter,
    QueueTab,
    Result,
    ReviewItem,
    Verdict,
)
from monitor.review.decisions import decide
from monitor.store import Store

COURT = "Cholpon Arzyeva was in court."
BY_AIDA = Addition("aida", NOW, "a reader sent it")


def added_item(store: Store, number: int) -> ReviewItem:
    """Return the item of an added article, filed as the line files it."""
    (candidate,) = (c for c in store.stories.awaiting_filing() if c.id == number)
    return story_item(store, store.stories.file(candidate, Placement(), None, NOW))


@pytest.mark.parametrize(
    ("second_link", "is_same"),
    [
        ("https://post.example/a", True), ("http://www.post.example/a/", True), ("https://post.example/a?utm_source=x#top", True),
        ("https://post.example/b", False), ("https://post.example/a?id=2", False), ("https://far.example/a", False),
    ],
)  # fmt: skip
def test_an_address_is_one_entry_however_it_is_written(store: Store, second_link: str, is_same: bool):
    first = store.additions.add_link("https://post.example/a", BY_AIDA)
    assert (store.additions.add_link(second_link, BY_AIDA) == first) is is_same


def test_many_who_add_one_address_at_once_make_one_entry(store: Store):
    numbers: list[int] = []
    authors = [replace(BY_AIDA, by=f"aida {n}") for n in range(6)]
    add = partial(store.additions.add_link, "https://post.example/a")
    in_threads(*(lambda by=by: numbers.append(add(by)) for by in authors))
    assert len(numbers) == 6 and len({*numbers}) == 1
    counts = row_counts(store)
    assert (counts["entry"], counts["addition"], counts["feed"]) == (1, 6, 1)


def test_an_added_link_is_claimed_once_and_its_article_awaits_filing(store: Store):
    number = store.additions.add_link("https://post.example/a", BY_AIDA)
    (entry,) = store.entries.claim_these([number], NOW, NOW + HOUR, 7)
    assert store.entries.claim_these([number], NOW, NOW + HOUR, 8) == []
    store.entries.save_result(Result(entry, NOW, Outcome.NO_MATCH, article=article("post.example/a")))
    link = store.additions.link(number)
    assert link is not None and link.article is not None
    item = added_item(store, link.article)
    assert (item.hits, item.articles[0].additions) == ((), (BY_AIDA,))
    assert store.stories.awaiting_filing() == []


def test_an_added_item_that_was_set_aside_is_forgotten_with_its_decisions(store: Store):
    archived(store, TEXT)
    (record,) = store.archive.articles(None, None, 9)
    store.additions.add_article(record.article.id, BY_AIDA)
    item = added_item(store, record.article.id)
    for verdict, is_forgotten in ((Verdict.RELEVANT, False), (Verdict.NOT_RELEVANT, True)):
        from_item = store.reviews.get(item.id)
        decided = decide(from_item, Decision(item.id, from_item.version, NOW, "aida", verdict))
        store.reviews.save(decided, was=from_item.version, decision=decided.history[-1])
        assert (store.upkeep.forget_additions(NOW + DAY) == 1) is is_forgotten
    counts = row_counts(store)
    assert (counts["addition"], counts["review_item"], counts["decision"], counts["article"]) == (0, 0, 0, 1)
    assert contradictions(store) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_dies_at_an_addition_loses_and_doubles_nothing(store: Store, when: str):
    with death_at(f"add a link: {when} its commit"):
        store.additions.add_link("https://post.example/a", BY_AIDA)
    number = store.additions.add_link("https://post.example/a", BY_AIDA)
    (entry,) = store.entries.claim_these([number], NOW, NOW + HOUR, 7)
    store.entries.save_result(Result(entry, NOW, Outcome.NO_MATCH, article=article("post.example/a")))
    stored_article = store.additions.link(number).article
    with death_at(f"add an article: {when} its commit"):
        store.additions.add_article(stored_article, BY_AIDA)
    store.additions.add_article(stored_article, BY_AIDA)
    item = added_item(store, stored_article)
    counts = row_counts(store)
    assert (counts["entry"], counts["article"], counts["review_item"]) == (1, 1, 1)
    decided = decide(item, Decision(item.id, item.version, NOW, "aida", Verdict.NOT_RELEVANT))
    store.reviews.save(decided, was=item.version, decision=decided.history[-1])
    with death_at(f"forget additions: {when} its commit"):
        store.upkeep.forget_additions(NOW + DAY)
    store.upkeep.forget_additions(NOW + DAY)
    counts = row_counts(store)
    assert (counts["addition"], counts["review_item"], counts["article"]) == (0, 0, 1)
    assert contradictions(store) == []


def test_an_added_article_that_another_left_is_in_its_tab(store: Store):
    watch(store)
    app = App(load_settings(Path("/nowhere"), {}, Path("/nowhere")), store, clock=lambda: NOW + HOUR)
    archived(store, "Nothing of note happened in town today.")
    (record,) = store.archive.articles(None, None, 9)
    store.additions.add_article(record.article.id, BY_AIDA)
    added = story_item(store, store.stories.file(store.stories.awaiting_filing()[0], Placement(), None, NOW))
    second_item = filed(store, hit("Cholpon Arzyeva", "cholpon", COURT), at=NOW, text=COURT)
    app.merge(added.id, second_item.id, by="aida")
    app.split(added.id, [second_item.lead.id], by="aida")
    app.decide(added.id, Verdict.RELEVANT, by="aida")
    for tab in (QueueTab.NEW, QueueTab.DECIDED):
        assert store.queue.page(QueueFilter(tab), NOW + HOUR, 9).tab_counts[QueueTab.DECIDED] == 1
