"""A home with its use cases as methods, as tests call them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

from monitor.app import lists, run_alerts, runs
from monitor.app.archive import Archive
from monitor.app.closed.closed_home import closed_watch, watch_of
from monitor.app.closed.closed_names import Marks
from monitor.app.evidence.pack import item_evidence
from monitor.app.home import open_home
from monitor.app.review import Review
from monitor.app.sources.desk import DeskSources
from monitor.app.upkeep import health
from monitor.app.upkeep.health import metrics_text
from monitor.app.watchlist import WatchlistFile
from monitor.clock import Clock, now_utc
from monitor.config import Settings
from monitor.home import Home
from monitor.ingest.lock import hold_run_lock
from monitor.messages.content.stories.build import Digest
from monitor.messages.publisher import Publisher
from monitor.model import Run, Watchlist, WatchlistChange


class App(Home):
    """A home with the functions of `monitor.app` as methods; the parts of it may be set."""

    __setattr__ = object.__setattr__

    @classmethod
    def open(cls, settings: Settings, clock: Clock = now_utc) -> App:
        home = open_home(settings, clock)
        return cls(home.settings, home.store, home.clock, cache=home.cache)

    def __getattr__(self, name: str) -> Any:  # decide, merge, split, undo and the like
        return getattr(Review(self), name)

    ingest = runs.ingest
    tend_home = runs.tend_home
    send_alerts = run_alerts.send_alerts
    file_unless_running = runs.file_unless_running
    read_links = runs.read_links
    sync_files = lists.sync_files
    run_lock = hold_run_lock
    closed_watch = closed_watch
    evidence = item_evidence
    archive, publisher = property(Archive), property(Publisher)

    @property
    def marks(self) -> Marks:
        return Marks(self.open_watch)

    @property
    def sources(self) -> DeskSources:
        return DeskSources(self.open_watch)

    def runs(self, limit: int) -> Collection[Run]:
        return health.latest_runs(self, limit)

    def feeds(self) -> Any:
        return self.store.feeds.states()

    def health(self) -> Any:
        return health.feed_health(self)

    def metrics(self) -> str:
        return metrics_text(self.store, self.clock())

    def digest(self, day: date | None = None, language: str = "", *, closed: bool = False) -> Digest:
        return self.publisher_of(closed=closed).composer.digest_of_day(day, language)

    def publisher_of(self, *, closed: bool) -> Publisher:
        return Publisher(watch_of(self, closed=closed))

    def send_digest(self, day: date | None = None) -> tuple[int, list[str]]:
        return self.publisher.publish_now(day, hold_run_lock(self))

    def watchlist(self) -> Watchlist:
        return self.store.watchlists.current()

    def entity(self, entity: str) -> Any:
        return self.store.watchlists.get(entity)

    def compiled_watchlist(self) -> Any:
        return lists.compiled_watchlist(self)

    @property
    def watchlist_file(self) -> Any:
        return WatchlistFile(self)

    def import_watchlist(self, path: Path, *, apply: bool) -> WatchlistChange:
        return self.watchlist_file.import_from(path, self.clock(), apply=apply)

    def lessons(self) -> Any:
        return lists.lessons_of(self)
