"""Pure. Warnings about a watchlist before it is used: the problem and the remedy, never an error."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from monitor.match.compile import Compiled, compile_watchlist
from monitor.match.explain.samples import is_whole, try_names
from monitor.match.index.countries import country_of_body, is_country_code
from monitor.match.index.exact import ExactName, is_exact_only
from monitor.match.words import (
    CONJUNCTIONS,
    KYRGYZ_WORDS,
    NOBILIARY,
    RUSSIAN_WORDS,
    is_ordinary,
    is_state_body,
    is_type_word,
)
from monitor.model import Entity, EntityType, Span
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
    problem: str
    advice: str
    is_urgent: bool = False

    @property
    def message(self) -> str:
        """Return problem and advice in one sentence."""
        return f"{self.problem}; {self.advice}"

    def __str__(self) -> str:
        return f"{self.entity}: {self.message}"


def lint(entities: Iterable[Entity]) -> tuple[ListWarning, ...]:
    """Return the warnings in the order of the list, those of names that are not found first.

    Half a millisecond an entry, however long the list: nothing is compared pair by pair.
    """
    entries = list(entities)
    rank = {entity.id: place for place, entity in enumerate(entries)}
    compiled = compile_watchlist(entries)
    warnings = (
        *_unfindable_names(entries),
        *_split_names(entries),
        *_exact_only_names(compiled),
        *(warning for entity in entries for name in entity.names for warning in _name_warnings(entity, name)),
        *(warning for entity in entries for warning in _context_warnings(entity)),
        *(warning for entity in entries for warning in _country_warnings(entity)),
        *_namesake_warnings(compiled),
        *_overlapping_names(entries),
    )
    return tuple(sorted(warnings, key=lambda w: (not w.is_urgent, rank[w.entity])))


# ---- names that are not found as they are listed --------------------------------------------------------------------


def _unfindable_names(entities: Sequence[Entity]) -> Iterator[ListWarning]:
    """Yield warnings of names that the matcher does not find as they are listed, by trying each."""
    rows = [(entity, name) for entity in entities for name in entity.names]
    for (entity, name), spans in zip(rows, try_names(rows), strict=True):
        if not is_whole(name, spans):
            yield from _unfindable_name(entity, name, spans)


def _unfindable_name(entity: Entity, name: str, spans: Sequence[Span]) -> Iterator[ListWarning]:
    """Yield a warning of a name that is not found, or of which only a part is found."""
    sign, advice = next(
        ((m, sign_advice) for signs, sign_advice in _SIGNS_IN_NAMES if (m := signs.search(name))), (None, "")
    )
    if not spans:
        problem = f"“{name}” is not found even where it stands just as it is listed"
        yield ListWarning(entity.id, problem, advice or "write it as articles print it", is_urgent=True)
    elif sign and not any(span.start <= sign.start() < span.end for span in spans):  # not of "Bekin, Askar Nurovich"
        parts = ", ".join(dict.fromkeys(f"“{span.of(name)}”" for span in spans))
        yield ListWarning(entity.id, f"of “{name}” only a part is found: {parts}", advice, is_urgent=True)


_SIGNS_IN_NAMES = (
    (re.compile("[@#]|t\\.me/"), "list the account by itself as an alias, as @name"),
    (
        re.compile(r"[(\[{<]"),
        "take what stands in brackets out of it: a description goes to `note`, a name to `aliases`",
    ),
    (re.compile(r"[/|;\\]| [-–—] "), "list each name by itself: one as `name`, the others as `aliases`"),
    (re.compile(","), "take out what follows the comma: a description goes to `note`, another name to `aliases`"),
)


def _split_names(entities: Iterable[Entity]) -> Iterator[ListWarning]:
    """Yield warnings of names that look like the second half of another: a comma separates names in a YAML list."""
    for entity in entities:
        for before, name in pairwise(entity.aliases):
            words = name.split()
            is_small = name[0].islower() and words[0] not in NOBILIARY and all(map(str.isalpha, words))
            if is_small and before[0].isupper() and " " in before:
                problem = f"“{name}” begins with a small letter: a comma may have split “{before}, {name}” in two"
                advice = "put that name in quotes if it is one, else leave it as it is"
                yield ListWarning(entity.id, problem, advice, is_urgent=True)


def _exact_only_names(compiled: Compiled) -> Iterator[ListWarning]:
    """Yield warnings of names that are matched exactly as written."""
    for entity, (names, _) in compiled.by_entity.items():
        parsed_aliases = {name.alias for name in names if not isinstance(name, ExactName)}
        for name in names:
            if isinstance(name, ExactName) and name.alias not in parsed_aliases:
                problem = f"“{name.alias}” is matched exactly as it is written: no endings, no other spelling or script"
                yield ListWarning(entity, problem, "list every other form in which it may stand as an alias of its own")


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
        problem = f"“{name}” is short: it matches only exactly, and many other words look like it"
        yield ListWarning(entity.id, problem, "write the longer name as well, or give the entry `require` words")
    elif not is_acronym and not is_person and _all_ordinary(words):
        problem = f"“{name}” is made of ordinary words and is found wherever they are capitalised"
        advice = "list it with a word that says what it is, such as “newspaper”, or give the entry `require` words"
        yield ListWarning(entity.id, problem, advice)
    elif len(words) == 1 and not is_acronym:
        yield _one_word_warning(entity, name)
    for token in tokens(name):
        written = name[token.start : token.end]
        if is_mixed_script(written):
            problem = f"“{written}” in “{name}” mixes Latin and Cyrillic letters"
            yield ListWarning(entity.id, problem, "type the word again in one alphabet")


def _all_ordinary(words: Sequence[str]) -> bool:
    """Return whether a name is made of ordinary words alone, and none says what it is, as in “April TV”."""
    return all(map(is_ordinary, words)) and (len(words) == 1 or not any(map(is_type_word, words)))


def _one_word_warning(entity: Entity, name: str) -> ListWarning:
    """Return the warning of a name of one word."""
    if entity.type is EntityType.PERSON:
        problem = f"“{name}” is one word: every person of that name counts"
        advice = "write given name and surname, or give the entry `require` words"
    elif name.islower():
        problem = f"“{name}” is one word, written small: it counts wherever it stands with any capital"
        advice = "write it as the name is printed"
    else:
        problem = f"“{name}” is one word: it counts only with a capital letter"
        advice = "if it is an ordinary word of some language, give the entry `require` words"
    return ListWarning(entity.id, problem, advice)


# ---- context --------------------------------------------------------------------------------------------------------


def _context_warnings(entity: Entity) -> Iterator[ListWarning]:
    """Yield warnings about the context words of an entry."""
    context = entity.context
    supporting, excluded = _by_sound((*context.support, *context.require)), _by_sound(context.exclude)
    for sound in [s for s in excluded if s in supporting]:
        problem = f"“{excluded[sound]}” is both excluded and wanted in its context"
        yield ListWarning(entity.id, problem, "take it out of one of the two")
    names = _by_sound(entity.names)
    name_words = {word for name in names for word in name} if entity.type is EntityType.PERSON else set()
    for sound, term in _by_sound((*context.require, *context.exclude, *context.support)).items():
        if sound in names or (len(sound) == 1 and sound[0] in name_words):
            problem = f"“{term}” in its context is its own name, which stands beside every mention"
            yield ListWarning(entity.id, problem, "take it out: context is what stands beside the name")
        elif not any(sound):
            problem = f"“{term}” in its context holds no word and is never found"
            yield ListWarning(entity.id, problem, "take it out")
        elif all(word in _FUNCTION_WORDS for word in fold(term).split()):
            problem = f"“{term}” in its context stands in nearly every article"
            yield ListWarning(entity.id, problem, "choose a word that only articles about the case have")


def _country_warnings(entity: Entity) -> Iterator[ListWarning]:
    """Yield a warning of a code that is no country's, or of a body that other countries have too."""
    if entity.country and not is_country_code(entity.country):
        problem = f"{entity.country} is not the code of a country"
        yield ListWarning(entity.id, problem, "write a code of ISO 3166 such as KG, KZ, UZ", is_urgent=True)
    is_state_name = any(is_state_body(token.text) for name in entity.names for token in tokens(name))
    if entity.type is EntityType.ORGANIZATION and is_state_name and not country_of_body(entity):
        problem = f"“{entity.name}” is a body that other countries have too, and each of them counts"
        yield ListWarning(entity.id, problem, "write its `country`, as a code such as KG")


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
            problem = f"shares a surname with {other_names}: where it stands alone, each is only possible"
            yield ListWarning(entity, problem, "`support` words tell which of them is meant")
    for entity in with_common_name:
        if not compiled.entities[entity].context.require:
            problem = f"“{compiled.entities[entity].name}” is the name of many people: by itself it is only possible"
            yield ListWarning(entity, problem, "give the entry `support` words that tie it to the case")


