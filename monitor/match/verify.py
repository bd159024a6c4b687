"""Pure. Where a passage holds a name: the words that belong to it, or the rule that says it is another's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from monitor.match.candidates import Surroundings, is_initial, is_plain, phrases_at
from monitor.match.compiled import Acronym, Compiled, Name, PersonName, Phrase
from monitor.match.forms import Declension, acronym_ending, particle
from monitor.match.index import Closeness, Word, WordMatch, apart
from monitor.match.passage import Hint, Passage
from monitor.match.words import CONJUNCTIONS, NOBILIARY, is_type_word
from monitor.text import fold, is_cyrillic, skeleton

_REACH = 3  # words looked at on either side of a surname, and between two words of a phrase


class Kind(StrEnum):
    """What of a name was found."""

    FULL = "full"  # all of a name: given name and surname, all words of an organisation, the one word it has
    INITIALS = "initials"
    SURNAME = "surname"
    ACRONYM = "acronym"
    LEARNED = "learned"  # an acronym that the article gives in brackets after the full name


@dataclass(frozen=True, slots=True)
class Part:
    """A word of the text that is a word of the name."""

    text: str
    word: Word
    match: WordMatch


@dataclass(frozen=True, slots=True)
class Found:
    """A place where a name stands. `refused`: why it is not this name after all."""

    name: Name
    kind: Kind
    start: int
    end: int
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    refused: str = ""
    omitted: int = 0  # middle names of the alias that do not stand here
    shared: bool = False  # the surname is another's too: "Сергей и Юлия Скрипаль"
    namesake: bool = False  # a surname with another person's given name or initial in front

    @property
    def closeness(self) -> Closeness:
        if len(self.parts) == 1:
            return self.parts[0].match.closeness
        return min((p.match.closeness for p in self.parts), default=Closeness.SAME)


def find(passage: Passage, compiled: Compiled) -> Iterator[Found]:
    """Every place of a passage that holds, or nearly holds, a name of the list."""
    for place in passage.places:
        if passage.is_hinted(place, Hint.MATCHED):
            yield from _people(passage, compiled, place)
        if passage.is_hinted(place, Hint.FIRST | Hint.WHOLE_PHRASE):
            for number in passage.matches[place]:
                for phrase in phrases_at(passage, compiled, place, number):
                    if found_phrase := _phrase(passage, compiled, place, phrase):
                        yield found_phrase
                        yield from _learned(passage, found_phrase)
        if compiled.acronyms:
            yield from _acronyms(passage, compiled, place)


class _Bearers(NamedTuple):
    """The people with one surname that a word may be, and what of it decides for all of them where it stands alone."""

    people: Sequence[PersonName]
    part: Part
    closeness: Closeness
    alike: tuple[bool, bool, bool]
    plain: bool  # each is a given name and a surname


def _bearers(passage: Passage, compiled: Compiled, place: int) -> Sequence[_Bearers]:
    """Everybody whose surname the word at a place may be, the best spelt first; found once a word form."""
    matches = passage.matches[place]
    if matches.bearers is None:
        text, found = passage.tokens[place].text, []
        for number in matches:
            if people := compiled.people.get(number):
                surname = matches[number]
                feminine = surname.stem.declension is Declension.OV and surname.ending == "a"
                alike = surname.bare, surname.closeness is Closeness.TYPO, feminine
                part = Part(text, compiled.word(number), surname)
                plain = all(is_plain(person, compiled) for person in people)
                found.append(_Bearers(people, part, surname.closeness, alike, plain))
        matches.bearers = sorted(found, key=attrgetter("closeness"), reverse=True)
    bearers: Sequence[_Bearers] = matches.bearers
    return bearers


def _people(passage: Passage, compiled: Compiled, place: int) -> Iterator[Found]:
    """Whose surname may stand at a place. What is alike for all who have but a surname there is asked once.

    Of surnames that stand alone the best spelt exclude the others (`decide`), so these are not made.
    """
    bearers = _bearers(passage, compiled, place)
    if not bearers or not passage.capital(place):
        return
    here = Surroundings(passage, place)
    alone: dict[tuple[bool, bool, bool], Found | None] = {}
    settled = Closeness.TYPO  # how well spelt a surname alone must be: one with a typo is none
    for people, part, closeness, alike, plain in bearers:
        if plain and here.bare:
            some: Sequence[PersonName] = people if closeness >= settled else ()
        else:
            some = people if closeness is not Closeness.TYPO else here.beside_a_typo(people, compiled)
        for person in some:
            if not (here.bare and plain) and not here.lack(person, compiled):
                if found := _Person(passage, compiled, place, person).find():
                    yield found
                continue
            if closeness < settled:
                continue
            if alike not in alone:
                alone[alike] = _Person(passage, compiled, place, person).find_alone()
            one = alone[alike]
            if one and (one.namesake or not one.refused):
                settled = closeness if not one.refused else settled
                yield Found(
                    person, one.kind, one.start, one.end, (part,), one.notes, one.refused, namesake=one.namesake
                )


def look_alikes(passage: Passage, compiled: Compiled) -> Iterator[Found]:
    """Places where a listed given name stands beside a surname that is merely like the listed one."""
    bearers: dict[int, list[PersonName]] = {}
    for person in (p for people in compiled.people.values() for p in people if p.given is not None):
        bearers.setdefault(person.given or 0, []).append(person)
    for place, matches in enumerate(passage.matches):
        people = [p for number in matches for p in bearers.get(number, ()) if passage.capital(place)]
        for beside in (place + 1, place - 1) if people else ():
            first, last = sorted((place, beside))
            if first < 0 or last >= len(passage.tokens) or not passage.joined(first) or not passage.capital(beside):
                continue
            word = passage.tokens[beside].text
            for person in people:
                listed = compiled.word(person.surname)
                sounds = None if person.surname in passage.matches[beside] else apart(word, listed)
                if sounds is not None:
                    differs = f"“{word}” is not {listed.raw}: sounds that differ: {sounds}"
                    start, end = passage.tokens[first].start, passage.tokens[last].end
                    yield Found(person, Kind.FULL, start, end, refused=differs)


# ---- persons --------------------------------------------------------------------------------------------------------


class _Person:
    """A person's name tried at a word that may be its surname."""

    def __init__(self, passage: Passage, compiled: Compiled, place: int, name: PersonName) -> None:
        self.passage, self.compiled, self.place, self.name = passage, compiled, place, name
        self.surname = passage.matches[place][name.surname]
        self.last = place  # of the surname: a particle is part of it
        self.notes: tuple[str, ...] = ()

    def find(self) -> Found | None:
        if not self._takes_particle():
            return None
        if self.name.given is None:
            return self._one_word()
        return self._given_before() or self._given_after() or self._alone()

    def find_alone(self) -> Found | None:
        """The same where it is known that no given name or initial stands beside the surname."""
        return self._alone() if self._takes_particle() else None

    # -- what stands at the surname itself

    def _takes_particle(self) -> bool:
        """Whether the word is followed by the particle the name has; moves `last` onto it."""
        following = self._word(self.place + 1) if self.passage.joined(self.place) else ""
        stands = particle(following) if following else None
        if self.name.particle is None:
            return stands is None or not self.surname.bare or self._word(self.place).endswith(("кызы", "уулу"))
        if stands is None or stands[0] is not self.name.particle or not self.surname.bare:
            return False  # "X-дин уулу" is X's son
        self.last = self.place + 1
        self.notes = (f"“{following}”: {stands[1]}",) if stands[1] else ()
        return True

    def _one_word(self) -> Found | None:
        found = self._found(Kind.FULL, self.place, self.last)
        if self.name.particle is None:
            found = replace(found, refused=_common_word(self.passage, self.place, found.parts[-1]))
        return found

    # -- the given name

    def _given_before(self) -> Found | None:
        """Given name or initials before the surname, up to two other names between."""
        shared = False
        for place in range(self.place - 1, max(-1, self.place - 1 - _REACH), -1):
            if not self.passage.joined(place):
                return None
            word = self._word(place)
            shared = shared or word.lower() in CONJUNCTIONS
            if "." in self.passage.gap(place) and len(word) > 2:
                return None
            if found := self._given_at(place, place, self.last):
                return replace(found, shared=shared)
            if len(word) <= 2 and word[:1].isupper():
                if self._is_initial(word):
                    return self._found(Kind.INITIALS, place, self.last)
            elif not (self.passage.capital(place) or word.lower() in NOBILIARY | CONJUNCTIONS):
                return None
        return None

    def _given_after(self) -> Found | None:
        """Surname first: Given, or an initial with its full stop, after it."""
        after = self.last + 1
        if not self.passage.joined(self.last, comma=True):
            return None
        gap = self.passage.gap(self.last)
        if "." not in gap and (found := self._given_at(after, self.place, after)):
            return found
        token = self.passage.tokens[after]
        stopped = self.passage.text[token.end : token.end + 1] == "."
        if (
            stopped
            and "," not in gap
            and len(token.text) <= 2
            and token.text[:1].isupper()
            and self._is_initial(token.text)
        ):
            return self._found(Kind.INITIALS, self.place, after)
        return None

    def _given_at(self, place: int, first: int, last: int) -> Found | None:
        """The full name, when the word at `place` is the given name and agrees with the surname."""
        assert self.name.given is not None
        listed = self.compiled.word(self.name.given)
        if not (self.passage.capital(place) or listed.raw[:1].islower()):
            return None
        match = self.passage.matches[place].get(self.name.given)
        if match is not None and self._trusted(match):
            found = self._found(Kind.FULL, first, last, Part(self._word(place), listed, match))
            agrees = self._agrees(match, self._word(place))
            return found if agrees else replace(found, refused="the endings say it is another person")
        if self.surname.closeness is not Closeness.TYPO and _short_given(self._word(place), listed):
            note = f"“{self._word(place)}” for {listed.raw}, shortened"
            return replace(self._found(Kind.FULL, first, last), notes=(note, *self.notes))
        return None

    def _trusted(self, given: WordMatch) -> bool:
        """Whether given name and surname together agree well enough: what is loose in one must be firm in the other."""
        pair = sorted((given.closeness, self.surname.closeness))
        if pair[0] is Closeness.TYPO and pair[1] is Closeness.TYPO:
            return False
        short = min(len(given.stem.text), len(self.surname.stem.text)) <= 3
        return not short or pair[1] is Closeness.SAME

    def _agrees(self, given: WordMatch, word: str) -> bool:
        """Russian agreement: a bare masculine given name before "-ова" is another person's (Динар Исаева)."""
        if self.surname.stem.declension is not Declension.OV or self.surname.ending != "a":
            return True
        if self.passage.is_kyrgyz:
            return False
        masculine = given.bare and skeleton(word)[-1:] not in "aeiou"
        asian = self.surname.stem.text.endswith("in") and len(given.stem.text) <= 3  # Дэн Сяопина
        return not masculine or asian

    def _is_initial(self, letters: str) -> bool:
        assert self.name.given is not None
        return is_initial(letters, self.compiled.word(self.name.given))

    # -- the surname alone

    def _alone(self) -> Found:
        """The surname without the given name, or with a word beside it that makes it another's."""
        if refused := self._misfit():
            return self._found(Kind.SURNAME, self.place, self.last, refused=refused)
        another = self._another_given()
        return self._found(Kind.SURNAME, self.place, self.last, refused=another, namesake=bool(another))

    def _misfit(self) -> str:
        """What about the surname itself says that it is another's."""
        before, after = self.place - 1, self.last + 1
        if self.name.particle is None:
            if self.passage.hyphened(before) and self.passage.capital(before):
                return f"part of the double name “{self._word(before)}-{self._word(self.place)}”"
            if self.passage.hyphened(self.last) and self.passage.capital(after):
                return f"part of the double name “{self._word(self.place)}-{self._word(after)}”"
        if self.surname.closeness is Closeness.TYPO:
            return "a surname alone must be spelt right"
        if self.surname.stem.declension is Declension.OV and self.surname.ending == "a" and self.passage.is_kyrgyz:
            return "the ending says it is a woman"
        return ""

    def _another_given(self) -> str:
        """Another person's given name or initial in front."""
        for place in range(self.place - 1, max(-1, self.place - 1 - _REACH), -1):
            word = self._word(place)
            if not self.passage.joined(place) or ("." in self.passage.gap(place) and len(word) > 2):
                return ""
            if word.lower() in NOBILIARY:
                continue
            if not word[:1].isupper():
                return ""
            if len(word) <= 2 and word.isupper():
                return f"another initial, “{word}.”, stands in front"
            return f"“{word}” in front may be another's given name" if self.passage.could_be_a_given_name(place) else ""
        return ""

    # -- helpers

    def _word(self, place: int) -> str:
        return self.passage.tokens[place].text if 0 <= place < len(self.passage.tokens) else ""

    def _found(
        self, kind: Kind, first: int, last: int, given: Part | None = None, *, refused: str = "", namesake: bool = False
    ) -> Found:
        surname = Part(self._word(self.place), self.compiled.word(self.name.surname), self.surname)
        start, end = self.passage.tokens[first].start, self.passage.tokens[last].end
        within = self.passage.matches[first : last + 1] if self.name.middle else ()
        omitted = sum(not any(middle in m for m in within) for middle in self.name.middle)
        parts = (given, surname) if given else (surname,)
        return Found(self.name, kind, start, end, parts, self.notes, refused, omitted, namesake=namesake)


