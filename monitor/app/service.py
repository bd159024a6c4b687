"""The service over one home: every use case is a method of `App`.

Cron, the command line, the web and the worker call it; the pipeline does not know its caller.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from monitor.app.bug_log import log_bug
from monitor.app.channels import channel_settings
from monitor.app.clock import Clock, now_utc
from monitor.app.digests import Publisher
from monitor.app.doctor import disk_warnings
from monitor.app.files import sync_feeds, unfindable_names_problems
from monitor.app.ingest.cycle import Cycle
from monitor.app.ingest.filing import file_pending_articles
from monitor.app.ingest.policy import make_fetcher, run_policy
from monitor.app.lock import AlreadyRunning, file_run_lock
from monitor.app.review import ReviewService
from monitor.app.watchlist import WatchlistFile
from monitor.config import Settings, load_feeds
from monitor.config.watchlist import difference, load_watchlist
from monitor.digest import Digest
from monitor.errors import FetchError, InputError, MonitorError, NotFound, StoreError
from monitor.i18n.troubles import trouble_message
from monitor.match import Compiled, compile_watchlist
from monitor.model import (
    Entity,
    NameJudgement,
    RescanMatch,
    Result,
    ReviewItem,
    Role,
    Run,
    TroubleKind,
    Visit,
    Watchlist,
    WatchlistChange,
    Window,
)
from monitor.pipeline import Line, LinePolicy, WatchContext
from monitor.ports import Fetcher, Purpose
from monitor.review.feedback import Lessons, learn
from monitor.review.visibility import KNOWS_ALL
from monitor.sandbox import ProcessSandbox
from monitor.store import Store, move, open_store, restore

CLOCK_TOLERANCE = timedelta(hours=1)
CLOCK_WENT_BACK = (
    "the clock is behind what is stored by more than an hour: nothing is read for an hour, in case it is wrong; "
    "set it if it is"
)
STUCK_AFTER = timedelta(hours=2)
UNMATCHED_RETENTION = timedelta(days=90)
MATCH_CPU_SECONDS, MATCH_MEMORY_BYTES = 60, 500_000_000  # per batch of texts
TEXTS_INDEXED_PER_RUN, TEXTS_PER_BATCH = 5_000, 250  # about ten seconds
TEXTS_DROPPED_PER_RUN = 2_000  # so that the first run after a long pause is not held up

EventListener = Callable[[Visit | Result | RescanMatch | ReviewItem], None]


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
        self._make_sandbox = make_sandbox or _make_sandbox
        self._compiled: Compiled | None = None  # unchanged entities are not compiled again

    @classmethod
    def open(cls, settings: Settings, clock: Clock = now_utc) -> App:
        """Open the database, created and migrated if needed. Raises InputError, StoreError."""
        settings.require_home()
        if settings.database_file and not settings.database_file.exists():  # faulty files must not leave a new database
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
            run = asyncio.run(self._ingest_and_mail(stored_list, feed_ids, include_not_due, on_event))
            if has_file_lock:
                self.store.entries.release()  # claims that this run had no time for
            self._drop_old_texts()
            self._index_texts()
            problems += [*run.problems, *disk_warnings(self.settings)]
            return self.store.runs.save(replace(run, id=stored_run.id, problems=tuple(problems)))

    async def _ingest_and_mail(
        self, stored_list: Watchlist, feed_ids: Collection[str], include_not_due: bool, on_event: EventListener
    ) -> Run:
        problems = await self._publish_due_digest()
        async with make_fetcher(self.settings, self.clock) as web:
            today = self.today()
            self._compiled = compile_watchlist(stored_list.watched_on(today), self._compiled)
            watch = WatchContext(self._compiled, self.lessons())
            async with self._make_sandbox() as sandbox, self._make_sandbox(watch) as matcher:
                line, policy = Line(web, sandbox), run_policy(self.settings)
                version = stored_list.version
                cycle = Cycle(self.store, web, line, watch, matcher, version, today, self.clock, policy, on_event)
                run = await cycle.run(feed_ids=feed_ids, include_not_due=include_not_due)
            # No ping in an outage: the outside monitor should raise the alarm.
            if run.outage:
                proxy_hint = ", or the proxy" if self.settings.proxy else ""
                problems.append(trouble_message(TroubleKind.OUTAGE, proxy_hint))
            elif self.settings.ping_url:
                problems += await self._send_heartbeat(web)
        return replace(run, problems=(*problems, *run.problems))

    async def _publish_due_digest(self) -> list[str]:
        """Write the due digest and send all pending deliveries; return the problems, one sentence each."""
        publisher = self.publisher
        problems: list[str] = [
            trouble_message(TroubleKind.SETTINGS, half_set) for half_set in self._half_set_channels()
        ]
        if not publisher.is_configured:
            return problems
        try:
            if window := publisher.due_window():
                publisher.store_mailing(window)
            problems += (await publisher.send())[1]
        except InputError as error:  # a wrong setting of a channel must not stop the ingest
            problems.append(trouble_message(TroubleKind.SETTINGS, error))
        except StoreError:
            raise
        except Exception as bug:
            log_bug("mail", "digest", bug)
            bug_name = type(bug).__name__
            problems.append(f"the digest is not mailed: an error in monitor itself ({bug_name}); please report it")
        return problems

    async def _send_heartbeat(self, web: Fetcher) -> list[str]:
        """Request the ping URL, so that an outside monitor notices when runs stop (a dead man's switch)."""
        try:
            await web.get(self.settings.ping_url, Purpose.PING)
        except FetchError as error:
            return [trouble_message(TroubleKind.PING, error)]
        return []

    def send_digest(self, day: date | None = None) -> tuple[int, list[str]]:
        """Mail the due digest, or that of a past day, and all pending mail; each mail is sent once.

        Returns the number of mails sent and the problems. Raises InputError if mail is not configured.
        """
        publisher = self.publisher
        if not publisher.is_configured:
            needed = "; or ".join(channel.needed for channel in channel_settings(self.settings))
            raise InputError("; ".join(self._half_set_channels()) or f"no digest goes out: set {needed}")
        with self._run_lock():  # else an item could be filed while the window is written
            window = publisher.due_window() if day is None else publisher.window_of_day(day)
            if window and window.until > self.clock():
                raise InputError(f"the digest of {day} is not complete before its hour; name an earlier day")
            if window:
                publisher.store_mailing(window)
            return asyncio.run(publisher.send())

    @property
    def publisher(self) -> Publisher:
        return Publisher(self.settings, self.store, self.clock)

    def _half_set_channels(self) -> list[str]:
        return [channel.problem for channel in channel_settings(self.settings) if channel.problem]

    def file_unless_running(self) -> None:
        """File pending articles, unless a run holds the lock: that run or the next one files them."""
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
        """Return the names that are watched today; unchanged entities are not compiled again."""
        watched = self.store.watchlists.current().watched_on(self.today())
        self._compiled = compile_watchlist(watched, self._compiled)
        return self._compiled

    @property
    def watchlist_file(self) -> WatchlistFile:
        return WatchlistFile(self.settings.watchlist, self.store.watchlists)

    def import_watchlist(self, path: Path, *, apply: bool, author: str = "") -> WatchlistChange:
        """Return the changes that a file makes to the stored list; `apply` saves them, removals too."""
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


def _make_sandbox(watch: WatchContext | None = None) -> ProcessSandbox:
    """Return a sandbox with a process per core to extract pages; with `watch`, one background process to match."""
    if watch is None:
        return ProcessSandbox(len(os.sched_getaffinity(0)))
    return ProcessSandbox(1, MATCH_CPU_SECONDS, MATCH_MEMORY_BYTES, tool=watch, background=True)
