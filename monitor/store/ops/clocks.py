"""I/O: the database. Repair of times in the future, stored by a clock that ran ahead and was then set back.

Times that something waits for or is compared with are repaired. Times that are records (of decisions, of stored
versions, of sent deliveries) stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)

from monitor.model import FeedStatus, Outcome
from monitor.store import tables as t
from monitor.store.types import Utc

# The longest times that rows may be ahead of a correct clock, each with a margin.
MAX_WAIT = timedelta(hours=25)  # feeds/schedule.py plans at most a day ahead
MAX_GONE_WAIT = timedelta(days=8)  # and a week for feeds that are gone
MAX_CLAIM = timedelta(hours=1)  # claims last 40 minutes
MAX_RECHECK_WAIT = timedelta(days=8)
NEWEST_ROWS = 1_000  # more than one run adds: so many are checked without an index
MAX_STEPS = 1_000  # begins and ends of windows in one statement, whose number of parameters is limited
_TICK = timedelta(microseconds=1)  # the precision of stored times

_Repair = tuple[ColumnElement[bool], Any]  # condition that a time is wrong, and its new value
_Repairs = Mapping[str, _Repair]  # by column


@dataclass(frozen=True, slots=True)
class _RepairRules:
    """The kinds of repairs at one time; without a time their conditions have parameters in its place.

    `mailing_times` are the future begins and ends of windows, the earliest first, each with its repaired time.
    """

    now: datetime | None
    mailing_times: Mapping[datetime, datetime]

    def limit(self, allowance: timedelta = timedelta(0)) -> Any:
        """Return the latest time that needs no repair."""
        return bindparam(_parameter(allowance), type_=Utc) if self.now is None else self.now + allowance

    def after_now(self, column: ColumnElement[Any], allowance: timedelta = timedelta(0)) -> _Repair:
        """Set a time that is further ahead than the allowance to now."""
        return column > self.limit(allowance), literal(self.now, Utc)

    def claim(self, column: ColumnElement[Any]) -> _Repair:
        """Release a claim that ends too late."""
        return column > self.limit(MAX_CLAIM), null()

    def in_window(self, column: ColumnElement[Any]) -> _Repair:
        """Set a time that assigns something to a mailing's window, and keep its place among all begins and ends.

        So what was mailed is not mailed again, and what was not will be, to every audience. Includes times that equal
        `now`: they too were mailed when a mailing went further, but the repaired window ends before them.
        """
        if not self.mailing_times:
            return self.after_now(column)
        # Repaired begins and ends are a tick apart, so a time before one of them gets the tick before its repair.
        steps = [(column < wrong, literal(repaired - _TICK, Utc)) for wrong, repaired in self.mailing_times.items()]
        return column >= self.limit(), case(*steps, else_=literal(max(self.mailing_times.values()), Utc))


def has_future_time(connection: Connection, now: datetime) -> bool:
    """Return whether any time needs repair, at a cost of a few milliseconds."""
    allowances = (timedelta(0), MAX_WAIT, MAX_GONE_WAIT, MAX_CLAIM, MAX_RECHECK_WAIT)
    return bool(connection.scalar(_future_time_query(), {_parameter(wait): now + wait for wait in allowances}))


def _parameter(allowance: timedelta) -> str:
    return f"seconds_ahead_{allowance.total_seconds():.0f}"


@cache  # a run may ask three times, and to make the statement takes several times as long as to run it
def _future_time_query() -> Select[tuple[bool]]:
    """Return a query for any time that needs repair, with the parameters of `has_future_time`.

    Large tables are searched by their indexes only. That misses nothing that a run leaves: a run that reads or tries
    an entry by a wrong clock also leaves a future time in its own row, in its feed, or in an entry that still waits.
    """
    rules = _RepairRules(None, {})
    entry, run = t.entry.c, t.run.c
    indexed = {
        t.article: t.article.c.first_seen > rules.limit(),  # `seen` is never later than that
        t.entry: or_(
            entry.outcome == Outcome.PENDING, entry.id > select(func.max(entry.id) - NEWEST_ROWS).scalar_subquery()
        ),
        t.run: run.id > select(func.max(run.id) - NEWEST_ROWS).scalar_subquery(),
    }
    signs = [exists().where(t.mailing.c.until > rules.limit())]
    for table, repairs in _all_repairs(rules).items():
        is_wrong = or_(*(condition for condition, _ in repairs.values()))
        signs.append(exists().where(and_(is_wrong, indexed[table]) if table in indexed else is_wrong))
    return select(or_(*signs))


def repair_times(connection: Connection, now: datetime) -> int:
    """Repair all times in the future, and return the number of changed rows. For use inside a transaction."""
    mailings, mailing_times = _pull_back_mailings(connection, now)
    repairs_by_table = _all_repairs(_RepairRules(now, mailing_times))
    return mailings + sum(_apply(connection, table, repairs) for table, repairs in repairs_by_table.items())


def _all_repairs(rules: _RepairRules) -> Mapping[Table, _Repairs]:
    """Return the repairs of every table with times that matter."""
    after_now, claim, in_window = rules.after_now, rules.claim, rules.in_window
    feed, entry, filed, revisit, host = t.feed.c, t.entry.c, t.story_article.c, t.revisit.c, t.host_state.c
    return {
        t.feed: {
            "next_due": _next_due_repair(rules),
            "last_visit": after_now(feed.last_visit),
            "last_ok": after_now(feed.last_ok),
            "status_since": after_now(feed.status_since),
            "claimed_until": claim(feed.claimed_until),
        },
        t.entry: {
            "first_seen": after_now(entry.first_seen),
            "last_try": after_now(entry.last_try),
            "due": after_now(entry.due, MAX_WAIT),
            "claimed_until": claim(entry.claimed_until),
        },
        t.revisit: {
            "since": after_now(revisit.since),
            "due": after_now(revisit.due, MAX_RECHECK_WAIT),
            "missing": after_now(revisit.missing),
            "claimed_until": claim(revisit.claimed_until),
        },
        t.claim: {"until": (t.claim.c.until > rules.limit(MAX_CLAIM), literal(rules.now, Utc))},
        t.archive_range: {"claimed_until": claim(t.archive_range.c.claimed_until)},
        t.host_state: {
            "last_request": after_now(host.last_request),
            "rest_until": after_now(host.rest_until, MAX_CLAIM),  # a host rests for an hour at most
            "claimed_until": claim(host.claimed_until),
        },
        t.finding: {"found": in_window(t.finding.c.found)},
        t.delivery: {"claimed_until": claim(t.delivery.c.claimed_until)},
        t.article: {"first_seen": in_window(t.article.c.first_seen), "seen": in_window(t.article.c.seen)},
        t.hit: {"found": in_window(t.hit.c.found)},
        t.story: {"first_seen": in_window(t.story.c.first_seen)},
        t.story_article: {"filed": in_window(filed.filed), "changed": in_window(filed.changed)},
        t.review_item: {
            "first_seen": in_window(t.review_item.c.first_seen),
            "latest": in_window(t.review_item.c.latest),
            "reopened_at": _reopened_at_repair(rules),
        },
        t.run: {"started": in_window(t.run.c.started), "ended": in_window(t.run.c.ended)},
        t.watchlist_version: {"at": in_window(t.watchlist_version.c.at)},
    }


def _next_due_repair(rules: _RepairRules) -> _Repair:
    feed = t.feed.c
    is_wrong, at_once = rules.after_now(feed.next_due, MAX_WAIT)
    is_too_late_for_gone = feed.next_due > rules.limit(MAX_GONE_WAIT)
    return and_(is_wrong, or_(feed.status != FeedStatus.GONE, is_too_late_for_gone)), at_once


def _reopened_at_repair(rules: _RepairRules) -> _Repair:
    """Return the repair of `reopened_at`, except where it is later than a decision that is in the future as well.

    `review.decisions.undo` compares the two times, and the decision's time is a record: their order must stay.
    """
    item, decision = t.review_item.c, t.decision.c
    is_wrong, repaired = rules.in_window(item.reopened_at)
    was_decided_before = exists().where(
        decision.item == item.id, decision.at > rules.limit(), decision.at < item.reopened_at
    )
    return and_(is_wrong, ~was_decided_before), repaired


def _apply(connection: Connection, table: Table, repairs: _Repairs) -> int:
    values = {name: case((is_wrong, value), else_=table.c[name]) for name, (is_wrong, value) in repairs.items()}
    needs_repair = or_(*(is_wrong for is_wrong, _ in repairs.values()))
    return connection.execute(update(table).where(needs_repair).values(values)).rowcount


def _pull_back_mailings(connection: Connection, now: datetime) -> tuple[int, Mapping[datetime, datetime]]:
    """Move the windows of mailings that end in the future; return their number, and the repair of each time.

    The windows keep their order and stay adjacent: the last ends now, each one before it a microsecond earlier. Where
    that would overlap with the last window that is not in the future, all of them end that much later.
    """
    mailing = t.mailing.c
    rows = connection.execute(select(t.mailing).where(mailing.until > now).order_by(mailing.until)).all()
    if not rows:
        return 0, {}
    future_times = sorted({at for row in rows for at in (row.since, row.until) if at > now})
    latest_past = [
        connection.scalar(select(func.max(column)).where(column <= now)) for column in (mailing.since, mailing.until)
    ]
    last_end = max([now, *(at + len(future_times) * _TICK for at in latest_past if at is not None)])
    first_end = last_end - (len(future_times) - 1) * _TICK
    repaired = {at: first_end + steps * _TICK for steps, at in enumerate(future_times)}
    for row in rows:  # the earliest first: begins and ends are unique, also between two updates
        window = {"since": repaired.get(row.since, row.since), "until": repaired[row.until]}
        connection.execute(update(t.mailing).where(mailing.id == row.id).values(window))
    return len(rows), dict(list(repaired.items())[-MAX_STEPS:])
