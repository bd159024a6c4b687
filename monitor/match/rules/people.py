"""Pure. Where a passage holds a person's name: the words that belong to it, or the rule that says it is another's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz.distance import OSA

from monitor.match.compile import Compiled, Name, PersonName
from monitor.match.index.forms import GLUED_PARTICLE, Declension, is_declined_patronymic, is_kyrgyz_ending
from monitor.match.index.word_index import Closeness, Word, WordMatch
from monitor.match.rules.occurrence import Kind, NamePart, Occurrence
from monitor.match.rules.organisations import AS_ONE, IN_SMALL_LETTERS, common_word, doubt_of_capital
from monitor.match.rules.reasons import grammar
from monitor.match.rules.surroundings import Givens, Surroundings, is_initial, is_plain
from monitor.match.scanner.passage import SHORTEST_HEADLESS, SHORTEST_OTHERWISE, Passage, WordForm
from monitor.match.words import ARTICLES, MEN_IN_A, is_common_given_name
from monitor.model import Message
from monitor.model.message import _
from monitor.text.normalize import WHITE
from monitor.text.romanize import skeleton

_SHORT, _LONG = 3, 9  # sounds: Мэй, Ким


def people_at(passage: Passage, compiled: Compiled, place: int) -> Iterator[Occurrence]:
    """The people whose surname may stand at a place, the best spelt first.

    Of surnames that stand alone the best spelt exclude the others (`decide`), so these are not made.
    """
    form = passage.word(place)
    if form.bearers is None:
        form.bearers = _bearers(form, compiled)
    bearers: _Bearers = form.bearers
    if not bearers.families or not passage.capital(place):
        people = (p for family in bearers.families for p in family.people if is_plain(p, compiled))
        yield from filter(None, (_Person(passage, compiled, place, p).in_small_letters() for p in people))
        return
    here = Surroundings(passage, compiled, place, bearers.givens)
    bare = bearers.plain and here.bare
    if bare and not any(family.stands_alone for family in bearers.families):
        return
    alone = _LoneSurname.at(passage, place)
    settled, seen = Closeness.TYPO, set()
    for family in bearers.families:
        stands, lone = family.closeness >= settled and alone.stands(family), []
        for person in family.people:
            if not bare and here.may_complete(person, typo=family.closeness is Closeness.TYPO):
                found = _Person(passage, compiled, place, person).find()
                if not (stands and found and alone.is_like(found, family)):
                    if found:
                        yield found
                    continue
            if stands and person.entity not in seen:
                seen.add(person.entity)
                lone.append(person)
        if lone:
            settled = settled if alone.another else family.closeness
            yield alone.found(lone, family)


class _LoneSurname(NamedTuple):
    """What a surname alone is at a place, asked once for all who have it; the rules are those of `_Person`."""

    passage: Passage
    place: int
    misfit: bool
    particle: bool
    another: str
    after: tuple[Message | None, bool]

    @classmethod
    def at(cls, passage: Passage, place: int) -> _LoneSurname:
        misfit = passage.word(place).inflected_acronym or bool(passage.part_of_double(place, place))
        particle = passage.joined(place) and passage.word(place + 1).particle is not None
        another = "" if misfit else passage.another_given(place)
        return cls(passage, place, misfit, particle, another, passage.another_after(place))

    def stands(self, family: _Family) -> bool:
        if not family.stands_alone or self.misfit or (self.particle and not family.before_particle):
            return False
        return not (family.feminine and self.passage.is_kyrgyz)

    def found(self, people: Sequence[Name], family: _Family) -> Occurrence:
        start, end, another = self.passage.start(self.place), self.passage.end(self.place), self.another
        woman = _WOMAN if family.feminine and self.passage.may_be_subject(self.place) else None
        doubt, whose = self.after
        namesake = whose or another != ""
        return Occurrence(
            (*people,), Kind.SURNAME, start, end, family.parts, (), another, 0, False, namesake, doubt or woman
        )

    def is_like(self, found: Occurrence, family: _Family) -> bool:
        """Whether a person was found by no more than a surname alone says of all who have it."""
        return not found.refused and found == self.found(found.names, family)._replace(parts=found.parts)


@dataclass(frozen=True, slots=True)
class _Family:
    """The people with one surname that a word may be, and what of it decides for all of them."""

    people: Sequence[PersonName]
    parts: tuple[NamePart]
    closeness: Closeness
    stands_alone: bool  # it may stand without a given name
    feminine: bool  # in Kyrgyz its ending says that it is a woman
    before_particle: bool  # no father's name, so a particle after it is not of the name: "with his son"


@dataclass(frozen=True, slots=True)
class _Bearers:
    """Everybody whose surname a word may be."""

    families: Sequence[_Family]  # the best spelt first
    plain: bool  # each is a given name and a surname
    givens: Givens


def _bearers(form: WordForm, compiled: Compiled) -> _Bearers:
    families = [
        _Family(
            people,
            (NamePart(form, compiled.word(number), surname),),
            surname.closeness,
            _spelt_right(surname),
            _is_feminine(surname),
            _before_particle(form, surname),
        )
        for number, surname in form.matches.items()
        if (people := compiled.people.get(number)) and not _is_no_surname(form, compiled.word(number), surname)
    ]
    families.sort(key=lambda f: (f.closeness, f.parts[0].match.bare, f.parts[0].in_script), reverse=True)
    everybody = [person for family in families for person in family.people]
    plain = all(is_plain(person, compiled) for person in everybody)
    return _Bearers(families, plain, Givens.of(everybody, compiled))


def _is_no_surname(form: WordForm, listed: Word, match: WordMatch) -> bool:
    """Whether a word is a patronymic (Сергеевна), or lacks the particle glued on a father's name (Болотова)."""
    if is_declined_patronymic(form.text):
        return not is_declined_patronymic(listed.raw)
    glued = None if match.closeness is Closeness.SAME else GLUED_PARTICLE.match(listed.raw)
    return glued is not None and skeleton(glued[2]) not in form.sounds


