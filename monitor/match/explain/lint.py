"""Pure. Warnings about a watchlist before it is used: the problem and the remedy, never an error."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from monitor.match.compile import Compiled, compile_watchlist
from monitor.match.countries import country_of_body, is_country_code, named_country
from monitor.match.explain.trials import is_whole, try_names
from monitor.match.index.exact import ExactName, has_no_word, is_exact_only
from monitor.match.index.listed_names import listed_names, read_listed_name
from monitor.match.index.names import read_particle
from monitor.match.state_bodies import bodies_called
from monitor.match.words import (
    CONJUNCTIONS,
    KYRGYZ_WORDS,
    NOBILIARY,
    RUSSIAN_WORDS,
    is_ordinary,
    is_state_body,
    is_type_word,
)
from monitor.model import Entity, EntityType, Message, Span, join_messages
from monitor.text.normalize import fold, is_mixed_script
from monitor.text.romanize import skeleton
from monitor.text.tokens import tokens

_MIN_LETTERS = 4  # letters
_MAX_NAMED = 3  # other entries that a warning names
_MAX_PART_WORDS = 8  # words
_FUNCTION_WORDS = KYRGYZ_WORDS | RUSSIAN_WORDS | CONJUNCTIONS


@dataclass(frozen=True, slots=True)
class ListWarning:
    """A problem of an entry and what to do about it. Urgent warnings are shown first."""

    entity: str
    problem: Message
    advice: Message
    is_urgent: bool = False
    is_of_country: bool = False  # it goes once the body has a country

    @property
    def message(self) -> Message:
        """Return problem and advice in one sentence."""
        return join_messages("; ", (self.problem, self.advice))

    def __str__(self) -> str:
        return f"{self.entity}: {self.message}"


def lint(
    entities: Iterable[Entity], only: Container[str] | None = None, *, before: Compiled | None = None
) -> tuple[ListWarning, ...]:
    """Return the warnings in the order of the list, those of names that are not found first.

    `only` has the ids of the entities to warn about; the others are compared with them. Half a millisecond an entry,
    however long the list: nothing is compared pair by pair. `before`: the list as compiled before names were added.
    """
    entries = list(entities)
    rank = {entity.id: place for place, entity in enumerate(entries)}
    chosen = [entity for entity in entries if only is None or entity.id in only]
    compiled = compile_watchlist(entries, before)
    warnings = (
        *unfindable_names(chosen),
        *_split_names(chosen),
        *_names_in_one(chosen),
        *_exact_only_names(compiled),
        *(warning for entity in chosen for name in listed_names(entity) for warning in _name_warnings(entity, name)),
        *(warning for entity in chosen for warning in _context_warnings(entity)),
        *(warning for entity in chosen for warning in _country_warnings(entity)),
        *_namesake_warnings(compiled),
        *_overlapping_names(entries),
    )
    relevant = (warning for warning in warnings if only is None or warning.entity in only)
    return tuple(sorted(relevant, key=lambda w: (not w.is_urgent, rank[w.entity])))


# ---- names that are not found as they are listed --------------------------------------------------------------------


def unfindable_names(entities: Sequence[Entity], *, with_signs: bool = False) -> Iterator[ListWarning]:
    """Yield warnings of names that the matcher does not find as they are listed, by trying each.

    `with_signs`: try only the names with brackets, slashes or dashes, and those without letters. They are few, so that
    each run can afford it.
    """
    rows = [
        (entity, name)
        for entity in entities
        for name in listed_names(entity)
        if not with_signs or any(signs.search(name) for signs, _ in _SIGNS_IN_NAMES[:-1]) or has_no_word(name)
    ]
    for (entity, name), spans in zip(rows, try_names(rows), strict=True):
        if not is_whole(name, spans):
            yield from _unfindable_name(entity, name, spans)


def _unfindable_name(entity: Entity, name: str, spans: Sequence[Span]) -> Iterator[ListWarning]:
    """Yield a warning of a name that is not found, or of which only a part is found."""
    sign, advice = next(
        ((m, sign_advice) for signs, sign_advice in _SIGNS_IN_NAMES if (m := signs.search(name))),
        (None, Message("write it as articles print it")),
    )
    if not spans:
        problem = Message("“{}” is not found even where it stands just as it is listed", name)
        yield ListWarning(entity.id, problem, advice, is_urgent=True)
    elif sign and not any(span.start <= sign.start() < span.end for span in spans):  # not of "Bekin, Askar Nurovich"
        parts = ", ".join(dict.fromkeys(f"“{span.of(name)}”" for span in spans))
        problem = Message("of “{}” only a part is found: {}", name, parts)
        yield ListWarning(entity.id, problem, advice, is_urgent=True)


_SIGNS_IN_NAMES = (
    (re.compile("[@#]|t\\.me/"), Message('put the account into `handles`, as "@name" or t.me/name')),
    (
        re.compile(r"[(\[{<]"),
        Message("take what stands in brackets out of it: a description goes to `note`, a name to `aliases`"),
    ),
    (re.compile(r"[/|;\\]| [-–—] "), Message("list each name by itself: one as `name`, the others as `aliases`")),
    (
        re.compile(","),
        Message("take out what follows the comma: a description goes to `note`, another name to `aliases`"),
    ),
)


def _split_names(entities: Iterable[Entity]) -> Iterator[ListWarning]:
    """Yield warnings of names that look like the second half of another: a comma separates names in a YAML list."""
    for entity in entities:
        for before, name in pairwise(entity.aliases):
            words = name.split()
            is_small = name[0].islower() and words[0] not in NOBILIARY and all(map(str.isalpha, words))
            if is_small and before[0].isupper() and " " in before:
                problem = Message(
                    "“{}” begins with a small letter: a comma may have split “{}, {}” in two", name, before, name
                )
                advice = Message("put that name in quotes if it is one, else leave it as it is")
                yield ListWarning(entity.id, problem, advice, is_urgent=True)


def _names_in_one(entities: Iterable[Entity]) -> Iterator[ListWarning]:
    """Yield warnings of names that are read as several, or without some of their words."""
    for entity in entities:
        for listed in entity.spellings:
            names, left_out = read_listed_name(listed, entity.type is EntityType.PERSON)
            written = ", ".join(f"“{name}”" for name in names)
            if left_out:
                problem = Message("“{}” is read as {}, without “{}”", listed, written, left_out)
                advice = Message("put a description into `note` and another name into `aliases`")
                yield ListWarning(entity.id, problem, advice, is_urgent=left_out[0].isupper())
            elif len(names) > 1:
                problem = Message("“{}” is read as {}", listed, written)
                yield ListWarning(
                    entity.id, problem, Message("nothing, if that is right; else list each name by itself")
                )


def _exact_only_names(compiled: Compiled) -> Iterator[ListWarning]:
    """Yield warnings of names that are matched exactly as written."""
    for entity, (names, _) in compiled.by_entity.items():
        parsed_aliases = {name.alias for name in names if not isinstance(name, ExactName)}
        for name in names:
            if isinstance(name, ExactName) and name.alias not in parsed_aliases:
                problem = Message(
                    "“{}” is matched exactly as it is written: no endings, no other spelling or script", name.alias
                )
                yield ListWarning(
                    entity, problem, Message("list every other form in which it may stand as an alias of its own")
                )


# ---- a name by itself -----------------------------------------------------------------------------------------------


def _name_warnings(entity: Entity, name: str) -> Iterator[ListWarning]:
    """Yield warnings about one name by itself: short, ordinary, one word, mixed alphabets."""
    words = [token.text for token in tokens(name)]
    is_person = entity.type is EntityType.PERSON
    # `_exact_only_names` reports those.
    if not words or is_exact_only(name, person=is_person):
        return
    is_acronym = len(words) == 1 and words[0].isupper() and len(words[0]) > 1 and not is_person
    if sum(map(len, words)) < _MIN_LETTERS and not is_acronym:
        problem = Message("“{}” is short: it matches only exactly, and many other words look like it", name)
        yield ListWarning(
            entity.id, problem, Message("write the longer name as well, or give the entry `require` words")
        )
    elif not is_acronym and not is_person and _all_ordinary(words):
        problem = Message("“{}” is made of ordinary words and is found wherever they are capitalised", name)
        advice = Message(
            "list it with a word that says what it is, such as “newspaper”, or give the entry `require` words"
        )
        yield ListWarning(entity.id, problem, advice)
    elif len(words) == 1 and is_person:
        problem = Message("“{}” is one word: every person of that name counts", name)
        yield ListWarning(
            entity.id, problem, Message("write given name and surname, or give the entry `require` words")
        )
    elif is_person and len(words) == 2 and read_particle(words[1]):
        problem = Message("“{}” has no given name: every person of that name counts", name)
        yield ListWarning(
            entity.id, problem, Message("write given name and surname, or give the entry `require` words")
        )
    elif len(words) == 1 and name.islower():
        problem = Message("“{}” is one word, written small: it counts wherever it stands with any capital", name)
        yield ListWarning(entity.id, problem, Message("write it as the name is printed"))
    for token in tokens(name):
        written = name[token.start : token.end]
        if is_mixed_script(written):
            problem = Message("“{}” in “{}” mixes Latin and Cyrillic letters", written, name)
            yield ListWarning(entity.id, problem, Message("type the word again in one alphabet"))


def _all_ordinary(words: Sequence[str]) -> bool:
    """Return whether a name is made of ordinary words alone, and none says what it is, as in “April TV”."""
    return all(map(is_ordinary, words)) and (len(words) == 1 or not any(map(is_type_word, words)))


# ---- context --------------------------------------------------------------------------------------------------------


def _context_warnings(entity: Entity) -> Iterator[ListWarning]:
    """Yield warnings about the context words of an entry."""
    context = entity.context
    supporting, excluded = _by_sound((*context.support, *context.require)), _by_sound(context.exclude)
    for sound in [s for s in excluded if s in supporting]:
        problem = Message("“{}” is both excluded and wanted in its context", excluded[sound])
        yield ListWarning(entity.id, problem, Message("take it out of one of the two"))
    names = _by_sound(listed_names(entity))
    name_words = {word for name in names for word in name} if entity.type is EntityType.PERSON else set()
    for sound, term in _by_sound((*context.require, *context.exclude, *context.support)).items():
        if sound in names or (len(sound) == 1 and sound[0] in name_words):
            problem = Message("“{}” in its context is its own name, which stands beside every mention", term)
            yield ListWarning(entity.id, problem, Message("take it out: context is what stands beside the name"))
        elif not any(sound):
            problem = Message("“{}” in its context holds no word and is never found", term)
            yield ListWarning(entity.id, problem, Message("take it out"))
        elif all(word in _FUNCTION_WORDS for word in fold(term).split()):
            problem = Message("“{}” in its context stands in nearly every article", term)
            yield ListWarning(entity.id, problem, Message("choose a word that only articles about the case have"))


def _country_warnings(entity: Entity) -> Iterator[ListWarning]:
    """Yield a warning of a code that is no country's, or of a body that other countries have too."""
    if entity.country and not is_country_code(entity.country):
        problem = Message("{} is not the code of a country", entity.country)
        yield ListWarning(entity.id, problem, Message("write a code of ISO 3166 such as KG, KZ, UZ"), is_urgent=True)
    is_state_name = any(is_state_body(token.text) for name in entity.spellings for token in tokens(name))
    is_body = entity.type is EntityType.ORGANIZATION
    if entity.country or country_of_body(entity):
        return
    # Who adds a name at the terminal may leave out its type.
    if countries := {body.country for name in listed_names(entity) for body in bodies_called(name)}:
        problem = Message(
            "“{}” is a state body of {}", entity.name, join_messages(", ", map(named_country, sorted(countries)))
        )
        yield ListWarning(
            entity.id, problem, _WRITE_COUNTRY if is_body else _WRITE_TYPE_AND_COUNTRY, is_of_country=is_body
        )
    elif is_body and is_state_name:
        problem = Message("“{}” is a body that other countries have too, and each of them counts", entity.name)
        yield ListWarning(entity.id, problem, Message("state its country"), is_of_country=True)


