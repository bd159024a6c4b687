"""I/O: the database. Reviews: the queue, and decisions on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, select, update

from monitor.errors import NotFound, StaleDecision
from monitor.model import Confidence, Decision, ReviewItem, State
from monitor.store import articles, items
from monitor.store import tables as t
from monitor.store.engine import Database

AWAITED = (State.OPEN, State.FOLLOW_UP)  # what is put off waits for nobody until its time


class SqlReviews:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, item: int) -> ReviewItem:
        with self._database.reading() as connection:
            return _get(connection, item)

    def listing(self, states: Collection[State] = (), limit: int = 200) -> Sequence[ReviewItem]:
        item, filed = t.review_item.c, t.story_article.c
        latest = select(func.max(filed.filed)).where(filed.story == item.story).scalar_subquery()
        which = (
            items.numbers()
            .where(item.state.in_(states or AWAITED))
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


def _get(connection: Connection, item: int) -> ReviewItem:
    found = items.load(connection, items.numbers().where(t.review_item.c.id == item))
    if not found:
        raise NotFound(f"there is no item {item}; `monitor queue list` shows those there are")
    return found[0]


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
    )
    connection.execute(insert(t.decision).values(row.values()))
