"""Pure. Common surnames that stand alone: the entities that they may name, and the number that is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from monitor.match.compile import Compiled, ContextUse
from monitor.match.index.names import PersonName
from monitor.match.rules.context import Context
from monitor.match.rules.occurrence import Occurrence
from monitor.match.scanner.passage import Passage
from monitor.match.scanner.word_form import WordFlags
from monitor.model import Mention


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
