"""Pure. A watchlist made ready to be looked for: its names taken apart into words of one index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from monitor.match.forms import GLUED_PARTICLE, Particle, Role, is_patronymic, is_womans_surname, particle
from monitor.match.index import Word, WordIndex
from monitor.match.passage import Hint
from monitor.match.scan import Roles, Scanner
from monitor.match.words import NOBILIARY, SUFFIXES
from monitor.model import Entity, EntityType
from monitor.text import is_cyrillic, skeleton, tokens

_LONGEST_ACRONYM = 7
_FEW = 8  # names of one entity that are compared with each other
_ROMAN = re.compile("[IVX]{1,5}")

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name: numbers of its words in the index. `particle` follows a surname that is a father's name."""

    entity: str
    alias: str
    surname: int
    given: int | None = None
    middle: tuple[int, ...] = ()
    particle: Particle | None = None

    @property
    def words(self) -> tuple[object, ...]:
        return self.surname, self.given, self.middle, self.particle


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in order: an organisation's name, a person's of three words and more."""

    entity: str
    alias: str
    words: tuple[int, ...]
    capitals: tuple[bool, ...]  # which of them the list writes with a capital
    person: bool = False


@dataclass(frozen=True, slots=True)
class Acronym:
    entity: str
    alias: str
    letters: str


Name = PersonName | Phrase | Acronym


class Use(StrEnum):
    """What a word of an entity's context does."""

    SUPPORT = "support"
    REQUIRE = "require"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class ContextTerm:
    entity: str
    use: Use
    term: str
    words: tuple[int, ...]


@dataclass(frozen=True)
class Compiled:
    """A watchlist ready for matching. The names are keyed by the word that is looked for first."""

    entities: Mapping[str, Entity]
    index: WordIndex
    people: Mapping[int, tuple[PersonName, ...]]  # by surname
    phrases: Mapping[int, tuple[Phrase, ...]]  # by first word
    acronyms: Mapping[str, tuple[Acronym, ...]]
    context: Mapping[int, tuple[ContextTerm, ...]]  # by first word
    parts: Mapping[str, tuple[Sequence[Name], Sequence[ContextTerm]]]  # by entity: what a changed list takes over

    def word(self, number: int) -> Word:
        return self.index.words[number]

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """The place of each entity on the list."""
        return {entity: place for place, entity in enumerate(self.entities)}

    @cached_property
    def scanner(self) -> Scanner:
        """Finds where in texts a name of the list may begin; it learns words as it reads."""
        return Scanner(self.index, self._roles(), self._is_acronym)

    def _is_acronym(self, form: str) -> bool:
        return any(form[:length] in self.acronyms for length in range(2, _LONGEST_ACRONYM + 1))

    def _roles(self) -> Roles:
        roles = Roles(len(self.index.words))
        for number, people in self.people.items():
            roles.right[number] |= Hint.SURNAME
            # A surname of one word must be spelt right; before a particle it need not be.
            alone = any(person.given is None and person.particle for person in people)
            roles.typo[number] |= Hint.SURNAME if alone else Hint.LIKE_A_SURNAME
            for person in people:
                if person.given is not None:
                    roles.right[person.given] |= Hint.GIVEN
                    roles.typo[person.given] |= Hint.LIKE_A_GIVEN
        for number, phrases in self.phrases.items():
            for phrase in phrases:
                kind = Hint.FIRST if len(phrase.words) > 1 else Hint.WHOLE_PHRASE
                roles.right[number] |= kind
                roles.typo[number] |= kind
                if len(phrase.words) > 1:
                    roles.right[phrase.words[1]] |= Hint.SECOND
        for number in self.context:
            roles.exact[number] |= Hint.CONTEXT
        return roles


def compile_watchlist(entities: Iterable[Entity], before: Compiled | None = None) -> Compiled:
    """Make a watchlist ready. Takes about a second for ten thousand names, and a tenth of it for a changed list.

    `before`: the list as it was; entries that are unchanged are taken over from it. It stays as it is.
    """
    listed = {entity.id: entity for entity in entities}
    index = before.index.copy() if before else WordIndex()
    parts = {
        entity.id: before.parts[entity.id]
        if before and before.entities.get(entity.id) == entity
        else ([*_names_of(entity, index)], [*_context_of(entity, index)])
        for entity in listed.values()
    }
    people: dict[int, list[PersonName]] = {}
    phrases: dict[int, list[Phrase]] = {}
    acronyms: dict[str, list[Acronym]] = {}
    context: dict[int, list[ContextTerm]] = {}
    for names, terms in parts.values():
        for name in names:
            if isinstance(name, PersonName):
                bearers = people.setdefault(name.surname, [])
                if all(known.words != name.words or known.entity != name.entity for known in bearers[-_FEW:]):
                    bearers.append(name)  # the same words in another order are one name
            elif isinstance(name, Phrase):
                phrases.setdefault(name.words[0], []).append(name)
            else:
                acronyms.setdefault(name.letters, []).append(name)
        for term in terms:
            context.setdefault(term.words[0], []).append(term)
    return Compiled(listed, index, _frozen(people), _frozen(phrases), _frozen(acronyms), _frozen(context), parts)


