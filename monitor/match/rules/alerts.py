"""Pure. Hits, and whether each makes a review item by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from monitor.match.compile import Compiled
from monitor.match.rules.context import Context, find_context
from monitor.match.rules.decide import read
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


def hits(document: Document, found: Sequence[Mention], compiled: Compiled, outlet: str = "") -> tuple[Hit, ...]:
    """One hit an entity, in the watchlist's order, and whether it makes a review item by itself.

    `outlet` is the publisher of the document: it is no news that an outlet names itself.
    """
    by_entity: dict[str, list[Mention]] = {}
    for mention in found:
        by_entity.setdefault(mention.entity, []).append(mention)
    news = _AlertRules(
        document, compiled, outlet, frozenset(m.entity for m in found if m.confidence is Confidence.STRONG)
    )
    made = []
    for entity in sorted((e for e in by_entity if e in compiled.entities), key=compiled.rank.__getitem__):
        alerts, why = news.alerts(compiled.entities[entity], by_entity[entity])
        confidence = Confidence.STRONG if entity in news.clear else Confidence.POSSIBLE
        made.append(Hit(entity, tuple(by_entity[entity]), confidence, alerts, why))
    return tuple(made)


@dataclass(frozen=True)
class _AlertRules:
    """A document and the entities clearly named in it: what decides whether a hit alerts."""

    document: Document
    compiled: Compiled
    outlet: str
    clear: frozenset[str]

    def alerts(self, entity: Entity, own: Sequence[Mention]) -> tuple[bool, Message]:
        """Whether an entity's mentions make a review item by themselves, and why."""
        if entity.id not in self.clear:
            return False, Message("only possible: {}", own[0].why[-1])
        if self._is_publisher(entity):
            return False, Message("an outlet that names itself is no news")
        if entity.alert is Alert.NEVER:
            return False, Message("its entry says that it never alerts")
        if entity.alert is Alert.ALWAYS:
            return True, Message("clearly named")
        beside = self._beside(entity)
        if beside and not beside.sensitive:
            return True, Message("named beside {}", beside.name)
        if support := self._supported(entity, own):
            return True, Message("“{}” stands in the same paragraph", support)
        if beside:  # so nobody else stands beside it: `review.as_seen` goes by that
            return True, Message("named beside {}", beside.name)
        return False, _ALONE

    def _is_publisher(self, entity: Entity) -> bool:
        if not self.outlet or entity.type is EntityType.PERSON:
            return False
        own = {_bare(self.outlet), _bare(self.outlet.rpartition(".")[0])} - {""}  # kloop.kg is Kloop
        return not own.isdisjoint(map(_bare, entity.names))

    def _beside(self, entity: Entity) -> Entity | None:
        """Return the first other entity that is clearly named, a sensitive one last."""
        return next((other for other in self._clear_subjects if other.id != entity.id), None)

    @cached_property
    def _clear_subjects(self) -> Sequence[Entity]:
        """The clearly named entities without the publisher, in the watchlist's order, sensitive ones last."""
        clear = map(self.compiled.entities.__getitem__, self.clear)
        subjects = [entity for entity in clear if not self._is_publisher(entity)]
        return sorted(subjects, key=lambda entity: (entity.sensitive, self.compiled.rank[entity.id]))

    def _supported(self, entity: Entity, own: Sequence[Mention]) -> str:
        if not entity.context.support:
            return ""
        passages, context = self._context
        words = (context.beside(passages[m.field], m.span, entity.id) for m in own if m.field in passages)
        return next(filter(None, words), "")

    @cached_property
    def _context(self) -> tuple[Mapping[Field, Passage], Context]:
        """The fields of the document, and the context words in them."""
        passages = {p.field: p for p in read(self.document.text, self.document.title, self.compiled)}
        return passages, find_context(passages.values(), self.compiled)


_ALONE = Message("it alerts only beside another watched name or a word that supports it, and there is none")


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, fold(name)))
