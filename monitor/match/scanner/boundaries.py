"""Pure. Boundaries that no table of characters shows: words and names over two lines, the words of a hashtag.

Only the list can tell "Токо-⏎ев" from "Исаев-⏎старший" and #ArtKolkhoz from #FreeMelis: a broken word is read as one,
and a hashtag as several words, where that makes words of the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from monitor.text.hashing import Ints
from monitor.text.normalize import BROKEN_LINE, repair_word

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
        cuts = [start + n for n, (a, b) in enumerate(pairwise(word), 1) if _begins_word(a, b)]
        if cuts and len(word) <= _MAX_HASHTAG_WORD:
            yield place, cuts


def _begins_word(before: str, letter: str) -> bool:
    """Return whether a letter of a hashtag begins another word: a capital after a small letter, or a number."""
    # No cut beside a mark or an invisible sign, which would be a word without letters.
    if not (before.isalnum() and letter.isalnum()):
        return False
    return (before.islower() and letter.isupper()) or before.isdigit() != letter.isdigit()
