"""I/O: the database. The outbox: mailings, and the letters they are sent as."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, insert, select, tuple_, update

from monitor.model import Addressed, DigestInput, Letter, Mailing, Rendering, Window
from monitor.store import tables as t
from monitor.store.database import Queries, alone_with_the_mail
from monitor.store.desk.digest import happened
from monitor.store.line.feeds import unclaimed
from monitor.store.types import row_of, shaped


class SqlOutbox(Queries):
    """Mailings and their letters: written before anything is sent, so that a crash sends the same again."""

    def last(self) -> Window | None:
        """The window of the latest mailing."""
        ask = select(t.mailing.c.since, t.mailing.c.until).order_by(t.mailing.c.until.desc()).limit(1)
        return next((Window(*row) for row in self._rows(ask)), None)

    def put(self, window: Window, write: Callable[[DigestInput], Mailing], letters: Sequence[Addressed]) -> bool:
        """Store the mailing that `write` makes of a window, and a letter to each recipient.

        Nothing is filed between what it tells and its being stored: whatever comes later belongs to the next window.
        False, and nothing is stored, where the window overlaps a stored one: what happened then was mailed already.
        """
        known = t.mailing.c
        overlaps = exists().where(known.since < window.until, known.until > window.since)
        with self._database.writing("put a mailing") as connection:
            alone_with_the_mail(connection)
            if connection.scalar(select(overlaps)):
                return False
            mailing = write(happened(connection, window))
            number = connection.scalar(
                insert(t.mailing).values(row_of(t.mailing, mailing) | _columns(mailing)).returning(known.id)
            )
            if rows := [asdict(letter) | {"mailing": number} for letter in letters]:
                connection.execute(insert(t.letter), rows)
            return True

    def claim(self, now: datetime, until: datetime) -> Sequence[Letter]:
        """Letters that were neither sent nor refused, the oldest first, and nobody else's before `until`."""
        letter = t.letter.c
        key = (letter.mailing, letter.recipient)
        waits = and_(letter.sent.is_(None), letter.refused.is_(None), unclaimed(letter.claimed_until, now))
        free = select(*key).where(waits).with_for_update(skip_locked=True).cte("free")
        claim = update(t.letter).where(tuple_(*key).in_(select(*free.c))).values(claimed_until=until)
        with self._database.writing("claim letters") as connection:
            mine = connection.execute(claim.returning(*letter)).all()
            mailings = _mailings(connection, {row.mailing for row in mine})
        ordered = sorted(mine, key=lambda row: (row.mailing, row.recipient))
        return [shaped(Letter, row, mailing=mailings[row.mailing]) for row in ordered]

    def sent(self, letter: Letter, at: datetime) -> None:
        self._change("note a letter sent", _after(letter, sent=at, detail=""))

    def failed(self, letter: Letter, at: datetime, detail: str, *, refused: bool) -> None:
        """Note a failure; a refused letter is not tried again."""
        self._change("note a letter failed", _after(letter, refused=at if refused else None, detail=detail))


def _after(letter: Letter, **values: Any) -> Any:
    tried = {"tries": letter.tries + 1, "claimed_until": None}
    return update(t.letter).where(t.letter.c.message_id == letter.message_id).values(tried | values)


def _columns(mailing: Mailing) -> dict[str, Any]:
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
