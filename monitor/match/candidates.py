"""Pure. Which names are worth trying at a place: `verify` would refuse all others, and nothing would come of it."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.match.compiled import Compiled, PersonName, Phrase
from monitor.match.index import Matches, Word
from monitor.match.passage import Hint, Passage
from monitor.text import fold, is_cyrillic, skeleton

_BEFORE, _AFTER = 3, 2  # words around a surname among which its given name stands
_REACH = 3  # words after the first of a phrase among which its second stands
_FEW = 3
_SHORTENED = 4  # sounds that a given name and its short form share


class Surroundings:
    """What stands around a word that may be a surname, as far as it can be a given name or an initial."""

    def __init__(self, passage: Passage, place: int) -> None:
        self._passage = passage
        self._beginnings: set[str] | None = None
        self._around = [*range(max(0, place - _BEFORE), place), *range(place + 1, place + _AFTER + 1)]
        while self._around and self._around[-1] >= len(passage.tokens):
            self._around.pop()
        hints = passage.hints_at(self._around)
        given = Hint.GIVEN | Hint.LIKE_A_GIVEN
        # Whether no word here can be more of a person's name than the surname.
        telling = given | Hint.INITIAL | Hint.CAPITAL
        self.bare = not (passage.thorough or hints & telling or passage.uncapitalised)
        initials = [at for at in self._around if passage.is_hinted(at, Hint.INITIAL)] if hints & Hint.INITIAL else []
        self._initials = [passage.tokens[at].text for at in initials]
        self._given = (
            [passage.matches[at] for at in self._around if passage.is_hinted(at, given)] if hints & given else []
        )

    def _begins(self, sounds: str) -> bool:
        """Whether a word here begins like a name, so that one may be short for the other."""
        if self._beginnings is None:
            passage = self._passage
            words = [passage.tokens[at].text for at in self._around if passage.capital(at)]
            self._beginnings = {skeleton(word)[:_SHORTENED] for word in words}
        return sounds[:_SHORTENED] in self._beginnings

    def beside_a_typo(self, people: Sequence[PersonName], compiled: Compiled) -> Sequence[PersonName]:
        """Whose surname may stand here with a typo in it: it takes their given name or an initial beside it."""
        if self._passage.thorough:
            return people
        return [person for person in people if person.given is None or self._names(person.given, compiled)]

    def _names(self, given: int, compiled: Compiled) -> bool:
        """Whether a given name or its initial stands here."""
        if self._given and _stands(given, self._given):
            return True
        return any(is_initial(letters, compiled.word(given)) for letters in self._initials)

    def lack(self, person: PersonName, compiled: Compiled) -> bool:
        """Whether nothing here can be more of a person's name than the surname."""
        if self._passage.thorough or not is_plain(person, compiled):
            return False
        assert person.given is not None
        return not self._names(person.given, compiled) and not self._begins(compiled.word(person.given).spellings[0])


def is_initial(letters: str, given: Word) -> bool:
    """Whether one or two letters are the first of a given name, in either script."""
    if fold(letters)[:1] == fold(given.raw)[:1]:
        return True
    sound = skeleton(letters + ("а" if is_cyrillic(letters) else "a"))[:1]
    return any(s[:1] == sound for s in given.spellings) or (letters[0] in "JZЖ" and given.spellings[0][:1] == "J")


def is_plain(person: PersonName, compiled: Compiled) -> bool:
    """Whether a name is a given name, which is written with a capital, and a surname."""
    if person.given is None or person.middle or person.particle:
        return False
    return compiled.word(person.given).raw[:1].isupper()


def phrases_at(passage: Passage, compiled: Compiled, place: int, number: int) -> Sequence[Phrase]:
    """The phrases that may begin here: those whose second word stands near."""
    phrases = compiled.phrases.get(number, ())
    if passage.thorough or len(phrases) < _FEW:
        return phrases
    after = passage.matches[place + 1 : place + 1 + _REACH]
    return [phrase for phrase in phrases if len(phrase.words) == 1 or _stands(phrase.words[1], after)]


def _stands(number: int, matches: Sequence[Matches]) -> bool:
    return any(number in each for each in matches)
