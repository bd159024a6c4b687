"""Pure. Read the endings of many words: `read_ending` is asked once for words and stems that do not differ for it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from monitor.match.index.endings import parted_ending
from monitor.match.index.forms import ending_letters, ending_traits, read_ending
from monitor.match.index.stem_keys import Pairs, StemEntry
from monitor.text.hashing import Ints, distinct

_MAX_CACHED = 1 << 17  # endings of some letters after a kind of stem
NO_ENDING = -1
_BITS = 20  # of each number in the key of a cached ending


class EndingReader:
    """A cache of `read_ending` for the stems of one list."""

    def __init__(self, entries: Sequence[StemEntry]) -> None:
        self._entries = entries
        self._stem_kinds = np.full(len(entries), -1, np.int64)  # filled when a stem is first met
        self._kind_numbers: dict[Hashable, int] = {}
        self._letter_groups = sorted({entry.stem.letters for entry in entries} - {""})
        self._letters_numbers: dict[Hashable, int] = {}
        self._inflections_by_key: dict[int, int] = {}
        self.inflections: list[str] = []

    def read_endings(self, forms: Sequence[str], sounds: Sequence[str], pairs: Pairs) -> Ints:
        """Return the number of each pair's inflection in `inflections`, or `NO_ENDING` if the stem cannot take it."""
        if len(self._inflections_by_key) > _MAX_CACHED:
            self._inflections_by_key.clear()
            # Both, because the keys of the cache hold the numbers of letters.
            self._letters_numbers.clear()
        for entry in distinct(pairs.entry[self._stem_kinds[pairs.entry] < 0]).tolist():
            traits = ending_traits(self._entries[entry].stem)
            self._stem_kinds[entry] = self._kind_numbers.setdefault(traits, len(self._kind_numbers))
        rows, place = np.unique(pairs.row, return_inverse=True)
        letters = np.array([self._number_of_letters(forms[row]) for row in rows.tolist()], np.int64)
        # Letters, ending and kind of stem as one integer each, because `np.unique` sorts those fast.
        keys = (letters[place] << _BITS | pairs.ending) << _BITS | self._stem_kinds[pairs.entry]
        keys, first, place = np.unique(keys, return_index=True, return_inverse=True)
        numbers = [
            self._inflection_number(key, forms[row], sounds[row][length:], entry)
            for key, row, length, entry in zip(
                *(column.tolist() for column in (keys, pairs.row[first], pairs.stem_length[first], pairs.entry[first])),
                strict=True,
            )
        ]
        return np.array(numbers, np.int64)[place]

    def _number_of_letters(self, form: str) -> int:
        """Return the number of what is read of a word's letters. A word with a parted ending has one of its own."""
        letters = form if parted_ending(form) else ending_letters(form, self._letter_groups)
        return self._letters_numbers.setdefault(letters, len(self._letters_numbers))

    def _inflection_number(self, key: int, form: str, ending: str, entry: int) -> int:
        number = self._inflections_by_key.get(key)
        if number is None:
            inflection = read_ending(ending, self._entries[entry].stem, form)
            if inflection is None:
                number = NO_ENDING
            elif inflection in self.inflections:
                number = self.inflections.index(inflection)
            else:
                number = len(self.inflections)
                self.inflections.append(inflection)
            self._inflections_by_key[key] = number
        return number