def _short_given(word: str, listed: Word) -> bool:
    """Дастан for Дастанбек, and the other way round."""
    sounds, name = skeleton(word), listed.spellings[0]
    if min(len(sounds), len(name)) < 4 or sounds == name:
        return False
    longer, shorter = (sounds, name) if len(sounds) > len(name) else (name, sounds)
    return longer.startswith(shorter) and longer[len(shorter) :] in {"bek", "bai", "Jan", "ali", "kul", "gul", "han"}


# ---- organisations --------------------------------------------------------------------------------------------------


def _phrase(passage: Passage, compiled: Compiled, place: int, phrase: Phrase) -> Found | None:
    """The words of a phrase in order, from one that may be its first."""
    places = list(_places(passage, place, phrase.words))
    if len(places) < len(phrase.words):
        return None
    parts = tuple(
        Part(passage.tokens[at].text, compiled.word(number), passage.matches[at][number])
        for at, number in zip(places, phrase.words, strict=True)
    )
    first, last = places[0], places[-1]
    refused = _common_words(passage, places, phrase, parts)
    return Found(phrase, Kind.FULL, passage.tokens[first].start, passage.tokens[last].end, parts, refused=refused)


def _places(passage: Passage, place: int, words: Sequence[int]) -> Iterator[int]:
    """Where each word stands, from the first on."""
    yield place
    for number in words[1:]:
        following = _next_place(passage, place, number, others=2 if len(words) > 2 else 1)
        if following is None:
            return
        place = following
        yield place


