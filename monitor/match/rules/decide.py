"""Pure. How surely a name is meant, from the whole article: full name elsewhere, rivals, context, alerting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.match.compile import Compiled, Name, Use
from monitor.match.index.word_index import Closeness
from monitor.match.rules.context import Context, find_context
from monitor.match.rules.occurrence import Kind, Occurrence
from monitor.match.rules.organisations import ANY_WORD, AS_ONE, IN_SMALL_LETTERS, acronyms_at, phrases_at
from monitor.match.rules.people import headless_at, people_at
from monitor.match.rules.reasons import reasons, score
from monitor.match.rules.zones import _POSSIBLE_AT_MOST, _Zones, apply_zones
from monitor.match.scanner.passage import Passage, WordFlags
from monitor.model import (
    Confidence,
    Field,
    Mention,
    Message,
    Span,
    Zone,
    ZoneSpan,
)
from monitor.model import Context as EntityContext

MOST_PLACES = 50  # of an entity in an article that are kept with their reasons; the others are counted
_BLOCK = 64  # characters


class Place(NamedTuple):
    """Something found, and the field it was found in."""

    passage: Passage
    found: Occurrence


def read(text: str, title: str, compiled: Compiled) -> list[Passage]:
    """The fields of a document, title first."""
    (passages,) = compiled.scanner.passages([(title, text)], everything=True)
    return passages


def find(passage: Passage, compiled: Compiled) -> Iterator[Occurrence]:
    """Every place of a passage that holds, or nearly holds, a name of the list."""
    introduced: set[tuple[str, str, str]] = set()
    for place in passage.places:
        hints = passage.hints(place)
        if hints & (WordFlags.SURNAME | WordFlags.LIKE_A_SURNAME):
            yield from people_at(passage, compiled, place)
        if hints & (WordFlags.FIRST | WordFlags.WHOLE_PHRASE):
            yield from phrases_at(passage, compiled, place, introduced)
        if hints & WordFlags.EXACT_GIVEN:
            yield from headless_at(passage, compiled, place)
        if hints & WordFlags.ACRONYM:
            yield from acronyms_at(passage, compiled, place)
    yield from (Occurrence((name,), Kind.EXACT, start, end) for start, end, name in compiled.exact.find(passage.text))


def mentions(
    passages: Sequence[Passage], compiled: Compiled, zones: Sequence[ZoneSpan] = (), most: int | None = MOST_PLACES
) -> tuple[Mention, ...]:
    """Return the mentions of an article in text order: of each entity the `most` telling ones.

    The last mention of an entity counts its other places. With `most` None all are returned.
    """
    found = [(p, f) for p in passages for f in find(p, compiled)]
    places = _read_twice(_without_rivals([Place(p, f) for p, f in found if not f.refused]))
    if not places:
        return ()
    namesakes = {name.entity for _, f in found if f.namesake for name in f.names}
    small = {f.name.entity for _, f in found if f.refused == IN_SMALL_LETTERS}
    article = _article(places, find_context(passages, compiled), namesakes, small, compiled)
    readings = [reading for place in places for reading in _readings_at(place, article, compiled)]
    kept, others = _most_telling(readings, _Zones(zones).of, most)
    return apply_zones([_mention(reading, others.get(n, 0)) for n, reading in kept], zones)


# ---- rivals ---------------------------------------------------------------------------------------------------------


def _without_rivals(places: list[Place]) -> list[Place]:
    """One mention an entity at a place; of several entities only those with the best claim to its words."""
    places.sort(key=_where)
    kept: list[Place] = []
    together: list[Place] = []  # one overlaps the next
    end = 0
    for place in places:
        if together and (place.found.start >= end or place.passage is not together[0].passage):
            kept += _best(together)
            together, end = [], 0
        together.append(place)
        end = max(end, place.found.end)
    return kept + _best(together)


def _best(places: list[Place]) -> list[Place]:
    """Those of places that overlap whose claim nothing excludes."""
    if len(places) < 2 or _are_namesakes(places):
        return places
    kept: list[Place] = []
    near: defaultdict[int, list[Occurrence]] = defaultdict(list)  # kept ones by block
    for place in sorted(places, key=_weight, reverse=True):
        own = place.found
        blocks = range(own.start // _BLOCK, own.end // _BLOCK + 1)
        rivals = [f for block in blocks for f in near[block] if own.start < f.end and f.start < own.end]
        claimants = {name.entity for rival in rivals for name in rival.names}
        names = tuple(name for name in own.names if name.entity not in claimants)
        if names and not any(_stronger(rival, own) for rival in rivals):
            kept.append(place._replace(found=own._replace(names=names)))
            for block in blocks:
                near[block].append(kept[-1].found)
    return sorted(kept, key=_where)


def _weight(place: Place) -> tuple[object, ...]:
    """What wins where two names lay claim to the same words: the whole name, the longer, the better spelt."""
    f = place.found
    return f.whole, f.end - f.start, -f.omitted, score(f), f.in_script


def _are_namesakes(places: Sequence[Place]) -> bool:
    """Whether all are one surname alone, each another's: most of what overlaps, so this is asked first."""
    first = places[0].found
    for _, f in places:
        if f.kind is not Kind.SURNAME or f.start != first.start or f.end != first.end or f.omitted != first.omitted:
            return False
        if f.closeness is not first.closeness:
            return False
    entities = [name.entity for _, f in places for name in f.names]
    return len(set(entities)) == len(entities)


