"""I/O: the database, by SQLAlchemy, the same on SQLite and on PostgreSQL.

`tables` has the rows, `engine` the transactions and what errors mean; a file each for the roles of `Store`.
"""

from __future__ import annotations

from monitor.store.archive import SqlArchive
from monitor.store.backup import backup, restore
from monitor.store.desk import SqlDesk
from monitor.store.engine import Database, open_database
from monitor.store.entries import SqlEntries
from monitor.store.feeds import SqlFeeds
from monitor.store.migrate import bring_up_to_date
from monitor.store.move import move
from monitor.store.outbox import SqlOutbox
from monitor.store.pages import SqlReading
from monitor.store.people import SqlPeople
from monitor.store.reviews import SqlReviews
from monitor.store.revisits import SqlRevisits
from monitor.store.runs import SqlRuns
from monitor.store.statistics import SqlStatistics
from monitor.store.stories import SqlFingerprints, SqlStories
from monitor.store.upkeep import SqlUpkeep
from monitor.store.watchlists import SqlWatchlists

__all__ = ["Store", "backup", "move", "open_store", "restore"]


class Store:
    """The roles over one database. Every method raises StoreError when the database cannot be used now."""

    def __init__(self, database: Database, revision: str) -> None:
        self.database, self.revision = database, revision  # `revision`: of the tables
        self.feeds = SqlFeeds(database)
        self.entries = SqlEntries(database)
        self.revisits = SqlRevisits(database)
        self.stories = SqlStories(database)
        self.reviews = SqlReviews(database)
        self.watchlists = SqlWatchlists(database)
        self.runs = SqlRuns(database)
        self.reading = SqlReading(database)
        self.fingerprints = SqlFingerprints(database)
        self.outbox = SqlOutbox(database)
        self.archive = SqlArchive(database)
        self.upkeep = SqlUpkeep(database)
        self.people = SqlPeople(database)
        self.desk = SqlDesk(database)
        self.statistics = SqlStatistics(database)

    def close(self) -> None:
        self.database.close()


def open_store(url: str, *, create: bool = True, patience: float = 15.0) -> Store:
    """The store at a `sqlite:///…` or `postgresql+psycopg://…` address, with its tables brought up to date.

    `sqlite://` is one in memory. `create` False: a file that is not there is an error. `patience`: seconds to wait for
    another writer. Raises InputError for an address that cannot be one and for tables of a newer version, StoreError.
    """
    database = open_database(url, create=create, patience=patience)
    try:
        return Store(database, bring_up_to_date(database))
    except BaseException:
        database.close()
        raise
