"""Pure. The words of the watchlist, and which of them a word of running text may be.

A text's word is looked up by its skeleton, less every ending it may carry: as it is, then with every run of vowels
taken for one (romanisations disagree most on vowels), then with one sound left out on either side (a typo; SymSpell's
neighbourhood), and without its first sound. Thousands of words are looked up at once: their keys and those of the list
meet in `keys`, and what meets is looked at closely, pair by pair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, Levenshtein

from monitor.match.index.forms import LITERAL, Role, Stem, all_stems, any_ending, ending, is_womans_surname, spellings
from monitor.text.hashing import Flags, Hashes, Ints, Keys, each, from_zero, mixed, sums
from monitor.text.normalize import fold, is_cyrillic
from monitor.text.romanize import skeletons

_AT_ONCE = 4096  # forms, so that the arrays stay in a processor's cache
_LONGEST = 250  # sounds of a word on the list
_SHORTEST_LOOSE_WORD = 7  # sounds: shorter words that are no person's name must be spelt right
_SHORTEST_MISSPELT = 5
_LOST_BETWEEN_EQUALS = 2  # sounds that are lost with one letter between two that are alike


class Closeness(IntEnum):
    """How a word of the text agrees with a word on the list, ending aside."""

    TYPO = 1  # one edit, two in a long word
    VOWELS = 2  # the consonants agree and most vowels
    SAME = 3


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

    @property
    def can_be_met(self) -> bool:
        """Whether a word of a text can be this one: it has a sound, and is no longer than any word is."""
        return any(len(stem.text) < _LONGEST for stem in self.stems)


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


class Judged(NamedTuple):
    """What a word of a text may be: as it is, and if its first sound is another's or is lost."""

    sounds: str
    matches: Matches
    headless: Matches


_VOWELS = re.compile("[aeiou]+")
_LOOSE = str.maketrans({"g": "h", "z": "s"})  # Г/H and s/z are exchanged as freely as vowels


def loose(sounds: str) -> str:
    """The key under which spellings that differ in vowels, or in г/h and s/z, meet.

    >>> loose("sidigaleva") == loose("sadigaleva"), loose("tereza") == loose("teresa")
    (True, True)
    """
    return _VOWELS.sub("a", sounds.translate(_LOOSE))


class _Entry(NamedTuple):
    """A stem of the word with this number, and under which keys it is found."""

    number: int
    stem: Stem
    loose: bool
    deleted: bool
    headless: bool


@dataclass(slots=True)
class WordIndex:
    """The words of a watchlist. Filled by `add`, then only asked."""

    words: list[Word] = field(default_factory=list)
    _entries: list[_Entry] = field(default_factory=list)
    _numbers: dict[tuple[str, Role], int] = field(default_factory=dict)
    _stems: _Stems | None = None  # made when the first word is looked up
    _alone: dict[str, Judged] = field(default_factory=dict)

    def add(self, raw: str, role: Role) -> int:
        """The number of a word in this role, entered when it is new."""
        if (number := self._numbers.get((raw, role))) is not None:
            return number
        number = len(self.words)
        stems = all_stems(raw, role)
        woman = role is Role.SURNAME and is_womans_surname(raw)
        self.words.append(Word(number, raw, role, spellings(raw, role), stems, woman, is_cyrillic(raw)))
        self._numbers[raw, role] = number
        self._entries += (_entry(number, stem, role) for stem in stems)
        self._stems = None
        self._alone.clear()
        return number

    def copy(self) -> WordIndex:
        """An index of the same words, to which others can be added."""
        return WordIndex([*self.words], [*self._entries], {**self._numbers})

    def judge_one(self, form: str) -> Judged:
        """The same of one, remembered: alone a form takes a hundred times as long as among others."""
        if form not in self._alone:
            if len(self._alone) >= _AT_ONCE:
                self._alone.clear()
            (self._alone[form],) = self.judge([form])
        return self._alone[form]

    def judge(self, forms: Sequence[str]) -> list[Judged]:
        """Which words on the list many (repaired) words of texts may be."""
        if self._stems is None:
            self._stems = _Stems(self._entries)
        judged: list[Judged] = []
        for start in range(0, len(forms), _AT_ONCE):
            some = forms[start : start + _AT_ONCE]
            judged += (Judged(sounds, {}, {}) for sounds in _sounds(some))
            for row, length, number, kind in self._stems.meet(some, [sounds for sounds, *_ in judged[start:]]):
                self._look_closely(some[row], judged[start + row], length, self._entries[number], kind)
        return judged

    @staticmethod
    def _look_closely(form: str, judged: Judged, length: int, entry: _Entry, kind: int) -> None:
        """Enter a word that a form is: by its closest stem, then by the longest, which comes first."""
        sounds, matches, headless = judged
        number, stem, *_ = entry
        closeness = _CLOSENESS[kind]
        known = (matches if kind else headless).get(number)
        if known is not None and known.closeness >= closeness:
            return
        if not kind or _close(closeness, sounds[:length], stem.text, form):
            says = ending(sounds[length:], stem, form)
            if says is not None:
                (matches if kind else headless)[number] = WordMatch(closeness, stem, sounds[length:], says)


