"""Pure. What stands around a surname: whose given name or initial, so that `people` tries no name in vain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from functools import lru_cache
from typing import NamedTuple

from monitor.match.compile import Compiled, PersonName
from monitor.match.index.word_index import Word
from monitor.match.scanner.passage import SHORTENED, Passage, WordFlags
from monitor.text.normalize import fold, is_cyrillic
from monitor.text.romanize import skeleton

_GIVEN = WordFlags.GIVEN | WordFlags.LIKE_A_GIVEN


class Givens(NamedTuple):
    """Given names of the list, and how they begin."""

    numbers: frozenset[int]
    beginnings: Mapping[str, Set[int]]

    @classmethod
    def of(cls, people: Iterable[PersonName], compiled: Compiled) -> Givens:
        numbers = frozenset(person.given for person in people if person.given is not None)
        beginnings: dict[str, set[int]] = {}
        for number in numbers:
            beginnings.setdefault(compiled.word(number).sounds[:SHORTENED], set()).add(number)
        return cls(numbers, beginnings)


class Surroundings:
    """Which given names may stand around a word that may be a surname, written out, as initials or cut short."""

    def __init__(self, passage: Passage, compiled: Compiled, place: int, givens: Givens) -> None:
        """`givens`: those of everybody whose surname the word may be."""
        self._compiled, self._every = compiled, passage.thorough  # where all is asked for, every name is tried
        self._named: set[int] = set()  # by their first name or an initial of it
        self._begun: set[int] = set()  # by how a word begins or, the first letter aside, goes on
        for at in passage.around(place) if not self._every else ():
            hints, word = passage.hints(at), passage.word(at)
            if (hints & WordFlags.CAPITAL or passage.uncapitalised) and word.beginning in givens.beginnings:
                self._begun.update(givens.beginnings[word.beginning])
            if hints & _GIVEN:
                self._named.update(n for n in givens.numbers if n in word.matches)
            if hints & WordFlags.INITIAL:
                self._named.update(n for n in givens.numbers if is_initial(word.text, compiled.word(n)))
            if at < place and not hints & WordFlags.CAPITAL and word.headless:
                self._begun.update(givens.numbers & word.headless.keys())
            if hints & WordFlags.ARTICLE:
                self._every = True  # it may be part of a given name
        self.bare = not (self._every or self._named or self._begun)

    def may_complete(self, person: PersonName, typo: bool) -> bool:
        """Whether more of a person's name may stand here; a surname with a typo takes a given name or an initial."""
        if self._every or person.given is None or person.given in self._named:
            return True
        if typo:
            return person.particle is not None or person.double is not None
        return person.given in self._begun or not is_plain(person, self._compiled)


@lru_cache(1 << 14)
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
