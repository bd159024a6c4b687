"""I/O: the database. The ranges of articles into which a rescan is divided, for many workers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, case, delete, exists, func, insert, select, update

from monitor.errors import ClaimLost
from monitor.model import ArchiveRange, Claim, RescanMatch
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.line.archive import advance_rescan, save_match
from monitor.store.line.feeds import is_unclaimed
from monitor.store.types import shaped

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
                if match.gained:
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
