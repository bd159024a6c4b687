"""The service over one home: `App` has the use cases as methods, and passes each to the module that does it.

Cron, the command line, the web and the worker call it; the pipeline does not know its caller.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import config, review
from monitor.app.clock import Clock, now_utc
from monitor.app.current_watchlist import CurrentWatchlist
from monitor.app.review import ReviewService
from monitor.config import Settings
from monitor.errors import NotFound
from monitor.store import Store, open_store

if TYPE_CHECKING:
    from monitor.app.ingest.run import EventListener, MakeSandbox
    from monitor.app.ingest.service import IngestService
    from monitor.app.ingest.slice_worker import SliceWorker
    from monitor.app.messages.publisher import Publisher
    from monitor.app.watchlist import WatchlistFile
    from monitor.digest import Digest
    from monitor.match import Compiled
    from monitor.model import Entity, Role, Run, Watchlist, WatchlistChange
    from monitor.review.feedback import Lessons


class App(ReviewService):
    """The service over one home folder, for whoever may read its database and so every name in it."""

    def __init__(
        self, settings: Settings, store: Store, clock: Clock = now_utc, make_sandbox: MakeSandbox | None = None
    ) -> None:
        """Store the parts; `make_sandbox()` opens a `Sandbox`, and with a `WatchContext` a `SandboxWithTool`."""
        super().__init__(settings, store, clock, lambda: review.KNOWS_ALL)
        self.store = store
        self.make_sandbox = make_sandbox
        self._watchlist = CurrentWatchlist(store)

    @classmethod
    def open(cls, settings: Settings, clock: Clock = now_utc) -> App:
        """Open the database, created and migrated if needed. Raises InputError, StoreError."""
        settings.require_home()
        if settings.database_file and not settings.database_file.exists():  # faulty files must not leave a new database
            from monitor.config.watchlist import load_watchlist  # late: YAML

            config.load_feeds(settings.feeds)
            load_watchlist(settings.watchlist)
        return cls(settings, open_store(settings.database_url), clock)

    def close(self) -> None:
        self.store.close()

    def seen_by(self, role: Role | None) -> ReviewService:
        """Return the use cases for somebody with this role at the desk; None: somebody who is not signed in."""
        service = ReviewService(self.settings, self.store, self.clock, lambda: self.store.viewer(role))
        service.make_sandbox = self.make_sandbox
        return service

    # ---- runs -------------------------------------------------------------------------------------------------------

    @property
    def ingest_service(self) -> IngestService:
        from monitor.app.ingest.service import IngestService

        return IngestService(self.settings, self.store, self.clock, self._watchlist, self.make_sandbox)

    def run_lock(self) -> AbstractContextManager[bool]:
        """Hold the locks of a run. Raises AlreadyRunning."""
        return self.ingest_service.run_lock.hold()

    def ingest(
        self, *, feed_ids: Collection[str] = (), include_not_due: bool = False, on_event: EventListener = lambda _: None
    ) -> Run:
        """Run one ingest cycle. Raises AlreadyRunning, ClockWentBack, InputError, StoreError."""
        return self.ingest_service.ingest(feed_ids, include_not_due, on_event)

    def read_links(self) -> None:
        """Read the links that users added, beside any run. Raises StoreError, InputError."""
        self.ingest_service.read_links()

    def slice_worker(self) -> SliceWorker:
        """Return a worker of a fleet over this database; it never reads the files of the home."""
        from monitor.app.ingest.slice_worker import SliceWorker

        return SliceWorker(self.settings, self.store, self.clock, self.make_sandbox)

    def tend_home(self) -> list[str]:
        """Do the shared work of a fleet: files, digest, upkeep; return the problems."""
        return self.ingest_service.tend_home()

    def sync_files_unless_running(self) -> None:
        """Store the current files, unless a run holds the lock, which has done so. Raises InputError."""
        from monitor.app.lock import AlreadyRunning

        with suppress(AlreadyRunning), self.run_lock():
            self.sync_files()

    def sync_files(self) -> list[str]:
        """Store the current feeds.yaml and watchlist.yaml; return the problems. Raises InputError."""
        return self.ingest_service.sync_files()

    @property
    def publisher(self) -> Publisher:
        """The messages to recipients; a new one reads recipients.yaml again."""
        from monitor.app.messages.publisher import Publisher

        return Publisher(self.settings, self.store, self.clock)

    # ---- the digest -------------------------------------------------------------------------------------------------

    def send_digest(self, day: date | None = None) -> tuple[int, list[str]]:
        """Mail the due digest, or that of a past day; return the number of mails sent and the problems.

        Raises InputError if mail is not configured, AlreadyRunning.
        """
        return self.publisher.publish_now(day)

    def digest(self, day: date | None = None, language: str = "", *, sensitive: bool = False) -> Digest:
        """Return the digest as `ReviewService.digest` does; without names marked sensitive, unless `sensitive`."""
        return super().digest(day, language) if sensitive else self.seen_by(None).digest(day, language)

    # ---- the watchlist ----------------------------------------------------------------------------------------------

    def watchlist(self) -> Watchlist:
        return self.store.watchlists.current()

    def entity(self, entity: str) -> Entity:
        """Return an entity of the watchlist by id. Raises NotFound."""
        for candidate in self.watchlist().entities:
            if candidate.id == entity:
                return candidate
        raise NotFound(f"no entity {entity!r} on the watchlist; `monitor watchlist list` shows them")

    def compiled_watchlist(self) -> Compiled:
        """Return the list watched today; unchanged entities are not compiled again."""
        return self._watchlist.compiled(self.today())

    @property
    def watchlist_file(self) -> WatchlistFile:
        return self._watchlist.file(self.settings.watchlist)

    def watchlist_notice(self) -> str:
        """Return a sentence if watchlist.yaml differs from the stored list, else an empty string."""
        return self._watchlist.notice(self.settings.watchlist)

    def import_watchlist(self, path: Path, *, apply: bool, author: str = "") -> WatchlistChange:
        """Return the changes that a file makes to the stored list; `apply` saves them, removals too."""
        return self.watchlist_file.import_from(path, self.clock(), apply=apply, author=author)

    def lessons(self) -> Lessons:
        return self._watchlist.lessons()
