"""Pure. The words of the watchlist, and which of them a word of running text may be.

A text's word is looked up by its skeleton, less every ending it may carry: first as it is, then with every run of
vowels taken for one (romanisations disagree most on vowels), then with one letter left out on either side (a typo).
What may resemble a word on the list is found for many word forms at once (`join`), and looked at closely here when it
is asked for, once a form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import OSA, Levenshtein

from monitor.match.forms import (
    Role,
    Stem,
    all_stems,
    any_ending,
    ending,
    is_womans_surname,
    sounds_of,
    spellings,
)
from monitor.match.join import SAME, SHORTEST_LOOSE_WORD, TYPO, VOWELS, Entry, Join, Verdicts
from monitor.text import is_cyrillic

_REMEMBERED_FORMS = 200_000  # distinct word forms kept; then it starts afresh, so memory is bounded
SHORTENED = 4  # sounds that a given name and its short form share
_REMEMBERED_VERDICTS = 2_000_000  # stems on the list that they met


class Closeness(IntEnum):
    """How a word of the text agrees with a word on the list, ending aside."""

    TYPO = TYPO  # one edit, two in a long word
    VOWELS = VOWELS  # the consonants agree and most vowels
    SAME = SAME


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A word of a name on the list. `number` is its place in the index."""

    number: int
    raw: str
    role: Role
    spellings: tuple[str, ...]
    stems: tuple[Stem, ...]
    woman: bool
    cyrillic: bool

    @property
    def sounds(self) -> str:
        """How it is spelt on the list; "" for a word of signs alone, such as Ъ."""
        return self.spellings[0] if self.spellings else ""


class WordMatch(NamedTuple):
    """That a word of the text may be a word on the list (a tuple: many are made)."""

    closeness: Closeness
    stem: Stem  # of the word on the list
    ending: str  # what follows the stem in the text, as sounds
    says: str  # what the ending says: "dative", "" for the bare name

    @property
    def bare(self) -> bool:
        return not self.says


Matches = dict[int, WordMatch]  # the words on the list that one form may be, by number
NOTHING: Matches = {}
_CLOSENESS = {int(closeness): closeness for closeness in Closeness}
_VOWELS = re.compile("[aeiou]+")
_LOOSE = str.maketrans({"g": "h", "z": "s"})  # Г/H and s/z are exchanged as freely as vowels


def loose(sounds: str) -> str:
    """The key under which spellings that differ in vowels, or in г/h and s/z, meet.

    >>> loose("sidigaleva") == loose("sadigaleva"), loose("tereza") == loose("teresa")
    (True, True)
    """
    return _VOWELS.sub("a", sounds.translate(_LOOSE))