_CLOSENESS = (Closeness.TYPO, *Closeness)
# By the length of a listed stem, from 0 to 9 and more: how many vowels of one that met it under a loose key may differ,
# how many typing errors may part the two.
_VOWELS_APART, _TYPOS = (1,) * 6 + (2,) * 3 + (3,), (1,) * 9 + (2,)


def _sounds(forms: Sequence[str]) -> list[str]:
    sounds = skeletons(forms)
    for row, form in enumerate(forms):
        if LITERAL.search(form):
            sounds[row] = fold(form)
    return sounds


def _entry(number: int, stem: Stem, role: Role) -> _Entry:
    """Under which keys a stem is found."""
    size, key = len(stem.text), loose(stem.text)
    exact = role is Role.JOINED or (role is Role.WORD and size < _SHORTEST_LOOSE_WORD)
    if exact or (stem.by_ear and size < 4) or size > _LONGEST:
        return _Entry(number, stem, loose=False, deleted=False, headless=False)
    consonants = len(key.replace("a", ""))
    shortest = 2 if role is Role.GIVEN else 3  # Азия: аз-, beside a surname that agrees
    may_be_loose = consonants >= 2 or (consonants == 1 and shortest <= size <= 4)
    name = role is not Role.WORD and not stem.by_ear and size >= _SHORTEST_MISSPELT
    return _Entry(number, stem, may_be_loose, name and len(key) >= (4 if role is Role.GIVEN else 5), headless=name)


