"""Tells whether our clock is right by those of the sources' servers, when it contradicts the stored times."""

from __future__ import annotations

import asyncio
import random
import statistics
from collections.abc import Sequence
from datetime import timedelta

from monitor.app.clock import Clock
from monitor.app.ingest.policy import make_fetcher
from monitor.config import Settings
from monitor.errors import FetchError, MonitorError
from monitor.i18n.troubles import trouble_message
from monitor.model import Feed, Message, TroubleKind
from monitor.urls import origin_of_url

SERVERS_ASKED = 7
CLOCK_IS_WRONG = "is wrong, so runs go by the clocks of the sources' servers; set it, over the network if you can (NTP)"
CLOCK_WAS_AHEAD = (
    "was ahead, and is right again by the clocks of the sources' servers; later times in the database were set to now"
)
CLOCK_IN_DOUBT = (
    "the clock does not fit the times of earlier runs, and no source answers to tell the time: nothing is read until "
    "one does; check the clock (no https source can be read by a wrong one) and the network"
)


class ClockInDoubt(MonitorError):
    """The clock contradicts the stored times, and nobody could tell which are wrong."""

    exit_code = 75


async def clock_error(settings: Settings, clock: Clock, feeds: Sequence[Feed]) -> timedelta:
    """Return how far the clock is ahead of those of the feeds' servers (median). Raises ClockInDoubt if none tells."""
    by_host = {origin_of_url(feed.url): feed for feed in feeds}
    sample = random.sample(list(by_host.values()), min(SERVERS_ASKED, len(by_host)))
    async with make_fetcher(settings, clock) as web:

        async def error_by(feed: Feed) -> timedelta | None:
            try:
                time = await web.server_time(feed.url, feed.proxy)
            except FetchError:
                return None
            return None if time is None else clock() - time

        errors = [error for error in await asyncio.gather(*map(error_by, sample)) if error is not None]
    if not errors:
        raise ClockInDoubt(CLOCK_IN_DOUBT)
    return statistics.median_low(errors)


def clock_problem(*, is_wrong: bool) -> Message:
    """Return the sentence about a clock that is wrong, or was ahead before."""
    return trouble_message(TroubleKind.CLOCK, CLOCK_IS_WRONG if is_wrong else CLOCK_WAS_AHEAD)