# ---- names that meet other names ------------------------------------------------------------------------------------


def _overlapping_names(entities: Sequence[Entity]) -> Iterator[ListWarning]:
    """Yield warnings of names that another entry has too, or that are part of another entry's longer name."""
    # From the words of a name to the entities that have it, each with its spelling.
    owners: defaultdict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    rows = [(entity.id, name, _sounds(name)) for entity in entities for name in entity.names]
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
            problem = f"“{name}” is also a name of {other_names}: each mention counts for all of them"
            advice = "take it out of one, or tell them apart by `require` words"
            yield ListWarning(entity, problem, advice)
        longer_names = {
            other_entity: longer_name
            for other_entity, longer_name in longer.get(words, {}).items()
            if other_entity != entity
        }
        for other_entity, longer_name in list(longer_names.items())[:_MAX_NAMED]:
            problem = f"“{name}” is part of “{longer_name}” ({other_entity}), and there the longer name counts"
            yield ListWarning(entity, problem, "nothing, if they are two; else make them one entry")


def _word_runs(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield every run of the words except the whole; of a very long name only its shorter runs."""
    for length in range(1, min(len(words), _MAX_PART_WORDS + 1)):
        for start in range(len(words) - length + 1):
            yield words[start : start + length]


def _list_other_names(entity: str, entities: Mapping[str, object], name: Callable[[str], str]) -> str:
    """Return the names of some other entities, and the number of the rest."""
    names = [name(entity_id) for entity_id in islice((e for e in entities if e != entity), _MAX_NAMED)]
    omitted = len(entities) - 1 - len(names)
    return ", ".join(names) + (f" and {omitted} more" if omitted else "")
