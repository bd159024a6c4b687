"""Pure. The kinds of letters in many words at once, so that only the few unusual words are read one by one."""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.text.hashing import Flags, Ints
from monitor.text.normalize import APOSTROPHES, FIRST_CYRILLIC, FIRST_GEORGIAN, LAST_CYRILLIC, LAST_GEORGIAN

Kinds = NDArray[np.uint8]

# Bits of the kinds of characters in a word.
ASCII_LETTER, DIGIT, PLAIN_CYRILLIC, OTHER_CYRILLIC, OTHER_LETTER, LETTER_APOSTROPHE, SIGN, GEORGIAN = (
    1 << n for n in range(8)
)
CYRILLIC, LATIN = PLAIN_CYRILLIC | OTHER_CYRILLIC, ASCII_LETTER | OTHER_LETTER
_PLAIN_CYRILLIC_LETTERS = "".join(map(chr, range(ord("А"), ord("я") + 1))) + "ЁёӨөҮүҢңІіЇїЄєҐґЎў"
_SEPARATOR = "\n"
_LAST_LETTER = 0x33479  # no code point above this is a letter or a digit


def all_characters() -> NDArray[np.str_]:
    """Return the characters by their code points, up to one beyond the last letter."""
    return np.arange(_LAST_LETTER + 2, dtype=np.uint32).view("U1")


def flags_of_characters(characters: str) -> Flags:
    """Return a table from code points to whether they are among some; to be read with `mode="clip"`."""
    table: Flags = np.zeros(max(map(ord, characters)) + 2, bool)
    table[[*map(ord, characters)]] = True
    return table


@lru_cache(1)
def _kinds_of_characters() -> Kinds:
    """Return the table from code points to kinds of characters."""
    table = np.where(np.strings.isalpha(all_characters()), OTHER_LETTER, SIGN).astype(np.uint8)
    table[FIRST_CYRILLIC : LAST_CYRILLIC + 1] = OTHER_CYRILLIC
    table[ord(FIRST_GEORGIAN) : ord(LAST_GEORGIAN) + 1] = GEORGIAN
    for kind, letters in (
        (ASCII_LETTER, string.ascii_letters), (DIGIT, string.digits), (PLAIN_CYRILLIC, _PLAIN_CYRILLIC_LETTERS),
        (LETTER_APOSTROPHE, filter(str.isalpha, APOSTROPHES)), (0, _SEPARATOR),
    ):  # fmt: skip
        table[[*map(ord, letters)]] = kind
    return table


class WordLetters:
    """The letters of words that are not empty, as one array."""

    def __init__(self, words: Sequence[str]) -> None:
        self.lengths: Ints = np.fromiter(map(len, words), np.int64, len(words))
        text = _SEPARATOR.join([*words, ""])
        self._points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        self._starts: Ints = np.cumsum(self.lengths + 1) - self.lengths - 1

    @property
    def kinds(self) -> Kinds:
        """Return the kinds of letters that each word has."""
        kinds: Kinds = np.bitwise_or.reduceat(_kinds_of_characters().take(self._points, mode="clip"), self._starts)
        return kinds

    @property
    def first_letters(self) -> NDArray[np.uint32]:
        """Return the code point of the first letter of each word."""
        return self._points.take(self._starts)

    @property
    def has_doubled(self) -> Flags:
        """Return whether each word has a letter twice in a row."""
        is_doubled = np.append(self._points[1:] == self._points[:-1], False)
        has_doubled: Flags = np.logical_or.reduceat(is_doubled, self._starts)
        return has_doubled
