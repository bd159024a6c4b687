"""Pure. Where a passage holds a name: the words that belong to it, or the rule that says it is another's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from monitor.match.candidates import Surroundings, is_initial, is_plain, phrases_at, words_before
from monitor.match.compiled import Acronym, Compiled, Name, PersonName, Phrase
from monitor.match.forms import Declension, acronym_ending, is_declined_patronymic, is_kyrgyz_ending, particle
from monitor.match.index import Closeness, Word, WordMatch, apart, headless, wrong_at_first
from monitor.match.passage import Hint, Passage
from monitor.match.words import (
    ARTICLES,
    CONJUNCTIONS,
    MEN_IN_A,
    NOBILIARY,
    is_common_given_name,
    is_title,
    is_type_word,
)
from monitor.text import WHITE, fold, is_cyrillic, skeleton

_SHORT = 3  # sounds: Мэй, Ким
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
    doubt: str = ""  # why it may be a common word; elsewhere in the article it may stand without a doubt

    @property
    def closeness(self) -> Closeness:
        if len(self.parts) == 1:
            return self.parts[0].match.closeness
        return min((p.match.closeness for p in self.parts), default=Closeness.SAME)

    @property
    def in_script(self) -> bool:
        """Whether all of the name stands in the script in which it is listed."""
        return all(is_cyrillic(p.text) == is_cyrillic(p.word.raw) for p in self.parts)


def find(passage: Passage, compiled: Compiled) -> Iterator[Found]:
    """Every place of a passage that holds, or nearly holds, a name of the list."""
    for place in passage.places:
        if passage.is_hinted(place, Hint.MATCHED):
            people = _people(passage, compiled, place)
            phrases = passage.is_hinted(place, Hint.FIRST | Hint.WHOLE_PHRASE)
            for number in passage.matches[place] if people or phrases else ():
                yield from people.get(number, ())
                for phrase in phrases_at(passage, compiled, place, number) if phrases else ():
                    if found_phrase := _phrase(passage, compiled, place, phrase):
                        yield found_phrase
                        yield from _learned(passage, found_phrase)
        if passage.is_hinted(place, Hint.EXACT_GIVEN):
            yield from _headless(passage, compiled, place)
        if compiled.acronyms:
            yield from _acronyms(passage, compiled, place)


class _Bearers(NamedTuple):
    """The people with one surname that a word may be, and what of it decides for all of them where it stands alone."""

    number: int
    people: Sequence[PersonName]
    part: Part
    closeness: Closeness
    alike: tuple[bool, ...]
    plain: bool  # each is a given name and a surname


def _bearers(passage: Passage, compiled: Compiled, place: int) -> Sequence[_Bearers]:
    """Everybody whose surname the word at a place may be, the best spelt first; found once a word form."""
    matches = passage.matches[place]
    if matches.bearers is None:
        text, found = passage.tokens[place].text, []
        for number, surname in matches.items():
            if people := compiled.people.get(number):
                declension, closeness = surname.stem.declension, surname.closeness
                feminine = declension is Declension.OV and surname.ending == "a"
                alike = surname.bare, declension in _OF_FATHERS, _spelt_right(surname), feminine
                part = Part(text, compiled.word(number), surname)
                plain = all(is_plain(person, compiled) for person in people)
                found.append(_Bearers(number, people, part, closeness, alike, plain))
        matches.bearers = sorted(found, key=attrgetter("closeness"), reverse=True)
    bearers: Sequence[_Bearers] = matches.bearers
    return bearers


def _people(passage: Passage, compiled: Compiled, place: int) -> Mapping[int, Sequence[Found]]:
    """Whose surname may stand at a place, by its number. What is alike for all who have but a surname there is asked
    once.

    Of surnames that stand alone the best spelt exclude the others (`decide`), so these are not made.
    """
    bearers = _bearers(passage, compiled, place)
    found: dict[int, list[Found]] = {}
    if not bearers or not passage.capital(place):
        return found
    here = Surroundings(passage, compiled, place)
    alone: dict[tuple[bool, ...], Found | None] = {}
    settled = Closeness.TYPO  # how well spelt a surname alone must be: one with a typo is none
    for number, people, part, closeness, alike, plain in bearers:
        if plain and here.bare:
            some: Sequence[PersonName] = people if closeness >= settled else ()
        else:
            some = people if closeness is not Closeness.TYPO else here.beside_a_typo(people)
        for person in some:
            if not (here.bare and plain) and not here.lack(person):
                if whole := _Person(passage, compiled, place, person).find():
                    found.setdefault(number, []).append(whole)
                continue
            if closeness < settled:
                continue
            if alike not in alone:
                alone[alike] = _Person(passage, compiled, place, person).find_alone()
            one = alone[alike]
            if one and (one.namesake or not one.refused):
                settled = closeness if not one.refused else settled
                found.setdefault(number, []).append(
                    Found(person, one.kind, one.start, one.end, (part,), one.notes, one.refused, namesake=one.namesake)
                )
    return found


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


def _headless(passage: Passage, compiled: Compiled, place: int) -> Iterator[Found]:
    """A surname that lost its first letter, or has another, and so its capital; after the exact given name."""
    first, word = passage.tokens[place].text, passage.tokens[place + 1].text if passage.joined(place) else ""
    if len(word) < 5 or not word[0].islower() or not first[0].isupper() or "." in passage.gap(place):
        return
    for number, surname in headless(skeleton(word), is_cyrillic(word), compiled.headless):
        for name in compiled.people[number]:
            given = passage.matches[place].get(name.given) if name.given is not None else None
            if given is None or given.closeness is not Closeness.SAME or not given.bare or name.particle or name.double:
                continue
            parts = Part(first, compiled.word(name.given or 0), given), Part(word, compiled.word(number), surname)
            yield Found(name, Kind.FULL, passage.tokens[place].start, passage.tokens[place + 1].end, parts)


# ---- persons --------------------------------------------------------------------------------------------------------


class _Person:
    """A person's name tried at a word that may be its surname."""

    def __init__(self, passage: Passage, compiled: Compiled, place: int, name: PersonName) -> None:
        self.passage, self.compiled, self.place, self.name = passage, compiled, place, name
        self.surname = passage.matches[place][name.surname]
        self.first = self.last = place  # of the surname: a particle is part of it, and the first of a double name
        self.notes: tuple[str, ...] = ()

    def find(self) -> Found | None:
        if not self._takes_particle() or not self._is_double():
            return None
        if self.name.given is None:
            return self._one_word()
        if self.passage.inflected_acronym(self.place):
            return None
        return self._given_before() or self._given_after() or self._alone()

    def find_alone(self) -> Found | None:
        """The same where it is known that no given name or initial stands beside the surname."""
        return self._alone() if self._takes_particle() and not self.passage.inflected_acronym(self.place) else None

    # -- what stands at the surname itself

    def _takes_particle(self) -> bool:
        """Whether the word is followed by the particle the name has; moves `last` onto it."""
        following = self._word(self.place + 1) if self.passage.joined(self.place) else ""
        stands = particle(following) if following else None
        if self.name.particle is None:
            family = self.surname.stem.declension in _OF_FATHERS  # no father's name: "with his son"
            return (
                stands is None or family or not self.surname.bare or self._word(self.place).endswith(("кызы", "уулу"))
            )
        if stands is None or stands[0] is not self.name.particle or not self.surname.bare:
            return False  # "X-дин уулу" is X's son
        self.last = self.place + 1
        self.notes = (f"“{following}”: {stands[1]}",) if stands[1] else ()
        return True

    def _is_double(self) -> bool:
        """Whether the first half of a double surname stands before its second; moves `first` onto it."""
        if self.name.double is None:
            return True
        if self.place == 0 or self.name.double not in self.passage.matches[self.place - 1]:
            return False
        self.first = self.place - 1
        return self.passage.joined(self.first)

    def _one_word(self) -> Found | None:
        found = self._found(Kind.FULL, self.place, self.last)
        if self.name.particle is None:
            refused = _common_word(self.passage, self.place, found.parts[-1])
            found = replace(found, refused=refused, doubt=_doubt(self.passage, self.place))
        return found

    # -- the given name

    def _given_before(self) -> Found | None:
        """Given name or initials before the surname; other names, "фон" and a nickname in quotes may come between."""
        initials, shared = None, False
        for place in words_before(self.passage, self.first):
            word = self._word(place)
            if len(word) > 2 and self._stopped(place):
                break
            if found := self._given_at(place, place, self.last):
                beside = self._word(place + 1).lower() in CONJUNCTIONS  # "Сергей и Юлия Скрипаль", no more between
                return replace(found, shared=shared) if beside or not shared else None
            lower = word.lower()
            if lower in ARTICLES and (found := self._given_with_article(place)):
                return found
            shared = shared or lower in CONJUNCTIONS
            if is_title(word) or self.name.surname in self.passage.matches[place]:
                break  # "Мурат Токоев, депутат Мелис Токоев"
            if self._initial_here(place):
                if initials is None and self._is_initial(word):
                    initials = self._found(Kind.INITIALS, place, self.last)
            elif not (self.passage.capital(place) or lower in NOBILIARY or (lower in CONJUNCTIONS and not initials)):
                break
            elif initials is not None and self.passage.could_be_a_given_name(place):
                return None  # "Мурат М. Токоев": the initial is not of the given name
        return initials

    def _stopped(self, place: int) -> bool:
        return "." in self.passage.gap(place)

    def _initial_here(self, place: int) -> bool:
        """Whether a letter or two are an initial: with a full stop, since "У Токоева", "A Tokoev" begin with a word."""
        word = self._word(place)
        return len(word) <= 2 and word[:1].isupper() and self._stopped(place) and not is_title(word)

    def _given_with_article(self, place: int) -> Found | None:
        """A given name with an Arabic article that the list has glued on: Саиф уль-Малук for Сайфул Малук."""
        if not self.passage.joined(place - 1) or self.name.given is None:
            return None
        word = self._word(place - 1) + self._word(place).lower().rstrip("ь")
        match = self.compiled.index.look_up(word).get(self.name.given)
        if match is None or not self._trusted(match):
            return None
        given = Part(word, self.compiled.word(self.name.given), match)
        return self._found(Kind.FULL, place - 1, self.last, given)

    def _given_after(self) -> Found | None:
        """Surname first: Given, or an initial with its full stop, after it."""
        after = self.last + 1
        if not self.passage.joined(self.last, comma=True):
            return None
        gap = self.passage.gap(self.last)
        if "," in gap and self._in_a_list(after):
            return None
        if "." not in gap and (found := self._given_at(after, self.first, after)):
            # Of other names than ours that order is rare: "Daily Mail" is no Michael Daly.
            family = self.surname.stem.declension in _FAMILIES or self.compiled.word(self.name.surname).woman
            heard = "," in gap and any(part.match.stem.by_ear for part in found.parts)
            same = found.closeness is Closeness.SAME and not heard
            return found if family or self.name.particle or same else None
        token = self.passage.tokens[after]
        stopped = self.passage.text[token.end : token.end + 1] == "."
        initial = stopped and "," not in gap and len(token.text) <= 2 and token.text[:1].isupper()
        return self._found(Kind.INITIALS, self.first, after) if initial and self._is_initial(token.text) else None

    def _in_a_list(self, after: int) -> bool:
        """Whether the comma after the surname parts two people: Асан Токоев, Мелис Бакиров."""
        before, beyond = self.first - 1, after + 1
        if self.passage.joined(before) and self.passage.capital(before) and not is_title(self._word(before)):
            return True
        follows = self._word(beyond) if self.passage.joined(after) and self.passage.capital(after + 1) else ""
        return bool(follows) and not (self._stopped(after) or is_declined_patronymic(follows))

    def _given_at(self, place: int, first: int, last: int) -> Found | None:
        """The full name, when the word at `place` is the given name and agrees with the surname."""
        assert self.name.given is not None
        word, match = self._word(place), self.passage.matches[place].get(self.name.given)
        listed = self.compiled.word(self.name.given)
        if not (word[:1].isupper() or self.passage.uncapitalised or listed.raw[:1].islower()):
            match = self._first_letter_wrong(place, listed)
        elif match is None:
            if self.surname.closeness is Closeness.TYPO or not _short_given(word, listed):
                return None
            note = f"“{word}” for {listed.raw}, shortened"
            return replace(self._found(Kind.FULL, first, last), notes=(note, *self.notes))
        if match is None or not self._trusted(match) or _is_another(word, match, listed):
            return None
        found = self._found(Kind.FULL, first, last, Part(word, listed, match))
        given_first = place < self.place
        refused = self._disagrees(match, word, given_first) or self._another_father(place, given_first)
        return replace(found, refused=refused) if refused else found

    def _first_letter_wrong(self, place: int, listed: Word) -> WordMatch | None:
        """A given name that lost its first letter or has another: in small letters, before the exact surname."""
        if place >= self.place or self.surname.closeness is not Closeness.SAME:
            return None
        word = self._word(place)
        return wrong_at_first(skeleton(word), listed, is_cyrillic(word))

    def _trusted(self, given: WordMatch) -> bool:
        """Whether given name and surname together agree well enough: what is loose in one must be firm in the other."""
        loose, firm = sorted((given, self.surname), key=lambda match: match.closeness)
        if loose.closeness is Closeness.TYPO and firm.closeness is Closeness.TYPO:
            return False
        if given.stem.by_ear or self.surname.stem.by_ear:
            sure = len(loose.stem.text) > _SHORT and loose.closeness is Closeness.VOWELS
            return firm.closeness is Closeness.SAME and (sure or loose.closeness is Closeness.SAME)
        short = min(len(given.stem.text), len(self.surname.stem.text)) <= _SHORT
        return not short or firm.closeness is Closeness.SAME

    def _disagrees(self, given: WordMatch, word: str, given_first: bool) -> str:
        """Why the endings, or a given name that is another, say that this is another person."""
        surname, family = self.surname, self.surname.stem.declension
        ending = (given if given_first else surname).ending
        if ending and is_cyrillic(word) and is_kyrgyz_ending(ending):
            return "in Kyrgyz the last word of a name takes the ending"
        if family is Declension.OV and surname.ending == "a":
            if self.passage.is_kyrgyz:  # unless it is a line of Russian: Мелисбека Токоева
                return "" if given.ending == "a" and given.stem.text.endswith(_OF_MEN) else _OTHER_GENDER
            # Russian agreement: Динар Исаева is a woman, Динара Исаева may be he; Дэн Сяопина is he
            asian = surname.stem.text.endswith("in") and len(given.stem.text) <= _SHORT
            return "" if asian or not (given.bare and skeleton(word)[-1:] not in "aeiou") else _OTHER_GENDER
        declension = given.stem.declension
        if declension is Declension.CONSONANT:  # Бакыту Токоеву is a man
            other = bool(given.ending) and self.compiled.word(self.name.surname).woman
        else:  # Галины Кима: of women such surnames do not decline
            women = declension is Declension.VOWEL and given.stem.text + "a" not in MEN_IN_A
            other = women and family is Declension.CONSONANT and bool(surname.ending)
        return _OTHER_GENDER if other and is_cyrillic(word) and not self.passage.is_kyrgyz else ""

    def _another_father(self, given: int, given_first: bool) -> str:
        """Why a patronymic by the given name is another person's, where the list says whose child this one is."""
        after = given + 1
        if not self.name.fathers or not self.passage.joined(given) or (given_first and after >= self.first):
            return ""
        word, matches = self._word(after), self.passage.matches[after]
        if any(father in matches for father in self.name.fathers) or not (
            word[:1].isupper() and is_declined_patronymic(word)
        ):
            return ""
        return f"“{word}” is another's patronymic"

    def _is_initial(self, letters: str) -> bool:
        assert self.name.given is not None
        return is_initial(letters, self.compiled.word(self.name.given))

    # -- the surname alone

    def _alone(self) -> Found:
        """The surname without the given name, or with a word beside it that makes it another's."""
        if refused := self._misfit():
            return self._found(Kind.SURNAME, self.first, self.last, refused=refused)
        another = self._another_given()
        return self._found(Kind.SURNAME, self.first, self.last, refused=another, namesake=bool(another))

    def _misfit(self) -> str:
        """What about the surname itself says that it is another's."""
        before, after = self.first - 1, self.last + 1
        if self.name.particle is None:
            article = self._word(before).lower() in NOBILIARY  # Al-Nasser
            if self.passage.hyphened(before) and self.passage.capital(before) and not article:
                return f"part of the double name “{self._word(before)}-{self._word(self.first)}”"
            if self.passage.hyphened(self.last) and self.passage.capital(after):
                return f"part of the double name “{self._word(self.place)}-{self._word(after)}”"
        if not _spelt_right(self.surname):
            return "a surname alone must be spelt right"
        if self.surname.stem.declension is Declension.OV and self.surname.ending == "a" and self.passage.is_kyrgyz:
            return "the ending says it is a woman"
        return ""

    def _another_given(self) -> str:
        """Another person's given name or initial in front."""
        for place in range(self.first - 1, max(-1, self.first - 1 - _REACH), -1):
            word = self._word(place)
            if not self.passage.joined(place) or (self._stopped(place) and len(word) > 2):
                return ""
            if word.lower() in NOBILIARY:
                continue
            if not word[:1].isupper():
                return ""
            if len(word) <= 2 and not is_title(word):
                return f"another initial, “{word}.”, stands in front" if self._initial_here(place) else ""
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
        doubt = "only one half of the double surname stands here" if self.name.half else ""
        return Found(self.name, kind, start, end, parts, self.notes, refused, omitted, namesake=namesake, doubt=doubt)


