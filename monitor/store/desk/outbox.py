"""I/O: the database. The outbox: mailings, and their deliveries to recipients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, insert, or_, select, update

from monitor.model import Delivery, DeliveryRecord, Mailing, MessageKind, Rendering, Window
from monitor.ports import Compose, Rewrite
from monitor.store import tables as t
from monitor.store.database import Queries, lock_mail
from monitor.store.desk.digest import mailing_input
from monitor.store.line.feeds import is_unclaimed
from monitor.store.types import row_of, shaped

# Built once: each run asks these of every channel and recipient.
_LAST_DELIVERED = (
    select(t.mailing.c.since, t.mailing.c.until)
    .join_from(t.delivery, t.mailing)
    .where(t.delivery.c.channel == bindparam("channel"), t.delivery.c.recipient == bindparam("address"))
    .where(t.delivery.c.refused.is_(None), t.delivery.c.scope == "", t.mailing.c.kind == bindparam("kind"))
    .order_by(t.mailing.c.until.desc())
    .limit(1)
)
# SKIP LOCKED: on PostgreSQL two senders claim at the same time without waiting for each other.
_CLAIMABLE = (
    select(t.delivery.c.id)
    .where(t.delivery.c.channel == bindparam("wanted_channel"))  # a column's own name would be a value to store
    .where(t.delivery.c.sent.is_(None), t.delivery.c.refused.is_(None))
    .where(or_(t.delivery.c.due.is_(None), t.delivery.c.due <= bindparam("now")))
    .where(is_unclaimed(t.delivery.c.claimed_until, bindparam("now")))
    .with_for_update(skip_locked=True)
    .cte("claimable")
)
_CLAIM = (
    update(t.delivery)
    .where(t.delivery.c.id.in_(select(_CLAIMABLE.c.id)))
    .values(claimed_until=bindparam("claim_until"))
    .returning(t.delivery.c.id)
)


class SqlOutbox(Queries):
    """Mailings and their deliveries, stored before anything is sent, so that after a crash the same is sent again."""

    def last_window(self, audience: str = "", kind: MessageKind = MessageKind.DIGEST) -> Window | None:
        """Return the window of the latest mailing of a kind to an audience, or None."""
        query = select(t.mailing.c.since, t.mailing.c.until).where(is_series(audience, kind))
        return self._first(Window, query.order_by(t.mailing.c.until.desc()).limit(1))

    def last_delivered(self, channel: str, address: str, kind: MessageKind) -> Window | None:
        """Return the latest window of a kind with a delivery of everything to an address, or None.

        Of any audience: an address may move between the settings and recipients.yaml.
        """
        with self._database.reading() as connection:
            values = {"channel": channel, "address": address, "kind": kind}
            row = connection.execute(_LAST_DELIVERED, values).first()
            return None if row is None else Window(*row)

    def put(
        self,
        window: Window,
        compose: Compose,
        audience: str = "",
        kind: MessageKind = MessageKind.DIGEST,
    ) -> bool:
        """Compose and store the mailing of a window and its deliveries, unless the window overlaps a stored one.

        The mail lock is held: what is filed after the mailing was composed belongs to the next window. Returns False,
        and stores nothing, when the window overlaps a stored one of this audience and kind: then it was mailed already.
        Where `compose` returns None the window counts as mailed, and False is returned.
        """
        mailing_columns, of_series = t.mailing.c, is_series(audience, kind)
        overlaps = exists().where(of_series, mailing_columns.since < window.until, mailing_columns.until > window.since)
        with self._database.writing("put a mailing") as connection:
            lock_mail(connection)
            if connection.scalar(select(overlaps)):
                return False
            # Composed inside the transaction: an article filed in between would be in no mail.
            composed = compose(mailing_input(connection, window, kind))
            if composed is None:
                mark_empty(connection, window, audience, kind)
                return False
            mailing, deliveries = composed
            values = {**asdict(window), "made": mailing.date, "audience": audience, "kind": kind}
            values |= asdict(mailing.rendering)
            number = connection.scalar(insert(t.mailing).values(values).returning(mailing_columns.id))
            for delivery in deliveries:
                connection.execute(insert(t.delivery).values(row_of(t.delivery, delivery, mailing=number)))
            _put_alerted_names(connection, number, mailing)
            return True

    def claim(self, channel: str, now: datetime, until: datetime) -> Sequence[Delivery]:
        """Claim all due deliveries over a channel, neither sent nor refused, until `until`; return the oldest first.

        A delivery that another sender has claimed is left to it until that claim expires.
        """
        with self._database.writing("claim deliveries") as connection:
            values = {"wanted_channel": channel, "now": now, "claim_until": until}
            numbers = connection.scalars(_CLAIM, values).all()
            return _deliveries(connection, t.delivery.c.id.in_(numbers)) if numbers else []

    def refresh(self, delivery: Delivery) -> Delivery:
        """Return a claimed delivery as it is stored now: it may have been composed again since."""
        (current,) = self._read(_deliveries, _is_row(delivery))
        return current

    def release(self, delivery: Delivery) -> None:
        """Give a claimed delivery back untried."""
        self._change("release a delivery", update(t.delivery).where(_is_row(delivery)).values(claimed_until=None))

    def mark_sent(self, delivery: Delivery, at: datetime) -> None:
        """Record that a delivery was sent."""
        values = {"sent": at, "refused": None, "detail": "", "due": None}
        self._change("record a sent delivery", _update_delivery(delivery, **values))

    def mark_failed(
        self, delivery: Delivery, at: datetime, detail: str, *, refused: bool, due: datetime | None = None
    ) -> None:
        """Record a failed attempt; a refused delivery is not tried again, another one not before `due`.

        Unless another sender, who claimed it when the claim had expired, has sent it since.
        """
        values = {"refused": at if refused else None, "detail": detail, "due": due}
        unsent = _update_delivery(delivery, **values).where(t.delivery.c.sent.is_(None))
        self._change("record a failed delivery", unsent)

    def records(self, limit: int = 200, *, unsent: bool = False) -> Sequence[DeliveryRecord]:
        """Return the latest deliveries, the newest first; `unsent`: only those that were not sent."""
        delivery = t.delivery.c
        query = (
            select(t.delivery, t.mailing.c.kind, t.mailing.c.made.label("written"))
            .join(t.mailing)
            .order_by(delivery.id.desc())
        )
        query = query.where(delivery.sent.is_(None)) if unsent else query
        # `shaped` makes a plain string of a Message.
        return [replace(shaped(DeliveryRecord, row), detail=row.detail) for row in self._rows(query.limit(limit))]

    def retry(self, delivery: int) -> bool:
        """Let a delivery be sent (again) at once, under its id; return False if there is no such delivery.

        A claim stays: whoever holds it is sending right now, and a second sender would send it twice.
        """
        values = {"sent": None, "refused": None, "due": None, "tries": 0}
        statement = update(t.delivery).where(t.delivery.c.id == delivery).values(values)
        return self._change("retry a delivery", statement) > 0


def is_series(audience: str, kind: MessageKind) -> ColumnElement[bool]:
    """Return the condition of the mailings whose windows tile."""
    return and_(t.mailing.c.audience == audience, t.mailing.c.kind == kind)


def mark_empty(connection: Connection, window: Window, audience: str, kind: MessageKind) -> None:
    """Record that a window held nothing to send: an empty mailing before it is made longer."""
    mailing = t.mailing.c
    # One empty row grows, else each check for alerts would leave a row.
    is_before = and_(is_series(audience, kind), mailing.until == window.since, mailing.subject == "")
    if not connection.execute(update(t.mailing).where(is_before).values(until=window.until)).rowcount:
        values = {**asdict(window), "made": window.until, "audience": audience, "kind": kind} | asdict(Rendering())
        connection.execute(insert(t.mailing).values(values))


def rewrite_mailing(connection: Connection, row: Any, rewrite: Rewrite) -> None:
    """Compose a stored mailing again; where nothing is left of it, blank it. For use inside a transaction."""
    window, kind = Window(row.since, row.until), MessageKind(row.kind)
    # First: else the alert's own names would count as reported before, and nothing would be left of it.
    connection.execute(delete(t.alerted_name).where(t.alerted_name.c.mailing == row.id))
    mailing = rewrite(mailing_input(connection, window, kind), row.audience, kind)
    # With its subject it still counts as a mailing: the first digest depends on it.
    mailing = mailing or Mailing(window, row.made, Rendering(row.subject))
    values = asdict(mailing.rendering)
    connection.execute(update(t.mailing).where(t.mailing.c.id == row.id).values(values))
    _put_alerted_names(connection, row.id, mailing)


def _put_alerted_names(connection: Connection, number: int | None, mailing: Mailing) -> None:
    for name in mailing.alerted:
        entity = select(t.entity.c.number).where(t.entity.c.id == name.entity).scalar_subquery()
        values = {"item": name.item, "outlet": name.outlet, "filed": name.filed, "due": name.due}
        connection.execute(insert(t.alerted_name).values(mailing=number, entity=entity, **values))


def _deliveries(connection: Connection, condition: ColumnElement[bool]) -> Sequence[Delivery]:
    query = select(t.delivery, *(column for column in t.mailing.c if column.name != "id")).join(t.mailing)
    rows = connection.execute(query.where(condition).order_by(t.delivery.c.id))
    return [shaped(Delivery, row, date=row.made, rendering=shaped(Rendering, row)) for row in rows]


def _is_row(delivery: Delivery) -> ColumnElement[bool]:
    # A `Delivery` has no number; the external id is unique within its channel.
    return and_(t.delivery.c.channel == delivery.channel, t.delivery.c.external_id == delivery.external_id)


def _update_delivery(delivery: Delivery, **values: Any) -> Any:
    tried = {"tries": delivery.tries + 1, "claimed_until": None}
    return update(t.delivery).where(_is_row(delivery)).values(tried | values)
