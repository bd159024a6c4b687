"""Pure. Which stems of the list many word forms may be, at once: the join behind `index`.

Stems and forms meet under keys: the sounds as they are, the sounds with every run of vowels taken for one, and those
with one sound left out on either side (SymSpell's neighbourhood). A key is a hash that is a sum over its sounds, so
that the keys of every prefix, and of a prefix less any one sound, are differences of one running sum. What meets is
judged by `forms.ending` and by rapidfuzz, so that little is left for `index` to look at closely.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, Levenshtein

from monitor.match.forms import Declension, Stem, any_ending, ending, sounds_of
from monitor.match.sounds import SOUNDS, code_of, sounds_of_words

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]

TYPO, VOWELS, SAME = 1, 2, 3
SHORTEST_LOOSE_WORD = 7  # sounds: shorter words that are no person's name must be spelt right
_ROWS = 4096  # forms judged at once, so that the arrays stay in the cache
_LONGEST = 250  # sounds of a word
_MOST_EDITS = 3
_LOST_BETWEEN_EQUALS = 2  # sounds that are lost with one letter between two that are alike

_BASE = 0x9E3779B97F4A7C15
_POWERS = np.array([pow(_BASE, n, 1 << 64) for n in range(_LONGEST + 2)], np.uint64)
_INVERSE = np.array([pow(_BASE, -n, 1 << 64) for n in range(_LONGEST + 2)], np.uint64)
_VALUES = np.random.default_rng(1).integers(1, 1 << 63, 256, np.uint64)  # of the codes of sounds
_VALUES[0] = 0
_LOOSE_KEY = np.uint64(0x5851F42D4C957F2D)  # added, so that loose keys do not meet exact ones
_VOWEL = np.zeros(256, bool)
_VOWEL[[code_of(v) for v in "aeiou"]] = True
_LOOSENED = np.arange(256, dtype=np.uint8)  # Г/H and s/z are exchanged as freely as vowels
_LOOSENED[[code_of(s) for s in "eiougz"]] = [code_of(s) for s in "aaaahs"]
_DECLENSIONS = {declension: n for n, declension in enumerate(Declension)}
_TWICE = re.compile(r"(.)\1")


class Entry(NamedTuple):
    """A stem of the word with this number, and under which keys it is found."""

    number: int
    stem: Stem
    loose: bool
    deleted: bool


class Verdicts(NamedTuple):
    """Which stems many forms may be: by form, the longest part of it first, then the closest stem."""

    row: Ints
    number: Ints
    closeness: Ints
    entry: Ints
    length: Ints  # of the stem in the form, in sounds


class _Pairs(NamedTuple):
    """Forms that met stems of the list, one item a pair."""

    row: Ints  # of the form
    length: Ints  # of its stem
    entry: Ints
    close: Ints
    apart: Ints  # on how many sides a sound was left out: in the list 0, in the form 1, in both 2

    def only(self, fits: Flags) -> _Pairs:
        return _Pairs(*(column[fits] for column in self))


class _Sums(NamedTuple):
    """Running sums over the sounds of words, and over their loose keys; `units`: loose sounds up to each place."""

    exact: Hashes
    loose: Hashes
    keys: NDArray[np.uint8]  # the loose sounds themselves
    units: Ints

    def units_of(self, row: Ints, length: Ints) -> Ints:
        """How many loose sounds so many sounds of some words are."""
        return np.where(length > 0, self.units[row, length - 1], 0)


def _mix(sums: Hashes) -> Hashes:
    mixed = (sums ^ (sums >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(32))


def _codes(texts: Sequence[str]) -> NDArray[np.uint8]:
    codes = np.zeros((len(texts), max(map(len, texts), default=0) or 1), np.uint8)
    known = {sound: code_of(sound) for sound in set("".join(texts))}
    for row, text in enumerate(texts):
        codes[row, : len(text)] = [known[sound] for sound in text]
    return codes


def _sums(codes: NDArray[np.uint8], lengths: Ints) -> _Sums:
    vowel = _VOWEL[codes]
    first = codes > 0
    first[:, 1:] &= ~(vowel[:, 1:] & vowel[:, :-1])
    units = np.cumsum(first, axis=1, dtype=np.int64)
    row, place = np.nonzero(first)
    loose = np.zeros_like(codes)
    loose[row, units[row, place] - 1] = _LOOSENED[codes[row, place]]
    return _Sums(_running(codes), _running(loose), loose, units)


def _running(codes: NDArray[np.uint8]) -> Hashes:
    sums = np.zeros((codes.shape[0], codes.shape[1] + 1), np.uint64)
    np.cumsum(_VALUES[codes] * _POWERS[: codes.shape[1]], axis=1, out=sums[:, 1:])
    return sums


def each(counts: Ints) -> tuple[Ints, Ints]:
    """For each item as often as it counts: its number, and 0, 1, 2 …"""
    item = np.repeat(np.arange(len(counts)), counts)
    return item, np.arange(len(item)) - np.repeat(np.cumsum(counts) - counts, counts)


def _without_one(sums: _Sums, row: Ints, units: Ints) -> tuple[Ints, Hashes]:
    """Every loose key less one sound, its first aside: which item of `row` it is of, and its sum.

    Typing errors in the first are rare and would join too many names. What the lost sound parted is one run of vowels,
    one consonant now, as in any key: Жапаов, Ббанов.
    """
    item, place = each(np.maximum(units - 1, 0))
    at, place = row[item], place + 1
    whole = sums.loose[at, units[item]]
    following = np.minimum(place + 1, sums.keys.shape[1] - 1)
    closes = (place + 1 < units[item]) & (sums.keys[at, place - 1] == sums.keys[at, following])
    gone = 1 + closes.astype(np.int64)
    return item, sums.loose[at, place] + (whole - sums.loose[at, place + gone]) * _INVERSE[gone]


class _Keys:
    """Sorted keys, each with its entries; a bitmap says at once of most keys that they are not there."""

    def __init__(self, keys: Hashes, values: Ints) -> None:
        order = np.argsort(keys, kind="stable")
        self.keys, first = np.unique(keys[order], return_index=True)
        self.first = np.append(first, len(keys)).astype(np.int64)
        self.values = values[order].astype(np.int32)
        bits = max(12, (16 * len(self.keys)).bit_length())
        self._shift = np.uint64(64 - bits)
        self._bitmap = np.zeros(1 << (bits - 3), np.uint8)
        place = self.keys >> self._shift
        np.bitwise_or.at(self._bitmap, place >> np.uint64(3), np.uint8(1) << (place & np.uint64(7)).astype(np.uint8))

    def find(self, keys: Hashes) -> tuple[Ints, Ints]:
        """Which of the keys have entries, and the entries: one pair each."""
        if not len(self.keys):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        place = keys >> self._shift
        byte = self._bitmap.take((place >> np.uint64(3)).view(np.int64))
        asked = np.flatnonzero((byte >> (place & np.uint64(7)).astype(np.uint8)) & 1)
        at = np.searchsorted(self.keys, keys[asked])
        there = self.keys.take(at, mode="clip") == keys[asked]
        asked, at = asked[there], at[there]
        item, nth = each(self.first[at + 1] - self.first[at])
        return asked[item], self.values[self.first[at][item] + nth].astype(np.int64)


class _Endings:
    """The endings of one script, by the sum of their sounds."""

    def __init__(self, cyrillic: bool) -> None:
        every, self.longest = any_ending(cyrillic)
        self.texts = sorted(every)
        self._keys = _Keys(_mix(_running(_codes(self.texts))[:, -1]), np.arange(len(self.texts)))
        # 0: not asked yet, 1: no, 2: yes. Zeros take memory only where they are touched: a hundredth of these 32 MB.
        self.allowed = np.zeros((len(self.texts), 3 * len(_DECLENSIONS), 256), np.int8)
        self.cyrillic = cyrillic

    def find(self, sums: Hashes) -> tuple[Ints, Ints]:
        """Which of the sums are endings, and their numbers."""
        return self._keys.find(_mix(sums))


@lru_cache(2)
def _endings(cyrillic: bool) -> _Endings:
    return _Endings(cyrillic)


_OF_STEM, _LOOSE, _DELETED = 0, 1, 2  # kinds of keys, in the lowest bits of their values


class Join:
    """Stems of a list, ready for forms. Made once; a list that grows makes a new one."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        texts = [entry.stem.text for entry in entries]
        self.number = np.array([entry.number for entry in entries], np.int64)
        self._endings = {cyrillic: _endings(cyrillic) for cyrillic in (False, True)}
        codes = _codes([text[:_LONGEST] for text in texts])
        self._widest = min(_LONGEST, codes.shape[1] + max(e.longest for e in self._endings.values()) + _MOST_EDITS)
        self._coded = [row.tobytes().decode("latin-1").rstrip("\0") for row in codes]
        self._plain = codes.max(axis=1, initial=0) <= len(SOUNDS)
        self.length = np.array(list(map(len, texts)), np.int64)
        self._by_ear = np.array([entry.stem.by_ear for entry in entries], bool)
        self.first = codes[:, 0]
        self.last = codes[np.arange(len(texts)), np.minimum(self.length, _LONGEST) - 1]
        self._kind = np.array([_kind(entry.stem) for entry in entries], np.int64)
        self.letters = np.bitwise_or.reduce(_bits(codes), axis=1)
        parts = [self._keys_of(codes, np.arange(at, min(at + _ROWS, len(texts)))) for at in range(0, len(texts), _ROWS)]
        keys, values = zip(*parts, strict=True) if parts else ([np.zeros(0, np.uint64)], [np.zeros(0, np.int64)])
        self._keys = _Keys(np.concatenate(keys), np.concatenate(values))

    def _keys_of(self, codes: NDArray[np.uint8], rows: Ints) -> tuple[Hashes, Ints]:
        """The keys of some entries; one too long for the tables has none."""
        rows = rows[self.length[rows] <= _LONGEST]
        length, every = self.length[rows], np.arange(len(rows))
        sums = _sums(codes[rows], length)
        units = sums.units_of(every, length)
        loose = np.flatnonzero(np.array([self.entries[row].loose for row in rows], bool))
        deleted = np.flatnonzero(np.array([self.entries[row].deleted for row in rows], bool))
        item, shorter = _without_one(sums, deleted, units[deleted])
        keys = [
            _mix(sums.exact[every, length]),
            _mix(sums.loose[loose, units[loose]] + _LOOSE_KEY),
            _mix(shorter + _LOOSE_KEY),
        ]
        values = [
            rows * 4 + _OF_STEM,
            rows[loose] * 4 + _LOOSE,
            rows[deleted[item]] * 4 + _DELETED,
        ]
        return np.concatenate(keys), np.concatenate(values)

    def judge(self, forms: Sequence[str], names: Flags) -> Verdicts:
        """Which words the forms may be; `names`: those that may be a person's and are looked at closely."""
        parts = [self._judge(forms[at : at + _ROWS], names[at : at + _ROWS], at) for at in range(0, len(forms), _ROWS)]
        return Verdicts(*map(np.concatenate, zip(*parts, strict=True)))

    def _judge(self, forms: Sequence[str], names: Flags, first_row: int) -> Verdicts:
        codes, lengths, cyrillic = sounds_of_words(forms, self._widest)
        sums = _sums(codes, lengths)
        row, stem, rest = self._cuts(sums.exact, lengths, cyrillic)
        units = sums.units_of(row, stem)
        name = names[row]
        loose = np.flatnonzero(stem >= np.where(name, 2, SHORTEST_LOOSE_WORD))
        typos = name & (lengths[row] >= 4) & (stem >= 2) & (units >= 3)
        longer = np.flatnonzero(typos & (units >= 4))
        item, shorter = _without_one(sums, row[longer], units[longer])
        keys = np.concatenate(
            [
                _mix(sums.exact[row, stem]),
                _mix(sums.loose[row[loose], units[loose]] + _LOOSE_KEY),
                _mix(shorter + _LOOSE_KEY),
            ]
        )
        asked = np.concatenate([np.arange(len(row)), loose, longer[item]])
        query = np.repeat(np.array([_OF_STEM, _LOOSE, _DELETED]), [len(row), len(loose), len(item)])
        found, value = self._keys.find(keys)
        cut, entry, kind, query = asked[found], value >> 2, value & 3, query[found]
        typo = (query == _DELETED) | (kind == _DELETED)
        close = np.where(typo, TYPO, np.where(query == _OF_STEM, SAME, VOWELS))
        apart = np.where(query != _DELETED, 0, np.where(kind == _LOOSE, 1, 2))
        fits = ~typo | (typos[cut] & ((kind != _LOOSE) | ~self._by_ear[entry]))
        fits &= ~typo | ((self.length[entry] >= 5) & (self.first[entry] == codes[row[cut], 0]))
        edits, less = _edits(close, self.length[entry]), self.length[entry] - stem[cut]
        fits &= (-edits <= less) & (less <= np.where(typo, np.maximum(edits, _LOST_BETWEEN_EQUALS), edits))
        pairs, rest, cyrillic = (
            _Pairs(row[cut], stem[cut], entry, close, apart).only(fits),
            rest[cut][fits],
            cyrillic[row[cut]][fits],
        )
        pairs = pairs.only(self._may_end(cyrillic, rest, pairs.entry))
        return self._ordered(pairs.only(self._near(forms, codes, pairs)), first_row)

    def _cuts(self, sums: Hashes, lengths: Ints, cyrillic: Flags) -> tuple[Ints, Ints, Ints]:
        """Where a stem may end and an ending begin: rows, the stems' lengths, the numbers of the endings."""
        found = []
        for script, endings in self._endings.items():
            rows = np.flatnonzero(cyrillic == script)
            item, cut = each(np.maximum(0, np.minimum(endings.longest, lengths[rows] - 2)) + 1)
            row = rows[item]
            stem = lengths[row] - cut
            ends, rest = endings.find((sums[row, lengths[row]] - sums[row, stem]) * _INVERSE[stem])
            found.append((row[ends], stem[ends], rest))
        row, stem, rest = map(np.concatenate, zip(*found, strict=True))
        return row, stem, rest

    def _may_end(self, cyrillic: Flags, rest: Ints, entry: Ints) -> Flags:
        """Whether the stems of the list take these endings; `forms.ending` is asked once a kind of stem and ending."""
        verdict = np.zeros(len(rest), bool)
        for script, endings in self._endings.items():
            rows = np.flatnonzero(cyrillic == script)
            at = rest[rows], self._kind[entry[rows]], self.last[entry[rows]]
            for unknown in np.flatnonzero(endings.allowed[at] == 0):
                where = at[0][unknown], at[1][unknown], at[2][unknown]
                if endings.allowed[where] == 0:
                    stem = self.entries[entry[rows[unknown]]].stem
                    endings.allowed[where] = 1 + (ending(endings.texts[where[0]], stem, script) is not None)
            verdict[rows] = endings.allowed[at] == 2
        return verdict

    def _near(self, forms: Sequence[str], codes: NDArray[np.uint8], pairs: _Pairs) -> Flags:
        """Whether stems that met under a loose key are near enough, by rapidfuzz."""
        row, length, entry, close, _ = pairs
        near: Flags = close == SAME
        edits = _edits(close, self.length[entry])
        plain = self._plain[entry]
        for n in np.flatnonzero(~plain):  # what is no sound has no code of its own
            written, listed = sounds_of(forms[row[n]])[: length[n]], self.entries[entry[n]].stem.text
            near[n] = _SCORERS[int(close[n])](written, listed) <= edits[n]
        # Two letters that are one in a skeleton may have lost one between them: Жааров, Жапаров.
        lost = np.flatnonzero((close == TYPO) & (self.length[entry] - length == _LOST_BETWEEN_EQUALS))
        twice = [n for n in np.unique(row[lost]).tolist() if _TWICE.search(forms[n].lower())]
        near[lost] |= np.isin(row[lost], twice)
        loose = np.flatnonzero(~near & plain)
        if not len(loose):
            return near
        masks = np.bitwise_or.accumulate(_bits(codes), axis=1)
        apart = np.bitwise_count((masks[row[loose], length[loose] - 1] ^ self.letters[entry[loose]]) & ~np.uint64(1))
        loose = loose[apart <= 2 * edits[loose]]
        text, width = codes.tobytes().decode("latin-1"), codes.shape[1]
        for kind in (VOWELS, TYPO):
            some = loose[close[loose] == kind]
            starts = row[some] * width
            spans = zip(starts.tolist(), (starts + length[some]).tolist(), strict=True)
            forms_stems = [text[start:end] for start, end in spans]
            listed_stems = [self._coded[n] for n in entry[some].tolist()]
            distance = process.cpdist(
                forms_stems, listed_stems, scorer=_SCORERS[kind], score_cutoff=_MOST_EDITS, dtype=np.int32
            )
            near[some] = distance <= edits[some]
        return near

    def _ordered(self, pairs: _Pairs, first_row: int) -> Verdicts:
        order = np.lexsort((pairs.entry, pairs.apart, -pairs.close, -pairs.length, pairs.row))
        new = np.ones(len(order), bool)
        new[1:] = np.any([column[order[1:]] != column[order[:-1]] for column in pairs], axis=0)
        row, length, entry, close, _ = (column[order[new]] for column in pairs)
        return Verdicts(row + first_row, self.number[entry], close, entry, length)


def _kind(stem: Stem) -> int:
    """A number for what of a stem, its last sound aside, `forms.ending` asks."""
    heard = 0 if not stem.by_ear else 1 if len(stem.text) < 3 else 2
    return 3 * _DECLENSIONS[stem.declension] + heard


_SCORERS: dict[int, Any] = {SAME: OSA.distance, VOWELS: Levenshtein.distance, TYPO: OSA.distance}


def _bits(codes: NDArray[np.uint8]) -> Hashes:
    bits: Hashes = np.uint64(1) << (codes & np.uint8(63)).astype(np.uint64)
    return bits


def _edits(close: Ints, length: Ints) -> Ints:
    """How many edits may part two stems that met: of vowels, of any sounds."""
    vowels = np.where(length < 6, 1, np.where(length < 9, 2, 3))
    typo = np.where(length < 9, 1, 2)
    return np.where(close == SAME, 0, np.where(close == VOWELS, vowels, typo))
