"""The state of one reading: a run, a job over a slice, or some added links.

Feeds are visited in parallel (`feeds`), each followed by its entries (`entries`); the fetcher limits the rate per host.
Fetched articles are matched and stored meanwhile (`storing`). Fetching neither waits for it nor knows the list.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from monitor.clock import Clock
from monitor.errors import StoreError
from monitor.extract.outlet_profile import MAX_ARTICLES, MAX_HEADLINES, build_outlet_profile
from monitor.fetch.byte_budget import ByteBudget
from monitor.fetch.client import WebFetcher
from monitor.home import Home
from monitor.ingest.day_room import DayRoom
from monitor.ingest.policy import PAGES_IN_FLIGHT_BYTES, RunPolicy
from monitor.ingest.tools import Line, make_fetcher
from monitor.ingest.trip.article import AcquiredArticle
from monitor.ingest.trip.speakers import Outlets, link_key
from monitor.model import (
    ArticleText,
    Claim,
    Entry,
    FeedStatus,
    HostState,
    Outcome,
    OutletProfile,
    RecheckResult,
    Result,
    Run,
    TextFrom,
    Visit,
)
from monitor.ports import EventListener, KnownArticles, Sandbox, SandboxWithTool
from monitor.store import Store
from monitor.urls import is_twin, origin_of_url


@dataclass(slots=True)
class RunTally:
    """The counts of a run so far."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    statuses: Counter[FeedStatus] = field(default_factory=Counter)
    articles: int = 0
    rechecks: int = 0
    common_surnames: int = 0
    problems: list[str] = field(default_factory=list)
    outage: bool = False  # of our own network

    def add(self, stored: Result | RecheckResult) -> None:
        """Count a stored result."""
        if isinstance(stored, RecheckResult):
            # A recheck that had to wait for its host used none of the day's requests.
            self.rechecks += stored.request_sent
            return
        self.outcomes[stored.outcome] += 1
        # Only new articles: neither duplicates nor new versions of an article stored before.
        is_new = stored.outcome is not Outcome.DUPLICATE and stored.entry.article is None
        self.articles += stored.article is not None and is_new

    def summarize(self, started: datetime, ended: datetime, due: int) -> Run:
        # A visit has one status; "not modified" is a healthy one that brought nothing.
        healthy = sum(n for status, n in self.statuses.items() if status.is_healthy)
        not_modified = self.statuses[FeedStatus.UNCHANGED]
        return Run(
            started=started,
            ended=ended,
            due=due,
            fetched=healthy - not_modified,
            unchanged=not_modified,
            failed=self.statuses.total() - healthy,
            entries=self.outcomes.total(),
            articles=self.articles,
            revisits=self.rechecks,
            common_surnames=self.common_surnames,
            outcomes=dict(self.outcomes),
            problems=tuple(self.problems),
            outage=self.outage,
        )


class ClaimedHosts:
    """The port `Hosts` over the store, for one claim."""

    def __init__(self, store: Store, claim: Claim, clock: Clock) -> None:
        self.claim, self._store, self._clock = claim, store, clock
        self._taken: dict[str, HostState] = {}

    @property
    def until(self) -> datetime:
        return self.claim.until

    def take_all(self, urls: Iterable[str]) -> None:
        """Take the hosts of many addresses in one transaction, except those that another run or job holds."""
        origins = {origin_of_url(url) for url in urls} - self._taken.keys() - {""}
        self._taken |= self._store.hosts.take(self.claim, origins, self._clock())

    async def take(self, origin: str) -> HostState | None:
        if origin not in self._taken:
            # In a thread: the loop must not wait for the lock of the database.
            self._taken |= await asyncio.to_thread(self._store.hosts.take, self.claim, [origin], self._clock())
        # None: another run or job holds this host now, so the caller puts the entry back.
        return self._taken.get(origin)

    def close(self, states: Iterable[HostState]) -> None:
        """Store the state of the hosts for the next run, and release everything that the claim holds."""
        # Saved first: once the claim is closed, the next run may read the older state of a host.
        self._store.hosts.save(self.claim, states)
        self._store.claims.close(self.claim)


NEWEST = 10  # entries of each feed: what it brought in the last hours
SECONDS = 60.0  # that older entries wait for them; a server that hangs must not hold up the others for long


