"""The feeds of a reading: those that are due, their visits, and whether our own network was down."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from monitor.bug_log import log_bug
from monitor.errors import ClaimLost, SandboxLost, StoreError
from monitor.ingest.reading import Reading, milliseconds_since
from monitor.ingest.visit import visit
from monitor.model import FeedRecord, FeedStatus, Visit

log = logging.getLogger(__name__)


def claim_due_feeds(reading: Reading, now: datetime, **choice: Any) -> Sequence[FeedRecord]:
    """Claim the due feeds and their hosts; `choice` as for `SqlFeeds.claim_due`."""
    claim = reading.hosts.claim
    due = reading.home.store.feeds.claim_due(now, claim.until, claim=claim.number, **choice)
    # All in one transaction; `take` would need one for each host.
    reading.hosts.take_all(state.address for state in due)
    return due


def feeds_with_pending_entries(reading: Reading, due: Collection[FeedRecord]) -> list[FeedRecord]:
    """Return feeds that are not due but have pending entries, and sites of added links that have."""
    pending_numbers = reading.home.store.entries.pending_by_feed(reading.home.clock())
    due_numbers, feeds = {state.number for state in due}, reading.home.store.feeds
    states = (*feeds.states(), *feeds.sites_of_links())
    return [s for s in states if s.number in pending_numbers and s.number not in due_numbers]


async def visit_and_store(reading: Reading, state: FeedRecord) -> bool:
    """Visit a feed and store what it brought; return False if nothing was stored."""
    start = time.monotonic()
    try:
        result = await visit(state, line=reading.line, now=reading.home.clock())
        reading.tally.statuses[result.status] += 1
        reading.on_event(result)
        # A visit that reached nothing is saved later, when it is known whether our own network was down.
        reading.visits.append(replace(result, entries=()))
        if not result.reached:
            return False
        new = await reading.in_writer_thread(save_visit, reading, result)
    except (StoreError, SandboxLost):
        raise
    except Exception as bug:
        reading.tally.statuses[FeedStatus.UNPARSABLE] += 1
        log_bug("visit", state.feed.id, bug)
        return False
    log.info("visit feed=%s status=%s new=%d ms=%d", state.feed.id, result.status, new, milliseconds_since(start))
    return True


def save_visit(reading: Reading, result: Visit) -> int:
    """Store a visit; return the number of new entries."""
    try:
        return reading.home.store.feeds.save_visit(result, reading.home.clock(), reading.policy.bounds)
    except ClaimLost as lost:
        log.warning("%s", lost)
        return 0


RECENT_SUCCESS = timedelta(hours=1)


async def is_outage(reading: Reading, *, may_probe: bool = True) -> bool:
    """Return whether our own network seems to be down: no feed was reached, although some were healthy before.

    Refused addresses are no evidence, nor are allowed hosts (our own servers) if other feeds were visited. A feed read
    within RECENT_SUCCESS proves a network. A single failed feed may be dead itself, so then, if `may_probe`, the
    hosts of other feeds are looked up in DNS. In a job over a slice, feeds that others
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
