"""One cycle of the line: every due feed is visited, its new entries processed, what names someone filed.

Feeds go in parallel, each feed's entries as soon as it was read; the fetcher keeps the peace with every host. What was
fetched is matched and stored beside that, in the order in which it came: nothing that is fetched waits for it, and
nothing on the fetching side knows the watchlist.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import ParamSpec, TypeVar

from monitor.app.clock import Clock
from monitor.app.ingest.backlog import Backlog, KnownThisRun
from monitor.app.ingest.policy import RunPolicy
from monitor.errors import SandboxLost, StageFailed, StoreError
from monitor.feeds.schedule import next_try
from monitor.fetch import CircuitBreaker, WebFetcher
from monitor.i18n.troubles import trouble
from monitor.match import compile_watchlist
from monitor.model import (
    Entry,
    FeedRecord,
    FeedStatus,
    MatchedArticle,
    Outcome,
    OutletProfile,
    Recheck,
    RecheckResult,
    RescanMatch,
    Result,
    ReviewItem,
    Run,
    TroubleKind,
    UnmatchedArticle,
    Visit,
)
from monitor.pipeline import (
    AcquiredArticle,
    ArticleTurns,
    EarlierTrips,
    Line,
    LinePolicy,
    WatchContext,
    acquire,
    file_article,
    match_articles,
    recheck_article,
    rescan_articles,
    visit,
    with_names,
)
from monitor.ports import EquippedWorkshop
from monitor.store import Store
from monitor.store.line.stories import SqlStories

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

RunError = StoreError | SandboxLost  # ends the run

LATELY = timedelta(hours=1)
LEASE = timedelta(minutes=40)  # longer than a run may claim work, so only a dead run's claims expire
ARTICLES_AT_ONCE = 200  # looked at again, and stored, in one transaction
HABITS = timedelta(days=7)  # of an outlet are those of its last week
ENTRIES_AT_ONCE = 4  # of one feed: its host takes two connections, and two more may be extracted meanwhile


@dataclass(slots=True)
class Cycle:
    """The state of one run while it goes; `tell` hears of each visit, result, find and item."""

    store: Store
    web: WebFetcher
    line: Line
    watch: WatchContext
    matching: EquippedWorkshop  # has the watch for its tool
    watched: int  # the version of the watchlist that the line has
    clock: Clock
    policy: RunPolicy
    tell: Callable[[Visit | Result | RescanMatch | ReviewItem], None] = lambda _: None
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    statuses: Counter[FeedStatus] = field(default_factory=Counter)
    articles: int = 0
    revisits: int = 0
    asked: Counter[int] = field(default_factory=Counter)  # feed number -> pages asked for
    visits: list[Visit] = field(default_factory=list)  # without what they brought
    stop_at: float = 0.0
    problems: list[str] = field(default_factory=list)
    habits: dict[str, OutletProfile] = field(default_factory=dict)  # by outlet, read once a run
    turns: ArticleTurns = field(default_factory=ArticleTurns)
    backlog: Backlog = field(default_factory=Backlog)
    known: KnownThisRun = field(init=False)
    # One thread writes: the loop that fetches never waits for the database's lock, nor for what the hits cost.
    writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "writer"))

    def __post_init__(self) -> None:
        self.known = KnownThisRun(self.store.entries)

    async def go(self, *, only: Collection[str] = (), every: bool = False) -> Run:
        """Raises StoreError when the database cannot be used, WorkshopLost; anything else ends one trip at most."""
        started = self.clock()
        self.stop_at = time.monotonic() + self.policy.stop_claiming_after.total_seconds()
        with self.store.stories.gathering():
            due, outage = await self._gather(started, only, every)
        for item in file_waiting(self.store.stories, self.line.policy, self.clock, self.policy.file_for):
            self.tell(item)
        if self.store.watchlists.current().version != self.watched:  # changed while we matched with the old list
            self.store.archive.begin_again(self.watched)
        self.store.reviews.wake(self.clock())
        self.store.reviews.expire(self.clock())
        return self._run(started, due, outage)

    async def _gather(self, started: datetime, only: Collection[str], every: bool) -> tuple[int, bool]:
        """Visit what is due and process what it brings; returns how many feeds were due, and whether none answered."""
        due = self.store.feeds.claim_due(started, started + LEASE, only=only, every=every)
        outage = False
        try:
            async with asyncio.timeout(self.policy.stop_waiting_after.total_seconds()):
                async with asyncio.TaskGroup() as settling:
                    settling.create_task(self._settle())
                    async with asyncio.TaskGroup() as tasks:
                        for state in due:
                            tasks.create_task(self._feed(state))
                        if not only:
                            for state in self._with_leftovers(due):
                                tasks.create_task(self._entries(state))
                    outage = await self._outage()
                    if not only and not outage:
                        await self._revisit()
                    await self.backlog.end()
        except* (StoreError, SandboxLost) as troubles:
            raise _first(troubles) from None
        except* TimeoutError:  # what was not finished stays pending
            outage = outage or await self._outage(ask=False)
            self.problems.append(trouble(TroubleKind.HUNG))
        finally:
            self.writer.shutdown()
        if not outage:  # else no feed is blamed for what is our side's
            for seen in self.visits:
                if not seen.reached:
                    self.store.feeds.save_visit(seen)
        self._look_back()
        return len(due), outage

    def _look_back(self) -> None:
        """When the list gained names: look for them in the stored articles, a batch a transaction."""
        archive = self.store.archive
        self.stop_at = max(self.stop_at, time.monotonic() + self.policy.look_back_for.total_seconds())
        while (looked := archive.to_look_through()) and self._in_time():
            watched = self.store.watchlists.current()
            if watched.version != self.watched:
                return  # the next run has the whole list
            looked_for = compile_watchlist([entity for entity in watched.entities if entity.id in looked.entities])
            batch = archive.articles(looked.up_to, None, ARTICLES_AT_ONCE)
            watch = self.watch
            finds = rescan_articles(batch, compiled=watch.compiled, lessons=watch.lessons, looked_for=looked_for)
            left = batch[-1].article.id - 1 if batch else 0
            archive.save(finds, self.clock(), replace(looked, up_to=left))
            for find in finds:
                self.tell(find)

    async def _outage(self, *, ask: bool = True) -> bool:
        """Whether the network seems to be down: no source was reached, and some were well the last time.

        Where we refuse to go shows nothing, nor do servers of our own where there are others. What was read within the
        hour shows that the network is there; of one alone, which may be dead, that the hosts of others have addresses,
        where there is time to `ask`.
        """
        seen = [each for each in self.visits if each.status is not FeedStatus.FORBIDDEN_ADDRESS]
        abroad = [each for each in seen if not self.web.is_own(each.feed.feed.url)]
        told = abroad or seen
        if any(s.reached for s in told) or any(s.status.healthy for s in seen) or all(s.feed.failures for s in told):
            return False
        tried, lately = {each.feed.number for each in self.visits}, self.clock() - LATELY
        others = [state for state in self.store.feeds.states() if state.number not in tried]
        if abroad:
            others = [state for state in others if not self.web.is_own(state.feed.url)]
        if any(state.last_ok and state.last_ok > lately for state in others):
            return False
        if len(told) > 1:
            return True
        others.sort(key=lambda state: state.last_ok is None)  # first those that were read ever
        asked = [state.feed.url for state in others if not (state.feed.proxy or state.feed.paused)]
        return ask and bool(abroad) and not await self.web.finds_any(asked)

    def _with_leftovers(self, due: Collection[FeedRecord]) -> list[FeedRecord]:
        """Feeds that are not due themselves, but have entries to be tried again."""
        waiting = self.store.entries.waiting(self.clock())
        visited = {state.number for state in due}
        return [s for s in self.store.feeds.states() if s.number in waiting and s.number not in visited]

    async def _feed(self, state: FeedRecord) -> None:
        begun = time.monotonic()
        try:
            seen = await visit(state, line=self.line, now=self.clock())
            self.statuses[seen.status] += 1
            self.tell(seen)
            self.visits.append(replace(seen, entries=()))
            if not seen.reached:
                return
            new = await self._write(self.store.feeds.save_visit, seen)
        except (StoreError, SandboxLost):
            raise
        except Exception as bug:
            self.statuses[FeedStatus.UNPARSABLE] += 1
            log_bug("visit", state.feed.id, bug)
            return
        log.info("visit feed=%s status=%s new=%d ms=%d", state.feed.id, seen.status, new, _since(begun))
        await self._entries(state)

    async def _entries(self, state: FeedRecord) -> None:
        limit = self.policy.pages_a_feed if state.visits else self.policy.pages_a_first_visit
        now = self.clock()
        if not self._in_time():
            return
        claimed = iter(await self._write(self.store.entries.claim, state.number, now, now + LEASE, limit))
        line = replace(self.line, fetcher=CircuitBreaker(self.line.fetcher))

        async def one_after_another() -> None:
            for entry in claimed:
                async with self.turns.turn(entry) as earlier:
                    if not self._in_time():
                        return
                    await self._entry(entry, line, earlier)

        await asyncio.gather(*(one_after_another() for _ in range(ENTRIES_AT_ONCE)))

    async def _revisit(self) -> None:
        """Pages that were had are asked for again, in what is left of this run's time and of every feed's pages."""
        if not self._in_time():
            return
        now, policy = self.clock(), self.policy
        left = max(policy.revisits_a_day - self.store.runs.revisits_since(now - timedelta(days=1)), 0)
        feeds = [state for state in self.store.feeds.states() if not state.feed.paused]
        room = {state.number: policy.pages_a_feed - self.asked[state.number] for state in feeds}
        by_feed: dict[int, list[Recheck]] = {}
        matched = policy.revisit_matched
        claim = self.store.revisits.claim
        for revisit in await self._write(claim, now, now + LEASE, left, room, matched=matched):
            by_feed.setdefault(revisit.feed, []).append(revisit)
        async with asyncio.TaskGroup() as tasks:
            for claimed in by_feed.values():
                tasks.create_task(self._looks(claimed))

    async def _looks(self, claimed: Collection[Recheck]) -> None:
        for revisit in claimed:
            if not self._in_time():
                return
            now = self.clock()
            try:
                habits = self._habits_of(revisit.article.outlet)
                acquired = await recheck_article(revisit, line=self.line, now=now, habits=habits)
            except (StoreError, SandboxLost):
                raise
            except Exception as bug:
                log_bug("look at", revisit.article.id, bug)
                acquired = AcquiredArticle(RecheckResult(revisit, now))  # the last: it would do so every time
            await self.backlog.put(acquired)

    async def _entry(self, entry: Entry, line: Line, earlier: EarlierTrips) -> None:
        self.asked[entry.feed.number] += 1
        begun = time.monotonic()
        try:
            habits = self._habits_of(entry.feed.feed.outlet)
            acquired = await acquire(
                entry, line=line, known=self.known, now=self.clock(), habits=habits, earlier=earlier
            )
        except (StoreError, SandboxLost):
            raise
        except Exception as bug:
            log_bug("acquire", entry.id, bug)
            acquired = AcquiredArticle(self._set_aside(entry))
        if isinstance(acquired.result, Result):
            self.turns.record(acquired.result)
        self.known.add(acquired.result.article)
        log.info("acquire entry=%d ms=%d", entry.id, _since(begun))
        await self.backlog.put(acquired)

    async def _settle(self) -> None:
        """Match and store what was acquired, until nothing more comes."""
        while batch := await self.backlog.take():
            found = iter(await self._match([each.unmatched for each in batch if each.unmatched]))
            for acquired in batch:
                await self._save(acquired, next(found) if acquired.unmatched else None)
                await self.backlog.settled(acquired)

    async def _match(self, articles: Sequence[UnmatchedArticle]) -> Sequence[MatchedArticle | StageFailed]:
        """Match all at once; where that fails, one by one: one article ends its own trip only."""
        if not articles:
            return ()
        try:
            return await self.matching.run(match_articles, articles)
        except StageFailed as error:
            if len(articles) == 1:
                return (error,)
        return [found for article in articles for found in await self._match([article])]

    async def _save(self, acquired: AcquiredArticle, found: MatchedArticle | StageFailed | None) -> None:
        result = acquired.result
        try:
            if isinstance(found, StageFailed):
                raise found
            result = with_names(acquired, found)
            stored = await self._write(self._stored, result)
        except (StoreError, SandboxLost):
            raise
        except Exception as bug:
            stored = await self._write(self._stored, self._after_bug(result, bug))
        self._count(stored)

    def _stored(self, result: Result | RecheckResult) -> Result | RecheckResult:
        if isinstance(result, Result):
            return self.store.entries.save_result(result)
        self.store.revisits.save(result)
        return result

    def _count(self, stored: Result | RecheckResult) -> None:
        if isinstance(stored, RecheckResult):
            self.revisits += stored.asked
            log.info("look article=%d there=%s", stored.revisit.article.id, stored.there)
            return
        entry, outcome = stored.entry, stored.outcome
        self.outcomes[outcome] += 1
        self.articles += stored.article is not None and outcome is not Outcome.DUPLICATE and entry.article is None
        log.info("process entry=%d outcome=%s", entry.id, outcome)
        self.tell(stored)

    async def _write(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call what writes to the database, in the one thread that does."""
        return await asyncio.get_running_loop().run_in_executor(self.writer, partial(write, *args, **kwargs))

    def _habits_of(self, outlet: str) -> OutletProfile:
        if outlet not in self.habits:
            self.habits[outlet] = self.store.entries.habits(outlet, self.clock() - HABITS)
        return self.habits[outlet]

    def _after_bug(self, result: Result | RecheckResult, bug: Exception) -> Result | RecheckResult:
        if isinstance(result, Result):
            log_bug("process", result.entry.id, bug)
            return self._set_aside(result.entry)
        log_bug("look at", result.revisit.article.id, bug)
        return RecheckResult(result.revisit, result.at)

    def _set_aside(self, entry: Entry) -> Result:
        """How an entry's trip ends at a bug of ours: it stays pending, and is given up when it does so every time."""
        now = self.clock()
        due = next_try(entry.tries + 1, now, self.line.policy.schedule)
        outcome = Outcome.PENDING if due else Outcome.GIVEN_UP
        return Result(entry, now, outcome, "an error in monitor itself", due=due)

    def _in_time(self) -> bool:
        return time.monotonic() < self.stop_at

    def _run(self, started: datetime, due: int, outage: bool) -> Run:
        healthy = sum(n for status, n in self.statuses.items() if status.healthy)
        unchanged = self.statuses[FeedStatus.UNCHANGED]
        return Run(
            started=started,
            ended=self.clock(),
            due=due,
            fetched=healthy - unchanged,
            unchanged=unchanged,
            failed=self.statuses.total() - healthy,
            entries=self.outcomes.total(),
            articles=self.articles,
            revisits=self.revisits,
            outcomes=dict(self.outcomes),
            problems=tuple(self.problems),
            outage=outage,
        )


