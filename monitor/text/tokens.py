"""Pure. Words of a text, with their offsets."""

from __future__ import annotations

import re
from itertools import filterfalse
from typing import NamedTuple

from monitor.text.normalize import (
    APOSTROPHES_WITHIN,
    BLANK_LETTERS,
    INVISIBLE,
    LEGACY,
    MARKS,
    fold,
    is_legacy_kyrgyz,
    repair_word,
)

# ---- tokens -------------------------------------------------------------------------------------------------------


class Token(NamedTuple):
    """A repaired word with its offsets in the text as given. A tuple, because one is made for every word."""

    start: int
    end: int
    text: str


# A word is letters and digits, with marks, invisible characters or one apostrophe inside it. Hyphens separate words.
_LETTERS = rf"[^\W_{BLANK_LETTERS}]+"
_APOSTROPHE = rf"[{APOSTROPHES_WITHIN}](?=[^\W\d_{BLANK_LETTERS}])"
_TOKEN = re.compile(rf"{_LETTERS}(?:(?:[{MARKS}{INVISIBLE}]+|{_APOSTROPHE}){_LETTERS})*[{MARKS}]*")


def tokens(text: str) -> list[Token]:
    """Return the words of a text, with offsets into the text exactly as given.

    >>> tokens("Wo\\u00adrd О’Коннор-2")
    [Token(start=0, end=5, text='Word'), Token(start=6, end=14, text='О’Коннор'), Token(start=15, end=16, text='2')]
    """
    if is_legacy_kyrgyz(text):
        text = text.translate(LEGACY)
    make = tuple.__new__  # twice as fast as Token(), and this is the one loop over every word of every article
    return [make(Token, (*m.span(), repair_word(m.group()))) for m in _TOKEN.finditer(text)]


def normalized_form(text: str) -> str:
    """Return the words of a mention without case and punctuation.

    >>> normalized_form("«Токоева»")
    'токоева'
    """
    return " ".join(token.text for token in tokens(fold(text)))


# Most of what stands between spaces and these signs, which no word holds, are plain words: the quick way for them.
_SIGNS_BETWEEN_WORDS = '.,:;!?()«»"“”-–—/'
_PLAIN_WORD = re.compile("[0-9A-Za-z]+|[0-9А-яЁёӨөҮүҢңІіЄєҐґ]+")


def plain_and_other_words(text: str) -> tuple[set[str], set[str]]:
    """Return the distinct words of a text, repaired as those of `tokens`: the plain ones, and the others.

    Plain words have letters of one script that `fold` only makes small, except Ё.

    >>> plain_and_other_words("Wo\\u00adrd О’Коннор-2, О’Коннор") == ({"2"}, {"Word", "О’Коннор"})
    True
    """
    if is_legacy_kyrgyz(text):
        text = text.translate(LEGACY)
    for sign in _SIGNS_BETWEEN_WORDS:
        text = text.replace(sign, " ")
    chunks = set(text.split())
    unusual_chunks = set(filterfalse(_PLAIN_WORD.fullmatch, chunks))
    other_words = set(map(repair_word, _TOKEN.findall(" ".join(unusual_chunks))))
    return chunks - unusual_chunks, other_words


def distinct_words(text: str) -> set[str]:
    """Return the distinct words of a text, repaired as those of `tokens`."""
    plain_words, other_words = plain_and_other_words(text)
    return plain_words | other_words


_WORD_SPLITTER = re.compile(f"({_TOKEN.pattern})")


def words_and_gaps(text: str) -> tuple[list[str], list[str]]:
    """Return the words of a text, not yet repaired, and the gaps before each word and after the last one.

    >>> words_and_gaps("Word, О’Коннор-2")
    (['Word', 'О’Коннор', '2'], ['', ', ', '-', ''])
    """
    parts = _WORD_SPLITTER.split(text.translate(LEGACY) if is_legacy_kyrgyz(text) else text)
    return parts[1::2], parts[::2]
