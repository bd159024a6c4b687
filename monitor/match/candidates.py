"""Pure. Which names are worth trying at a place: `verify` would refuse all others, and nothing would come of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.match.compiled import Compiled, PersonName, Phrase
from monitor.match.index import Matches, Word
from monitor.match.passage import Hint, Passage
from monitor.text import fold, is_cyrillic, skeleton

_BEFORE = 4  # words before a surname among which its given name stands
_REACH = 3  # words after the first of a phrase among which its second stands
_FEW = 3
_SHORTENED = 4  # sounds that a given name and its short form share
_TAIL = 4  # sounds after the first by which a given name is known that lost it


def words_before(passage: Passage, first: int) -> Iterator[int]:
    """The words before a surname, the nearest first, that may be of one name with it; a nickname in quotes does."""
    place, last = first - 1, first - _BEFORE
    while place >= max(0, last):
        if not passage.joined(place):
            if not passage.nickname(place):
                return
            place, last = place - 1, last - 1
        yield place
        place -= 1


class Surroundings:
    """What stands around a word that may be a surname, as far as it can be a given name or an initial."""

    def __init__(self, passage: Passage, compiled: Compiled, place: int) -> None:
        self._passage, self._compiled = passage, compiled
        self._beginnings: set[str] | None = None
        before = [*words_before(passage, place)]
        self._around = [*before, place + 1] if place + 1 < len(passage.tokens) else before
        hints = passage.hints_at(self._around)
        # Every name is tried where all is asked for, and where an article may be part of a given name.
        self._every = passage.thorough or bool(hints & Hint.ARTICLE)
        self._tails = self._tails_of(before)
        given = Hint.GIVEN | Hint.LIKE_A_GIVEN
        # Whether no word here can be more of a person's name than the surname.
        telling = given | Hint.INITIAL | Hint.CAPITAL
        self.bare = not (self._every or hints & telling or passage.uncapitalised or self._tails)
        initials = [at for at in self._around if passage.is_hinted(at, Hint.INITIAL)] if hints & Hint.INITIAL else []
        self._initials = [passage.tokens[at].text for at in initials]
        self._given = (
            [passage.matches[at] for at in self._around if passage.is_hinted(at, given)] if hints & given else []
        )

    def _tails_of(self, before: Sequence[int]) -> set[str]:
        """What words in small letters go on with, where it may be a given name's."""
        small = [at for at in before if not self._passage.is_hinted(at, Hint.CAPITAL)]
        sounds = [skeleton(self._passage.tokens[at].text) for at in small]
        tails = {each[start : start + _TAIL] for each in sounds for start in (0, 1)}
        return tails & self._compiled.every_given_tail

    def _begins(self, sounds: str) -> bool:
        """Whether a word here begins like a name, so that one may be short for the other."""
        if self._beginnings is None:
            passage = self._passage
            words = [passage.tokens[at].text for at in self._around if passage.capital(at)]
            self._beginnings = {skeleton(word)[:_SHORTENED] for word in words}
        return sounds[:_SHORTENED] in self._beginnings

    def beside_a_typo(self, people: Sequence[PersonName]) -> Sequence[PersonName]:
        """Whose surname may stand here with a typo in it: it takes their given name or an initial beside it."""
        if self._every:
            return people
        return [p for p in people if p.given is None or p.particle or p.double is not None or self._names(p.given)]

    def _names(self, given: int) -> bool:
        """Whether a given name or its initial stands here."""
        if self._given and _stands(given, self._given):
            return True
        return any(is_initial(letters, self._compiled.word(given)) for letters in self._initials)

    def lack(self, person: PersonName) -> bool:
        """Whether nothing here can be more of a person's name than the surname."""
        if self._every or not is_plain(person, self._compiled):
            return False
        assert person.given is not None
        if self._names(person.given) or self._begins(self._compiled.word(person.given).sounds):
            return False
        return not self._tails or self._tails.isdisjoint(self._compiled.given_tails[person.given])


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


def phrases_at(passage: Passage, compiled: Compiled, place: int, number: int) -> Sequence[Phrase]:
    """The phrases that may begin here: those whose second word stands near."""
    phrases = compiled.phrases.get(number, ())
    if passage.thorough or len(phrases) < _FEW:
        return phrases
    after = passage.matches[place + 1 : place + 1 + _REACH]
    return [phrase for phrase in phrases if len(phrase.words) == 1 or _stands(phrase.words[1], after)]


def _stands(number: int, matches: Sequence[Matches]) -> bool:
    return any(number in each for each in matches)
