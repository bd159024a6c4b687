"""Normal forms, tokens and skeletons: what is one word, where it stands, what it sounds like."""

from __future__ import annotations

import doctest
import importlib
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Span
from monitor.text.normalize import fold, is_legacy_kyrgyz, repair_word
from monitor.text.romanize import skeleton
from monitor.text.sentences import sentence_around
from monitor.text.tokens import distinct_words, plain_and_other_words, tokens

ODD_TEXT = st.text(max_size=40) | st.text(
    st.sampled_from("аЯёйЇўқabXÉßſ 2²Ⅻ٣'’‘´`_-–.,/#\n\x1c\u2028\u00ad\u0301\u0306\u0483\u200b\ufeffѳƟﬁӀ中"), max_size=60
)
ANY_TEXT = st.text(st.sampled_from("аяёжйүөңыъьАЯabXzÉüß 'ʼ-.\n\u00ad\u0301\u0306\u200b\u00a0іїєў12«»"), max_size=60)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("МЕЛИС", "мелис"),
        ("Артём", "Артем"),
        ("Élodie", "Elodie"),
        ("О’Хара", "О'Хара"),
        ("Тoкoев", "Токоев"),  # Latin o
        (unicodedata.normalize("NFD", "Бекбай"), "Бекбай"),
        ("То\u00adкоев", "Токоев"),
        ("ЁЖИЙ", "е\u0301жий"),
        ("Үңгүр", "ҮҢГҮ\u0301Р"),
    ],
)
def test_spellings_of_the_same_letters_fold_alike(one, two):
    assert fold(one) == fold(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [("май", "маи"), ("Өмүр", "Омур"), ("Токоев", "Токоева"), ("Kloop", "Klop"), ("Googleда", "Гоогледа")],
)
def test_other_letters_stay_apart(one, two):
    assert fold(one) != fold(two)


@given(ANY_TEXT)
def test_folding_settles(text):
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT)
def test_tokens_slice_the_text_as_given(text):
    words = tokens(text)
    assert all(0 <= t.start < t.end <= len(text) for t in words)
    assert all(a.end <= b.start for a, b in pairwise(words))
    if not is_legacy_kyrgyz(text):
        assert all(repair_word(text[t.start : t.end]) == t.text for t in words)


@given(ANY_TEXT | ODD_TEXT)
def test_the_distinct_words_of_a_text_are_those_of_its_tokens(text):
    assert distinct_words(text) == {token.text for token in tokens(text)}


@given(ANY_TEXT | ODD_TEXT)
def test_plain_words_fold_letter_by_letter(text):
    plain, _ = plain_and_other_words(text)
    assert [fold(word) for word in plain] == [word.lower().replace("ё", "е") for word in plain]


@pytest.mark.parametrize(
    ("text", "plain", "other_words"),
    [
        ("Суд, (суд) — «Ёлка»/2", {"Суд", "суд", "Ёлка", "2"}, set()),
        ("О’Хара it's 'so'", set(), {"О’Хара", "it's", "so"}),
        ("То\u00adкоев Тoкоев", set(), {"Токоев"}),  # a soft hyphen; a Latin o
        ("Серге" + "и\u0306", set(), {"Сергей"}),
        ("a_b x² 12km", {"12km"}, {"a", "b", "x²"}),
        ("Ємїрбек ырдады", {"Өмүрбек", "ырдады"}, set()),
        ("Їжак і єнот", {"і", "єнот"}, {"Їжак"}),
        ("жазған Қазақ für", set(), {"жазған", "Қазақ", "für"}),
    ],
)
def test_plain_words_need_no_repair(text, plain, other_words):
    assert plain_and_other_words(text) == (plain, other_words)


def test_a_word_holds_together_and_knows_its_place():
    text = "То\u00adкоев, О’Хара\u00a0и Кыз-Бала: " + unicodedata.normalize("NFD", "Сергей")
    words = tokens(text)
    assert [t.text for t in words] == ["Токоев", "О’Хара", "и", "Кыз", "Бала", "Сергей"]
    assert text[words[0].start : words[0].end] == "То\u00adкоев"
    assert text[words[-1].start : words[-1].end] == unicodedata.normalize("NFD", "Сергей")


