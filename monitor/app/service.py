"""The service over one home: every use case is a method of `App`.

Cron, the command line, the web and the worker call it; the pipeline does not know its caller.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.app.clock import Clock, now_utc
from monitor.app.disk import disk_warnings
from monitor.app.files import sync_feeds, unfindable_names_problems
from monitor.app.lock import AlreadyRunning, file_run_lock
from monitor.app.messages.channels import channel_settings
from monitor.app.messages.meanwhile import alerts_meanwhile
from monitor.app.messages.publisher import Publisher
from monitor.app.review import ReviewService
from monitor.config import Settings
from monitor.errors import InputError, MonitorError, NotFound
from monitor.model import (
    Entity,
    NameJudgement,
    Role,
    Run,
    Watchlist,
    WatchlistChange,
    Window,
)
from monitor.review.feedback import Lessons, learn
from monitor.review.visibility import KNOWS_ALL
from monitor.store import Store, move, open_store, restore

if TYPE_CHECKING:
    from monitor.app.ingest.run import EventListener
    from monitor.app.watchlist import WatchlistFile
    from monitor.digest import Digest
    from monitor.match import Compiled

CLOCK_TOLERANCE = timedelta(hours=1)
CLOCK_WENT_BACK = (
    "the clock is behind what is stored by more than an hour: nothing is read for an hour, in case it is wrong; "
    "set it if it is"
)
STUCK_AFTER = timedelta(hours=2)
UNMATCHED_RETENTION = timedelta(days=90)
TEXTS_INDEXED_PER_RUN, TEXTS_PER_BATCH = 5_000, 250  # about ten seconds
TEXTS_DROPPED_PER_RUN = 2_000  # so that the first run after a long pause is not held up


class ClockWentBack(MonitorError):
    """The clock is behind the times that the database holds."""

    exit_code = 75


class App(ReviewService):
    """The service over one home folder, for whoever may read its database and so every name in it."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock = now_utc,
        make_sandbox: Callable[..., AbstractAsyncContextManager[Any]] | None = None,
    ) -> None:
        """Store the parts; `make_sandbox()` opens a `Sandbox`, and with a `WatchContext` a `SandboxWithTool`."""
        super().__init__(settings, store, clock, lambda: KNOWS_ALL)
        self.store = store
        self._make_sandbox = make_sandbox
        self._compiled: Compiled | None = None  # unchanged entities are not compiled again

    @classmethod
    def open(cls, settings: Settings, clock: Clock = now_utc) -> App:
        """Open the database, created and migrated if needed. Raises InputError, StoreError."""
        settings.require_home()
        if settings.database_file and not settings.database_file.exists():  # faulty files must not leave a new database
            from monitor.config import load_feeds
            from monitor.config.watchlist import load_watchlist

            load_feeds(settings.feeds)
            load_watchlist(settings.watchlist)
        return cls(settings, open_store(settings.database_url), clock)

    def close(self) -> None:
        self.store.close()

    # ---- daily work -------------------------------------------------------------------------------------------------

    def ingest(
        self, *, feed_ids: Collection[str] = (), include_not_due: bool = False, on_event: EventListener = lambda _: None
    ) -> Run:
        """Run one ingest cycle: read the files, mail the due digest, visit feeds, match and store.

        Raises AlreadyRunning, InputError (files, an unknown feed), StoreError. The order matters: the clock is checked
        before times are compared; the due digest is mailed before the visits, which may take long.
        """
        with self._run_lock() as has_file_lock:
            self._check_clock()
            problems = self.sync_files()
            stored_list = self.store.watchlists.current()
            problems += unfindable_names_problems(stored_list.entities)
            self._require_known_feeds(feed_ids)
            # Stored before the mail is written, since the due digest reports problems of the files.
            stored_run = self.store.runs.save(Run(started=self.clock(), problems=tuple(problems)))
            # With the lock of an SQLite file nobody else can hold a claim; on PostgreSQL claims expire instead.
            if has_file_lock:
                self.store.entries.release()  # claims of a run that died
            run = asyncio.run(self._mail_and_read(stored_list, feed_ids, include_not_due, on_event))
            if has_file_lock:
                self.store.entries.release()  # claims that this run had no time for
            self.store.reviews.reopen_due(self.clock())
            self.store.reviews.expire(self.clock())
            self._drop_old_texts()
            self._index_texts()
            problems += [*run.problems, *disk_warnings(self.settings)]
            return self.store.runs.save(replace(run, id=stored_run.id, problems=tuple(problems)))

    async def _mail_and_read(
        self, stored_list: Watchlist, feed_ids: Collection[str], include_not_due: bool, on_event: EventListener
    ) -> Run:
        problems = await self.publisher.publish()
        if not (feed_ids or include_not_due or self.settings.ping_url or self._has_work()):
            return Run(started=self.clock(), ended=self.clock(), problems=tuple(problems))
        # Imported late, as in the methods below: most commands, and a run with nothing to do, need none of it.
        from monitor.app.ingest.run import Reading
        from monitor.match import compile_watchlist

        today = self.today()
        self._compiled = compile_watchlist(stored_list.watched_on(today), self._compiled)
        reading = Reading(
            self.settings,
            self.store,
            self.clock,
            self._compiled,
            self.lessons(),
            stored_list.version,
            today,
            self._make_sandbox,
        )
        with alerts_meanwhile(lambda: self.publisher) as alert_problems:
            run = await reading.run(feed_ids, include_not_due, on_event)
        alert_problems += await self.publisher.publish(only_alerts=True)
        problems += [problem for problem in dict.fromkeys(alert_problems) if problem not in problems]
        return replace(run, problems=(*problems, *run.problems))

    def _has_work(self) -> bool:
        """Return True if a feed, page or recheck is due, or a rescan or filing is unfinished."""
        store, now = self.store, self.clock()
        return bool(
            store.feeds.any_due(now)
            or store.entries.pending_by_feed(now)
            or store.revisits.any_due(now)
            or store.archive.pending_rescan()
            or store.stories.awaiting_filing()
        )

    def send_digest(self, day: date | None = None) -> tuple[int, list[str]]:
        """Mail the due digest, or that of a past day, and all pending mail; each mail is sent once.

        Returns the number of mails sent and the problems. Raises InputError if mail is not configured.
        """
        publisher = self.publisher
        if not publisher.is_configured:
            needed = "; or ".join(channel.needed for channel in channel_settings(self.settings))
            raise InputError("; ".join(publisher.problems()) or f"no digest goes out: set {needed}")
        with self._run_lock():  # else an item could be filed while the window is written
            window = publisher.due_window() if day is None else publisher.window_of_day(day)
            if window and window.until > self.clock():
                raise InputError(f"the digest of {day} is not complete before its hour; name an earlier day")
            if window and publisher.ordinary_recipients:
                publisher.store_mailing(window)
            problems = publisher.store_listed()
            sent, send_problems = asyncio.run(publisher.send())
            return sent, problems + send_problems

    @property
    def publisher(self) -> Publisher:
        """The messages to recipients; a new one reads recipients.yaml again."""
        return Publisher(self.settings, self.store, self.clock)

    def file_unless_running(self) -> None:
        """File pending articles, unless a run holds the lock: that run or the next one files them."""
        from monitor.app.ingest.filing import file_pending_articles
        from monitor.pipeline import LinePolicy

        try:
            with self._run_lock():
                for _ in file_pending_articles(self.store.stories, LinePolicy(), self.clock):
                    pass
        except AlreadyRunning:
            return

    def _check_clock(self) -> None:
        """Repair times in the database that lie in the future.

        If they are over an hour ahead, it may be this clock that is wrong: raises ClockWentBack until runs have been
        made for an hour by the earlier time.
        """
        now = self.clock()
        if self.store.upkeep.has_future_times(now + CLOCK_TOLERANCE):
            since = self.store.runs.first_after_clock_setback(now + CLOCK_TOLERANCE)
            if since is None:
                # This empty run marks the start of the hour.
                self.store.runs.save(Run(started=now, ended=now))
            if since is None or now - since < CLOCK_TOLERANCE:
                raise ClockWentBack(CLOCK_WENT_BACK)
        self.store.upkeep.repair_future_times(now)

    def _drop_old_texts(self) -> None:
        """Drop old texts of articles without a match.

        Skipped unless a run was made between one and eight days ago: the clock may be wrong, and dropping is final.
        """
        now = self.clock()
        if self.store.runs.any_started(Window(now - timedelta(days=8), now - timedelta(days=1))):
            self.store.upkeep.drop_texts(now - UNMATCHED_RETENTION, now, TEXTS_DROPPED_PER_RUN)

    def _index_texts(self) -> None:
        """Index the words of stored texts, so that a preview need not read them; an old archive takes several runs."""
        for _ in range(TEXTS_INDEXED_PER_RUN // TEXTS_PER_BATCH):
            if self.store.archive.index_texts(TEXTS_PER_BATCH) < TEXTS_PER_BATCH:
                return

    def sync_files(self) -> list[str]:
        """Store the current feeds.yaml and watchlist.yaml; return the problems, one sentence each.

        If a file does not load, the last good version stays in force. Raises InputError if there never was one.
        """
        now = self.clock()
        return [
            *sync_feeds(self.settings.feeds, self.store.feeds, now),
            *self.watchlist_file.take_in(now),
        ]

    def digest(self, day: date | None = None, language: str = "", *, sensitive: bool = False) -> Digest:
        """Return the digest as `ReviewService.digest` does; without names marked sensitive, unless `sensitive`."""
        return super().digest(day, language) if sensitive else self.seen_by(None).digest(day, language)

    def seen_by(self, role: Role | None) -> ReviewService:
        """Return the use cases for somebody with this role at the desk; None: somebody who is not signed in."""
        return ReviewService(self.settings, self.store, self.clock, lambda: self.store.viewer(role))

    # ---- backups ----------------------------------------------------------------------------------------------------

    @classmethod
    def restore(cls, settings: Settings, file: Path, clock: Clock = now_utc) -> Path | None:
        """Replace the database by a backup; return the path of the previous one, if there was one.

        Raises InputError, StoreError, AlreadyRunning.
        """
        settings.require_home()
        database = settings.database_file
        previous = Path(f"{database}.before-{clock():%Y%m%d-%H%M%S}")
        # Without a message about a stuck run: the database with the runs may be the broken one.
        with file_run_lock(database, lambda: ""):
            restore(settings.database_url, file, previous)
        return previous if previous.exists() else None

    def move(self, url: str) -> int:
        """Copy everything into an empty database at this URL; return the number of rows.

        Holds the run lock: rows stored during the copy would be lost. Raises InputError, StoreError, AlreadyRunning.
        """
        # A relative path starts at the home folder, as in the settings.
        if (path := url.removeprefix("sqlite:///")) != url:
            url = f"sqlite:///{self.settings.home / path}"
        with self._run_lock(), closing(open_store(url)) as target:
            return move(self.store.database, target.database)

    # ---- the watchlist and the feeds --------------------------------------------------------------------------------

    def watchlist(self) -> Watchlist:
        return self.store.watchlists.current()

    def watchlist_notice(self) -> str:
        """Return a sentence if watchlist.yaml differs from the stored list, else an empty string."""
        return self.watchlist_file.notice()

    def compiled_watchlist(self) -> Compiled:
        """Return the list watched today; unchanged entities are not compiled again."""
        from monitor.match import compile_watchlist

        self._compiled = compile_watchlist(self.store.watchlists.current().watched_on(self.today()), self._compiled)
        return self._compiled

    @property
    def watchlist_file(self) -> WatchlistFile:
        from monitor.app.watchlist import WatchlistFile

        return WatchlistFile(self.settings.watchlist, self.store.watchlists)

    def import_watchlist(self, path: Path, *, apply: bool, author: str = "") -> WatchlistChange:
        """Return the changes that a file makes to the stored list; `apply` saves them, removals too."""
        from monitor.config.watchlist import difference, load_watchlist

        change = difference(self.store.watchlists.current().entities, load_watchlist(path))
        if apply and change:
            self.watchlist_file.save(change, self.clock(), source=path.name, author=author)
        return change

    def entity(self, entity: str) -> Entity:
        for candidate in self.store.watchlists.current().entities:
            if candidate.id == entity:
                return candidate
        raise NotFound(f"no entity {entity!r} on the watchlist; `monitor watchlist list` shows them")

    def name_judgements(self) -> Sequence[NameJudgement]:
        """Return the users' judgements of matched names, the input of `lessons`."""
        return self.store.reviews.name_judgements()

    def lessons(self) -> Lessons:
        return learn(self.name_judgements())

    # ---- private ----------------------------------------------------------------------------------------------------

    def _require_known_feeds(self, feed_ids: Collection[str]) -> None:
        known_ids = {state.feed.id for state in self.store.feeds.states()}
        unknown_ids = [feed_id for feed_id in feed_ids if feed_id not in known_ids]
        if unknown_ids:
            raise NotFound(f"no feed {unknown_ids[0]!r} in feeds.yaml; `monitor feeds list` shows them")

    @contextmanager
    def _run_lock(self) -> Iterator[bool]:
        """Hold the run locks of the file and of the database; yield whether there is a file lock."""
        with (
            file_run_lock(self.settings.database_file, self._stuck_run_message) as has_file_lock,
            self.store.database.run_lock(),
        ):
            yield has_file_lock

    def _stuck_run_message(self) -> str:
        """Return a sentence if the current run has lasted too long, else an empty string."""
        run = self.store.runs.last()
        if run is None or run.ended is not None or self.clock() - run.started < STUCK_AFTER:
            return ""
        return f"a run begun at {run.started:%Y-%m-%d %H:%M} UTC is still going; look for the process and stop it"
