"""Pure. Keys of many words at once, as arrays, and the join of the texts' keys with those of the list.

A key is a sum over the sounds of a word, mixed: so the keys of all beginnings of a word come from one running sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.match.index.closeness import (
    LOST_BETWEEN_EQUALS,
    MAX_TYPOS,
    MAX_VOWEL_DIFFERENCES,
    MIN_MISSPELT,
    StemRows,
    judge_pairs,
)
from monitor.match.index.endings import EndingKind, all_endings
from monitor.match.index.forms import Stem
from monitor.match.index.word_match import MAX_SOUNDS, Closeness
from monitor.text.hashing import Flags, Hashes, Ints, KeyIndex, expand_counts, mix_bits, running_sums, shift_to_start
from monitor.text.normalize import FIRST_ARMENIAN, LAST_ARMENIAN
from monitor.text.word_letters import CYRILLIC, DIGIT, GEORGIAN, SIGN, WordLetters

BATCH_SIZE = 4096  # forms, so that the arrays stay in a processor's cache
MIN_LOOSE_WORD = 7  # sounds: shorter words that are no person's name must be spelt right


class StemEntry(NamedTuple):
    """A stem of the word with this number, and the kinds of keys under which it is found."""

    number: int
    stem: Stem
    has_loose_key: bool
    has_deletion_keys: bool
    has_headless_key: bool


class Pairs(NamedTuple):
    """Words of texts and stems of the list that may be alike, as columns.

    `closeness` is 0 for a word that lost its first sound, or has another. `is_open`: only `is_close` can tell.
    """

    row: Ints
    stem_length: Ints
    entry: Ints
    closeness: Ints
    deletions: Ints
    is_open: Flags

    def of_rows(self, is_kept: Flags) -> Pairs:
        """Return some of the pairs."""
        return Pairs(*(column[is_kept] for column in self))  # type: ignore[arg-type]


EXACT_KEY, LOOSE_KEY, DELETION_KEY, HEADLESS_KEY = range(4)
# Keys of different kinds must not meet; deletion keys share the salt of loose ones, because those two must.
_SALT = {LOOSE_KEY: np.uint64(0x5851F42D4C957F2D), HEADLESS_KEY: np.uint64(0x9E3779B97F4A7C15)}
_IS_VOWEL = np.zeros(256, bool)
_IS_VOWEL[[*b"aeiou"]] = True
# All vowels are one in a loose key, and so are г/h and s/z, as in `word_index.loose_key`.
_LOOSENED = np.arange(256, dtype=np.uint8)
_LOOSENED[[*b"eiougz"]] = [*b"aaaahs"]


class SoundMatrix:
    """The sounds of many words, a row each, with running sums from which the keys of all their parts are made."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        # NumPy keeps strings as rows of code points, padded with 0 to the longest.
        points = np.array(texts, str).view(np.uint32).reshape(len(texts), -1)
        self.codes = points.astype(np.uint8)
        is_vowel = _IS_VOWEL[self.codes]
        # A unit is a consonant or a run of vowels: one sound of a loose key.
        starts_unit = points > 0
        starts_unit[:, 1:] &= ~(is_vowel[:, 1:] & is_vowel[:, :-1])
        self._loose_lengths = np.cumsum(starts_unit, axis=1, dtype=np.int16)
        row, place = np.nonzero(starts_unit)
        self._loose = np.zeros_like(self.codes)
        self._loose[row, self._loose_lengths[row, place] - 1] = _LOOSENED[self.codes[row, place]]
        self._exact_sums, self._loose_sums = running_sums(self.codes), running_sums(self._loose)
        # Letters differ in their lowest six bits, so 64 bits hold a set of them.
        self._sound_sets = np.bitwise_or.accumulate(
            np.uint64(1) << (self.codes & np.uint8(63)).astype(np.uint64), axis=1
        )

    def loose_lengths(self, row: Ints, length: Ints) -> Ints:
        """Return how many loose sounds the first `length` sounds of some words are."""
        return np.where(length > 0, self._loose_lengths[row, length - 1], 0)

    def sound_sets(self, row: Ints, length: Ints) -> Hashes:
        """Return the set of sounds in the first `length` of some words, as bits."""
        return self._sound_sets[row, length - 1]

    def hashes_between(self, row: Ints, start: Ints, end: Ints) -> Hashes:
        """Return the hashes of parts of some words, the same wherever in a word the part stands."""
        return shift_to_start(self._exact_sums[row, end] - self._exact_sums[row, start], start)

    def exact_keys(self, row: Ints, length: Ints) -> Hashes:
        """Return the keys of the first `length` sounds of some words."""
        return mix_bits(self._exact_sums[row, length])

    def loose_keys(self, row: Ints, length: Ints) -> Hashes:
        """Return the keys of the first `length` sounds that ignore differences in vowels, in г/h and s/z."""
        return mix_bits(self._loose_sums[row, self.loose_lengths(row, length)] + _SALT[LOOSE_KEY])

    def headless_keys(self, row: Ints, start: int, length: Ints) -> Hashes:
        """Return the keys of the sounds from `start` on, up to `length`."""
        return mix_bits(self.hashes_between(row, np.full_like(length, start), length) + _SALT[HEADLESS_KEY])

    def deletion_keys(self, row: Ints, length: Ints) -> tuple[Ints, Hashes]:
        """Return the loose keys less one sound, each of them in turn but the first, and the item that each is of.

        Typing errors in the first sound are rare and would join too many names. The neighbours of the deleted sound
        merge to one run of vowels, or one consonant, as in any key: Жапаов, Ббанов.
        """
        lengths = self.loose_lengths(row, length)
        item, place = expand_counts(np.maximum(lengths - 1, 0))
        matrix_row, place = row[item], place + 1
        following = np.minimum(place + 1, self._loose.shape[1] - 1)
        # Жапаров less its р is Жапаов, whose "ао" is one run of vowels: one more sound goes.
        merges_neighbours = (place + 1 < lengths[item]) & (
            self._loose[matrix_row, place - 1] == self._loose[matrix_row, following]
        )
        deleted = 1 + merges_neighbours.astype(np.int64)
        sum_before, full_sum = self._loose_sums[matrix_row, place], self._loose_sums[matrix_row, lengths[item]]
        sum_after = shift_to_start(full_sum - self._loose_sums[matrix_row, place + deleted], deleted)
        return item, mix_bits(sum_before + sum_after + _SALT[LOOSE_KEY])


