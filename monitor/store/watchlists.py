"""I/O: the database. The watchlist: who is watched now, and every change of that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from monitor.errors import StoreError
from monitor.model import Alert, Context, Entity, EntityType, Watchlist, WatchlistChange
from monitor.store import tables as t
from monitor.store.engine import Database


class SqlWatchlists:
    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> Watchlist:
        with self._database.reading() as connection:
            return _current(connection)

    def apply(self, change: WatchlistChange, source: str, now: datetime) -> Watchlist:
        try:
            with self._database.writing("change the watchlist") as connection:
                before = _current(connection)
                left = _not_yet_done(change, before)
                if not left:
                    return before
                row = _version_row(left, before.version + 1, source, now)
                if _names_more(left):
                    row.to_look_through = connection.scalar(select(func.max(t.article.c.id)))
                connection.execute(insert(t.watchlist_version).values(row.values()))
                for entity in (*left.added, *(new for _, new in left.changed)):
                    _put(connection, entity)
                gone = t.entity.c.id.in_([entity.id for entity in left.removed])
                connection.execute(update(t.entity).where(gone).values(removed=now))
                return _current(connection)
        except IntegrityError as error:  # two changes at once, on PostgreSQL: both would have made the same version
            raise StoreError("the watchlist was changed by somebody else just now; try again") from error

    def taken_in(self) -> str:
        change = t.watchlist_version.c
        with self._database.reading() as connection:
            return connection.scalar(select(change.file_hash).order_by(change.version.desc()).limit(1)) or ""

    def note_taken_in(self, file_hash: str) -> None:
        version = t.watchlist_version.c.version
        latest = select(func.max(version)).scalar_subquery()
        with self._database.writing("note a list taken in") as connection:
            connection.execute(update(t.watchlist_version).where(version == latest).values(file_hash=file_hash))

    def numbers(self) -> Mapping[str, int]:
        with self._database.reading() as connection:
            return {row.id: row.number for row in connection.execute(select(t.entity.c.id, t.entity.c.number))}


def _current(connection: Connection) -> Watchlist:
    version = connection.scalar(select(func.max(t.watchlist_version.c.version))) or 0
    aliases: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(select(t.alias).order_by(t.alias.c.entity, t.alias.c.position)):
        aliases[row.entity].append(row.name)
    watched = select(t.entity).where(t.entity.c.removed.is_(None)).order_by(t.entity.c.number)
    return Watchlist(version, tuple(_entity(row, aliases[row.number]) for row in connection.execute(watched)))


def _entity(row: Any, aliases: Sequence[str]) -> Entity:
    return Entity(
        id=row.id,
        name=row.name,
        type=EntityType(row.type),
        aliases=tuple(aliases),
        note=row.note,
        sensitive=row.sensitive,
        alert=Alert(row.alert),
        context=Context(**{key: tuple(words) for key, words in row.context.items()}),
    )


def _not_yet_done(change: WatchlistChange, stored: Watchlist) -> WatchlistChange:
    """What is left of a change: all of it, or nothing when it was applied before."""
    now = {entity.id: entity for entity in stored.entities}
    return WatchlistChange(
        added=tuple(entity for entity in change.added if now.get(entity.id) != entity),
        changed=tuple((old, new) for old, new in change.changed if now.get(new.id) != new),
        removed=tuple(entity for entity in change.removed if entity.id in now),
    )


def _names_more(change: WatchlistChange) -> bool:
    """Whether stored articles may name someone who was not found in them: a note changes nothing."""
    matters = [
        (replace(old, note="", sensitive=False), replace(new, note="", sensitive=False)) for old, new in change.changed
    ]
    return bool(change.added) or any(old != new for old, new in matters)


def _version_row(change: WatchlistChange, version: int, source: str, now: datetime) -> t.WatchlistVersionRow:
    return t.WatchlistVersionRow(
        version=version,
        at=now,
        source=source,
        added=[entity.id for entity in change.added],
        changed=[new.id for _, new in change.changed],
        removed=[entity.id for entity in change.removed],
    )


def _put(connection: Connection, entity: Entity) -> None:
    """Stores an entity as it is now; one that was removed before comes back under its old number."""
    context = entity.context
    values: dict[str, Any] = {
        "name": entity.name,
        "type": entity.type,
        "note": entity.note,
        "sensitive": entity.sensitive,
        "alert": entity.alert,
        "context": {
            "support": list(context.support),
            "require": list(context.require),
            "exclude": list(context.exclude),
        },
        "removed": None,
    }
    known = update(t.entity).where(t.entity.c.id == entity.id).values(values).returning(t.entity.c.number)
    number = connection.scalar(known)
    if number is None:
        row = t.EntityRow(id=entity.id, **values)
        number = connection.scalar(insert(t.entity).values(row.values()).returning(t.entity.c.number))
    connection.execute(delete(t.alias).where(t.alias.c.entity == number))
    aliases = [{"entity": number, "position": i, "name": name} for i, name in enumerate(entity.aliases)]
    if aliases:
        connection.execute(insert(t.alias), aliases)
