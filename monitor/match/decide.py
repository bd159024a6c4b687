"""Pure. How surely a name is meant, from the whole article: full name elsewhere, rivals, context, alerting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import NamedTuple

from monitor.match.compiled import Compiled, ContextTerm, Use
from monitor.match.explain import NearMiss, reasons, score
from monitor.match.index import Closeness
from monitor.match.passage import Hint, Passage
from monitor.match.verify import ANY_WORD, IN_SMALL_LETTERS, Found, Kind, find, look_alikes
from monitor.model import (
    Alert,
    Confidence,
    Document,
    Entity,
    EntityType,
    Field,
    Hit,
    Mention,
    Span,
    Zone,
    ZoneSpan,
)
from monitor.text import fold, paragraph_around

_POSSIBLE_AT_MOST = 60.0
_BLOCK = 64  # characters
_WHOLE = frozenset({Kind.FULL, Kind.ACRONYM, Kind.LEARNED})


class _Claim(NamedTuple):
    """What decides between names that lay claim to the same words; alike for most namesakes."""

    start: int
    end: int
    whole: bool
    full: bool
    shared: bool
    omitted: int
    closeness: Closeness
    in_script: bool


class Place:
    """Something found, and the field it was found in."""

    __slots__ = ("claim", "entity", "found", "passage", "span", "weight")

    def __init__(self, passage: Passage, found: Found) -> None:
        self.passage, self.found, self.entity = passage, found, found.name.entity
        self.span = Span(found.start, found.end)
        whole, full = found.kind in _WHOLE, found.kind is Kind.FULL
        closeness, in_script = found.closeness, found.in_script
        self.claim = _Claim(found.start, found.end, whole, full, found.shared, found.omitted, closeness, in_script)
        # What wins where two names lay claim to the same words: the whole name, the longer, the better spelt.
        self.weight = whole, found.end - found.start, -found.omitted, score(found), in_script


@dataclass(slots=True)
class Context:
    """Which context words of which entity an article holds, and where."""

    terms: defaultdict[tuple[str, Use], list[tuple[Passage, Span, ContextTerm]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def any(self, entity: str, use: Use) -> str:
        """The first such word in the article, or ""."""
        return next((term.term for _, _, term in self.terms.get((entity, use), ())), "")

    def beside(self, place: Passage, span: Span, entity: str) -> str:
        """A support word of the entity in the same paragraph, or ""."""
        paragraph = paragraph_around(place.text, span)
        for passage, where, term in self.terms.get((entity, Use.SUPPORT), ()):
            if passage is place and paragraph.start <= where.start and where.end <= paragraph.end:
                return term.term
        return ""


def read(text: str, title: str, compiled: Compiled) -> list[Passage]:
    """The fields of a document, title first."""
    (passages,) = compiled.scanner.passages([(title, text)], everything=True)
    return passages


def mentions(passages: Sequence[Passage], compiled: Compiled) -> tuple[Mention, ...]:
    """All mentions of an article, in the order they stand there."""
    found = [(p, f) for p in passages for f in find(p, compiled)]
    places = _read_twice(_without_rivals([Place(p, f) for p, f in found if not f.refused]))
    if not places:
        return ()
    namesakes = {f.name.entity for _, f in found if f.namesake}
    small = {f.name.entity for _, f in found if f.refused == IN_SMALL_LETTERS}
    article = _article(places, find_context(passages, compiled), namesakes, small)
    return tuple(_mention(place, article, compiled) for place in places if not article.told_apart(place))


# ---- rivals ---------------------------------------------------------------------------------------------------------


def _without_rivals(places: list[Place]) -> list[Place]:
    """One mention an entity at a place; of several entities only those with the best claim to its words."""
    kept: list[Place] = []
    near: defaultdict[tuple[Field, int], dict[_Claim, set[str]]] = defaultdict(dict)  # kept ones by block
    for place in sorted(places, key=attrgetter("weight"), reverse=True):
        blocks = [(place.passage.field, n) for n in range(place.found.start // _BLOCK, place.found.end // _BLOCK + 1)]
        if any(
            place.found.start < claim.end
            and claim.start < place.found.end
            and (place.entity in claimants or _stronger(claim, place.claim))
            for block in blocks
            for claim, claimants in near[block].items()
        ):
            continue
        kept.append(place)
        for block in blocks:
            near[block].setdefault(place.claim, set()).add(place.entity)
    return sorted(kept, key=lambda p: (p.passage.field is Field.TEXT, p.found.start, p.found.end))


def _read_twice(places: list[Place]) -> list[Place]:
    """With a doubt where the same words are two people's: Замира Сыдыкова, and Замир Сыдыков in the genitive."""
    readings: defaultdict[tuple[Field, int, int], set[tuple[tuple[str, str], ...]]] = defaultdict(set)
    for place in places:
        if place.found.kind is Kind.FULL:
            matches = (part.match for part in place.found.parts)
            readings[_where(place)].add(tuple((m.stem.declension, m.ending) for m in matches))
    if all(len(endings) < 2 for endings in readings.values()):
        return places
    doubt = "these words are another watched name too, in another case"
    return [
        Place(place.passage, replace(place.found, doubt=doubt))
        if place.found.kind is Kind.FULL
        and len({len(e) for e in readings[_where(place)]}) < len(readings[_where(place)])
        else place
        for place in places
    ]


