"""Pure. Find people's names in a passage, by the words that may be their surnames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from monitor.match.compile import Compiled, ContextUse
from monitor.match.index.names import GLUED_PARTICLE, PersonName
from monitor.match.index.word_match import Closeness, Word, WordMatch
from monitor.match.known_names import is_declined_patronymic
from monitor.match.rules.context import Context
from monitor.match.rules.occurrence import Kind, NamePart, Occurrence
from monitor.match.rules.persons.person import PersonAttempt
from monitor.match.rules.persons.spelling import can_stand_alone
from monitor.match.rules.persons.surroundings import GivenNames, Surroundings
from monitor.match.scanner.passage import MIN_HEADLESS, MIN_OTHER_FIRST_LETTER, Passage
from monitor.match.scanner.word_form import WordFlags, WordForm
from monitor.model import Mention, Message
from monitor.text.romanize import skeleton


def people_at(passage: Passage, compiled: Compiled, place: int, tied: Set[str] = frozenset()) -> Iterator[Occurrence]:
    """Yield the people whose surname may stand at a place, the best spelt first.

    Surnames that stand alone are made for the best spelling only: it would exclude the others later (`decide`). A
    common surname alone counts for entities in `tied` only.
    """
    form = passage.word(place)
    if form.bearers is None:
        # Cached in the form: it depends on the word alone, and common surnames recur all the time.
        form.bearers = _FormBearers(form, compiled)
    form_bearers: _FormBearers = form.bearers
    # Without a capital only a full name in small letters can match.
    if not passage.is_capitalised(place):
        yield from _in_small_letters(passage, compiled, place, form_bearers)
        return
    surroundings = Surroundings(passage, compiled, place, form_bearers.given_names)
    has_surname_only = form_bearers.are_two_word_names and surroundings.has_no_given_name
    # The flag is checked first: it is the cheapest, and most places end here.
    if has_surname_only and not (
        (tied or passage.flags(place) & WordFlags.SURNAME)
        and any(surname.can_count_alone(passage, tied) for surname in form_bearers.surnames)
    ):
        return
    best_closeness, lone_entities = Closeness.TYPO, set[str]()
    for surname in form_bearers.surnames:
        # The surname alone is the same for everybody who has it, except names with more than one surname.
        bearer = next(filter(compiled.is_two_word_name, surname.people), None)
        lone = PersonAttempt(passage, compiled, place, bearer) if bearer else None
        may_count = surname.is_rare or bool(tied) or passage.is_exhaustive
        can_be_alone = may_count and surname.closeness >= best_closeness and lone is not None and lone.can_stand_alone()
        people, lone_people = surname.people, list[PersonName]()
        if form_bearers.are_two_word_names and not (can_be_alone and (surname.is_rare or tied)):
            # The others cannot match, and a common surname has many of them.
            people = surroundings.people_named(people)
        for person in people:
            may_count_alone = surname.is_rare or person.entity in tied
            if not has_surname_only and surroundings.can_complete(person, is_typo=surname.closeness is Closeness.TYPO):
                occurrence = PersonAttempt(passage, compiled, place, person).find_occurrence()
                is_alone = occurrence is not None and occurrence.kind is Kind.SURNAME and not occurrence.refusal
                if not (can_be_alone and is_alone and compiled.is_two_word_name(person)):
                    if occurrence and (may_count_alone or occurrence.kind is not Kind.SURNAME):
                        yield occurrence
                    continue
                if occurrence and not may_count_alone and passage.is_exhaustive:
                    yield occurrence._replace(refusal=_COMMON_SURNAME)
            if can_be_alone and may_count_alone and person.entity not in lone_entities:
                lone_entities.add(person.entity)
                lone_people.append(person)
        if lone and lone_people:
            occurrence = lone.surname_alone()
            # A surname that another person's given name precedes excludes no other spelling.
            best_closeness = best_closeness if occurrence.refusal else surname.closeness
            yield occurrence._replace(names=tuple(lone_people))


def _in_small_letters(
    passage: Passage, compiled: Compiled, place: int, form_bearers: _FormBearers
) -> Iterator[Occurrence]:
    """Yield the people whose surname and given name stand at a place in small letters."""
    adjacent = (at for at in (place - 1, place + 1) if 0 <= at < passage.size)
    given_names = form_bearers.given_names.numbers.intersection(
        number for at in adjacent for number in passage.word(at).matches
    )
    if given_names:
        people = (p for surname in form_bearers.surnames for p in surname.people if p.given_name in given_names)
        attempts = (PersonAttempt(passage, compiled, place, p) for p in people if compiled.is_two_word_name(p))
        yield from filter(None, (attempt.in_small_letters() for attempt in attempts))


_COMMON_SURNAME = "a surname alone counts only if it is rare: this one is common, a given name or an ordinary word"


@dataclass(frozen=True, slots=True)
class _SurnameBearers:
    """The people with one surname that a word may be, and what its spelling decides for all of them."""

    people: Sequence[PersonName]
    match: WordMatch
    is_same_script: bool
    is_rare: bool  # listed without a given name

    @property
    def closeness(self) -> Closeness:
        """Return how the word is spelt."""
        return self.match.closeness

    def can_count_alone(self, passage: Passage, tied: Set[str]) -> bool:
        """Return whether the surname without a given name may be a mention of anybody in a passage."""
        may_count = self.is_rare or any(person.entity in tied for person in self.people)
        return may_count and can_stand_alone(self.match, passage)


class _FormBearers:
    """All people whose surname a word may be, with what depends on the word alone."""

    def __init__(self, form: WordForm, compiled: Compiled) -> None:
        self._form, self._compiled = form, compiled
        everybody = [person for number in form.matches for person in compiled.people.get(number, ())]
        # Each of the names is a given name and a surname, so nothing but a given name can complete it.
        self.are_two_word_names = all(
            number in compiled.surnames_of_two_word_names for number in form.matches if number in compiled.people
        )
        self.given_names = GivenNames.of(everybody, compiled)

    @cached_property
    def surnames(self) -> Sequence[_SurnameBearers]:
        """Return the surnames, the best spelt first; of most words nobody asks for them."""
        form, compiled = self._form, self._compiled
        rare_surnames = compiled.rare_surnames(form.text, form.sounds, form.matches)
        surnames = [
            _SurnameBearers(
                people, match, form.is_cyrillic == compiled.word(number).is_cyrillic, number in rare_surnames
            )
            for number, match in form.matches.items()
            if (people := compiled.people.get(number)) and not _cannot_be_surname(form, compiled.word(number), match)
        ]
        # Best spelt first, then without an ending, then in the script of the text.
        surnames.sort(key=lambda f: (f.closeness, f.match.is_uninflected, f.is_same_script), reverse=True)
        return surnames


def _cannot_be_surname(form: WordForm, listed: Word, match: WordMatch) -> bool:
    """Return whether a word is a patronymic (Сергеевна), or lacks the listed glued particle (Болотова)."""
    if is_declined_patronymic(form.text):
        return not (match.stem.is_transcribed or is_declined_patronymic(listed.raw))  # Djokovic
    glued = None if match.closeness is Closeness.SAME else GLUED_PARTICLE.match(listed.raw)
    return glued is not None and skeleton(glued[2]) not in form.sounds


def headless_at(passage: Passage, compiled: Compiled, place: int) -> Iterator[Occurrence]:
    """Yield surnames that lost their first letter, or have another, after the exact given name.

    With its capital the word may well be another surname: then only long ones are tried, and they carry a doubt.
    """
    if not passage.is_joined_to_next(place) or passage.has_full_stop_after(place):
        return
    first, word = passage.word(place), passage.word(place + 1)
    if len(word.text) < (MIN_OTHER_FIRST_LETTER if word.is_capitalised else MIN_HEADLESS) or not first.is_capitalised:
        return
    # Somebody on the list has exactly this surname: it is not a misspelling.
    if word.is_capitalised and any(
        m.closeness is Closeness.SAME and n in compiled.people for n, m in word.matches.items()
    ):
        return
    for number, surname_match in word.headless.items():
        if (word.is_capitalised and len(surname_match.stem.text) < MIN_OTHER_FIRST_LETTER) or number in word.matches:
            continue
        listed_surname = compiled.word(number)
        doubt = (
            Message("“{}” and {} begin with different letters", word.text, listed_surname.raw)
            if word.is_capitalised
            else None
        )
        for name in compiled.people.get(number, ()):
            given_match = first.matches.get(name.given_name) if name.given_name is not None else None
            if (
                given_match is None
                or given_match.closeness is not Closeness.SAME
                or not given_match.is_uninflected
                or name.particle
                or name.first_half
            ):
                continue
            parts = (
                NamePart(first, compiled.word(name.given_name or 0), given_match),
                NamePart(word, listed_surname, surname_match),
            )
            yield Occurrence((name,), Kind.FULL, passage.start(place), passage.end(place + 1), parts, doubt=doubt)


# ---- common surnames alone ------------------------------------------------------------------------------------------


def tied_entities(occurrences: Iterable[Occurrence], context: Context) -> Set[str]:
    """Return the entities whose common surname counts alone: named in full in the article, or with a support word."""
    fully_named = {name.entity for f in occurrences if f.is_whole_name and not f.refusal for name in f.names}
    return fully_named | {entity for entity, use, _ in context.terms if use is ContextUse.SUPPORT}


def common_surname_places(passage: Passage, compiled: Compiled, entities: Set[str]) -> Iterator[int]:
    """Yield the words of a passage that are a common surname of some entities."""
    names = (name for entity in entities for name in compiled.by_entity[entity][0])
    surnames = frozenset(name.surname for name in names if isinstance(name, PersonName))
    places = passage.places_with(WordFlags.COMMON_SURNAME)
    return (place for place in places if passage.may_be_any(place, surnames))


def common_surnames_named(passage: Passage, mentions: Iterable[Mention]) -> int:
    """Return how many common surnames of a passage stand within mentions."""
    spans = [mention.span for mention in mentions if mention.field is passage.field]
    places = [place for place in passage.places_with(WordFlags.COMMON_SURNAME) if passage.is_capitalised(place)]
    starts = map(passage.start, places)
    return sum(any(span.start <= start < span.end for span in spans) for start in starts)
