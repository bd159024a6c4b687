"""Pure. The flags of words of texts by the roles that they may have in the names of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.match.index.found_words import FoundWords
from monitor.match.index.word_match import Closeness
from monitor.match.scanner.passage import MAX_SHORT_STEM, MIN_HEADLESS, MIN_OTHER_FIRST_LETTER
from monitor.match.scanner.word_form import WordFlags
from monitor.text.hashing import Flags, are_among

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
        is_headless_surname &= ~are_among(key[headless], key[closeness > 0])
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
