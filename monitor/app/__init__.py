"""Puts the parts together; the use cases as methods.

Whoever calls (cron, a person at a terminal, later the desk and workers) calls these; the line does not know who does.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from monitor.app.clock import Clock, now_utc
from monitor.app.doctor import disk_trouble
from monitor.app.evidence import write_evidence
from monitor.app.files import not_taken_in, take_in_feeds, take_in_watchlist
from monitor.app.lock import AlreadyRunning, one_run
from monitor.app.mailing import Mailer, missing_for_mail
from monitor.app.policies import fetcher, line_policy, run_policy
from monitor.app.rescan import Looked, look_through
from monitor.app.run import Cycle, file_waiting, log_bug
from monitor.config import Settings, load_feeds
from monitor.digest import Digest
from monitor.errors import FetchError, InputError, MonitorError, NotFound, StaleDecision, StoreError
from monitor.feedback import Lessons, lessons
from monitor.health import Health, health
from monitor.match import Compiled, compile_watchlist
from monitor.model import (
    Decision,
    Entity,
    FeedState,
    Find,
    Judged,
    Reason,
    Regrouping,
    Result,
    ReviewItem,
    Run,
    State,
    Verdict,
    Visit,
    Watchlist,
    WatchlistChange,
    Window,
)
from monitor.pipeline import Line, publish
from monitor.ports import Fetcher, Purpose, Reading, Workshop
from monitor.review import Regrouped, decide, effective, merge, split, take_back, undo
from monitor.schedule import next_moment
from monitor.store import Store, backup, move, open_store, restore
from monitor.watchlist import difference, load_watchlist
from monitor.workshop import ProcessWorkshop

__all__ = ["AlreadyRunning", "App", "ClockWentBack", "fetcher", "now_utc"]

TRUSTED_JUMP = timedelta(hours=1)
CLOCK_WENT_BACK = (
    "the clock is behind what is stored by more than an hour: nothing is read for an hour, in case it is wrong; "
    "set it if it is"
)
STUCK_AFTER = timedelta(hours=2)
KEEP_UNMATCHED = timedelta(days=90)
TEXTS_AT_ONCE = 2_000  # dropped in one run: no run is held up by the first one after a long time

Tell = Callable[[Visit | Result | Find | ReviewItem], None]


class ClockWentBack(MonitorError):
    """The clock says an earlier time than the database knows."""

    exit_code = 75


class App:
    """The service over one home."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock = now_utc,
        workshop: Callable[[], AbstractAsyncContextManager[Workshop]] | None = None,
    ) -> None:
        self.settings, self.store, self.clock = settings, store, clock
        self._workshop = workshop or self._pool
        self._compiled: Compiled | None = None  # of the last run: the next one takes over what is unchanged

    @classmethod
    def open(cls, settings: Settings, clock: Clock = now_utc) -> App:
        """Opens the database, made and brought up to date where needed. Raises InputError, StoreError."""
        settings.require_home()
        if settings.database_file and not settings.database_file.exists():  # no database is made for wrong files
            load_feeds(settings.feeds)
            load_watchlist(settings.watchlist)
        return cls(settings, open_store(settings.database_url), clock)

    def _pool(self) -> ProcessWorkshop:
        limits = self.settings.limits
        return ProcessWorkshop(len(os.sched_getaffinity(0)), limits.stage_seconds, limits.stage_memory)

    def close(self) -> None:
        self.store.close()

    # ---- every day ------------------------------------------------------------------------------------------------

    def ingest(self, *, only: Collection[str] = (), every: bool = False, tell: Tell = lambda _: None) -> Run:
        """One cycle of the line, and what a day needs.

        Raises AlreadyRunning, InputError (files, an unknown feed), StoreError.
        The order matters: clocks are set right before times are compared; the digest that is due goes out before the
        reading, which may take long; whatever the last run left is free again.
        """
        with self._one_run() as alone:
            self._trust_the_clock()
            problems = self.take_in_files()
            self._must_know(only)
            begun = self.store.runs.save(Run(started=self.clock()))
            if alone:
                self.store.entries.release()  # what a dead run left behind is nobody's
            run = asyncio.run(self._day(only, every, tell))
            if alone:
                self.store.entries.release()  # what this one left when its time was up
            self._drop_old_texts()
            problems += [*run.problems, *disk_trouble(self.settings)]
            return self.store.runs.save(replace(run, id=begun.id, problems=tuple(problems)))

    async def _day(self, only: Collection[str], every: bool, tell: Tell) -> Run:
        problems = await self._mail()
        async with fetcher(self.settings, self.clock) as web:
            async with self._workshop() as workshop:
                watched = self.store.watchlists.current()
                self._compiled = compile_watchlist(watched.entities, self._compiled)
                line = Line(web, workshop, self._compiled, line_policy(self.settings), self.lessons())
                cycle = Cycle(self.store, line, watched.version, self.clock, run_policy(self.settings), tell)
                run = await cycle.go(only=only, every=every)
            if run.outage:
                problems.append("nothing could be fetched from any source; is the network down?")
            elif self.settings.ping_url:
                problems += await self._ping(web)
        return replace(run, problems=(*problems, *run.problems))

    async def _mail(self) -> list[str]:
        """Write the digest that is due, and send what waits to be sent."""
        mailer = self.mailer
        if not mailer.wanted:
            return [wrong] if (wrong := missing_for_mail(self.settings)) else []
        try:
            if window := mailer.due():
                mailer.put(window)
            return (await mailer.send())[1]
        except InputError as error:  # the mail server's address: no reason not to read the news
            return [str(error)]
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
            return [f"MONITOR_PING_URL could not be reached: {error}"]
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

    def rescan(
        self,
        *,
        since: timedelta | None = None,
        entities: Collection[str] = (),
        apply: bool = False,
        before: int | None = None,
        tell: Callable[[Looked], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[Find]:
        """What the present list finds in the stored articles, newest first, and what it finds no more.

        With `apply` the finds are filed, marked as found in older articles; what is no longer found is left to people.
        `before`: only articles of lower numbers, to go on where `stop` ended an earlier look.
        """
        known = {entity.id for entity in self.store.watchlists.current().entities}
        for entity in entities:
            if entity not in known:
                self.entity(entity)  # raises NotFound
        yield from look_through(
            self.store.archive,
            self.compiled(),
            self.clock(),
            since=since,
            entities=entities,
            apply=apply,
            before=before,
            lessons=self.lessons(),
            tell=tell,
            stop=stop,
        )
        if apply:
            self._file_if_alone()

    def _file_if_alone(self) -> None:
        """File what was found, unless a run is going: that one does it, or the next."""
        try:
            with self._one_run():
                for _ in file_waiting(self.store.stories, line_policy(self.settings), self.clock):
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
        self.store.upkeep.set_right(now)

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

    def digest(self, day: date | None = None, reading: Reading | None = None) -> Digest:
        """The digest of a day: from the digest hour of the day before to its own; without one, the last 24 hours.

        `reading`: of what somebody may know of; without one, of everything.
        """
        settings = self.settings
        if day is None:
            until = self.clock()
        else:
            until = datetime.combine(day, settings.digest_at, settings.timezone).astimezone(UTC)
        window = Window(self._a_day_before(until), min(until, self.clock()))
        if window.since >= window.until:
            raise InputError(f"the digest of {day} begins in the future; name a day up to tomorrow")
        next_at = next_moment(self.clock(), settings.digest_at, settings.timezone)
        return publish(
            window,
            reading=reading or self.store.reading,
            timezone=settings.timezone,
            next_at=next_at if self.mailer.wanted else None,
            base_url=settings.base_url,
            language=settings.language,
        )

    def _a_day_before(self, until: datetime) -> datetime:
        """The same clock time the day before, where the reader lives: 23 or 25 hours when clocks change."""
        local = until.astimezone(self.settings.timezone)
        return (local - timedelta(days=1)).astimezone(UTC)

    # ---- backups --------------------------------------------------------------------------------------------------

    def backup(self, file: Path) -> None:
        """Raises InputError, StoreError."""
        backup(self.settings.database_url, file)

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

    # ---- the queue ------------------------------------------------------------------------------------------------

    def queue(self, states: Collection[State] = (), limit: int = 200) -> Sequence[ReviewItem]:
        return self.store.reviews.listing(states, limit)

    def item(self, number: int) -> ReviewItem:
        return self.store.reviews.get(number)

    def export_evidence(self, number: int, file: Path) -> list[str]:
        """Write what is kept of an item into a zip file; returns what is missing. Raises NotFound, InputError."""
        item = self.store.reviews.get(number)
        return write_evidence(file, item, map(self.store.reading.versions, [a.id for a in item.articles]), self.clock())

    def decide(
        self,
        number: int,
        verdict: Verdict,
        *,
        by: str,
        entity: str | None = None,
        reason: Reason | None = None,
        note: str = "",
        until: datetime | None = None,
        version: int | None = None,
        unseen: Collection[str] = (),
    ) -> ReviewItem:
        """Judge an item, or one name in it, as it was at `version`. Raises StaleDecision, NotFound, InputError.

        `unseen`: names whoever decides may not know of; nothing is said of them.
        """
        item = self.store.reviews.get(number)
        seen = item.version if version is None else version
        decision = Decision(number, seen, self.clock(), by, verdict, entity, reason, note, until)
        decided = decide(item, decision, unseen)
        return self.store.reviews.save(decided, was=item.version, decision=decided.history[-1])

    def decide_many(
        self, seen: Mapping[int, int], verdict: Verdict, *, by: str, reason: Reason | None = None, note: str = ""
    ) -> tuple[Sequence[ReviewItem], Sequence[ReviewItem]]:
        """Judge many items (number -> the version seen) in one step, which is undone as one.

        Returns them decided, and as they are now those that somebody else had moved: they are left alone.
        """
        batch, now = secrets.token_hex(8), self.clock()
        moves: list[tuple[ReviewItem, int]] = []
        stale: list[ReviewItem] = []
        for number, version in seen.items():
            item = self.store.reviews.get(number)
            if item.version == version:
                decision = Decision(number, version, now, by, verdict, reason=reason, note=note, batch=batch)
                moves.append((decide(item, decision), version))
            else:
                stale.append(item)
        saved, moved = self.store.reviews.save_many(moves)
        return saved, [*stale, *moved]

    def merge(self, kept: int, other: int, *, by: str, version: int | None = None) -> ReviewItem:
        """Make one item of two, under the first number; `version` is that one's. Raises StaleDecision, InputError."""
        one, two = self._seen(kept, version), self.store.reviews.get(other)
        return self._regroup(merge(one, two, by, self.clock()), one, two)

    def split(self, number: int, articles: Collection[int], *, by: str, version: int | None = None) -> ReviewItem:
        """Put articles of an item into one of their own, and return that. Raises StaleDecision, InputError."""
        item = self._seen(number, version)
        return self._regroup(split(item, articles, by, self.clock()), item)

    def _seen(self, number: int, version: int | None) -> ReviewItem:
        item = self.store.reviews.get(number)
        if version not in {None, item.version}:
            raise StaleDecision(item)
        return item

    def _regroup(self, regrouped: Regrouped, *before: ReviewItem) -> ReviewItem:
        after, moved = regrouped
        return self.store.reviews.regroup(after, {item.id: item.version for item in before}, moved, self.clock())

    def _take_back(self, done: Regrouping, by: str) -> ReviewItem:
        holder, origin = (self.store.reviews.get(number, merged=True) for number in (done.item, done.other))
        return self._regroup(take_back(done, holder, origin, by, self.clock()), holder, origin)

    def undo(self, *, by: str, item: int | None = None, decision: int | None = None) -> Sequence[ReviewItem]:
        """Take back the last decision, merge or split that stands, of an item or of this person; or a certain decision.

        One of many in one step: all of them. Raises NotFound.
        """
        regrouped = None
        if decision is None:
            reviews = self.store.reviews
            regrouped = reviews.last_regrouping(by=by) if item is None else reviews.last_regrouping(item=item)
        if item is not None and decision is not None:
            standing = effective(self.store.reviews.get(item).history)
            last = next((d for d in standing if d.id == decision), None)
        elif item is None:
            last = self.store.reviews.last_decision(by)
        else:
            last = next(reversed(effective(self.store.reviews.get(item).history)), None)
        if regrouped is not None and (last is None or regrouped.at >= last.at):
            return [self._take_back(regrouped, by)]
        if last is None:
            raise NotFound(f"nothing to undo{'' if item else f' by {by}'}")
        moves = []
        for each in self.store.reviews.batch(last.batch) if last.batch else [last]:
            before = self.store.reviews.get(self.store.reviews.holder(each.item))
            moves.append((undo(before, each, by, self.clock())[0], before.version))
        undone, moved = self.store.reviews.save_many(moves)
        if not undone:
            raise StaleDecision(moved[0])
        return undone

    def judged(self) -> Sequence[Judged]:
        """What people's decisions say of the names that were found."""
        return self.store.reviews.judged()

    def lessons(self) -> Lessons:
        return lessons(self.judged())

    # ---- the watchlist and the feeds --------------------------------------------------------------------------------

    def watchlist(self) -> Watchlist:
        return self.store.watchlists.current()

    def list_is_behind(self) -> str:
        """A sentence where watchlist.yaml has changed and no run has taken it in yet, else nothing."""
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

    def feeds(self) -> Sequence[FeedState]:
        return self.store.feeds.states()

    def health(self) -> Sequence[Health]:
        """How each feed of feeds.yaml is, in the order of their ids."""
        now = self.clock()
        silences = {silence.feed.number: silence for silence in self.store.reading.silences(now)}
        return [health(state, silences.get(state.number), now) for state in self.feeds()]

    def counts(self) -> Mapping[str, int]:
        return self.store.reading.counts()

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _must_know(self, only: Collection[str]) -> None:
        known = {state.feed.id for state in self.store.feeds.states()}
        unknown = [feed for feed in only if feed not in known]
        if unknown:
            raise NotFound(f"no feed {unknown[0]!r} in feeds.yaml; `monitor feeds list` shows them")

    def _one_run(self) -> AbstractContextManager[bool]:
        return one_run(self.settings.database_file, self._stuck)

    def _stuck(self) -> str:
        """What is wrong with the run that is going, if it is going for too long."""
        run = self.store.runs.last()
        if run is None or run.ended is not None or self.clock() - run.started < STUCK_AFTER:
            return ""
        return f"a run begun at {run.started:%Y-%m-%d %H:%M} UTC is still going; look for the process and stop it"
