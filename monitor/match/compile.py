"""Pure. Compile a watchlist for matching: parse its names into words of one index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from monitor.match.acronyms import contracted_or_full, other_acronyms
from monitor.match.countries import country_of_body
from monitor.match.index.accounts import Account, Accounts
from monitor.match.index.exact import ExactName, ExactNames, has_no_word, is_exact_only
from monitor.match.index.forms import NameRole
from monitor.match.index.found_words import FoundWords
from monitor.match.index.listed_names import listed_names
from monitor.match.index.names import MAX_ACRONYM, Acronym, Name, PersonName, Phrase, parse_person_name
from monitor.match.index.word_index import WordIndex
from monitor.match.index.word_match import Matches, Word
from monitor.match.known_names import is_patronymic, load_tables
from monitor.match.rarity import MAX_BEARERS, is_rare
from monitor.match.scanner.companions import Companions
from monitor.match.scanner.scan import Scanner
from monitor.match.scanner.word_form import WordFlags, WordForm
from monitor.match.scanner.word_table import RoleFlags
from monitor.match.state_bodies import BodyName, needs_country, unlisted_names
from monitor.match.words import (
    is_common_full_name,
)
from monitor.model import Code, Entity, EntityType, Message, code_of
from monitor.text.normalize import fold
from monitor.text.romanize import skeleton
from monitor.text.tokens import tokens

# Words of a name that is also searched as one word; longer ones are not written so.
_MAX_JOINED_WORDS = 3
# Only the last names with a surname are compared: those of one entity come together.
_MAX_COMPARED_NAMES = 8


class ContextUse(StrEnum):
    """The effect of a context word of an entity; the values are the fields of `model.Context`."""

    SUPPORT = "support"
    REQUIRE = "require"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class ContextTerm:
    """A context word or phrase of an entity."""

    entity: str
    use: ContextUse
    term: str
    words: tuple[int, ...]


@dataclass(frozen=True)
class Compiled:
    """A watchlist compiled for matching. Names are keyed by the word that is looked up first."""

    entities: Mapping[str, Entity]
    index: WordIndex
    people: Mapping[int, Sequence[PersonName]]  # by surname
    phrases: Mapping[int, Sequence[Phrase]]  # by first word
    acronyms: Mapping[str, Sequence[Acronym]]
    exact: ExactNames
    accounts: Accounts
    context: Mapping[int, Sequence[ContextTerm]]  # by first word
    # The compiled names and context of each entity, which a changed list takes over.
    by_entity: Mapping[str, tuple[Sequence[Name], Sequence[ContextTerm]]]

    def word(self, number: int) -> Word:
        """Return the word with a number."""
        return self.index.words[number]

    def is_body_name(self, form: WordForm) -> bool:
        """Return whether a word is the name of an outlet or a body of the list, in any ending."""
        phrases = (phrase for number in form.matches for phrase in self.phrases.get(number, ()))
        return any(len(phrase.words) == 1 and not phrase.is_person for phrase in phrases)

    def is_common_full_name(self, name: Name, *, in_cyrillic: bool = False) -> bool:
        """Return whether many strangers bear a name: a common given name and a very common surname."""
        if not isinstance(name, PersonName) or name.given_name is None or name.particle is not None:
            return False
        given_names, surname = self.word(name.given_name).spellings, self.word(name.surname).sounds
        return is_common_full_name(given_names, surname, in_cyrillic=in_cyrillic)

    def rare_surnames(self, form: str, sounds: str, matches: Matches) -> Set[int]:
        """Return the listed surnames that a word of a text may be, if it is rare enough to count alone (`rarity`).

        A name of one word, with a particle or of two surnames is rare in itself.
        """
        surnames = [number for number in matches if number in self.people]
        rare = {number for number in surnames if number in self._rare_in_themselves}
        bearers = self._count_bearers(surnames)
        if bearers > MAX_BEARERS:
            return rare
        words = ((number, matches[number], self.word(number)) for number in surnames)
        return rare | {number for number, match, word in words if is_rare(form, sounds, match, word, bearers)}

    def _count_bearers(self, surnames: Iterable[int]) -> int:
        """Return how many entities have one of some surnames; they are no longer counted above `MAX_BEARERS`."""
        bearers: set[str] = set()
        for number in surnames:
            bearers.update(person.entity for person in self.people[number])
            if len(bearers) > MAX_BEARERS:
                break
        return len(bearers)

    @cached_property
    def _rare_in_themselves(self) -> frozenset[int]:
        """Return the surnames that have a bearer with no given name, a particle or two surnames."""
        return frozenset(
            number
            for number, people in self.people.items()
            if any(person.given_name is None or person.particle or person.first_half for person in people)
        )

    def is_two_word_name(self, person: PersonName) -> bool:
        """Return whether a name is a given name, with its capital, and one surname; middle names do not count."""
        if person.given_name is None or person.particle or person.first_half is not None or person.is_half_surname:
            return False
        return self.word(person.given_name).raw[:1].isupper()

    @cached_property
    def surnames_of_two_word_names(self) -> frozenset[int]:
        """Return the surnames of which every bearer has a name of two words, which only a given name can complete."""
        return frozenset(n for n, people in self.people.items() if all(map(self.is_two_word_name, people)))

    @cached_property
    def _surnames_with_support(self) -> frozenset[int]:
        """Return the surnames of entities with support words, which make a common surname clear."""
        return frozenset(
            number
            for number, people in self.people.items()
            if any(self.entities[person.entity].context.support for person in people)
        )

    def _can_stand_alone(self, form: str, found_words: FoundWords, word: int) -> bool:
        """Return whether a form, one of the found words, may name somebody as a surname alone."""
        numbers = [number for number in found_words.numbers(word) if number in self.people]
        if not self._surnames_with_support.isdisjoint(numbers) or not self._rare_in_themselves.isdisjoint(numbers):
            return True
        # Of most words this is clear without reading their matches.
        if self._count_bearers(numbers) > MAX_BEARERS:
            return False
        return bool(self.rare_surnames(form, *found_words.matches(word)[:2]))

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """Return the position of each entity on the list."""
        return {entity: place for place, entity in enumerate(self.entities)}

    @cached_property
    def namesakes(self) -> Mapping[str, frozenset[str]]:
        """Return the other entities that share a listed name with an entity, of those that have any.

        Each mention counts for all of them, so they are no rivals for their surname.
        """
        bearers: dict[str, set[str]] = {}
        for entity in self.entities.values():
            for name in entity.spellings:
                bearers.setdefault(fold(name), set()).add(entity.id)
        shared = [ids for ids in bearers.values() if len(ids) > 1]
        return {one: frozenset().union(*(ids for ids in shared if one in ids)) - {one} for ids in shared for one in ids}

    @cached_property
    def countries(self) -> Mapping[str, str]:
        """Return the country of each body that has one."""
        countries = {entity.id: country_of_body(entity) for entity in self.entities.values()}
        return {entity: country for entity, country in countries.items() if country}

    @cached_property
    def press(self) -> Entity | None:
        """Return the entity that finds what happened to the press, or None."""
        return next((entity for entity in self.entities.values() if entity.type is EntityType.PRESS), None)

    @cached_property
    def scanner(self) -> Scanner:
        """Return the scanner of this list. It caches the words of the texts it reads."""
        load_tables()
        companions = Companions(self.index.words, self.people, self.phrases)
        finds_press = self.press is not None
        flags = self._role_flags()
        return Scanner(self.index, flags, companions, self._is_acronym, self.exact, self.accounts, finds_press)

    def _is_acronym(self, form: str) -> bool:
        """Return whether a form begins with an acronym of the list."""
        return any(form[:length] in self.acronyms for length in range(2, MAX_ACRONYM + 1))

    def _role_flags(self) -> RoleFlags:
        """Return the flags of each word of the index by its roles in the names."""
        flags = RoleFlags(len(self.index.words), self._can_stand_alone)
        for number, people in self.people.items():
            flags.if_close[number] |= WordFlags.SURNAME
            # A surname of one word must be spelt right; before a particle it need not be.
            has_bare_particle_name = any(person.given_name is None and person.particle for person in people)
            flags.if_typo[number] |= WordFlags.SURNAME if has_bare_particle_name else WordFlags.MISSPELT_SURNAME
            for person in people:
                if person.given_name is not None:
                    flags.if_close[person.given_name] |= WordFlags.GIVEN_NAME
                    flags.if_typo[person.given_name] |= WordFlags.MISSPELT_GIVEN_NAME
                    flags.if_exact[person.given_name] |= WordFlags.EXACT_GIVEN_NAME
        for number, phrases in self.phrases.items():
            for phrase in phrases:
                phrase_flag = WordFlags.PHRASE_START if len(phrase.words) > 1 else WordFlags.ONE_WORD_PHRASE
                flags.if_close[number] |= phrase_flag
                flags.if_typo[number] |= phrase_flag
                if len(phrase.words) > 1:
                    flags.if_close[phrase.words[1]] |= WordFlags.PHRASE_SECOND
        for number in self.context:
            flags.if_exact[number] |= WordFlags.CONTEXT
        return flags


def compile_watchlist(entities: Iterable[Entity], before: Compiled | None = None) -> Compiled:
    """Compile a watchlist: about a second for ten thousand names, and a tenth of it where names were only added.

    `before` is an earlier version of the list: unchanged entries are taken over from it. It is not changed.
    """
    entities_by_id = {entity.id: entity for entity in entities}
    if before and any(entities_by_id.get(entity.id) != entity for entity in before.entities.values()):
        before = None  # the words of removed names would stay in its index, and still be joined at the end of a line
    index = before.index.copy() if before else WordIndex()
    by_entity = {
        entity.id: before.by_entity[entity.id]
        if before and before.entities.get(entity.id) == entity
        else ([*_entity_names(entity, index)], [*_context_terms(entity, index)])
        for entity in entities_by_id.values()
    }
    people: dict[int, list[PersonName]] = {}
    words_listed: dict[int, list[PersonName]] = {}
    phrases: dict[int, list[Phrase]] = {}
    acronyms: dict[str, list[Acronym]] = {}
    exact: list[ExactName] = []
    accounts: list[Account] = []
    context: dict[int, list[ContextTerm]] = {}
    for names, terms in by_entity.values():
        for name in names:
            if isinstance(name, PersonName):
                listed, words = words_listed.setdefault(name.surname, []), replace(name, alias="")
                # Unless the same words are there already, listed in another order.
                if words not in listed[-_MAX_COMPARED_NAMES:]:
                    listed.append(words)
                    people.setdefault(name.surname, []).append(name)
            elif isinstance(name, Phrase):
                phrases.setdefault(name.words[0], []).append(name)
            elif isinstance(name, ExactName):
                exact.append(name)
            elif isinstance(name, Account):
                accounts.append(name)
            else:
                acronyms.setdefault(name.letters, []).append(name)
        for term in terms:
            context.setdefault(term.words[0], []).append(term)
    for letters, readings in acronyms.items():
        acronyms[letters] = _read_so(readings, entities_by_id) or readings
    as_written = ExactNames(exact), Accounts(accounts)
    return Compiled(entities_by_id, index, people, phrases, acronyms, *as_written, context, by_entity)


def _read_so(readings: Sequence[Acronym], entities: Mapping[str, Entity]) -> list[Acronym]:
    """Return the names that some letters are: as listed, or of the table for bodies of other countries alone."""
    listed = [name for name in readings if not name.needs_country]
    countries = {country_of_body(entities[name.entity]) for name in listed}
    return [
        name
        for name in readings
        if not name.needs_country
        # The country that stands beside the letters tells which body they are: МВД Казахстана.
        or (
            "" not in countries
            and code_of(name.note) == Code.OF_TABLE
            and entities[name.entity].country not in countries
        )
    ]


def _entity_names(entity: Entity, index: WordIndex) -> Iterator[Name]:
    """Yield the names of an entity, and each of several words also written as one, as in accounts and hashtags."""
    names = list(_parse_names(entity, index))
    middle_names = {n for name in names if isinstance(name, PersonName) for n in name.middle_names}
    patronymics = tuple(sorted(n for n in middle_names if is_patronymic(index.words[n].raw)))
    for name in names:
        yield replace(name, patronymics=patronymics) if patronymics and isinstance(name, PersonName) else name
    yield from (Account(entity.id, handle) for handle in entity.handles)
    # As one word, in accounts and hashtags; aliases that sound alike are one, in whatever script or order.
    joined: dict[tuple[str, ...], str] = {}
    for alias, words in ((alias, [t.text for t in tokens(alias)]) for alias in listed_names(entity)):
        if 1 < len(words) <= _MAX_JOINED_WORDS and all(map(str.isalpha, words)) and words[0][:1].isupper():
            joined.setdefault(tuple(sorted(map(skeleton, words))), alias)
    for alias in joined.values():
        number = index.add("".join(t.text for t in tokens(alias)), NameRole.JOINED)
        yield Phrase(entity.id, alias, (number,), (True,), entity.type is EntityType.PERSON)


def _parse_names(entity: Entity, index: WordIndex) -> Iterator[Name]:
    """Yield the parsed names of an entity; names that have no usable sounds are matched exactly as written."""
    for alias in listed_names(entity):
        if is_exact_only(alias, person=entity.type is EntityType.PERSON):
            yield ExactName(entity.id, alias)
            continue
        names = [*_parse_alias(entity, alias, index)]
        yield from names
        if has_no_word(alias) or not any(_is_findable(name, index) for name in names):
            yield ExactName(entity.id, alias)
    for name in unlisted_names(entity):
        yield from _names_of_table(entity, name, index)


def _names_of_table(entity: Entity, name: BodyName, index: WordIndex) -> Iterator[Name]:
    """Yield a name of an entity that only the table of state bodies has; without the entry's country it is doubtful."""
    if is_exact_only(name.text, person=False):
        if entity.country:
            yield ExactName(entity.id, name.text)
        return
    needs_it, doubt = needs_country(name), None if entity.country else _COUNTRY_NOT_GIVEN
    for parsed in _parse_alias(entity, name.text, index):
        if not isinstance(parsed, PersonName):
            needs = needs_it or parsed.needs_country
            yield replace(parsed, needs_country=needs, note=_OF_TABLE, doubt=doubt)


