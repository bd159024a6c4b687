"""Pure. A watchlist made ready to be looked for: its names taken apart into words of one index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from monitor.match.index.exact import ExactName, ExactNames, has_no_word, is_exact_only
from monitor.match.index.forms import GLUED_PARTICLE, Particle, Role, is_patronymic, particle
from monitor.match.index.word_index import Word, WordIndex
from monitor.match.scanner.passage import LONGEST_ACRONYM, WordFlags
from monitor.match.scanner.scan import Roles, Scanner
from monitor.match.words import (
    ARTICLES,
    CONJUNCTIONS,
    NOBILIARY,
    SUFFIXES,
    is_common_given_name,
    is_many_peoples,
    is_title,
)
from monitor.model import Entity, EntityType
from monitor.text.normalize import HYPHENS, is_cyrillic
from monitor.text.romanize import skeleton
from monitor.text.tokens import tokens

_LONGEST_JOINED = 3  # words
_FEW = 8  # names of one entity that are compared with each other
_ROMAN = re.compile("[IVX]{1,5}")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name: numbers of its words in the index. `particle` follows a surname that is a father's name."""

    entity: str
    alias: str
    surname: int
    given: int | None = None
    middle: tuple[int, ...] = ()
    particle: Particle | None = None
    double: int | None = None  # the first half of a double surname, which `surname` is the second of
    half: bool = False  # `surname` is but one half of a double one
    fathers: tuple[int, ...] = ()  # patronymics of the entity, from any of its names

    @property
    def words(self) -> tuple[object, ...]:
        return self.surname, self.given, self.middle, self.particle, self.double, self.half, self.fathers


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


Name = PersonName | Phrase | Acronym | ExactName


class Use(StrEnum):
    """What a word of an entity's context does, as `Context` has it."""

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
    people: Mapping[int, Sequence[PersonName]]  # by surname
    phrases: Mapping[int, Sequence[Phrase]]  # by first word
    acronyms: Mapping[str, Sequence[Acronym]]
    exact: ExactNames
    context: Mapping[int, Sequence[ContextTerm]]  # by first word
    parts: Mapping[str, tuple[Sequence[Name], Sequence[ContextTerm]]]  # by entity: what a changed list takes over

    def word(self, number: int) -> Word:
        return self.index.words[number]

    def is_many_peoples(self, name: Name) -> bool:
        """Whether many strangers bear a name: a common given name and a very common surname."""
        if not isinstance(name, PersonName) or name.given is None or name.particle is not None:
            return False
        return is_many_peoples(self.word(name.given).spellings, self.word(name.surname).sounds)

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """The place of each entity on the list."""
        return {entity: place for place, entity in enumerate(self.entities)}

    @cached_property
    def scanner(self) -> Scanner:
        """Finds where in texts a name of the list may begin; it learns words as it reads."""
        return Scanner(self.index, self._roles(), self._is_acronym, self.exact.may_stand)

    def _is_acronym(self, form: str) -> bool:
        return any(form[:length] in self.acronyms for length in range(2, LONGEST_ACRONYM + 1))

    def _roles(self) -> Roles:
        roles = Roles(len(self.index.words))
        for number, people in self.people.items():
            roles.right[number] |= WordFlags.SURNAME
            # A surname of one word must be spelt right; before a particle it need not be.
            alone = any(person.given is None and person.particle for person in people)
            roles.typo[number] |= WordFlags.SURNAME if alone else WordFlags.LIKE_A_SURNAME
            for person in people:
                if person.given is not None:
                    roles.right[person.given] |= WordFlags.GIVEN
                    roles.typo[person.given] |= WordFlags.LIKE_A_GIVEN
                    roles.exact[person.given] |= WordFlags.EXACT_GIVEN
        for number, phrases in self.phrases.items():
            for phrase in phrases:
                kind = WordFlags.FIRST if len(phrase.words) > 1 else WordFlags.WHOLE_PHRASE
                roles.right[number] |= kind
                roles.typo[number] |= kind
                if len(phrase.words) > 1:
                    roles.right[phrase.words[1]] |= WordFlags.SECOND
        for number in self.context:
            roles.exact[number] |= WordFlags.CONTEXT
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
    exact: list[ExactName] = []
    context: dict[int, list[ContextTerm]] = {}
    for names, terms in parts.values():
        for name in names:
            if isinstance(name, PersonName):
                bearers = people.setdefault(name.surname, [])
                if all(known.words != name.words or known.entity != name.entity for known in bearers[-_FEW:]):
                    bearers.append(name)  # the same words in another order are one name
            elif isinstance(name, Phrase):
                phrases.setdefault(name.words[0], []).append(name)
            elif isinstance(name, ExactName):
                exact.append(name)
            else:
                acronyms.setdefault(name.letters, []).append(name)
        for term in terms:
            context.setdefault(term.words[0], []).append(term)
    return Compiled(listed, index, people, phrases, acronyms, ExactNames(exact), context, parts)


