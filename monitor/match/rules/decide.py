"""Pure. Decide from the whole article which occurrences are mentions, and how confident each is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from monitor.match.compile import Compiled
from monitor.match.index.names import Name
from monitor.match.index.word_match import Closeness
from monitor.match.rules.bodies.countries import doubt_other_countries, separate_countries
from monitor.match.rules.bodies.credits import credit_reason
from monitor.match.rules.common_surnames import tied_entities
from monitor.match.rules.context import Context, context_doubts, find_context
from monitor.match.rules.languages import people_in_language
from monitor.match.rules.occurrence import Kind, Occurrence
from monitor.match.rules.organisations import ANY_WORD, IN_SMALL_LETTERS, WRITTEN_AS_ONE, acronyms_at, phrases_at
from monitor.match.rules.people import headless_at
from monitor.match.rules.reasons import reasons, score
from monitor.match.rules.zones import MAX_POSSIBLE_SCORE, ZoneIndex, apply_zones
from monitor.match.scanner.passage import Passage, WordFlags
from monitor.model import Confidence, EntityType, Field, Mention, Message, Span, Zone, ZoneSpan

# Places of an entity in an article that are kept with their reasons; the others are counted.
MOST_PLACES = 50
# Characters; only rivals in the same blocks are compared.
_BLOCK_SIZE = 64


class Place(NamedTuple):
    """An occurrence and the passage (field) it stands in."""

    passage: Passage
    occurrence: Occurrence


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
    places = {*passage.places, *passage.places_with(WordFlags.COMMON_SURNAME)} if tied else passage.places
    for place in sorted(places):
        flags = passage.flags(place)
        if flags & _SURNAME_FLAGS:
            yield from people_in_language(passage, compiled, place, tied)
        if flags & (WordFlags.PHRASE_START | WordFlags.ONE_WORD_PHRASE):
            yield from phrases_at(passage, compiled, place, introduced)
        if flags & WordFlags.EXACT_GIVEN_NAME:
            yield from headless_at(passage, compiled, place)
        if flags & WordFlags.ACRONYM:
            yield from acronyms_at(passage, compiled, place)
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
    places = _doubt_double_readings(_drop_rivals([Place(p, f) for p, f in occurrences if not f.refusal]))
    if not places:
        return ()
    with_namesake = {name.entity for _, f in occurrences if f.has_other_given_name for name in f.names}
    in_small_letters = {f.name.entity for _, f in occurrences if f.refusal == IN_SMALL_LETTERS}
    # Of bodies of other countries: their places take the excluded terms in them away.
    if foreign := [(p, f) for p, f in occurrences if f.country and f.refusal]:
        context = find_context(passages, compiled, foreign)
    evidence = _collect_evidence(places, context, with_namesake, in_small_letters, compiled)
    readings = [reading for place in places for reading in _readings_at(place, evidence, compiled)]
    chosen, other_places = _select_readings(readings, ZoneIndex(zones).zone_of, max_places)
    return apply_zones([_to_mention(reading, other_places.get(n, 0)) for n, reading in chosen], zones)


# ---- rivals ---------------------------------------------------------------------------------------------------------


def _drop_rivals(places: list[Place]) -> list[Place]:
    """Return the places without those whose words another name has a better claim to."""
    places.sort(key=_position)
    undisputed: list[Place] = []
    overlapping: list[Place] = []  # one overlaps the next
    end = 0
    for place in places:
        if overlapping and (place.occurrence.start >= end or place.passage is not overlapping[0].passage):
            undisputed += _best_claims(overlapping)
            overlapping, end = [], 0
        overlapping.append(place)
        end = max(end, place.occurrence.end)
    return undisputed + _best_claims(overlapping)


def _best_claims(places: list[Place]) -> list[Place]:
    """Return those of overlapping places that no better claim excludes."""
    if len(places) < 2 or _are_lone_surnames(places):
        return places
    winners: list[Place] = []
    # By block, since a page may hold thousands of places that overlap in one chain.
    winners_by_block: defaultdict[int, list[Occurrence]] = defaultdict(list)
    for place in sorted(places, key=_claim_rank, reverse=True):
        occurrence = place.occurrence
        blocks = range(occurrence.start // _BLOCK_SIZE, occurrence.end // _BLOCK_SIZE + 1)
        rivals = [
            f
            for block in blocks
            for f in winners_by_block[block]
            if occurrence.start < f.end and f.start < occurrence.end
        ]
        # An entity has one mention at a place, by its best claim.
        claimants = {name.entity for rival in rivals for name in rival.names}
        names = tuple(name for name in occurrence.names if name.entity not in claimants)
        if names and not any(_excludes(rival, occurrence) for rival in rivals):
            winners.append(place._replace(occurrence=occurrence._replace(names=names)))
            for block in blocks:
                winners_by_block[block].append(winners[-1].occurrence)
    return sorted(winners, key=_position)


def _claim_rank(place: Place) -> tuple[object, ...]:
    """Return the sort key of a claim: the whole name first, then the longer, then the better spelt."""
    f = place.occurrence
    return f.is_whole_name, f.end - f.start, -f.omitted_names, score(f), f.is_same_script


def _are_lone_surnames(places: Sequence[Place]) -> bool:
    """Return whether all places are the same surname alone, each of other entities, so that all of them stay.

    Most overlaps are of this kind, so this quick check comes first.
    """
    first = places[0].occurrence
    for _, f in places:
        if (
            f.kind is not Kind.SURNAME
            or f.start != first.start
            or f.end != first.end
            or f.omitted_names != first.omitted_names
        ):
            return False
        if f.closeness is not first.closeness:
            return False
    entities = [name.entity for _, f in places for name in f.names]
    return len(set(entities)) == len(entities)


def _doubt_double_readings(places: list[Place]) -> list[Place]:
    """Add a doubt where the same words are two people's names in different cases.

    Замира Сыдыкова is also Замир Сыдыков in the genitive.
    """
    readings: defaultdict[tuple[bool, int, int], set[tuple[tuple[str, str], ...]]] = defaultdict(set)
    for place in places:
        if place.occurrence.kind is Kind.FULL:
            matches = (part.match for part in place.occurrence.parts)
            readings[_position(place)].add(tuple((m.stem.declension, m.ending) for m in matches))
    if all(len(endings) < 2 for endings in readings.values()):
        return places
    doubt = Message("these words are another watched name too, in another case")
    return [
        place._replace(occurrence=place.occurrence._replace(doubt=doubt))
        if place.occurrence.kind is Kind.FULL
        # Two readings of as many words, with other endings: not one name inside a longer one.
        and len({len(e) for e in readings[_position(place)]}) < len(readings[_position(place)])
        else place
        for place in places
    ]


def _excludes(rival: Occurrence, occurrence: Occurrence) -> bool:
    """Return whether a rival excludes an occurrence.

    Equal claims (namesakes) both stay, and so do two given names before a shared surname.
    """
    if rival.is_shared_surname and occurrence.kind is Kind.FULL:
        return False
    if (rival.is_whole_name, rival.end - rival.start) != (occurrence.is_whole_name, occurrence.end - occurrence.start):
        return True
    if rival.omitted_names != occurrence.omitted_names:
        return rival.omitted_names < occurrence.omitted_names
    if rival.closeness is not occurrence.closeness:
        return rival.closeness > occurrence.closeness
    # The list may have both Bloom and Блум: then the script of the text decides.
    return occurrence.is_whole_name and rival.is_same_script > occurrence.is_same_script


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The facts of the whole article that decide how confident each mention is."""

    claims: Mapping[tuple[bool, int, int], set[str]]  # who claims these words
    fully_named: set[str]  # entities that have their full name somewhere
    with_namesake: set[str]  # entities whose surname stands somewhere with another person's given name
    in_small_letters: set[str]  # entities whose name of one word stands somewhere in small letters
    strong: set[str]  # entities that have a full name without a doubt somewhere
    common_names: set[str]  # of those: entities whose full names here are many people's
    # Strong entities whose context words say nothing against them: they tie common names to the case.
    ties: set[str]
    context: Context
    namesakes: Mapping[str, frozenset[str]]  # entities that share a listed name

    def doubt(self, occurrence: Occurrence, entity: str) -> Message | None:
        """Return why a name may be a common word, unless the rest of the article settles it."""
        # The full name elsewhere lifts a doubt, except one that says it is another person or an account.
        is_lifted = entity in self.strong and not occurrence.has_other_given_name and occurrence.doubt != WRITTEN_AS_ONE
        if not occurrence.doubt or is_lifted or (occurrence.doubt == ANY_WORD and entity not in self.in_small_letters):
            return None
        return occurrence.doubt

    def is_tied(self, place: Place, entity: str) -> bool:
        """Return whether another strongly named entity ties an entity to the case.

        An entity that is read in the same words does not count.
        """
        claimants = self.claims[_position(place)]
        return any(tie != entity and tie not in claimants for tie in self.ties)

    def entities_with_same_words(self, place: Place, entity: str) -> set[str]:
        """Return other entities that claim the same words and are named in full in this article."""
        namesakes = self.namesakes.get(entity, frozenset())
        return (self.claims[_position(place)] & self.fully_named) - {entity} - namesakes if self.fully_named else set()

    def belongs_to_namesake(self, place: Place, entity: str) -> bool:
        """Return whether a surname alone is of another person, who is named in full in this article."""
        if entity in self.fully_named or place.occurrence.has_other_given_name:
            return False
        return bool(self.entities_with_same_words(place, entity)) or (
            self.has_namesake(place.occurrence, entity) and not self.support(place, entity)
        )

    def has_namesake(self, occurrence: Occurrence, entity: str) -> bool:
        """Return whether a surname alone may be of a stranger who is named in full in this article."""
        return occurrence.kind is Kind.SURNAME and entity not in self.fully_named and entity in self.with_namesake

    def support(self, place: Place, entity: str) -> str:
        """Return a support word of the entity in the same paragraph, or ""."""
        return self.context.support_near(place.passage, place.occurrence, entity) if self.context.terms else ""


