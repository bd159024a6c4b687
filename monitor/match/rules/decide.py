"""Pure. Decide from the whole article which occurrences are mentions, and how confident each is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from monitor.groups import group_values
from monitor.match.compile import Compiled
from monitor.match.incidents.custody import custody_of_name, sentence_at
from monitor.match.index.names import Name
from monitor.match.index.word_match import Closeness
from monitor.match.rules.bodies.countries import doubt_other_countries, separate_countries
from monitor.match.rules.bodies.credits import credit_reason
from monitor.match.rules.bodies.home import keep_at_home
from monitor.match.rules.context import context_doubts, find_context
from monitor.match.rules.evidence import ArticleFacts, collect_evidence
from monitor.match.rules.hidden import hidden_names
from monitor.match.rules.occurrence import Doubt, Kind, Occurrence
from monitor.match.rules.organisations import acronyms_at, phrases_at
from monitor.match.rules.persons.languages import bodies_in_language, people_in_language
from monitor.match.rules.persons.people import common_surname_places, headless_at, tied_entities
from monitor.match.rules.reasons import reasons, score
from monitor.match.rules.rivals import Place, doubt_double_readings, doubt_namesakes, drop_rivals
from monitor.match.rules.zones import MAX_POSSIBLE_SCORE, ZoneIndex, apply_zones
from monitor.match.scanner.passage import Passage
from monitor.match.scanner.word_form import WordFlags
from monitor.model import Code, Confidence, EntityType, Field, Mention, Message, Span, Zone, ZoneSpan, code_of

# Places of an entity in an article that are kept with their reasons; the others are counted.
MOST_PLACES = 50


def read_passages(text: str, title: str, compiled: Compiled) -> list[Passage]:
    """Return the fields of a document as passages, title first; all of their words are tried."""
    (passages,) = compiled.scanner.passages([(title, text)], is_exhaustive=True)
    return passages


_SURNAME_FLAGS = WordFlags.SURNAME | WordFlags.MISSPELT_SURNAME | WordFlags.COMMON_SURNAME


def find_occurrences(passage: Passage, compiled: Compiled, tied: Set[str] = frozenset()) -> Iterator[Occurrence]:
    """Yield every place of a passage that holds a name of the list, also those that a rule refuses.

    Common surnames alone are those of entities in `tied`.
    """
    return separate_countries(passage, _name_places(passage, compiled, tied), compiled.countries)


def _name_places(passage: Passage, compiled: Compiled, tied: Set[str]) -> Iterator[Occurrence]:
    introduced: set[tuple[str, str, str]] = set()
    places = {*passage.places, *common_surname_places(passage, compiled, tied)} if tied else passage.places
    for place in sorted(places):
        flags = passage.flags(place)
        if flags & _SURNAME_FLAGS:
            yield from people_in_language(passage, compiled, place, tied)
        if flags & (WordFlags.PHRASE_START | WordFlags.ONE_WORD_PHRASE):
            yield from bodies_in_language(passage, phrases_at(passage, compiled, place, introduced))
        if (
            flags & WordFlags.EXACT_GIVEN_NAME
            and place + 1 < passage.size
            and passage.flags(place + 1) & WordFlags.HEADLESS
        ):
            yield from headless_at(passage, compiled, place)
        if flags & WordFlags.ACRONYM:
            yield from acronyms_at(passage, compiled, place)
    yield from hidden_names(passage, compiled) if passage.may_hide_names else ()
    as_written = compiled.exact.find_names(passage.text)
    yield from (Occurrence((name,), Kind.EXACT, start, end) for start, end, name in as_written)
    accounts = compiled.accounts.find_accounts(passage.text)
    yield from (Occurrence((account,), Kind.ACCOUNT, start, end) for start, end, account in accounts)


def decide_mentions(
    passages: Sequence[Passage],
    compiled: Compiled,
    zones: Sequence[ZoneSpan] = (),
    max_places: int | None = MOST_PLACES,
) -> tuple[Mention, ...]:
    """Return the mentions of an article in text order: of each entity the `max_places` most telling.

    The last mention of an entity counts its other places. With `max_places` None all are returned.
    """
    context = find_context(passages, compiled)
    occurrences = [(p, f) for p in passages for f in find_occurrences(p, compiled)]
    if tied := tied_entities((f for _, f in occurrences), context):
        occurrences = [(p, f) for p in passages for f in find_occurrences(p, compiled, tied)]
    occurrences = doubt_other_countries(occurrences, compiled.countries) if compiled.countries else occurrences
    occurrences = keep_at_home(occurrences, compiled) if compiled.countries else occurrences
    places = drop_rivals([Place(p, f) for p, f in occurrences if not f.refusal])
    places = doubt_namesakes(doubt_double_readings(places))
    if not places:
        return ()
    with_namesake = {name.entity for _, f in occurrences if f.has_other_given_name for name in f.names}
    in_small_letters = {f.name.entity for _, f in occurrences if code_of(f.refusal) == Doubt.IN_SMALL_LETTERS}
    # Refused places of other countries' bodies: excluded terms inside them do not count.
    if foreign := [(p, f) for p, f in occurrences if f.country and f.refusal]:
        context = find_context(passages, compiled, foreign)
    evidence = collect_evidence(places, context, with_namesake, in_small_letters, compiled)
    readings = [reading for place in places for reading in _readings_at(place, evidence, compiled)]
    chosen, other_places = _select_readings(readings, ZoneIndex(zones).zone_of, max_places)
    return apply_zones([_to_mention(reading, other_places.get(n, 0)) for n, reading in chosen], zones)


class NameReading(NamedTuple):
    """A name read at a place, with its confidence and the reasons for it."""

    place: Place
    name: Name
    is_strong: bool
    why: tuple[Message, ...]
    is_supported: bool  # a support word of the entity stands in the same paragraph
    credit: Message | None  # why an outlet is only named as a credit or as a source

    @property
    def span(self) -> Span:
        """Return the span of the place."""
        return Span(self.place.occurrence.start, self.place.occurrence.end)

    @property
    def text(self) -> str:
        """Return the words as they stand in the text."""
        return self.span.of(self.place.passage.text)


def _readings_at(place: Place, evidence: ArticleFacts, compiled: Compiled) -> Iterator[NameReading]:
    """Yield a reading for each entity whose name may stand at a place."""
    for name in place.occurrence.names:
        entity = name.entity
        if evidence.belongs_to_namesake(place, entity):
            continue
        is_strong, why = _confidence(place, entity, evidence)
        context = compiled.entities[entity].context
        for doubt in context_doubts(entity, context, evidence.context) if context.require or context.exclude else ():
            is_strong, why = False, (*why, doubt)
        is_outlet = compiled.entities[entity].type is EntityType.OUTLET
        credit = credit_reason(place.passage, place.occurrence) if is_outlet else None
        yield NameReading(place, name, is_strong, why, bool(evidence.support(place, entity)), credit)


def _to_mention(reading: NameReading, other_places: int) -> Mention:
    """Return a reading as a mention."""
    (passage, occurrence), text, full_score = reading.place, reading.text, score(reading.place.occurrence)
    credit = (reading.credit,) if reading.credit else ()
    return Mention(
        entity=reading.name.entity,
        alias=reading.name.alias,
        span=reading.span,
        text=text,
        field=passage.field,
        confidence=Confidence.STRONG if reading.is_strong else Confidence.POSSIBLE,
        score=full_score if reading.is_strong else min(full_score, MAX_POSSIBLE_SCORE),
        why=(*reasons(occurrence, reading.name.alias, text), *credit, *reading.why),
        other_places=other_places,
        custody=custody_of_name(sentence_at(passage.text, passage.field, reading.span), text),
    )


def _select_readings(
    readings: Sequence[NameReading], zone_of: Callable[[Field, Span], Zone], max_places: int | None
) -> tuple[Iterable[tuple[int, NameReading]], Mapping[int, int]]:
    """Return the readings to keep, numbered in text order, and the count of omitted ones by the last kept number.

    A page that repeats a name ten thousand times is read in full, but costs no more from here on than one that names it
    fifty times. Kept first are the three that decide on the article: the first, the first strong one, the first that is
    supported. Then each spelling once, then the strong ones, then the first in the text.
    """
    if max_places is None or len(readings) <= max_places:
        return enumerate(readings), {}
    by_entity = group_values((reading.name.entity, n) for n, reading in enumerate(readings))
    selected: list[int] = []
    other_places: dict[int, int] = {}
    for numbers in by_entity.values():
        chosen = numbers
        if len(numbers) > max_places:
            earlier_kinds: set[object] = set()
            ranked: list[tuple[int, bool, int]] = []
            for n in numbers:
                reading = readings[n]
                is_strong = (
                    reading.is_strong and not zone_of(reading.place.passage.field, reading.span).is_outside_article
                )
                # Readers ask whether an entity is named, is strong, is supported, by more than a credit: keep one each.
                facts = {"sure": is_strong, "supported": reading.is_supported, "named": True}
                decisive = {(fact, reading.credit is None) for fact, is_true in facts.items() if is_true}
                spelling = {(is_strong, reading.name.alias, reading.text)}
                rank = 0 if decisive - earlier_kinds else 1 if spelling - earlier_kinds else 2
                ranked.append((rank, not is_strong, n))
                earlier_kinds |= decisive | spelling
            chosen = sorted(n for *_, n in sorted(ranked)[:max_places])
            other_places[chosen[-1]] = len(numbers) - max_places
        selected += chosen
    return ((n, readings[n]) for n in sorted(selected)), other_places


def _confidence(place: Place, entity: str, evidence: ArticleFacts) -> tuple[bool, tuple[Message, ...]]:
    """Return whether an entity is strongly named at a place, and why."""
    occurrence = place.occurrence
    if doubt := evidence.doubt(place, entity):
        return False, (doubt,)
    support = evidence.support(place, entity)
    if entity in evidence.common_names and not (support or evidence.is_tied(place, entity)):
        return False, (_COMMON_NAME,)
    if occurrence.is_whole_name:
        return True, ()
    if evidence.has_namesake(occurrence, entity):
        return False, (Message("another person of this surname is named in full in this article"),)
    if support:
        return True, (Message("“{}”, a support word of this entry, stands in the same paragraph", support),)
    if occurrence.kind is Kind.INITIALS and evidence.is_at_body(place, entity):
        return True, (Message("a watched outlet or body stands beside the initials"),)
    if entity not in evidence.strong and evidence.is_tied_surname(place, entity):
        return True, (Message("the surname is rare, and another watched name in this article ties it to the case"),)
    if occurrence.closeness is Closeness.TYPO or entity not in evidence.strong:
        return False, (_NO_FULL_NAME,)
    if evidence.entities_with_same_words(place, entity):
        return False, (Message("another watched name in this article has the same surname"),)
    return True, (Message("the full name stands in this article"),)


_NO_FULL_NAME = Message("the full name stands nowhere in this article", code=Code.NO_FULL_NAME)
_COMMON_NAME = Message("many people bear this name, and no support word or other watched name ties it to the case")