_WRITE_COUNTRY = Message("state its country: then it is found by all its names, in every language of that country")
_WRITE_TYPE_AND_COUNTRY = Message(
    "state that it is an organization, and its country: then it is found by all its names, in every language of that "
    "country"
)


def _by_sound(terms: Iterable[str]) -> dict[tuple[str, ...], str]:
    """Return terms by their sounds; of equal ones the first."""
    return {_sounds(term): term for term in reversed(tuple(terms))}


def _sounds(text: str) -> tuple[str, ...]:
    """Return the skeletons of the words of a text."""
    return tuple(skeleton(token.text) for token in tokens(text))


# ---- persons --------------------------------------------------------------------------------------------------------


def _namesake_warnings(compiled: Compiled) -> Iterator[ListWarning]:
    """Yield warnings of shared surnames, and of full names that many people bear."""
    bearers: defaultdict[tuple[str, bool], dict[str, None]] = defaultdict(dict)
    with_common_name: dict[str, None] = {}
    for number, names in compiled.people.items():
        surname = compiled.word(number)
        for name in names:
            if name.given_name is None:
                continue
            bearers[surname.sounds, name.particle is not None][name.entity] = None
            if compiled.is_common_full_name(name):
                with_common_name[name.entity] = None
    for entities in bearers.values():
        for entity in entities if len(entities) > 1 else ():
            other_names = _list_other_names(entity, entities, lambda e: compiled.entities[e].name)
            problem = Message("shares a surname with {}: where it stands alone, each is only possible", other_names)
            yield ListWarning(entity, problem, Message("`support` words tell which of them is meant"))
    for entity in with_common_name:
        if not compiled.entities[entity].context.require:
            problem = Message(
                "“{}” is the name of many people: by itself it is only possible", compiled.entities[entity].name
            )
            yield ListWarning(entity, problem, Message("give the entry `support` words that tie it to the case"))


