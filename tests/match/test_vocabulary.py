"""The index of texts by their words: every text in which the matcher finds a name is among those that it gives."""

from __future__ import annotations

from string import ascii_lowercase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.name_texts import ENTITIES, FORMS, odd_texts, texts
from kit.reference_matcher import fits
from monitor.match import Compiled, compile_watchlist, find_mentions
from monitor.match.index.word_index import WordIndex
from monitor.match.vocabulary import key_queries, text_query
from monitor.model import Entity, EntityType
from monitor.text.normalize import repair_word
from monitor.text.vocabulary import text_words, vocabulary_keys

lists = st.lists(st.sampled_from(ENTITIES), min_size=1, max_size=4, unique=True)


def is_given(text: str, title: str, compiled: Compiled) -> bool:
    """Return whether an index of this one article gives it for a list."""
    words = sorted(text_words(text) | text_words(title))
    queries = key_queries(compiled)
    keys = zip(words, vocabulary_keys(words), strict=True)
    looked_up = [word for word, key in keys if any(fits(query, key) for query in queries)]
    query, word_set = text_query(compiled, looked_up), set(words)
    by_words = bool(query.either & word_set) or any(one & word_set and two & word_set for one, two in query.pairs)
    return by_words or any(map(compiled.scanner.may_hold_exact_name, (text, title)))


@settings(max_examples=settings.default.max_examples * 6)
@given(texts | odd_texts, texts, lists)
def test_a_text_that_names_somebody_is_given(text, title, entities):
    compiled = compile_watchlist(entities)
    if find_mentions(text, compiled, title):
        assert is_given(text, title, compiled)


@pytest.mark.parametrize("text", ["Azamat Tugar was held", "Азамат Тубмар задержан", "Azamat Tumak was held"])
def test_a_misspelt_name_of_five_letters_is_given(text: str):
    compiled = compile_watchlist([Entity("azamat", "Azamat Tumar", EntityType.PERSON)])
    assert find_mentions(text, compiled), "or this tests nothing"
    assert is_given(text, "", compiled)


RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
misspelt = st.tuples(
    st.sampled_from([form for form in FORMS if len(form) > 3]),
    st.integers(0, 12),
    st.sampled_from(["", *ascii_lowercase, *"абвгджзикмнорстухчшщыэюяөүң"]),
    st.sampled_from(["", "а", "у", "ов", "дын", "лардын", "s", "тын"]),
).map(lambda parts: repair_word(parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + 1 :] + parts[3]))


@pytest.mark.check
@settings(max_examples=60)
@given(st.lists(misspelt.filter(bool), min_size=1, max_size=40))
def test_the_key_of_each_word_of_a_name_fits_what_is_looked_up(words):
    compiled = compile_watchlist(ENTITIES)
    queries = key_queries(compiled)
    by_which_names_are_found = compiled.people.keys() | compiled.phrases.keys()
    keys = vocabulary_keys(words)
    for place, matched in compiled.index.match_forms(words).items():
        is_found = by_which_names_are_found & (matched.matches.keys() | matched.headless.keys())
        assert not is_found or any(fits(query, keys[place]) for query in queries)


def with_one_error(word: str) -> set[str]:
    """Return a word with each letter lost, exchanged for another, doubled by another, or in the place of the next."""
    parts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    lost = {before + after[1:] for before, after in parts}
    changed = {before + letter + after[n:] for before, after in parts for letter in RUSSIAN for n in (0, 1)}
    turned = {before + after[1] + after[0] + after[2:] for before, after in parts if len(after) > 1}
    return {repair_word(one) for one in lost | changed | turned} - {""}


@pytest.mark.parametrize("name", ["Токоев", "Арзыева", "Зуев", "Хаит", "Уюков", "Улоуисюаг"])
def test_each_error_of_one_letter_that_the_matcher_forgives_is_looked_up(name):
    """By a list of one name: another's keys might cover the word."""
    compiled = compile_watchlist([Entity("one", f"Мелис {name}")])
    queries, spelt = key_queries(compiled), with_one_error(name)
    words = sorted(spelt | {word[0].upper() + word[1:] for word in spelt})
    forms = compiled.index.match_forms(words)
    forgiven = [
        words[place] for place, form in forms.items() if compiled.people.keys() & {*form.matches, *form.headless}
    ]
    keys = vocabulary_keys(forgiven)
    assert len(forgiven) > 50
    assert [w for w, key in zip(forgiven, keys, strict=True) if not any(fits(q, key) for q in queries)] == []


TOKOEV = [Entity("melis", "Мелис Токоев")]
COURT = [Entity("court", "Верховный суд", EntityType.ORGANIZATION)]
KNB = [Entity("knb", "КНБ", EntityType.ORGANIZATION)]


@pytest.mark.parametrize(
    ("text", "entities", "is_wanted"),
    [
        ("Токоева увезли.", TOKOEV, True),
        ("Tokoyev was taken away.", TOKOEV, True),
        ("Вчера Мелис Окоев пел.", TOKOEV, True),
        ("#мелисТокоев", TOKOEV, True),
        ("задержан Токо-\nев", TOKOEV, True),
        ("Окоев пел.", TOKOEV, False),
        ("Мелис пел, а Тойгонбаев спал.", TOKOEV, False),
        ("О решении Верховного суда.", COURT, True),
        ("Верховный комиссар не приехал.", COURT, False),
        ("КНБнын өкүлү", KNB, True),
        ("кнба и книги", KNB, False),
    ],
)
def test_only_texts_with_the_words_of_a_name_are_given(text, entities, is_wanted):
    assert is_given(text, "", compile_watchlist(entities)) is is_wanted


def test_few_words_of_a_language_are_looked_up():
    queries = key_queries(compile_watchlist(TOKOEV))
    other_keys = vocabulary_keys(["тогда", "Москва", "книга", "Суд", "Тогда", "Таласский", "Тургунбекова"])
    assert [key for key in other_keys if any(fits(query, key) for query in queries)] == []


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("Токоевым", "^takavam"), ("Аида", "^ada"), ("ааэ", "a"), ("XVI", "^xva"), ("xvi", "ksva"), ("24ү", "24ү"),
        ("x²", "ks"), ("²", ""), ("Гизо", "^gasa"), ("ийи", "i"), ("КНБ", "^knb"), ("Ъ", "^"),
    ],
)  # fmt: skip
def test_the_key_of_a_word_does_not_depend_on_the_words_beside_it(word, key):
    assert vocabulary_keys([word]) == [key]
    assert vocabulary_keys(["Аоу", word, "еда", word]) == ["^a", key, "eda", key]


def test_no_words_have_no_keys():
    assert vocabulary_keys([]) == []


def test_a_list_without_words_needs_none():
    compiled = compile_watchlist([])
    assert key_queries(compiled) == []
    assert text_query(compiled, ["Токоев"]).either == set()
    assert WordIndex().match_forms(["Токоев"]) == {}
