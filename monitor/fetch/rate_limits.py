"""Rate limits per host, a limit on all requests together, and backoff from hosts that do not answer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic

from monitor.errors import FetchError, FetchReason
from monitor.fetch.byte_budget import ByteBudget
from monitor.fetch.policy import FetchPolicy
from monitor.model import HostState, Message, Validators
from monitor.ports import Fetcher, Hosts, Purpose, Response
from monitor.urls import site_of

_NO_ANSWER = (FetchReason.TIMEOUT, FetchReason.UNREACHABLE)
_HELD_WAIT = timedelta(minutes=1)  # before an origin that another process asks is tried again
_MAX_UNANSWERED = 8  # twice the requests of a run at the same time: hardly ever unanswered by chance


class RateLimiter:
    """Limits of concurrent requests: `per_host` for each origin, with a gap between starts, and `max_requests` in all.

    An origin that sent Retry-After (or 429) gets no request until then; if the feed of another site led us there, none
    for that feed alone: it must not silence others by what it lists. An origin that left `per_host` pages in a row
    unanswered gets no further page request for the feed that listed them: the origin's own feed, which listed others,
    loses nothing.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        now: Callable[[], datetime],
        hosts: Hosts | None = None,
        pages: ByteBudget | None = None,
    ) -> None:
        """Store the wall clock and, if other processes may ask the same origins, the port that coordinates them.

        `pages`: the pages that wait to be extracted; no further page is requested while there is no room for it.
        """
        self._policy, self._now, self._hosts = policy, now, hosts
        self._pages = pages or ByteBudget(policy.page_bytes)
        self._global_slots = asyncio.Semaphore(policy.max_requests)
        # A slow request frees its global slot early, but its open slot only at its end.
        self._open_slots = asyncio.Semaphore(policy.max_requests + policy.max_slow_requests)
        self._lanes: dict[str, Lane] = {}

    @asynccontextmanager
    async def slot(self, origin: str, purpose: Purpose, feed: str = "") -> AsyncIterator[Lane]:
        """Hold a slot for one request to an origin, made for a feed. Raises FetchError while it is backed off from."""
        lane = await self.lane(origin, purpose)
        async with lane.slots, AsyncExitStack() as slots:
            # Wait for the gap before taking a global slot, so that a busy host delays no other.
            async with lane.start_lock:
                await self._wait_for_turn(lane, purpose, feed)
                await slots.enter_async_context(self._global_slot())
                # There may be no room any more: waiting requests go on together, and then wait for slots one by one.
                while self._has_no_room_for(purpose):
                    await slots.aclose()
                    await self._wait_for_turn(lane, purpose, feed)
                    await slots.enter_async_context(self._global_slot())
                # This process may have been stopped meanwhile, and another may have taken its hosts.
                if self._hosts is not None and self._now() >= self._hosts.until:
                    raise _host_in_use(origin)
                lane.last_start = monotonic()
                lane.unanswered[feed] += purpose is Purpose.PAGE
            try:
                yield lane
                lane.unanswered[feed] = 0
            except FetchError as failure:
                self._record_failure(lane, failure, feed)
                raise
            finally:
                lane.last_end = monotonic()

    @asynccontextmanager
    async def _global_slot(self) -> AsyncIterator[None]:
        """Hold a global slot until the request ends or is slow: hanging sources must not use up all slots."""
        async with self._open_slots:
            await self._global_slots.acquire()
            release = [self._global_slots.release]  # emptied by the first of timer and end: release only once

            def give_back() -> None:
                if release:
                    release.pop()()

            timer = asyncio.get_running_loop().call_later(self._policy.slow_after, give_back)
            try:
                yield
            finally:
                timer.cancel()
                give_back()

    async def _wait_for_turn(self, lane: Lane, purpose: Purpose, feed: str) -> None:
        """Wait for the gap of an origin, and for room for a page. Raises FetchError while it is backed off from."""
        self._check_backoff(lane, purpose, feed)
        # Computed again after each wait: the request before may have been sent later than planned.
        while (wait := lane.next_start(feed) - monotonic()) > 0 or self._has_no_room_for(purpose):
            await (asyncio.sleep(wait) if wait > 0 else self._pages.wait_for_room())
            self._check_backoff(lane, purpose, feed)  # the request before may have got a Retry-After

    def _has_no_room_for(self, purpose: Purpose) -> bool:
        return purpose is Purpose.PAGE and self._pages.is_full

    async def raise_gap(self, origin: str, gap: float) -> None:
        """Raise an origin's gap to its Crawl-delay, up to `max_wait`."""
        lane = await self.lane(origin, Purpose.PAGE)
        lane.gap = max(lane.gap, min(gap, self._policy.max_wait))

    async def lane(self, origin: str, purpose: Purpose) -> Lane:
        """Return the lane of an origin. Raises FetchError when another process asks this origin now."""
        if origin in self._lanes:
            return self._lanes[origin]
        state: HostState | None = HostState(origin)
        # The ping belongs to no claim: it is sent after the run has released its hosts.
        if self._hosts is not None and purpose is not Purpose.PING:
            state = await self._hosts.take(origin)
        if state is None:
            raise _host_in_use(origin)
        gap = state.gap if state.has_fresh_robots(self._now()) else 0.0  # it came with the rules of that day
        lane = Lane(asyncio.Semaphore(self._policy.per_host), max(self._policy.host_gap, gap), state)
        # Another machine's clock may be ahead of ours.
        lane.last_start = min(self._monotonic_time(state.last_request), monotonic())
        lane.backoff_until = self._monotonic_time(state.rest_until)
        return self._lanes.setdefault(origin, lane)  # another request to it may have come here meanwhile

    def states(self) -> list[HostState]:
        """Return the state of the origins that were asked, for the next run."""
        return [self._state_of(lane) for lane in self._lanes.values()]

    def _state_of(self, lane: Lane) -> HostState:
        now, elapsed = self._now(), monotonic()
        state = replace(lane.remembered, gap=lane.gap if lane.gap > self._policy.host_gap else 0.0)
        # Counted from the end of the last request: the server got it before that, however busy this machine was.
        if lane.last_end > float("-inf"):
            state = replace(state, last_request=now - timedelta(seconds=elapsed - lane.last_end))
        # A Retry-After for one address delays other addresses of its host by an hour at most.
        rest_seconds = min(lane.backoff_until - elapsed, self._policy.max_shared_backoff)
        return replace(state, rest_until=now + timedelta(seconds=rest_seconds) if rest_seconds > 0 else None)

    def _monotonic_time(self, at: datetime | None) -> float:
        """Return a time of the wall clock as one of the monotonic clock."""
        return float("-inf") if at is None else monotonic() + (at - self._now()).total_seconds()

    def _check_backoff(self, lane: Lane, purpose: Purpose, feed: str) -> None:
        """Raise FetchError, without a request, while the origin asked us to wait or does not answer."""
        seconds_left = lane.rests_until(feed) - monotonic()
        if seconds_left > self._policy.max_wait:  # a shorter one is waited for in `slot`
            wait = timedelta(seconds=min(seconds_left, self._policy.max_shared_backoff))
            detail = Message("its server asked us to wait, and is left alone until then")
            raise FetchError(FetchReason.THROTTLED, detail, retry_after=wait, request_sent=False)
        # Fifty pages of a host that hangs took 12 minutes, one after the other.
        if purpose is Purpose.PAGE and lane.unanswered[feed] >= self._policy.per_host:
            detail = Message(
                "its server left {} requests without an answer, and is left alone for now", lane.unanswered[feed]
            )
            raise FetchError(FetchReason.UNREACHABLE, detail, request_sent=False)

    def _record_failure(self, lane: Lane, failure: FetchError, feed: str) -> None:
        if failure.reason is FetchReason.THROTTLED:
            backoff = failure.retry_after.total_seconds() if failure.retry_after else self._policy.default_backoff
            until = monotonic() + min(backoff, self._policy.max_backoff)
            if _is_of_site(feed, lane.remembered.origin):
                lane.backoff_until = max(lane.backoff_until, until)
            else:
                lane.feed_backoff[feed] = until
        if failure.status or failure.reason not in _NO_ANSWER:  # an error is an answer, too
            lane.unanswered[feed] = 0


