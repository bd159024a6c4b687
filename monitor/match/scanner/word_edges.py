"""Pure. Where the words of texts stand, and their keys: a text is an array of code points."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.text.hashing import Hashes, Ints, mix_bits, running_sums, shift_to_start
from monitor.text.normalize import APOSTROPHES_WITHIN, INVISIBLE, MARKS, code_points, ignorable_ranges
from monitor.text.word_letters import all_characters

Codes = NDArray[np.uint8]

_APOSTROPHE, _MARK, _INVISIBLE_SIGN, _DIGIT, _LETTER = 1, 2, 3, 4, 5
_WORD = _DIGIT  # from here on a character is part of a word


@lru_cache(1)
def character_classes() -> Codes:
    """Return the table from code points to classes of characters."""
    characters = all_characters()
    # Up to one beyond the last sign: higher code points are looked up as the last one.
    table: Codes = np.zeros(ignorable_ranges()[-1].stop + 1, np.uint8)
    table[: len(characters)][np.strings.isalnum(characters)] = _LETTER
    table[: len(characters)][np.strings.isdecimal(characters)] = _DIGIT
    for code, signs in ((_MARK, MARKS), (_INVISIBLE_SIGN, INVISIBLE), (_APOSTROPHE, APOSTROPHES_WITHIN)):
        for few in code_points(signs):
            table[few.start : few.stop] = code
    return table


def word_edges(codes: Codes) -> tuple[Ints, Ints]:
    """Return where words start and end, as `text.tokens` finds them. The text must begin and end with a line break."""
    is_in_word = codes >= _WORD
    joiners = np.flatnonzero((codes > 0) & (codes < _WORD))
    if len(joiners):
        kinds = codes[joiners]
        apostrophes = joiners[kinds == _APOSTROPHE]
        before, after = codes[apostrophes - 1], codes[apostrophes + 1]
        is_in_word[apostrophes] = (before >= _WORD) & (after == _LETTER)
        marks = joiners[kinds != _APOSTROPHE]
        # Marks and invisible signs belong to the word before them; invisible ones only if the word goes on.
        for run in np.split(marks, np.flatnonzero(np.diff(marks) > 1) + 1) if len(marks) else ():
            start, end = int(run[0]), int(run[-1]) + 1
            if codes[start - 1] >= _WORD:
                invisible_signs = np.flatnonzero(codes[start:end] == _INVISIBLE_SIGN)
                is_in_word[
                    start : end if codes[end] >= _WORD or not len(invisible_signs) else start + int(invisible_signs[0])
                ] = True
    edges = np.flatnonzero(is_in_word[1:] != is_in_word[:-1]) + 1
    return edges[::2], edges[1::2]


def word_keys(points: NDArray[np.uint32], starts: Ints, ends: Ints) -> Hashes:
    """Return a key for each word; never 0, which is an empty cell of the table."""
    running = running_sums(points)
    return np.maximum(mix_bits(shift_to_start(running.take(ends) - running.take(starts), starts)), np.uint64(1))


_STAR = ord("*")


def hiding_places(points: NDArray[np.uint32], codes: Codes, starts: Ints, ends: Ints) -> Ints:
    """Return where a name may be hidden, in order: three letters apart, a star between letters, a figure after one."""
    is_letter = (ends - starts == 1) & (codes[starts] == _LETTER)
    third = np.flatnonzero(is_letter[2:] & is_letter[1:-1] & is_letter[:-2] & (starts[2:] - starts[:-2] == 4)) + 2
    third = third[points[ends[third - 1]] == points[ends[third - 2]]]
    # Of a name the first is a capital; the few are read one by one.
    third = third[[chr(point).isupper() for point in points[starts[third - 2]].tolist()]]
    stars = np.flatnonzero(points == _STAR)
    stars = stars[(codes[stars - 1] == _LETTER) | (points[stars - 1] == _STAR)]
    figures = np.flatnonzero((codes[1:-1] == _DIGIT) & (codes[:-2] == _LETTER) & (codes[2:] >= _WORD)) + 1
    return np.sort(np.concatenate([starts[third], stars, figures]))
