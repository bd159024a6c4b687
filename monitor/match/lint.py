"""Pure. What someone should look at in a watchlist before it is used: one plain sentence each, never an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.match.compiled import Compiled, compile_watchlist
from monitor.model import Entity, EntityType
from monitor.text import fold, is_mixed_script, skeleton, tokens

_SHORT = 4  # letters


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801 -- Python's own Warning is an exception
    """Something to look at in an entry, in a plain sentence."""

    entity: str
    says: str

    def __str__(self) -> str:
        return f"{self.entity}: {self.says}"


def lint(entities: Iterable[Entity]) -> tuple[Warning_, ...]:
    """Warnings in the order of the list."""
    listed = list(entities)
    compiled = compile_watchlist(listed)
    found = [*_by_entity(listed), *_shared_surnames(compiled), *_parts_of_others(listed)]
    return tuple(sorted(found, key=lambda w: compiled.rank[w.entity]))


def _by_entity(entities: Sequence[Entity]) -> Iterator[Warning_]:
    for entity in entities:
        for name in entity.names:
            for sentence in _of_name(entity, name):
                yield Warning_(entity.id, sentence)
        for sentence in _of_context(entity):
            yield Warning_(entity.id, sentence)


def _of_name(entity: Entity, name: str) -> Iterator[str]:
    words = tokens(name)
    letters = sum(len(w.text) for w in words)
    acronym = len(words) == 1 and words[0].text.isupper() and entity.type is not EntityType.PERSON
    if not words:
        yield f"“{name}” holds no word and never matches"
    elif letters < _SHORT and not acronym:
        yield f"“{name}” is short: it matches only exactly, and many other words look like it"
    elif len(words) == 1 and entity.type is EntityType.PERSON:
        yield f"“{name}” is one word: every person of that name counts"
    elif len(words) == 1 and not acronym:
        yield f"“{name}” is one word: it counts only with a capital letter"
    for word in words:
        written = name[word.start : word.end]
        if is_mixed_script(written):
            yield f"“{written}” in “{name}” mixes Latin and Cyrillic letters"


def _of_context(entity: Entity) -> Iterator[str]:
    def sounds(terms: Iterable[str]) -> dict[str, str]:
        return {" ".join(skeleton(t.text) for t in tokens(term)): term for term in terms}

    support, require, exclude = map(sounds, (entity.context.support, entity.context.require, entity.context.exclude))
    for sound in [s for s in exclude if s in support or s in require]:
        yield f"“{exclude[sound]}” is both excluded and wanted in its context"
    names = {fold(n) for n in entity.names}
    for term in (*entity.context.require, *entity.context.exclude):
        if fold(term) in names:
            yield f"“{term}” in its context is its own name"


def _shared_surnames(compiled: Compiled) -> Iterator[Warning_]:
    bearers: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for number, names in compiled.people.items():
        for name in names:
            if name.given is not None:
                bearers[compiled.word(number).spellings[0]][name.entity] = None
    for entities in bearers.values():
        for entity in entities:
            others = [compiled.entities[e].name for e in entities if e != entity]
            if others:
                yield Warning_(entity, f"shares a surname with {', '.join(others)}: alone, it is only possible")


def _parts_of_others(entities: Sequence[Entity]) -> Iterator[Warning_]:
    """Names whose words stand within another entry's name."""
    by_word: defaultdict[str, list[tuple[Entity, str, tuple[str, ...]]]] = defaultdict(list)
    rows = [(e, n, tuple(skeleton(t.text) for t in tokens(n))) for e in entities for n in e.names]
    for row in rows:
        for word in set(row[2]):
            by_word[word].append(row)
    for entity, name, words in rows:
        for other, longer, theirs in by_word.get(words[0], ()) if words else ():
            if other.id != entity.id and len(theirs) > len(words) and _within(words, theirs):
                yield Warning_(entity.id, f"“{name}” is part of “{longer}” ({other.id}); there the longer name counts")


def _within(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    return any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1))