def _close(closeness: Closeness, stem: str, listed: str, form: str) -> bool:
    """Whether two stems that met under a key are near enough, by rapidfuzz."""
    if closeness is Closeness.SAME:
        return stem == listed
    length = len(listed)
    allowed = (_VOWELS_APART if closeness is Closeness.VOWELS else _TYPOS)[min(length, 9)]
    if closeness is Closeness.VOWELS:
        near = Levenshtein.distance(stem, listed, score_cutoff=allowed) <= allowed
    else:
        near = length >= _SHORTEST_MISSPELT and (
            OSA.distance(stem, listed, score_cutoff=allowed) <= allowed
            or (length - len(stem) == _LOST_BETWEEN_EQUALS and _lost_between_equals(stem, listed, form))
        )
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

    For explaining only: what matches is decided by `WordIndex.judge`.
    """
    (sounds,) = _sounds([form])
    nearest = min((OSA.distance(sounds, listed) for listed in word.spellings), default=0)
    return nearest if 0 < nearest <= max(1, len(word.sounds) * 2 // 5) else None


# ---- keys of many forms at once -------------------------------------------------------------------------------------

_EXACT, _LOOSE_SOUNDS, _DELETED, _HEADLESS = range(4)  # what a key is of
_SALT = {_LOOSE_SOUNDS: np.uint64(0x5851F42D4C957F2D), _HEADLESS: np.uint64(0x9E3779B97F4A7C15)}
_IS_VOWEL = np.zeros(256, bool)
_IS_VOWEL[[*b"aeiou"]] = True
_LOOSENED = np.arange(256, dtype=np.uint8)
_LOOSENED[[*b"eiougz"]] = [*b"aaaahs"]


class _Column:
    """Sounds of many words, a row each, and the sums of all their beginnings."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        points = np.array(texts, str).view(np.uint32).reshape(len(texts), -1)
        self.codes = points.astype(np.uint8)
        vowel = _IS_VOWEL[self.codes]
        first = points > 0  # of a run of vowels, or a consonant
        first[:, 1:] &= ~(vowel[:, 1:] & vowel[:, :-1])
        self._units = np.cumsum(first, axis=1, dtype=np.int64)
        row, place = np.nonzero(first)
        self._loose = np.zeros_like(self.codes)
        self._loose[row, self._units[row, place] - 1] = _LOOSENED[self.codes[row, place]]
        self._exact_sums, self._loose_sums = sums(self.codes), sums(self._loose)
        self._seen = np.bitwise_or.accumulate(np.uint64(1) << (self.codes & np.uint8(63)).astype(np.uint64), axis=1)

    def units(self, row: Ints, length: Ints) -> Ints:
        """How many loose sounds so many sounds of some words are."""
        return np.where(length > 0, self._units[row, length - 1], 0)

    def seen(self, row: Ints, length: Ints) -> Hashes:
        """Which sounds are among the first of some words, as bits."""
        return self._seen[row, length - 1]

    def part(self, row: Ints, start: Ints, end: Ints) -> Hashes:
        return from_zero(self._exact_sums[row, end] - self._exact_sums[row, start], start)

    def exact(self, row: Ints, length: Ints) -> Hashes:
        return mixed(self._exact_sums[row, length])

    def loose(self, row: Ints, length: Ints) -> Hashes:
        return mixed(self._loose_sums[row, self.units(row, length)] + _SALT[_LOOSE_SOUNDS])

    def headless(self, row: Ints, start: int, length: Ints) -> Hashes:
        return mixed(self.part(row, np.full_like(length, start), length) + _SALT[_HEADLESS])

    def deleted(self, row: Ints, length: Ints) -> tuple[Ints, Hashes]:
        """Every loose key less one sound, its first aside: which item it is of, and the key.

        Typing errors in the first are rare and would join too many names. What the lost sound parted is one run of
        vowels, one consonant now, as in any key: Жапаов, Ббанов.
        """
        units = self.units(row, length)
        item, place = each(np.maximum(units - 1, 0))
        at, place = row[item], place + 1
        following = np.minimum(place + 1, self._loose.shape[1] - 1)
        closes = (place + 1 < units[item]) & (self._loose[at, place - 1] == self._loose[at, following])
        gone = 1 + closes.astype(np.int64)
        before, whole = self._loose_sums[at, place], self._loose_sums[at, units[item]]
        after = from_zero(whole - self._loose_sums[at, place + gone], gone)
        return item, mixed(before + after + _SALT[_LOOSE_SOUNDS])


