"""Opening a home."""

from __future__ import annotations

from monitor.app.closed.closed_names import Marks
from monitor.clock import Clock, now_utc
from monitor.config.feeds import load_feeds
from monitor.config.settings import Settings
from monitor.config.watchlist import load_watchlist
from monitor.home import Home
from monitor.store import open_store


def open_home(settings: Settings, clock: Clock = now_utc) -> Home:
    """Open the database, created and migrated if needed. Raises InputError, StoreError."""
    settings.require_home()
    if settings.database_file and not settings.database_file.exists():  # faulty files must not leave a new database
        load_feeds(settings.feeds)
        load_watchlist(settings.watchlist)
    home = Home(settings, open_store(settings.database_url), clock)
    Marks(home).close_names_of_older_builds()  # before anything is shown
    return home
