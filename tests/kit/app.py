"""A home with its use cases as methods, as tests call them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import IO, Any

from monitor.app import current_watchlist, digests, lists, runs
from monitor.app.archive import Archive
from monitor.app.closed.closed_home import closed_watch
from monitor.app.closed.marking import Marks
from monitor.app.evidence.pack import item_evidence
from monitor.app.home import open_home
from monitor.app.review import Review
from monitor.app.sources.desk import DeskSources
from monitor.app.upkeep import health
from monitor.app.upkeep.metrics import metrics_text
from monitor.clock import Clock, now_utc
from monitor.config import Settings
from monitor.home import Home
from monitor.ingest.lock import hold_run_lock
from monitor.messages.content.build import Digest
from monitor.messages.publisher import Publisher
from monitor.model import ReviewItem, Run, Watchlist, WatchlistChange


class App(Home):
    """A home with its use cases as methods; the parts of it may be set."""

    __setattr__ = object.__setattr__

    @classmethod
    def open(cls, settings: Settings, clock: Clock = now_utc) -> App:
        home = open_home(settings, clock)
        return cls(home.settings, home.store, home.clock, cache=home.cache)

    def __getattr__(self, name: str) -> Any:  # decide, merge, split, undo and the like
        return getattr(Review(self), name)

    def ingest(self, **choice: Any) -> Run:
        return runs.ingest(self, **choice)

    def tend_home(self) -> list[str]:
        return runs.tend_home(self)

    def send_alerts(self) -> list[str]:
        return runs.send_alerts(self)

    def file_unless_running(self) -> None:
        runs.file_unless_running(self)

    def read_links(self) -> None:
        runs.read_links(self)

    def sync_files(self) -> list[str]:
        return lists.sync_files(self)

    def run_lock(self) -> AbstractContextManager[bool]:
        return hold_run_lock(self)

    def runs(self, limit: int) -> Collection[Run]:
        return health.latest_runs(self, limit)

    def feeds(self) -> Any:
        return self.store.feeds.states()

    def health(self) -> Any:
        return health.feed_health(self)

    def metrics(self) -> str:
        return metrics_text(self.store, self.clock())

    def closed_watch(self, *, create: bool = False) -> Home | None:
        return closed_watch(self, create=create)

    def evidence(self, item: ReviewItem) -> IO[bytes]:
        return item_evidence(self, item)

    @property
    def marks(self) -> Marks:
        return Marks(self.open_watch)

    @property
    def archive(self) -> Archive:
        return Archive(self)

    @property
    def sources(self) -> DeskSources:
        return DeskSources(self.open_watch)

    @property
    def publisher(self) -> Publisher:
        return Publisher(self)

    def publisher_of(self, *, closed: bool) -> Publisher:
        return digests.publisher_of(self, closed=closed)

    def send_digest(self, *day: date) -> tuple[int, list[str]]:
        return digests.send_digest(self, *day)

    def digest(self, day: date | None = None, language: str = "", *, closed: bool = False) -> Digest:
        return digests.publisher_of(self, closed=closed).composer.digest_of_day(day, language)

    def watchlist(self) -> Watchlist:
        return self.store.watchlists.current()

    def entity(self, entity: str) -> Any:
        return current_watchlist.find_entity(self, entity)

    def compiled_watchlist(self) -> Any:
        return current_watchlist.compiled_watchlist(self)

    @property
    def watchlist_file(self) -> Any:
        return current_watchlist.watchlist_file(self)

    def import_watchlist(self, path: Path, *, apply: bool, author: str = "") -> WatchlistChange:
        return self.watchlist_file.import_from(path, self.clock(), apply=apply, author=author)

    def lessons(self) -> Any:
        return current_watchlist.lessons_of(self)
