"""Pure. Decide whether a word of a text and a stem of the list that share a key are near enough, by edit distance.

`is_close` is the specification, for one pair. `judge_pairs` gives the same answer for most of many pairs at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, Levenshtein

from monitor.match.index.endings import DOUBLED_LETTER
from monitor.match.index.word_match import Closeness
from monitor.text.hashing import Flags, Ints

MIN_MISSPELT = 5  # sounds; of shorter names only the romanisation may differ (docs/design/names.md)
LOST_BETWEEN_EQUALS = 2  # sounds that are lost with one letter between two that are alike
# By the length of a listed stem, from 0 to 9 and more sounds.
MAX_VOWEL_DIFFERENCES, MAX_TYPOS = (1,) * 6 + (2,) * 3 + (3,), (1,) * 9 + (2,)
MALE_ENDINGS = ("ov", "ev", "in")
FEMALE_ENDINGS = ("ova", "eva", "ina")


def is_close(closeness: Closeness, stem: str, listed: str, form: str) -> bool:
    """Return whether two stems that share a key are near enough, by edit distance."""
    if closeness is Closeness.SAME:
        return stem == listed
    # Nine sounds and more share one limit (`MAX_TYPOS`).
    length = len(listed)
    max_differences = (MAX_VOWEL_DIFFERENCES if closeness is Closeness.VOWELS else MAX_TYPOS)[min(length, 9)]
    if closeness is Closeness.VOWELS:
        is_near = Levenshtein.distance(stem, listed, score_cutoff=max_differences) <= max_differences
    else:
        is_near = length >= MIN_MISSPELT and (
            OSA.distance(stem, listed, score_cutoff=max_differences) <= max_differences
            or (length - len(stem) == LOST_BETWEEN_EQUALS and _lacks_letter_between_equals(stem, listed, form))
        )
    return is_near and not _differs_in_gender(stem, listed)


def _differs_in_gender(stem: str, listed: str) -> bool:
    """Return whether the difference is the -а of a woman's surname: Токоев, Токоевы(м) are no misspelt Токоева."""
    if listed.endswith(FEMALE_ENDINGS):
        return stem[: len(listed) - 1] == listed[:-1] and stem[len(listed) - 1 :] != "a"
    return listed.endswith(MALE_ENDINGS) and stem == listed + "a"


def _lacks_letter_between_equals(stem: str, listed: str, form: str) -> bool:
    """Return whether a letter is lost between two equal ones, which a skeleton then merges: Жааров, Жапаров."""
    return DOUBLED_LETTER.search(form.lower()) is not None and any(
        listed[i - 1] == listed[i + 1] and stem == listed[:i] + listed[i + 2 :] for i in range(1, len(listed) - 1)
    )


class StemRows(NamedTuple):
    """Stems as rows of sounds: all rows, where that of each pair begins, and how many of its sounds are the stem."""

    codes: NDArray[np.uint8]
    start: Ints
    length: Ints

    @classmethod
    def of(cls, codes: NDArray[np.uint8], row: Ints, length: Ints) -> StemRows:
        """Return the stems of some rows."""
        return cls(codes, row * codes.shape[1], length)

    def sounds_at(self, place: Ints | int) -> NDArray[np.uint8]:
        """Return the sound of each pair at a place, or one of its own; any sound beyond the width of the rows."""
        within_row = np.minimum(np.maximum(place, 0), self.codes.shape[1] - 1)
        sounds: NDArray[np.uint8] = self.codes.take(self.start + within_row)
        return sounds


def judge_pairs(text: StemRows, listed: StemRows, is_typo: Flags, edits: Ints) -> tuple[Flags, Flags]:
    """Return for each pair whether it is close, and whether only `is_close` can tell.

    The pairs have other vowels or a typo, and their lengths differ by no more than their keys allow.
    """
    shorter, longer = np.minimum(text.length, listed.length), np.maximum(text.length, listed.length)
    beginning, end, differences = (np.zeros(len(shorter), np.int64) for _ in range(3))
    has_same_beginning, has_same_end = np.ones(len(shorter), bool), np.ones(len(shorter), bool)
    for place in range(int(shorter.max(initial=0))):
        is_within = place < shorter
        is_same = text.sounds_at(place) == listed.sounds_at(place)
        has_same_beginning &= is_same & is_within
        beginning += has_same_beginning
        differences += ~is_same & is_within
        has_same_end &= is_within & (
            text.sounds_at(text.length - 1 - place) == listed.sounds_at(listed.length - 1 - place)
        )
        end += has_same_end
    missing = listed.length - text.length
    differing = longer - np.minimum(beginning + end, shorter)  # the two may overlap: тоев, токоев
    is_swap = (differing == 2) & (text.sounds_at(beginning) == listed.sounds_at(beginning + 1))
    is_swap &= text.sounds_at(beginning + 1) == listed.sounds_at(beginning)
    is_near = (differing <= 1) | ((missing == 0) & ((differences <= edits) | (is_typo & is_swap)))
    last_is_a = text.sounds_at(text.length - 1) == ord("a")
    is_mans, is_womans = _ends_like(listed, MALE_ENDINGS), _ends_like(listed, FEMALE_ENDINGS)
    differs_in_gender = is_mans & (missing == -1) & (beginning == listed.length) & last_is_a
    differs_in_gender |= is_womans & (beginning >= listed.length - 1) & ~((missing == 0) & last_is_a)
    lacks_letter = is_typo & (missing == LOST_BETWEEN_EQUALS) & (differing <= LOST_BETWEEN_EQUALS)
    # One edit is settled above; of several only the distance itself can tell.
    return is_near & ~differs_in_gender, ~is_near & ((edits > 1) | lacks_letter)


def _ends_like(stems: StemRows, endings: tuple[str, ...]) -> Flags:
    """Return whether the stem of each pair has one of some endings of one length."""
    size = len(endings[0])
    matches = np.zeros(len(stems.start), bool)
    for ending in endings:
        is_match = stems.length >= size
        for n, sound in enumerate(ending):
            is_match = is_match & (stems.sounds_at(stems.length - size + n) == ord(sound))
        matches |= is_match
    return matches