def _names_of(entity: Entity, index: WordIndex) -> Iterator[Name]:
    names = list(_taken_apart(entity, index))
    middles = {n for name in names if isinstance(name, PersonName) for n in name.middle}
    fathers = tuple(sorted(n for n in middles if is_patronymic(index.words[n].raw)))
    for name in names:
        yield replace(name, fathers=fathers) if fathers and isinstance(name, PersonName) else name
    # As one word, in accounts and hashtags; what sounds alike in two scripts is one.
    joined: dict[tuple[str, ...], str] = {}
    for alias, words in ((alias, [t.text for t in tokens(alias)]) for alias in entity.names):
        if 1 < len(words) <= _LONGEST_JOINED and all(map(str.isalpha, words)) and words[0][:1].isupper():
            joined.setdefault(tuple(sorted(map(skeleton, words))), alias)
    for alias in joined.values():
        number = index.add("".join(t.text for t in tokens(alias)), Role.JOINED)
        yield Phrase(entity.id, alias, (number,), (True,), entity.type is EntityType.PERSON)


def _taken_apart(entity: Entity, index: WordIndex) -> Iterator[Name]:
    for alias in entity.names:
        if is_exact_only(alias, person=entity.type is EntityType.PERSON):
            yield ExactName(entity.id, alias)
            continue
        names = [*_by_sound(entity, alias, index)]
        yield from names
        if has_no_word(alias) or not any(_can_be_met(name, index) for name in names):
            yield ExactName(entity.id, alias)


def _by_sound(entity: Entity, alias: str, index: WordIndex) -> Iterator[PersonName | Phrase | Acronym]:
    if entity.type is EntityType.PERSON:
        yield from _person_names(entity.id, alias, index)
    elif words := [t.text for t in tokens(alias)]:
        if len(words) == 1 and words[0].isupper() and 2 <= len(words[0]) <= LONGEST_ACRONYM:
            yield Acronym(entity.id, alias, words[0])
        else:
            yield _phrase(entity.id, alias, words, index)


def _can_be_met(name: PersonName | Phrase | Acronym, index: WordIndex) -> bool:
    """Return whether each word of a name has a sound by which it is looked up; Ъ, marks and emoji have none."""
    match name:
        case Acronym():
            return True
        case Phrase():
            numbers = name.words
        case PersonName():
            numbers = tuple(n for n in (name.surname, name.given, name.double) if n is not None)
    return all(index.words[number].can_be_met for number in numbers)


def _phrase(entity: str, alias: str, words: list[str], index: WordIndex) -> Phrase:
    core = [w for w in words if len(w) > 2 or w.isupper() or w.isdigit() or len(words) <= 2] or words
    if len(core) > 3:  # "Committee on …" is the same body
        core = [w for w in core if w not in {"for", "для"}]
    numbers = tuple(index.add(w, Role.WORD) for w in core)
    return Phrase(entity, alias, numbers, tuple(w[:1].isupper() for w in core))


def _context_of(entity: Entity, index: WordIndex) -> Iterator[ContextTerm]:
    for use in Use:
        for term in getattr(entity.context, use):
            if words := tuple(index.add(t.text, Role.WORD) for t in tokens(term)):
                yield ContextTerm(entity.id, use, term, words)


# ---- persons --------------------------------------------------------------------------------------------------------