def _read_twice(places: list[Place]) -> list[Place]:
    """With a doubt where the same words are two people's: Замира Сыдыкова, and Замир Сыдыков in the genitive."""
    readings: defaultdict[tuple[bool, int, int], set[tuple[tuple[str, str], ...]]] = defaultdict(set)
    for place in places:
        if place.found.kind is Kind.FULL:
            matches = (part.match for part in place.found.parts)
            readings[_where(place)].add(tuple((m.stem.declension, m.ending) for m in matches))
    if all(len(endings) < 2 for endings in readings.values()):
        return places
    doubt = Message("these words are another watched name too, in another case")
    return [
        place._replace(found=place.found._replace(doubt=doubt))
        if place.found.kind is Kind.FULL
        and len({len(e) for e in readings[_where(place)]}) < len(readings[_where(place)])
        else place
        for place in places
    ]


def _stronger(rival: Occurrence, found: Occurrence) -> bool:
    """Whether the rival excludes what was found: equal claims (namesakes) both stand, and two given names do."""
    if rival.shared and found.kind is Kind.FULL:
        return False
    if (rival.whole, rival.end - rival.start) != (found.whole, found.end - found.start):
        return True
    if rival.omitted != found.omitted:
        return rival.omitted < found.omitted
    if rival.closeness is not found.closeness:
        return rival.closeness > found.closeness
    return found.whole and rival.in_script > found.in_script  # and the list has both Bloom and Блум


@dataclass(frozen=True, slots=True)
class _Article:
    """What the whole article says about each of its names."""

    claims: Mapping[tuple[bool, int, int], set[str]]  # who claims these words
    whole: set[str]  # entities that have their full name somewhere
    namesakes: set[str]  # entities whose surname stands somewhere with another person's given name
    small: set[str]  # entities whose name of one word stands somewhere in small letters
    clear: set[str]  # entities that have a full name without a doubt somewhere
    common: set[str]  # of those: entities whose full names here are many people's
    ties: set[str]  # clear entities whose context says nothing against them: they tie common names to the case
    context: Context

    def doubt(self, found: Occurrence, entity: str) -> Message | None:
        """Why a name may be a common word after all: nothing else in the article says otherwise."""
        lifted = entity in self.clear and not found.namesake and found.doubt != AS_ONE
        if not found.doubt or lifted or (found.doubt == ANY_WORD and entity not in self.small):
            return None
        return found.doubt

    def is_tied(self, place: Place, entity: str) -> bool:
        """Return whether another clearly named entity, that is not read in the same words, ties it to the case."""
        claimants = self.claims[_where(place)]
        return any(tie != entity and tie not in claimants for tie in self.ties)

    def sharers(self, place: Place, entity: str) -> set[str]:
        """Other entities, fully named in this article, that claim the same words."""
        return (self.claims[_where(place)] & self.whole) - {entity} if self.whole else set()

    def told_apart(self, place: Place, entity: str) -> bool:
        """Whether a surname alone is a namesake's, who has the full name in this article as this one has not."""
        if entity in self.whole or place.found.namesake:
            return False
        return bool(self.sharers(place, entity)) or (
            self.has_namesake(place.found, entity) and not self.support(place, entity)
        )

    def has_namesake(self, found: Occurrence, entity: str) -> bool:
        """Whether a surname alone may as well be a stranger's, who is named in full in this article."""
        return found.kind is Kind.SURNAME and entity not in self.whole and entity in self.namesakes

    def support(self, place: Place, entity: str) -> str:
        """A support word of the entity in the same paragraph, or ""."""
        return self.context.beside(place.passage, place.found, entity) if self.context.terms else ""


def _where(place: Place) -> tuple[bool, int, int]:
    return place.passage.field is Field.TEXT, place.found.start, place.found.end


def _article(places: Sequence[Place], said: Context, namesakes: set[str], small: set[str], of: Compiled) -> _Article:
    claims: defaultdict[tuple[bool, int, int], set[str]] = defaultdict(set)
    whole = {p.found.name.entity for p in places if p.found.whole}
    sure = {p.found.name for p in places if p.found.whole and not p.found.doubt}
    clear = {name.entity for name in sure}
    own = {entity: of.entities[entity].context for entity in clear}
    common = clear - {name.entity for name in sure if own[name.entity].require or not of.is_many_peoples(name)}
    ties = {entity for entity in clear if not any(_doubts(entity, own[entity], said))} if common else set()
    for place in places if whole else ():
        claims[_where(place)].update(name.entity for name in place.found.names)
    return _Article(claims, whole, namesakes, small, clear, common, ties, said)


