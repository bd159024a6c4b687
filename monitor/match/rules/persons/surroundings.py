"""Pure. Given names and initials around a surname, read once, so that `people` tries only names that can match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from functools import lru_cache
from typing import NamedTuple

from monitor.match.compile import Compiled
from monitor.match.index.names import PersonName
from monitor.match.index.word_match import Word, WordMatch
from monitor.match.scanner.passage import Passage
from monitor.match.scanner.word_form import SHORT_FORM_SOUNDS, WordFlags
from monitor.match.words import PLACE_PREPOSITIONS
from monitor.text.normalize import fold, is_cyrillic
from monitor.text.romanize import skeleton

_GIVEN_NAME_FLAGS = WordFlags.GIVEN_NAME | WordFlags.MISSPELT_GIVEN_NAME


class GivenNames(NamedTuple):
    """Given names of the list, with an index by their beginnings."""

    numbers: frozenset[int]
    beginnings: Mapping[str, Set[int]]

    @classmethod
    def of(cls, people: Iterable[PersonName], compiled: Compiled) -> GivenNames:
        """Collect the given names of some people."""
        numbers = frozenset(person.given_name for person in people if person.given_name is not None)
        beginnings: dict[str, set[int]] = {}
        for number in numbers:
            beginnings.setdefault(compiled.word(number).sounds[:SHORT_FORM_SOUNDS], set()).add(number)
        return cls(numbers, beginnings)


class Surroundings:
    """The given names that may stand around a word that may be a surname: in full, as initials or shortened."""

    def __init__(self, passage: Passage, compiled: Compiled, place: int, given_names: GivenNames) -> None:
        """Read the words around a place; `given_names` are those of all people whose surname may stand there."""
        # For explanations every name is tried, also those that cannot match.
        self._compiled, self._try_all = compiled, passage.is_exhaustive
        # Given names that stand here in full or as an initial.
        self._given_names: set[int] = set()
        # Given names that may stand here in a short form, or without their first letter.
        self._possible_given_names: set[int] = set()
        for neighbour in passage.words_around(place) if not self._try_all else ():
            flags, word = passage.flags(neighbour), passage.word(neighbour)
            if (flags & WordFlags.CAPITAL or passage.is_uncapitalised) and word.beginning in given_names.beginnings:
                self._possible_given_names.update(given_names.beginnings[word.beginning])
            if flags & _GIVEN_NAME_FLAGS:
                self._given_names |= given_names.numbers.intersection(word.matches)
            if flags & WordFlags.INITIAL and (neighbour + 1 == passage.size or passage.has_full_stop_after(neighbour)):
                self._given_names.update(n for n in given_names.numbers if is_initial(word.text, compiled.word(n)))
            if neighbour < place and not flags & WordFlags.CAPITAL and word.headless:
                self._possible_given_names |= given_names.numbers.intersection(word.headless)
            if flags & WordFlags.ARTICLE:
                # An article may be part of a given name: Саиф уль-Малук.
                self._try_all = True
        self.has_no_given_name = not (self._try_all or self._given_names or self._possible_given_names)

    def people_named(self, people: Sequence[PersonName]) -> Sequence[PersonName]:
        """Return those of some people, all of two words, whose given name may stand here."""
        if self._try_all:
            return people
        names = self._given_names | self._possible_given_names
        return [person for person in people if person.given_name in names]

    def can_complete(self, person: PersonName, is_typo: bool) -> bool:
        """Return whether more of a person's name than the surname may stand here.

        A surname with a typo counts with a given name or an initial only.
        """
        if self._try_all or person.given_name is None or person.given_name in self._given_names:
            return True
        if is_typo:
            return person.particle is not None or person.first_half is not None
        return person.given_name in self._possible_given_names or not self._compiled.is_two_word_name(person)


def is_given_name_before_initial(passage: Passage, compiled: Compiled, place: int, surname: WordMatch) -> bool:
    """Return whether a capitalised word before an initial and a surname is a given name: Marat B. Tokoev.

    Cyrillic newsrooms write no initial after a given name, so that only a common one is taken for it: other words
    are outlets and places ("корреспондент Kloop А. Токоев", "депутат Жогорку Кенеша А. Токоев").
    """
    word = passage.word(place)
    if word.is_title or compiled.is_body_name(word):
        return False
    if not word.is_cyrillic:
        return not (place and passage.word(place - 1).lower in PLACE_PREPOSITIONS)
    # Before a surname in the nominative a given name is in the nominative too: Кенеша is none.
    return word.is_common_given_name and (not surname.is_uninflected or not word.has_given_name_ending)


@lru_cache(1 << 14)
def is_initial(letters: str, given_name: Word) -> bool:
    """Return whether one or two letters begin a given name, in either script."""
    if fold(letters)[:1] == fold(given_name.raw)[:1]:
        return True
    sound = skeleton(letters + ("а" if is_cyrillic(letters) else "a"))[:1]
    return any(s[:1] == sound for s in given_name.spellings) or (letters[0] in "JZЖ" and given_name.sounds[:1] == "J")