_OF_TABLE = Message("it is a name of this body in the table of state bodies", code=Code.OF_TABLE)
_COUNTRY_NOT_GIVEN = Message("only the table of state bodies has this name, and the entry does not say its country")
_IN_ITS_COUNTRY = Message("the list writes the abbreviation otherwise, and the article speaks of its country")


def _parse_alias(entity: Entity, alias: str, index: WordIndex) -> Iterator[PersonName | Phrase | Acronym]:
    """Yield the names that one alias may be read as."""
    if entity.type is EntityType.PERSON:
        yield from parse_person_name(entity.id, alias, index)
    elif words := [t.text for t in tokens(alias)]:
        if len(words) == 1 and words[0].isupper() and 2 <= len(words[0]) <= MAX_ACRONYM:
            yield Acronym(entity.id, alias, words[0])
        else:
            yield _phrase(entity.id, alias, words, index)
        if country := country_of_body(entity):
            acronyms = other_acronyms(words, country)
            yield from (Acronym(entity.id, alias, letters, True, _IN_ITS_COUNTRY) for letters in acronyms)
            yield from (_phrase(entity.id, alias, way, index) for way in contracted_or_full(words))
        if words[0] == "Ministry" and words[1:2] in (["of"], ["for"]) and len(words) > 2:
            # The press says "the Culture Ministry".
            yield _phrase(entity.id, alias, [*words[2:], words[0]], index)


