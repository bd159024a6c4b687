"""I/O: the database. What runs and jobs claim, so that no two of them read the same host or rows.

Open claims and the slices with due work; hosts with their politeness state; the ranges of a rescan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    Select,
    and_,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.sql import ColumnElement

from monitor.errors import ClaimLost
from monitor.model import STALLED_AFTER, ArchiveRange, Claim, HostState, Queue, RescanMatch
from monitor.store import tables as t
from monitor.store.database import Queries, put_missing
from monitor.store.line.archive import advance_rescan, delete_claims, restart_rescan, save_match
from monitor.store.line.entries import is_claimable as is_claimable_entry
from monitor.store.line.feeds import CLAIMED, is_due, is_read, is_unclaimed
from monitor.store.line.feeds import is_claimable as is_claimable_feed
from monitor.store.tables.sources import IS_PENDING
from monitor.store.types import row_of, shaped

_JOBS_GATHER = text("""
SELECT EXISTS (
    SELECT 1 FROM procrastinate.procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :stalled))
""")


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
            for table in CLAIMED:
                is_held = and_(table.c.claim == claim.number, table.c.claimed_until.is_not(None))
                # By the index of slices, so that jobs need not read all rows.
                if claim.slice is not None and "slice" in table.c:
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

    def jobs_gather(self) -> bool:
        """Return True if a process does jobs or waits for them: between two jobs no claim is open."""
        with self._database.reading() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            return not is_sqlite and bool(connection.scalar(_JOBS_GATHER, {"stalled": STALLED_AFTER}))

    def server_time(self) -> datetime:
        """Return the time of the database server's clock (PostgreSQL)."""
        at: datetime = self._value(select(func.clock_timestamp()))
        return at

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
    connection: Connection, now: datetime, longest_wait: timedelta, *, jobs_gather: bool
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
    # Where no jobs gather, those over pages read one or two links that users added: nothing waits for these.
    if not jobs_gather and not connection.scalar(select(exists().where(is_visiting, _is_live(now)))):
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


class SqlHosts(Queries):
    """Origins (`host:port`), each asked by one run or job at a time."""

    def take(self, claim: Claim, origins: Collection[str], now: datetime) -> Mapping[str, HostState]:
        """Claim the origins that nobody else asks now, and return the stored state of each."""
        if not origins:
            return {}
        host = t.host_state.c
        # In order, so that two workers that take the same new origins do not deadlock.
        new = [{"origin": origin, "claim": 0} for origin in sorted(set(origins))]
        # A host of this very claim counts as free, so taking it twice is harmless.
        is_free = or_(host.claim == claim.number, is_unclaimed(host.claimed_until, now))
        free = (
            select(host.origin).where(host.origin.in_(origins), is_free).with_for_update(skip_locked=True).cte("free")
        )
        taking = update(t.host_state).where(host.origin.in_(select(free.c.origin)))
        values = {"claim": claim.number, "claimed_until": claim.until}
        with self._database.writing("take hosts") as connection:
            put_missing(connection, t.host_state, *new)
            rows = connection.execute(taking.values(values).returning(t.host_state)).all()
        return {row.origin: shaped(HostState, row) for row in rows}

    def save(self, claim: Claim, states: Iterable[HostState]) -> None:
        """Store the state of the hosts that a claim still holds, and release them."""
        host, states = t.host_state.c, list(states)
        if not states:
            return
        with self._database.writing("save hosts") as connection:
            for state in states:
                is_own = and_(host.origin == state.origin, host.claim == claim.number)
                values = row_of(t.host_state, state, claimed_until=None)
                connection.execute(update(t.host_state).where(is_own).values(values))

    def forget(self, before: datetime, now: datetime) -> int:
        """Delete the state of hosts that were last asked before a time; return their number."""
        host = t.host_state.c
        is_old = or_(host.last_request < before, host.last_request.is_(None))
        return self._change("forget hosts", delete(t.host_state).where(is_old, is_unclaimed(host.claimed_until, now)))


ARTICLES_PER_RANGE = 5_000  # what one worker looks through, while others take other ranges (docs/design/fleet.md)

_row, _change = t.archive_range.c, t.watchlist_version.c
_IS_LEFT = _row.position >= _row.bottom
_PENDING = select(func.max(_change.to_look_through), func.max(_change.version)).where(_change.to_look_through > 0)


class SqlRanges(Queries):
    """Ranges of the pending rescan, each with the position of its worker; none when no rescan is pending."""

    def claim(self, claim: Claim, now: datetime) -> ArchiveRange | None:
        """Claim the newest range that nobody works on, or return None. Divides the rescan if that was not done yet."""
        free = select(_row.top).where(_IS_LEFT, is_unclaimed(_row.claimed_until, now)).order_by(_row.top.desc())
        chosen = free.limit(1).with_for_update(skip_locked=True).cte("free")
        claimed = update(t.archive_range).where(_row.top.in_(select(chosen.c.top)))
        values = {"claim": claim.number, "claimed_until": claim.until}
        with self._database.writing("claim a range", exclusive=True) as connection:  # one worker at a time divides it
            _divide(connection)
            row = connection.execute(claimed.values(values).returning(t.archive_range)).first()
        return shaped(ArchiveRange, row) if row else None

    def save(self, part: ArchiveRange, matches: Sequence[RescanMatch], now: datetime) -> None:
        """Store the gained hits, so that they await filing, and the range's new position, in one transaction.

        When the last range ends, the rescan ends. Raises ClaimLost when another worker has taken the range since.
        """
        # The version counts, too: a later list divides the rescan again, perhaps with the same top.
        is_own = and_(_row.top == part.top, _row.version == part.version, _row.claim == part.claim)
        is_done = part.position < part.bottom
        # Two ranges must not end at once: each would see the other as unfinished, and the rescan would not end.
        with self._database.writing("save a range", exclusive=is_done) as connection:
            moved = update(t.archive_range).where(is_own).values(position=part.position)
            if connection.execute(moved).rowcount == 0:
                raise ClaimLost("range", part.top)
            for match in matches:
                save_match(connection, match, now)
            if is_done and not _is_any_left(connection):
                _divide(connection)  # a later version of the list may have new names
                if not _is_any_left(connection):
                    advance_rescan(connection, 0)
                    connection.execute(delete(t.archive_range))

    def progress(self) -> tuple[int, int]:
        """Return the number of article numbers done in the pending rescan, and their total."""
        numbers_left = case((_IS_LEFT, _row.position - _row.bottom + 1), else_=0)
        size = _row.top - _row.bottom + 1
        ((done, total),) = self._rows(select(func.sum(size - numbers_left), func.sum(size)))
        if total is None:  # not begun yet: a dispatch comes each minute
            ((total, _),) = self._rows(_PENDING)
        return int(done or 0), int(total or 0)


def _is_any_left(connection: Connection) -> bool:
    return bool(connection.scalar(select(exists().where(_IS_LEFT))))


def _divide(connection: Connection) -> None:
    """Divide the pending rescan into ranges, unless it is divided.

    If names have joined the list since, all ranges begin again, because they were not searched for these.
    """
    highest, version = connection.execute(_PENDING).one()
    connection.execute(delete(t.archive_range).where(_row.version != (version or 0)))
    if connection.scalar(select(func.count(_row.top))):
        return
    rows = [
        {"top": top, "bottom": max(top - ARTICLES_PER_RANGE, 0) + 1, "position": top, "version": version, "claim": 0}
        for top in range(highest or 0, 0, -ARTICLES_PER_RANGE)
    ]
    if rows:
        connection.execute(insert(t.archive_range), rows)
