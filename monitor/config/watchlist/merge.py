"""Pure. Changes of the watchlist by several people: each field is merged by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from monitor.model import Entity, WatchlistChange
from monitor.model.watchlist import change_of
from monitor.text.normalize import fold


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that two people changed to different values; `field` is "entity" if one removed or added it."""

    entity: str
    field: str
    current: Any
    requested: Any


def merge(change: WatchlistChange, current: Iterable[Entity]) -> tuple[WatchlistChange, tuple[FieldConflict, ...]]:
    """Return a change as it applies to the current list, and the fields that cannot be merged.

    A field that only one side changed keeps that change. Of a conflict the current value stays in the result.
    """
    stored = {entity.id: entity for entity in current}
    added, changed, removed = list[Entity](), list[tuple[Entity, Entity]](), list[Entity]()
    conflicts: list[FieldConflict] = []
    for entity in change.added:
        stored_entity = stored.get(entity.id)
        if stored_entity is None:
            added.append(entity)
        # The same entity added twice is no conflict: a form may be sent again.
        elif stored_entity != entity:
            conflicts.append(FieldConflict(entity.id, "entity", stored_entity, entity))
    for base, edited in change.changed:
        stored_entity = stored.get(edited.id)
        if stored_entity is None:
            conflicts.append(FieldConflict(edited.id, "entity", None, edited))
            continue
        merged, of_entity = _merge_fields(base, stored_entity, edited)
        conflicts += of_entity
        if merged != stored_entity:
            changed.append((stored_entity, merged))
    for base in change.removed:
        stored_entity = stored.get(base.id)
        # What both sides removed needs nothing; what one changed and the other removed is a question.
        if stored_entity == base:
            removed.append(stored_entity)
        elif stored_entity is not None:
            conflicts.append(FieldConflict(base.id, "entity", stored_entity, None))
    return WatchlistChange(tuple(added), tuple(changed), tuple(removed)), tuple(conflicts)


def _merge_fields(base: Entity, stored_entity: Entity, edited: Entity) -> tuple[Entity, list[FieldConflict]]:
    values: dict[str, Any] = {}
    conflicts = []
    for name in (field.name for field in fields(Entity)):
        before, their_value, our_value = getattr(base, name), getattr(stored_entity, name), getattr(edited, name)
        # Unchanged by us, or changed by both to the same.
        if our_value in (before, their_value):
            continue
        if their_value == before:
            values[name] = our_value
        else:
            conflicts.append(FieldConflict(edited.id, name, their_value, our_value))
    return replace(stored_entity, **values), conflicts


def inverse(change: WatchlistChange) -> WatchlistChange:
    """Return the change that takes a change back."""
    return WatchlistChange(change.removed, tuple((new, old) for old, new in change.changed), change.added)


def combine(changes: Iterable[WatchlistChange]) -> WatchlistChange:
    """Return one change that does the same as several, one after the other."""
    # The state before the first change and after the last one: what lies between cancels out.
    first: dict[str, Entity | None] = {}
    last: dict[str, Entity | None] = {}
    for change in changes:
        for before, after in change.edits:
            entity = (before or after).id  # type: ignore[union-attr]
            first.setdefault(entity, before)
            last[entity] = after
    return change_of((first[entity], last[entity]) for entity in first)


def by_spelling(entities: Iterable[Entity]) -> Mapping[str, Entity]:
    """Return the entities by each of their spellings, folded."""
    return {fold(spelling): entity for entity in entities for spelling in entity.spellings}
