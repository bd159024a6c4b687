"""The feeds of a reading: those that are due, and their visits."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
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