# ---- confidence -----------------------------------------------------------------------------------------------------


class Reading(NamedTuple):
    """A name that may stand at a place, and how surely it does."""

    place: Place
    name: Name
    sure: bool
    why: tuple[Message, ...]
    supported: bool  # a support word of the entity stands in the same paragraph

    @property
    def span(self) -> Span:
        return Span(self.place.found.start, self.place.found.end)

    @property
    def text(self) -> str:
        return self.span.of(self.place.passage.text)


def _readings_at(place: Place, article: _Article, compiled: Compiled) -> Iterator[Reading]:
    """Yield a reading for each entity whose name may stand at a place."""
    for name in place.found.names:
        entity = name.entity
        if article.told_apart(place, entity):
            continue
        sure, why = _surely(place, entity, article)
        wanted = compiled.entities[entity].context
        for doubt in _doubts(entity, wanted, article.context) if wanted.require or wanted.exclude else ():
            sure, why = False, (*why, doubt)
        yield Reading(place, name, sure, why, bool(article.support(place, entity)))


def _mention(reading: Reading, other_places: int) -> Mention:
    (passage, found), text, points = reading.place, reading.text, score(reading.place.found)
    return Mention(
        entity=reading.name.entity,
        alias=reading.name.alias,
        span=reading.span,
        text=text,
        field=passage.field,
        confidence=Confidence.STRONG if reading.sure else Confidence.POSSIBLE,
        score=points if reading.sure else min(points, _POSSIBLE_AT_MOST),
        why=reasons(found, reading.name.alias, text) + reading.why,
        other_places=other_places,
    )


def _most_telling(
    readings: Sequence[Reading], zone_of: Callable[[Field, Span], Zone], most: int | None
) -> tuple[Iterable[tuple[int, Reading]], Mapping[int, int]]:
    """Return the readings to keep, numbered in text order, and by the last of each entity how many others it has.

    A page that repeats a name ten thousand times is read in full, but costs no more from here on than one that names it
    fifty times. Kept first are the three that decide on the article: the first, the first that is sure, the first that
    is supported. Then each spelling once, then the sure ones, then the first in the text.
    """
    if most is None or len(readings) <= most:
        return enumerate(readings), {}
    by_entity: defaultdict[str, list[int]] = defaultdict(list)
    for n, reading in enumerate(readings):
        by_entity[reading.name.entity].append(n)
    kept: list[int] = []
    others: dict[int, int] = {}
    for numbers in by_entity.values():
        chosen = numbers
        if len(numbers) > most:
            earlier_kinds: set[object] = set()
            ranked: list[tuple[int, bool, int]] = []
            for n in numbers:
                reading = readings[n]
                sure = reading.sure and not zone_of(reading.place.passage.field, reading.span).aside
                decisive = {"named", *(["sure"] if sure else ()), *(["supported"] if reading.supported else ())}
                spelling = {(sure, reading.name.alias, reading.text)}
                rank = 0 if decisive - earlier_kinds else 1 if spelling - earlier_kinds else 2
                ranked.append((rank, not sure, n))
                earlier_kinds |= decisive | spelling
            chosen = sorted(n for *_, n in sorted(ranked)[:most])
            others[chosen[-1]] = len(numbers) - most
        kept += chosen
    return ((n, readings[n]) for n in sorted(kept)), others


def _surely(place: Place, entity: str, article: _Article) -> tuple[bool, tuple[Message, ...]]:
    found = place.found
    if doubt := article.doubt(found, entity):
        return False, (doubt,)
    support = article.support(place, entity)
    if entity in article.common and not (support or article.is_tied(place, entity)):
        return False, (_MANY_BEAR_IT,)
    if found.whole:
        return True, ()
    if article.has_namesake(found, entity):
        return False, (Message("another person of this surname is named in full in this article"),)
    if support:
        return True, (Message("“{}” stands in the same paragraph", support),)
    if found.closeness is Closeness.TYPO or entity not in article.clear:
        return False, (Message("the full name stands nowhere in this article"),)
    if article.sharers(place, entity):
        return False, (Message("another watched name in this article has the same surname"),)
    return True, (Message("the full name stands in this article"),)


_MANY_BEAR_IT = Message("many people bear this name, and no support word or other watched name ties it to the case")


def _doubts(entity: str, wanted: EntityContext, context: Context) -> Iterator[Message]:
    """What the entity's context says against it."""
    if wanted.require and not context.any(entity, Use.REQUIRE):
        yield Message("none of the words that its entry requires stands in this article")
    if unwanted := context.any(entity, Use.EXCLUDE):
        yield Message("“{}”, which its entry excludes, stands in this article", unwanted)
