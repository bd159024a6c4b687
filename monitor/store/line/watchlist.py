"""I/O: the database. The watchlist: the entities watched now, and every change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from monitor.errors import ChangedMeanwhile, NotFound
from monitor.model import Entity, Watchlist, WatchlistChange
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.types import row_of, shaped


class SqlWatchlists(Queries):
    """The versions of the watchlist."""

    def current(self) -> Watchlist:
        with self._database.reading() as connection:
            return _current(connection)

    def apply(self, change: WatchlistChange, source: str, now: datetime) -> Watchlist:
        """Store a change and its source as a new version of the list, and return the list.

        A change that is empty, or was applied before, stores nothing. Raises ChangedMeanwhile.
        """
        try:
            with self._database.writing("change the watchlist") as connection:
                before = _current(connection)
                remaining = _unapplied_part(change, before)
                if not remaining:
                    return before
                row = _version_row(remaining, before.version + 1, source, now)
                if _can_match_more(remaining):  # a rescan of all articles stored so far
                    row["to_look_through"] = connection.scalar(select(func.max(t.article.c.id)))
                connection.execute(insert(t.watchlist_version).values(row))
                for entity in (*remaining.added, *(new for _, new in remaining.changed)):
                    _put_entity(connection, entity)
                is_removed = t.entity.c.id.in_([entity.id for entity in remaining.removed])
                connection.execute(update(t.entity).where(is_removed).values(removed=now))
                return _current(connection)
        except IntegrityError as error:  # two changes at once (PostgreSQL) would make the same version
            raise ChangedMeanwhile("the watchlist was changed by somebody else just now; try again") from error

    def imported_file_hash(self) -> str:
        """Return the hash of the file that the current list was imported from; empty if it was not from a file."""
        change = t.watchlist_version.c
        return self._value(select(change.file_hash).order_by(change.version.desc()).limit(1)) or ""

    def set_imported_file_hash(self, file_hash: str) -> None:
        """Record the hash of the file that the current list was imported from."""
        version = t.watchlist_version.c.version
        latest = select(func.max(version)).scalar_subquery()
        set_hash = update(t.watchlist_version).where(version == latest).values(file_hash=file_hash)
        self._change("record an imported list", set_hash)

    def find_entity(self, entity: str) -> tuple[Entity, Collection[str]]:
        """Return an entity that is or was on the list, and the words it was found as. Raises NotFound."""
        with self._database.reading() as connection:
            row = connection.execute(select(t.entity).where(t.entity.c.id == entity)).first()
            if row is None:
                raise NotFound(f"no entity {entity!r} on the watchlist; `monitor watchlist list` shows them")
            names = select(t.alias.c.name).where(t.alias.c.entity == row.number).order_by(t.alias.c.position)
            matched_words = select(t.mention.c.text).join(t.hit).where(t.hit.c.entity == row.number).distinct()
            return shaped(Entity, row, aliases=connection.scalars(names).all()), connection.scalars(matched_words).all()

    def numbers(self) -> Mapping[str, int]:
        """Return the opaque number of each entity id, for logs and addresses."""
        return {row.id: row.number for row in self._rows(select(t.entity.c.id, t.entity.c.number))}


def _current(connection: Connection) -> Watchlist:
    version = connection.scalar(select(func.max(t.watchlist_version.c.version))) or 0
    aliases: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(select(t.alias).order_by(t.alias.c.entity, t.alias.c.position)):
        aliases[row.entity].append(row.name)
    watched = select(t.entity).where(t.entity.c.removed.is_(None)).order_by(t.entity.c.number)
    rows = connection.execute(watched)
    return Watchlist(version, tuple(shaped(Entity, row, aliases=aliases[row.number]) for row in rows))


def _unapplied_part(change: WatchlistChange, stored: Watchlist) -> WatchlistChange:
    """Return the part of a change that is not in the stored list yet."""
    stored_by_id = {entity.id: entity for entity in stored.entities}
    return WatchlistChange(
        added=tuple(entity for entity in change.added if stored_by_id.get(entity.id) != entity),
        changed=tuple((old, new) for old, new in change.changed if stored_by_id.get(new.id) != new),
        removed=tuple(entity for entity in change.removed if entity.id in stored_by_id),
    )


def _can_match_more(change: WatchlistChange) -> bool:
    """Return whether stored articles may have new hits after a change; notes and sensitivity do not affect matching."""
    matching_fields = [
        (replace(old, note="", sensitive=False), replace(new, note="", sensitive=False)) for old, new in change.changed
    ]
    return bool(change.added) or any(old != new for old, new in matching_fields)


def _version_row(change: WatchlistChange, version: int, source: str, now: datetime) -> dict[str, Any]:
    kinds = {"added": change.added, "changed": [new for _, new in change.changed], "removed": change.removed}
    ids = {kind: [entity.id for entity in entities] for kind, entities in kinds.items()}
    return {"version": version, "at": now, "source": source} | ids


def _put_entity(connection: Connection, entity: Entity) -> None:
    """Store the current state of an entity; one that was removed before gets its old number back."""
    values = row_of(t.entity, entity, context=asdict(entity.context), removed=None)
    existing_entity = update(t.entity).where(t.entity.c.id == entity.id).values(values).returning(t.entity.c.number)
    # Removed entities keep their row: old hits, decisions and logs refer to the number.
    number = connection.scalar(existing_entity)
    if number is None:
        number = connection.scalar(insert(t.entity).values(values).returning(t.entity.c.number))
    connection.execute(delete(t.alias).where(t.alias.c.entity == number))
    aliases = [{"entity": number, "position": i, "name": name} for i, name in enumerate(entity.aliases)]
    if aliases:
        connection.execute(insert(t.alias), aliases)
