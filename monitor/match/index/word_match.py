"""Pure. A word of the watchlist, and how a word of running text agrees with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from monitor.match.index.forms import NameRole, Stem

MAX_SOUNDS = 250  # sounds of a word on the list


class Closeness(IntEnum):
    """The degree to which a word of the text agrees with a listed word, ending aside."""

    # One edit, two in a long word.
    TYPO = 1
    # The consonants agree and most vowels.
    VOWELS = 2
    SAME = 3


# By the number in a column, 0 for a word without its first sound; to call the enumeration takes ten times as long.
CLOSENESS = Closeness.TYPO, *Closeness


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A word of a name on the list. `number` is its place in the index."""

    number: int
    raw: str
    role: NameRole
    spellings: tuple[str, ...]
    stems: tuple[Stem, ...]
    is_feminine: bool
    is_cyrillic: bool

    @property
    def sounds(self) -> str:
        """Return the skeleton of the listed spelling; "" for a word of signs alone, such as Ъ."""
        return self.spellings[0] if self.spellings else ""

    @property
    def is_findable(self) -> bool:
        """Return whether a word of a text can be this one: it has a sound, and is no longer than any word is."""
        return any(len(stem.text) < MAX_SOUNDS for stem in self.stems)


class WordMatch(NamedTuple):
    """A match of a word of the text with a word on the list (a tuple: many are made)."""

    closeness: Closeness
    # The stem of the listed word; in the text it may be spelt otherwise.
    stem: Stem
    # The sounds after the stem in the text.
    ending: str
    # The meaning of the ending: "dative", "" for the bare name.
    inflection: str

    @property
    def is_uninflected(self) -> bool:
        """Return whether the word has no ending that changes its case, number or possessor."""
        return not self.inflection


# The listed words that one form may be, by their number in the index.
Matches = dict[int, WordMatch]


class FormMatches(NamedTuple):
    """All listed words that a word of a text may be.

    `matches`: as it is written; `headless`: if its first sound is lost or another (елис, Фелис for Мелис).
    """

    sounds: str
    matches: Matches
    headless: Matches
