"""Pure. The flags and sets of the words that were read so far, by their keys, and how the list gives the flags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from monitor.match.index.found_words import FoundWords
from monitor.match.index.word_match import Closeness
from monitor.match.scanner.companions import WordSets
from monitor.match.scanner.passage import MAX_SHORT_STEM, MIN_HEADLESS, MIN_OTHER_FIRST_LETTER
from monitor.match.scanner.word_form import WordFlags
from monitor.text.hashing import Flags, Hashes, HashTable, Ints

Numbers = NDArray[np.int32]
Kinds = NDArray[np.int32]
T = TypeVar("T", bound=np.generic)
EMPTY = 0  # the number of the sets without a word


class WordColumns(NamedTuple):
    """The flags of each word, the number of its sets, and what it helps to tell of the press."""

    flags: FlagArray
    sets: Numbers
    kinds: Kinds


class WordTable:
    """The flags of words, and the sets of those that have any, by the keys of the words."""

    def __init__(self) -> None:
        self._rows = HashTable()
        empty = np.zeros(1 << 10, np.int32)
        self._columns = WordColumns(empty, empty.copy(), np.zeros(1 << 10, np.int32))
        # The first set stays empty: it is `EMPTY`, for words without any.
        self._sets, self._set_count = WordSets.empty(1 << 8), 1

    @property
    def count(self) -> int:
        """Return how many words are known."""
        return self._rows.count

    @property
    def sets(self) -> WordSets:
        """Return the sets of all words, by their numbers."""
        return self._sets

    def rows(self, keys: Hashes) -> Numbers:
        """Return the row of each word, or -1."""
        return self._rows.get(keys)

    def words(self, rows: Numbers) -> WordColumns:
        """Return the flags and sets of words."""
        columns = self._columns
        return WordColumns(columns.flags.take(rows), columns.sets.take(rows), columns.kinds.take(rows))

    def add(self, keys: Hashes, flags: FlagArray, kinds: Kinds, with_sets: Ints, sets: WordSets) -> Numbers:
        """Add new words, with sets for some of them, and return their rows."""
        count, set_count = self.count, self._set_count
        rows = np.arange(count, count + len(keys), dtype=np.int32)
        self._rows.put(keys, rows)
        set_numbers = np.full(len(keys), EMPTY, np.int32)
        set_numbers[with_sets] = np.arange(set_count, set_count + len(with_sets))
        self._set_count += len(with_sets)
        columns = self._columns
        self._columns = WordColumns(
            _with_rows(columns.flags, count, flags),
            _with_rows(columns.sets, count, set_numbers),
            _with_rows(columns.kinds, count, kinds),
        )
        self._sets = WordSets(*(_with_rows(*pair) for pair in zip(self._sets, [set_count] * 3, sets, strict=True)))
        return rows


def _with_rows(table: NDArray[T], count: int, rows: NDArray[T]) -> NDArray[T]:
    """Return a table with rows written after the first `count`; a full one is copied into one of twice the size."""
    size = count + len(rows)
    if size > len(table):
        table = np.concatenate([table[:count], np.zeros((2 * size - count, *table.shape[1:]), table.dtype)])
    table[count:size] = rows
    return table


# ---- flags by the roles of words in names ---------------------------------------------------------------------------


FlagArray = NDArray[np.int32]


class RoleFlags:
    """The flags of each word of the index by its roles in names, for three degrees of closeness.

    `if_close`: same sounds or other vowels; `if_typo`: a typo; `if_exact`: the same sounds, in addition.
    `can_stand_alone`: whether a form, one of the found words, may name somebody as a surname alone.
    """

    def __init__(self, size: int, can_stand_alone: Callable[[str, FoundWords, int], bool]) -> None:
        self.if_close, self.if_typo, self.if_exact = (np.zeros(size, np.int32) for _ in range(3))
        self._can_stand_alone = can_stand_alone

    def flags_of(self, forms: Sequence[str], is_capitalised: Flags, found_words: FoundWords) -> FlagArray:
        """Return the flags of each of the found words, which are some of the forms."""
        places = np.array(found_words.places, np.int64)
        if not len(places):
            return np.zeros(0, np.int32)
        word, first, number, closeness = found_words.columns[:4]
        is_same = closeness == Closeness.SAME
        flags = np.where(closeness == Closeness.TYPO, self.if_typo[number], self.if_close[number])
        flags[is_same] |= self.if_exact[number[is_same]]
        flags[is_same & found_words.are_plain_and_longer_than(MAX_SHORT_STEM)] |= WordFlags.SMALL_NAME
        headless = np.flatnonzero(closeness == 0)
        is_headless_surname = (flags[headless] & WordFlags.SURNAME) != 0
        flags[headless] = 0
        # A word that matches as it is written need not be read without its first letter.
        key = word * len(self.if_close) + number
        is_headless_surname &= ~np.isin(key[headless], key[closeness > 0])
        lengths = np.fromiter((len(forms[place]) for place in found_words.places), np.int64, len(places))
        min_length = np.where(is_capitalised[places], MIN_OTHER_FIRST_LETTER, MIN_HEADLESS)
        headless = headless[is_headless_surname]
        flags[headless[(lengths >= min_length)[word[headless]]]] = WordFlags.HEADLESS
        word_flags: FlagArray = np.bitwise_or.reduceat(flags, first).astype(np.int32)
        for n in np.flatnonzero(word_flags & WordFlags.SURNAME).tolist():
            if not self._can_stand_alone(forms[found_words.places[n]], found_words, n):
                # It becomes a common surname, which needs a given name near it.
                word_flags[n] ^= WordFlags.SURNAME | WordFlags.COMMON_SURNAME
        return word_flags
