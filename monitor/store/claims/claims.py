"""I/O: the database. Open claims, the slices with due work, and how far filing may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, and_, delete, exists, false, func, insert, select, update
from sqlalchemy.sql import ColumnElement

from monitor.model import Claim, Queue
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.line.archive import delete_claims, restart_rescan
from monitor.store.line.entries import is_claimable as is_claimable_entry
from monitor.store.line.feeds import is_claimable as is_claimable_feed
from monitor.store.line.feeds import is_due, is_read, is_unclaimed
from monitor.store.tables.sources import IS_PENDING
from monitor.store.types import row_of, shaped

_SLICED = (t.feed, t.entry, t.revisit)


class SqlClaims(Queries):
    """Claims that are open: one for each run, and one for each job over a slice."""

    def open(
        self,
        worker: str,
        now: datetime,
        until: datetime,
        queue: Queue | None = None,
        slice_number: int | None = None,
        *,
        version: int | None = None,
    ) -> Claim:
        """Open a claim with a new number. `worker` says which process works on it, for operators.

        `version`: of the watchlist with which it matches articles. However it ends, later versions are looked for in
        all that is stored.
        """
        claim = Claim(0, worker, now, until, queue, slice_number, version)
        with self._database.writing("open a claim") as connection:
            expired = select(t.claim.c.number).where(t.claim.c.until <= now)  # of workers that died
            # A worker that hangs within a transaction holds the lock of its claim: nobody may wait for it.
            free = connection.scalars(expired.with_for_update(skip_locked=True)).all()
            delete_claims(connection, t.claim.c.number.in_(free))
            row = row_of(t.claim, claim, queue=queue or "")
            number = connection.execute(insert(t.claim).values(row).returning(t.claim.c.number)).scalar_one()
        return replace(claim, number=number)

    def close(self, claim: Claim) -> None:
        """Close a claim, and release the rows that it still holds."""
        with self._database.writing("close a claim") as connection:
            for table in (*_SLICED, t.host_state, t.archive_range):
                is_held = and_(table.c.claim == claim.number, table.c.claimed_until.is_not(None))
                # By the index of slices, so that jobs need not read all rows.
                if claim.slice is not None and table in _SLICED:
                    is_held = and_(table.c.slice == claim.slice, is_held)
                if table is t.entry:
                    is_held = and_(IS_PENDING, is_held)
                connection.execute(update(table).where(is_held).values(claimed_until=None))
            connection.execute(delete(t.claim).where(t.claim.c.number == claim.number))
            # The version that the worker knows, because the row of an expired claim is gone.
            restart_rescan(connection, claim.version)

    def live(self, now: datetime) -> Sequence[Claim]:
        """Return the open claims that have not expired, the oldest first."""
        query = select(t.claim).where(_is_live(now)).order_by(t.claim.c.began, t.claim.c.number)
        return [shaped(Claim, row, queue=row.queue or None) for row in self._rows(query)]

    # ---- slices

    def due_slices(self, queue: Queue, now: datetime) -> Sequence[int]:
        """Return the slices with due work that nobody has claimed, the most overdue first."""
        work = _due_work(queue, now).subquery().c
        query = select(work.slice).group_by(work.slice).order_by(func.min(work.due), work.slice)
        return self._column(query)

    def due_work(self, queue: Queue, now: datetime) -> tuple[int, datetime | None]:
        """Return the number of due, unclaimed rows of work, and the time at which the oldest became due."""
        work = _due_work(queue, now).subquery().c
        ((count, oldest),) = self._rows(select(func.count(), func.min(work.due)).select_from(work.slice.table))
        return count, oldest


def filing_watermark(
    connection: Connection, now: datetime, longest_wait: timedelta, *, in_fleet: bool
) -> datetime | None:
    """Return the watermark: what was first seen before it may be filed. None if nobody gathers: everything may.

    For later articles, others that were first seen before them may still come: from a run or visit that began earlier,
    or from an entry whose page was not yet requested. Nothing holds up filing for longer than `longest_wait`. For use
    in a transaction that reads: a visit leaves its entries, then its claim, and one snapshot shows one of them.
    """
    # "" is a run, which visits feeds, too. Jobs of other queues find no new entries. An expired claim counts until the
    # next one that is opened deletes it: until then its visits are stored with their own times.
    is_visiting = and_(t.claim.c.began <= now, t.claim.c.queue.in_(("", Queue.VISITS)))
    # A page that failed once may be retried for days: filing does not wait for it.
    is_untried = and_(IS_PENDING, t.entry.c.tries == 0, t.entry.c.first_seen > now - longest_wait)
    began = connection.scalar(select(func.min(t.claim.c.began)).where(is_visiting))
    first_waiting = connection.scalar(select(func.min(t.entry.c.first_seen)).where(is_untried))
    # Outside a fleet, jobs over pages read one or two links that users added: nothing waits for these.
    if not in_fleet and not connection.scalar(select(exists().where(is_visiting, _is_live(now)))):
        return None
    return whole_minute(max(now - longest_wait, min(at for at in (began, first_waiting, now) if at)))


def whole_minute(at: datetime) -> datetime:
    """Return the start of a minute. What was first seen within one is filed together, the earliest published first."""
    return at.replace(second=0, microsecond=0)


def _is_live(now: datetime) -> ColumnElement[bool]:
    # A claim from the future was opened by a clock that has been set back since.
    return and_(t.claim.c.until > now, t.claim.c.began <= now)


def _due_work(queue: Queue, now: datetime) -> Select[tuple[int, datetime]]:
    """Select the slice and the time of each row of due work that can be claimed."""
    if queue is Queue.VISITS:
        # A feed that was never visited has no time; its status is as old as the feed.
        since = func.coalesce(t.feed.c.next_due, t.feed.c.status_since, now)
        return select(t.feed.c.slice, since.label("due")).where(is_claimable_feed(now), is_due(now))
    if queue is Queue.PAGES:
        since = func.coalesce(t.entry.c.due, t.entry.c.first_seen)
        is_of_read = exists().where(t.feed.c.number == t.entry.c.feed, is_read())
        return select(t.entry.c.slice, since.label("due")).where(is_claimable_entry(now), is_of_read)
    due = t.revisit.c.due
    if queue is Queue.ARCHIVE:  # the archive is divided into ranges, not slices
        return select(t.revisit.c.slice, due).where(false())
    return select(t.revisit.c.slice, due).where(due <= now, is_unclaimed(t.revisit.c.claimed_until, now))