def _next_place(passage: Passage, place: int, number: int, others: int) -> int | None:
    """Where the next word of a phrase stands; that many others, parted by spaces alone, may come between."""
    for at in range(place + 1, min(len(passage.tokens), place + 2 + others)):
        between = passage.gap(at - 1).strip()
        if len(between) > 1 or (between and (between not in "-–,.’'\"«»“”" or at > place + 1)):
            return None
        match = passage.matches[at].get(number)
        if match is not None and match.closeness >= Closeness.VOWELS:
            return at
        if between:
            return None
    return None


def _common_words(passage: Passage, places: list[int], phrase: Phrase, parts: tuple[Part, ...]) -> str:
    """Why these are common words and not the name: names that are such need capitals, quotation marks or their type."""
    if phrase.person:
        small = any(upper and not passage.capital(at) for at, upper in zip(places, phrase.capitals, strict=True))
        return "it is not capitalised" if small else ""
    if not any(phrase.capitals):
        return ""
    quoted = passage.text[max(0, passage.tokens[places[0]].start - 1) : passage.tokens[places[0]].start] in {*'«"“„('}
    if len(places) == 1:
        return _common_word(passage, places[0], parts[0])
    if quoted:
        return ""
    listed = [at for at, upper in zip(places, phrase.capitals, strict=True) if upper]
    written = [at for at in listed if passage.capital(at)]
    short = sum(len(p.word.raw) for p in parts) < 10
    if (short and len(written) < len(listed)) or (len(parts) == 2 and not written):
        return "it is not capitalised"
    # "Новая линия": a capital says nothing where a sentence begins.
    if len(parts) == 2 and written == places[:1] and passage.starts_sentence(places[0]):
        return (
            "" if _beside_type_word(passage, places[0]) else "it may be capitalised as the first word of its sentence"
        )
    return ""


