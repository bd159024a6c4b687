"""Tells an outage of our own network from failures of single feeds."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from monitor.ingest.reading import Reading
from monitor.model import FeedStatus

RECENT_SUCCESS = timedelta(hours=1)


async def is_outage(reading: Reading, *, may_probe: bool = True) -> bool:
    """Return whether our own network seems to be down: no feed was reached, although some were healthy before.

    Refused addresses are no evidence, nor are allowed hosts (our own servers) if other feeds were visited. A feed read
    within RECENT_SUCCESS proves a network. A single failed feed may be dead itself, so then, if `may_probe`, the
    hosts of other feeds are looked up in DNS. In a job of a fleet, feeds that other machines
    read lately prove nothing here: the hosts of all feeds are looked up, however many failed.
    """
    visits, web = reading.visits, reading.web
    usable = [v for v in visits if v.status is not FeedStatus.FORBIDDEN_ADDRESS and not v.held_origin]
    remote = [visit for visit in usable if not web.is_allowed_host(visit.feed.feed.url)]
    evidence = remote or usable
    if (
        any(visit.reached for visit in evidence)
        or any(visit.status.is_healthy for visit in usable)
        # Feeds that failed before prove nothing. Without any visit this is true as well: no outage.
        or all(visit.feed.failures for visit in evidence)
    ):
        return False
    trusts_last_reads = reading.hosts.claim.queue is None or not may_probe
    now = reading.home.clock()
    recent = now - RECENT_SUCCESS
    visited_numbers = {visit.feed.number for visit in visits} if trusts_last_reads else set()
    other_feeds = [
        state
        for state in await asyncio.to_thread(reading.home.store.feeds.states)
        if state.number not in visited_numbers
    ]
    if remote:
        other_feeds = [state for state in other_feeds if not web.is_allowed_host(state.feed.url)]
    if trusts_last_reads and any(state.last_ok and recent < state.last_ok <= now for state in other_feeds):
        return False
    if trusts_last_reads and len(evidence) > 1:
        return True
    other_feeds.sort(key=lambda state: state.last_ok is None)  # feeds that were read at least once come first
    # The proxy looks up the host of a feed behind it, so that host need not resolve here.
    urls = [state.feed.url for state in other_feeds if not (state.feed.proxy or state.feed.paused)]
    return may_probe and bool(remote) and not await web.resolves_any(urls)
