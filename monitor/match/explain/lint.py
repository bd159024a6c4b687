"""Pure. What someone should look at in a watchlist before it is used: what it is and what to do, never an error."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from monitor.match.compile import Compiled, compile_watchlist
from monitor.match.explain.samples import is_whole, try_names
from monitor.match.index.exact import ExactName, is_exact_only
from monitor.match.words import CONJUNCTIONS, KYRGYZ_WORDS, NOBILIARY, RUSSIAN_WORDS, is_ordinary, is_type_word
from monitor.model import Entity, EntityType, Span
from monitor.text.normalize import fold, is_mixed_script
from monitor.text.romanize import skeleton
from monitor.text.tokens import tokens

_SHORT = 4  # letters
_NAMED = 3  # other entries that a warning names
_LONGEST_PART = 8  # words
_FUNCTION_WORDS = KYRGYZ_WORDS | RUSSIAN_WORDS | CONJUNCTIONS


@dataclass(frozen=True, slots=True)
class ListWarning:  # noqa: N801 -- Python's own Warning is an exception
    """Something to look at in an entry: what it is, and what to do about it. `first`: it is told before others."""

    entity: str
    what: str
    todo: str
    first: bool = False

    @property
    def says(self) -> str:
        return f"{self.what}; {self.todo}"

    def __str__(self) -> str:
        return f"{self.entity}: {self.says}"


def lint(entities: Iterable[Entity]) -> tuple[ListWarning, ...]:
    """Return the warnings in the order of the list, those of names that are not found first.

    Half a millisecond an entry, however many: nothing is compared pair by pair.
    """
    listed = list(entities)
    rank = {entity.id: place for place, entity in enumerate(listed)}
    compiled = compile_watchlist(listed)
    found = (
        *_of_names_not_found(listed),
        *_of_split_names(listed),
        *_of_exact_names(compiled),
        *(warning for entity in listed for name in entity.names for warning in _of_name(entity, name)),
        *(warning for entity in listed for warning in _of_context(entity)),
        *_of_people(compiled),
        *_of_names_in_names(listed),
    )
    return tuple(sorted(found, key=lambda w: (not w.first, rank[w.entity])))


# ---- names that are not found as they are listed --------------------------------------------------------------------


def _of_names_not_found(entities: Sequence[Entity]) -> Iterator[ListWarning]:
    """Try each name on the matcher as it is listed."""
    rows = [(entity, name) for entity in entities for name in entity.names]
    for (entity, name), found in zip(rows, try_names(rows), strict=True):
        if not is_whole(name, found):
            yield from _of_name_not_found(entity, name, found)


def _of_name_not_found(entity: Entity, name: str, spans: Sequence[Span]) -> Iterator[ListWarning]:
    sign, advice = next(((m, todo) for signs, todo in _SIGNS_IN_NAMES if (m := signs.search(name))), (None, ""))
    if not spans:
        what = f"“{name}” is not found even where it stands just as it is listed"
        yield ListWarning(entity.id, what, advice or "write it as articles print it", first=True)
    elif sign and not any(span.start <= sign.start() < span.end for span in spans):  # not of "Bekin, Askar Nurovich"
        parts = ", ".join(dict.fromkeys(f"“{span.of(name)}”" for span in spans))
        yield ListWarning(entity.id, f"of “{name}” only a part is found: {parts}", advice, first=True)


_SIGNS_IN_NAMES = (
    (re.compile("[@#]|t\\.me/"), "list the account by itself as an alias, as @name"),
    (
        re.compile(r"[(\[{<]"),
        "take what stands in brackets out of it: a description goes to `note`, a name to `aliases`",
    ),
    (re.compile(r"[/|;\\]| [-–—] "), "list each name by itself: one as `name`, the others as `aliases`"),
    (re.compile(","), "take out what follows the comma: a description goes to `note`, another name to `aliases`"),
)


def _of_split_names(entities: Iterable[Entity]) -> Iterator[ListWarning]:
    """Names that look like the second half of another: in a YAML list, [one, another], a comma parts names."""
    for entity in entities:
        for before, name in pairwise(entity.aliases):
            words = name.split()
            small = name[0].islower() and words[0] not in NOBILIARY and all(map(str.isalpha, words))
            if small and before[0].isupper() and " " in before:
                what = f"“{name}” begins with a small letter: a comma may have split “{before}, {name}” in two"
                todo = "put that name in quotes if it is one, else leave it as it is"
                yield ListWarning(entity.id, what, todo, first=True)


def _of_exact_names(compiled: Compiled) -> Iterator[ListWarning]:
    for entity, (names, _) in compiled.parts.items():
        otherwise = {name.alias for name in names if not isinstance(name, ExactName)}
        for name in names:
            if isinstance(name, ExactName) and name.alias not in otherwise:
                what = f"“{name.alias}” is matched exactly as it is written: no endings, no other spelling or script"
                yield ListWarning(entity, what, "list every other form in which it may stand as an alias of its own")


# ---- a name by itself -----------------------------------------------------------------------------------------------


def _of_name(entity: Entity, name: str) -> Iterator[ListWarning]:
    words = [token.text for token in tokens(name)]
    person = entity.type is EntityType.PERSON
    if not words or is_exact_only(name, person=person):  # told by `_of_exact_names`
        return
    acronym = len(words) == 1 and words[0].isupper() and len(words[0]) > 1 and not person
    if sum(map(len, words)) < _SHORT and not acronym:
        what = f"“{name}” is short: it matches only exactly, and many other words look like it"
        yield ListWarning(entity.id, what, "write the longer name as well, or give the entry `require` words")
    elif not acronym and not person and _all_ordinary(words):
        what = f"“{name}” is made of ordinary words and is found wherever they are capitalised"
        todo = "list it with a word that says what it is, such as “newspaper”, or give the entry `require` words"
        yield ListWarning(entity.id, what, todo)
    elif len(words) == 1 and not acronym:
        yield _of_one_word(entity, name)
    for token in tokens(name):
        written = name[token.start : token.end]
        if is_mixed_script(written):
            what = f"“{written}” in “{name}” mixes Latin and Cyrillic letters"
            yield ListWarning(entity.id, what, "type the word again in one alphabet")


def _all_ordinary(words: Sequence[str]) -> bool:
    """Whether a name has none but ordinary words, and none of several says what it is, as in “April TV”."""
    return all(map(is_ordinary, words)) and (len(words) == 1 or not any(map(is_type_word, words)))


def _of_one_word(entity: Entity, name: str) -> ListWarning:
    if entity.type is EntityType.PERSON:
        what = f"“{name}” is one word: every person of that name counts"
        todo = "write given name and surname, or give the entry `require` words"
    elif name.islower():
        what = f"“{name}” is one word, written small: it counts wherever it stands with any capital"
        todo = "write it as the name is printed"
    else:
        what = f"“{name}” is one word: it counts only with a capital letter"
        todo = "if it is an ordinary word of some language, give the entry `require` words"
    return ListWarning(entity.id, what, todo)


# ---- context --------------------------------------------------------------------------------------------------------


def _of_context(entity: Entity) -> Iterator[ListWarning]:
    context = entity.context
    wanted, unwanted = _by_sound((*context.support, *context.require)), _by_sound(context.exclude)
    for sound in [s for s in unwanted if s in wanted]:
        what = f"“{unwanted[sound]}” is both excluded and wanted in its context"
        yield ListWarning(entity.id, what, "take it out of one of the two")
    names = _by_sound(entity.names)
    name_words = {word for name in names for word in name} if entity.type is EntityType.PERSON else set()
    for sound, term in _by_sound((*context.require, *context.exclude, *context.support)).items():
        if sound in names or (len(sound) == 1 and sound[0] in name_words):
            what = f"“{term}” in its context is its own name, which stands beside every mention"
            yield ListWarning(entity.id, what, "take it out: context is what stands beside the name")
        elif not any(sound):
            what = f"“{term}” in its context holds no word and is never found"
            yield ListWarning(entity.id, what, "take it out")
        elif all(word in _FUNCTION_WORDS for word in fold(term).split()):
            what = f"“{term}” in its context stands in nearly every article"
            yield ListWarning(entity.id, what, "choose a word that only articles about the case have")


def _by_sound(terms: Iterable[str]) -> dict[tuple[str, ...], str]:
    return {_sounds(term): term for term in reversed(tuple(terms))}


def _sounds(text: str) -> tuple[str, ...]:
    return tuple(skeleton(token.text) for token in tokens(text))


# ---- persons --------------------------------------------------------------------------------------------------------


def _of_people(compiled: Compiled) -> Iterator[ListWarning]:
    bearers: defaultdict[tuple[str, bool], dict[str, None]] = defaultdict(dict)
    common: dict[str, None] = {}
    for number, names in compiled.people.items():
        surname = compiled.word(number)
        for name in names:
            if name.given is None:
                continue
            bearers[surname.sounds, name.particle is not None][name.entity] = None
            if compiled.is_many_peoples(name):
                common[name.entity] = None
    for entities in bearers.values():
        for entity in entities if len(entities) > 1 else ():
            others = _and_others(entity, entities, lambda e: compiled.entities[e].name)
            what = f"shares a surname with {others}: where it stands alone, each is only possible"
            yield ListWarning(entity, what, "`support` words tell which of them is meant")
    for entity in common:
        if not compiled.entities[entity].context.require:
            what = f"“{compiled.entities[entity].name}” is the name of many people: by itself it is only possible"
            yield ListWarning(entity, what, "give the entry `support` words that tie it to the case")


# ---- names that meet other names ------------------------------------------------------------------------------------


def _of_names_in_names(entities: Sequence[Entity]) -> Iterator[ListWarning]:
    """Names that are another entry's too, and names whose words stand within a longer one of another entry."""
    owners: defaultdict[tuple[str, ...], dict[str, str]] = defaultdict(dict)  # the words of a name -> entity: name
    rows = [(entity.id, name, _sounds(name)) for entity in entities for name in entity.names]
    for entity, name, words in rows:
        if words:
            owners[words].setdefault(entity, name)
    longer: defaultdict[tuple[str, ...], dict[str, str]] = defaultdict(dict)  # likewise, of names that hold those words
    for entity, name, words in rows:
        for part in _parts(words):
            if part in owners and len(longer[part]) <= _NAMED:
                longer[part].setdefault(entity, name)
    for entity, name, words in rows:
        same = owners[words] if words else {}
        if len(same) > 1 and same[entity] == name:
            what = f"“{name}” is also a name of {_and_others(entity, same, str)}: each mention counts for all of them"
            todo = "take it out of one, or tell them apart by `require` words"
            yield ListWarning(entity, what, todo)
        within = {other: whole for other, whole in longer.get(words, {}).items() if other != entity}
        for other, whole in list(within.items())[:_NAMED]:
            what = f"“{name}” is part of “{whole}” ({other}), and there the longer name counts"
            yield ListWarning(entity, what, "nothing, if they are two; else make them one entry")


def _parts(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every run of the words but the whole; of a very long name only its shorter runs."""
    for length in range(1, min(len(words), _LONGEST_PART + 1)):
        for start in range(len(words) - length + 1):
            yield words[start : start + length]


def _and_others(entity: str, entities: Mapping[str, object], name: Callable[[str], str]) -> str:
    others = [name(other) for other in islice((e for e in entities if e != entity), _NAMED)]
    more = len(entities) - 1 - len(others)
    return ", ".join(others) + (f" and {more} more" if more else "")
