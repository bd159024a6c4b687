"""Pure. The listed words that many words of texts may be, as columns; details are made for the words that are read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.index.stem_keys import Pairs, StemTable
from monitor.match.index.word_match import CLOSENESS, FormMatches, Matches, WordMatch
from monitor.text.hashing import Flags, Ints


class Columns(NamedTuple):
    """The listed words of many words, in the order in which `FormMatches` has them.

    `word`: the number of the word of a text; `first`: the first row of each; `number`: of the listed word; `closeness`:
    0 if the first sound is lost or another.
    """

    word: Ints
    first: Ints
    number: Ints
    closeness: NDArray[np.int8]
    entry: NDArray[np.int32]
    length: NDArray[np.int16]
    inflection: NDArray[np.object_]


class FoundWords:
    """The words of texts that may be on the list: the place of each, and the listed words that it may be."""

    def __init__(self, table: StemTable) -> None:
        self._table = table
        self.places: list[int] = []
        self._sounds: list[str] = []
        # Of each word the first row; one more at the end.
        self._first: list[int] = [0]
        # An empty part, so that there is something to join when nothing is found.
        self._parts: list[tuple[NDArray[Any], ...]] = [(np.zeros(0, np.int64),) * 5]

    def add(
        self, places: Sequence[int], sounds: Sequence[str], pairs: Pairs, inflections: Sequence[str | None]
    ) -> None:
        """Add the pairs of some words; `places` are those of their rows. Without an inflection a stem does not fit."""
        readable_rows = np.flatnonzero([inflection is not None for inflection in inflections])
        row, length, entry, closeness = (
            column[readable_rows] for column in (pairs.row, pairs.stem_length, pairs.entry, pairs.closeness)
        )
        if not len(row):
            return
        # The longest stem first, then the closest; the last key of `lexsort` is the first to sort by.
        order = np.lexsort((entry, pairs.deletions[readable_rows], -closeness, -length, row))
        row, length, entry, closeness = (column[order] for column in (row, length, entry, closeness))
        inflection = np.array(inflections, object)[readable_rows][order]
        number = self._table.numbers[entry]
        # Of the stems of one listed word the closest counts, a familiar form last; it stands where the first one stood.
        rank, is_familiar = np.arange(len(row)), self._table.is_familiar[entry]
        groups = np.lexsort((rank, is_familiar, -closeness, number, closeness == 0, row))
        keys = row[groups], closeness[groups] == 0, number[groups]
        is_first = np.ones(len(row), bool)
        is_first[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
        starts = np.flatnonzero(is_first)
        closest_rows = groups[starts][np.argsort(np.minimum.reduceat(groups, starts))]
        rows, first = np.unique(row[closest_rows], return_index=True)
        # The end so far is the first row of the next word.
        offset = self._first.pop()
        self._first += [*(first + offset).tolist(), offset + len(closest_rows)]
        self.places += [places[n] for n in rows.tolist()]
        self._sounds += [sounds[n] for n in rows.tolist()]
        self._parts.append(tuple(column[closest_rows] for column in (number, closeness, entry, length, inflection)))

    @cached_property
    def columns(self) -> Columns:
        """Return the columns. No words can be added after this."""
        number, closeness, entry, length, inflection = map(np.concatenate, zip(*self._parts, strict=True))
        self._parts.clear()
        word = np.repeat(np.arange(len(self.places)), np.diff(self._first))
        return Columns(
            word,
            np.array(self._first[:-1], np.int64),
            number,
            closeness.astype(np.int8),
            entry.astype(np.int32),
            length.astype(np.int16),
            inflection,
        )

    def are_plain_and_longer_than(self, sounds: int) -> Flags:
        """Return for each row whether its stem is longer than some sounds and is no foreign transcription."""
        entry = self.columns.entry
        is_plain: Flags = (self._table.lengths[entry] > sounds) & ~self._table.is_transcribed[entry]
        return is_plain

    def numbers(self, word: int) -> list[int]:
        """Return the listed words that a word may be as it is written."""
        rows = slice(self._first[word], self._first[word + 1])
        numbers: list[int] = self.columns.number[rows][self.columns.closeness[rows] > 0].tolist()
        return numbers

    def sounds(self, word: int) -> str:
        """Return the sounds of a word."""
        return self._sounds[word]

    def matches(self, word: int) -> FormMatches:
        """Return the listed words that a word may be, in detail."""
        rows, sounds = slice(self._first[word], self._first[word + 1]), self._sounds[word]
        matches: Matches = {}
        headless: Matches = {}
        for number, closeness, entry, length, inflection in zip(
            *(column[rows].tolist() for column in self.columns[2:]), strict=True
        ):
            details = CLOSENESS[closeness], self._table.entries[entry].stem, sounds[length:]
            (matches if closeness else headless)[number] = WordMatch(*details, inflection)
        return FormMatches(sounds, matches, headless)