def _person_names(entity: str, alias: str, index: WordIndex) -> Iterator[PersonName | Phrase]:
    """How a person's name may be taken apart: one more where a surname may be glued on."""
    last, comma, first = alias.partition(",")
    alias_in_order = f"{first} {last}" if comma and first.strip() else alias
    words = [t.text for t in tokens(alias_in_order)]
    if not words:
        return
    if compound := _compound(words):
        yield from _compound_names(entity, alias, compound, index)
        return
    core = _core(words)
    if any(w.islower() and w not in CONJUNCTIONS for w in core[1:-1]):  # Peter the Great: a phrase, with no surname
        yield from _person_phrase(entity, alias, core, index)
        if is_title(core[0]):
            yield PersonName(entity, alias, index.add(core[-1], Role.GIVEN), index.add(core[0], Role.GIVEN))
        return
    if _ROMAN.fullmatch(core[-1]) and len(core) > 1:
        yield from _person_phrase(entity, alias, core, index)
        if len(core) == 2 or is_title(core[0]):
            return
        core = core[:-1]  # Thomas Tokoev III
    if len(core) == 1:
        yield PersonName(entity, alias, index.add(core[0], Role.SURNAME))
        return
    if len(core) == 3 and core[2].islower() and _hyphened(alias_in_order, core[1], core[2]):
        yield from _person_phrase(entity, alias, core, index)  # Kim Jong-un: no part of it is a name alone
        return
    core = core[1:] + core[:1] if _surname_first(core) else core
    double = core[-2] if len(core) > 2 and _hyphened(alias_in_order, core[-2], core[-1]) else None
    given, *middle = core[: -2 if double else -1]
    family, half = index.add(core[-1], Role.SURNAME), index.add(double, Role.SURNAME) if double else None
    others = tuple(index.add(name, Role.GIVEN) for name in middle)
    yield PersonName(entity, alias, family, index.add(given, Role.GIVEN), others, double=half)
    if double:
        for part in (family, half or 0):
            yield PersonName(entity, alias, part, index.add(given, Role.GIVEN), others, half=True)
    for article in (w.lower() for w in words if w.lower() in ARTICLES and not double):
        yield PersonName(entity, alias, family, index.add(given + article.rstrip("ь"), Role.GIVEN), others)
    if len(core) == 3 and middle and len(middle[0]) > 2 and not is_patronymic(middle[0]):
        if not _hyphened(alias_in_order, given, middle[0]):
            yield PersonName(entity, alias, family, index.add(middle[0], Role.GIVEN))
        if _SPANISH.search(core[-1]) or _SPANISH.search(middle[0]):
            yield PersonName(entity, alias, index.add(middle[0], Role.SURNAME), index.add(given, Role.GIVEN))
    if len(core) > 2:
        yield from _person_phrase(entity, alias, core, index)


# The last of a Spanish name is the mother's surname, and often left out: Alan García Pérez.
_SPANISH = re.compile(r"(?:[aeiou][lnrt]?ez|[аеиоу][лрмнтв]?[eе][сз])$", re.IGNORECASE)


def _hyphened(alias: str, first: str, second: str) -> bool:
    """Whether two words of a name are joined by a hyphen."""
    return any(f"{first}{hyphen}{second}" in alias for hyphen in HYPHENS)


def _person_phrase(entity: str, alias: str, core: list[str], index: WordIndex) -> Iterator[Phrase]:
    """Yield a name as words in order, if it has any of more than a letter.

    One with small words in it is declined like any phrase: патриарх всея Руси Кирилл.
    """
    words = [w for w in core if len(w) > 1 or w.isupper()]
    if not words:
        return
    plain = not any(w.islower() for w in words)
    roles = [Role.GIVEN if plain else Role.WORD] * (len(words) - 1) + [Role.SURNAME if plain else Role.GIVEN]
    yield Phrase(entity, alias, tuple(map(index.add, words, roles)), tuple(w[:1].isupper() for w in words), True)


def _core(words: list[str]) -> list[str]:
    """The words of a name that are names, without "фон", "de", "младший"; "Бен" and "Де" may be a first one."""
    core = [
        w
        for place, w in enumerate(words)
        if w.lower() not in SUFFIXES and (w.lower() not in NOBILIARY or (not place and w[:1].isupper()))
    ]
    return core if len(core) > 1 else words


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
    sounds = skeleton(word)  # -ина is Галина as well
    return len(word) > 4 and sounds.endswith(("ov", "ev", "ova", "eva", "ska")) and not is_common_given_name(sounds)
