"""Whose turn it is: politeness towards hosts, a bound on all, and who is left alone for now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

from monitor.errors import FetchError, FetchReason
from monitor.fetch.policy import FetchPolicy
from monitor.model import Message, Validators
from monitor.ports import Fetcher, Purpose, Response

_UNANSWERED = (FetchReason.TIMEOUT, FetchReason.UNREACHABLE)
_ROW = 8  # twice those that a run has on their way at once: chance does not leave so many unanswered


class RateLimiter:
    """At most `per_host` requests at once to a place, their starts a gap apart, and `in_all` requests together.

    A place that asked us to wait is asked nothing more until then; one that left unanswered as many pages as are asked
    for at once, no page.
    """

    def __init__(self, policy: FetchPolicy) -> None:
        self._policy = policy
        self._all, self._open = asyncio.Semaphore(policy.in_all), asyncio.Semaphore(policy.in_all + policy.slow_ones)
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def at(self, place: str, purpose: Purpose) -> AsyncIterator[None]:
        lane = self._lane(place)
        async with lane.slots, AsyncExitStack() as held:
            # The gap is waited out before one of the common slots is taken: a crowded host holds up no other.
            async with lane.first:
                self._look(lane, purpose)
                await asyncio.sleep(max(0.0, lane.started + lane.gap - monotonic(), lane.rests_until - monotonic()))
                await held.enter_async_context(self._one_of_all())
                lane.started = monotonic()
                lane.unanswered += purpose is Purpose.PAGE
            try:
                yield
                lane.unanswered = 0
            except FetchError as failure:
                self._learn(lane, failure)
                raise

    @asynccontextmanager
    async def _one_of_all(self) -> AsyncIterator[None]:
        """One of the common slots, until it is done or slow: a thousand sources may hang, and the others are read."""
        async with self._open:
            await self._all.acquire()
            taken = [self._all.release]

            def give_back() -> None:
                if taken:
                    taken.pop()()

            timer = asyncio.get_running_loop().call_later(self._policy.slow, give_back)
            try:
                yield
            finally:
                timer.cancel()
                give_back()

    def slow_down(self, place: str, gap: float) -> None:
        """Keep the gap that the site's robots.txt asks for, as far as a run has the patience."""
        lane = self._lane(place)
        lane.gap = max(lane.gap, min(gap, self._policy.patience))

    def _lane(self, place: str) -> _Lane:
        if place not in self._lanes:
            self._lanes[place] = _Lane(asyncio.Semaphore(self._policy.per_host), self._policy.host_gap)
        return self._lanes[place]

    def _look(self, lane: _Lane, purpose: Purpose) -> None:
        left = lane.rests_until - monotonic()
        if left > self._policy.patience:
            wait = timedelta(seconds=min(left, self._policy.others_rest))
            words = Message("its server asked us to wait, and is left alone until then")
            raise FetchError(FetchReason.THROTTLED, words, retry_after=wait, asked=False)
        if purpose is Purpose.PAGE and lane.unanswered >= self._policy.per_host:
            words = Message("its server left {} requests without an answer, and is left alone for now", lane.unanswered)
            raise FetchError(FetchReason.UNREACHABLE, words, asked=False)

    def _learn(self, lane: _Lane, failure: FetchError) -> None:
        if failure.reason is FetchReason.THROTTLED:
            rest = failure.retry_after.total_seconds() if failure.retry_after else self._policy.rest
            lane.rests_until = max(lane.rests_until, monotonic() + min(rest, self._policy.longest_rest))
        if failure.status or failure.reason not in _UNANSWERED:
            lane.unanswered = 0


@dataclass(slots=True)
class _Lane:
    slots: asyncio.Semaphore
    gap: float
    first: asyncio.Lock = field(default_factory=asyncio.Lock)
    started: float = float("-inf")
    rests_until: float = float("-inf")
    unanswered: int = 0  # pages since its last answer, those under way among them


class CircuitBreaker:
    """A Fetcher for a run's trips to the pages of one feed: when a row of them was left unanswered, no more go out.

    A host has its own row (`RateLimiter`), which is shorter. This one ends what no host's row does: links to a thousand hosts
    that are none, and a network that goes down meanwhile.
    """

    def __init__(self, web: Fetcher) -> None:
        self._web, self._unanswered = web, 0

    async def get(self, url: str, purpose: Purpose, validators: Validators = Validators(), proxy: str = "") -> Response:
        if self._unanswered >= _ROW:
            words = Message(
                "{} pages of its feed in a row were left without an answer; the others are asked for later", _ROW
            )
            raise FetchError(FetchReason.UNREACHABLE, words, asked=False)
        try:
            answer = await self._web.get(url, purpose, validators, proxy)
        except FetchError as error:
            if error.asked:
                self._unanswered = self._unanswered + 1 if error.reason in _UNANSWERED and not error.status else 0
            raise
        self._unanswered = 0
        return answer
