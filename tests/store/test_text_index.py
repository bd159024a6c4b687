"""The index of the words of all stored texts: what it holds is what is stored now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from kit.reference_matcher import fits
from kit.store import DAY, HOUR, KOS, MELIS, NOW, article, backlog, ended, item, watch
from monitor.model import Entry, Naming
from monitor.ports import Remaking
from monitor.review.decisions import after_name_removal
from monitor.store import Store
from monitor.store.indexes import text_index
from monitor.text.vocabulary import KeyQuery, TextQuery, vocabulary_keys

LONG_AGO = NOW - 100 * DAY


def store_text(store: Store, key: str, body: str, title: str = "Monday", entry: Entry | None = None) -> int:
    """Store an article, or the next version of the one of an entry; return its number."""
    of_entry = entry or backlog(store, item(hash(key)))[0]
    stored = store.entries.save_result(replace(ended(of_entry, key), article=article(key, body, title)))
    assert stored.article is not None
    return stored.article.id


def holding(store: Store, word: str) -> Collection[int]:
    """Return the indexed articles that hold a word."""
    words = store.archive.words_with_keys([KeyQuery(key) for key in vocabulary_keys([word])]) & {word}
    return store.archive.with_words(TextQuery(either=words), LONG_AGO)


def test_words_of_title_and_text_are_found_once_a_run_has_indexed_them(store):
    first, second = store_text(store, "a", "Снег в горах", "Погода"), store_text(store, "b", "Суд и снег")
    assert (holding(store, "Снег"), store.archive.unindexed(LONG_AGO)) == (set(), {first, second})
    assert store.archive.index_texts(10) == 2
    assert (holding(store, "Снег"), holding(store, "снег"), holding(store, "Погода")) == ({first}, {second}, {first})
    assert (holding(store, "Сне"), store.archive.unindexed(LONG_AGO)) == (set(), set())


def test_a_run_that_another_was_quicker_than_indexes_nothing(store):
    store_text(store, "a", "Снег в горах")
    assert store.archive.index_texts(10) == 1
    with store.database.writing("a test") as connection:  # what it saw unindexed is indexed by now
        assert text_index.index_texts(connection, 10) == 0


def test_articles_are_indexed_in_slices_the_newest_first(store):
    numbers = [store_text(store, f"{n}", "Снег") for n in range(5)]
    assert store.archive.index_texts(2) == 2
    assert store.archive.unindexed(LONG_AGO) == set(numbers[:3])
    assert [store.archive.index_texts(2) for _ in range(3)] == [2, 1, 0]
    assert holding(store, "Снег") == set(numbers)


def test_both_words_of_a_pair_are_needed(store):
    both = store_text(store, "a", "Верховный суд")
    store_text(store, "b", "Верховный комиссар")
    store.archive.index_texts(10)
    pair = TextQuery(pairs=[({"Верховный"}, {"суд"})])
    assert store.archive.with_words(pair, LONG_AGO) == {both}
    assert store.archive.with_words(pair, NOW + HOUR) == set()


def test_a_changed_text_is_indexed_again_and_its_old_words_go(store):
    (entry,) = backlog(store, item(1))
    number = store_text(store, "a", "Снег в горах", entry=entry)
    store.archive.index_texts(10)
    assert store_text(store, "a", "Дождь в горах", entry=entry) == number
    assert store.archive.unindexed(LONG_AGO) == {number}
    store.archive.index_texts(10)
    assert (holding(store, "Снег"), holding(store, "Дождь"), holding(store, "горах")) == (set(), {number}, {number})


def test_of_a_dropped_text_only_the_title_stays_in_the_index(store):
    number = store_text(store, "a", "Снег в горах", "Погода")
    store.archive.index_texts(10)
    assert store.upkeep.drop_texts(NOW + DAY, NOW + DAY, 10) == 1
    assert holding(store, "Снег") == set()
    store.archive.index_texts(10)
    assert (holding(store, "Снег"), holding(store, "Погода")) == (set(), {number})


def test_a_purge_empties_the_index_and_the_next_run_fills_it(store):
    watch(store, MELIS, KOS)
    number = store_text(store, "a", "Снег в горах")
    store.archive.index_texts(10)
    nobody = Naming(lambda _: False, lambda _: False)
    store.upkeep.purge("melis", nobody, Remaking(lambda *_: pytest.fail("no mailing"), after_name_removal), apply=True)
    assert (store.archive.words_with_keys([KeyQuery("")]), store.archive.unindexed(LONG_AGO)) == (set(), {number})
    store.archive.index_texts(10)
    assert holding(store, "Снег") == {number}


def test_an_index_of_another_table_of_romanisations_is_not_used_and_made_again(store, monkeypatch):
    number = store_text(store, "a", "Снег в горах")
    store.archive.index_texts(10)
    monkeypatch.setattr(text_index, "VOCABULARY_VERSION", 1)
    assert store.archive.unindexed(LONG_AGO) == {number}
    store_text(store, "b", "Дождь")
    assert store.archive.index_texts(10) == 2
    assert store.archive.unindexed(LONG_AGO) == set()
    assert holding(store, "Снег") == {number}


@pytest.mark.parametrize(
    ("part", "accepted", "is_found"),
    [("nur_pak", "Nur_Pak", True), ("nur_pak", "nurXpak", False), ("50%", "50 %", False)],
)
def test_texts_are_read_for_names_that_are_matched_as_written(store, part, accepted, is_found):
    number = store_text(store, "a", f"см. @{accepted} и далее")
    assert store.archive.with_texts(lambda body: accepted in body, {part}, LONG_AGO) == (
        {number} if is_found else set()
    )
    assert store.archive.with_texts(lambda body: accepted in body, (), LONG_AGO) == {number}
    assert store.archive.with_texts(lambda _: False, (), LONG_AGO) == set()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (KeyQuery("^t"), {"Токоев", "Талас", "Тохтаров"}),
        (KeyQuery("^t", "av", 3, 6), {"Токоев", "Тохтаров"}),
        (KeyQuery("^t", "av", 5, 6), {"Тохтаров"}),
        (KeyQuery("^t", "zz", 3, 6), set()),
        (KeyQuery("t"), {"токоев"}),
    ],
)
def test_words_are_looked_up_by_the_beginning_of_their_keys_and_a_part(store, query, words):
    store_text(store, "a", "Токоев, токоев, Талас, Тохтаров, Москва")
    store.archive.index_texts(10)
    forms = ["Токоев", "токоев", "Талас", "Тохтаров", "Москва"]
    assert store.archive.words_with_keys([query]) & {*forms} == words
    assert {form for form, key in zip(forms, vocabulary_keys(forms), strict=True) if fits(query, key)} == words