@dataclass(slots=True)
class Lane:
    """The state of one origin; times are of the monotonic clock."""

    slots: asyncio.Semaphore
    gap: float
    remembered: HostState
    start_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_start: float = float("-inf")
    last_end: float = float("-inf")
    backoff_until: float = float("-inf")
    feed_backoff: dict[str, float] = field(default_factory=dict)  # by feed of another site: until when it rests
    # By feed: pages requested since the last response, including those in progress.
    unanswered: Counter[str] = field(default_factory=Counter)

    def rests_until(self, feed: str) -> float:
        """Return until when the origin is asked nothing for a feed."""
        return max(self.backoff_until, self.feed_backoff.get(feed, self.backoff_until))

    def next_start(self, feed: str) -> float:
        """Return the first time at which the origin may be asked for a feed."""
        return max(self.last_start + self.gap, self.rests_until(feed))

    def mark_sent(self) -> None:
        """Record that a request was sent only now: connecting may have taken long."""
        self.last_start = monotonic()


def _is_of_site(feed: str, origin: str) -> bool:
    """Return whether a feed is of the site of an origin (of t.me all channels are), or a request is for no feed."""
    feed_site, site = (site_of(url).partition("/")[0] for url in (feed, f"http://{origin}"))
    return not feed or feed_site == site


def _host_in_use(origin: str) -> FetchError:
    detail = Message("another run asks its server now; it is asked again later")
    return FetchError(FetchReason.THROTTLED, detail, retry_after=_HELD_WAIT, request_sent=False, held_origin=origin)


class CircuitBreaker:
    """A Fetcher for the pages of one feed in one run that stops after `_MAX_UNANSWERED` unanswered pages in a row.

    `RateLimiter` stops earlier, but counts each host by itself. This one also stops where every page is on another
    host: links to a thousand hosts that do not exist, or a network that went down.
    """

    def __init__(self, web: Fetcher) -> None:
        self._web, self._unanswered = web, 0

    async def get(
        self, url: str, purpose: Purpose, validators: Validators = Validators(), proxy: str = "", own_url: str = ""
    ) -> Response:
        """Pass a request on to the fetcher, or raise FetchError without one."""
        if self._unanswered >= _MAX_UNANSWERED:
            detail = Message(
                "{} pages of its feed in a row were left without an answer; the others are asked for later",
                _MAX_UNANSWERED,
            )
            raise FetchError(FetchReason.UNREACHABLE, detail, request_sent=False)
        try:
            response = await self._web.get(url, purpose, validators, proxy, own_url)
        except FetchError as error:
            # A request that `RateLimiter` refused says nothing about the network.
            if error.request_sent:
                self._unanswered = self._unanswered + 1 if error.reason in _NO_ANSWER and not error.status else 0
            raise
        self._unanswered = 0
        return response
