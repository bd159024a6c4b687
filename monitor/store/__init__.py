"""I/O: the database, through SQLAlchemy; it behaves the same on SQLite and on PostgreSQL.

`tables` has the rows, `database` the transactions and the meaning of errors. `Store` joins the roles, a file each, in
`line` (the pipeline writes), `desk` (people read and decide) and `ops` (backup, purge, checks). People read through
`Store.desk`, which is opened for one viewer.
"""

from __future__ import annotations

from monitor.model import Role
from monitor.review.visibility import KNOWS_ALL, Viewer, may_know_all
from monitor.store.database import Database, open_database
from monitor.store.desk.cards import SqlCards
from monitor.store.desk.digest import SqlReading
from monitor.store.desk.outbox import SqlOutbox
from monitor.store.desk.queue import QueueCaches, SqlQueuePages
from monitor.store.desk.reviews import SqlReviews
from monitor.store.desk.statistics import SqlStatistics
from monitor.store.desk.users import SqlUsers
from monitor.store.line.additions import SqlAdditions
from monitor.store.line.archive import SqlArchive
from monitor.store.line.claims import SqlClaims
from monitor.store.line.entries import SqlEntries
from monitor.store.line.feeds import SqlFeeds
from monitor.store.line.fingerprints import SqlFingerprints
from monitor.store.line.hosts import SqlHosts
from monitor.store.line.ranges import SqlRanges
from monitor.store.line.rechecks import SqlRechecks
from monitor.store.line.runs import SqlRuns
from monitor.store.line.stories import SqlStories
from monitor.store.line.watchlist import SqlWatchlists
from monitor.store.ops.backup import backup, restore
from monitor.store.ops.fleet import SqlFleet
from monitor.store.ops.migrate import bring_up_to_date
from monitor.store.ops.move import move
from monitor.store.ops.retention import SqlUpkeep
from monitor.store.sql.items import sensitive_entities

__all__ = ["Desk", "Store", "backup", "move", "open_store", "restore"]


class Desk:
    """The roles that one viewer reads through: nothing of them tells of a name that is hidden from that viewer."""

    def __init__(self, database: Database, viewer: Viewer, caches: QueueCaches) -> None:
        self.queue = SqlQueuePages(database, viewer, caches)
        self.cards = SqlCards(database, viewer, caches)
        self.statistics = SqlStatistics(database, viewer, caches)


class Store:
    """All roles over one database. Every method raises StoreError when the database cannot be used now."""

    def __init__(self, database: Database, revision: str) -> None:
        self.database, self.revision = database, revision  # the Alembic revision of the tables
        self.feeds = SqlFeeds(database)
        self.entries = SqlEntries(database)
        self.additions = SqlAdditions(database)
        self.claims = SqlClaims(database)
        self.hosts = SqlHosts(database)
        self.revisits = SqlRechecks(database)
        self.stories = SqlStories(database)
        self.reviews = SqlReviews(database)
        self.watchlists = SqlWatchlists(database)
        self.runs = SqlRuns(database)
        self.reading = SqlReading(database)
        self.fingerprints = SqlFingerprints(database)
        self.outbox = SqlOutbox(database)
        self.archive = SqlArchive(database)
        self.ranges = SqlRanges(database)
        self.upkeep = SqlUpkeep(database)
        self.people = SqlUsers(database)
        self.fleet = SqlFleet(database, self.claims)
        self._queue_caches = QueueCaches()

    def viewer(self, role: Role | None) -> Viewer:
        """Return the viewer with this role at the desk; None: somebody who is not signed in."""
        if may_know_all(role):
            return KNOWS_ALL
        with self.database.reading() as connection:
            return Viewer.without(sensitive_entities(connection))

    def desk(self, viewer: Viewer) -> Desk:
        """Open the roles that this viewer reads through."""
        return Desk(self.database, viewer, self._queue_caches)

    def close(self) -> None:
        """Close all connections."""
        self.database.close()


def open_store(url: str, *, create: bool = True, patience: float = 15.0) -> Store:
    """Open the store at a `sqlite:///…` or `postgresql+psycopg://…` URL, and migrate its tables.

    `sqlite://` is a database in memory. Unless `create`, a missing file is an error. `patience` is the number of
    seconds to wait for another writer. Raises InputError for a bad URL and for tables of a newer version of monitor,
    StoreError when the database cannot be used.
    """
    database = open_database(url, create=create, patience=patience)
    try:
        return Store(database, bring_up_to_date(database))
    except BaseException:
        database.close()
        raise