def headless_at(passage: Passage, compiled: Compiled, place: int) -> Iterator[Occurrence]:
    """A surname that lost its first letter, or has another; after the exact given name.

    With its capital it may well be another surname, so it is looked for in long ones only, and is possible at most.
    """
    if not passage.joined(place) or passage.stopped(place):
        return
    first, word = passage.word(place), passage.word(place + 1)
    if len(word.text) < (SHORTEST_OTHERWISE if word.upper else SHORTEST_HEADLESS) or not first.upper:
        return
    if word.upper and any(m.closeness is Closeness.SAME and n in compiled.people for n, m in word.matches.items()):
        return
    for number, surname in word.headless.items():
        if (word.upper and len(surname.stem.text) < SHORTEST_OTHERWISE) or number in word.matches:
            continue
        listed = compiled.word(number)
        doubt = Message("“{}” and {} begin with different letters", word.text, listed.raw) if word.upper else None
        for name in compiled.people.get(number, ()):
            given = first.matches.get(name.given) if name.given is not None else None
            if given is None or given.closeness is not Closeness.SAME or not given.bare or name.particle or name.double:
                continue
            parts = NamePart(first, compiled.word(name.given or 0), given), NamePart(word, listed, surname)
            yield Occurrence((name,), Kind.FULL, passage.start(place), passage.end(place + 1), parts, doubt=doubt)


