"""I/O: the database. The watchlist: the entities watched now, and every change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, bindparam, cast, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from monitor.errors import ChangedMeanwhile, NotFound
from monitor.groups import group_values
from monitor.model import (
    Entity,
    LocalNames,
    OlderArticles,
    Watchlist,
    WatchlistChange,
    WatchlistVersion,
)
from monitor.model.watchlist import change_of, is_matched_alike
from monitor.ports import Withdrawal
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.sql import withdrawal
from monitor.store.types import adapter, row_of, shaped


class SqlWatchlists(Queries):
    """The versions of the watchlist."""

    def latest_version(self) -> int:
        """Return the number of the latest version of the list, 0 before the first."""
        return self._value(select(func.max(t.watchlist_version.c.version))) or 0

    def current(self) -> Watchlist:
        return self._read(_current)

    def get(self, entity: str) -> Entity:
        """Return an entity of the list. Raises NotFound."""
        for listed in self.current().entities:
            if listed.id == entity:
                return listed
        raise _not_found(entity)

    def apply(
        self,
        change: WatchlistChange,
        source: str,
        now: datetime,
        *,
        author: str = "",
        reason: str = "",
        undoes: int | None = None,
        older: OlderArticles = OlderArticles.QUEUE,
        withdrawn: Withdrawal | None = None,
        older_up_to: int | None = None,
    ) -> Watchlist:
        """Store a change and its source as a new version of the list, and return the list.

        `older_up_to`: the highest number of an older article, by default of those stored here. A change that is empty,
        or was applied before, stores nothing. Raises ChangedMeanwhile.
        """
        try:
            with self._database.writing("change the watchlist") as connection:
                before = _current(connection)
                remaining = _unapplied_part(change, before)
                if not remaining:
                    return before
                number = before.version + 1
                row: dict[str, Any] = {"version": number, "at": now, "source": source, "author": author}
                row |= {"reason": reason, "undoes": undoes, "older_articles": older, **_changed_ids(remaining)}
                if withdrawn:
                    row["withdrawn"] = withdrawal.withdraw(connection, withdrawn, now)
                highest = older_up_to
                if highest is None:
                    highest = connection.scalar(select(func.max(t.article.c.id)))
                row["older_up_to"] = highest or 0
                # An undo brings back names of earlier saves; each of these says which articles were older then.
                is_rescanned = older is not OlderArticles.NONE or undoes is not None
                if is_rescanned and _can_match_more(remaining):  # all articles stored so far
                    row["to_look_through"] = highest
                connection.execute(insert(t.watchlist_version).values(row))
                _put_entities(connection, [new for _, new in remaining.edits if new])
                _put_states(connection, number, remaining)
                is_removed = t.entity.c.id.in_([entity.id for entity in remaining.removed])
                connection.execute(update(t.entity).where(is_removed).values(removed=now))
                return _current(connection)
        except IntegrityError as error:  # two changes at once (PostgreSQL) would make the same version
            raise ChangedMeanwhile("the watchlist was changed by somebody else just now; try again") from error

    def local_names(self, language: str) -> Mapping[str, str]:
        """Return the name of each entity that has one in a language of the pages, by id."""
        has_names = cast(t.entity.c.names, Text) != "{}"
        rows = self._rows(select(t.entity.c.id, t.entity.c.names).where(has_names))
        return {row.id: row.names[language] for row in rows if row.names.get(language)}

    def versions(self, entity: str | None = None, limit: int = 200) -> Sequence[WatchlistVersion]:
        """Return the latest versions, of one entity or of the whole list, the newest first."""
        query = select(t.watchlist_version).order_by(t.watchlist_version.c.version.desc()).limit(limit)
        if entity is not None:
            of_entity = select(t.entity_version.c.version).join(t.entity).where(t.entity.c.id == entity)
            query = query.where(t.watchlist_version.c.version.in_(of_entity))
        return self._read(_versions, query)

    def version(self, number: int) -> WatchlistVersion:
        """Return one version. Raises NotFound."""
        with self._database.reading() as connection:
            versions = _versions(connection, select(t.watchlist_version).where(t.watchlist_version.c.version == number))
        if not versions:
            raise NotFound(f"there is no version {number} of the watchlist; `monitor watchlist history` lists them")
        return versions[0]

    def versions_not_in_file(self) -> Sequence[WatchlistVersion]:
        """Return the versions since the file and the list were last the same, the oldest first."""
        version = t.watchlist_version.c
        # Only versions that were written to the file, or read from it, have a hash.
        same = select(func.max(version.version)).where(version.file_hash != "").scalar_subquery()
        # Before the first hash `same` is NULL, and no version is greater than that.
        query = select(t.watchlist_version).where(version.version > same).order_by(version.version)
        return self._read(_versions, query)

    def imported_file_hash(self) -> str:
        """Return the hash that the file had when it and the list were last the same, or an empty string."""
        change = t.watchlist_version.c
        with_file = select(change.file_hash).where(change.file_hash != "").order_by(change.version.desc()).limit(1)
        return self._value(with_file) or ""

    def set_imported_file_hash(self, file_hash: str) -> None:
        """Record the hash of the file that is the same as the current list."""
        version = t.watchlist_version.c.version
        latest = select(func.max(version)).scalar_subquery()
        set_hash = update(t.watchlist_version).where(version == latest).values(file_hash=file_hash)
        self._change("record an imported list", set_hash)

    def find_entity(self, entity: str) -> tuple[Entity, Collection[str]]:
        """Return an entity that is or was on the list, and the words it was found as. Raises NotFound."""
        with self._database.reading() as connection:
            for number, stored in stored_entities(connection, t.entity.c.id == entity).items():
                matched_words = select(t.mention.c.text).join(t.hit).where(t.hit.c.entity == number).distinct()
                return stored, connection.scalars(matched_words).all()
        raise _not_found(entity)


def _not_found(entity: str) -> NotFound:
    return NotFound(f"no entity {entity!r} on the watchlist; `monitor watchlist list` shows them")


def _current(connection: Connection) -> Watchlist:
    version = connection.scalar(select(func.max(t.watchlist_version.c.version))) or 0
    return Watchlist(version, tuple(stored_entities(connection, t.entity.c.removed.is_(None)).values()))


def stored_entities(connection: Connection, condition: ColumnElement[bool]) -> Mapping[int, Entity]:
    """Return the entities that meet a condition, by number, in the order of these."""
    names = select(t.alias.c.entity, t.alias.c.name).join(t.entity).where(condition)
    aliases = group_values(connection.execute(names.order_by(t.alias.c.entity, t.alias.c.position)).all())
    rows = connection.execute(select(t.entity).where(condition).order_by(t.entity.c.number))
    return {row.number: shaped(Entity, row, aliases=aliases[row.number]) for row in rows}


def _unapplied_part(change: WatchlistChange, stored: Watchlist) -> WatchlistChange:
    """Return the part of a change that is not in the stored list yet."""
    stored_by_id = {entity.id: entity for entity in stored.entities}
    return WatchlistChange(
        added=tuple(entity for entity in change.added if stored_by_id.get(entity.id) != entity),
        changed=tuple((old, new) for old, new in change.changed if stored_by_id.get(new.id) != new),
        removed=tuple(entity for entity in change.removed if entity.id in stored_by_id),
    )


def _can_match_more(change: WatchlistChange) -> bool:
    """Return whether stored articles may have new hits after a change."""
    return bool(change.added) or not all(is_matched_alike(old, new) for old, new in change.changed)


def _changed_ids(change: WatchlistChange) -> dict[str, list[str]]:
    kinds = {"added": change.added, "changed": [new for _, new in change.changed], "removed": change.removed}
    return {kind: [entity.id for entity in entities] for kind, entities in kinds.items()}


def _versions(connection: Connection, query: Select[Any]) -> Sequence[WatchlistVersion]:
    rows = connection.execute(query).all()
    edits: dict[int, list[tuple[Entity | None, Entity | None]]] = defaultdict(list)
    states = t.entity_version.c
    of_versions = select(t.entity_version).where(states.version.in_([row.version for row in rows]))
    for row in connection.execute(of_versions.order_by(states.version, states.entity)):
        before, after = (value and adapter(Entity).validate_python(value) for value in (row.before, row.after))
        edits[row.version].append((before, after))
    return [shaped(WatchlistVersion, row, change=change_of(edits[row.version])) for row in rows]


def _state(entity: Entity | None) -> dict[str, Any] | None:
    """Return an entity as JSON without default values, so that a later version with more fields reads it."""
    if entity is None:
        return None
    state: dict[str, Any] = adapter(Entity).dump_python(entity, mode="json", exclude_defaults=True)
    return state


def _given_names(names: LocalNames) -> dict[str, str]:
    return {language: name for language, name in asdict(names).items() if name}


def _put_entities(connection: Connection, entities: Sequence[Entity]) -> None:
    """Store the current states of entities in one statement; removed entities that return get their old numbers."""
    # Removed entities keep their row: old hits, decisions and logs refer to the number.
    numbers = _entity_numbers(connection)
    rows = [
        row_of(t.entity, entity, context=asdict(entity.context), names=_given_names(entity.names), removed=None)
        for entity in entities
    ]
    if changed := [row | {"number_of_row": numbers[row["id"]]} for row in rows if row["id"] in numbers]:
        connection.execute(update(t.entity).where(t.entity.c.number == bindparam("number_of_row")), changed)
        connection.execute(delete(t.alias).where(t.alias.c.entity == bindparam("number_of_row")), changed)
    if added := [row for row in rows if row["id"] not in numbers]:
        connection.execute(insert(t.entity), added)
        numbers = _entity_numbers(connection)
    aliases = [
        {"entity": numbers[entity.id], "position": i, "name": name}
        for entity in entities
        for i, name in enumerate(entity.aliases)
    ]
    if aliases:
        connection.execute(insert(t.alias), aliases)


def _put_states(connection: Connection, version: int, change: WatchlistChange) -> None:
    """Store the states of each entity before and after a change."""
    numbers = _entity_numbers(connection)
    states = [
        {"version": version, "entity": numbers[entity.id], "before": _state(old), "after": _state(new)}
        for old, new in change.edits
        if (entity := new or old)
    ]
    connection.execute(insert(t.entity_version), states)


def _entity_numbers(connection: Connection) -> dict[str, int]:
    """Return the numbers of all entities, those removed too, by id."""
    return dict(connection.execute(select(t.entity.c.id, t.entity.c.number)).all())
