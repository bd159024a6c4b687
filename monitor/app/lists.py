"""feeds.yaml and watchlist.yaml of a home, taken into its databases."""

from __future__ import annotations

from contextlib import suppress

from monitor.app.closed.closed_home import closed_watch
from monitor.app.current_watchlist import take_in_watchlist
from monitor.app.files import sync_feeds
from monitor.errors import InputError, StoreError
from monitor.home import Home
from monitor.ingest.lock import AlreadyRunning, hold_run_lock


def sync_files(home: Home) -> list[str]:
    """Store the current feeds.yaml and watchlist.yaml; return the problems, one sentence each.

    If a file does not load, the last good version stays in force. Raises InputError if there never was one.
    """
    now, file = home.clock(), home.settings.watchlist
    problems = [*sync_feeds(home.settings.feeds, home.store, now), *take_in_watchlist(home)]
    # The word, or how it is misspelt, is in every list with a closed name: others need not be read for it.
    with suppress(StoreError, InputError):  # a damaged closed store must not stop the open watch
        if closed := closed_watch(home, create=file.exists() and b"sens" in file.read_bytes()):
            take_in_closed_names(closed)  # its problems are told where the closed watch is shown
    return problems


def sync_files_unless_running(home: Home) -> None:
    """Store the current files, unless a run holds the lock, which has done so. Raises InputError."""
    with suppress(AlreadyRunning), hold_run_lock(home):
        sync_files(home)


def take_in_closed_names(closed: Home) -> list[str]:
    """Store the changes of the closed entries of watchlist.yaml; return the problems, which quote them."""
    try:
        return take_in_watchlist(closed)
    except InputError as error:  # there never was a good list: the open watch must not stop for it
        return [str(error).splitlines()[0]]
