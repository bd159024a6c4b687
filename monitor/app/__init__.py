"""Puts the parts together; the use cases as methods.

Whoever calls (cron, a person at a terminal, the desk, workers) calls these; the line does not know who does.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.app.clock import Clock, now_utc
from monitor.app.digests import Mailer, missing_for_mail
from monitor.app.doctor import disk_trouble
from monitor.app.files import not_taken_in, take_in_feeds, take_in_watchlist
from monitor.app.ingest.cycle import Cycle, file_waiting, log_bug
from monitor.app.ingest.policy import fetcher, run_policy
from monitor.app.lock import AlreadyRunning, one_run
from monitor.app.review import Reviewing
from monitor.config import Settings, load_feeds
from monitor.config.watchlist import difference, load_watchlist
from monitor.digest import Digest, make_digest
from monitor.errors import FetchError, InputError, MonitorError, NotFound, StoreError
from monitor.feeds.health import Health, health
from monitor.feeds.schedule import next_moment
from monitor.i18n.troubles import trouble
from monitor.match import Compiled, compile_watchlist
from monitor.model import (
    Entity,
    FeedRecord,
    RescanMatch,
    Result,
    ReviewItem,
    Run,
    TroubleKind,
    Visit,
    Watchlist,
    WatchlistChange,
    Window,
)
from monitor.pipeline import Line, LinePolicy, WatchContext
from monitor.ports import Fetcher, Purpose
from monitor.review.visibility import without_sensitive
from monitor.sandbox import ProcessSandbox
from monitor.store import Store, move, open_store, restore

__all__ = ["AlreadyRunning", "App", "ClockWentBack", "fetcher", "now_utc"]

TRUSTED_JUMP = timedelta(hours=1)
CLOCK_WENT_BACK = (
    "the clock is behind what is stored by more than an hour: nothing is read for an hour, in case it is wrong; "
    "set it if it is"
)
STUCK_AFTER = timedelta(hours=2)
KEEP_UNMATCHED = timedelta(days=90)
MATCHING_SECONDS, MATCHING_MEMORY = 60, 500_000_000  # of a processor, and bytes: for one batch of texts
TEXTS_AT_ONCE = 2_000  # dropped in one run: no run is held up by the first one after a long time

Listener = Callable[[Visit | Result | RescanMatch | ReviewItem], None]


class ClockWentBack(MonitorError):
    """The clock says an earlier time than the database knows."""

    exit_code = 75


class App(Reviewing):
    """The service over one home."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock = now_utc,
        workshop: Callable[..., AbstractAsyncContextManager[Any]] | None = None,
    ) -> None:
        """`workshop` makes a Workshop, or with a tool an EquippedWorkshop."""
        self.settings, self.store, self.clock = settings, store, clock
        self._workshop = workshop or _processes
        self._compiled: Compiled | None = None  # of the last run: the next one takes over what is unchanged

    @classmethod
    def open(cls, settings: Settings, clock: Clock = now_utc) -> App:
        """Opens the database, made and brought up to date where needed. Raises InputError, StoreError."""
        settings.require_home()
        if settings.database_file and not settings.database_file.exists():  # no database is made for wrong files
            load_feeds(settings.feeds)
            load_watchlist(settings.watchlist)
        return cls(settings, open_store(settings.database_url), clock)

    def close(self) -> None:
        self.store.close()

    # ---- every day ------------------------------------------------------------------------------------------------

    def ingest(self, *, only: Collection[str] = (), every: bool = False, tell: Listener = lambda _: None) -> Run:
        """One cycle of the line, and what a day needs.

        Raises AlreadyRunning, InputError (files, an unknown feed), StoreError.
        The order matters: clocks are set right before times are compared; the digest that is due goes out before the
        reading, which may take long; whatever the last run left is free again.
        """
        with self._one_run() as alone:
            self._trust_the_clock()
            problems = self.take_in_files()
            self._must_know(only)
            # With what is wrong with the files: the digest that is due tells of it.
            begun = self.store.runs.save(Run(started=self.clock(), problems=tuple(problems)))
            if alone:
                self.store.entries.release()  # what a dead run left behind is nobody's
            run = asyncio.run(self._day(only, every, tell))
            if alone:
                self.store.entries.release()  # what this one left when its time was up
            self._drop_old_texts()
            problems += [*run.problems, *disk_trouble(self.settings)]
            return self.store.runs.save(replace(run, id=begun.id, problems=tuple(problems)))

    async def _day(self, only: Collection[str], every: bool, tell: Listener) -> Run:
        problems = await self._mail()
        async with fetcher(self.settings, self.clock) as web:
            watched = self.store.watchlists.current()
            self._compiled = compile_watchlist(watched.entities, self._compiled)
            watch = WatchContext(self._compiled, self.lessons())
            async with self._workshop() as workshop, self._workshop(watch) as matching:
                line, policy = Line(web, workshop), run_policy(self.settings)
                cycle = Cycle(self.store, web, line, watch, matching, watched.version, self.clock, policy, tell)
                run = await cycle.go(only=only, every=every)
            if run.outage:
                or_what = ", or the proxy" if self.settings.proxy else ""
                problems.append(trouble(TroubleKind.OUTAGE, or_what))
            elif self.settings.ping_url:
                problems += await self._ping(web)
        return replace(run, problems=(*problems, *run.problems))

    async def _mail(self) -> list[str]:
        """Write the digest that is due, and send what waits to be sent."""
        mailer = self.mailer
        if not mailer.wanted:
            return [trouble(TroubleKind.SETTINGS, wrong)] if (wrong := missing_for_mail(self.settings)) else []
        try:
            if window := mailer.due():
                mailer.put(window)
            return (await mailer.send())[1]
        except InputError as error:  # the mail server's address: no reason not to read the news
            return [trouble(TroubleKind.SETTINGS, error)]
        except StoreError:
            raise
        except Exception as bug:
            log_bug("mail", "digest", bug)
            return [f"the digest is not mailed: an error in monitor itself ({type(bug).__name__}); please report it"]

    async def _ping(self, web: Fetcher) -> list[str]:
        """Tell whoever waits for it that this run came to its end (a dead man's switch)."""
        try:
            await web.get(self.settings.ping_url, Purpose.PING)
        except FetchError as error:
            return [trouble(TroubleKind.PING, error)]
        return []

    def send_digest(self, day: date | None = None) -> tuple[int, list[str]]:
        """Mail the digest that is due, or that of a day which is over, and what else waits; each once, ever.

        Returns how many mails went, and what went wrong. Raises InputError without the settings for it.
        """
        mailer = self.mailer
        if not mailer.wanted:
            raise InputError(
                missing_for_mail(self.settings) or "no digest is mailed: set MONITOR_DIGEST_TO and MONITOR_SMTP_URL"
            )
        with self._one_run():  # else something could be filed while the window is written
            window = mailer.due() if day is None else mailer.day(day)
            if window and window.until > self.clock():
                raise InputError(f"the digest of {day} is not complete before its hour; name an earlier day")
            if window:
                mailer.put(window)
            return asyncio.run(mailer.send())

    @property
    def mailer(self) -> Mailer:
        return Mailer(self.settings, self.store, self.clock)

    def file_if_alone(self) -> None:
        """File what was found, unless a run is going: that one does it, or the next."""
        try:
            with self._one_run():
                for _ in file_waiting(self.store.stories, LinePolicy(), self.clock):
                    pass
        except AlreadyRunning:
            return

    def _trust_the_clock(self) -> None:
        """Set right what a clock that ran ahead left; not at once when it is far: it may be this clock that is wrong.

        Raises ClockWentBack until runs have gone by the earlier time for an hour.
        """
        now = self.clock()
        if self.store.upkeep.ahead(now + TRUSTED_JUMP):
            since = self.store.runs.first_since_ahead(now + TRUSTED_JUMP)
            if since is None:
                self.store.runs.save(Run(started=now, ended=now))
            if since is None or now - since < TRUSTED_JUMP:
                raise ClockWentBack(CLOCK_WENT_BACK)
        self.store.upkeep.repair_future_times(now)

    def _drop_old_texts(self) -> None:
        """Not when no run was within the last week but today: the clock may be wrong, and what is dropped is gone."""
        now = self.clock()
        if self.store.runs.any_started(Window(now - timedelta(days=8), now - timedelta(days=1))):
            self.store.upkeep.drop_texts(now - KEEP_UNMATCHED, now, TEXTS_AT_ONCE)

    def take_in_files(self) -> list[str]:
        """Bring feeds.yaml and watchlist.yaml in as they are now; returns what is wrong, one sentence each.

        A file that does not load leaves the last good one in force, and is an InputError only when there never was one.
        """
        now = self.clock()
        return [
            *take_in_feeds(self.settings.feeds, self.store.feeds, now),
            *take_in_watchlist(self.settings.watchlist, self.store.watchlists, now),
        ]

    def digest(self, day: date | None = None, *, sensitive: bool = False) -> Digest:
        """The digest of a day: from the digest hour of the day before to its own; without one, the last 24 hours.

        `sensitive`: with the names marked so. What waits now is told of the present alone, not of a day that is over.
        """
        settings = self.settings
        if day is None:
            until = self.clock()
        else:
            until = datetime.combine(day, settings.digest_at, settings.timezone).astimezone(UTC)
        a_day_before = until.astimezone(settings.timezone) - timedelta(days=1)  # 23 or 25 hours when clocks change
        window = Window(a_day_before.astimezone(UTC), min(until, self.clock()))
        if window.since >= window.until:
            raise InputError(f"the digest of {day} begins in the future; name a day up to tomorrow")
        happened = self.store.reading.happened(window)
        if not sensitive:
            happened = without_sensitive(happened)
        if until < self.clock():
            happened = replace(happened, waiting=None, oldest_waiting=None, never_reviewed=0)
        made = make_digest(happened, settings.timezone)
        next_at = next_moment(self.clock(), settings.digest_at, settings.timezone) if self.mailer.wanted else None
        return replace(made, next_at=next_at, base_url=settings.base_url, language=settings.language)

    # ---- backups --------------------------------------------------------------------------------------------------

    @classmethod
    def restore(cls, settings: Settings, file: Path, clock: Clock = now_utc) -> Path | None:
        """Put a backup in the place of the database; returns where the one before is kept, if there was one.

        Raises InputError, StoreError, AlreadyRunning: not while a run is going.
        """
        settings.require_home()
        database = settings.database_file
        keep = Path(f"{database}.before-{clock():%Y%m%d-%H%M%S}")
        with one_run(database, lambda: ""):
            restore(settings.database_url, file, keep)
        return keep if keep.exists() else None

    def move(self, url: str) -> int:
        """Copy everything into an empty database at this address; returns how many rows.

        Raises InputError, StoreError, AlreadyRunning: what a run stores meanwhile would stay behind.
        """
        if (path := url.removeprefix("sqlite:///")) != url:
            url = f"sqlite:///{self.settings.home / path}"
        with self._one_run(), closing(open_store(url)) as target:
            return move(self.store.database, target.database)

    # ---- the watchlist and the feeds --------------------------------------------------------------------------------

    def watchlist(self) -> Watchlist:
        return self.store.watchlists.current()

    def list_is_behind(self) -> str:
        """A sentence where watchlist.yaml has changed and no run has taken it in yet, or can, else nothing."""
        return not_taken_in(self.settings.watchlist, self.store.watchlists)

    def compiled(self) -> Compiled:
        return compile_watchlist(self.store.watchlists.current().entities)

    def import_watchlist(self, path: Path, *, apply: bool) -> WatchlistChange:
        """What a file would change in the stored list; with `apply`, removals too, it is changed."""
        change = difference(self.store.watchlists.current().entities, load_watchlist(path))
        if apply:
            self.store.watchlists.apply(change, path.name, self.clock())
        return change

    def entity(self, entity: str) -> Entity:
        for known in self.store.watchlists.current().entities:
            if known.id == entity:
                return known
        raise NotFound(f"no entity {entity!r} on the watchlist; `monitor watchlist list` shows them")

    def feeds(self) -> Sequence[FeedRecord]:
        return self.store.feeds.states()

    def health(self) -> Sequence[Health]:
        """How each feed of feeds.yaml is, in the order of their ids."""
        now = self.clock()
        silences = {silence.feed.number: silence for silence in self.store.reading.silences(now)}
        return [health(state, silences.get(state.number), now) for state in self.feeds()]

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _must_know(self, only: Collection[str]) -> None:
        known = {state.feed.id for state in self.store.feeds.states()}
        unknown = [feed for feed in only if feed not in known]
        if unknown:
            raise NotFound(f"no feed {unknown[0]!r} in feeds.yaml; `monitor feeds list` shows them")

    @contextmanager
    def _one_run(self) -> Iterator[bool]:
        with one_run(self.settings.database_file, self._stuck) as alone, self.store.database.run_lock():
            yield alone

    def _stuck(self) -> str:
        """What is wrong with the run that is going, if it is going for too long."""
        run = self.store.runs.last()
        if run is None or run.ended is not None or self.clock() - run.started < STUCK_AFTER:
            return ""
        return f"a run begun at {run.started:%Y-%m-%d %H:%M} UTC is still going; look for the process and stop it"


def _processes(tool: WatchContext | None = None) -> ProcessSandbox:
    """Make a process for each core to read pages in; with a watchlist, one in the background to match texts in."""
    if tool is None:
        return ProcessSandbox(len(os.sched_getaffinity(0)))
    return ProcessSandbox(1, MATCHING_SECONDS, MATCHING_MEMORY, tool=tool, background=True)
