"""I/O: the database. The treatment of articles that are older than a save of the watchlist, in a pending rescan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from monitor.model import Entity, OlderArticles, PendingRescan
from monitor.model.watchlist import is_matched_alike
from monitor.store import tables as t
from monitor.store.types import adapter, is_one_of

_Use = tuple[str, int]  # the use of older articles, and the highest number of an older article

_version, _edit = t.watchlist_version.c, t.entity_version.c


def pending_rescan(connection: Connection) -> PendingRescan | None:
    """Return the entities to rescan the archive for, and how far the rescan is; None if nothing is left to do."""
    rows = connection.execute(select(t.watchlist_version).where(_version.to_look_through.is_not(None))).all()
    if not rows:
        return None
    uses: dict[str, list[_Use]] = defaultdict(list)
    returning: set[str] = set()
    for row in rows:
        names = row.added + row.changed
        if row.undoes is not None:
            returning.update(names)
            continue
        for name in names:
            uses[name].append((row.older_articles, row.older_up_to))
    for name, use in _uses_when_saved(connection, returning).items():
        uses[name].append(use)
    counted: dict[str, int] = {}
    skipped: dict[str, int] = {}
    for name, uses_of_name in uses.items():
        kinds = {OlderArticles(kind) for kind, _ in uses_of_name}
        # A name that one version wants in the queue is not merely counted, whatever another version says.
        if OlderArticles.QUEUE not in kinds:
            limited = counted if OlderArticles.COUNTED in kinds else skipped
            limited[name] = min(up_to for _, up_to in uses_of_name)
    return PendingRescan(frozenset(uses.keys() | returning), max(row.to_look_through for row in rows), counted, skipped)


def _uses_when_saved(connection: Connection, entities: Collection[str]) -> Mapping[str, _Use]:
    """Return the use of older articles that each entity had in its last save by which it finds more.

    An undo has no such choice: it brings back the former state.
    """
    query = (
        select(_edit.entity, _edit.before, _edit.after, _version.older_articles, _version.older_up_to)
        .join(t.watchlist_version, _version.version == _edit.version)
        .where(_version.undoes.is_(None), _edit.after.is_not(None))
        .order_by(_version.version)
    )
    # An entity that was purged meanwhile has no row.
    ids = dict(connection.execute(select(t.entity.c.number, t.entity.c.id).where(t.entity.c.id.in_(entities))).all())
    uses: dict[str, _Use] = {}
    for row in connection.execute(query.where(is_one_of(_edit.entity, ids))):
        old, new = (state and adapter(Entity).validate_python(state) for state in (row.before, row.after))
        if old is None or not is_matched_alike(old, new):
            uses[ids[row.entity]] = (row.older_articles, row.older_up_to)
    return uses