def _position(place: Place) -> tuple[bool, int, int]:
    """Return the key of a place: its field and its span."""
    return place.passage.field is Field.TEXT, place.occurrence.start, place.occurrence.end


def _collect_evidence(
    places: Sequence[Place], context: Context, with_namesake: set[str], in_small_letters: set[str], compiled: Compiled
) -> _Evidence:
    """Collect what the whole article says of its names."""
    claims: defaultdict[tuple[bool, int, int], set[str]] = defaultdict(set)
    fully_named = {p.occurrence.name.entity for p in places if p.occurrence.is_whole_name}
    # An entry that requires context words has been tied to the case by them.
    certain_names = {(f.name, f.is_cyrillic) for _, f in places if f.is_whole_name and not f.doubt}
    contexts = {name.entity: compiled.entities[name.entity].context for name, _ in certain_names}
    strong = set(contexts)
    common_names = strong - {
        name.entity
        for name, in_cyrillic in certain_names
        if contexts[name.entity].require or not compiled.is_common_full_name(name, in_cyrillic=in_cyrillic)
    }
    ties = (
        {entity for entity in strong if not any(context_doubts(entity, contexts[entity], context))}
        if common_names
        else set()
    )
    for place in places if fully_named else ():
        claims[_position(place)].update(name.entity for name in place.occurrence.names)
    return _Evidence(
        claims, fully_named, with_namesake, in_small_letters, strong, common_names, ties, context, compiled.namesakes
    )