class NewestFirst:
    """Holds back the older entries of all feeds until the newest ones of each are read.

    Else the archive that new feeds bring keeps the sandbox busy while the newest page of a slow outlet waits.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._reading, self._are_read = 0, asyncio.Event()
        self._stop_at = time.monotonic() + seconds

    @contextmanager
    def newest_of_feed(self) -> Iterator[None]:
        """Count a feed whose newest entries are being read."""
        self._reading += 1
        try:
            yield
        finally:
            self._reading -= 1
            if not self._reading:
                self._are_read.set()

    async def wait(self) -> None:
        """Wait until the newest entries of all feeds are read, or too long have been."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(self._stop_at - time.monotonic(), 0)):
                await self._are_read.wait()


PROFILE_SPAN = timedelta(days=7)  # an outlet's profile is made of its last week


class OutletsOfRun:
    """The outlets of the feeds that are read, and the profile of each outlet; read once per run."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._profiles: dict[str, OutletProfile] = {}
        self.of_sites = Outlets()

    def load(self) -> None:
        """Read the feeds of feeds.yaml, unless that was done."""
        if not self.of_sites.by_site:
            self.of_sites = Outlets.of_feeds(self._store.feeds.listed())

    def profile_of(self, outlet: str) -> OutletProfile:
        """Return the profile of an outlet."""
        if outlet not in self._profiles:
            self._profiles[outlet] = outlet_profile(self._store, outlet, self._clock() - PROFILE_SPAN)
        return self._profiles[outlet]


def outlet_profile(store: Store, outlet: str, since: datetime) -> OutletProfile:
    """Return the profile of an outlet's headlines and texts that were first seen since `since`."""
    return build_outlet_profile(*store.entries.latest_of_outlet(outlet, since, MAX_HEADLINES, MAX_ARTICLES))


MAX_BYTES = 100_000_000  # of pages and texts; a run has 400 MB in all
BATCH_CHARACTERS = 80_000  # matched in one call; more is no faster, and takes the memory of a small server
BATCH_ARTICLES = 100  # stored in one transaction, while nobody else can write to an SQLite file


