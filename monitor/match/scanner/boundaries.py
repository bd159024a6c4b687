"""Pure. Boundaries of words that no table of characters shows: a word broken over two lines, the words of a hashtag.

Only the list can tell "Теми-⏎ров" from "Исаев-⏎старший" and #PolitKlinika from #FreeBolot: a broken word is read as one,
and a hashtag as several words, where that makes words of the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from monitor.text.hashing import Ints
from monitor.text.normalize import BROKEN_LINE, repair_word

_MAX_HASHTAG_WORD = 60  # letters
_BROKEN_WORD = re.compile(rf"(?<=[^\W\d_])(?:{BROKEN_LINE})(?=[^\W\d_])")
_HASHTAG = re.compile(r"[#＃](\w+)")


class WordEdges(NamedTuple):
    """Where the words of a text start and end, and which of them stand in a hashtag."""

    starts: Ints
    ends: Ints
    in_hashtag: Sequence[int]


def adjust_edges(
    text: str, starts: Ints, ends: Ints, are_listed: Callable[[list[str]], list[bool]], field_ends: Iterable[int]
) -> WordEdges:
    """Return the edges of words with broken words joined and hashtags split, as far as the list has them.

    `are_listed` says of words whether each may be a word of the list. No word goes on over a field's end.
    """
    has_hashtags = "#" in text or "＃" in text
    breaks = _words_at_breaks(text, starts, ends, set(field_ends)) if "\n" in text else []
    splits = list(_hashtag_splits(text, starts, ends)) if has_hashtags else []
    if breaks or splits:
        words = [repair_word(text[starts[n] : ends[n + 1]]) for n in breaks]
        words += [repair_word(text[starts[n] : ends[n]]) for n, _ in splits]
        listed = are_listed(words)
        joined = [n for n, is_listed in zip(breaks, listed, strict=False) if is_listed]
        cuts = [
            cut
            for (_, cuts), is_listed in zip(splits, listed[len(breaks) :], strict=True)
            if not is_listed
            for cut in cuts
        ]
        # Cuts lie within words, and breaks between them, so that both keep the order of the edges.
        starts = np.union1d(np.delete(starts, [n + 1 for n in joined]), np.array(cuts, starts.dtype))
        ends = np.union1d(np.delete(ends, joined), np.array(cuts, ends.dtype))
    return WordEdges(starts, ends, [*_words_in_hashtags(text, starts)] if has_hashtags else [])


def _words_at_breaks(text: str, starts: Ints, ends: Ints, field_ends: set[int]) -> list[int]:
    """Return the words that a hyphen and a line end part from the next, which goes on in small letters."""
    places: list[int] = []
    for match in _BROKEN_WORD.finditer(text):
        place = int(np.searchsorted(ends, match.start()))
        is_between_words = place + 1 < len(starts) and (ends[place], starts[place + 1]) == match.span()
        if is_between_words and text[match.end()].islower() and field_ends.isdisjoint(range(*match.span())):
            places.append(place)
    # Of a word broken twice the first break is mended.
    return [place for before, place in pairwise([-1, *places]) if place != before + 1 or before < 0]


def _hashtag_splits(text: str, starts: Ints, ends: Ints) -> Iterator[tuple[int, list[int]]]:
    """Yield the words of hashtags that capitals or digits divide, and where."""
    for match in _HASHTAG.finditer(text):
        for place in range(*np.searchsorted(starts, match.span(1)).tolist()):
            start, end = int(starts[place]), int(ends[place])
            word = text[start:end]
            cuts = [start + n for n, (a, b) in enumerate(pairwise(word), 1) if _begins_word(a, b)]
            if cuts and len(word) <= _MAX_HASHTAG_WORD:
                yield place, cuts


def _begins_word(before: str, letter: str) -> bool:
    """Return whether a letter of a hashtag begins another word: a capital after a small letter, or a number."""
    return (before.islower() and letter.isupper()) or before.isdigit() != letter.isdigit()


def _words_in_hashtags(text: str, starts: Ints) -> Iterator[int]:
    """Yield the words that stand in hashtags."""
    for match in _HASHTAG.finditer(text):
        yield from range(*np.searchsorted(starts, match.span(1)).tolist())
