"""I/O: the database. Reviews: the queue, and decisions on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, func, insert, or_, select, update

from monitor.errors import NotFound, StaleDecision
from monitor.feedback import form_of, name_was_right
from monitor.model import Confidence, Decision, Judged, Reason, Regrouping, ReviewItem, State, Verdict
from monitor.store import articles, items, regrouping
from monitor.store import tables as t
from monitor.store.engine import Database

POSSIBLE_SHOWN = timedelta(days=14)
REVIEWED_WITHIN = timedelta(days=30)
ITEMS_AT_ONCE = 500
AWAITED = (State.OPEN, State.FOLLOW_UP)  # what is put off waits for nobody until its time


class SqlReviews:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, item: int, *, merged: bool = False) -> ReviewItem:
        with self._database.reading() as connection:
            return _get(connection, item, merged=merged)

    def listing(self, states: Collection[State] = (), limit: int = 200) -> Sequence[ReviewItem]:
        item, filed = t.review_item.c, t.story_article.c
        latest = select(func.max(filed.filed)).where(filed.story == item.story).scalar_subquery()
        which = (
            items.numbers()
            .where(item.state.in_(states or AWAITED), item.state != State.MERGED)
            .order_by(_clear().desc(), latest.desc(), item.id.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            return items.load(connection, which)

    def save(self, item: ReviewItem, *, was: int, decision: Decision | None = None) -> ReviewItem:
        with self._database.writing("save a decision") as connection:
            if not items.compare_and_set(connection, item, was):
                raise StaleDecision(_get(connection, item.id))
            if decision is not None:
                _add(connection, decision)
            return _get(connection, item.id)

    def save_many(self, moves: Sequence[tuple[ReviewItem, int]]) -> tuple[Sequence[ReviewItem], Sequence[ReviewItem]]:
        saved: list[ReviewItem] = []
        stale: list[ReviewItem] = []
        with self._database.writing("save decisions") as connection:
            for item, was in sorted(moves, key=lambda move: move[0].id):  # in one order: nobody waits for each other
                moved = items.compare_and_set(connection, item, was)
                if moved:
                    _add(connection, item.history[-1])
                (saved if moved else stale).append(_get(connection, item.id))
        return saved, stale

    def last_decision(self, by: str = "") -> Decision | None:
        said = t.decision.c
        ask = _standing().order_by(said.id.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(ask.where(said.by == by) if by else ask).first()
            return items.decision(row, items.entity_ids(connection)) if row else None

    def batch(self, batch: str) -> Sequence[Decision]:
        ask = _standing().where(t.decision.c.batch == batch).order_by(t.decision.c.id)
        with self._database.reading() as connection:
            names = items.entity_ids(connection)
            return [items.decision(row, names) for row in connection.execute(ask)]

    def judged(self) -> Sequence[Judged]:
        with self._database.reading() as connection:
            said = _said(connection)
            found: dict[Judged, None] = {}
            for first, last in _ranges(sorted({item for item, _ in said})):
                for row in connection.execute(_NAMED, {"first": first, "last": last}):
                    if (row.item, row.entity) in said:
                        right, reason = said[row.item, row.entity]
                        judged = Judged(row.item, row.name, form_of(row.text), row.outlet, right, reason)
                        found[judged] = None
        return list(found)

    def regroup(
        self, after: Sequence[ReviewItem], was: Mapping[int, int], moved: Regrouping, now: datetime
    ) -> ReviewItem:
        with self._database.writing("regroup stories") as connection:
            for item in after:
                if not items.compare_and_set(connection, item, was[item.id]):
                    raise StaleDecision(_get(connection, item.id, merged=True))
            number = regrouping.move(connection, moved, now)
            for item in after:  # its verdict is that of the names it has now
                told = _get(connection, item.id, merged=True)
                items.compare_and_set(connection, told, told.version)
            return _get(connection, number)

    def holder(self, item: int) -> int:
        with self._database.reading() as connection:
            while (found := _get(connection, item, merged=True)).state is State.MERGED:
                item = found.regroupings[-1].item
            return item

    def last_regrouping(self, *, by: str = "", item: int | None = None) -> Regrouping | None:
        with self._database.reading() as connection:
            return regrouping.last(connection, by, item)

    def wake(self, now: datetime) -> int:
        item = t.review_item.c
        again = {
            "state": State.OPEN,
            "version": item.version + 1,
            "until": None,
            "reopened": "the time it was put off to has come",
            "reopened_at": now,
        }
        due = and_(item.state == State.LATER, item.until <= now)
        with self._database.writing("wake items") as connection:
            return connection.execute(update(t.review_item).where(due).values(again)).rowcount

    def expire(self, now: datetime) -> int:
        item, filed = t.review_item.c, t.story_article.c
        latest = select(func.max(func.coalesce(filed.changed, filed.filed))).where(filed.story == item.story)
        quiet_since = func.coalesce(item.reopened_at, latest.scalar_subquery())

        def waited(days: timedelta) -> ColumnElement[bool]:
            return and_(latest.scalar_subquery() < now - days, quiet_since < now - days)

        over = and_(item.state.in_(AWAITED), or_(waited(REVIEWED_WITHIN), and_(waited(POSSIBLE_SHOWN), ~_clear())))
        with self._database.reading() as connection:  # most runs find nothing, and need not write
            if not connection.scalar(select(exists().where(over))):
                return 0
        with self._database.writing("expire items") as connection:
            gone = update(t.review_item).where(over).values(state=State.EXPIRED, version=item.version + 1)
            return connection.execute(gone).rowcount


_NAMED = (
    select(
        t.review_item.c.id.label("item"),
        t.hit.c.entity,
        t.entity.c.id.label("name"),
        t.article.c.outlet,
        t.mention.c.text,
    )
    .join_from(t.review_item, t.story_article, t.story_article.c.story == t.review_item.c.story)
    .join(t.article, t.article.c.id == t.story_article.c.article)
    .join(t.hit, articles.in_force())
    .join(t.entity, t.entity.c.number == t.hit.c.entity)
    .join(t.mention, and_(t.mention.c.hit == t.hit.c.id, t.mention.c.version == t.hit.c.version))
    .where(t.review_item.c.id.between(bindparam("first"), bindparam("last")))
    .order_by(t.mention.c.id)
)


def _standing() -> Select[Any]:
    """Decisions that are no undo and were not undone."""
    undoing = t.decision.alias()
    undone = exists().where(undoing.c.undoes == t.decision.c.id)
    return select(t.decision).where(t.decision.c.verdict.is_not(None), ~undone)


def _said(connection: Connection) -> dict[tuple[int, int], tuple[bool, Reason | None]]:
    """(item, number of the entity) -> whether its name was right, as the last decision on it says."""
    said: dict[tuple[int, int], tuple[bool, Reason | None]] = {}
    for row in connection.execute(_standing().order_by(t.decision.c.id)):
        reason = Reason(row.reason) if row.reason else None
        right = name_was_right(Verdict(row.verdict), reason)
        for entity in row.judged:
            said.pop((row.item, entity), None)
            if right is not None:
                said[row.item, entity] = right, reason
    return said


def _ranges(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Sorted numbers, so many at a time: the first and the last of each batch."""
    for start in range(0, len(numbers), ITEMS_AT_ONCE):
        batch = numbers[start : start + ITEMS_AT_ONCE]
        yield batch[0], batch[-1]


