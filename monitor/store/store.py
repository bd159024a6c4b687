"""I/O: all roles of the database, a file each."""

from __future__ import annotations

from monitor.store.database import Database, open_database
from monitor.store.desk.cards import SqlCards
from monitor.store.desk.digest import SqlReading
from monitor.store.desk.outbox import SqlOutbox
from monitor.store.desk.press import SqlPress
from monitor.store.desk.queue import SqlQueuePages
from monitor.store.desk.reviews import SqlReviews
from monitor.store.desk.statistics import SqlStatistics
from monitor.store.desk.users import SqlUsers
from monitor.store.desk.watchlist import SqlWatchlists
from monitor.store.line.additions import SqlAdditions
from monitor.store.line.archive import SqlArchive
from monitor.store.line.checks import SqlChecks
from monitor.store.line.claims import SqlClaims, SqlHosts, SqlRanges
from monitor.store.line.copies import SqlCopies
from monitor.store.line.entries import SqlEntries
from monitor.store.line.feeds import SqlFeeds
from monitor.store.line.new_entries import SqlFeedDays
from monitor.store.line.rechecks import SqlRechecks
from monitor.store.line.runs import SqlRuns
from monitor.store.line.stories import SqlStories
from monitor.store.line.unread_texts import SqlUnreadTexts
from monitor.store.ops.fleet import SqlFleet
from monitor.store.ops.migrate import bring_up_to_date
from monitor.store.ops.moves import SqlMoves
from monitor.store.ops.retention import SqlUpkeep
from monitor.store.seals import SqlSeals


class Store:
    """All roles over one database. Every method raises StoreError when the database cannot be used now."""

    def __init__(self, database: Database, revision: str) -> None:
        self.database, self.revision = database, revision  # the Alembic revision of the tables
        self.feeds = SqlFeeds(database)
        self.entries = SqlEntries(database)
        self.unread_texts = SqlUnreadTexts(database)
        self.copies = SqlCopies(database)
        self.additions = SqlAdditions(database)
        self.claims = SqlClaims(database)
        self.hosts = SqlHosts(database)
        self.feed_days = SqlFeedDays(database)
        self.revisits = SqlRechecks(database)
        self.stories = SqlStories(database)
        self.queue = SqlQueuePages(database)
        self.cards = SqlCards(database)
        self.press = SqlPress(database)
        self.statistics = SqlStatistics(database)
        self.reviews = SqlReviews(database)
        self.watchlists = SqlWatchlists(database)
        self.runs = SqlRuns(database)
        self.seals = SqlSeals(database)
        self.reading = SqlReading(database)
        self.outbox = SqlOutbox(database)
        self.archive = SqlArchive(database)
        self.ranges = SqlRanges(database)
        self.moves = SqlMoves(database)
        self.upkeep = SqlUpkeep(database)
        self.checks = SqlChecks(database)
        self.people = SqlUsers(database)
        self.fleet = SqlFleet(database)

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
