"""I/O: the database, through SQLAlchemy; it behaves the same on SQLite and on PostgreSQL.

`tables` has the rows, `database` the transactions and the meaning of errors. `Store` joins the roles, a file each, in
`line` (the pipeline writes), `desk` (people read and decide) and `ops` (backup, purge, checks).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from monitor.lazy import lazy_face
from monitor.store.database import Database, Queries, open_database
from monitor.store.ops.migrate import bring_up_to_date

if TYPE_CHECKING:
    from monitor.store.desk.cards import SqlCards
    from monitor.store.desk.digest import SqlReading
    from monitor.store.desk.outbox import SqlOutbox
    from monitor.store.desk.queue import SqlQueuePages
    from monitor.store.desk.reviews import SqlReviews
    from monitor.store.desk.statistics import SqlStatistics
    from monitor.store.desk.users import SqlUsers
    from monitor.store.line.additions import SqlAdditions
    from monitor.store.line.archive import SqlArchive
    from monitor.store.line.checks import SqlChecks
    from monitor.store.line.claims import SqlClaims
    from monitor.store.line.copies import SqlCopies
    from monitor.store.line.entries import SqlEntries
    from monitor.store.line.feed_days import SqlFeedDays
    from monitor.store.line.feeds import SqlFeeds
    from monitor.store.line.fingerprints import SqlFingerprints
    from monitor.store.line.hosts import SqlHosts
    from monitor.store.line.ranges import SqlRanges
    from monitor.store.line.rechecks import SqlRechecks
    from monitor.store.line.runs import SqlRuns
    from monitor.store.line.stories import SqlStories
    from monitor.store.line.unread_texts import SqlUnreadTexts
    from monitor.store.line.watchlist import SqlWatchlists
    from monitor.store.ops.backup import (
        AccountCopy,
        accounts_in,
        backup,
        is_our_database,
        require_backup,
        require_pair,
        restore,
        set_aside,
    )
    from monitor.store.ops.fleet import SqlFleet
    from monitor.store.ops.move import move
    from monitor.store.ops.moves import SqlMoves
    from monitor.store.ops.retention import SqlUpkeep
else:
    _BACKUP = "AccountCopy accounts_in backup is_our_database require_backup require_pair restore set_aside"
    __getattr__ = lazy_face(__name__, {"ops.backup": _BACKUP, "ops.move": "move"})

RoleT = TypeVar("RoleT", bound=Queries)

__all__ = [
    "AccountCopy",
    "Store",
    "accounts_in",
    "backup",
    "is_our_database",
    "move",
    "open_store",
    "require_backup",
    "require_pair",
    "restore",
    "set_aside",
]


class _Late(Generic[RoleT]):
    """A role that is imported and made when it is first used: a command needs two or three of them."""

    def __init__(self, place: str) -> None:
        self._module, _, self._class_name = place.rpartition(".")

    def __set_name__(self, owner: type[Store], attribute: str) -> None:
        self._attribute = attribute

    def __get__(self, store: Store, owner: type[Store]) -> RoleT:
        role: RoleT = getattr(import_module(f"{__name__}.{self._module}"), self._class_name)(store.database)
        # One for all threads: from now on this attribute of the store is found before the descriptor.
        return cast(RoleT, store.__dict__.setdefault(self._attribute, role))


class Store:
    """All roles over one database. Every method raises StoreError when the database cannot be used now."""

    feeds: _Late[SqlFeeds] = _Late("line.feeds.SqlFeeds")
    entries: _Late[SqlEntries] = _Late("line.entries.SqlEntries")
    unread_texts: _Late[SqlUnreadTexts] = _Late("line.unread_texts.SqlUnreadTexts")
    copies: _Late[SqlCopies] = _Late("line.copies.SqlCopies")
    additions: _Late[SqlAdditions] = _Late("line.additions.SqlAdditions")
    claims: _Late[SqlClaims] = _Late("line.claims.SqlClaims")
    hosts: _Late[SqlHosts] = _Late("line.hosts.SqlHosts")
    feed_days: _Late[SqlFeedDays] = _Late("line.feed_days.SqlFeedDays")
    revisits: _Late[SqlRechecks] = _Late("line.rechecks.SqlRechecks")
    stories: _Late[SqlStories] = _Late("line.stories.SqlStories")
    queue: _Late[SqlQueuePages] = _Late("desk.queue.SqlQueuePages")
    cards: _Late[SqlCards] = _Late("desk.cards.SqlCards")
    statistics: _Late[SqlStatistics] = _Late("desk.statistics.SqlStatistics")
    reviews: _Late[SqlReviews] = _Late("desk.reviews.SqlReviews")
    watchlists: _Late[SqlWatchlists] = _Late("line.watchlist.SqlWatchlists")
    runs: _Late[SqlRuns] = _Late("line.runs.SqlRuns")
    reading: _Late[SqlReading] = _Late("desk.digest.SqlReading")
    fingerprints: _Late[SqlFingerprints] = _Late("line.fingerprints.SqlFingerprints")
    outbox: _Late[SqlOutbox] = _Late("desk.outbox.SqlOutbox")
    archive: _Late[SqlArchive] = _Late("line.archive.SqlArchive")
    ranges: _Late[SqlRanges] = _Late("line.ranges.SqlRanges")
    moves: _Late[SqlMoves] = _Late("ops.moves.SqlMoves")
    upkeep: _Late[SqlUpkeep] = _Late("ops.retention.SqlUpkeep")
    checks: _Late[SqlChecks] = _Late("line.checks.SqlChecks")
    people: _Late[SqlUsers] = _Late("desk.users.SqlUsers")
    fleet: _Late[SqlFleet] = _Late("ops.fleet.SqlFleet")

    def __init__(self, database: Database, revision: str) -> None:
        self.database, self.revision = database, revision  # the Alembic revision of the tables

    def close(self) -> None:
        """Close all connections."""
        self.database.close()


def open_store(url: str, *, create: bool = True, patience: float = 15.0, schema: str = "") -> Store:
    """Open the store at a `sqlite:///…` or `postgresql+psycopg://…` URL, and migrate its tables.

    `sqlite://` is a database in memory. Unless `create`, a missing file is an error. `patience` is the number of
    seconds to wait for another writer; `schema` holds the tables on PostgreSQL. Raises InputError for a bad URL and for
    tables of a newer version of monitor, StoreError when the database cannot be used.
    """
    database = open_database(url, create=create, patience=patience, schema=schema)
    try:
        return Store(database, bring_up_to_date(database))
    except BaseException:
        database.close()
        raise
