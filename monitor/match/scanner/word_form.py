"""Pure. The properties of a word form that are the same in every text: its roles on the list, its sounds, its class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from monitor.match.index.endings import parted_ending
from monitor.match.index.found_words import FoundWords
from monitor.match.index.names import Particle, read_particle
from monitor.match.index.word_match import FormMatches, Matches
from monitor.match.words import (
    CONJUNCTIONS,
    KYRGYZ_WORDS,
    NOBILIARY,
    RUSSIAN_WORDS,
    is_given_name,
    is_given_name_as_listed,
    is_title,
)
from monitor.text.hashing import Hashes
from monitor.text.normalize import is_cyrillic
from monitor.text.romanize import skeleton

SHORT_FORM_SOUNDS = 4  # sounds that a given name and its short form share
_INFLECTED_ACRONYM = re.compile("[A-ZА-ЯЁӨҮҢ]{3,}[a-zа-яёөүң]{1,5}$")
_SURNAME_ENDINGS = ("ov", "ev", "in", "ova", "eva", "ina", "ski", "ska")


class WordFlags:
    """The roles that a word of a text may have, as bits of an integer (no `IntFlag`: its arithmetic is slow)."""

    # Names without a typo: spelt right, or with other vowels.
    SURNAME = 1
    MISSPELT_SURNAME = 2  # with a typo; it counts only with a given name
    HEADLESS = 4  # a surname whose first letter is lost or another
    GIVEN_NAME = 8
    MISSPELT_GIVEN_NAME = 16  # with a typo
    EXACT_GIVEN_NAME = 32  # spelt right
    ONE_WORD_PHRASE = 64
    PHRASE_START = 128  # of a phrase of several words
    PHRASE_SECOND = 256
    ACRONYM = 512
    CONTEXT = 1024  # the first word of a context term
    CAPITAL = 2048
    INITIAL = 4096  # one or two letters, the first a capital
    ARTICLE = 8192  # an Arabic one
    COMMON_SURNAME = 16384  # not listed without a given name
    SMALL_NAME = 32768  # a surname or given name that counts in small letters, too
    LINK = 65536  # a word that may stand in small letters within a name: von, и


# The bits above the flags hold the number of a word that tells Kyrgyz from Russian text, so that the language of a text
# is read from its array of flags.
LANGUAGE_MARKER_SHIFT = 17
LANGUAGE_MARKERS = {word: number for number, word in enumerate(sorted(KYRGYZ_WORDS | RUSSIAN_WORDS), 1)}
KYRGYZ_MARKERS, RUSSIAN_MARKERS = (
    {LANGUAGE_MARKERS[word] for word in words} for words in (KYRGYZ_WORDS, RUSSIAN_WORDS)
)


class ListedWord(NamedTuple):
    """A word of a text that may be on the list, as it was found."""

    text: str
    found_words: FoundWords
    number: int  # among the found words


_NO_FORM_MATCHES = FormMatches("", {}, {})


class WordForm:
    """A repaired word form with all that depends on the form alone; one object serves all texts."""

    def __init__(self, text: str, form_matches: FormMatches | None, listed_word: ListedWord | None = None) -> None:
        self.text, self._listed_word = text, listed_word
        if form_matches is not None:
            self._form_matches = form_matches
        # A cache for `rules.people`, which this module must not import.
        self.bearers: Any = None
        self.lower, self.is_capitalised = text.lower(), text[0].isupper()
        # The script of the name: its ending may be in another, as in Kloopтун.
        self.is_cyrillic = is_cyrillic(parted[0] if (parted := parted_ending(text)) else text)
        self.is_nobiliary, self.is_conjunction = self.lower in NOBILIARY, self.lower in CONJUNCTIONS

    @cached_property
    def _form_matches(self) -> FormMatches:
        """Return the listed words that it may be. Many forms are read, and never asked for them."""
        listed = self._listed_word
        return listed.found_words.matches(listed.number) if listed else _NO_FORM_MATCHES

    matches = cached_property[Matches](lambda self: self._form_matches.matches)
    headless = cached_property[Matches](lambda self: self._form_matches.headless)

    @cached_property
    def sounds(self) -> str:
        """Return the skeleton of the word."""
        # Figures and XVI stand for themselves in the sounds of matches.
        if self.text.isalpha() and not self.text.isupper():
            listed = self._listed_word
            sounds = listed.found_words.sounds(listed.number) if listed else self._form_matches.sounds
            if sounds:
                return sounds
        parted = parted_ending(self.text)
        return skeleton(parted[0]) + parted[1] if parted else skeleton(self.text)

    is_title = cached_property[bool](lambda self: is_title(self.text))
    particle = cached_property[tuple[Particle, str] | None](lambda self: read_particle(self.text))
    is_common_given_name = cached_property[bool](lambda self: is_given_name(self.sounds))
    # Марата, Анны, not Анна
    has_given_name_ending = cached_property[bool](lambda self: not is_given_name_as_listed(self.sounds))
    has_surname_ending = cached_property[bool](lambda self: self.sounds.endswith(_SURNAME_ENDINGS))
    # capitals with an ending, so no surname: МИДа
    is_inflected_acronym = cached_property[bool](lambda self: _INFLECTED_ACRONYM.match(self.text) is not None)
    # what a given name and its short form share
    beginning = cached_property[str](lambda self: self.sounds[:SHORT_FORM_SOUNDS])


class FormCache:
    """The word forms that were read so far, by their keys; those of listed words are made when they are first read."""

    def __init__(self) -> None:
        self._forms: dict[int, WordForm] = {}
        self._listed: dict[int, ListedWord] = {}
        self.size = 0  # forms and matches

    def add(self, keys: Hashes, forms: Sequence[str], found_words: FoundWords) -> None:
        """Add the words that were found among some forms."""
        words = (ListedWord(forms[place], found_words, number) for number, place in enumerate(found_words.places))
        self._listed.update(zip(keys[found_words.places].tolist(), words, strict=True))
        self.size += len(found_words.columns.number)

    def is_listed(self, key: int) -> bool:
        """Return whether a word may be one of the list, as it is written."""
        form = self.get(key)
        return form is not None and bool(form.matches)

    def get(self, key: int) -> WordForm | None:
        """Return a form, or None if the word is not on the list and was never put."""
        form = self._forms.get(key)
        if form is None and (listed := self._listed.get(key)):
            form = self._forms[key] = WordForm(listed.text, None, listed)
        return form

    def may_be_any(self, key: int, numbers: frozenset[int]) -> bool:
        """Return whether a word may be any of some listed words, as it is written."""
        listed = self._listed.get(key)
        return listed is not None and not numbers.isdisjoint(listed.found_words.numbers(listed.number))

    def put(self, key: int, form: WordForm) -> None:
        """Keep a form that is not on the list."""
        self._forms[key] = form
        self.size += 1
