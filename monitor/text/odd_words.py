"""Pure. Find the few words of many that do not have a usual form: one search instead of one for each word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SEPARATOR = "\0"  # stands in no word


def word_pattern(usual_word: str) -> re.Pattern[str]:
    """Return the pattern for `odd_words` of words that do not match a pattern as a whole."""
    return re.compile(rf"(?<![^\0])(?!(?:{usual_word})(?![^\0]))[^\0]+")


def odd_words(words: Sequence[str], pattern: re.Pattern[str]) -> Iterator[int]:
    """Yield the places of the words that are not usual; of empty ones, none.

    >>> [*odd_words(["one", "2", "", "three"], word_pattern("[a-z]+"))]
    [1]
    """
    text, place, counted = _SEPARATOR.join(words), 0, 0
    for match in pattern.finditer(text):
        place += text.count(_SEPARATOR, counted, match.start())
        counted = match.start()
        yield place
