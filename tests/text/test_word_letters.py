"""The kinds of letters in words: those that say that a word is an ordinary one are right for every word."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.normalize import repair_word
from monitor.text.word_letters import (
    ASCII_LETTER,
    CYRILLIC,
    DIGIT,
    LETTER_APOSTROPHE,
    OTHER_CYRILLIC,
    OTHER_LETTER,
    PLAIN_CYRILLIC,
    SIGN,
    WordLetters,
)

letters = st.text(st.sampled_from("abZéßČАбЯөңҚіўaеoо0²Ⅷʼ’́\u00ad٣中\ud800"), min_size=1, max_size=6)
words = letters | st.text(min_size=1, max_size=6).filter(lambda word: "\n" not in word)


@pytest.mark.parametrize(
    ("word", "kinds"),
    [
        ("Tokoev", ASCII_LETTER), ("Токоев", PLAIN_CYRILLIC), ("24", DIGIT), ("Қанат", PLAIN_CYRILLIC | OTHER_CYRILLIC),
        ("Čapek", ASCII_LETTER | OTHER_LETTER), ("Bloomго", ASCII_LETTER | PLAIN_CYRILLIC), ("伟", OTHER_LETTER),
        ("O’Neill", ASCII_LETTER | SIGN), ("oʻgʻli", ASCII_LETTER | LETTER_APOSTROPHE), ("м²", PLAIN_CYRILLIC | SIGN),
        ("\ud800", SIGN), ("٣", SIGN),
    ],
)  # fmt: skip
def test_a_word_has_the_kinds_of_its_letters(word: str, kinds: int):
    assert WordLetters(["before", word, "after"]).kinds.tolist()[1] == kinds


@given(st.lists(words, min_size=1, max_size=6))
def test_many_words_are_read_as_each_by_itself(some_words: list[str]):
    together = WordLetters(some_words)
    single_words = [WordLetters([word]) for word in some_words]
    for name in ("kinds", "lengths", "first_letters", "has_doubled"):
        assert getattr(together, name).tolist() == [getattr(one, name).tolist()[0] for one in single_words]


@given(words)
def test_a_word_of_plain_letters_of_one_script_needs_no_repair(word: str):
    (kinds,) = WordLetters([word]).kinds.tolist()
    if any(kinds | script == script for script in (ASCII_LETTER | DIGIT, PLAIN_CYRILLIC | DIGIT)):
        assert repair_word(word) == word


@given(words)
def test_letters_and_doubled_letters_are_those_that_python_sees(word: str):
    one = WordLetters([word])
    (kinds,) = one.kinds.tolist()
    if not kinds & CYRILLIC:  # of Cyrillic words nobody asks
        assert word.isalpha() is (kinds & (DIGIT | SIGN) == 0)
    assert one.has_doubled.tolist() == [any(a == b for a, b in pairwise(word))]