def _is_findable(name: PersonName | Phrase | Acronym, index: WordIndex) -> bool:
    """Return whether each word of a name has a sound by which it is looked up; Ъ, marks and emoji have none."""
    match name:
        case Acronym():
            return True
        case Phrase():
            numbers = name.words
        case PersonName():
            numbers = tuple(n for n in (name.surname, name.given_name, name.first_half) if n is not None)
    return all(index.words[number].is_findable for number in numbers)


def _phrase(entity: str, alias: str, words: list[str], index: WordIndex) -> Phrase:
    """Return a name as words in order, without short words that texts may leave out."""
    core_words = [w for w in words if len(w) > 2 or w.isupper() or w.isdigit() or len(words) <= 2] or words
    if len(core_words) > 3:  # "Committee on …" is the same body
        core_words = [w for w in core_words if w not in {"for", "для"}]
    numbers = tuple(index.add(w, NameRole.WORD) for w in core_words)
    return Phrase(entity, alias, numbers, tuple(w[:1].isupper() for w in core_words))


def _context_terms(entity: Entity, index: WordIndex) -> Iterator[ContextTerm]:
    """Yield the context words of an entity."""
    for use in ContextUse:
        for term in getattr(entity.context, use):
            if words := tuple(index.add(t.text, NameRole.WORD) for t in tokens(term)):
                yield ContextTerm(entity.id, use, term, words)
