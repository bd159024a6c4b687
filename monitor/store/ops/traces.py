"""I/O: the database. What names leave beside their items: alerts, lines of the log, counts, and moves between items.

A name that is marked, and one that a build before the two watches has left, take the same along.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from dataclasses import asdict, dataclass
from itertools import pairwise

from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, update

from monitor.model import Act, MessageKind, Regroup, Rendering, Window
from monitor.store import tables as t
from monitor.store.desk.outbox import is_series, mark_empty
from monitor.store.ops.moved_rows import Row, rows_of, without_id
from monitor.store.sql import items
from monitor.store.sql.deletion import delete_with_dependents
from monitor.store.types import is_one_of

_ACTS_ON_ITEMS = (Act.DECIDED, Act.UNDID, Act.MERGED, Act.SPLIT, Act.EXPORTED, Act.ADDED)


@dataclass(frozen=True, slots=True)
class Traces:
    """Lines of the log about items of some names, and alerts that told of these names alone."""

    lines: Sequence[Row]
    alerts: Sequence[Row]  # all of their audiences, so that the windows tile; blank where they told of other names
    deliveries: Sequence[Row]


def read_traces(connection: Connection, names: Collection[str]) -> Traces:
    """Return the rows that stand in a store because of these names alone."""
    numbers = connection.scalars(select(t.entity.c.number).where(t.entity.c.id.in_(names))).all()
    filed, item, alerted = t.story_article.c, t.review_item.c, t.alerted_name.c
    items_with_hits = items.select_ids_with_hits()
    added_items = items.select_ids().join(t.story_article, filed.story == item.story)
    added_items = added_items.join(t.addition, t.addition.c.article == filed.article)
    of_their_items = and_(
        t.audit.c.act.in_(_ACTS_ON_ITEMS),
        t.audit.c.about.in_(items_with_hits.where(t.hit.c.entity.in_(numbers))),
        t.audit.c.about.not_in(items_with_hits.where(t.hit.c.entity.not_in(numbers))),
        t.audit.c.about.not_in(added_items),
    )
    of_their_versions = and_(t.audit.c.act == Act.CHANGED_LIST, t.audit.c.detail.in_(_versions_of(connection, names)))
    lines = select(t.audit).where(or_(t.audit.c.act == Act.READ_SENSITIVE, of_their_items, of_their_versions))
    mailings = select(alerted.mailing)
    of_them_alone = and_(
        t.mailing.c.id.in_(mailings.where(alerted.entity.in_(numbers))),
        t.mailing.c.id.not_in(mailings.where(alerted.entity.not_in(numbers))),
    )
    alerts_of_them = set(connection.scalars(select(t.mailing.c.id).where(of_them_alone)))
    audiences = select(t.mailing.c.audience).where(of_them_alone)
    of_audiences = and_(t.mailing.c.kind == MessageKind.ALERT, t.mailing.c.audience.in_(audiences))
    alerts = rows_of(connection, select(t.mailing).where(of_audiences).order_by(t.mailing.c.since))
    deliveries = select(t.delivery).where(t.delivery.c.mailing.in_(select(t.mailing.c.id).where(of_them_alone)))
    return Traces(
        rows_of(connection, lines),
        [row if row["id"] in alerts_of_them else {**row, **asdict(Rendering())} for row in alerts],
        rows_of(connection, deliveries),
    )


def put_traces(connection: Connection, traces: Traces) -> None:
    """Store such rows of another store: items have other numbers here. What still waits there is sent nowhere."""
    columns = ("at", "by", "act", "detail")
    stored = {tuple(row) for row in connection.execute(select(*t.audit.c[columns]))}
    for row in traces.lines:
        number = f"item {row['about']}" if row["about"] else f"version {row['detail']}"
        is_numbered = row["about"] or row["act"] == Act.CHANGED_LIST
        values = {**row, "detail": f"{number} of before" if is_numbered else row["detail"]}
        if tuple(values[name] for name in columns) not in stored:
            connection.execute(insert(t.audit).values({name: values[name] for name in columns}))
    for alert in traces.alerts:
        window, series = Window(alert["since"], alert["until"]), (alert["audience"], MessageKind(alert["kind"]))
        if connection.scalar(select(exists().where(is_series(*series), t.mailing.c.until > window.since))):
            continue
        if not alert["subject"]:
            mark_empty(connection, window, *series)
            continue
        number = connection.scalar(insert(t.mailing).values(without_id(alert)).returning(t.mailing.c.id))
        for row in traces.deliveries:
            if row["mailing"] == alert["id"] and (row["sent"] or row["refused"]):
                connection.execute(insert(t.delivery).values({**without_id(row), "mailing": number}))


def forget_traces(connection: Connection, traces: Traces) -> None:
    """Remove these rows; in the place of an alert stays its window, in which nothing was to be told."""
    connection.execute(delete(t.audit).where(is_one_of(t.audit.c.id, [row["id"] for row in traces.lines])))
    alerts = [row["id"] for row in traces.alerts if row["subject"]]
    for table in (t.delivery, t.alerted_name):
        connection.execute(delete(table).where(is_one_of(table.c.mailing, alerts)))
    blank = {**asdict(Rendering()), "made": t.mailing.c.until}
    connection.execute(update(t.mailing).where(is_one_of(t.mailing.c.id, alerts)).values(blank))
    for audience in {row["audience"] for row in traces.alerts}:
        _join_empty_windows(connection, audience)


def drop_counts(connection: Connection) -> None:
    """Drop the counts of mentions and of surnames, which count those of names that left and cannot be made again.

    A page that was tried three times counts three times, and no run says which surnames it met.
    """
    day = t.feed_day.c
    connection.execute(update(t.feed_day).values(mentions=0))
    is_empty = and_(*(day[name] == 0 for name in ("bytes", "articles", "entries_left_out", "pages_left_out")))
    connection.execute(delete(t.feed_day).where(is_empty))
    connection.execute(update(t.run).values(common_surnames=0))


def blank_sent_mails(connection: Connection) -> None:
    """Blank all mails that everybody got: nobody reads them here again, and some alone would stand out.

    A subject says how many stories a mail told of. It is not empty, which would make a window without a mail of it.
    """
    waits = exists().where(t.delivery.c.mailing == t.mailing.c.id, t.delivery.c.sent.is_(None))
    is_sent = and_(t.mailing.c.subject != "", ~waits)
    connection.execute(update(t.mailing).where(is_sent).values(asdict(Rendering("-"))))


def drop_moves(connection: Connection, nameless: Set[int]) -> None:
    """Delete the moves between items of articles that have left them, and the items that are empty without these.

    So go the moves without an author, too: builds before the two watches moved an article that was added by hand out of
    an item that only the cleared saw. Without the name it would stand where it was added from the start.
    """
    move, item, filed = t.regrouping.c, t.review_item.c, t.story_article.c
    empty_moves: set[int] = set()
    emptied_items: set[int] = set()
    for row in connection.execute(select(t.regrouping)).all():
        remaining = [article for article in row.articles if article not in nameless]
        if (row.by == "" and row.undoes is None) or (row.articles and not remaining):
            empty_moves.add(row.id)
            emptied_items |= {row.other} if row.kind == Regroup.MERGE else set()
        elif remaining != row.articles:
            copies = [pair for pair in row.copies if nameless.isdisjoint(pair)]
            values = {"articles": remaining, "copies": copies}
            connection.execute(update(t.regrouping).where(move.id == row.id).values(values))
    for column in (move.undoes, move.id):
        connection.execute(delete(t.regrouping).where(is_one_of(column, empty_moves)))
    is_moved = exists().where(or_(move.item == item.id, move.other == item.id))
    is_filed = exists().where(filed.story == item.story)
    stories = select(item.story).where(item.id.in_(emptied_items), ~is_moved, ~is_filed)
    delete_with_dependents(connection, t.story, connection.scalars(stories).all())


def _versions_of(connection: Connection, names: Collection[str]) -> list[str]:
    """Return the versions of the list that changed these names alone, as the log writes them."""
    rows = connection.execute(select(*t.watchlist_version.c["version", "added", "changed", "removed"])).all()
    changed = {str(row.version): {*row.added, *row.changed, *row.removed} for row in rows}
    return [version for version, ids in changed.items() if ids and ids <= {*names}]


def _join_empty_windows(connection: Connection, audience: str) -> None:
    """Join neighbouring windows without alerts into one, as they are stored where there never was an alert."""
    mailing = t.mailing.c
    rows = connection.execute(
        select(*mailing["id", "since", "until", "subject"])
        .where(is_series(audience, MessageKind.ALERT))
        .order_by(mailing.since)
    ).all()
    ends = {row.id: row.until for row in rows}
    for row, following in reversed([*pairwise(rows)]):
        if not (row.subject or following.subject) and row.until == following.since:
            ends[row.id] = ends[following.id]
            connection.execute(delete(t.mailing).where(mailing.id == following.id))
            connection.execute(update(t.mailing).where(mailing.id == row.id).values(until=ends[row.id]))
