"""Pure. The index of the watchlist's words, which finds those that a word of running text may be.

A text's word is looked up by its skeleton, less every ending it may carry: exactly; by its loose key (all runs of
vowels are equal, because romanisations disagree most on vowels); with one sound deleted on either side (a typo, the
deletion neighbourhood of SymSpell); and without its first sound. Thousands of words are looked up at once: their keys
and those of the list are joined as arrays (`stem_keys`), and each pair that joins is compared in detail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA, Levenshtein

from monitor.match.index.forms import Role, Stem, all_stems, is_womans_surname, read_ending, spellings
from monitor.match.index.stem_keys import (
    BATCH_SIZE,
    LOST_BETWEEN_EQUALS,
    MAX_TYPOS,
    MAX_VOWEL_DIFFERENCES,
    MIN_LOOSE_WORD,
    MIN_MISSPELT,
    StemEntry,
    StemTable,
)
from monitor.match.index.word_match import MAX_SOUNDS, Closeness, FormMatches, Word, WordMatch
from monitor.text.normalize import is_cyrillic
from monitor.text.vocabulary import loose_key, sounds_of_words


@dataclass(slots=True)
class WordIndex:
    """The words of a watchlist: filled by `add`, then read only."""

    words: list[Word] = field(default_factory=list)
    entries: list[StemEntry] = field(default_factory=list)
    _numbers: dict[tuple[str, Role], int] = field(default_factory=dict)
    # Made when the first word is looked up, and again after words were added.
    _stem_table: StemTable | None = None
    _single_form_cache: dict[str, FormMatches] = field(default_factory=dict)

    def add(self, raw: str, role: Role) -> int:
        """Return the number of a word in this role; a new word is added."""
        if (number := self._numbers.get((raw, role))) is not None:
            return number
        number = len(self.words)
        stems = all_stems(raw, role)
        is_feminine = role is Role.SURNAME and is_womans_surname(raw)
        self.words.append(Word(number, raw, role, spellings(raw, role), stems, is_feminine, is_cyrillic(raw)))
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
            (self._single_form_cache[form],) = self.match_forms([form])
        return self._single_form_cache[form]

    def match_forms(self, forms: Sequence[str]) -> list[FormMatches]:
        """Return the listed words that each (repaired) word of texts may be."""
        if self._stem_table is None:
            self._stem_table = StemTable(self.entries)
        form_matches: list[FormMatches] = []
        for start in range(0, len(forms), BATCH_SIZE):
            batch = forms[start : start + BATCH_SIZE]
            form_matches += (FormMatches(sounds, {}, {}) for sounds in sounds_of_words(batch))
            for row, length, number, kind in self._stem_table.find_pairs(
                batch, [sounds for sounds, *_ in form_matches[start:]]
            ):
                self._add_match(batch[row], form_matches[start + row], length, self.entries[number], kind)
        return form_matches

    @staticmethod
    def _add_match(form: str, form_matches: FormMatches, length: int, entry: StemEntry, kind: int) -> None:
        """Add a listed word to a form's matches, if the ending fits and no closer stem was found before.

        Pairs come in order: the longest stem of a form first, so that of equal ones it wins.
        """
        sounds, matches, headless = form_matches
        number, stem, *_ = entry
        closeness = _CLOSENESS_BY_KIND[kind]
        previous = (matches if kind else headless).get(number)
        if previous is not None and previous.closeness >= closeness:
            return
        if not kind or is_close(closeness, sounds[:length], stem.text, form):
            inflection = read_ending(sounds[length:], stem, form)
            if inflection is not None:
                (matches if kind else headless)[number] = WordMatch(closeness, stem, sounds[length:], inflection)


# `find_pairs` gives 0 for headless pairs, which count as typos.
_CLOSENESS_BY_KIND = (Closeness.TYPO, *Closeness)


def _stem_entry(number: int, stem: Stem, role: Role) -> StemEntry:
    """Return a stem with the kinds of keys under which it may be found."""
    size, key = len(stem.text), loose_key(stem.text)
    # An organisation's short words, and names written as one word, must be spelt right.
    has_exact_key_only = role is Role.JOINED or (role is Role.WORD and size < MIN_LOOSE_WORD)
    if has_exact_key_only or (stem.is_transcribed and size < 4) or size > MAX_SOUNDS:
        return StemEntry(number, stem, has_loose_key=False, has_deletion_keys=False, has_headless_key=False)
    consonants = len(key.replace("a", ""))
    # Азия is аз- less its vowels: short, but it counts only with a surname that agrees.
    shortest = 2 if role is Role.GIVEN_NAME else 3
    may_be_loose = consonants >= 2 or (consonants == 1 and shortest <= size <= 4)
    may_be_misspelt = role is not Role.WORD and not stem.is_transcribed and size >= MIN_MISSPELT
    return StemEntry(
        number,
        stem,
        may_be_loose,
        may_be_misspelt and len(key) >= (4 if role is Role.GIVEN_NAME else 5),
        has_headless_key=may_be_misspelt,
    )


def is_close(closeness: Closeness, stem: str, listed: str, form: str) -> bool:
    """Return whether two stems that share a key are near enough, by edit distance.

    This is the specification of what matches; the arrays of `stem_keys` only filter.
    """
    if closeness is Closeness.SAME:
        return stem == listed
    # Nine sounds and more share one limit (`MAX_TYPOS`).
    length = len(listed)
    max_differences = (MAX_VOWEL_DIFFERENCES if closeness is Closeness.VOWELS else MAX_TYPOS)[min(length, 9)]
    if closeness is Closeness.VOWELS:
        is_near = Levenshtein.distance(stem, listed, score_cutoff=max_differences) <= max_differences
    else:
        is_near = length >= MIN_MISSPELT and (
            OSA.distance(stem, listed, score_cutoff=max_differences) <= max_differences
            or (length - len(stem) == LOST_BETWEEN_EQUALS and _lacks_letter_between_equals(stem, listed, form))
        )
    return is_near and not _differs_in_gender(stem, listed)


def _differs_in_gender(stem: str, listed: str) -> bool:
    """Return whether the difference is the -а of a woman's surname: Токоев, Токоевы(м) are no misspelt Токоева."""
    if listed.endswith(_FEMALE_ENDINGS):
        return stem[: len(listed) - 1] == listed[:-1] and stem[len(listed) - 1 :] != "a"
    return listed.endswith(_MALE_ENDINGS) and stem == listed + "a"


_MALE_ENDINGS = ("ov", "ev", "in")
_FEMALE_ENDINGS = ("ova", "eva", "ina")


def _lacks_letter_between_equals(stem: str, listed: str, form: str) -> bool:
    """Return whether a letter is lost between two equal ones, which a skeleton then merges: Жааров, Жапаров."""
    return _DOUBLED_LETTER_RE.search(form.lower()) is not None and any(
        listed[i - 1] == listed[i + 1] and stem == listed[:i] + listed[i + 2 :] for i in range(1, len(listed) - 1)
    )


_DOUBLED_LETTER_RE = re.compile(r"(.)\1")


def sound_difference(form: str, word: Word) -> int | None:
    """Return by how many sounds a word of the text differs from a listed one; None if it is nothing like it.

    For explaining only: `WordIndex.match_forms` decides what matches.
    """
    (sounds,) = sounds_of_words([form])
    nearest = min((OSA.distance(sounds, listed) for listed in word.spellings), default=0)
    return nearest if 0 < nearest <= max(1, len(word.sounds) * 2 // 5) else None