class _Stems:
    """Stems of a list by their keys. Made once; a list that grows makes a new one."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        self._length = np.array([len(entry.stem.text) for entry in entries], np.int64)
        self._by_ear = np.array([entry.stem.by_ear for entry in entries], bool)
        parts = [self._keys_of(entries[at : at + _AT_ONCE], at) for at in range(0, len(entries), _AT_ONCE)]
        empty = np.zeros(0, np.uint64)
        self._first, self._seen, keys, values = map(
            np.concatenate, zip(*parts, strict=True) if parts else (([empty],) * 3 + ([self._length],))
        )
        self._keys = Keys(keys, values)
        self._endings = [_endings(cyrillic) for cyrillic in (False, True)]
        longest = min(_LONGEST, int(self._length.max(initial=0)))
        self._widest = longest + max(ending for _, ending in self._endings) + 3

    @staticmethod
    def _keys_of(entries: Sequence[_Entry], at: int) -> tuple[NDArray[np.uint8], Hashes, Hashes, Ints]:
        """Of some entries the first sounds, all sounds, and the keys with what each is of."""
        column = _Column([entry.stem.text[:_LONGEST] for entry in entries])
        short = np.flatnonzero(column.lengths < _LONGEST)
        loose = np.flatnonzero([entry.loose for entry in entries])
        deleted = np.flatnonzero([entry.deleted for entry in entries])
        headless = np.flatnonzero([entry.headless for entry in entries])
        item, shorter = column.deleted(deleted, column.lengths[deleted])
        keys = [
            column.exact(short, column.lengths[short]),
            column.loose(loose, column.lengths[loose]),
            shorter,
            column.headless(headless, 1, column.lengths[headless]),
        ]
        rows = (short, loose, deleted[item], headless)
        values = [(row + at) * 4 + kind for kind, row in enumerate(rows)]
        seen = column.seen(np.arange(len(entries)), column.lengths)
        return column.codes[:, 0], seen, np.concatenate(keys), np.concatenate(values)

    def meet(self, forms: Sequence[str], sounds: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
        """Beginnings of forms and stems that may be alike: row, sounds of the stem, entry, closeness (0: headless).

        By form, the longest beginning first, then the closest stem. What comes is near enough to be worth a look.
        """
        column = _Column([text if len(text) <= self._widest else "" for text in sounds])
        row, stem = self._cuts(column, np.array([is_cyrillic(form) for form in forms], bool))
        name = np.array([form[0].isupper() for form in forms], bool)[row]  # may be a person's
        units = column.units(row, stem)
        misspelt = name & (column.lengths[row] >= 4) & (stem >= 2) & (units >= 3)
        exact = np.arange(len(row))
        loose = np.flatnonzero(stem >= np.where(name, 2, _SHORTEST_LOOSE_WORD))
        longer = np.flatnonzero(misspelt & (units >= 4))
        headless = np.flatnonzero(stem >= _SHORTEST_MISSPELT - 1)
        item, shorter = column.deleted(row[longer], stem[longer])
        asked = [exact, loose, longer[item], headless, headless]
        keys = [
            column.exact(row, stem),
            column.loose(row[loose], stem[loose]),
            shorter,
            column.headless(row[headless], 0, stem[headless]),
            column.headless(row[headless], 1, stem[headless]),
        ]
        found, value = self._keys.find(np.concatenate(keys))
        query = np.repeat([_EXACT, _LOOSE_SOUNDS, _DELETED, _HEADLESS, _HEADLESS], [*map(len, asked)])[found]
        cut, entry, kind = np.concatenate(asked)[found], value >> 2, value & 3
        typo = (query == _DELETED) | (kind == _DELETED)
        close = np.where(typo, Closeness.TYPO, np.array([Closeness.SAME, Closeness.VOWELS, 0, 0])[kind])
        apart = np.where(query != _DELETED, 0, np.where(kind == _LOOSE_SOUNDS, 1, 2))  # sides that lack a sound
        row, stem, listed = row[cut], stem[cut], self._length[entry]
        less, edits = (
            listed - stem,
            np.where(typo, *(np.array(most)[np.minimum(listed, 9)] for most in (_TYPOS, _VOWELS_APART))),
        )
        near = (-edits <= less) & (less <= np.where(typo, np.maximum(edits, _LOST_BETWEEN_EQUALS), edits))
        near &= np.bitwise_count(column.seen(row, stem) ^ self._seen[entry]) <= 2 * edits
        near &= ~typo | (
            misspelt[cut]
            & ((kind != _LOOSE_SOUNDS) | ~self._by_ear[entry])
            & (listed >= _SHORTEST_MISSPELT)
            & (self._first[entry] == column.codes[row, 0])
        )
        kept = np.flatnonzero(near | (kind == _HEADLESS) | (kind == _EXACT))
        order = kept[np.lexsort((entry[kept], apart[kept], -close[kept], -stem[kept], row[kept]))]
        return zip(*(column[order].tolist() for column in (row, stem, entry, close)), strict=True)

    def _cuts(self, column: _Column, cyrillic: Flags) -> tuple[Ints, Ints]:
        """Where a stem may end and an ending begin: rows, and the stems' lengths."""
        rows, stems = [], []
        for script, (endings, longest) in enumerate(self._endings):
            some = np.flatnonzero(cyrillic == bool(script))
            item, cut = each(np.clip(column.lengths[some] - 2, 0, longest) + 1)
            row = some[item]
            stem = column.lengths[row] - cut
            ends, _ = endings.find(mixed(column.part(row, stem, column.lengths[row])))
            rows.append(row[ends])
            stems.append(stem[ends])
        return np.concatenate(rows), np.concatenate(stems)


@lru_cache(2)
def _endings(cyrillic: bool) -> tuple[Keys, int]:
    """The keys of all endings of a script, and how long the longest is."""
    every, longest = any_ending(cyrillic)
    column = _Column(sorted(every))
    return Keys(column.exact(np.arange(len(every)), column.lengths), np.zeros(len(every), np.int64)), longest