# ---- names that meet other names ------------------------------------------------------------------------------------


def _overlapping_names(entities: Sequence[Entity]) -> Iterator[ListWarning]:
    """Yield warnings of names that another entry has too, or that are part of another entry's longer name."""
    # From the words of a name to the entities that have it, each with its spelling.
    owners: defaultdict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    rows = [(entity.id, name, _sounds(name)) for entity in entities for name in listed_names(entity)]
    for entity, name, words in rows:
        if words:
            owners[words].setdefault(entity, name)
    # The same for longer names that contain those words.
    longer: defaultdict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for entity, name, words in rows:
        for part in _word_runs(words):
            if part in owners and len(longer[part]) <= _MAX_NAMED:
                longer[part].setdefault(entity, name)
    for entity, name, words in rows:
        same = owners[words] if words else {}
        if len(same) > 1 and same[entity] == name:
            other_names = _list_other_names(entity, same, str)
            problem = Message("“{}” is also a name of {}: each mention counts for all of them", name, other_names)
            advice = Message("take it out of one, or tell them apart by `require` words")
            yield ListWarning(entity, problem, advice)
        longer_names = {
            other_entity: longer_name
            for other_entity, longer_name in longer.get(words, {}).items()
            if other_entity != entity
        }
        for other_entity, longer_name in list(longer_names.items())[:_MAX_NAMED]:
            problem = Message(
                "“{}” is part of “{}” ({}), and there the longer name counts", name, longer_name, other_entity
            )
            yield ListWarning(entity, problem, Message("nothing, if they are two; else make them one entry"))


def _word_runs(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield every run of the words except the whole; of a very long name only its shorter runs."""
    for length in range(1, min(len(words), _MAX_PART_WORDS + 1)):
        for start in range(len(words) - length + 1):
            yield words[start : start + length]


def _list_other_names(entity: str, entities: Mapping[str, object], name: Callable[[str], str]) -> str:
    """Return the names of some other entities, and the number of the rest."""
    names = [name(entity_id) for entity_id in islice((e for e in entities if e != entity), _MAX_NAMED)]
    omitted = len(entities) - 1 - len(names)
    return Message("{} and {} more", ", ".join(names), omitted) if omitted else ", ".join(names)
