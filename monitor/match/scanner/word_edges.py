"""Pure. Where the words of texts stand, and their keys: a text is an array of code points.

Some boundaries no table of characters shows; only the list can tell "Токо-⏎ев" from "Исаев-⏎старший" and #ArtKolkhoz
from #FreeMelis: a broken word is read as one, and a hashtag as several words, where that makes words of the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.text.hashing import Hashes, Ints, mix_bits, running_sums, shift_to_start
from monitor.text.normalize import (
    APOSTROPHES_WITHIN,
    BROKEN_LINE,
    INVISIBLE,
    MARKS,
    code_points,
    ignorable_ranges,
    repair_word,
)
from monitor.text.vocabulary import begins_word
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


# ---- boundaries that only the list can tell -------------------------------------------------------------------------


_MAX_HASHTAG_WORD = 60  # letters
# It begins with the line end, because literals are searched fastest.
_WORD_AFTER_BREAK = re.compile(r"\n(?<=[-‐\u00ad\r]\n)[ \t\u00a0]*(?:>[ \t]?)*(?=[^\W\d_])")
_BROKEN_LINE_RE = re.compile(BROKEN_LINE)
# The end of a line within a paragraph, with the margin of a quoted mail.
LINE_END = re.compile(r"[ \t\u00a0]*\r?\n[ \t\u00a0]*(?:>[ \t]?)*")
_HASHTAG = re.compile(r"#(\w+)")


class WordEdges(NamedTuple):
    """Where the words of a text start and end, and which of them stand in a hashtag."""

    starts: Ints
    ends: Ints
    in_hashtag: Sequence[int]


def adjust_edges(
    text: str, starts: Ints, ends: Ints, are_listed: Callable[[list[str]], list[bool]], field_ends: Sequence[int]
) -> WordEdges:
    """Return the edges of words with broken words joined and hashtags split, as far as the list has them.

    `are_listed` says of words whether each may be a word of the list. No word goes on over a field's end.
    """
    breaks = _words_at_breaks(text, starts, ends, field_ends)
    hashtags = np.array([match.span(1) for match in _HASHTAG.finditer(text)] if "#" in text else [])
    splits = list(_hashtag_splits(text, starts, ends, hashtags)) if len(hashtags) else []
    if breaks or splits:
        words = [repair_word(text[starts[n] : ends[n + 1]]) for n in breaks]
        words += [repair_word(text[starts[n] : ends[n]]) for n, _ in splits]
        listed = are_listed(words)
        # Not strict: the words of hashtags come after those of breaks in `listed`.
        joined = [n for n, is_listed in zip(breaks, listed, strict=False) if is_listed]
        cuts = [
            cut
            for (_, cuts), is_listed in zip(splits, listed[len(breaks) :], strict=True)
            # A hashtag that is itself a word of the list stays whole.
            if not is_listed
            for cut in cuts
        ]
        # Cuts lie within words, and breaks between them, so that both keep the order of the edges.
        starts = np.sort(np.append(np.delete(starts, [n + 1 for n in joined]), np.array(cuts, starts.dtype)))
        ends = np.sort(np.append(np.delete(ends, joined), np.array(cuts, ends.dtype)))
    # A hashtag of one word in small letters says too little: #thanks.
    places = np.searchsorted(starts, hashtags).tolist() if len(hashtags) else []
    return WordEdges(starts, ends, [n for first, end in places if end - first > 1 for n in range(first, end)])


def _words_at_breaks(text: str, starts: Ints, ends: Ints, field_ends: Sequence[int]) -> list[int]:
    """Return the words that a hyphen and a line end part from the next, which goes on in small letters."""
    places: list[int] = []
    for match in _WORD_AFTER_BREAK.finditer(text):
        place, following = int(np.searchsorted(ends, match.start())) - 1, match.end()
        is_break = place >= 0 and _BROKEN_LINE_RE.fullmatch(text, int(ends[place]), following) is not None
        if is_break and text[following].islower() and match.start() not in field_ends:
            places.append(place)
    # Of a word broken twice the first break is mended.
    return [place for before, place in pairwise([-2, *places]) if place != before + 1]


def _hashtag_splits(text: str, starts: Ints, ends: Ints, hashtags: Ints) -> Iterator[tuple[int, list[int]]]:
    """Yield the words of hashtags that capitals or digits divide, and where."""
    for place in (n for first, end in np.searchsorted(starts, hashtags).tolist() for n in range(first, end)):
        start, end = int(starts[place]), int(ends[place])
        word = text[start:end]
        cuts = [start + n for n, (a, b) in enumerate(pairwise(word), 1) if begins_word(a, b)]
        if cuts and len(word) <= _MAX_HASHTAG_WORD:
            yield place, cuts