# ---- confidence -----------------------------------------------------------------------------------------------------


class Reading(NamedTuple):
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


def _readings_at(place: Place, evidence: _Evidence, compiled: Compiled) -> Iterator[Reading]:
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
        yield Reading(place, name, is_strong, why, bool(evidence.support(place, entity)), credit)


def _to_mention(reading: Reading, other_places: int) -> Mention:
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
    )


def _select_readings(
    readings: Sequence[Reading], zone_of: Callable[[Field, Span], Zone], max_places: int | None
) -> tuple[Iterable[tuple[int, Reading]], Mapping[int, int]]:
    """Return the readings to keep, numbered in text order, and the count of omitted ones by the last kept number.

    A page that repeats a name ten thousand times is read in full, but costs no more from here on than one that names it
    fifty times. Kept first are the three that decide on the article: the first, the first strong one, the first that is
    supported. Then each spelling once, then the strong ones, then the first in the text.
    """
    if max_places is None or len(readings) <= max_places:
        return enumerate(readings), {}
    by_entity: defaultdict[str, list[int]] = defaultdict(list)
    for n, reading in enumerate(readings):
        by_entity[reading.name.entity].append(n)
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


def _confidence(place: Place, entity: str, evidence: _Evidence) -> tuple[bool, tuple[Message, ...]]:
    """Return whether an entity is strongly named at a place, and why."""
    occurrence = place.occurrence
    if doubt := evidence.doubt(occurrence, entity):
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
    if occurrence.closeness is Closeness.TYPO or entity not in evidence.strong:
        return False, (Message("the full name stands nowhere in this article"),)
    if evidence.entities_with_same_words(place, entity):
        return False, (Message("another watched name in this article has the same surname"),)
    return True, (Message("the full name stands in this article"),)


_COMMON_NAME = Message("many people bear this name, and no support word or other watched name ties it to the case")