def _common_word(passage: Passage, place: int, part: Part) -> str:
    """Why a word is not a name of one word."""
    if part.match.closeness is not Closeness.SAME:
        return "a name of one word must be spelt right"
    if not passage.tokens[place].text[:1].isupper():
        return "it is not capitalised"
    if not _same_letters(part.text, part.word.raw):
        return f"“{part.text}” sounds like {part.word.raw}, but is spelt otherwise"
    if passage.starts_sentence(place) and not _beside_type_word(passage, place) and part.word.raw.islower():
        return "it may be capitalised as the first word of its sentence"
    return ""


_KYRGYZ_AS_RUSSIAN = str.maketrans("өүң", "оун")


def _same_letters(text: str, listed: str) -> bool:
    """Whether a lone word is spelt like the one on the list: Аравия is not Араван, "клоп" not Kloop.

    In one script all but its last letter, which an ending may change; across scripts the letters it doubles.
    """
    text, listed = (fold(word).translate(_KYRGYZ_AS_RUSSIAN) for word in (text, listed))
    if is_cyrillic(text) == is_cyrillic(listed):
        return text.startswith(listed[:-1] if len(listed) > 3 else listed)
    return len(listed) > 6 or _doubled(text[: len(listed) + 1]) == _doubled(listed)


def _doubled(word: str) -> set[str]:
    return {skeleton(letter) for letter in _TWICE.findall(word)}


