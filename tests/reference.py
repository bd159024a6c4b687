"""The matcher as one would write it down first: every word of every text, against every stem of the list, one by one.

The rules of `verify` and `decide` are the product's own; what is slow and plain here is what `join`, `sounds`, `scan` and
`candidates` make fast: which listed words a word may be, where words stand, and that nothing is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rapidfuzz.distance import OSA, Levenshtein

from monitor.match.compiled import Compiled
from monitor.match.decide import mentions
from monitor.match.forms import Role, Stem, any_ending, ending, sounds_of
from monitor.match.index import Closeness, Word, WordMatch, loose
from monitor.match.passage import TELLING_WORDS, Hint, Passage
from monitor.model import Field, Mention
from monitor.text import is_cyrillic, tokens


def find_mentions(text: str, compiled: Compiled, title: str, seen: dict[str, Matches]) -> tuple[Mention, ...]:
    """`seen`: what was looked up before, for the same list."""
    both = ((title, Field.TITLE), (text, Field.TEXT))
    return mentions([SlowPassage(content, which, compiled, seen) for content, which in both if content], compiled)


class Matches(dict[int, WordMatch]):
    bearers: Any = None

    def closeness(self, number: int) -> Closeness:
        return self[number].closeness


class SlowPassage(Passage):
    """A passage read word by word; everything may begin anywhere."""

    def __init__(self, text: str, field: Field, compiled: Compiled, seen: dict[str, Matches]) -> None:
        self.text, self.field, self.thorough = text, field, True
        self.tokens = tokens(text)
        for token in self.tokens:
            if token.text not in seen:
                seen[token.text] = look_up(token.text, compiled.index.words)
        self.matches = [seen[token.text] for token in self.tokens]  # type: ignore[assignment]
        self.places = range(len(self.tokens))
        self._starts, self._ends = [t.start for t in self.tokens], [t.end for t in self.tokens]  # type: ignore[assignment]
        self._offset = 0

    def is_hinted(self, place: int, hint: int) -> bool:
        return hint != Hint.CAPITAL or self.tokens[place].text[:1].isupper()

    def _telling_words(self) -> set[int]:
        return {TELLING_WORDS[t.text.lower()] for t in self.tokens if t.text.lower() in TELLING_WORDS}

    def hints_at(self, places: Iterable[int]) -> int:
        return -1

    def hinted(self, hint: int) -> list[int]:
        return [place for place in self.places if self.is_hinted(place, hint)]


def look_up(form: str, words: list[Word]) -> Matches:
    """Which words of the list a word of a text may be."""
    sounds, cyrillic, name = sounds_of(form), is_cyrillic(form), form[0].isupper()
    endings, longest = any_ending(cyrillic)
    found: dict[int, WordMatch] = {}
    for cut in range(min(longest, len(sounds) - 2) + 1):
        stem, rest = sounds[: len(sounds) - cut], sounds[len(sounds) - cut :]
        for number, role, listed in _stems(words) if rest in endings else ():
            closeness = _closeness(stem, listed.text, role, name, name and len(sounds) >= 5)
            says = ending(rest, listed, cyrillic) if closeness else None
            if closeness and says is not None and (number not in found or closeness > found[number].closeness):
                found[number] = WordMatch(closeness, listed, rest, says)
    return Matches(sorted(found.items()))


def _stems(words: list[Word]) -> Iterator[tuple[int, Role, Stem]]:
    return ((word.number, word.role, stem) for word in words for stem in word.stems)


def _closeness(stem: str, listed: str, role: Role, name: bool, typos: bool) -> Closeness | None:
    if stem == listed:
        return Closeness.SAME
    key, other = loose(stem), loose(listed)
    if len(stem) < (2 if name else 7) or (role is Role.WORD and len(listed) < 7):
        return None
    consonants = len(other.replace("a", ""))
    is_loose = consonants >= 2 or (consonants == 1 and (2 if role is Role.GIVEN else 3) <= len(listed) <= 4)
    if key == other and is_loose:
        allowed = 1 if len(listed) < 6 else 2 if len(listed) < 9 else 3
        if Levenshtein.distance(stem, listed) <= allowed:
            return Closeness.VOWELS
    if not typos or len(key) < 4 or len(listed) < 5 or stem[0] != listed[0]:
        return None
    meet = is_loose and other in _deletions(key)
    if role is not Role.WORD and len(other) >= 5:
        meet = meet or key in _deletions(other) or bool(_deletions(other) & _deletions(key))
        meet = meet or stem in _deletions(listed) or bool({listed, *_deletions(listed)} & _deletions(stem))
    return Closeness.TYPO if meet and OSA.distance(stem, listed) <= (1 if len(listed) < 9 else 2) else None


def _deletions(key: str) -> set[str]:
    return {key[:i] + key[i + 1 :] for i in range(1, len(key))}