def _overlap(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end


def _stronger(rival: _Claim, claim: _Claim) -> bool:
    """Whether the rival's claim excludes this one: equal claims (namesakes) both stand, and two given names do."""
    if rival.shared and claim.full:
        return False
    if (rival.whole, rival.end - rival.start) != (claim.whole, claim.end - claim.start):
        return True
    if rival.omitted != claim.omitted:
        return rival.omitted < claim.omitted
    if rival.closeness is not claim.closeness:
        return rival.closeness > claim.closeness
    return claim.whole and rival.in_script > claim.in_script  # and the list has both Bloom and Блум


@dataclass(frozen=True, slots=True)
class _Article:
    """What the whole article says about each of its names."""

    claims: Mapping[tuple[Field, int, int], set[str]]  # who claims these words
    whole: set[str]  # entities that have their full name somewhere
    namesakes: set[str]  # entities whose surname stands somewhere with another person's given name
    small: set[str]  # entities whose name of one word stands somewhere in small letters
    clear: set[str]  # entities that have a full name without a doubt somewhere
    context: Context

    def doubt(self, place: Place) -> str:
        """Why a name may be a common word after all: nothing else in the article says otherwise."""
        doubt = place.found.doubt
        settled = place.entity in self.clear or (doubt == ANY_WORD and place.entity not in self.small)
        return "" if settled else doubt

    def sharers(self, place: Place) -> set[str]:
        """Other entities, fully named in this article, that claim the same words."""
        return (self.claims[_where(place)] & self.whole) - {place.entity}

    def told_apart(self, place: Place) -> bool:
        """Whether a surname alone is a namesake's, who has the full name in this article as this one has not."""
        if place.entity in self.whole:
            return False
        return bool(self.sharers(place)) or (self.has_namesake(place) and not self.support(place))

    def has_namesake(self, place: Place) -> bool:
        """Whether a surname alone may as well be a stranger's, who is named in full in this article."""
        alone = place.found.kind is Kind.SURNAME and place.entity not in self.whole
        return alone and place.entity in self.namesakes

    def support(self, place: Place) -> str:
        return self.context.beside(place.passage, place.span, place.entity)


def _where(place: Place) -> tuple[Field, int, int]:
    return place.passage.field, place.found.start, place.found.end


def _article(places: Sequence[Place], context: Context, namesakes: set[str], small: set[str]) -> _Article:
    claims: defaultdict[tuple[Field, int, int], set[str]] = defaultdict(set)
    for place in places:
        claims[_where(place)].add(place.entity)
    whole = {p.entity for p in places if p.found.kind in _WHOLE}
    clear = {p.entity for p in places if p.found.kind in _WHOLE and not p.found.doubt}
    return _Article(claims, whole, namesakes, small, clear, context)


# ---- confidence -----------------------------------------------------------------------------------------------------


def _mention(place: Place, article: _Article, compiled: Compiled) -> Mention:
    found, text = place.found, place.passage.text
    sure, why = _surely(place, article)
    for doubt in _doubts(place.entity, article.context, compiled):
        sure, why = False, (*why, doubt)
    points = score(found)
    return Mention(
        entity=place.entity,
        alias=found.name.alias,
        span=place.span,
        text=text[found.start : found.end],
        field=place.passage.field,
        confidence=Confidence.STRONG if sure else Confidence.POSSIBLE,
        score=points if sure else min(points, _POSSIBLE_AT_MOST),
        why=(*reasons(found, text[found.start : found.end]), *why),
    )


def _surely(place: Place, article: _Article) -> tuple[bool, tuple[str, ...]]:
    found = place.found
    if doubt := article.doubt(place):
        return False, (doubt,)
    if found.kind in _WHOLE:
        return True, ()
    if article.has_namesake(place):
        return False, ("another person of this surname is named in full in this article",)
    if support := article.support(place):
        return True, (f"“{support}” stands in the same paragraph",)
    if found.closeness is Closeness.TYPO or place.entity not in article.whole:
        return False, ("the full name stands nowhere in this article",)
    if article.sharers(place):
        return False, ("another watched name in this article has the same surname",)
    return True, ("the full name stands in this article",)


def _doubts(entity: str, context: Context, compiled: Compiled) -> Iterator[str]:
    """What the entity's context says against it."""
    wanted = compiled.entities[entity].context
    if wanted.require and not context.any(entity, Use.REQUIRE):
        yield "none of the words that its entry requires stands in this article"
    if unwanted := context.any(entity, Use.EXCLUDE):
        yield f"“{unwanted}”, which its entry excludes, stands in this article"


def find_context(passages: Iterable[Passage], compiled: Compiled) -> Context:
    """Every context word of every entity in an article, in any ending."""
    context = Context()
    if not compiled.context:
        return context
    for passage in passages:
        for place in passage.hinted(Hint.CONTEXT):
            for number in passage.matches[place]:
                for term in compiled.context.get(number, ()):
                    if _stands(passage, place, term):
                        last = passage.tokens[place + len(term.words) - 1]
                        span = Span(passage.tokens[place].start, last.end)
                        context.terms[term.entity, term.use].append((passage, span, term))
    return context


def _stands(passage: Passage, place: int, term: ContextTerm) -> bool:
    found = passage.matches[place : place + len(term.words)]
    return len(found) == len(term.words) and all(
        number in matches and matches[number].closeness is Closeness.SAME
        for number, matches in zip(term.words, found, strict=True)
    )


_STANDS = {
    Zone.TITLE: "it stands in the page's own headline",
    Zone.BYLINE: "it stands in the byline",
    Zone.CAPTION: "it stands in a photo caption",
    Zone.CHECK: "it stands beside the article: in a notice, a credit or a word about the author",
    Zone.TEASER: "it stands in a list of other articles (“read also”)",
}


def aside(found: Sequence[Mention], zones: Sequence[ZoneSpan]) -> tuple[Mention, ...]:
    """The mentions, each with the zone it stands in as a reason; those beside the article made possible."""

    def zone_of(mention: Mention) -> Zone:
        here = (z.zone for z in zones if z.span.start <= mention.span.start and mention.span.end <= z.span.end)
        return next(here, Zone.BODY) if mention.field is Field.TEXT else Zone.BODY

    def placed(mention: Mention) -> Mention:
        zone = zone_of(mention)
        if zone is Zone.BODY:
            return mention
        if zone in {Zone.TEASER, Zone.CHECK}:
            score = min(mention.score, _POSSIBLE_AT_MOST)
            why = (*mention.why, _STANDS[zone])  # the last is why it is only possible
            return replace(mention, confidence=Confidence.POSSIBLE, score=score, why=why)
        return replace(mention, why=(*mention.why[:1], _STANDS[zone], *mention.why[1:]))

    return tuple(map(placed, found))


# ---- hits -----------------------------------------------------------------------------------------------------------


def hits(document: Document, found: Sequence[Mention], compiled: Compiled, outlet: str = "") -> tuple[Hit, ...]:
    """One hit an entity, in the watchlist's order, and whether it makes a review item by itself.

    `outlet` is the publisher of the document: it is no news that an outlet names itself.
    """
    by_entity: dict[str, list[Mention]] = {}
    for mention in found:
        by_entity.setdefault(mention.entity, []).append(mention)
    news = _News(document, compiled, outlet, frozenset(m.entity for m in found if m.confidence is Confidence.STRONG))
    made = []
    for entity in sorted((e for e in by_entity if e in compiled.entities), key=compiled.rank.__getitem__):
        alerts, why = news.alerts(compiled.entities[entity], by_entity[entity])
        confidence = Confidence.STRONG if entity in news.clear else Confidence.POSSIBLE
        made.append(Hit(entity, tuple(by_entity[entity]), confidence, alerts, why))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class _News:
    """A document and the entities clearly named in it: what decides whether a hit alerts."""

    document: Document
    compiled: Compiled
    outlet: str
    clear: frozenset[str]

    def alerts(self, entity: Entity, own: Sequence[Mention]) -> tuple[bool, str]:
        """Whether an entity's mentions make a review item by themselves, and why."""
        if entity.id not in self.clear:
            return False, f"only possible: {own[0].why[-1]}"
        if self._is_publisher(entity):
            return False, "an outlet that names itself is no news"
        if entity.alert is Alert.NEVER:
            return False, "its entry says that it never alerts"
        if entity.alert is Alert.ALWAYS:
            return True, "clearly named"
        if beside := self._beside(entity):
            return True, f"named beside {beside.name}"
        if support := self._supported(entity, own):
            return True, f"“{support}” stands in the same paragraph"
        return False, "it alerts only beside another watched name or a word that supports it, and there is none"

    def _is_publisher(self, entity: Entity) -> bool:
        if not self.outlet or entity.type is EntityType.PERSON:
            return False
        own = {_bare(self.outlet), _bare(self.outlet.rpartition(".")[0])} - {""}  # kloop.kg is Kloop
        return not own.isdisjoint(map(_bare, entity.names))

    def _beside(self, entity: Entity) -> Entity | None:
        """The first other entity on the list that is clearly named, the publisher aside."""
        others = sorted(self.clear - {entity.id}, key=self.compiled.rank.__getitem__)
        return next((e for e in map(self.compiled.entities.__getitem__, others) if not self._is_publisher(e)), None)

    def _supported(self, entity: Entity, own: Sequence[Mention]) -> str:
        if not entity.context.support:
            return ""
        passages = {p.field: p for p in read(self.document.text, self.document.title, self.compiled)}
        context = find_context(passages.values(), self.compiled)
        words = (context.beside(passages[m.field], m.span, entity.id) for m in own if m.field in passages)
        return next(filter(None, words), "")


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, fold(name)))


# ---- near misses ----------------------------------------------------------------------------------------------------


def near_misses(text: str, compiled: Compiled, title: str = "") -> tuple[NearMiss, ...]:
    """What nearly matched and why not, in the order it stands there; for `monitor explain`."""
    passages = read(text, title, compiled)
    found = mentions(passages, compiled)
    taken: Mapping[tuple[str, Field], list[Span]] = defaultdict(list)
    for mention in found:
        taken[mention.entity, mention.field].append(mention.span)
    missed: dict[tuple[str, Field, int], NearMiss] = {}
    for passage in passages:
        for near in (*find(passage, compiled), *look_alikes(passage, compiled)):
            span = Span(near.start, near.end)
            entity = near.name.entity
            if not near.refused or any(_overlap(span, t) for t in taken[entity, passage.field]):
                continue
            words = span.of(passage.text)
            miss = NearMiss(entity, near.name.alias, span, words, passage.field, near.refused)
            missed.setdefault((entity, passage.field, span.start), miss)
    return tuple(missed.values())
