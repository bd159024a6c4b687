"""The watchlist in force as runs and commands use it: compiled for a day, with the lessons from decisions."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.model import Watchlist
from monitor.review.feedback import Lessons, learn
from monitor.store import Store

if TYPE_CHECKING:
    from monitor.app.ingest.context import RunWatchlist
    from monitor.app.watchlist import WatchlistFile
    from monitor.match import Compiled


class CurrentWatchlist:
    """The stored watchlist. It lives as long as the service, so unchanged entities are compiled once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._compiled: Compiled | None = None

    def load(self) -> Watchlist:
        return self._store.watchlists.current()

    def file(self, path: Path) -> WatchlistFile:
        """Return watchlist.yaml beside the stored list."""
        from monitor.app.watchlist import WatchlistFile  # late: YAML

        return WatchlistFile(path, self._store.watchlists)

    def lessons(self) -> Lessons:
        return learn(self._store.reviews.name_judgements())

    def compiled(self, today: date) -> Compiled:
        """Return the list that is watched on a day, compiled."""
        from monitor.match import compile_watchlist  # late: a command that matches nothing does not pay for it

        # The last result is handed in: compiling a list of thousands takes seconds, and an edit changes one name.
        self._compiled = compile_watchlist(self.load().watched_on(today), self._compiled)
        return self._compiled

    def for_run(self, watchlist: Watchlist, today: date) -> RunWatchlist:
        """Return what a run needs to match with this list."""
        from monitor.app.ingest.context import RunWatchlist
        from monitor.pipeline import WatchContext

        return RunWatchlist(WatchContext(tuple(watchlist.watched_on(today)), self.lessons()), watchlist.version, today)
