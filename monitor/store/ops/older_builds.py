"""I/O: the database. Traces of sensitive names that builds before the two watches left in the open store.

They showed some of it to administrators who might know of these names only, and hid the rest while reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, update

from monitor.model import Act, MessageKind, Regroup, Rendering, Window
from monitor.store import tables as t
from monitor.store.desk.outbox import is_series, mark_empty
from monitor.store.sql.deletion import batches, delete_with_dependents

Row = Mapping[str, Any]
_ACTS_ON_ITEMS = (Act.DECIDED, Act.UNDID, Act.MERGED, Act.SPLIT, Act.EXPORTED, Act.ADDED)


@dataclass(frozen=True, slots=True)
class OldTraces:
    """Lines of the log about items of sensitive names, and alerts that told of these names alone."""

    lines: Sequence[Row]
    alerts: Sequence[Row]  # all of their audiences, so that the windows tile; blank where they told of open names
    deliveries: Sequence[Row]


def read_traces(connection: Connection) -> OldTraces:
    """Return the rows that stand in the open store because of names marked sensitive."""
    filed, item, alerted = t.story_article.c, t.review_item.c, t.alerted_name.c
    items = (
        select(item.id).join(t.story_article, filed.story == item.story).join(t.hit, t.hit.c.article == filed.article)
    )
    items = items.join(t.entity, t.entity.c.number == t.hit.c.entity)
    added = select(item.id).join(t.story_article, filed.story == item.story)
    added = added.join(t.addition, t.addition.c.article == filed.article)
    of_closed_items = and_(
        t.audit.c.act.in_(_ACTS_ON_ITEMS),
        t.audit.c.about.in_(items.where(t.entity.c.sensitive)),
        t.audit.c.about.not_in(items.where(~t.entity.c.sensitive)),
        t.audit.c.about.not_in(added),
    )
    lines = select(t.audit).where(or_(t.audit.c.act == Act.READ_SENSITIVE, of_closed_items))
    names = select(alerted.mailing).join(t.entity, t.entity.c.number == alerted.entity)
    of_closed_names = and_(
        t.mailing.c.id.in_(names.where(t.entity.c.sensitive)), t.mailing.c.id.not_in(names.where(~t.entity.c.sensitive))
    )
    closed = set(connection.scalars(select(t.mailing.c.id).where(of_closed_names)))
    audiences = select(t.mailing.c.audience).where(of_closed_names)
    of_audiences = and_(t.mailing.c.kind == MessageKind.ALERT, t.mailing.c.audience.in_(audiences))
    alerts = _rows(connection, select(t.mailing).where(of_audiences).order_by(t.mailing.c.since))
    deliveries = select(t.delivery).where(t.delivery.c.mailing.in_(select(t.mailing.c.id).where(of_closed_names)))
    return OldTraces(
        _rows(connection, lines),
        [row if row["id"] in closed else {**row, **asdict(Rendering())} for row in alerts],
        _rows(connection, deliveries),
    )


def put_traces(connection: Connection, traces: OldTraces) -> None:
    """Store such rows of another store: items have other numbers here."""
    columns = ("at", "by", "act", "detail")
    stored = {tuple(row) for row in connection.execute(select(*t.audit.c[columns]))}
    for row in traces.lines:
        values = {**row, "detail": f"item {row['about']} of before" if row["about"] else row["detail"]}
        if tuple(values[name] for name in columns) not in stored:
            connection.execute(insert(t.audit).values({name: values[name] for name in columns}))
    for alert in traces.alerts:
        window, series = Window(alert["since"], alert["until"]), (alert["audience"], MessageKind(alert["kind"]))
        if connection.scalar(select(exists().where(is_series(*series), t.mailing.c.until > window.since))):
            continue
        if not alert["subject"]:
            mark_empty(connection, window, *series)
            continue
        number = connection.scalar(insert(t.mailing).values(_without_id(alert)).returning(t.mailing.c.id))
        for row in traces.deliveries:
            if row["mailing"] == alert["id"]:
                connection.execute(insert(t.delivery).values({**_without_id(row), "mailing": number}))


def forget_traces(connection: Connection, traces: OldTraces) -> None:
    """Remove these rows; in the place of an alert stays its window, in which nothing was to be told."""
    for batch in batches([row["id"] for row in traces.lines]):
        connection.execute(delete(t.audit).where(t.audit.c.id.in_(batch)))
    for batch in batches([row["id"] for row in traces.alerts if row["subject"]]):
        for table in (t.delivery, t.alerted_name):
            connection.execute(delete(table).where(table.c.mailing.in_(batch)))
        connection.execute(update(t.mailing).where(t.mailing.c.id.in_(batch)).values(asdict(Rendering())))
    # Which entries brought a name, and which a surname of one; no run says which entries it read.
    connection.execute(update(t.run).values(outcomes={}, common_surnames=0))


def drop_moves_without_author(connection: Connection) -> None:
    """Delete the moves of articles that were added by hand out of items that only the cleared saw.

    A sensitive name had queued such an article; without it the article would stand where it was added from the start.
    """
    move, item = t.regrouping.c, t.review_item.c
    moves = connection.execute(select(move.id, move.kind, move.other).where(move.by == "", move.undoes.is_(None))).all()
    connection.execute(delete(t.regrouping).where(move.undoes.in_([row.id for row in moves])))
    connection.execute(delete(t.regrouping).where(move.id.in_([row.id for row in moves])))
    emptied = [row.other for row in moves if row.kind == Regroup.MERGE]
    delete_with_dependents(
        connection, t.story, connection.scalars(select(item.story).where(item.id.in_(emptied))).all()
    )


def _rows(connection: Connection, query: Any) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _without_id(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}
