"""Pure. The words of the watchlist, and which of them a word of running text may be.

A text's word is looked up by its skeleton, less every ending it may carry: first as it is, then with every run of
vowels taken for one (romanisations disagree most on vowels), then with one letter left out on either side (a typo;
the one-deletion neighbourhood of SymSpell, kept here on the vowel-less keys). What resembles a word on the list is
judged once per distinct word form; running text pays one dictionary look-up a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

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
from monitor.text import is_cyrillic

_REMEMBERED_FORMS = 200_000  # distinct word forms kept; then it starts afresh, so memory is bounded
_SHORTEST_LOOSE_WORD = 7  # sounds: shorter words that are no person's name must be spelt right


class Closeness(IntEnum):
    """How a word of the text agrees with a word on the list, ending aside."""

    TYPO = 1  # one edit, two in a long word
    VOWELS = 2  # the consonants agree and most vowels
    SAME = 3


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


_NOTHING: Mapping[int, WordMatch] = {}
_VOWELS = re.compile("[aeiou]+")
_LOOSE = str.maketrans({"g": "h", "z": "s"})  # Г/H and s/z are exchanged as freely as vowels


def loose(sounds: str) -> str:
    """The key under which spellings that differ in vowels, or in г/h and s/z, meet.

    >>> loose("sidigaleva") == loose("sadigaleva"), loose("tereza") == loose("teresa")
    (True, True)
    """
    return _VOWELS.sub("a", sounds.translate(_LOOSE))


def _deletions(key: str) -> Iterable[str]:
    """The key less one letter, its first aside: typing errors there are rare and would join too many names.

    What the lost letter parted is one run of vowels, one consonant now, as in any key: Жапаов, Ббанов.
    """
    return {key[:i] + key[i + 2 if key[i + 1 : i + 2] == key[i - 1] else i + 1 :] for i in range(1, len(key))}


@dataclass(slots=True)
class WordIndex:
    """The words of a watchlist. Filled by `add`, then only asked."""

    words: list[Word] = field(default_factory=list)
    _numbers: dict[tuple[str, Role], int] = field(default_factory=dict)
    _same: dict[str, list[tuple[int, Stem]]] = field(default_factory=dict)
    _loose: dict[str, list[tuple[int, Stem]]] = field(default_factory=dict)
    _deleted: dict[str, list[tuple[int, Stem]]] = field(default_factory=dict)
    _seen: dict[str, Mapping[int, WordMatch]] = field(default_factory=dict)

    def add(self, raw: str, role: Role) -> int:
        """The number of a word in this role, entered when it is new."""
        if (number := self._numbers.get((raw, role))) is not None:
            return number
        number = len(self.words)
        forms = spellings(raw, role)
        declined = all_stems(raw, role)
        woman = role is Role.SURNAME and is_womans_surname(raw)
        self.words.append(Word(number, raw, role, forms, declined, woman))
        self._numbers[raw, role] = number
        for stem in declined:
            self._enter(number, stem, role)
        return number

    def _enter(self, number: int, stem: Stem, role: Role) -> None:
        self._same.setdefault(stem.text, []).append((number, stem))
        key = loose(stem.text)
        consonants = len(key.replace("a", ""))
        if (role is Role.WORD and len(stem.text) < _SHORTEST_LOOSE_WORD) or (stem.by_ear and len(stem.text) < 4):
            return
        shortest = 2 if role is Role.GIVEN else 3  # Азия: аз-, beside a surname that agrees
        if consonants >= 2 or (consonants == 1 and shortest <= len(stem.text) <= 4):
            self._loose.setdefault(key, []).append((number, stem))
        if (
            role is not Role.WORD
            and not stem.by_ear
            and len(stem.text) >= 5
            and len(key) >= (4 if role is Role.GIVEN else 5)
        ):
            for shorter in _deletions(key):
                self._deleted.setdefault(shorter, []).append((number, stem))

    def look_up(self, form: str) -> Mapping[int, WordMatch]:
        """Which words on the list a (repaired) word of the text may be, by number."""
        found = self._seen.get(form)
        if found is None:
            if len(self._seen) >= _REMEMBERED_FORMS:
                self._seen.clear()
            found = self._seen[form] = self._judge(form) or _NOTHING
        return found

    def _judge(self, form: str) -> dict[int, WordMatch]:
        sounds, cyrillic = sounds_of(form), is_cyrillic(form)
        name = form[0].isupper()  # may be a person's: worth looking at closely
        found: dict[int, WordMatch] = {}
        endings, longest = any_ending(cyrillic)
        for cut in range(max(0, min(longest, len(sounds) - 2)) + 1):
            stem, rest = sounds[: len(sounds) - cut], sounds[len(sounds) - cut :]
            if rest not in endings:
                continue
            for closeness, number, listed in self._candidates(stem, name, typos=name and len(sounds) >= 4):
                if (known := found.get(number)) is not None and known.closeness >= closeness:
                    continue
                says = ending(rest, listed, cyrillic)
                if says is not None and _close(closeness, stem, listed.text, form):
                    found[number] = WordMatch(closeness, listed, rest, says)
        return found

    def _candidates(self, stem: str, name: bool, typos: bool) -> Iterator[tuple[Closeness, int, Stem]]:
        for number, listed in self._same.get(stem, ()):
            yield Closeness.SAME, number, listed
        if len(stem) < (2 if name else _SHORTEST_LOOSE_WORD):
            return
        key = loose(stem)
        for number, listed in self._loose.get(key, ()):
            yield Closeness.VOWELS, number, listed
        if not typos or len(key) < 3:
            return
        first = stem[0]
        for number, listed in self._deleted.get(key, ()):
            if listed.text[0] == first:
                yield Closeness.TYPO, number, listed
        if len(key) < 4:
            return
        for shorter in _deletions(key):
            for number, listed in self._loose.get(shorter, ()):
                if listed.text[0] == first and not listed.by_ear:
                    yield Closeness.TYPO, number, listed
            for number, listed in self._deleted.get(shorter, ()):
                if listed.text[0] == first:
                    yield Closeness.TYPO, number, listed


def _close(closeness: Closeness, stem: str, listed: str, form: str) -> bool:
    """Whether two stems that met under a loose key are near enough, by rapidfuzz."""
    if closeness is Closeness.SAME:
        return True
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
    nearest = min(OSA.distance(sounds, listed) for listed in word.spellings)
    return nearest if 0 < nearest <= max(1, len(word.spellings[0]) * 2 // 5) else None


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
