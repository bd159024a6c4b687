"""The other half of a reading: fetched articles are matched and stored meanwhile, in order of arrival."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from monitor.bug_log import log_bug
from monitor.errors import ClaimLost, SandboxLost, StoreError, first_error
from monitor.feeds.schedule import SchedulePolicy, next_try
from monitor.i18n.troubles import trouble_message
from monitor.ingest.feeds import is_outage, save_visit
from monitor.ingest.matching import Matched, match_each, matched_result, matches_of_each
from monitor.ingest.reading import Reading
from monitor.ingest.trip.article import AcquiredArticle
from monitor.model import Entry, MatchedArticle, Outcome, RecheckResult, Result, TroubleKind


def result_after_bug(
    result: Result | RecheckResult, bug: Exception, now: datetime, schedule: SchedulePolicy
) -> Result | RecheckResult:
    """Log the error and return the result to store instead."""
    if isinstance(result, Result):
        log_bug("process", result.entry.id, bug)
        return entry_after_bug(result.entry, now, schedule)
    log_bug("recheck", result.recheck.article.id, bug)
    return RecheckResult(result.recheck, result.at)


def entry_after_bug(entry: Entry, now: datetime, schedule: SchedulePolicy) -> Result:
    """Return the result of an entry after a bug: it stays pending, or is given up after the last retry."""
    due = next_try(entry.tries + 1, now, schedule)
    outcome = Outcome.PENDING if due else Outcome.GIVEN_UP
    return Result(entry, now, outcome, "an error in monitor itself", due=due)


log = logging.getLogger(__name__)

Stored = Result | RecheckResult | None  # None: another run has claimed its row since


@asynccontextmanager
async def match_and_store_meanwhile(reading: Reading) -> AsyncIterator[None]:
    """Match and store what is fetched in the block; it ends when all is stored, or took too long."""
    try:
        async with asyncio.timeout(reading.policy.stop_waiting_after.total_seconds()):
            async with asyncio.TaskGroup() as matching_group:
                matching_group.create_task(_match_and_store(reading))
                yield
                reading.waiting_articles.close()
    except* (StoreError, SandboxLost) as errors:
        raise first_error(errors) from None
    except* TimeoutError:  # unfinished entries stay pending
        reading.tally.outage = reading.tally.outage or await is_outage(reading, may_probe=False)
        reading.tally.problems.append(trouble_message(TroubleKind.HUNG))
    finally:
        # Waits for the last write; the visits below are saved in this thread.
        reading.writer.shutdown()
    if not reading.tally.outage:  # in an outage no failure is counted against a feed
        for visit in reading.visits:
            if not visit.reached:
                save_visit(reading, visit)


async def _match_and_store(reading: Reading) -> None:
    """Match and store fetched articles until the queue is closed and empty."""
    while batch := await reading.waiting_articles.take_batch():
        texts = [text for acquired in batch for text in acquired.texts]
        results = await match_each(reading.matcher, texts)
        reading.tally.common_surnames += sum(m.common_surnames for m in results if isinstance(m, MatchedArticle))
        pairs = zip(batch, matches_of_each(batch, results), strict=True)
        matched = [reading.day_room.within_mentions(acquired.result, matches) for acquired, matches in pairs]
        for stored in await _store_results(reading, batch, matched):
            if stored is not None:
                _count(reading, stored)
        reading.waiting_articles.mark_stored(batch)


async def _store_results(
    reading: Reading, batch: Sequence[AcquiredArticle], matched: Sequence[Matched]
) -> Sequence[Stored]:
    """Store the results of a batch together, or one by one if that fails, so that a bug ends only one trip."""
    # On SQLite one transaction for all takes half the processor time of one for each.
    if all(isinstance(acquired.result, Result) for acquired in batch):
        try:
            return await reading.in_writer_thread(_save_results, reading, batch, matched)
        except (StoreError, SandboxLost):
            raise
        except Exception:  # it is logged when the one to blame is stored by itself
            log.debug("results are stored one by one")
    return [await _store_result(reading, *pair) for pair in zip(batch, matched, strict=True)]


async def _store_result(reading: Reading, acquired: AcquiredArticle, matched: Matched) -> Stored:
    result = acquired.result
    try:
        result = matched_result(acquired, matched)
        return await reading.in_writer_thread(_save_result, reading, result)
    except (StoreError, SandboxLost):
        raise
    except Exception as bug:
        result = result_after_bug(result, bug, reading.home.clock(), reading.line.policy.schedule)
        return await reading.in_writer_thread(_save_result, reading, result)


def _save_results(reading: Reading, batch: Sequence[AcquiredArticle], matched: Sequence[Matched]) -> Sequence[Stored]:
    saved = reading.home.store.entries.save_results(map(matched_result, batch, matched))  # type: ignore[arg-type]
    for result in saved:
        if isinstance(result, ClaimLost):
            log.warning("%s", result)
    return [None if isinstance(result, ClaimLost) else result for result in saved]


def _save_result(reading: Reading, result: Result | RecheckResult) -> Stored:
    try:
        if isinstance(result, Result):
            return reading.home.store.entries.save_result(result)
        reading.home.store.revisits.save(result)
    except ClaimLost as lost:
        log.warning("%s", lost)
        return None
    return result


def _count(reading: Reading, stored: Result | RecheckResult) -> None:
    reading.tally.add(stored)
    reading.day_room.mark_stored(stored)
    if isinstance(stored, RecheckResult):
        log.info("recheck article=%d page=%s", stored.recheck.article.id, stored.has_page)
    else:
        log.info("process entry=%d outcome=%s", stored.entry.id, stored.outcome)
        reading.on_event(stored)
