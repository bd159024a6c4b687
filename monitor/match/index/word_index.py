"""Pure. The index of the watchlist's words, which finds those that a word of running text may be.

A text's word is looked up by its skeleton, less every ending it may carry: exactly; by its loose key (all runs of
vowels are equal, because romanisations disagree most on vowels); with one sound deleted on either side (a typo, the
deletion neighbourhood of SymSpell); and without its first sound. Thousands of words are looked up at once: their keys
and those of the list are joined as arrays (`stem_keys`), and each pair that joins is compared in detail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz.distance import OSA

from monitor.match.index.closeness import MIN_MISSPELT, is_close
from monitor.match.index.forms import (
    NameRole,
    Stem,
    all_stems,
    is_womans_surname,
    read_ending,
    sounds_in_text,
    spellings,
)
from monitor.match.index.found_words import FoundWords
from monitor.match.index.stem_keys import BATCH_SIZE, MIN_LOOSE_WORD, Pairs, StemEntry, StemTable
from monitor.match.index.word_match import CLOSENESS, MAX_SOUNDS, FormMatches, Word
from monitor.text.hashing import Flags
from monitor.text.normalize import is_cyrillic, may_begin_name
from monitor.text.romanize import skeletons
from monitor.text.vocabulary import loose_key
from monitor.text.word_letters import (
    CYRILLIC,
    DIGIT,
    LATIN,
    LETTER_APOSTROPHE,
    SIGN,
    WordLetters,
    flags_of_characters,
)


@dataclass(slots=True)
class WordIndex:
    """The words of a watchlist: filled by `add`, then read only."""

    words: list[Word] = field(default_factory=list)
    entries: list[StemEntry] = field(default_factory=list)
    _numbers: dict[tuple[str, NameRole], int] = field(default_factory=dict)
    # Made when the first word is looked up, and again after words were added.
    _stem_table: StemTable | None = None
    _single_form_cache: dict[str, FormMatches] = field(default_factory=dict)

    def add(self, raw: str, role: NameRole) -> int:
        """Return the number of a word in this role; a new word is added."""
        if (number := self._numbers.get((raw, role))) is not None:
            return number
        number = len(self.words)
        sounds = spellings(raw, role)
        stems = all_stems(raw, role, sounds)
        is_feminine = role is NameRole.SURNAME and is_womans_surname(raw)
        self.words.append(Word(number, raw, role, sounds, stems, is_feminine, is_cyrillic(raw)))
        self._numbers[raw, role] = number
        self.entries += (_stem_entry(number, stem, role) for stem in stems)
        self._stem_table = None
        self._single_form_cache.clear()
        return number

    def copy(self) -> WordIndex:
        """Return an index of the same words, to which others can be added."""
        return WordIndex([*self.words], [*self.entries], {**self._numbers})

    def match_form(self, form: str) -> FormMatches:
        """Return the matches of one form from a cache: alone it takes a hundred times as long as among others."""
        if form not in self._single_form_cache:
            if len(self._single_form_cache) >= BATCH_SIZE:
                self._single_form_cache.clear()
            (sounds,) = _sounds_of_forms([form], WordLetters([form]))
            self._single_form_cache[form] = self.match_forms([form]).get(0) or FormMatches(sounds, {}, {})
        return self._single_form_cache[form]

    def match_forms(self, forms: Sequence[str]) -> dict[int, FormMatches]:
        """Return the listed words that (repaired) words of texts may be, by the words' places; most are none."""
        _, found_words = self.find_words(forms, np.array([may_begin_name(form) for form in forms], bool))
        return {place: found_words.matches(n) for n, place in enumerate(found_words.places)}

    def find_words(self, forms: Sequence[str], is_capitalised: Flags) -> tuple[Sequence[str], FoundWords]:
        """Return the sounds of (repaired) words of texts, and the listed words that they may be.

        Words of one length should stand together: arrays are as wide as their longest word.
        """
        if self._stem_table is None:
            self._stem_table = StemTable(self.entries)
        found_words = FoundWords(self._stem_table)
        all_sounds: list[str] = []
        for start in range(0, len(forms), BATCH_SIZE):
            batch = forms[start : start + BATCH_SIZE]
            letters = WordLetters(batch)
            sounds = _sounds_of_forms(batch, letters)
            all_sounds += sounds
            pairs = self._stem_table.find_pairs(letters, sounds, is_capitalised[start : start + BATCH_SIZE])
            pairs = self._close_pairs(batch, sounds, pairs)
            if len(pairs.row):
                inflections = [
                    read_ending(sounds[row][length:], self.entries[entry].stem, batch[row])
                    for row, length, entry in zip(
                        *(column.tolist() for column in (pairs.row, pairs.stem_length, pairs.entry)), strict=True
                    )
                ]
                found_words.add(range(start, start + len(batch)), sounds, pairs, inflections)
        return all_sounds, found_words

    def _close_pairs(self, forms: Sequence[str], sounds: Sequence[str], pairs: Pairs) -> Pairs:
        """Return the pairs without those that `is_close` refuses, of the few that only it can tell."""
        is_refused = np.zeros(len(pairs.row), bool)
        is_refused[pairs.is_open] = [
            not is_close(CLOSENESS[closeness], sounds[row][:length], self.entries[entry].stem.text, forms[row])
            for row, length, entry, closeness, *_ in zip(
                *(column[pairs.is_open].tolist() for column in pairs), strict=True
            )
        ]
        return pairs.of_rows(~is_refused) if is_refused.any() else pairs