class _Person:
    """A person's name tried at a word that may be its surname."""

    def __init__(self, passage: Passage, compiled: Compiled, place: int, name: PersonName) -> None:
        self.passage, self.compiled, self.place, self.name = passage, compiled, place, name
        self.surname = passage.word(place).matches[name.surname]
        self.first = self.last = place  # of the surname: a particle is part of it, and the first of a double name
        self.notes: tuple[Message, ...] = ()

    def find(self) -> Occurrence | None:
        if not self._takes_particle() or not self._is_double():
            return None
        if self.name.given is None:
            return self._one_word()
        if self.passage.word(self.place).inflected_acronym:
            return None
        return self._given_before() or self._given_after() or self._alone()

    # -- what stands at the surname itself

    def _takes_particle(self) -> bool:
        """Whether the word is followed by the particle the name has; moves `last` onto it."""
        following = self.passage.word(self.place + 1) if self.passage.joined(self.place) else None
        stands = following.particle if following else None
        if self.name.particle is None:
            return stands is None or _before_particle(self.passage.word(self.place), self.surname)
        if following is None or stands is None or stands[0] is not self.name.particle or not self.surname.bare:
            return False  # "X-дин уулу" is X's son
        self.last = self.place + 1
        self.notes = (Message("“{}”: {}", following.text, grammar(stands[1])),) if stands[1] else ()
        return True

    def _is_double(self) -> bool:
        """Whether the first half of a double surname stands before its second; moves `first` onto it."""
        if self.name.double is None:
            return True
        if self.place == 0 or self.name.double not in self.passage.word(self.place - 1).matches:
            return False
        self.first = self.place - 1
        return self.passage.joined(self.first)

    def _one_word(self) -> Occurrence | None:
        found = self._found(Kind.FULL, self.place, self.last)
        if self.name.particle is None:
            right = _spelt_right(self.surname)
            refused = common_word(self.passage, self.place, found.parts[-1]) if right else _MISSPELT
            found = found._replace(refused=refused, doubt=doubt_of_capital(self.passage, self.place, found.parts[-1]))
        return found

    # -- the given name

    def _given_before(self) -> Occurrence | None:
        """Given name or initials before the surname; other names, "фон" and a nickname in quotes may come between."""
        passage, initials, shared = self.passage, None, False
        for place in passage.before(self.first):
            word = passage.word(place)
            if len(word.text) > 2 and passage.stopped(place):
                break
            if found := self._given_at(place, place, self.last):
                return found._replace(shared=shared)
            if word.lower in ARTICLES and (found := self._given_with_article(place)):
                return found
            shared = shared or word.conjunction
            if word.title or self.name.surname in word.matches:
                break  # "Мурат Токоев, депутат Мелис Токоев"
            if passage.initial_at(place):
                if initials is None and self._is_initial(word.text):
                    initials = self._found(Kind.INITIALS, place, self.last)
            elif _may_be_a_village(self.surname) and not is_declined_patronymic(word.text):
                break  # "Александр Иванов Максимовка айылында": in that village
            elif not ((passage.capital(place) and not shared) or word.nobiliary or (word.conjunction and not initials)):
                break  # "Сергей и Юлия Скрипаль", but no surname before "и": "Ж. Иванов и Дуулатов"
            elif initials is not None and passage.capital(place) and passage.could_be_a_given_name(place):
                return None  # "Мурат М. Токоев": the initial is not of the given name
        return initials

    def _given_with_article(self, place: int) -> Occurrence | None:
        """A given name with an Arabic article that the list has glued on: Саиф уль-Малук for Сайфул Малук."""
        if not self.passage.joined(place - 1) or self.name.given is None:
            return None
        glued = self.passage.word(place - 1).text + self.passage.word(place).lower.rstrip("ь")
        form = WordForm(glued, self.compiled.index.judge_one(glued))
        match = form.matches.get(self.name.given)
        if match is None or not self._trusted(match):
            return None
        given = NamePart(form, self.compiled.word(self.name.given), match)
        return self._found(Kind.FULL, place - 1, self.last, given)

    def _given_after(self) -> Occurrence | None:
        """Surname first: Given, or an initial with its full stop, after it."""
        after = self.last + 1
        if not self.passage.joined(self.last, comma=True):
            return None
        gap = self.passage.gap(self.last)
        if "," in gap and self._in_a_list(after):
            return None
        if "." not in gap and (found := self._given_at(after, self.first, after)):
            # Of other names than ours that order is rare: "Daily Mail" is no Michael Daly.
            heard = "," in gap and any(part.match.stem.by_ear for part in found.parts)
            same = found.closeness is Closeness.SAME and not heard
            return found if self._is_family() or self.name.particle or same else None
        letters, end = self.passage.word(after), self.passage.end(after)
        stopped = self.passage.text[end : end + 1] == "."
        initial = stopped and "," not in gap and len(letters.text) <= 2 and letters.upper
        return self._found(Kind.INITIALS, self.first, after) if initial and self._is_initial(letters.text) else None

    def _in_a_list(self, after: int) -> bool:
        """Whether the comma after the surname parts two people: Асан Токоев, Мелис Бакиров."""
        before, passage = self.first - 1, self.passage
        if passage.joined(before) and passage.capital(before) and not passage.word(before).title:
            return True
        if not passage.joined(after) or not passage.capital(after + 1):
            return False
        return not (passage.stopped(after) or is_declined_patronymic(passage.word(after + 1).text))

    def _given_at(self, place: int, first: int, last: int) -> Occurrence | None:
        """The full name, when the word at `place` is the given name and agrees with the surname."""
        assert self.name.given is not None
        word, listed = self.passage.word(place), self.compiled.word(self.name.given)
        match = word.matches.get(self.name.given)
        if not (word.upper or self.passage.uncapitalised or listed.raw[:1].islower()):
            # The first letter is lost or another, in small letters: only before the exact surname.
            before = place < self.place and self.surname.closeness is Closeness.SAME
            match = word.headless.get(listed.number) if before else None
        elif match is None:
            if self.surname.closeness is Closeness.TYPO or not _short_given(word.sounds, listed.sounds):
                return None
            longer = len(word.sounds) > len(listed.sounds)
            message = _("“{}” is a longer form of {}") if longer else _("“{}” is a shorter form of {}")
            note = Message(message, word.text, listed.raw)
            return self._found(Kind.FULL, first, last)._replace(notes=(note, *self.notes))
        if match is None or not self._trusted(match) or _is_another(word, match, listed):
            return None
        if len(listed.raw) < 5 and not self._same_short(word, match, listed):
            return None
        given_first = place < self.place
        refused = self._disagrees(match, word, given_first) or self._another_father(place, given_first)
        return self._found(Kind.FULL, first, last, NamePart(word, listed, match), refused=refused)

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

    def _same_short(self, word: WordForm, given: WordMatch, listed: Word) -> bool:
        """Whether a short given name is the same but for its romanisation: Сара is not Зара, nor is Яна or Аня Анна."""
        stem, ours = given.stem.text, listed.sounds
        if given.stem.by_ear:  # John is Джон, but a name romanised from Cyrillic is not read as Spanish
            return self.surname.stem.by_ear or not self._is_family()
        if given.closeness is not Closeness.SAME:  # Азия for Асия, Зои of Зоя; Джозеф for Joe
            own = word.sounds[: len(word.sounds) - len(given.ending)]
            alike = own[:1] == stem[:1] and own.replace("z", "s") == stem.replace("z", "s")
            return alike or len(stem) > 4 or (_IA.search(listed.raw) is not None and own.startswith(ours[:-1]))
        written = word.lower[: len(word.text) - len(given.ending)]
        another_name = stem[:2] != ours[:2] or "j" in listed.raw.lower()  # Майкл for Mike; j may be ж or й
        return another_name or _marks(written) == _marks(listed.raw.lower()[: len(stem) - len(ours) or None])

    def _is_family(self) -> bool:
        return self.surname.stem.declension in _FAMILIES or self.compiled.word(self.name.surname).woman

    def _disagrees(self, given: WordMatch, word: WordForm, given_first: bool) -> str:
        """Why the endings, or a given name that is another, say that this is another person."""
        surname, family = self.surname, self.surname.stem.declension
        ending = (given if given_first else surname).ending
        if ending and word.cyrillic and is_kyrgyz_ending(ending):
            return "in Kyrgyz the last word of a name takes the ending"
        if _is_feminine(surname):
            if self.passage.is_kyrgyz:  # unless it is a line of Russian: Мелисбека Токоева
                return "" if given.ending == "a" and given.stem.text.endswith(_OF_MEN) else self._other(_OF_A_WOMAN)
            # Russian agreement: Динар Исаева is a woman, Динара Исаева may be he; Дэн Сяопина is he
            asian = surname.stem.text.endswith("in") and len(given.stem.text) <= _SHORT
            return "" if asian or not (given.bare and word.sounds[-1:] not in "aeiou") else self._other(_OF_A_WOMAN)
        declension = given.stem.declension
        if declension is Declension.CONSONANT:  # Бакыту Токоеву is a man
            other = bool(given.ending) and self.compiled.word(self.name.surname).woman
            why = "“{}” is a man's, and the list has a woman"
        else:  # Галины Кима: of women such surnames do not decline
            women = declension is Declension.VOWEL and given.stem.text + "a" not in MEN_IN_A
            other = women and family is Declension.CONSONANT and bool(surname.ending)
            why = "“{}” is a man's: of a woman such a surname keeps its form"
        return self._other(why) if other and word.cyrillic and not self.passage.is_kyrgyz else ""

    def _other(self, why: str) -> str:
        return why.format(self.passage.word(self.place).text)

    def _another_father(self, given: int, given_first: bool) -> str:
        """Why a patronymic by the given name is another person's, where the list says whose child this one is."""
        after = given + 1
        if not self.name.fathers or not self.passage.joined(given) or (given_first and after >= self.first):
            return ""
        word = self.passage.word(after)
        if any(father in word.matches for father in self.name.fathers):
            return ""
        another = word.upper and is_declined_patronymic(word.text)
        return f"“{word.text}” is another's patronymic" if another else ""

    def _is_initial(self, letters: str) -> bool:
        assert self.name.given is not None
        return not _may_be_a_village(self.surname) and is_initial(letters, self.compiled.word(self.name.given))

    def in_small_letters(self) -> Occurrence | None:
        """Given name and surname, both spelt right and without their capitals, as is usual in chats: possible."""
        passage, listed = self.passage, self.compiled.word(self.name.given or 0)
        for first, at in ((self.place - 1, self.place - 1), (self.place, self.place + 1)):  # at: of the given name
            given = passage.word(at).matches.get(listed.number) if passage.joined(first) else None
            if given is None or passage.capital(at) or passage.gap(first).strip(WHITE + "_"):
                continue
            both = given, self.surname
            if all(m.closeness is Closeness.SAME and not m.stem.by_ear and len(m.stem.text) > _SHORT for m in both):
                refused = self._disagrees(given, passage.word(at), at < self.place)
                part = NamePart(passage.word(at), listed, given)
                found = self._found(Kind.FULL, first, first + 1, part, refused=refused)
                return found._replace(doubt=AS_ONE if passage.gap(first) == "_" else IN_SMALL_LETTERS)
        return None

    # -- the surname alone

    def _alone(self) -> Occurrence:
        """The surname without the given name, or with a word beside it that makes it another's."""
        another, doubt, whose = "", None, False
        if not (refused := self._misfit()):
            refused = another = self.passage.another_given(self.first)
            doubt, whose = self.passage.another_after(self.last)
        found = self._found(Kind.SURNAME, self.first, self.last, refused=refused, namesake=bool(another) or whose)
        return found._replace(doubt=doubt or found.doubt)

    def _misfit(self) -> str:
        """What about the surname itself says that it is another's."""
        if self.name.particle is None and (double := self.passage.part_of_double(self.first, self.last)):
            return double
        if not _spelt_right(self.surname):
            return _MISSPELT
        return "the ending says it is a woman" if _is_feminine(self.surname) and self.passage.is_kyrgyz else ""

    def _found(
        self,
        kind: Kind,
        first: int,
        last: int,
        given: NamePart | None = None,
        *,
        refused: str = "",
        namesake: bool = False,
    ) -> Occurrence:
        surname = NamePart(self.passage.word(self.place), self.compiled.word(self.name.surname), self.surname)
        start, end = self.passage.start(first), self.passage.end(last)
        within = [self.passage.word(at).matches for at in range(first, last + 1)] if self.name.middle else ()
        omitted = sum(not any(middle in m for m in within) for middle in self.name.middle)
        parts = (given, surname) if given else (surname,)
        doubt = self._doubt(first, given)
        return Occurrence(
            (self.name,), kind, start, end, parts, self.notes, refused, omitted, namesake=namesake, doubt=doubt
        )

    def _doubt(self, first: int, given: NamePart | None) -> Message | None:
        """What of the words themselves, spelt and placed as they are, may make another's name of them."""
        if self.name.half:
            return Message("only one half of the double surname stands here")
        typo = self.surname.closeness is Closeness.TYPO and self._is_family()
        if typo and not _is_slip(self.passage.word(self.place), self.surname):
            return Message("so spelt it may be another surname")
        womans = given is None or (given.match.says and is_common_given_name(given.form.sounds))
        return _WOMAN if womans and _is_feminine(self.surname) and self.passage.may_be_subject(first) else None


