"""Pure. What stands around a surname: whose given name or initial, so that `people` tries no name in vain."""

from __future__ import annotations

from collections.abc import Set
from functools import cached_property

from monitor.match.compiled import Compiled, PersonName
from monitor.match.index import Matches, Word
from monitor.match.passage import Hint, Passage, WordForm
from monitor.text import fold, is_cyrillic, skeleton

_TAIL = 4  # sounds
_GIVEN = Hint.GIVEN | Hint.LIKE_A_GIVEN
_TELLING = _GIVEN | Hint.INITIAL | Hint.CAPITAL


class Surroundings:
    """What stands around a word that may be a surname, as far as it can be a given name or an initial."""

    def __init__(self, passage: Passage, compiled: Compiled, place: int) -> None:
        self._compiled = compiled
        self._given: list[Matches] = []
        self._initials: list[str] = []
        self._tails: list[Set[str]] = []
        self._capitals: list[WordForm] = []
        every, anything = 0, passage.uncapitalised
        for at in passage.around(place):
            hints, word = passage.hints(at), passage.word(at)
            every |= hints
            if hints & _GIVEN:
                self._given.append(word.matches)
            if hints & Hint.INITIAL:
                self._initials.append(word.text)
            if hints & Hint.CAPITAL or anything:
                self._capitals.append(word)
            if not hints & Hint.CAPITAL and at < place and (tails := _tails(word, compiled)):
                self._tails.append(tails)
        # Every name is tried where all is asked for, and where an article may be part of a given name.
        self._every = passage.thorough or bool(every & Hint.ARTICLE)
        # Whether no word here can be more of a person's name than the surname.
        self._bare = not (self._every or every & _TELLING or anything or self._tails)

    @cached_property
    def _beginnings(self) -> Set[str]:
        """How the words begin that may be a name, or short for one."""
        return {word.beginning for word in self._capitals}

    def lacks_all(self, givens: Set[int], beginnings: Set[str]) -> bool:
        """Whether nothing here can be more than the surname of people with these given names; false if in doubt."""
        if self._bare:
            return True
        if self._every or self._tails or self._initials:
            return False
        return all([givens.isdisjoint(matches) for matches in self._given]) and beginnings.isdisjoint(self._beginnings)

    def lacks(self, person: PersonName) -> bool:
        """Whether nothing here can be more of a person's name than the surname."""
        if self._every or not is_plain(person, self._compiled):
            return False
        assert person.given is not None
        if self._names(person.given) or self._compiled.word(person.given).beginning in self._beginnings:
            return False
        return all(map(self._compiled.given_tails[person.given].isdisjoint, self._tails))

    def beside_a_typo(self, person: PersonName) -> bool:
        """Whether a surname with a typo may be a person's: it takes their given name or an initial beside it."""
        if self._every or person.given is None or person.particle or person.double is not None:
            return True
        return self._names(person.given)

    def _names(self, given: int) -> bool:
        """Whether a given name or its initial stands here."""
        if any([given in matches for matches in self._given]):
            return True
        return any(is_initial(letters, self._compiled.word(given)) for letters in self._initials)


def _tails(word: WordForm, compiled: Compiled) -> Set[str]:
    """What a word goes on with after its first sound, where a given name does: that lost it, or has another."""
    if word.tails is None:
        word.tails = compiled.every_given_tail.intersection(word.sounds[start : start + _TAIL] for start in (0, 1))
    return word.tails


def is_initial(letters: str, given: Word) -> bool:
    """Whether one or two letters are the first of a given name, in either script."""
    if fold(letters)[:1] == fold(given.raw)[:1]:
        return True
    sound = skeleton(letters + ("а" if is_cyrillic(letters) else "a"))[:1]
    return any(s[:1] == sound for s in given.spellings) or (letters[0] in "JZЖ" and given.sounds[:1] == "J")


def is_plain(person: PersonName, compiled: Compiled) -> bool:
    """Whether a name is a given name, which is written with a capital, and a surname."""
    if person.given is None or person.middle or person.particle or person.double is not None or person.half:
        return False
    return compiled.word(person.given).raw[:1].isupper()
