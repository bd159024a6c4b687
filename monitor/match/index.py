"""Pure. The words of the watchlist, and which of them a word of running text may be.

A text's word is looked up by its skeleton, less every ending it may carry: first as it is, then with every run of
vowels taken for one (romanisations disagree most on vowels), then with one letter left out on either side (a typo).
What resembles a word on the list is judged once per distinct word form, many forms at a time (`join`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from rapidfuzz.distance import OSA

from monitor.match.forms import Role, Stem, ending, is_womans_surname, sounds_of, spellings, stems
from monitor.match.join import SAME, SHORTEST_LOOSE_WORD, TYPO, VOWELS, Entry, Join, Verdicts
from monitor.text import is_cyrillic

_REMEMBERED_FORMS = 200_000  # distinct word forms kept; then it starts afresh, so memory is bounded
_REMEMBERED_VERDICTS = 2_000_000  # words on the list that they may be


class Closeness(IntEnum):
    """How a word of the text agrees with a word on the list, ending aside."""

    TYPO = TYPO  # one edit, two in a long word
    VOWELS = VOWELS  # the consonants agree and most vowels
    SAME = SAME


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a name on the list. `number` is its place in the index."""

    number: int
    raw: str
    role: Role
    spellings: tuple[str, ...]
    stems: tuple[Stem, ...]
    woman: bool


class WordMatch(NamedTuple):
    """That a word of the text may be a word on the list (a tuple: many are made)."""

    closeness: Closeness
    stem: Stem  # of the word on the list
    ending: str  # what follows the stem in the text, as sounds
    says: str  # what the ending says: "dative", "" for the bare name

    @property
    def bare(self) -> bool:
        return not self.says


class Matches(Mapping[int, WordMatch]):
    """The words that one form may be; each is looked at closely when it is asked for."""

    __slots__ = ("_closeness", "_entry", "_form", "_join", "_known", "_length", "_place", "bearers")

    def __init__(self, form: str, join: Join | None, found: Verdicts) -> None:
        self._form, self._join = form, join
        self._place = {number: place for place, number in enumerate(found.number.tolist())}
        self._closeness: list[int] = found.closeness.tolist()
        self._entry, self._length = found.entry, found.length
        self._known: dict[int, WordMatch] = {}
        self.bearers: Any = None  # kept here by `verify`

    def __getitem__(self, number: int) -> WordMatch:
        if (known := self._known.get(number)) is not None:
            return known
        place = self._place[number]
        assert self._join is not None
        stem = self._join.entries[self._entry[place]].stem
        rest = sounds_of(self._form)[self._length[place] :]
        says = ending(rest, stem, is_cyrillic(self._form)) or ""
        match = self._known[number] = WordMatch(Closeness(self._closeness[place]), stem, rest, says)
        return match

    def closeness(self, number: int) -> Closeness:
        """How well a word agrees, without looking at it closely."""
        return _CLOSENESS[self._closeness[self._place[number]]]

    def __contains__(self, number: object) -> bool:
        return number in self._place

    def __iter__(self) -> Iterator[int]:
        return iter(self._place)

    def __len__(self) -> int:
        return len(self._place)


_CLOSENESS = {int(closeness): closeness for closeness in Closeness}
_VOWELS = re.compile("[aeiou]+")
_LOOSE = str.maketrans({"g": "h", "z": "s"})  # Г/H and s/z are exchanged as freely as vowels


def loose(sounds: str) -> str:
    """The key under which spellings that differ in vowels, or in г/h and s/z, meet.

    >>> loose("sidigaleva") == loose("sadigaleva"), loose("tereza") == loose("teresa")
    (True, True)
    """
    return _VOWELS.sub("a", sounds.translate(_LOOSE))


NOTHING = Matches("", None, Verdicts(*(np.zeros(0, np.int64) for _ in Verdicts._fields)))


@dataclass(slots=True)
class WordIndex:
    """The words of a watchlist. Filled by `add`, then only asked."""

    words: list[Word] = field(default_factory=list)
    _entries: list[Entry] = field(default_factory=list)
    _numbers: dict[tuple[str, Role], int] = field(default_factory=dict)
    _join: Join | None = None  # made when the first word is looked up
    _seen: dict[str, Matches] = field(default_factory=dict)
    _verdicts: int = 0  # that are kept in `_seen`

    def add(self, raw: str, role: Role) -> int:
        """The number of a word in this role, entered when it is new."""
        if (number := self._numbers.get((raw, role))) is not None:
            return number
        number = len(self.words)
        forms = spellings(raw, role)
        declined = tuple(dict.fromkeys(stem for form in forms for stem in stems(form, role)))
        woman = role is Role.SURNAME and is_womans_surname(raw)
        self.words.append(Word(number, raw, role, forms, declined, woman))
        self._numbers[raw, role] = number
        self._entries += (_entry(number, stem, role) for stem in declined)
        self._join = None
        self._seen.clear()
        return number

    def copy(self) -> WordIndex:
        """An index of the same words, to which others can be added."""
        return WordIndex([*self.words], [*self._entries], {**self._numbers})

    def look_up(self, form: str) -> Matches:
        """Which words on the list a (repaired) word of the text may be, by number."""
        if form not in self._seen:
            self.judge([form])
            self._seen.setdefault(form, NOTHING)
        return self._seen[form]

    @property
    def is_full(self) -> bool:
        return len(self._seen) > _REMEMBERED_FORMS or self._verdicts > _REMEMBERED_VERDICTS

    def forget(self) -> None:
        """Forget every form that was looked up."""
        self._seen.clear()
        self._verdicts = 0

    def judge(self, forms: Sequence[str]) -> Verdicts:
        """Which words on the list many (repaired) words of texts may be: what `look_up` says of each, at once.

        Only forms that may be some word are remembered.
        """
        if self._join is None:
            self._join = Join(self._entries)
        if self.is_full:
            self.forget()
        names = [form[0].isupper() for form in forms]  # may be a person's: worth looking at closely
        verdicts = self._join.judge(forms, np.array(names, bool))
        rows = verdicts.row
        self._verdicts += len(rows)
        starts = np.flatnonzero(np.diff(rows, prepend=-1)).tolist()
        for start, end in pairwise([*starts, len(rows)]):
            form = forms[rows[start]]
            self._seen[form] = Matches(form, self._join, Verdicts(*(column[start:end] for column in verdicts)))
        return verdicts


def _entry(number: int, stem: Stem, role: Role) -> Entry:
    key = loose(stem.text)
    consonants = len(key.replace("a", ""))
    if role is Role.WORD and len(stem.text) < SHORTEST_LOOSE_WORD:
        return Entry(number, stem, loose=False, deleted=False)
    shortest = 2 if role is Role.GIVEN else 3  # Азия: аз-, beside a surname that agrees
    may_be_loose = consonants >= 2 or (consonants == 1 and shortest <= len(stem.text) <= 4)
    return Entry(number, stem, may_be_loose, role is not Role.WORD and len(stem.text) >= 5 and len(key) >= 5)


def apart(form: str, word: Word) -> int | None:
    """In how many sounds a word of the text differs from a listed one it resembles; None when it does not resemble it.

    For explaining only: what matches is decided by `WordIndex.look_up`.
    """
    sounds = sounds_of(form)
    nearest = min(OSA.distance(sounds, listed) for listed in word.spellings)
    return nearest if 0 < nearest <= max(1, len(word.spellings[0]) * 2 // 5) else None