def _marks(name: str) -> tuple[bool, bool, set[str]]:
    """What of a name a skeleton does not keep: where it has я or ю, and the consonants it doubles."""
    return bool(_SOFT.match(name)), bool(_SOFT.search(name)), {skeleton(letter) for letter in _TWICE.findall(name)}


_SOFT = re.compile("[яю]|[йиyi][ауau]")
_TWICE = re.compile(r"([нлмnlm])\1")
_IA = re.compile("[аеиоуэaeiouy][яаa]$")


def _spelt_right(surname: WordMatch) -> bool:
    """Whether a surname may stand alone: no letter wrong, in a short one no vowel; in Kyrgyz Темировго, not -ко."""
    if surname.stem.declension is Declension.OV and surname.ending.startswith(("k", "t")):
        return False
    return surname.closeness > (Closeness.TYPO if len(surname.stem.text) > _SHORT + 1 else Closeness.VOWELS)


def _may_be_a_village(surname: WordMatch) -> bool:
    """Whether a man's surname with its ending is a village in Russian: Александровка, Александровке."""
    return surname.stem.declension is Declension.OV and surname.ending in {"ka", "ke"}


def _is_feminine(surname: WordMatch) -> bool:
    """Whether it ends as a woman's surname, or as a man's in a Russian genitive."""
    return surname.stem.declension is Declension.OV and surname.ending == "a"


