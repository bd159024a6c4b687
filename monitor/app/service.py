"""The service over one home: `App` has the use cases as methods, and passes each to the module that does it.

Cron, the command line, the web and the worker call it; the pipeline does not know its caller.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import config
from monitor.app.closed_store import open_closed_store
from monitor.app.current_watchlist import CurrentWatchlist
from monitor.app.marking import Marks
from monitor.app.review import ReviewService
from monitor.clock import Clock, now_utc
from monitor.config import Settings
from monitor.errors import InputError, NotFound
from monitor.store import Store, open_store

if TYPE_CHECKING:
    from monitor.app.closed_watch import ClosedWatch
    from monitor.app.preview.search import StoredArticles
    from monitor.app.runs import IngestService
    from monitor.app.watchlist import WatchlistFile
    from monitor.ingest.run import EventListener
    from monitor.ingest.tools import MakeSandbox
    from monitor.match import Compiled
    from monitor.messages.content import Digest
    from monitor.messages.publisher import Publisher
    from monitor.model import Entity, Run, Watchlist, WatchlistChange
    from monitor.review.feedback import Lessons


class App(ReviewService):
    """The service over one home folder, for whoever may read its databases."""

    is_closed = False  # whether it is over the store of the closed watch

    def __init__(
        self, settings: Settings, store: Store, clock: Clock = now_utc, make_sandbox: MakeSandbox | None = None
    ) -> None:
        """Store the parts; `make_sandbox()` opens a `Sandbox`, and with a `WatchContext` a `SandboxWithTool`."""
        super().__init__(settings, store, clock)
        self.make_sandbox = make_sandbox
        self._watchlist = CurrentWatchlist(store, marks=self.marks)
        self._closed_watch: ClosedWatch | None = None
        self.texts = store  # the store in which new names are looked for

    @classmethod
    def open(cls, settings: Settings, clock: Clock = now_utc) -> App:
        """Open the database, created and migrated if needed. Raises InputError, StoreError."""
        settings.require_home()
        if settings.database_file and not settings.database_file.exists():  # faulty files must not leave a new database
            from monitor.config.watchlist import load_watchlist  # late: YAML

            config.load_feeds(settings.feeds)
            load_watchlist(settings.watchlist)
        app = cls(settings, open_store(settings.database_url), clock)
        app.marks.close_names_of_older_builds()  # before anything is shown
        return app

    def close(self) -> None:
        self.store.close()
        if self._closed_watch:
            self._closed_watch.store.close()

    def closed_watch(self, *, create: bool = False) -> ClosedWatch | None:
        """Return the watch of the closed names, which only the cleared may know of; None if no name was ever closed."""
        if not self._closed_watch and (store := open_closed_store(self.settings, self.store, create=create)):
            from monitor.app.closed_watch import ClosedWatch  # late: the matcher

            self._closed_watch = ClosedWatch(
                self.settings, self.store, store, self.clock, self.make_sandbox, self.marks
            )
        return self._closed_watch

    @property
    def marks(self) -> Marks:
        """The moves of names between the open and the closed watch."""
        return Marks(self.settings, self.store, self.clock, self.closed_watch)

    # ---- runs -------------------------------------------------------------------------------------------------------

    @property
    def ingest_service(self) -> IngestService:
        from monitor.app.runs import IngestService

        return IngestService(
            self.settings, self.store, self.clock, self._watchlist, self.closed_watch, self.make_sandbox
        )

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

    def tend_home(self) -> list[str]:
        """Do the shared work of a fleet: files, digest, upkeep; return the problems."""
        return self.ingest_service.tend_home()

    def sync_files_unless_running(self) -> None:
        """Store the current files, unless a run holds the lock, which has done so. Raises InputError."""
        from monitor.ingest.lock import AlreadyRunning

        with suppress(AlreadyRunning), self.run_lock():
            self.sync_files()

    def sync_files(self) -> list[str]:
        """Store the current feeds.yaml and watchlist.yaml; return the problems. Raises InputError."""
        return self.ingest_service.sync_files()

    @property
    def publisher(self) -> Publisher:
        """The messages to recipients; a new one reads recipients.yaml again."""
        from monitor.messages.publisher import Publisher

        return Publisher(self.settings, self.store, self.clock)

    def publisher_of(self, *, closed: bool) -> Publisher:
        """Return the publisher of the open or of the closed watch. Raises InputError if there is no closed watch."""
        if not closed:
            return self.publisher
        if watch := self.closed_watch():
            return watch.publisher
        raise InputError("there is no closed watch: no name was ever marked `sensitive`")

    # ---- the digest -------------------------------------------------------------------------------------------------

    def send_digest(self, day: date | None = None, *, closed: bool = False) -> tuple[int, list[str]]:
        """Mail the due digest, or that of a past day; return the number of mails sent and the problems.

        Raises InputError if mail is not configured, AlreadyRunning.
        """
        from monitor.ingest.lock import RunLock

        publisher = self.publisher_of(closed=closed)
        return publisher.publish_now(day, RunLock(self.settings.database_file, publisher.store, self.clock).hold())

    def digest(self, day: date | None = None, language: str = "", *, closed: bool = False) -> Digest:
        """Return the digest of a day, of the open or of the closed watch. Raises InputError."""
        return self.publisher_of(closed=closed).digest_of_day(day, language)

    @property
    def searched_articles(self) -> StoredArticles:
        """The stored articles in which the effect of a changed name is looked for."""
        return self.store.archive

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