class StemTable:
    """The stems of a list by their keys; made once, and made again when the list grows."""

    def __init__(self, entries: Sequence[StemEntry]) -> None:
        self.entries = entries
        self.numbers = np.array([entry.number for entry in entries], np.int64)
        self.lengths = np.array([len(entry.stem.text) for entry in entries], np.int64)
        self.is_transcribed = np.array([entry.stem.is_transcribed for entry in entries], bool)
        self.is_familiar = np.array([entry.stem.is_familiar for entry in entries], bool)
        parts = [
            self._entry_keys(entries[offset : offset + BATCH_SIZE], offset)
            for offset in range(0, len(entries), BATCH_SIZE)
        ]
        empty = np.zeros(0, np.uint64)
        # For a list without entries `self.lengths`, which is empty then, has the type of the values.
        codes, *columns = zip(*parts, strict=True) if parts else ([], [empty], [empty], [self.lengths])
        self._sound_sets, keys, values = map(np.concatenate, columns)
        self._codes = np.zeros((len(entries), max((part.shape[1] for part in codes), default=1)), np.uint8)
        for number, part in enumerate(codes):
            self._codes[number * BATCH_SIZE : number * BATCH_SIZE + len(part), : part.shape[1]] = part
        self._keys = KeyIndex(keys, values)
        self._endings = [_ending_keys(kind) for kind in EndingKind]
        longest = min(MAX_SOUNDS, int(self.lengths.max(initial=0)))
        # Longer words cannot be a stem with an ending, so the arrays need not be as wide.
        self._max_form_length = longest + max(ending for _, ending in self._endings) + 3

    @staticmethod
    def _entry_keys(entries: Sequence[StemEntry], offset: int) -> tuple[NDArray[np.uint8], Hashes, Hashes, Ints]:
        """Return the sounds and sound sets of some entries, and their keys with the number and kind of each."""
        matrix = SoundMatrix([entry.stem.text[:MAX_SOUNDS] for entry in entries])
        # A stem that was cut to the limit has no exact key: words of texts are not that long.
        short = np.flatnonzero(matrix.lengths < MAX_SOUNDS)
        loose = np.flatnonzero([entry.has_loose_key for entry in entries])
        deleted = np.flatnonzero([entry.has_deletion_keys for entry in entries])
        headless = np.flatnonzero([entry.has_headless_key for entry in entries])
        item, deletion_keys = matrix.deletion_keys(deleted, matrix.lengths[deleted])
        keys = [
            matrix.exact_keys(short, matrix.lengths[short]),
            matrix.loose_keys(loose, matrix.lengths[loose]),
            deletion_keys,
            matrix.headless_keys(headless, 1, matrix.lengths[headless]),
        ]
        rows = (short, loose, deleted[item], headless)
        values = [(row + offset) * 4 + kind for kind, row in enumerate(rows)]
        sound_sets = matrix.sound_sets(np.arange(len(entries)), matrix.lengths)
        return matrix.codes, sound_sets, np.concatenate(keys), np.concatenate(values)

    def find_pairs(self, letters: WordLetters, sounds: Sequence[str], is_capitalised: Flags) -> Pairs:
        """Return the pairs that are alike, but for what only `is_close` and `read_ending` can tell."""
        # A word that is too long stays as an empty row, so that the rows keep their numbers.
        matrix = SoundMatrix([text if len(text) <= self._max_form_length else "" for text in sounds])
        row, stem_length = self._stem_cuts(matrix, _ending_kinds(letters, matrix.lengths))
        # Only capitalised words may be a person's name, for which looser keys are tried.
        may_be_name = is_capitalised[row]
        loose_length = matrix.loose_lengths(row, stem_length)
        may_have_typo = may_be_name & (matrix.lengths[row] >= 4) & (stem_length >= 2) & (loose_length >= 3)
        exact = np.arange(len(row))
        loose = np.flatnonzero(stem_length >= np.where(may_be_name, 2, MIN_LOOSE_WORD))
        longer = np.flatnonzero(may_have_typo & (loose_length >= 4))
        headless = np.flatnonzero(stem_length >= MIN_MISSPELT - 1)
        item, deletion_keys = matrix.deletion_keys(row[longer], stem_length[longer])
        # Headless keys twice: the form may have lost its first sound (0), or have another (1).
        query_rows = [exact, loose, longer[item], headless, headless]
        keys = [
            matrix.exact_keys(row, stem_length),
            matrix.loose_keys(row[loose], stem_length[loose]),
            deletion_keys,
            matrix.headless_keys(row[headless], 0, stem_length[headless]),
            matrix.headless_keys(row[headless], 1, stem_length[headless]),
        ]
        hit, value = self._keys.lookup(np.concatenate(keys))
        kinds = [EXACT_KEY, LOOSE_KEY, DELETION_KEY, HEADLESS_KEY, HEADLESS_KEY]
        key_kind = np.repeat(kinds, [*map(len, query_rows)])[hit]
        # A value of the table is the number of its entry times four, plus the kind of its key (`_entry_keys`).
        cut, entry, entry_kind = np.concatenate(query_rows)[hit], value >> 2, value & 3
        is_typo = (key_kind == DELETION_KEY) | (entry_kind == DELETION_KEY)
        missing = self.lengths[entry] - stem_length[cut]
        table = np.array([MAX_VOWEL_DIFFERENCES, MAX_TYPOS])
        edits = table[is_typo.astype(np.int64), np.minimum(self.lengths[entry], table.shape[1] - 1)]
        # The cheapest test comes first: most pairs fail it.
        may_be_near = (-edits <= missing) & (
            missing <= np.where(is_typo, np.maximum(edits, LOST_BETWEEN_EQUALS), edits)
        )
        is_judged = (entry_kind != EXACT_KEY) & (entry_kind != HEADLESS_KEY)
        near_rows = np.flatnonzero(may_be_near | ~is_judged)
        cut, entry, entry_kind, key_kind = (column[near_rows] for column in (cut, entry, entry_kind, key_kind))
        is_typo = is_typo[near_rows]
        closeness = np.where(is_typo, Closeness.TYPO, np.array([Closeness.SAME, Closeness.VOWELS, 0, 0])[entry_kind])
        # On how many sides a sound was deleted: none, the text's, or both.
        deletions = np.where(key_kind != DELETION_KEY, 0, np.where(entry_kind == LOOSE_KEY, 1, 2))
        pairs = Pairs(row[cut], stem_length[cut], entry, closeness, deletions, np.zeros(len(cut), bool))
        can_have_typo = may_have_typo[cut] & ((entry_kind != LOOSE_KEY) | ~self.is_transcribed[entry])
        judged = np.flatnonzero(is_judged[near_rows] & (~is_typo | can_have_typo))
        is_alike = ~is_judged[near_rows]
        is_alike[judged] = self._are_near(matrix, pairs, judged, is_typo[judged], edits[near_rows][judged])
        return pairs.of_rows(is_alike)

    def _are_near(self, matrix: SoundMatrix, pairs: Pairs, judged: Ints, is_typo: Flags, edits: Ints) -> Flags:
        """Return whether some of the pairs are near enough by their sounds; `is_open` of the pairs is set."""
        row, stem_length, entry = pairs.row[judged], pairs.stem_length[judged], pairs.entry[judged]
        # Each edit changes the set of sounds by two at most.
        may_be_near = np.bitwise_count(matrix.sound_sets(row, stem_length) ^ self._sound_sets[entry]) <= 2 * edits
        may_be_near &= ~is_typo | (
            (self.lengths[entry] >= MIN_MISSPELT) & (self._codes[entry, 0] == matrix.codes[row, 0])
        )
        near = np.flatnonzero(may_be_near)
        row, stem_length, entry = row[near], stem_length[near], entry[near]
        is_close, is_open = judge_pairs(
            StemRows.of(matrix.codes, row, stem_length),
            StemRows.of(self._codes, entry, self.lengths[entry]),
            is_typo[near],
            edits[near],
        )
        pairs.is_open[judged[near]] = is_open
        are_near = np.zeros(len(judged), bool)
        are_near[near] = is_close | is_open
        return are_near

    def _stem_cuts(self, matrix: SoundMatrix, kinds: Ints) -> tuple[Ints, Ints]:
        """Return where a stem may end and an ending begin: rows, and the stems' lengths."""
        rows, stems = [], []
        for kind, (endings, longest) in enumerate(self._endings):
            kind_rows = np.flatnonzero(kinds == kind)
            # A stem keeps two sounds at least, where the word has them; a cut of 0 leaves the bare word.
            item, cut = expand_counts(np.clip(matrix.lengths[kind_rows] - 2, 0, longest) + 1)
            row = kind_rows[item]
            stem = matrix.lengths[row] - cut
            # Most cuts leave no ending, so few stems are left to look up.
            ends, _ = endings.lookup(mix_bits(matrix.hashes_between(row, stem, matrix.lengths[row])))
            rows.append(row[ends])
            stems.append(stem[ends])
        return np.concatenate(rows), np.concatenate(stems)


