"""Pure. The flags and sets of the words that were read so far, by their keys."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from monitor.match.scanner.companions import WordSets
from monitor.match.scanner.role_flags import FlagArray
from monitor.text.hashing import Hashes, HashTable, Ints

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
