"""Pure. Sets of listed words, by which most places are left out: a surname without a given name of its bearers near it.

A set is a row of bits. A bit stands for several words, so two sets that share no bit share no word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.index.found_words import FoundWords
from monitor.match.index.names import PersonName, Phrase
from monitor.match.index.word_match import Word
from monitor.match.scanner.word_form import SHORT_FORM_SOUNDS
from monitor.text.hashing import Flags, Ints
from monitor.text.romanize import skeleton

BITS = 256
_PER_NUMBER = 64
Sets = NDArray[np.uint64]  # of a word, or of many: a row each


class WordSets(NamedTuple):
    """Of each word the listed words that it may be, and those of which one must stand near it.

    `words`: what it may be; `given_names`: of the bearers of a surname; `second_words`: of phrases that begin with it.
    A short form of a given name shares its beginning, which has a bit too.
    """

    words: Sets
    given_names: Sets
    second_words: Sets

    @classmethod
    def empty(cls, size: int) -> WordSets:
        """Return sets without a word."""
        return cls(*(np.zeros((size, BITS // _PER_NUMBER), np.uint64) for _ in cls._fields))


class Companions:
    """The listed words that must stand near a word of the list for a name."""

    def __init__(
        self,
        words: Sequence[Word],
        people: Mapping[int, Sequence[PersonName]],
        phrases: Mapping[int, Sequence[Phrase]],
    ) -> None:
        self._sets = WordSets.empty(len(words))
        pairs = np.array(
            [
                (surname, person.given_name)
                for surname, bearers in people.items()
                for person in bearers
                if person.given_name is not None
            ],
            np.int64,
        ).reshape(-1, 2)
        beginnings = [words[number].sounds[:SHORT_FORM_SOUNDS] for number in pairs[:, 1].tolist()]
        self._beginnings = {beginning: number for number, beginning in enumerate(dict.fromkeys(beginnings), len(words))}
        _add_bits(self._sets.given_names, pairs[:, 0], pairs[:, 1])
        _add_bits(self._sets.given_names, pairs[:, 0], [self._beginnings[beginning] for beginning in beginnings])
        seconds = [(first, p.words[1]) for first, group in phrases.items() for p in group if len(p.words) > 1]
        _add_bits(self._sets.second_words, *np.array(seconds, np.int64).reshape(-1, 2).T)

    def sets_of(
        self, forms: Sequence[str], sounds: Sequence[str], is_capitalised: Flags, found_words: FoundWords
    ) -> tuple[Ints, WordSets]:
        """Return which of some words have a set that is not empty, and their sets."""
        places = np.array(found_words.places, np.int64)
        beginnings = [
            (place, number)
            for place in np.union1d(np.flatnonzero(is_capitalised), places).tolist()
            for number in self._beginnings_of(forms[place], sounds[place])
        ]
        with_beginning, beginning_numbers = np.array(beginnings, np.int64).reshape(-1, 2).T
        chosen = np.union1d(with_beginning, places)
        sets = WordSets.empty(len(chosen))
        _add_bits(sets.words, np.searchsorted(chosen, with_beginning), beginning_numbers)
        columns = found_words.columns
        row = np.searchsorted(chosen, places)[columns.word]
        # Without a capital a given name may have lost its first letter.
        is_word = (columns.closeness > 0) | ~is_capitalised[places[columns.word]]
        _add_bits(sets.words, row[is_word], columns.number[is_word])
        if len(places):
            for target, source in zip(sets[1:], self._sets[1:], strict=True):
                target[row[columns.first]] = np.bitwise_or.reduceat(source[columns.number], columns.first)
        return chosen, sets

    def _beginnings_of(self, form: str, sounds: str) -> Iterable[int]:
        """Return the numbers of the beginnings of given names with which a word begins."""
        beginnings = {sounds[:SHORT_FORM_SOUNDS]}
        if not form.isalpha() or form[0] in "IVX":  # figures may stand for themselves in the sounds, XVI as well
            beginnings.add(skeleton(form)[:SHORT_FORM_SOUNDS])
        return (self._beginnings[beginning] for beginning in beginnings if beginning in self._beginnings)


def _add_bits(sets: Sets, rows: Ints, numbers: Ints | Sequence[int]) -> None:
    """Add a number to the set in each of some rows."""
    bits = np.asarray(numbers, np.int64) % BITS
    np.bitwise_or.at(sets, (rows, bits // _PER_NUMBER), np.uint64(1) << (bits % _PER_NUMBER).astype(np.uint64))


def have_common_bit(left: Sets, right: Sets) -> Flags:
    """Return of each pair of sets whether they may share a word."""
    common: Flags = (left & right).any(axis=-1)
    return common
