"""The steps of a run: visit feeds, process their new entries, recheck articles; match and store what they brought.

Feeds are visited in parallel, each followed by its entries; the fetcher limits the rate per host. Fetched articles are
matched and stored meanwhile, in order of arrival. Fetching neither waits for it nor knows the list.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ParamSpec, TypeVar

from monitor.bug_log import log_bug
from monitor.clock import Clock
from monitor.errors import ClaimLost, SandboxLost, StoreError, first_error
from monitor.fetch.rate_limits import CircuitBreaker
from monitor.groups import group_values
from monitor.i18n.troubles import trouble_message
from monitor.ingest.after_bug import entry_after_bug, result_after_bug
from monitor.ingest.article_queue import ArticleQueue
from monitor.ingest.batches import Matched, match_each, matched_result, matches_of_each
from monitor.ingest.day_room import DayRoom
from monitor.ingest.hosts import ClaimedHosts
from monitor.ingest.known_articles import KnownArticlesOfRun
from monitor.ingest.line import Line
from monitor.ingest.matching import AcquiredArticle
from monitor.ingest.outage import is_outage
from monitor.ingest.outlets import OutletsOfRun
from monitor.ingest.policy import RunPolicy
from monitor.ingest.recheck import recheck_article
from monitor.ingest.tally import RunTally
from monitor.ingest.tools import RunTools
from monitor.ingest.trip.article_turns import ArticleTurns, EarlierTrips
from monitor.ingest.trip.entry import acquire
from monitor.ingest.trip.speakers import is_of_own_site, link_key
from monitor.ingest.visit import visit as visit_feed
from monitor.model import (
    Entry,
    FeedRecord,
    FeedStatus,
    MatchedArticle,
    Recheck,
    RecheckResult,
    RescanMatch,
    Result,
    TroubleKind,
    Visit,
)
from monitor.store import Store

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

Stored = Result | RecheckResult | None  # None: another run has claimed its row since

PARALLEL_ENTRIES = 4  # of one feed: two for the connections to its host, two in extraction


@dataclass(slots=True)
class Reading:
    """The state of one reading: a run, a job over a slice, or some added links.

    `on_event` is called with each visit and result.
    """

    store: Store
    tools: RunTools
    clock: Clock
    policy: RunPolicy
    hosts: ClaimedHosts  # with the claim of this run
    on_event: Callable[[Visit | Result | RescanMatch], None] = lambda _: None
    tally: RunTally = field(default_factory=RunTally)
    pages_requested: Counter[int] = field(default_factory=Counter)  # by feed number
    visits: list[Visit] = field(default_factory=list)  # without their entries, which may be large
    stop_at: float = field(init=False)
    links_elsewhere: list[list[Entry]] = field(default_factory=list)  # of each feed, to other sites than its own
    turns: ArticleTurns = field(default_factory=ArticleTurns)
    waiting_articles: ArticleQueue = field(default_factory=ArticleQueue)
    day_room: DayRoom = field(init=False)
    outlets: OutletsOfRun = field(init=False)
    known_articles: KnownArticlesOfRun = field(init=False)
    # All writes go through one thread, so that the event loop never waits for the lock of the database.
    writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "writer"))

    def __post_init__(self) -> None:
        self.stop_at = time.monotonic() + self.policy.stop_claiming_after.total_seconds()
        self.known_articles = KnownArticlesOfRun(self.store.entries)
        self.outlets = OutletsOfRun(self.store, self.clock)
        self.day_room = DayRoom(self.store.feed_days, self.policy.bounds, self.clock)

    def claim_due_feeds(self, now: datetime, **choice: Any) -> Sequence[FeedRecord]:
        """Claim the due feeds and their hosts; `choice` as for `SqlFeeds.claim_due`."""
        claim = self.hosts.claim
        due = self.store.feeds.claim_due(now, claim.until, claim=claim.number, **choice)
        # All in one transaction; `take` would need one for each host.
        self.hosts.take_all(state.address for state in due)
        return due

    async def match_and_store_during(self, fetching: Coroutine[Any, Any, bool]) -> bool:
        """Match and store what is fetched, until it ends; return True in an outage, as `fetching` does."""
        outage = False
        try:
            async with asyncio.timeout(self.policy.stop_waiting_after.total_seconds()):
                async with asyncio.TaskGroup() as matching_group:
                    matching_group.create_task(self._match_and_store())
                    outage = await fetching
                    self.waiting_articles.close()
        except* (StoreError, SandboxLost) as errors:
            raise first_error(errors) from None
        except* TimeoutError:  # unfinished entries stay pending
            outage = outage or await self.is_outage(may_probe=False)
            self.tally.problems.append(trouble_message(TroubleKind.HUNG))
        finally:
            # Waits for the last write; the visits below are saved in this thread.
            self.writer.shutdown()
        if not outage:  # in an outage no failure is counted against a feed
            for visit_result in self.visits:
                if not visit_result.reached:
                    self._save_visit(visit_result)
        return outage

    async def is_outage(self, *, may_probe: bool = True) -> bool:
        """Return True if our own network seems to be down."""
        return await is_outage(
            self.visits,
            lambda: asyncio.to_thread(self.store.feeds.states),
            self.tools.web,
            self.clock(),
            may_probe=may_probe,
            is_alone=self.hosts.claim.queue is None,
        )

    def feeds_with_pending_entries(self, due: Collection[FeedRecord]) -> list[FeedRecord]:
        """Return feeds that are not due but have pending entries, and sites of added links that have."""
        pending_numbers = self.store.entries.pending_by_feed(self.clock())
        due_numbers, feeds = {state.number for state in due}, self.store.feeds
        states = (*feeds.states(), *feeds.sites_of_links())
        return [s for s in states if s.number in pending_numbers and s.number not in due_numbers]

    async def visit(self, state: FeedRecord) -> bool:
        """Visit a feed and store what it brought; return False if nothing was stored."""
        start = time.monotonic()
        try:
            visit_result = await visit_feed(state, line=self.tools.line, now=self.clock())
            self.tally.statuses[visit_result.status] += 1
            self.on_event(visit_result)
            # A visit that reached nothing is saved later, when it is known whether our own network was down.
            self.visits.append(replace(visit_result, entries=()))
            if not visit_result.reached:
                return False
            new = await self.in_writer_thread(self._save_visit, visit_result)
        except (StoreError, SandboxLost):
            raise
        except Exception as bug:
            self.tally.statuses[FeedStatus.UNPARSABLE] += 1
            log_bug("visit", state.feed.id, bug)
            return False
        log.info(
            "visit feed=%s status=%s new=%d ms=%d", state.feed.id, visit_result.status, new, _milliseconds_since(start)
        )
        return True

    async def process_entries(self, state: FeedRecord) -> None:
        # The first visit finds all that the feed holds, later ones only what is new.
        limit = self.policy.pages_per_feed if state.visits else self.policy.pages_per_first_visit
        now = self.clock()
        if not self.has_time():
            return
        claim = partial(self.store.entries.claim, claim=self.hosts.claim.number)
        await self.process_claimed(await self.in_writer_thread(claim, state.number, now, self.hosts.until, limit))

    async def process_claimed(self, entries: Sequence[Entry]) -> None:
        """Process entries of one feed, first those of its own site: no outlet may keep another one's host busy."""
        if entries:
            await self.in_writer_thread(self.outlets.load)
        by_site = group_values((is_of_own_site(entry), entry) for entry in entries)
        self.links_elsewhere.append(by_site[False])
        await self._process_some_at_a_time(by_site[True])

    async def process_links_elsewhere(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for entries in self.links_elsewhere:
                tasks.create_task(self._process_some_at_a_time(entries))
        self.links_elsewhere.clear()

    async def _process_some_at_a_time(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        addresses = [entry.item.url for entry in entries]
        await self.in_writer_thread(self.hosts.take_all, addresses)
        await self.in_writer_thread(self.known_articles.look_up, list(map(link_key, entries)))
        claimed = iter(entries)  # one for all workers of this feed: each takes the next entry
        # A breaker for each feed: the unanswered pages of another feed say nothing of this one.
        line = replace(self.tools.line, fetcher=CircuitBreaker(self.tools.line.fetcher))

        async def process_claimed() -> None:
            for entry in claimed:
                async with self.turns.turn(entry) as earlier:
                    # Waiting for the turn may have taken long.
                    if not self.has_time():
                        return
                    await self._process_entry(entry, line, earlier)

        await asyncio.gather(*(process_claimed() for _ in range(PARALLEL_ENTRIES)))

    async def recheck_articles(self, slice_number: int | None = None) -> None:
        """Recheck due articles, in the time that the run has left and within each feed's page limit."""
        if not self.has_time():
            return
        now, policy = self.clock(), self.policy
        remaining = max(policy.revisits_a_day - self.store.runs.count_rechecks_since(now - timedelta(days=1)), 0)
        feeds = self.store.feeds.readable()
        # A feed has one limit of pages in a run, whether they are read or rechecked.
        room_by_feed = {number: policy.pages_per_feed - self.pages_requested[number] for number in feeds}
        claim = partial(self.store.revisits.claim, matched_only=policy.revisit_matched, slice_number=slice_number)
        claimed = await self.in_writer_thread(
            claim, now, self.hosts.until, remaining, room_by_feed, claim=self.hosts.claim.number
        )
        # An edited entry's page may have been read in this run, and still wait to be stored.
        unread = (recheck for recheck in claimed if not self.known_articles.was_read(recheck.article.key))
        async with asyncio.TaskGroup() as tasks:
            for rechecks in group_values((recheck.feed, recheck) for recheck in unread).values():
                tasks.create_task(self._recheck_articles_of_feed(rechecks))

    async def _recheck_articles_of_feed(self, rechecks: Collection[Recheck]) -> None:
        for recheck in rechecks:
            if not self.has_time() or not self.day_room.has_room(recheck.feed):
                return
            now = self.clock()
            try:
                profile = self.outlets.profile_of(recheck.article.outlet)
                acquired = await recheck_article(recheck, line=self.tools.line, now=now, profile=profile)
            except (StoreError, SandboxLost):
                raise
            except Exception as bug:
                log_bug("recheck", recheck.article.id, bug)
                acquired = AcquiredArticle(RecheckResult(recheck, now))  # no further recheck: it would fail every time
            await self.waiting_articles.put(acquired)

    async def _process_entry(self, entry: Entry, line: Line, earlier: EarlierTrips) -> None:
        self.pages_requested[entry.feed.number] += 1
        start = time.monotonic()
        try:
            profile = self.outlets.profile_of(self.outlets.of_sites.of_link(entry))
            acquired = await acquire(
                entry,
                line=line,
                stored_articles=self.known_articles,
                now=self.clock(),
                profile=profile,
                earlier=earlier,
                outlets=self.outlets.of_sites,
                take_room=self.day_room.take,
            )
        except (StoreError, SandboxLost):
            raise
        except Exception as bug:
            log_bug("acquire", entry.id, bug)
            acquired = AcquiredArticle(entry_after_bug(entry, self.clock(), self.tools.line.policy.schedule))
        if isinstance(acquired.result, Result):
            self.turns.record(acquired.result)
        # Before it is stored, so that a second entry with the same article does not request the page again.
        self.known_articles.add(acquired.result.article)
        log.info("acquire entry=%d ms=%d", entry.id, _milliseconds_since(start))
        await self.waiting_articles.put(acquired)

    async def _match_and_store(self) -> None:
        """Match and store fetched articles until the queue is closed and empty."""
        while batch := await self.waiting_articles.take_batch():
            texts = [text for acquired in batch for text in acquired.texts]
            results = await match_each(self.tools.matcher, texts)
            self.tally.common_surnames += sum(m.common_surnames for m in results if isinstance(m, MatchedArticle))
            pairs = zip(batch, matches_of_each(batch, results), strict=True)
            matched = [self.day_room.within_mentions(acquired.result, matches) for acquired, matches in pairs]
            for stored in await self._store_results(batch, matched):
                if stored is not None:
                    self._count(stored)
            self.waiting_articles.mark_stored(batch)

    async def _store_results(self, batch: Sequence[AcquiredArticle], matched: Sequence[Matched]) -> Sequence[Stored]:
        """Store the results of a batch together, or one by one if that fails, so that a bug ends only one trip."""
        if all(isinstance(acquired.result, Result) for acquired in batch):
            try:
                return await self.in_writer_thread(self._save_results, batch, matched)
            except (StoreError, SandboxLost):
                raise
            except Exception:  # it is logged when the one to blame is stored by itself
                log.debug("results are stored one by one")
        return [await self._store_result(*pair) for pair in zip(batch, matched, strict=True)]

    async def _store_result(self, acquired: AcquiredArticle, matched: Matched) -> Stored:
        result = acquired.result
        try:
            result = matched_result(acquired, matched)
            return await self.in_writer_thread(self._save_result, result)
        except (StoreError, SandboxLost):
            raise
        except Exception as bug:
            result = result_after_bug(result, bug, self.clock(), self.tools.line.policy.schedule)
            return await self.in_writer_thread(self._save_result, result)

    def _save_results(self, batch: Sequence[AcquiredArticle], matched: Sequence[Matched]) -> Sequence[Stored]:
        saved = self.store.entries.save_results(map(matched_result, batch, matched))  # type: ignore[arg-type]
        for result in saved:
            if isinstance(result, ClaimLost):
                log.warning("%s", result)
        return [None if isinstance(result, ClaimLost) else result for result in saved]

    def _save_visit(self, visit_result: Visit) -> int:
        try:
            return self.store.feeds.save_visit(visit_result, self.clock(), self.policy.bounds)
        except ClaimLost as lost:
            log.warning("%s", lost)
            return 0

    def _save_result(self, result: Result | RecheckResult) -> Stored:
        try:
            if isinstance(result, Result):
                return self.store.entries.save_result(result)
            self.store.revisits.save(result)
        except ClaimLost as lost:
            log.warning("%s", lost)
            return None
        return result

    def _count(self, stored: Result | RecheckResult) -> None:
        self.tally.add(stored)
        self.day_room.mark_stored(stored)
        if isinstance(stored, RecheckResult):
            log.info("recheck article=%d page=%s", stored.recheck.article.id, stored.has_page)
        else:
            log.info("process entry=%d outcome=%s", stored.entry.id, stored.outcome)
            self.on_event(stored)

    async def in_writer_thread(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `write` in the writer thread and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self.writer, partial(write, *args, **kwargs))

    def has_time(self) -> bool:
        return time.monotonic() < self.stop_at


def _milliseconds_since(start: float) -> int:
    return int((time.monotonic() - start) * 1000)
