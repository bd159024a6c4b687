"""I/O: the database. The outbox: mailings, and one letter of each to every recipient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, insert, select, tuple_, update

from monitor.model import Addressed, DigestInput, Letter, Mailing, Rendering, Window
from monitor.store import tables as t
from monitor.store.database import Queries, lock_mail
from monitor.store.desk.digest import digest_input
from monitor.store.line.feeds import is_unclaimed
from monitor.store.types import row_of, shaped


class SqlOutbox(Queries):
    """Mailings and their letters, stored before anything is sent, so that after a crash the same is sent again."""

    def last_window(self) -> Window | None:
        """Return the window of the latest mailing, or None."""
        query = select(t.mailing.c.since, t.mailing.c.until).order_by(t.mailing.c.until.desc()).limit(1)
        return next((Window(*row) for row in self._rows(query)), None)

    def put(self, window: Window, render: Callable[[DigestInput], Mailing], letters: Sequence[Addressed]) -> bool:
        """Render and store the mailing of a window, and a letter to each recipient.

        The mail lock is held: what is filed after the mailing was rendered belongs to the next window. Returns False,
        and stores nothing, when the window overlaps a stored one: then it was mailed already.
        """
        mailing_columns = t.mailing.c
        overlaps = exists().where(mailing_columns.since < window.until, mailing_columns.until > window.since)
        with self._database.writing("put a mailing") as connection:
            lock_mail(connection)
            if connection.scalar(select(overlaps)):
                return False
            mailing = render(digest_input(connection, window))
            number = connection.scalar(
                insert(t.mailing)
                .values(row_of(t.mailing, mailing) | _window_and_full_columns(mailing))
                .returning(mailing_columns.id)
            )
            if rows := [asdict(letter) | {"mailing": number} for letter in letters]:
                connection.execute(insert(t.letter), rows)
            return True

    def claim(self, now: datetime, until: datetime) -> Sequence[Letter]:
        """Claim all letters that are neither sent nor refused until `until`, and return them, oldest first."""
        letter = t.letter.c
        key = (letter.mailing, letter.recipient)
        is_claimable = and_(letter.sent.is_(None), letter.refused.is_(None), is_unclaimed(letter.claimed_until, now))
        # SKIP LOCKED: on PostgreSQL two senders claim at the same time without waiting for each other.
        claimable = select(*key).where(is_claimable).with_for_update(skip_locked=True).cte("claimable")
        claim = update(t.letter).where(tuple_(*key).in_(select(*claimable.c))).values(claimed_until=until)
        with self._database.writing("claim letters") as connection:
            claimed = connection.execute(claim.returning(*letter)).all()
            mailings = _mailings(connection, {row.mailing for row in claimed})
        # RETURNING gives the rows in no particular order.
        ordered_rows = sorted(claimed, key=lambda row: (row.mailing, row.recipient))
        return [shaped(Letter, row, mailing=mailings[row.mailing]) for row in ordered_rows]

    def mark_sent(self, letter: Letter, at: datetime) -> None:
        """Record that a letter was sent."""
        self._change("note a letter sent", _update_letter(letter, sent=at, detail=""))

    def mark_failed(self, letter: Letter, at: datetime, detail: str, *, refused: bool) -> None:
        """Record a failed attempt; a refused letter is not tried again."""
        self._change("note a letter failed", _update_letter(letter, refused=at if refused else None, detail=detail))


def _update_letter(letter: Letter, **values: Any) -> Any:
    attempt = {"tries": letter.tries + 1, "claimed_until": None}
    return update(t.letter).where(t.letter.c.message_id == letter.message_id).values(attempt | values)


def _window_and_full_columns(mailing: Mailing) -> dict[str, Any]:
    return asdict(mailing.window) | {f"full_{name}": text for name, text in asdict(mailing.full).items()}


def _mailings(connection: Connection, numbers: set[int]) -> Mapping[int, Mailing]:
    rows = connection.execute(select(t.mailing).where(t.mailing.c.id.in_(numbers)))
    return {
        row.id: shaped(
            Mailing,
            row,
            window=Window(row.since, row.until),
            full=Rendering(row.full_subject, row.full_text, row.full_html),
        )
        for row in rows
    }