class ArticleQueue:
    """The fetched articles that wait to be matched and stored. Fetching waits while `max_bytes` of them are pending.

    The bound is large: else a server could tell from the time between two requests whether its pages name somebody
    on the watchlist (a timing side channel).
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._waiting: asyncio.Queue[AcquiredArticle | None] = asyncio.Queue()
        self._room, self._is_over = ByteBudget(max_bytes), False

    async def put(self, acquired: AcquiredArticle) -> None:
        """Add an article, as soon as there is room."""
        await self._room.take(acquired.bytes)
        self._waiting.put_nowait(acquired)

    def close(self) -> None:
        """Announce that no more articles will be put."""
        self._waiting.put_nowait(None)

    async def take_batch(self) -> list[AcquiredArticle]:
        """Return the oldest articles as a batch, in order of arrival; an empty list after the last one."""
        batch: list[AcquiredArticle] = []
        characters = 0
        while not self._is_over and characters < BATCH_CHARACTERS and len(batch) < BATCH_ARTICLES:
            if batch and self._waiting.empty():
                break
            acquired = await self._waiting.get()
            if acquired is None:
                self._is_over = True
            else:
                batch.append(acquired)
                characters += sum(len(text.article.text) for text in acquired.texts)
        return batch

    def mark_stored(self, batch: Sequence[AcquiredArticle]) -> None:
        """Release the bytes of taken articles after they were stored."""
        self._room.release(sum(acquired.bytes for acquired in batch))


P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Reading:
    """The state of one reading: a run, a job over a slice, or some added links.

    `on_event` is called with each visit and result.
    """

    home: Home
    web: WebFetcher
    line: Line
    matcher: SandboxWithTool  # its tool is `RunWatchlist.watch`
    policy: RunPolicy
    hosts: ClaimedHosts  # with the claim of this run
    on_event: EventListener = lambda _: None
    tally: RunTally = field(default_factory=RunTally)
    pages_requested: Counter[int] = field(default_factory=Counter)  # by feed number
    visits: list[Visit] = field(default_factory=list)  # without their entries, which may be large
    stop_at: float = field(init=False)
    links_elsewhere: list[list[Entry]] = field(default_factory=list)  # of each feed, older, to other sites than its own
    lines: dict[tuple[int, bool], Line] = field(default_factory=dict)  # by feed and whether they are of its own site
    newest_first: NewestFirst = field(default_factory=NewestFirst)
    waiting_articles: ArticleQueue = field(default_factory=ArticleQueue)
    day_room: DayRoom = field(init=False)
    outlets: OutletsOfRun = field(init=False)
    articles: RunArticles = field(init=False)
    # All writes go through one thread, so that the event loop never waits for the lock of the database.
    writer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "writer"))

    def __post_init__(self) -> None:
        self.stop_at = time.monotonic() + self.policy.stop_claiming_after.total_seconds()
        self.articles = RunArticles(self.home.store.entries)
        self.outlets = OutletsOfRun(self.home.store, self.home.clock)
        self.day_room = DayRoom(self.home.store.feed_days, self.policy.bounds, self.home.clock)

    def has_time(self) -> bool:
        return time.monotonic() < self.stop_at

    async def in_writer_thread(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `write` in the writer thread and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self.writer, partial(write, *args, **kwargs))


@asynccontextmanager
async def open_reading(
    home: Home,
    policy: RunPolicy,
    claim: Claim,
    sandbox: Sandbox,
    matcher: SandboxWithTool,
    *,
    pages: ByteBudget | None = None,
    on_event: EventListener = lambda _: None,
) -> AsyncIterator[Reading]:
    """Open the network to read under a claim; at the end close the claim and store the state of its hosts.

    `pages`: the bound of pages that wait for extraction, if other readings share the sandbox.
    """
    hosts, pages = ClaimedHosts(home.store, claim, home.clock), pages or ByteBudget(PAGES_IN_FLIGHT_BYTES)
    async with make_fetcher(home.settings, home.clock, hosts=hosts, pages=pages) as web:
        line = Line(web, sandbox, pages=pages)
        try:
            yield Reading(home, web, line, matcher, policy, hosts, on_event)
        except BaseException:  # also when cancelled: what was learned of the hosts must reach the next run
            with suppress(StoreError):  # then the claim expires by itself
                hosts.close(web.host_states())
            raise
        # In a thread: the writer has ended, and the loop must not wait for the database.
        await asyncio.to_thread(hosts.close, web.host_states())


def milliseconds_since(start: float) -> int:
    """Return the time since a reading of `time.monotonic()`, for the log."""
    return int((time.monotonic() - start) * 1000)


class RunArticles:
    """The stored articles plus those fetched in this run, and the turns of entries that link to one article.

    Feeds list an article under links that differ only in tracking parameters, and many feeds link to the same article.
    Without those fetched, which may still wait to be stored, the time that matching takes would decide whether a page
    is requested twice (a side channel).
    """

    def __init__(self, stored: KnownArticles) -> None:
        self._stored = stored
        # Weak values: a lock lives as long as an entry holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        # By article key: of an article itself, and of the links that led to it.
        self._words: defaultdict[str, set[int]] = defaultdict(set)  # hashes of title and text of the pages read
        self._plain: set[str] = set()  # read at the plain address, not at a twin of it
        self._duplicates: set[str] = set()  # links to a page that is stored under another address
        self._failed_trips: dict[str, list[Result]] = {}

    @asynccontextmanager
    async def turn(self, entry: Entry) -> AsyncIterator[Sequence[Result]]:
        """Hold the article's lock; yield the results of earlier trips to it that brought no page."""
        key = link_key(entry)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield self._failed_trips.get(key, ())

    def record(self, result: Result) -> None:
        """Record the end of a trip, before it is stored, for the entries that link to the same article."""
        article, entry = result.article, result.entry
        if entry.item.is_complete:  # its feed had the whole text: no page was fetched
            return
        key = link_key(entry)
        if article is not None and article.text_from is TextFrom.PAGE:
            for known_key in (article.key, key):
                self._words[known_key].add(hash(ArticleText(article.title, article.text)))
                if not is_twin(article.url):
                    self._plain.add(known_key)
        elif result.repeated_key:
            # What is known of a twin may not be the page at the plain address.
            if not is_twin(entry.item.url):
                self._duplicates.add(key)
        elif result.request_sent:  # a request that was held back says nothing about the page
            self._failed_trips.setdefault(key, []).append(result)

    def was_read(self, key: str) -> bool:
        """Return True if the article's page was read in this run."""
        return key in self._words

    def has_article(
        self, key: str, other_than: int | None = None, words: ArticleText | None = None, *, plain: bool = False
    ) -> bool:
        if self.was_read(key) and (key in self._plain or not plain):
            # Words come with a canonical address, which sites copy by mistake: then these must be the same.
            if words is None or hash(words) in self._words[key]:
                return True
        # An entry whose own text is stored still waits for its page, whatever other entries are duplicates of.
        elif words is None and other_than is None and key in self._duplicates:
            return True
        return self._stored.has_article(key, other_than, words, plain=plain)