_MAX_ROMAN = 5  # letters of a Roman numeral
_IS_ROMAN_DIGIT = flags_of_characters("IVX")


def _sounds_of_forms(forms: Sequence[str], letters: WordLetters) -> list[str]:
    """Return the skeletons of words of texts, as `sounds_in_text` does."""
    sounds, kinds = skeletons(forms), letters.kinds
    # Signs and another script may part an ending from the name; figures and XVI may stand for themselves.
    is_odd = (kinds & (DIGIT | LETTER_APOSTROPHE | SIGN) != 0) | ((kinds & CYRILLIC != 0) & (kinds & LATIN != 0))
    is_odd |= _IS_ROMAN_DIGIT.take(letters.first_letters, mode="clip") & (letters.lengths <= _MAX_ROMAN)
    for row in np.flatnonzero(is_odd).tolist():
        form = forms[row]
        sounds[row] = form if form.isascii() and form.isdecimal() else sounds_in_text(form)
    return sounds


def _stem_entry(number: int, stem: Stem, role: NameRole) -> StemEntry:
    """Return a stem with the kinds of keys under which it may be found."""
    size, key = len(stem.text), loose_key(stem.text)
    # An organisation's short words, names written as one word, spellings of one language and familiar forms must be
    # spelt right.
    is_special = role is NameRole.JOINED or stem.letters or stem.is_familiar
    has_exact_key_only = is_special or (role is NameRole.WORD and size < MIN_LOOSE_WORD)
    if has_exact_key_only or (stem.is_transcribed and size < 4) or size > MAX_SOUNDS:
        return StemEntry(number, stem, has_loose_key=False, has_deletion_keys=False, has_headless_key=False)
    consonants = len(key.replace("a", ""))
    # Азия is аз- less its vowels: short, but it counts only with a surname that agrees.
    shortest = 2 if role is NameRole.GIVEN_NAME else 3
    may_be_loose = consonants >= 2 or (consonants == 1 and shortest <= size <= 4)
    may_be_misspelt = role is not NameRole.WORD and not stem.is_transcribed and size >= MIN_MISSPELT
    return StemEntry(
        number,
        stem,
        may_be_loose,
        may_be_misspelt and len(key) >= (4 if role is NameRole.GIVEN_NAME else 5),
        has_headless_key=may_be_misspelt,
    )


def sound_difference(form: str, word: Word) -> int | None:
    """Return by how many sounds a word of the text differs from a listed one; None if it is nothing like it.

    For explaining only: `WordIndex.match_forms` decides what matches.
    """
    sounds = sounds_in_text(form)
    nearest = min((OSA.distance(sounds, listed) for listed in word.spellings), default=0)
    return nearest if 0 < nearest <= max(1, len(word.sounds) * 2 // 5) else None
