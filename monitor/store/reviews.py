"""I/O: the database. Reviews: the queue, and decisions on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, select, update

from monitor.errors import NotFound, StaleDecision
from monitor.model import Confidence, Decision, Regrouping, ReviewItem, State
from monitor.store import articles, items, regrouping
from monitor.store import tables as t
from monitor.store.engine import Database

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

    def last_decision(self, by: str = "") -> Decision | None:
        said = t.decision.c
        undoing = t.decision.alias()
        undone = exists().where(undoing.c.undoes == said.id)
        ask = select(t.decision).where(said.verdict.is_not(None), ~undone).order_by(said.id.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(ask.where(said.by == by) if by else ask).first()
            return items.decision(row, items.entity_ids(connection)) if row else None

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


def _get(connection: Connection, item: int, *, merged: bool = False) -> ReviewItem:
    found = items.load(connection, items.numbers().where(t.review_item.c.id == item))
    if not found:
        raise NotFound(f"there is no item {item}; `monitor queue list` shows those there are")
    if found[0].state is State.MERGED and not merged:
        into = found[0].regroupings[-1].item
        raise NotFound(f"item {item} was merged into item {into}; look there: `monitor queue show {into}`")
    return found[0]


def _clear() -> Any:
    """Whether an item names anyone clearly, so that it alerts."""
    return (
        exists()
        .where(t.story_article.c.story == t.review_item.c.story, t.story_article.c.article == t.article.c.id)
        .where(articles.in_force(), t.hit.c.alerts, t.hit.c.confidence == Confidence.STRONG)
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
    )
    connection.execute(insert(t.decision).values(row.values()))
