"""The ingest cycle: visit due feeds, process their new entries, recheck articles, match, store and file.

Feeds are visited in parallel, each followed by its entries; the fetcher limits the rate per host. Fetched articles are
matched and stored concurrently, in order of arrival. Fetching neither waits for matching nor knows the watchlist.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import ParamSpec, TypeVar

from monitor.app.bug_log import log_bug
from monitor.app.clock import Clock
from monitor.app.ingest.backlog import Backlog, KnownArticlesOfRun
from monitor.app.ingest.filing import file_pending_articles
from monitor.app.ingest.outage import is_outage
from monitor.app.ingest.policy import RunPolicy
from monitor.errors import SandboxLost, StageFailed, StoreError
from monitor.feeds.schedule import next_try
from monitor.fetch import CircuitBreaker, WebFetcher
from monitor.i18n.troubles import trouble_message
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
    WatchContext,
    acquire,
    match_articles,
    only_counted,
    recheck_article,
    rescan_articles,
    visit,
    with_matches,
)
from monitor.ports import SandboxWithTool
from monitor.store import Store

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

RunError = StoreError | SandboxLost  # ends the run

LEASE = timedelta(minutes=40)  # longer than a run works on its claims, so only the claims of a dead run expire
ARTICLES_PER_BATCH = 200  # rescanned and stored in one transaction
PROFILE_SPAN = timedelta(days=7)  # an outlet's profile is made of its last week
PARALLEL_ENTRIES = 4  # of one feed: two for the connections to its host, two in extraction


@dataclass(slots=True)
class Cycle:
    """The state of one run; `on_event` is called with each visit, result, rescan match and filed item."""

    store: Store
    web: WebFetcher
    line: Line
    watch: WatchContext
    matcher: SandboxWithTool  # its tool is `watch`
    watchlist_version: int  # of `watch`
    today: date  # in the newsroom's time zone: names are paused and watched until a day
    clock: Clock
    policy: RunPolicy
    on_event: Callable[[Visit | Result | RescanMatch | ReviewItem], None] = lambda _: None
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    statuses: Counter[FeedStatus] = field(default_factory=Counter)
    articles: int = 0
    revisits: int = 0
    common_surnames: int = 0
    pages_requested: Counter[int] = field(default_factory=Counter)  # by feed number
    visits: list[Visit] = field(default_factory=list)  # without their entries, which may be large
    stop_at: float = 0.0
    problems: list[str] = field(default_factory=list)
    outlet_profiles: dict[str, OutletProfile] = field(default_factory=dict)  # by outlet, read once per run
    turns: ArticleTurns = field(default_factory=ArticleTurns)
    backlog: Backlog = field(default_factory=Backlog)
    known_articles: KnownArticlesOfRun = field(init=False)
    # All writes go through one thread, so that the event loop never waits for the lock of the database.
    writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "writer"))

    def __post_init__(self) -> None:
        self.known_articles = KnownArticlesOfRun(self.store.entries)

    async def run(self, *, feed_ids: Collection[str] = (), include_not_due: bool = False) -> Run:
        """Run the cycle and return its `Run`.

        Raises StoreError or SandboxLost; any other error ends at most the processing of one entry.
        """
        started = self.clock()
        self.stop_at = time.monotonic() + self.policy.stop_claiming_after.total_seconds()
        # Nobody files while articles are stored, else stories would depend on which worker was quicker.
        with self.store.stories.gathering_lock():
            due, outage = await self._fetch_and_store(started, feed_ids, include_not_due)
        for item in file_pending_articles(self.store.stories, self.line.policy, self.clock, self.policy.file_for):
            self.on_event(item)
        if self.store.watchlists.current().version != self.watchlist_version:  # the list changed during the run
            self.store.archive.restart_rescan(self.watchlist_version)
        return self._summarize(started, due, outage)

    async def _fetch_and_store(
        self, started: datetime, feed_ids: Collection[str], include_not_due: bool
    ) -> tuple[int, bool]:
        """Visit due feeds and process their entries; return the number of due feeds, and True in an outage."""
        due = self.store.feeds.claim_due(started, started + LEASE, feed_ids=feed_ids, include_not_due=include_not_due)
        outage = False
        try:
            # The outer group ends when the backlog is closed and stored, the inner one when every page is fetched.
            async with asyncio.timeout(self.policy.stop_waiting_after.total_seconds()):
                async with asyncio.TaskGroup() as matching_group:
                    matching_group.create_task(self._match_and_store())
                    async with asyncio.TaskGroup() as visit_group:
                        for state in due:
                            visit_group.create_task(self._visit_feed(state))
                        if not feed_ids:
                            for state in self._feeds_with_pending_entries(due):
                                visit_group.create_task(self._process_entries(state))
                    outage = await self._is_outage()
                    if not feed_ids and not outage:
                        await self._recheck_articles()
                    await self.backlog.close()
        except* (StoreError, SandboxLost) as errors:
            raise _first_error(errors) from None
        except* TimeoutError:  # unfinished entries stay pending
            outage = outage or await self._is_outage(may_probe=False)
            self.problems.append(trouble_message(TroubleKind.HUNG))
        finally:
            self.writer.shutdown()
        if not outage:  # in an outage no failure is counted against a feed
            for visit_result in self.visits:
                if not visit_result.reached:
                    self.store.feeds.save_visit(visit_result)
        self._rescan_for_new_names()
        return len(due), outage

    def _rescan_for_new_names(self) -> None:
        """Match names added to the watchlist against the stored articles, one batch per transaction."""
        archive = self.store.archive
        # Extended even if fetching took all the time, so that new names are always found at last.
        self.stop_at = max(self.stop_at, time.monotonic() + self.policy.rescan_for.total_seconds())
        while (rescan := archive.pending_rescan()) and self._has_time():
            watchlist = self.store.watchlists.current()
            if watchlist.version != self.watchlist_version:
                return  # the next run matches with the new list
            watched = watchlist.watched_on(self.today)
            new_names = compile_watchlist([entity for entity in watched if entity.id in rescan.entities])
            batch = archive.articles(rescan.up_to, None, ARTICLES_PER_BATCH)
            watch = self.watch
            matches = rescan_articles(batch, compiled=watch.compiled, lessons=watch.lessons, prefilter=new_names)
            matches = only_counted(matches, rescan.counted)
            next_article = batch[-1].article.id - 1 if batch else 0
            archive.save(matches, self.clock(), replace(rescan, up_to=next_article))
            for match in matches:
                self.on_event(match)

    async def _is_outage(self, *, may_probe: bool = True) -> bool:
        return await is_outage(self.visits, self.store.feeds.states, self.web, self.clock(), may_probe=may_probe)

    def _feeds_with_pending_entries(self, due: Collection[FeedRecord]) -> list[FeedRecord]:
        """Return feeds that are not due but have pending entries."""
        pending_numbers = self.store.entries.pending_by_feed(self.clock())
        due_numbers = {state.number for state in due}
        return [s for s in self.store.feeds.states() if s.number in pending_numbers and s.number not in due_numbers]

    async def _visit_feed(self, state: FeedRecord) -> None:
        start = time.monotonic()
        try:
            visit_result = await visit(state, line=self.line, now=self.clock())
            self.statuses[visit_result.status] += 1
            self.on_event(visit_result)
            self.visits.append(replace(visit_result, entries=()))
            if not visit_result.reached:
                return
            new = await self._in_writer_thread(self.store.feeds.save_visit, visit_result)
        except (StoreError, SandboxLost):
            raise
        except Exception as bug:
            self.statuses[FeedStatus.UNPARSABLE] += 1
            log_bug("visit", state.feed.id, bug)
            return
        log.info(
            "visit feed=%s status=%s new=%d ms=%d", state.feed.id, visit_result.status, new, _milliseconds_since(start)
        )
        await self._process_entries(state)

    async def _process_entries(self, state: FeedRecord) -> None:
        limit = self.policy.pages_per_feed if state.visits else self.policy.pages_per_first_visit
        now = self.clock()
        if not self._has_time():
            return
        # One iterator for all workers of this feed: each takes the next entry.
        claimed = iter(await self._in_writer_thread(self.store.entries.claim, state.number, now, now + LEASE, limit))
        line = replace(self.line, fetcher=CircuitBreaker(self.line.fetcher))

        async def process_claimed() -> None:
            for entry in claimed:
                async with self.turns.turn(entry) as earlier:
                    # Waiting for the turn may have taken long.
                    if not self._has_time():
                        return
                    await self._process_entry(entry, line, earlier)

        await asyncio.gather(*(process_claimed() for _ in range(PARALLEL_ENTRIES)))

    async def _recheck_articles(self) -> None:
        """Recheck due articles within the remaining time of the run and the page limit of each feed."""
        if not self._has_time():
            return
        now, policy = self.clock(), self.policy
        remaining = max(policy.revisits_a_day - self.store.runs.count_rechecks_since(now - timedelta(days=1)), 0)
        feeds = [state for state in self.store.feeds.states() if not state.feed.paused]
        room_by_feed = {state.number: policy.pages_per_feed - self.pages_requested[state.number] for state in feeds}
        by_feed: dict[int, list[Recheck]] = {}
        matched_only = policy.revisit_matched
        claim = self.store.revisits.claim
        for recheck in await self._in_writer_thread(
            claim, now, now + LEASE, remaining, room_by_feed, matched_only=matched_only
        ):
            by_feed.setdefault(recheck.feed, []).append(recheck)
        async with asyncio.TaskGroup() as tasks:
            for rechecks in by_feed.values():
                tasks.create_task(self._recheck_articles_of_feed(rechecks))

    async def _recheck_articles_of_feed(self, rechecks: Collection[Recheck]) -> None:
        for recheck in rechecks:
            if not self._has_time():
                return
            now = self.clock()
            try:
                profile = self._profile_of(recheck.article.outlet)
                acquired = await recheck_article(recheck, line=self.line, now=now, profile=profile)
            except (StoreError, SandboxLost):
                raise
            except Exception as bug:
                log_bug("recheck", recheck.article.id, bug)
                acquired = AcquiredArticle(RecheckResult(recheck, now))  # no further recheck: it would fail every time
            await self.backlog.put(acquired)

    async def _process_entry(self, entry: Entry, line: Line, earlier: EarlierTrips) -> None:
        self.pages_requested[entry.feed.number] += 1
        start = time.monotonic()
        try:
            profile = self._profile_of(entry.feed.feed.outlet)
            acquired = await acquire(
                entry,
                line=line,
                stored_articles=self.known_articles,
                now=self.clock(),
                profile=profile,
                earlier=earlier,
            )
        except (StoreError, SandboxLost):
            raise
        except Exception as bug:
            log_bug("acquire", entry.id, bug)
            acquired = AcquiredArticle(self._pending_after_bug(entry))
        if isinstance(acquired.result, Result):
            self.turns.record(acquired.result)
        # Before it is stored, so that a second entry with the same article does not request the page again.
        self.known_articles.add(acquired.result.article)
        log.info("acquire entry=%d ms=%d", entry.id, _milliseconds_since(start))
        await self.backlog.put(acquired)

    async def _match_and_store(self) -> None:
        """Match and store fetched articles until the backlog is closed and empty."""
        while batch := await self.backlog.take_batch():
            results = iter(await self._match_articles([item.unmatched for item in batch if item.unmatched]))
            for acquired in batch:
                await self._store_result(acquired, next(results) if acquired.unmatched else None)
                await self.backlog.mark_stored(acquired)

    async def _match_articles(self, articles: Sequence[UnmatchedArticle]) -> Sequence[MatchedArticle | StageFailed]:
        """Match articles in one call, or one by one if that fails, so that a bad article affects only itself."""
        if not articles:
            return ()
        try:
            return await self.matcher.run(match_articles, articles)
        except StageFailed as error:
            if len(articles) == 1:
                return (error,)
        return [matched for article in articles for matched in await self._match_articles([article])]

    async def _store_result(self, acquired: AcquiredArticle, matched: MatchedArticle | StageFailed | None) -> None:
        result = acquired.result
        try:
            if isinstance(matched, StageFailed):
                raise matched
            result = with_matches(acquired, matched)
            self.common_surnames += matched.common_surnames if matched else 0
            stored = await self._in_writer_thread(self._save_result, result)
        except (StoreError, SandboxLost):
            raise
        except Exception as bug:
            stored = await self._in_writer_thread(self._save_result, self._result_after_bug(result, bug))
        self._count(stored)

    def _save_result(self, result: Result | RecheckResult) -> Result | RecheckResult:
        if isinstance(result, Result):
            return self.store.entries.save_result(result)
        self.store.revisits.save(result)
        return result

    def _count(self, stored: Result | RecheckResult) -> None:
        if isinstance(stored, RecheckResult):
            self.revisits += stored.request_sent
            log.info("recheck article=%d page=%s", stored.recheck.article.id, stored.has_page)
            return
        entry, outcome = stored.entry, stored.outcome
        self.outcomes[outcome] += 1
        # Only new articles: neither duplicates nor new versions of an article stored before.
        self.articles += stored.article is not None and outcome is not Outcome.DUPLICATE and entry.article is None
        log.info("process entry=%d outcome=%s", entry.id, outcome)
        self.on_event(stored)

    async def _in_writer_thread(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `write` in the writer thread and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self.writer, partial(write, *args, **kwargs))

    def _profile_of(self, outlet: str) -> OutletProfile:
        if outlet not in self.outlet_profiles:
            self.outlet_profiles[outlet] = self.store.entries.outlet_profile(outlet, self.clock() - PROFILE_SPAN)
        return self.outlet_profiles[outlet]

    def _result_after_bug(self, result: Result | RecheckResult, bug: Exception) -> Result | RecheckResult:
        if isinstance(result, Result):
            log_bug("process", result.entry.id, bug)
            return self._pending_after_bug(result.entry)
        log_bug("recheck", result.recheck.article.id, bug)
        return RecheckResult(result.recheck, result.at)

    def _pending_after_bug(self, entry: Entry) -> Result:
        """Return the result of an entry after a bug: it stays pending, or is given up after the last retry."""
        now = self.clock()
        due = next_try(entry.tries + 1, now, self.line.policy.schedule)
        outcome = Outcome.PENDING if due else Outcome.GIVEN_UP
        return Result(entry, now, outcome, "an error in monitor itself", due=due)

    def _has_time(self) -> bool:
        return time.monotonic() < self.stop_at

    def _summarize(self, started: datetime, due: int, outage: bool) -> Run:
        healthy = sum(n for status, n in self.statuses.items() if status.is_healthy)
        not_modified = self.statuses[FeedStatus.UNCHANGED]
        return Run(
            started=started,
            ended=self.clock(),
            due=due,
            fetched=healthy - not_modified,
            unchanged=not_modified,
            failed=self.statuses.total() - healthy,
            entries=self.outcomes.total(),
            articles=self.articles,
            revisits=self.revisits,
            common_surnames=self.common_surnames,
            outcomes=dict(self.outcomes),
            problems=tuple(self.problems),
            outage=outage,
        )


def _milliseconds_since(start: float) -> int:
    return int((time.monotonic() - start) * 1000)


def _first_error(group: BaseExceptionGroup[RunError]) -> RunError:
    # Nested task groups raise nested groups.
    first = group.exceptions[0]
    return _first_error(first) if isinstance(first, BaseExceptionGroup) else first