def _spelt_right(surname: WordMatch) -> bool:
    """Whether a surname may stand alone: with no letter wrong, a short one with no vowel either."""
    return surname.closeness > (Closeness.TYPO if len(surname.stem.text) > _SHORT + 1 else Closeness.VOWELS)


def _is_another(word: str, given: WordMatch, listed: Word) -> bool:
    """Whether a word is no given name of the list's but another, and both are common (Марат, Мурат), or only "жана"."""
    if given.closeness is Closeness.SAME:
        return len(listed.raw) == 1 or word.lower() in CONJUNCTIONS  # the list may have but an initial
    sounds = skeleton(word)
    sounds = sounds[: len(sounds) - len(given.ending)] if given.ending else sounds
    common = is_common_given_name(sounds) and is_common_given_name(given.stem.text)
    return common or word.lower() in CONJUNCTIONS


_FAMILIES = frozenset({Declension.OV, Declension.OVA, Declension.ADJECTIVE})
_OF_FATHERS = frozenset({Declension.OV, Declension.OVA})
_OTHER_GENDER = "the endings say it is another person"
_OF_MEN = ("bek", "bai", "din")


def _short_given(word: str, listed: Word) -> bool:
    """Дастан for Дастанбек, and the other way round."""
    sounds, name = skeleton(word), listed.sounds
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
    doubt = _doubt(passage, place) if len(places) == 1 else ""
    start, end = passage.tokens[first].start, passage.tokens[last].end
    return Found(phrase, Kind.FULL, start, end, parts, refused=refused, doubt=doubt)


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
    if parts[0].text.isdigit() and len(places) > 1 and not passage.gap(places[0]).strip(WHITE):
        return "it is a number and its unit"  # 24 kg of rice
    if not any(phrase.capitals):
        return ""
    if len(places) == 1:
        return _common_word(passage, places[0], parts[0])
    if _quoted(passage, places[0]):
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
        return IN_SMALL_LETTERS
    if not _same_letters(part.text, part.word.raw):
        return f"“{part.text}” sounds like {part.word.raw}, but is spelt otherwise"
    if passage.starts_sentence(place) and not _beside_type_word(passage, place) and part.word.raw.islower():
        return "it may be capitalised as the first word of its sentence"
    return ""


