"""The results of entries and rechecks after an error in our own code: it costs one trip, and is logged."""

from __future__ import annotations

from datetime import datetime

from monitor.bug_log import log_bug
from monitor.feeds.schedule import SchedulePolicy, next_try
from monitor.model import Entry, Outcome, RecheckResult, Result


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