_TWICE = re.compile(r"(.)\1")


def _beside_type_word(passage: Passage, place: int) -> bool:
    beside = [p for p in (place - 1, place + 1) if 0 <= p < len(passage.tokens)]
    return any(is_type_word(passage.tokens[p].text) for p in beside)


# ---- acronyms -------------------------------------------------------------------------------------------------------

_ACRONYM = re.compile(r"^([^\W_a-zа-яёөүңіїє]{2,7})['’]?([^\W\dA-ZА-ЯЁӨҮҢ]{0,10})$")
_LEARNED = re.compile(r"[\s,]*\(\s*(?:далее\s*[-—–]\s*|hereinafter\s+)?[«\"“]?([A-ZА-ЯЁӨҮҢ]{3,7})[»\"”]?\s*[),;]")


def _acronyms(passage: Passage, compiled: Compiled, place: int) -> Iterator[Found]:
    """Acronyms count exactly as they are written on the list, with an ending glued or hyphened on."""
    token = passage.tokens[place]
    if not token.text[:2].isupper() or not (written := _ACRONYM.match(token.text)):
        return
    letters, tail = written.groups()
    names = compiled.acronyms.get(letters, ())
    if not names or (says := acronym_ending(tail) if tail else "") is None:
        return
    notes = (f"the ending -{tail}: {says}",) if says else ()
    for name in names:
        yield Found(name, Kind.ACRONYM, token.start, token.end, notes=notes)


def _learned(passage: Passage, found: Found) -> Iterator[Found]:
    """Every place of the acronym that stands in brackets after the full name."""
    introduced = _LEARNED.match(passage.text, found.end)
    if found.refused or not introduced or not isinstance(found.name, Phrase):
        return
    letters = introduced[1]
    name = Acronym(found.name.entity, found.name.alias, letters)
    for token in passage.tokens:
        written = _ACRONYM.match(token.text) if token.text.startswith(letters) else None
        if written and written[1] == letters and (not written[2] or acronym_ending(written[2]) is not None):
            note = f"{letters} stands in brackets after the full name in this article"
            yield Found(name, Kind.LEARNED, token.start, token.end, notes=(note,))
