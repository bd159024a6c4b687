"""Related items: stored between articles when one is filed, shown both ways, following merges and splits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from kit.store import HOUR, NOW, hit, sketch, stored, story_item, watch
from monitor.i18n.labels import placement_sentence
from monitor.model import Placement, PlacementReason, Regroup, Regrouping, RelatedArticle, ReviewItem, Rule
from monitor.store import Store
from monitor.store import tables as t
from monitor.store.sql import regrouping
from monitor.store.sql.deletion import delete_with_dependents


@pytest.fixture
def filed(store: Store) -> list[int]:
    """File eight articles, each an item; the last is near all others, the first nearest; return their ids."""
    watch(store)
    ids: list[int] = []
    for n in range(8):
        one = stored(store, hit(), fingerprint=sketch(100 + n))
        near = [RelatedArticle(i, 1.5 - i / 10, PlacementReason(Rule.WORDS, (20 + i, i))) for i in ids if n == 7]
        store.stories.file(one, Placement(related=tuple(near)), None, NOW + n * HOUR)
        ids.append(one.id)
    return ids


def item_of(store: Store, article: int) -> ReviewItem:
    with store.database.reading() as connection:
        story = connection.scalar(select(t.story_article.c.story).where(t.story_article.c.article == article))
    assert story is not None
    return store.reviews.get(story_item(store, story).id)


def near(store: Store, article: int) -> Sequence[int]:
    return [one.id for one in item_of(store, article).nearest]


def move(store: Store, kind: Regroup, into: int, out_of: ReviewItem, *articles: int) -> None:
    with store.database.writing("a test") as connection:
        regrouping.move_articles(connection, Regrouping(kind, into, out_of.id, articles, NOW, "aida"))


def test_five_are_shown_the_nearest_first_and_both_ways(store: Store, filed: list[int]):
    items = [item_of(store, article).id for article in filed]
    assert near(store, filed[7]) == items[:5]
    assert [near(store, article) for article in filed[:5]] == [[items[7]]] * 5
    (with_leads,) = store.cards.with_related_leads([item_of(store, filed[7])], "en")
    first = with_leads.related[0]
    assert first.lead and (first.lead.headline, first.lead.outlet, first.state.value, first.verdict) == (
        "Court extends arrest",
        "Post",
        "open",
        None,
    )
    assert (
        placement_sentence(first.reason)
        == "21 % alike in their words, without the watched names; published 1\u00a0h apart"
    )


def test_related_items_follow_articles_that_people_merge_and_split(store: Store, filed: list[int]):
    first, second, last = (item_of(store, filed[n]) for n in (0, 1, 7))
    move(store, Regroup.MERGE, second.id, first, filed[0])
    assert near(store, filed[7])[0] == second.id  # once, by its nearest article
    assert len(set(near(store, filed[7]))) == 5
    move(store, Regroup.SPLIT, 0, second, filed[0])
    item_then = item_of(store, filed[0])
    assert near(store, filed[7])[:2] == [item_then.id, second.id]
    move(store, Regroup.MERGE, last.id, item_then, filed[0])
    assert item_then.id not in near(store, filed[7]) and near(store, filed[7])[0] == second.id


def test_an_article_that_goes_takes_its_relations_with_it(store: Store, filed: list[int]):
    with store.database.writing("a test") as connection:
        delete_with_dependents(connection, t.article, [filed[7]])
    assert near(store, filed[0]) == []


def test_a_reason_that_an_older_version_stored_is_shown_as_it_was(store: Store, filed: list[int]):
    sentence = "both name 2 watched people, 1 hour apart"
    with store.database.writing("a test") as connection:
        old = update(t.story_article).where(t.story_article.c.article == filed[0])
        connection.execute(old.values(rule="watched", why=sentence))
    lead = item_of(store, filed[0]).lead
    assert (lead.reason.rule, placement_sentence(lead.reason), lead.own_sentences) == (Rule.WATCHED, sentence, ())