def test_letters_of_a_font_from_before_unicode_are_read_as_kyrgyz():
    assert [t.text for t in tokens("Ємїрбек ырдады")] == ["Өмүрбек", "ырдады"]
    assert [t.text for t in tokens("Їжак і єнот")] == ["Їжак", "і", "єнот"]  # Ukrainian has і, and no ы


@pytest.mark.parametrize(
    "group",
    [
        "Жоробек Zhorobek Jorobek Djorobek ЖОРОБЕК",
        "Айдай Aidai Aiday",
        "Токоев Tokoev Tokoyev",
        "Хасанов Khasanov",
        "Чыңгыз Chyngyz Чынгыз Chingiz",
        "Щукин Shchukin",
        "Цветаева Tsvetaeva Tsvetayeva",
        "Өмүрбек Омурбек Omurbek Ömürbek",
        "Улан Oulan Ulan",
        "Ксения Ksenia Xenia Kseniya",
        "Смирнов Smirnov Smirnoff",
    ],
)
def test_spellings_of_one_name_sound_alike(group):
    first, *variants = group.split()
    same = {skeleton(word).replace("ng", "n") for word in (first, *variants)}
    assert len(same) == 1, same


@pytest.mark.parametrize(
    "pair", ["Токоев Токоева", "Асан Асель", "Марат Мурат", "Канат Жанат", "Замир Замира", "Нурлан Нурдин"]
)
def test_other_names_sound_otherwise(pair):
    one, two = pair.split()
    assert skeleton(one) != skeleton(two)


def test_look_alike_letters_are_repaired_only_where_the_word_is_sure():
    assert repair_word("Тoкoeв") == "Токоев"
    assert repair_word("Аsаn") == "Asan"  # Cyrillic А and а
    assert repair_word("Googleда") == "Googleда"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("Токоева", "Вчера он видел А. Токоева в суде."),
        ("Потом", "«Потом поговорим!»"),
        ("Smith", "Mr. Smith left at 5 p.m."),
        ("Заголовок", "Заголовок без точки"),
    ],
)
def test_the_sentence_around_a_mention_is_whole(words, sentence):
    text = (
        "Заголовок без точки\nБыло рано. Вчера он видел А. Токоева в суде. «Потом поговорим!» Mr. Smith left at 5 p.m."
    )
    start = text.index(words)
    assert sentence_around(text, Span(start, start + len(words))).of(text) == sentence


@given(ANY_TEXT, st.integers(0, 60), st.integers(0, 10))
def test_the_sentence_holds_the_mention(text, start, length):
    start = min(start, len(text))
    span = Span(start, min(len(text), start + length))
    around = sentence_around(text, span)
    inside = span.of(text).strip()
    assert 0 <= around.start <= around.end <= len(text)
    if "\n" not in inside:
        assert inside in around.of(text) or not inside


@pytest.mark.parametrize(
    "module",
    [
        "text.normalize",
        "text.romanize",
        "text.tokens",
        "text.vocabulary",
        "match.index.endings",
        "match.index.foreign",
        "match.index.forms",
        "match.words",
    ],
)
def test_the_examples_in_the_docstrings_hold(module):
    tried = doctest.testmod(importlib.import_module(f"monitor.{module}"))
    assert tried.attempted > 0
    assert tried.failed == 0


def test_of_a_sentence_without_end_only_what_is_near_is_shown_in_whole_words():
    text = "слово " * 1000 + "Токоев " + "слово " * 1000
    around = sentence_around(text, Span(6000, 6006)).of(text)
    assert 900 < len(around) < 1010
    assert {*around.split()} == {"слово", "Токоев"}


@pytest.mark.parametrize("filler", ["а", ".", "(", "а. ", " "])
def test_a_sentence_is_bounded_whatever_stands_beside_a_place(filler):
    text = filler * 30_000 + " Токоев " + filler * 30_000
    start = text.index("Токоев")
    around = sentence_around(text, Span(start, start + 6))
    assert around.start <= start < start + 6 <= around.end <= around.start + 1010
