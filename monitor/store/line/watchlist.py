"""I/O: the database. The watchlist: who is watched now, and every change of that."""

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
    def current(self) -> Watchlist:
        with self._database.reading() as connection:
            return _current(connection)

    def apply(self, change: WatchlistChange, source: str, now: datetime) -> Watchlist:
        """Store a change as a new version of the list, and where it is from; an empty change stores nothing."""
        try:
            with self._database.writing("change the watchlist") as connection:
                before = _current(connection)
                left = _not_yet_done(change, before)
                if not left:
                    return before
                row = _version_row(left, before.version + 1, source, now)
                if _names_more(left):
                    row["to_look_through"] = connection.scalar(select(func.max(t.article.c.id)))
                connection.execute(insert(t.watchlist_version).values(row))
                for entity in (*left.added, *(new for _, new in left.changed)):
                    _put(connection, entity)
                gone = t.entity.c.id.in_([entity.id for entity in left.removed])
                connection.execute(update(t.entity).where(gone).values(removed=now))
                return _current(connection)
        except IntegrityError as error:  # two changes at once, on PostgreSQL: both would have made the same version
            raise ChangedMeanwhile("the watchlist was changed by somebody else just now; try again") from error

    def taken_in(self) -> str:
        """The hash of the file that the list in force was last taken in from; empty when it is from elsewhere."""
        change = t.watchlist_version.c
        return self._value(select(change.file_hash).order_by(change.version.desc()).limit(1)) or ""

    def note_taken_in(self, file_hash: str) -> None:
        """The list in force holds all of this file."""
        version = t.watchlist_version.c.version
        latest = select(func.max(version)).scalar_subquery()
        this = update(t.watchlist_version).where(version == latest).values(file_hash=file_hash)
        self._change("note a list taken in", this)

    def known(self, entity: str) -> tuple[Entity, Collection[str]]:
        """An entity of the list, or one that was once, and the words it was found as. Raises NotFound."""
        with self._database.reading() as connection:
            row = connection.execute(select(t.entity).where(t.entity.c.id == entity)).first()
            if row is None:
                raise NotFound(f"no entity {entity!r} on the watchlist; `monitor watchlist list` shows them")
            names = select(t.alias.c.name).where(t.alias.c.entity == row.number).order_by(t.alias.c.position)
            found = select(t.mention.c.text).join(t.hit).where(t.hit.c.entity == row.number).distinct()
            return shaped(Entity, row, aliases=connection.scalars(names).all()), connection.scalars(found).all()

    def numbers(self) -> Mapping[str, int]:
        """Entity id -> its opaque number, for logs and addresses."""
        return {row.id: row.number for row in self._rows(select(t.entity.c.id, t.entity.c.number))}


def _current(connection: Connection) -> Watchlist:
    version = connection.scalar(select(func.max(t.watchlist_version.c.version))) or 0
    aliases: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(select(t.alias).order_by(t.alias.c.entity, t.alias.c.position)):
        aliases[row.entity].append(row.name)
    watched = select(t.entity).where(t.entity.c.removed.is_(None)).order_by(t.entity.c.number)
    rows = connection.execute(watched)
    return Watchlist(version, tuple(shaped(Entity, row, aliases=aliases[row.number]) for row in rows))


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


def _version_row(change: WatchlistChange, version: int, source: str, now: datetime) -> dict[str, Any]:
    kinds = {"added": change.added, "changed": [new for _, new in change.changed], "removed": change.removed}
    ids = {kind: [entity.id for entity in entities] for kind, entities in kinds.items()}
    return {"version": version, "at": now, "source": source} | ids


def _put(connection: Connection, entity: Entity) -> None:
    """Stores an entity as it is now; one that was removed before comes back under its old number."""
    values = row_of(t.entity, entity, context=asdict(entity.context), removed=None)
    known = update(t.entity).where(t.entity.c.id == entity.id).values(values).returning(t.entity.c.number)
    number = connection.scalar(known)
    if number is None:
        number = connection.scalar(insert(t.entity).values(values).returning(t.entity.c.number))
    connection.execute(delete(t.alias).where(t.alias.c.entity == number))
    aliases = [{"entity": number, "position": i, "name": name} for i, name in enumerate(entity.aliases)]
    if aliases:
        connection.execute(insert(t.alias), aliases)