def _get(connection: Connection, item: int, *, merged: bool = False) -> ReviewItem:
    found = items.load(connection, items.numbers().where(t.review_item.c.id == item))
    if not found:
        raise NotFound(f"there is no item {item}; `monitor queue list` shows those there are")
    if found[0].state is State.MERGED and not merged:
        into = found[0].regroupings[-1].item
        raise NotFound(f"item {item} was merged into item {into}; look there: `monitor queue show {into}`")
    return found[0]


def never_reviewed(connection: Connection) -> int:
    """Stories that named someone clearly and left the queue unread; for use inside a transaction."""
    expired = select(func.count()).select_from(t.review_item).where(t.review_item.c.state == State.EXPIRED, _clear())
    return connection.scalar(expired) or 0


def _clear() -> Any:
    """Whether an item names anyone clearly, or did before an edit, so that it alerts."""
    return exists().where(
        t.story_article.c.story == t.review_item.c.story,
        t.story_article.c.article == t.hit.c.article,
        t.hit.c.alerts,
        t.hit.c.confidence == Confidence.STRONG,
    )


def _add(connection: Connection, decision: Decision) -> None:
    named = {*decision.judged, *([decision.entity] if decision.entity else [])}
    numbers = articles.entity_numbers(connection, named)
    row = t.DecisionRow(
        item=decision.item,
        version=decision.version,
        at=decision.at,
        by=decision.by,
        verdict=decision.verdict,
        entity=numbers[decision.entity] if decision.entity else None,
        reason=decision.reason,
        note=decision.note,
        until=decision.until,
        undoes=decision.undoes,
        judged=[numbers[entity] for entity in decision.judged],
        batch=decision.batch,
    )
    connection.execute(insert(t.decision).values(row.values()))
