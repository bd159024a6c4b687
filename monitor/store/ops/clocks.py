"""I/O: the database. A clock that ran ahead and was set back: how to tell, and how the line goes on.

Nothing waits for a time of that clock any longer, and messages go on from now. Feeds, articles, hits, items and
decisions keep the times they were stored with.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, func, or_, select, update

from monitor.groups import group_values
from monitor.store import tables as t

LONGEST_WAIT = timedelta(days=8)  # feeds that are gone and late rechecks wait for a week
NEWEST_RUNS = 1_000
_TICK = timedelta(microseconds=1)  # the precision of stored times
_WAITS = (t.feed.c.next_due, t.entry.c.due, t.revisit.c.due, t.host_state.c.rest_until, t.host_state.c.last_request)
_CLAIMED = (t.feed, t.entry, t.revisit, t.host_state, t.archive_range, t.delivery)
# Messages choose their news and troubles by these times; the last repeats the first.
_REPORTED_BY = (
    *(t.story_article.c.filed, t.story_article.c.changed, t.finding.c.found, t.run.c.started, t.run.c.ended),
    t.review_item.c.latest,
)


def is_behind(connection: Connection, now: datetime) -> bool:
    """Return whether a run or a message is later than `now`, or a feed waits longer than any is told to."""
    newest = t.run.c.id > select(func.max(t.run.c.id) - NEWEST_RUNS).scalar_subquery()
    run = exists().where(newest, or_(t.run.c.started > now, t.run.c.ended > now))
    message = exists().where(t.mailing.c.until > now)
    feed = exists().where(t.feed.c.next_due > now + LONGEST_WAIT)
    return bool(connection.scalar(select(or_(run, message, feed))))


def go_on_from(connection: Connection, now: datetime) -> None:
    """End all waits, claims and windows that end after now. For use inside a transaction.

    What came later than now is news of now, also where a message of a later day has told it.
    """
    for column in _WAITS:
        connection.execute(update(column.table).where(column > now).values({column.name: now}))
    for table in _CLAIMED:
        connection.execute(update(table).where(table.c.claimed_until > now).values(claimed_until=None))
    end = _end_windows(connection, now)
    for column in _REPORTED_BY:
        connection.execute(update(column.table).where(column >= now).values({column.name: end}))


def _end_windows(connection: Connection, now: datetime) -> datetime:
    """Let the windows of messages end now, in their order; return the end of the last."""
    mailing = t.mailing.c
    rows = connection.execute(select(t.mailing).where(mailing.until > now).order_by(mailing.until.desc())).all()
    series = group_values(((row.audience, row.kind), row) for row in rows)
    end = now + len(rows) * _TICK  # a tick apart, because begins and ends are unique
    for windows in series.values():
        for n, row in enumerate(windows):
            window = {"since": min(row.since, end - (n + 1) * _TICK), "until": end - n * _TICK}
            connection.execute(update(t.mailing).where(mailing.id == row.id).values(window))
    return end