def file_waiting(
    stories: SqlStories, policy: LinePolicy, clock: Clock, at_most: timedelta = timedelta.max
) -> Iterator[ReviewItem]:
    """Put what awaits it into its story, one article after the other; yields the items. A bug costs one article.

    After `at_most` it stops: the rest waits on.
    """
    with stories.filing():  # on a server this waits for others that gather: time counts from here
        stop_at = time.monotonic() + at_most.total_seconds()
        for article in stories.awaiting_filing():
            if time.monotonic() >= stop_at:
                return
            try:
                item, _ = file_article(article, stories=stories, now=clock(), policy=policy)
            except StoreError:
                raise
            except Exception as bug:
                log_bug("file", article.id, bug)
            else:
                yield item


def _since(begun: float) -> int:
    return int((time.monotonic() - begun) * 1000)


def _first(group: BaseExceptionGroup[RunError]) -> RunError:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def log_bug(what: str, which: object, bug: Exception) -> None:
    """The place and the kind of a bug, not its message: that may quote a text, and with it a name."""
    if isinstance(bug, StageFailed):
        log.error("%s %s: %s\n%s", what, which, bug, bug.place)
        return
    place = "".join(traceback.format_tb(bug.__traceback__))
    log.error("%s %s failed with %s\n%s", what, which, type(bug).__name__, place)