@dataclass(slots=True)
class WordIndex:
    """The words of a watchlist. Filled by `add`, then only asked."""

    words: list[Word] = field(default_factory=list)
    _entries: list[Entry] = field(default_factory=list)
    _numbers: dict[tuple[str, Role], int] = field(default_factory=dict)
    _join: Join | None = None  # made when the first word is looked up
    _met: dict[str, Verdicts] = field(default_factory=dict)  # by form, until it is looked at closely
    _seen: dict[str, Matches] = field(default_factory=dict)
    _verdicts: int = 0  # stems that were met since it was forgotten

    def add(self, raw: str, role: Role) -> int:
        """The number of a word in this role, entered when it is new."""
        if (number := self._numbers.get((raw, role))) is not None:
            return number
        number = len(self.words)
        forms = spellings(raw, role)
        declined = all_stems(raw, role)
        woman = role is Role.SURNAME and is_womans_surname(raw)
        self.words.append(Word(number, raw, role, forms, declined, woman, is_cyrillic(raw)))
        self._numbers[raw, role] = number
        self._entries += (_entry(number, stem, role) for stem in declined)
        self._join = None
        self.forget()
        return number

    def copy(self) -> WordIndex:
        """An index of the same words, to which others can be added."""
        return WordIndex([*self.words], [*self._entries], {**self._numbers})

    def look_up(self, form: str) -> Matches:
        """Which words on the list a (repaired) word of the text may be, by number."""
        found = self._seen.get(form)
        if found is None:
            if form not in self._met:
                self.judge([form])
            met = self._met.pop(form, None)
            found = self._seen[form] = _closely(form, met, self._entries) if met else NOTHING
        return found

    @property
    def is_full(self) -> bool:
        kept = len(self._met) + len(self._seen)
        return kept > _REMEMBERED_FORMS or self._verdicts > _REMEMBERED_VERDICTS

    def forget(self) -> None:
        """Forget every form that was looked up."""
        self._met.clear()
        self._seen.clear()
        self._verdicts = 0

    def judge(self, forms: Sequence[str]) -> Verdicts:
        """Which stems on the list many (repaired) words of texts may be, at once; `look_up` says which they are.

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
            self._met[forms[rows[start]]] = Verdicts(*(column[start:end] for column in verdicts))
        return verdicts


def _entry(number: int, stem: Stem, role: Role) -> Entry:
    """Under which keys a stem is found."""
    size, key = len(stem.text), loose(stem.text)
    if (role is Role.WORD and size < SHORTEST_LOOSE_WORD) or (stem.by_ear and size < 4):
        return Entry(number, stem, loose=False, deleted=False)
    consonants = len(key.replace("a", ""))
    shortest = 2 if role is Role.GIVEN else 3  # Азия: аз-, beside a surname that agrees
    may_be_loose = consonants >= 2 or (consonants == 1 and shortest <= size <= 4)
    may_have_typo = role is not Role.WORD and not stem.by_ear and size >= 5
    return Entry(number, stem, may_be_loose, may_have_typo and len(key) >= (4 if role is Role.GIVEN else 5))


def _closely(form: str, met: Verdicts, entries: Sequence[Entry]) -> Matches:
    """Which words a form is of those whose stems it met: each by its closest stem, then by the longest."""
    sounds, cyrillic = sounds_of(form), is_cyrillic(form)
    endings, _ = any_ending(cyrillic)
    found: Matches = {}
    for value, place, length in zip(met.closeness.tolist(), met.entry.tolist(), met.length.tolist(), strict=True):
        closeness, (number, listed, *_) = _CLOSENESS[value], entries[place]
        if (known := found.get(number)) is not None and known.closeness >= closeness:
            continue
        stem, rest = sounds[:length], sounds[length:]
        says = ending(rest, listed, cyrillic) if rest in endings else None
        if says is not None and _close(closeness, stem, listed.text, form):
            found[number] = WordMatch(closeness, listed, rest, says)
    return found or NOTHING


def _close(closeness: Closeness, stem: str, listed: str, form: str) -> bool:
    """Whether two stems that met under a key are near enough, by rapidfuzz."""
    if closeness is Closeness.SAME:
        return stem == listed
    length, longer = len(listed), len(listed) - len(stem)
    if closeness is Closeness.VOWELS:
        allowed = 1 if length < 6 else 2 if length < 9 else 3
        near = -allowed <= longer <= allowed and Levenshtein.distance(stem, listed, score_cutoff=allowed) <= allowed
    elif length < 5:
        return False
    else:
        allowed = 1 if length < 9 else 2
        near = -allowed <= longer <= allowed and OSA.distance(stem, listed, score_cutoff=allowed) <= allowed
        near = near or (longer == 2 and _lost_between_equals(stem, listed, form))
    return near and not _other_gender(stem, listed)


def _other_gender(stem: str, listed: str) -> bool:
    """Whether what differs is the -а of a woman's surname: Токоев, Токоевы(м) are no misspelt Токоева."""
    if listed.endswith(_WOMEN):
        return stem[: len(listed) - 1] == listed[:-1] and stem[len(listed) - 1 :] != "a"
    return listed.endswith(_MEN) and stem == listed + "a"


_MEN = ("ov", "ev", "in")
_WOMEN = ("ova", "eva", "ina")


def _lost_between_equals(stem: str, listed: str, form: str) -> bool:
    """Whether a letter is lost between two that are alike, and so are one in a skeleton: Жааров, Жапаров."""
    return _TWICE.search(form.lower()) is not None and any(
        listed[i - 1] == listed[i + 1] and stem == listed[:i] + listed[i + 2 :] for i in range(1, len(listed) - 1)
    )


_TWICE = re.compile(r"(.)\1")


def apart(form: str, word: Word) -> int | None:
    """In how many sounds a word of the text differs from a listed one it resembles; None when it does not resemble it.

    For explaining only: what matches is decided by `WordIndex.look_up`.
    """
    sounds = sounds_of(form)
    nearest = min((OSA.distance(sounds, listed) for listed in word.spellings), default=0)
    return nearest if 0 < nearest <= max(1, len(word.sounds) * 2 // 5) else None


def wrong_at_first(sounds: str, word: Word, cyrillic: bool) -> WordMatch | None:
    """A listed word of five sounds and more whose first is lost, wrong or doubled by another in the text.

    Not looked up but asked about one word, since it would join too many names.
    """
    for stem in word.stems:
        tail = stem.text[1:]
        for start in (0, 1) if len(tail) >= 4 and not stem.by_ear else ():
            if sounds.startswith(tail, start):
                rest = sounds[start + len(tail) :]
                if (says := ending(rest, stem, cyrillic)) is not None:
                    return WordMatch(Closeness.TYPO, stem, rest, says)
    return None


def headless(
    sounds: str, cyrillic: bool, tails: Mapping[str, Iterable[tuple[int, Stem]]]
) -> Iterator[tuple[int, WordMatch]]:
    """The listed words, given by what is left of their stems without the first sound, that a word may be."""
    for start in (0, 1):
        for end in range(len(sounds), start + 3, -1):
            for number, stem in tails.get(sounds[start:end], ()):
                says = ending(sounds[end:], stem, cyrillic)
                if says is not None and sounds[:end] != stem.text:
                    yield number, WordMatch(Closeness.TYPO, stem, sounds[end:], says)