def _doubt(passage: Passage, place: int) -> str:
    """Why the capital of a name of one word says nothing: any word has one there."""
    if _quoted(passage, place) or _beside_type_word(passage, place):
        return ""
    if passage.shouted(place):
        return ANY_WORD
    return ANY_WORD if passage.starts_sentence(place) else ""


def _quoted(passage: Passage, place: int) -> bool:
    start = passage.tokens[place].start
    return passage.text[max(0, start - 1) : start] in {*'«"“„('}


IN_SMALL_LETTERS = "it is not capitalised"
ANY_WORD = "any word would have a capital here, and this one stands in small letters in the article"
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
_LEARNED = re.compile(
    r"[\s,]*\(\s*(?:(?:далее|мындан\s+ары)\s*[-—–]?\s*|hereinafter\s+)?[«\"“]?([A-ZА-ЯЁӨҮҢ]{3,7})[»\"”]?\s*[),;]"
)


def _acronyms(passage: Passage, compiled: Compiled, place: int) -> Iterator[Found]:
    """Acronyms count exactly as they are written on the list, with an ending glued or hyphened on."""
    token = passage.tokens[place]
    if not token.text[:2].isupper():
        return
    for letters, tail in _readings(passage, compiled, place):
        if (says := acronym_ending(tail) if tail else "") is None:
            continue
        notes = (f"the ending -{tail}: {says}",) if says else ()
        could_be_a_word = passage.shouted(place) and not _UNSPEAKABLE.search(skeleton(letters))
        doubt = "in a line of capitals it may be a common word" if could_be_a_word else ""
        for name in compiled.acronyms[letters]:
            yield Found(name, Kind.ACRONYM, token.start, token.end, notes=notes, doubt=doubt)


def _readings(passage: Passage, compiled: Compiled, place: int) -> Iterator[tuple[str, str]]:
    """Listed letters and the tail after them; among capitals the tail may be in capitals too: УКМКНЫН."""
    text = passage.tokens[place].text
    written = _ACRONYM.match(text)
    if written and written[1] in compiled.acronyms:
        yield written[1], written[2]
    elif text.isupper() and len(text) > 3 and passage.shouted(place):
        cuts = (n for n in range(len(text) - 2, 1, -1) if text[:n] in compiled.acronyms)
        yield from ((text[:n], text[n:].lower()) for n in cuts)


_UNSPEAKABLE = re.compile("^[^aeiou]+$|[^aeiou]{3}")  # in sounds: no word is said so


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
