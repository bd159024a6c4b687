"""Pure. What the tables of incidents hold: words of phrases, phrases for acts, roles, lists of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from monitor.model import PressAct

PREFIX = 4  # letters by which phrases of lists are looked up; shorter words by all of theirs


class Form(StrEnum):
    """What a word's ending says of it, beside the cases of nouns."""

    PLAIN = "plain"
    ACTIVE = "active"
    PASSIVE = "passive"
    ATTRIBUTE = "attribute"  # a passive participle that describes a noun
    INFINITIVE = "infinitive"
    PAST = "past"  # active or passive, as English -ed
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Noun:
    """The cases that an ending may be, and its number."""

    cases: frozenset[str]
    is_many: bool


# A stem and what follows it: "" nothing, `=form` nothing (its form), `&class` and `+class` endings, `*` any letters.
Piece: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class WordTest:
    """A word of a phrase, in any of its spellings; those whose form the table gives come first."""

    pieces: tuple[Piece, ...]

    @property
    def exact(self) -> frozenset[str]:
        """Return the spellings that have no ending."""
        return frozenset(stem for stem, kind in self.pieces if not kind)

    @property
    def is_noun(self) -> bool:
        """Return whether one of its spellings is a noun."""
        return any(kind.startswith("+") for _, kind in self.pieces)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that name an act: each test is one word; `joined` tells which follow their predecessor directly."""

    act: PressAct
    slot: str  # obj, subj, own, attr, poss, or a case or preposition
    preposition: str
    tests: tuple[WordTest, ...]
    joined: tuple[bool, ...]
    number: int  # in its table
    rarest: int  # the place of its rarest word, by which it is looked up


@dataclass(frozen=True, slots=True)
class Role:
    """A word or two that name a person or an outlet of the press."""

    before: str  # a word that stands directly before, as in “алып баруучу”; "" for none
    stem: str
    noun: str
    section: str


@dataclass(frozen=True, slots=True)
class WordList:
    """A section of words and of phrases, whose words are joined by `_` in the table."""

    exact: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    phrases: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)  # by the letters they begin with

    def size_at(self, words: Sequence[str], place: int) -> int:
        """Return how many words from a place on are a word or phrase of the list; 0 for none."""
        if not 0 <= place < len(words):
            return 0
        word = words[place]
        if word in self.exact or word.startswith(self.beginnings):
            return 1
        for phrase in self.phrases.get(word[:PREFIX], ()):
            if place + len(phrase) <= len(words) and all(map(fits, phrase, words[place : place + len(phrase)])):
                return len(phrase)
        return 0


def fits(piece: str, word: str) -> bool:
    """Return whether a word is a piece of a phrase; a piece that ends with * has any ending."""
    return word.startswith(piece[:-1]) if piece.endswith("*") else word == piece
