"""The use case of a run: read the files, mail the due digest, read the sources, drop old texts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from monitor.app.current_watchlist import CurrentWatchlist
from monitor.app.disk import disk_warnings
from monitor.app.files import sync_feeds, unfindable_names_problems
from monitor.clock import Clock, local_day
from monitor.config import Settings, variable_name
from monitor.errors import ClosedWatchFailed, InputError, MonitorError, NotFound, StoreError
from monitor.i18n.troubles import trouble_message
from monitor.ingest.filing import file_added, file_pending_articles
from monitor.ingest.line import LinePolicy
from monitor.ingest.lock import AlreadyRunning, RunLock
from monitor.ingest.policy import run_policy
from monitor.ingest.run import EventListener, read_links
from monitor.ingest.run import run as read_feeds
from monitor.ingest.tools import MakeSandbox, RunHome
from monitor.messages.publisher import Publisher
from monitor.messages.run_alerts import alerts_meanwhile, send_alerts
from monitor.model import UNMATCHED_RETENTION, Candidate, Run, TroubleKind, Window
from monitor.store import Store

if TYPE_CHECKING:
    from monitor.app.closed_watch import ClosedWatch

CLOCK_TOLERANCE = timedelta(hours=1)
NO_RIGHT_CLOCK_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)  # when this program was written
CLOCK_WENT_BACK = (
    "the clock is behind what is stored by more than an hour: nothing is read for an hour, in case it is wrong; "
    "set it if it is"
)
HOSTS_RETENTION = timedelta(days=30)
FEED_DAYS_RETENTION = timedelta(days=30)
TEXTS_INDEXED_PER_RUN, TEXTS_PER_BATCH = 5_000, 250  # about ten seconds
TEXTS_DROPPED_PER_RUN = 2_000  # so that the first run after a long pause is not held up


class OpenClosedWatch(Protocol):
    """Opens the closed watch of a home; None if there is none, unless `create`."""

    def __call__(self, *, create: bool = False) -> ClosedWatch | None: ...


class ClockWentBack(MonitorError):
    """The clock is behind the times that the database holds."""

    exit_code = 75


@dataclass(frozen=True, slots=True)
class IngestService:
    """The runs over one home; `make_sandbox()` opens a `Sandbox`, and with a `WatchContext` a `SandboxWithTool`."""

    settings: Settings
    store: Store
    clock: Clock
    watchlist: CurrentWatchlist
    open_closed: OpenClosedWatch
    make_sandbox: MakeSandbox | None = None

    @property
    def run_lock(self) -> RunLock:
        return RunLock(self.settings.database_file, self.store, self.clock)

    def ingest(self, feed_ids: Collection[str], include_not_due: bool, on_event: EventListener) -> Run:
        """Run one ingest cycle: read the files, mail the due digest, visit feeds, match and store.

        Raises AlreadyRunning, ClockWentBack, InputError (files, an unknown feed), StoreError, and ClosedWatchFailed
        after the cycle. The order matters: the clock is checked before times are compared; the due digest is mailed
        before the visits, which may take long.
        """
        with self.run_lock.hold() as has_file_lock:
            # First of all: everything below compares stored times with this clock.
            self._check_clock()
            problems = self.sync_files()
            problems += unfindable_names_problems(self.store)
            self._require_known_feeds(feed_ids)
            # Stored before the mail is written, since the due digest reports problems of the files.
            stored_run = self.store.runs.save(Run(started=self.clock(), problems=tuple(problems)))
            # With the lock of an SQLite file nobody else can hold a claim; on PostgreSQL claims expire instead.
            if has_file_lock:
                self.store.entries.release()  # claims of a run that died
            problems += asyncio.run(self._mail_what_is_due())
            run = Run(started=self.clock(), ended=self.clock())
            # With a ping URL every run goes on to the ping, even with nothing to do: silence would raise the alarm.
            if feed_ids or include_not_due or self.settings.ping_url or self._has_work():
                with self._alerts_meanwhile(problems):
                    reading = read_feeds(
                        self._home(), feed_ids=feed_ids, include_not_due=include_not_due, on_event=on_event
                    )
                    run = asyncio.run(reading)
            if has_file_lock:
                self.store.entries.release()  # claims that this run had no time for
            self._keep_house()
            problems += [*run.problems, *disk_warnings(self.settings), *self._full_days()]
            run = self.store.runs.save(replace(run, id=stored_run.id, problems=tuple(problems)))
            self._follow(run)
            return run

    def tend_home(self) -> list[str]:
        """Do the shared work of a fleet, in one process every few minutes; return the problems.

        It reads the files, begins a new row of the runs, to which the jobs add their counts, mails the due digest and
        keeps house. Raises ClockWentBack, InputError, StoreError, and ClosedWatchFailed after all that.
        """
        with self.run_lock.hold():
            self._check_clock()
            problems = self.sync_files()
            problems += unfindable_names_problems(self.store)
            now = self.clock()
            stored_run = self.store.runs.save(Run(started=now, ended=now, problems=tuple(problems)))
            problems += asyncio.run(self._open_publisher().publish())
            self._keep_house()
            problems += [*disk_warnings(self.settings), *self._full_days()]
            # `add`, not `save`: jobs have added their counts to this row meanwhile.
            self.store.runs.add(replace(stored_run, ended=self.clock(), problems=tuple(problems)))
            self._follow(replace(stored_run, problems=tuple(problems)))
            return problems

    def _follow(self, run: Run) -> None:
        """Let the closed watch read what a run of the open one has stored; it knows nothing of what is found there.

        Raises ClosedWatchFailed when its store cannot be used: last of all, so that only the terminal tells it.
        """
        try:
            if closed := self.open_closed():
                stop_at = time.monotonic() + run_policy(self.settings).rescan_for.total_seconds()
                asyncio.run(closed.follow(lambda: time.monotonic() < stop_at))
            else:
                self.store.unread_texts.forget_all()
        except (StoreError, InputError) as error:  # InputError: tables of a newer version
            raise ClosedWatchFailed(error, run) from error

    def _keep_house(self) -> None:
        self.store.reviews.reopen_due(self.clock())
        self.store.reviews.expire(self.clock())
        self._drop_old_texts()
        self._index_texts()
        self.store.feed_days.forget(self.clock() - FEED_DAYS_RETENTION)
        self.store.hosts.forget(self.clock() - HOSTS_RETENTION, self.clock())

    def _full_days(self) -> list[str]:
        """Return a warning if a feed was kept from bringing more today; its words do not change with the figures."""
        if not self.store.feed_days.is_any_full(self.settings.day_bounds, self.clock()):
            return []
        names = ("feed_megabytes_a_day", "feed_articles_a_day", "feed_mentions_a_day")
        return [trouble_message(TroubleKind.BOUNDS, ", ".join(map(variable_name, names)))]

    async def _mail_what_is_due(self) -> list[str]:
        """Send the due messages of both watches; return the problems."""
        problems = await self._open_publisher().publish()
        with suppress(StoreError, InputError):  # `_follow` meets it again, after the run
            if closed := self.open_closed():
                await closed.publisher.publish()  # what goes wrong with the mail, the open watch says
        return problems

    @contextmanager
    def _alerts_meanwhile(self, problems: list[str]) -> Iterator[None]:
        """Send alerts while the body reads, which wait for no page that hangs, and at its end; add new problems."""
        with alerts_meanwhile(self._open_publisher, self._file_naming) as alert_problems:
            yield
        # Filing at the end of the run may have brought more, after the thread had ended.
        alert_problems += asyncio.run(self._open_publisher().publish(only_alerts=True))
        # The thread meets a lasting problem every ten seconds; it is told once.
        problems += [problem for problem in dict.fromkeys(alert_problems) if problem not in problems]

    def send_alerts(self) -> list[str]:
        """Send what is told at once, in a fleet; return the problems. Raises StoreError."""
        with self.run_lock.hold():
            return asyncio.run(send_alerts(self._open_publisher(), self._file_naming))

    def _file_naming(self, entities: Collection[str]) -> None:
        def is_urgent(article: Candidate) -> bool:
            return not article.entities.isdisjoint(entities)

        file_pending_articles(self.store.stories, LinePolicy(), self.clock, only=is_urgent)

    # ---- articles that users add

    def read_links(self) -> None:
        """Read the links that users added and that wait, beside any run, and file what they bring. Raises StoreError.

        Two processes that do so at once share the links; a run may take one of them first.
        """

        # Without the lock of a run: nobody should wait for it. Claims keep a page from being stored twice.
        if links := self.store.additions.pending():
            with self.store.database.run_lock():  # a purge waits for it
                asyncio.run(read_links(self._home(), links))
        file_added(self.store, self.clock)

    def _home(self) -> RunHome:
        watchlist = self.watchlist.for_run(local_day(self.clock(), self.settings.timezone))
        return RunHome(self.settings, self.store, self.clock, watchlist, self.make_sandbox)

    def _open_publisher(self) -> Publisher:
        """Return a publisher that reads recipients.yaml as it is now."""
        return Publisher(self.settings, self.store, self.clock)

    def _has_work(self) -> bool:
        """Return True if a feed, page or recheck is due, or a rescan or filing is unfinished."""
        store, now = self.store, self.clock()
        return bool(
            store.feeds.any_due(now)
            or store.entries.pending_by_feed(now)
            or store.revisits.any_due(now)
            or store.archive.pending_rescan()
            or store.stories.awaiting_filing()
            or store.stories.to_file_again()
        )

    def sync_files(self) -> list[str]:
        """Store the current feeds.yaml and watchlist.yaml; return the problems, one sentence each.

        If a file does not load, the last good version stays in force. Raises InputError if there never was one.
        """
        now, file = self.clock(), self.settings.watchlist
        problems = [*sync_feeds(self.settings.feeds, self.store, now), *self.watchlist.take_in(file, now)]
        # The word, or how it is misspelt, is in every list with a closed name: others need not be read for it.
        with suppress(StoreError, InputError):  # a damaged closed store must not stop the open watch
            if closed := self.open_closed(create=file.exists() and b"sens" in file.read_bytes()):
                closed.take_in()  # its problems are told where the closed watch is shown
        return problems

    def file_unless_running(self) -> None:
        """File pending articles, unless a run holds the lock: that run or the next one files them."""

        with suppress(AlreadyRunning), self.run_lock.hold():
            # In a fleet no run holds a lock while jobs gather, and between two jobs no claim is open.
            in_fleet = self.store.fleet.is_at_work()
            file_pending_articles(self.store.stories, LinePolicy(), self.clock, in_fleet=in_fleet)

    def _check_clock(self) -> None:
        """Repair times in the database that lie in the future.

        If they are over an hour ahead, it may be this clock that is wrong: raises ClockWentBack until runs have been
        refused for an hour, and for as long as this clock is surely wrong.
        """
        now = self.clock()
        if not self.store.upkeep.has_future_times(now):
            return
        if self.store.upkeep.has_future_times(now + CLOCK_TOLERANCE):
            last = self.store.runs.last()
            # Only the first of the refused runs is stored. One that began later than now was refused by another clock.
            if last is None or CLOCK_WENT_BACK not in last.problems or last.started > now:
                last = self.store.runs.save(Run(started=now, ended=now, problems=(CLOCK_WENT_BACK,)))
            if now - last.started < CLOCK_TOLERANCE or now < NO_RIGHT_CLOCK_BEFORE:
                raise ClockWentBack(CLOCK_WENT_BACK)
        self.store.upkeep.repair_future_times(now)

    def _drop_old_texts(self) -> None:
        """Drop old texts of articles without a match.

        Skipped unless a run was made between one and eight days ago: the clock may be wrong, and dropping is final.
        """
        now = self.clock()
        if self.store.archive.pending_rescan():  # names that joined the list are looked for in these texts first
            return
        if self.store.runs.any_started(Window(now - timedelta(days=8), now - timedelta(days=1))):
            self.store.upkeep.forget_additions(now - UNMATCHED_RETENTION)
            self.store.upkeep.drop_texts(now - UNMATCHED_RETENTION, now, TEXTS_DROPPED_PER_RUN)

    def _index_texts(self) -> None:
        """Index the words of stored texts, so that a preview need not read them; an old archive takes several runs."""
        for _ in range(TEXTS_INDEXED_PER_RUN // TEXTS_PER_BATCH):
            if self.store.archive.index_texts(TEXTS_PER_BATCH) < TEXTS_PER_BATCH:
                return

    def _require_known_feeds(self, feed_ids: Collection[str]) -> None:
        if not feed_ids:  # a run of cron: nothing is read of a thousand feeds
            return
        known_ids = {state.feed.id for state in self.store.feeds.states()}
        unknown_ids = [feed_id for feed_id in feed_ids if feed_id not in known_ids]
        if unknown_ids:
            raise NotFound(f"no feed {unknown_ids[0]!r} in feeds.yaml; `monitor feeds list --all` shows them")