def _ending_kinds(letters: WordLetters, sound_lengths: Ints) -> Ints:
    """Return the `EndingKind` of many words."""
    kinds_of_letters = letters.kinds
    is_merged = (letters.lengths != sound_lengths) & letters.has_doubled
    kinds = np.where(is_merged, int(EndingKind.MERGED_LATIN), int(EndingKind.PLAIN_LATIN))
    kinds[(kinds_of_letters & (DIGIT | SIGN)) != 0] = EndingKind.SIGNED_LATIN
    kinds[(kinds_of_letters & GEORGIAN) != 0] = EndingKind.GEORGIAN
    first = letters.first_letters
    kinds[(first >= ord(FIRST_ARMENIAN)) & (first <= ord(LAST_ARMENIAN))] = EndingKind.ARMENIAN
    kinds[(kinds_of_letters & CYRILLIC) != 0] = EndingKind.CYRILLIC
    return kinds


@cache
def _ending_keys(kind: EndingKind) -> tuple[KeyIndex, int]:
    """Return the keys of all endings of a kind of words, and the length of the longest."""
    endings, longest = all_endings(kind)
    matrix = SoundMatrix(sorted(endings))
    rows = np.arange(len(endings))
    return KeyIndex(matrix.exact_keys(rows, matrix.lengths), rows), longest
