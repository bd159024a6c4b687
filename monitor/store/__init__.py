"""I/O: the database. The ports of the line on SQLAlchemy, the same on SQLite and on PostgreSQL.

`tables` has the rows, `engine` the transactions and what errors mean, a file each for the roles of `ports.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor.ports import (
    Archive,
    Desk,
    Entries,
    Feeds,
    Fingerprints,
    Outbox,
    People,
    Reading,
    Reviews,
    Revisits,
    Runs,
    Stories,
    Upkeep,
    Watchlists,
)
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
from monitor.store.stories import SqlFingerprints, SqlStories
from monitor.store.upkeep import SqlUpkeep
from monitor.store.watchlists import SqlWatchlists

__all__ = ["Store", "backup", "move", "open_store", "restore"]


@dataclass(frozen=True, slots=True)
class Store:
    """The roles over one database. Every method raises StoreError when the database cannot be used now."""

    database: Database
    revision: str  # of the tables
    feeds: Feeds
    entries: Entries
    revisits: Revisits
    stories: Stories
    reviews: Reviews
    watchlists: Watchlists
    runs: Runs
    reading: Reading
    fingerprints: Fingerprints
    outbox: Outbox
    archive: Archive
    upkeep: Upkeep
    people: People
    desk: Desk

    def close(self) -> None:
        self.database.close()


def open_store(url: str, *, create: bool = True, patience: float = 15.0) -> Store:
    """The store at a `sqlite:///…` or `postgresql+psycopg://…` address, with its tables brought up to date.

    `sqlite://` is one in memory. `create` False: a file that is not there is an error. `patience`: seconds to wait for
    another writer. Raises InputError for an address that cannot be one and for tables of a newer version, StoreError.
    """
    database = open_database(url, create=create, patience=patience)
    try:
        revision = bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return Store(
        database=database,
        revision=revision,
        feeds=SqlFeeds(database),
        entries=SqlEntries(database),
        revisits=SqlRevisits(database),
        stories=SqlStories(database),
        reviews=SqlReviews(database),
        watchlists=SqlWatchlists(database),
        runs=SqlRuns(database),
        reading=SqlReading(database),
        fingerprints=SqlFingerprints(database),
        outbox=SqlOutbox(database),
        archive=SqlArchive(database),
        upkeep=SqlUpkeep(database),
        people=SqlPeople(database),
        desk=SqlDesk(database),
    )