def _before_particle(form: WordForm, surname: WordMatch) -> bool:
    """Whether кызы or уулу after a surname does not make it a father's name."""
    family = surname.stem.declension in _OF_FATHERS
    return family or not surname.bare or form.text.endswith(("кызы", "уулу"))


def _is_slip(form: WordForm, surname: WordMatch) -> bool:
    """Whether letters are but lost, added or swapped; one exchanged in a short name makes another: Дуланов, Дулатов."""
    own, listed = form.sounds.removesuffix(surname.ending), surname.stem.text
    edits = OSA.distance(own, listed)
    exchanged = edits > abs(len(own) - len(listed)) and sorted(own) != sorted(listed)
    return not exchanged or (edits == 1 and len(listed.removesuffix("a")) >= _LONG)


def _is_another(word: WordForm, given: WordMatch, listed: Word) -> bool:
    """Whether a word is no given name of the list's but another, and both are common (Марат, Мурат), or only "жана"."""
    if given.closeness is Closeness.SAME:
        return len(listed.raw) == 1 or word.conjunction  # the list may have but an initial
    sounds = word.sounds.removesuffix(given.ending)
    common = is_common_given_name(sounds) and is_common_given_name(given.stem.text)
    return common or word.conjunction


_MISSPELT = "a surname alone must be spelt right"
_WOMAN = Message("as it stands here it may be a woman's name")
_FAMILIES = frozenset({Declension.OV, Declension.OVA, Declension.ADJECTIVE})
_OF_FATHERS = frozenset({Declension.OV, Declension.OVA})
_OF_A_WOMAN = "“{}” after this given name is a woman's surname"
_OF_MEN = ("bek", "bai", "din")


def _short_given(sounds: str, listed: str) -> bool:
    """Дастан for Дастанбек, and the other way round."""
    if min(len(sounds), len(listed)) < 4 or sounds == listed:
        return False
    longer, shorter = (sounds, listed) if len(sounds) > len(listed) else (listed, sounds)
    return longer.startswith(shorter) and longer[len(shorter) :] in {"bek", "bai", "Jan", "ali", "kul", "gul", "han"}
