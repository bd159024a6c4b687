"""Pure. Sets of listed words, by which most places are left out: surnames without a given name of their bearers near.

A set is a row of bits. A bit stands for several words: sets that share none share no word; of those that do, the rules
see which do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.index.found_words import FoundWords
from monitor.match.index.names import PersonName, Phrase
from monitor.match.index.word_match import Word
from monitor.match.scanner.word_form import SHORT_FORM_SOUNDS
from monitor.text.hashing import Flags, Ints, mix_bits
from monitor.text.romanize import skeleton

_BITS, _PER_NUMBER = 1024, 64
Sets = NDArray[np.uint64]  # of a word, or of many: a row each


class WordSets(NamedTuple):
    """For each word the listed words that it may be, and the words one of which must stand near it.

    `words`: what it may be; `given_names`: of the bearers of a surname; `second_words`: of phrases that begin with it.
    A short form of a given name shares its beginning, which has a bit too.
    """

    words: Sets
    given_names: Sets
    second_words: Sets

    @classmethod
    def empty(cls, size: int) -> WordSets:
        """Return sets without a word."""
        return cls(*(np.zeros((size, _BITS // _PER_NUMBER), np.uint64) for _ in cls._fields))


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
        # Numbered after the words, because both share the bits of a set.
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
        has_set = is_capitalised.copy()
        has_set[places] = True
        name_places = np.flatnonzero(has_set).tolist()
        numbers = [self._beginnings.get(sounds[place][:SHORT_FORM_SOUNDS], -1) for place in name_places]
        for n, place in enumerate(name_places):
            # Figures may stand for themselves in the sounds, and XVI as well.
            if numbers[n] < 0 and (forms[place][0] in "IVX" or not forms[place].isalpha()):
                numbers[n] = self._beginnings.get(skeleton(forms[place])[:SHORT_FORM_SOUNDS], -1)
        beginning_numbers = np.array(numbers, np.int64)
        with_beginning = np.array(name_places, np.int64)[beginning_numbers >= 0]
        beginning_numbers = beginning_numbers[beginning_numbers >= 0]
        has_set[:] = False
        has_set[with_beginning] = has_set[places] = True
        set_places, set_rows = np.flatnonzero(has_set), np.cumsum(has_set) - 1
        sets = WordSets.empty(len(set_places))
        _add_bits(sets.words, set_rows[with_beginning], beginning_numbers)
        columns = found_words.columns
        row = set_rows[places][columns.word]
        # Without a capital a given name may have lost its first letter.
        is_word = (columns.closeness > 0) | ~is_capitalised[places[columns.word]]
        _add_bits(sets.words, row[is_word], columns.number[is_word])
        if len(places):
            for target, source in zip(sets[1:], self._sets[1:], strict=True):
                target[row[columns.first]] = np.bitwise_or.reduceat(source[columns.number], columns.first)
        return set_places, sets


def _add_bits(sets: Sets, rows: Ints, numbers: Ints | Sequence[int]) -> None:
    """Add a number to the set in each of some rows."""
    bits = mix_bits(np.asarray(numbers, np.int64).astype(np.uint64) + np.uint64(1)) % np.uint64(_BITS)
    cells = (bits // np.uint64(_PER_NUMBER)).astype(np.int64)
    np.bitwise_or.at(sets, (np.asarray(rows, np.int64), cells), np.uint64(1) << bits % np.uint64(_PER_NUMBER))


def may_share_word(sets: Sets, other_sets: Sets) -> Flags:
    """Return for each pair of sets whether they may share a word."""
    may_share: Flags = np.any(sets & other_sets, axis=-1)
    return may_share