def _frozen(lists: Mapping[K, list[V]]) -> dict[K, tuple[V, ...]]:
    return {key: tuple(values) for key, values in lists.items()}


def _names_of(entity: Entity, index: WordIndex) -> Iterator[Name]:
    for alias in entity.names:
        if entity.type is EntityType.PERSON:
            yield from _person_names(entity.id, alias, index)
        elif words := [t.text for t in tokens(alias)]:
            if len(words) == 1 and words[0].isupper() and 2 <= len(words[0]) <= _LONGEST_ACRONYM:
                yield Acronym(entity.id, alias, words[0])
            else:
                yield _phrase(entity.id, alias, words, index)


def _phrase(entity: str, alias: str, words: list[str], index: WordIndex) -> Phrase:
    core = [w for w in words if len(w) > 2 or w.isupper() or w.isdigit() or len(words) <= 2] or words
    numbers = tuple(index.add(w, Role.WORD) for w in core)
    return Phrase(entity, alias, numbers, tuple(w[:1].isupper() for w in core))


def _context_of(entity: Entity, index: WordIndex) -> Iterator[ContextTerm]:
    of = entity.context
    for use, terms in ((Use.SUPPORT, of.support), (Use.REQUIRE, of.require), (Use.EXCLUDE, of.exclude)):
        for term in terms:
            if words := tuple(index.add(t.text, Role.WORD) for t in tokens(term)):
                yield ContextTerm(entity.id, use, term, words)


# ---- persons --------------------------------------------------------------------------------------------------------


def _person_names(entity: str, alias: str, index: WordIndex) -> Iterator[PersonName | Phrase]:
    """How a person's name may be taken apart: one more where a surname may be glued on."""
    last, comma, first = alias.partition(",")
    words = [t.text for t in tokens(f"{first} {last}" if comma and first.strip() else alias)]
    if not words:
        return
    if compound := _compound(words):
        yield from _compound_names(entity, alias, compound, index)
        return
    core = _core(words)
    if _ROMAN.fullmatch(core[-1]) and len(core) > 1:
        yield _person_phrase(entity, alias, core, [Role.GIVEN] * len(core), index)
        return
    if len(core) == 1:
        yield PersonName(entity, alias, index.add(core[0], Role.SURNAME))
        return
    given, *middle, surname = core[1:] + core[:1] if _surname_first(core) else core
    family = index.add(surname, Role.SURNAME)
    yield PersonName(entity, alias, family, index.add(given, Role.GIVEN), tuple(_given(middle, index)))
    if len(core) == 3 and len(middle[0]) > 2 and not is_patronymic(middle[0]):
        yield PersonName(entity, alias, family, index.add(middle[0], Role.GIVEN))
    if len(core) > 2:
        roles = [Role.GIVEN] * (len(core) - 1) + [Role.SURNAME]
        yield _person_phrase(entity, alias, core, roles, index)


def _person_phrase(entity: str, alias: str, core: list[str], roles: list[Role], index: WordIndex) -> Phrase:
    return Phrase(entity, alias, tuple(map(index.add, core, roles)), tuple(w[:1].isupper() for w in core), person=True)


def _core(words: list[str]) -> list[str]:
    """The words of a name that are names, without "фон", "de", "младший"; "Бен" and "Де" may be a first one."""
    core = [
        w
        for place, w in enumerate(words)
        if w.lower() not in SUFFIXES and (w.lower() not in NOBILIARY or (not place and w[:1].isupper()))
    ]
    return core if len(core) > 1 else words


def _given(names: Iterable[str], index: WordIndex) -> Iterator[int]:
    return (index.add(name, Role.GIVEN) for name in names)


def _compound(words: list[str]) -> tuple[list[str], str, Particle] | None:
    """A name with кызы, уулу, тегин: the other words, the father's name, the particle; glued ones too."""
    for place, word in enumerate(words):
        if place and (found := particle(word)) and len(word) > 2:
            return words[: place - 1] + words[place + 1 :], words[place - 1], found[0]
        if len(words) > 1 and (glued := GLUED_PARTICLE.match(word)):
            which = particle(glued[2])
            if which:
                return words[:place] + words[place + 1 :], glued[1], which[0]
    return None


def _compound_names(
    entity: str, alias: str, parts: tuple[list[str], str, Particle], index: WordIndex
) -> Iterator[PersonName]:
    others, father, which = parts
    given = index.add(others[0], Role.GIVEN) if others else None
    yield PersonName(entity, alias, index.add(father, Role.SURNAME), given, particle=which)
    glued = father + (which.cyrillic if is_cyrillic(father) else which.value)
    yield PersonName(entity, alias, index.add(glued, Role.SURNAME), given)


def _surname_first(words: list[str]) -> bool:
    """Whether a name was typed surname first: TOKOEV Melis, Токоев Мелис."""
    first, last = words[0], words[-1]
    if first.isupper() and not last.isupper() and len(first) > 2:
        return True
    return _is_family(first) and not _is_family(last)


def _is_family(word: str) -> bool:
    return is_womans_surname(word) or skeleton(word).endswith(("ov", "ev"))
