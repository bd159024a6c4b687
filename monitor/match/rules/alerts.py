"""Pure. Make hits from mentions, and decide which of them alert."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from monitor.groups import group_values
from monitor.match.compile import Compiled, ContextUse
from monitor.match.index.listed_names import listed_names
from monitor.match.rules.context import Context, find_context
from monitor.match.rules.decide import read_passages
from monitor.match.rules.press import reason_left_out
from monitor.match.scanner.passage import Passage
from monitor.model import (
    Alert,
    Confidence,
    Document,
    Entity,
    EntityType,
    Field,
    Hit,
    Mention,
    Message,
)
from monitor.text.normalize import fold

# ---- hits -----------------------------------------------------------------------------------------------------------


def hits(document: Document, mentions: Sequence[Mention], compiled: Compiled, outlet: str = "") -> tuple[Hit, ...]:
    """Return one hit for each entity, in the watchlist's order, with its confidence and whether it alerts.

    `outlet` is the publisher of the document: an outlet that names itself does not alert.
    """
    by_entity = group_values((mention.entity, mention) for mention in mentions)
    # An outlet that is also named otherwise is judged by that alone.
    telling = {entity: [m for m in places if not m.is_credit] or places for entity, places in by_entity.items()}
    strong = {e for e, places in telling.items() if any(m.confidence is Confidence.STRONG for m in places)}
    credited = frozenset(entity for entity in strong if telling[entity][0].is_credit)
    alert_rules = _AlertRules(document, compiled, outlet, frozenset(strong), credited)
    entity_hits: list[Hit] = []
    for entity in sorted((e for e in by_entity if e in compiled.entities), key=compiled.rank.__getitem__):
        alerts, why = alert_rules.alerts(compiled.entities[entity], telling[entity])
        confidence = Confidence.STRONG if entity in alert_rules.strong else Confidence.POSSIBLE
        entity_hits.append(Hit(entity, tuple(by_entity[entity]), confidence, alerts, why))
    return tuple(_without_press_beside_names(entity_hits, compiled))


def _without_press_beside_names(entity_hits: Sequence[Hit], compiled: Compiled) -> Iterator[Hit]:
    """Yield the hits; what happened to the press makes an item only where no other name of the list does.

    If it is urgent it does beside names, too: a name in the same article must not keep it from being told at once.
    """
    press = compiled.press.id if compiled.press and not compiled.press.urgent else ""
    is_named = any(hit.alerts for hit in entity_hits if hit.entity != press)
    for hit in entity_hits:
        # What is left out stays counted as such.
        is_beside = is_named and hit.entity == press and hit.alerts
        yield replace(hit, alerts=False, why=BESIDE_NAMES) if is_beside else hit


@dataclass(frozen=True)
class _AlertRules:
    """The rules by which a hit alerts, for one document and the entities strongly named in it."""

    document: Document
    compiled: Compiled
    outlet: str
    strong: frozenset[str]
    credited: frozenset[str]  # of those: outlets that are only named as a credit or a source

    def alerts(self, entity: Entity, mentions: Sequence[Mention]) -> tuple[bool, Message]:
        """Return whether an entity's mentions alert by themselves, and why."""
        if entity.id not in self.strong:
            return False, Message("only possible: {}", mentions[0].why[-1])
        if self._is_publisher(entity):
            return False, Message("an outlet that names itself is no news")
        if entity.type is EntityType.PRESS:
            incidents = [mention.incident for mention in mentions if mention.incident]
            left_out = reason_left_out(entity, incidents, self._flood_word(entity))
            return left_out is None, left_out or Message("somebody of the press suffered")
        if entity.alert is Alert.NEVER:
            return False, Message("its entry says that it never alerts")
        if entity.id in self.credited:
            return False, Message("it is only named as a credit or as the source of a report")
        if entity.alert is Alert.ALWAYS:
            return True, Message("clearly named")
        if companion := self._companion(entity):
            return True, Message("named beside {}", companion.name)
        if support := self._support_word(entity, mentions):
            return True, Message("“{}”, a support word of this entry, stands in the same paragraph", support)
        return False, _NO_COMPANION

    def _is_publisher(self, entity: Entity) -> bool:
        """Return whether an entity is the outlet that published the document."""
        if not self.outlet or entity.type is EntityType.PERSON:
            return False
        # kloop.kg is Kloop.
        outlet_names = {_alphanumeric(self.outlet), _alphanumeric(self.outlet.rpartition(".")[0])} - {""}
        return not outlet_names.isdisjoint(map(_alphanumeric, listed_names(entity)))

    def _companion(self, entity: Entity) -> Entity | None:
        """Return the first other strongly named entity, or None."""
        return next((candidate for candidate in self._strong_subjects if candidate.id != entity.id), None)

    @cached_property
    def _strong_subjects(self) -> Sequence[Entity]:
        """Return the strongly named entities that the news is about, in the watchlist's order."""
        strong_entities = map(self.compiled.entities.__getitem__, self.strong - self.credited)
        subjects = [e for e in strong_entities if e.type is not EntityType.PRESS and not self._is_publisher(e)]
        return sorted(subjects, key=lambda entity: self.compiled.rank[entity.id])

    def _support_word(self, entity: Entity, mentions: Sequence[Mention]) -> str:
        """Return a support word in the paragraph of any of the mentions, or ""."""
        if not entity.context.support:
            return ""
        passages, context = self._context
        words = (context.support_near(passages[m.field], m.span, entity.id) for m in mentions if m.field in passages)
        return next(filter(None, words), "")

    def _flood_word(self, entity: Entity) -> str:
        """Return a word of the article that an entity excludes, or ""."""
        return self._context[1].first_term(entity.id, ContextUse.EXCLUDE) if entity.context.exclude else ""

    @cached_property
    def _context(self) -> tuple[Mapping[Field, Passage], Context]:
        """Return the passages of the document by field, and the context words in them."""
        passages = {p.field: p for p in read_passages(self.document.text, self.document.title, self.compiled)}
        return passages, find_context(passages.values(), self.compiled)


BESIDE_NAMES = Message("shown beside the watched names of this article")
_NO_COMPANION = Message("it alerts only beside another watched name or a word that supports it, and there is none")


def _alphanumeric(name: str) -> str:
    """Return the folded letters and digits of a name."""
    return "".join(filter(str.isalnum, fold(name)))
