"""Pure. Which names are worth trying at a place: `verify` would refuse all others, and nothing would come of it."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.match.compiled import Compiled, PersonName, Phrase
from monitor.match.index import Closeness, Matches
from monitor.match.passage import Hint, Passage

_BEFORE, _AFTER = 3, 2  # words around a surname among which its given name stands
_REACH = 3  # words after the first of a phrase among which its second stands
_FEW = 3


def people_at(passage: Passage, compiled: Compiled, place: int, number: int) -> Sequence[PersonName]:
    """The people whose surname may stand here. With a typo in it, it takes their given name or an initial beside it."""
    people = compiled.people.get(number, ())
    if not people or not passage.capital(place):
        return ()
    if passage.thorough or passage.matches[place].closeness(number) is not Closeness.TYPO:
        return people
    around = range(max(0, place - _BEFORE), min(len(passage.tokens), place + _AFTER + 1))
    if any(passage.is_hinted(at, Hint.INITIAL) for at in around):
        return people
    near = [passage.matches[at] for at in around if passage.is_hinted(at, Hint.GIVEN)]
    return [person for person in people if person.given is None or _stands(person.given, near)]


def phrases_at(passage: Passage, compiled: Compiled, place: int, number: int) -> Sequence[Phrase]:
    """The phrases that may begin here: those whose second word stands near."""
    phrases = compiled.phrases.get(number, ())
    if passage.thorough or len(phrases) < _FEW:
        return phrases
    after = passage.matches[place + 1 : place + 1 + _REACH]
    return [phrase for phrase in phrases if len(phrase.words) == 1 or _stands(phrase.words[1], after)]


def _stands(number: int, matches: Sequence[Matches]) -> bool:
    return any(number in each for each in matches)
