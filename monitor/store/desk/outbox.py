"""I/O: the database. The outbox: mailings, and their deliveries to recipients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, insert, select, update

from monitor.model import Delivery, DigestInput, Mailing, Rendering, Window
from monitor.store import tables as t
from monitor.store.database import Queries, lock_mail
from monitor.store.desk.digest import digest_input
from monitor.store.line.feeds import is_unclaimed
from monitor.store.types import row_of


class SqlOutbox(Queries):
    """Mailings and their deliveries, stored before anything is sent, so that after a crash the same is sent again."""

    def last_window(self) -> Window | None:
        """Return the window of the latest mailing, or None."""
        query = select(t.mailing.c.since, t.mailing.c.until).order_by(t.mailing.c.until.desc()).limit(1)
        return next((Window(*row) for row in self._rows(query)), None)

    def put(self, window: Window, compose: Callable[[DigestInput], tuple[Mailing, Sequence[Delivery]]]) -> bool:
        """Compose and store the mailing of a window and its deliveries, unless the window overlaps a stored one.

        The mail lock is held: what is filed after the mailing was composed belongs to the next window.
        """
        mailing_columns = t.mailing.c
        overlaps = exists().where(mailing_columns.since < window.until, mailing_columns.until > window.since)
        with self._database.writing("put a mailing") as connection:
            lock_mail(connection)
            if connection.scalar(select(overlaps)):
                return False
            # Composed inside the transaction: an article filed in between would be in no mail.
            mailing, deliveries = compose(digest_input(connection, window))
            values = {**asdict(window), "made": mailing.date} | rendering_columns(mailing)
            number = connection.scalar(insert(t.mailing).values(values).returning(mailing_columns.id))
            for delivery in deliveries:
                row = row_of(t.delivery, delivery, mailing=number, full=bool(delivery.full.text))
                connection.execute(insert(t.delivery).values(row))
            return True

    def claim(self, channel: str, now: datetime, until: datetime) -> Sequence[Delivery]:
        """Claim all deliveries over a channel that are neither sent nor refused until `until`, oldest first."""
        delivery, mailing = t.delivery.c, t.mailing.c
        is_pending = and_(delivery.channel == channel, delivery.sent.is_(None), delivery.refused.is_(None))
        is_claimable = and_(is_pending, is_unclaimed(delivery.claimed_until, now))
        # SKIP LOCKED: on PostgreSQL two senders claim at the same time without waiting for each other.
        claimable = select(delivery.id).where(is_claimable).with_for_update(skip_locked=True).cte("claimable")
        claim = update(t.delivery).where(delivery.id.in_(select(claimable.c.id))).values(claimed_until=until)
        query = select(t.delivery, *(column for column in mailing if column.name != "id")).join(t.mailing)
        with self._database.writing("claim deliveries") as connection:
            numbers = connection.scalars(claim.returning(delivery.id)).all()
            return [
                _delivery(row)
                for row in connection.execute(query.where(delivery.id.in_(numbers)).order_by(delivery.id))
            ]

    def mark_sent(self, delivery: Delivery, at: datetime) -> None:
        """Record that a delivery was sent."""
        self._change("record a sent delivery", _update_delivery(delivery, sent=at, detail=""))

    def mark_failed(self, delivery: Delivery, at: datetime, detail: str, *, refused: bool) -> None:
        """Record a failed attempt; a refused delivery is not tried again."""
        values = {"refused": at if refused else None, "detail": detail}
        self._change("record a failed delivery", _update_delivery(delivery, **values))


def rendering_columns(mailing: Mailing) -> dict[str, str]:
    """Return the columns of both renderings of a mailing."""
    return asdict(mailing.ordinary) | {f"full_{name}": text for name, text in asdict(mailing.full).items()}


def _delivery(row: Any) -> Delivery:
    ordinary = Rendering(row.subject, row.text, row.html)
    full = Rendering(row.full_subject, row.full_text, row.full_html) if row.full else Rendering()
    return Delivery(row.channel, row.recipient, row.external_id, row.made, ordinary, full, row.tries)


def _update_delivery(delivery: Delivery, **values: Any) -> Any:
    # By the id it has outside: the value of a delivery holds no row number.
    is_row = and_(t.delivery.c.channel == delivery.channel, t.delivery.c.external_id == delivery.external_id)
    return update(t.delivery).where(is_row).values({"tries": delivery.tries + 1, "claimed_until": None} | values)
