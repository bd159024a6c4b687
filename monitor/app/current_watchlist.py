"""The watchlist in force as runs and commands use it: compiled for a day, with the lessons from decisions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.app.files import kept_version_notice, keyed_hash_of
from monitor.errors import InputError
from monitor.model import TroubleKind, Watchlist
from monitor.store import Store

if TYPE_CHECKING:
    from monitor.app.watchlist import Marks, WatchlistFile
    from monitor.ingest.tools import RunWatchlist
    from monitor.match import Compiled
    from monitor.review.feedback import Lessons


class CurrentWatchlist:
    """The stored watchlist. It lives as long as the service, so unchanged entities are compiled once."""

    def __init__(
        self,
        store: Store,
        *,
        closed: bool = False,
        newest_article: Callable[[], int] | None = None,
        marks: Marks | None = None,
    ) -> None:
        """Store the parts: the store of one watch, of which articles the closed one asks, and the moves of names."""
        self._store, self._closed, self._newest_article, self._marks = store, closed, newest_article, marks
        self._compiled: Compiled | None = None

    def load(self) -> Watchlist:
        return self._store.watchlists.current()

    def file(self, path: Path) -> WatchlistFile:
        """Return watchlist.yaml beside the stored list."""
        from monitor.app.watchlist import WatchlistFile  # late: YAML

        return WatchlistFile(path, self._store.watchlists, self._closed, self._newest_article, self._marks)

    def take_in(self, path: Path, now: datetime) -> list[str]:
        """Store the changes of the file, as `WatchlistFile.take_in` does; return the problems."""
        # Compared first, without loading YAML: nearly always nothing has changed.
        file_hash, watchlists = keyed_hash_of(path), self._store.watchlists
        if file_hash and file_hash == watchlists.imported_file_hash() and not watchlists.versions_not_in_file():
            return []
        return self.file(path).take_in(now)

    def notice(self, path: Path) -> str:
        """Return a sentence if the file differs from the stored list, else an empty string."""
        synced_hash = self._store.watchlists.imported_file_hash()
        if not synced_hash or keyed_hash_of(path) == synced_hash:
            return ""
        from monitor.config.watchlist import load_watchlist  # late: YAML

        try:
            load_watchlist(path, closed=self._closed)
        except InputError as error:
            return kept_version_notice(error, TroubleKind.WATCHLIST)
        return f"{path.name} has changed since; what follows is of the list in force: `monitor ingest` takes it in"

    def lessons(self) -> Lessons:
        from monitor.review.feedback import learn  # late: only pages and runs ask

        return learn(self._store.reviews.name_judgements())

    def compiled(self, today: date) -> Compiled:
        """Return the list that is watched on a day, compiled."""
        from monitor.match import compile_watchlist  # late: a command that matches nothing does not pay for it

        # The last result is handed in: compiling a list of thousands takes seconds, and an edit changes one name.
        self._compiled = compile_watchlist(self.load().watched_on(today), self._compiled)
        return self._compiled

    def for_run(self, today: date) -> RunWatchlist:
        """Return what a run needs to match with the list of a day."""
        from monitor.ingest.matching import WatchContext
        from monitor.ingest.tools import RunWatchlist

        watchlist = self.load()
        return RunWatchlist(WatchContext(tuple(watchlist.watched_on(today)), self.lessons()), watchlist.version, today)
