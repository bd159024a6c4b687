"""I/O: the database. Reviews: the queue, and decisions on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, insert, or_, select, update

from monitor.errors import NotFound, StaleDecision
from monitor.model import (
    Confidence,
    Decision,
    Message,
    NameJudgement,
    Precedent,
    QueueFilter,
    QueueTab,
    Reason,
    Regrouping,
    ReviewItem,
    State,
    Verdict,
    Window,
)
from monitor.review.feedback import form_of, name_was_right
from monitor.store import tables as t
from monitor.store.database import Queries, alone_with_stories
from monitor.store.desk import precedents
from monitor.store.desk.queue_query import QueueQuery
from monitor.store.sql import articles, items, regrouping
from monitor.store.types import row_of

POSSIBLE_SHOWN = timedelta(days=14)
REVIEWED_WITHIN = timedelta(days=30)
ITEMS_AT_ONCE = 500
_NO_TIME = datetime.min.replace(tzinfo=UTC)  # a list by the stored state asks for no time
AWAITED = (State.OPEN, State.FOLLOW_UP)  # what is put off waits for nobody until its time


class SqlReviews(Queries):
    def get(self, item: int, *, merged: bool = False) -> ReviewItem:
        """Raises NotFound; also for one that was merged into another, unless `merged`."""
        with self._database.reading() as connection:
            return _get(connection, item, merged=merged)

    def listing(
        self, states: Collection[State] = (), limit: int = 200, narrowed: QueueFilter = QueueFilter()
    ) -> Sequence[ReviewItem]:
        """Items in these states (none given: open and follow-up), clear before possible, newest first.

        `narrowed`: of the desk's filter all but the split, of which only ASKED counts: what has a `question`.
        """
        item = t.review_item.c
        with self._database.reading() as connection:
            fits = QueueQuery(connection, narrowed, _NO_TIME, unseen=(), known={}).plain
            which = (
                items.numbers()
                .where(item.state.in_(states or AWAITED), fits)
                .order_by(item.clear.desc(), item.latest.desc(), item.id.desc())
            )
            if narrowed.split is not QueueTab.ASKED:
                return items.load(connection, which.limit(limit))
            unsure = items.standing().where(t.decision.c.verdict == Verdict.UNSURE).with_only_columns(t.decision.c.item)
            holders = {regrouping.holder(connection, number) for number in set(connection.scalars(unsure))}
            return [each for each in items.load(connection, which.where(item.id.in_(holders))) if each.question][:limit]

    def save(self, item: ReviewItem, *, was: int, decision: Decision | None = None) -> ReviewItem:
        """Store an item that was at version `was`, and the decision that moved it.

        Raises StaleDecision, with the item as it is now, when it is at another version. Returns it as stored.
        """
        with self._database.writing("save a decision") as connection:
            if not items.compare_and_set(connection, item, was):
                raise StaleDecision(_get(connection, item.id))
            if decision is not None:
                _add(connection, decision)
            return _get(connection, item.id)

    def save_many(
        self, moves: Sequence[tuple[ReviewItem, int]], *, whole: bool = False
    ) -> tuple[Sequence[ReviewItem], Sequence[ReviewItem]]:
        """Store items that were at these versions, each with the new lines of its history, in one transaction.

        Returns them as stored, and as they are now those that had moved meanwhile: they are left alone. With `whole`
        nothing is stored where one of them had moved: raises StaleDecision, with that one as it is now.
        """
        saved: set[int] = set()
        with self._database.writing("save decisions") as connection:
            for item, was in sorted(moves, key=lambda move: move[0].id):  # in one order: nobody waits for each other
                if items.compare_and_set(connection, item, was):
                    for decision in item.history:
                        if not decision.id:  # those that are stored have a number
                            _add(connection, decision)
                    saved.add(item.id)
                elif whole:
                    raise StaleDecision(_get(connection, item.id, merged=True))
            these = items.numbers().where(t.review_item.c.id.in_([item.id for item, _ in moves]))
            now = items.load(connection, these.order_by(t.review_item.c.id))
        return [item for item in now if item.id in saved], [item for item in now if item.id not in saved]

    def last_decision(self, by: str = "") -> Decision | None:
        """The newest decision (of this person, when named) that is no undo and was not undone."""
        said = t.decision.c
        ask = items.standing().order_by(said.id.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(ask.where(said.by == by) if by else ask).first()
            return items.decision(row, items.entity_ids(connection)) if row else None

    def batch(self, batch: str) -> Sequence[Decision]:
        """The decisions of one step that were not undone."""
        ask = items.standing().where(t.decision.c.batch == batch).order_by(t.decision.c.id)
        with self._database.reading() as connection:
            names = items.entity_ids(connection)
            return [items.decision(row, names) for row in connection.execute(ask)]

    def judged(self) -> Sequence[NameJudgement]:
        """What the decisions that stand say of the names in their stories: each form and outlet of a story once."""
        with self._database.reading() as connection:
            said = _said(connection)
            found: dict[NameJudgement, None] = {}
            for first, last in _ranges(sorted({item for item, _ in said})):
                for row in connection.execute(_NAMED, {"first": first, "last": last}):
                    if (row.item, row.entity) in said:
                        right, reason = said[row.item, row.entity]
                        judged = NameJudgement(row.item, row.name, form_of(row.text), row.outlet, right, reason)
                        found[judged] = None
        return list(found)

    def precedents(self, entity: int, most: int = 100) -> Sequence[Precedent]:
        """The last word on an entity, by its number, in each item that names it, newest first."""
        with self._database.reading() as connection:
            return precedents.of(connection, entity, most)

    def naming(self, entities: Collection[int], within: Window, most: int) -> Sequence[int]:
        """Items that name one of these, by number, and were first seen in that time; the newest first."""
        asked = {"entities": list(entities), "since": within.since, "until": within.until, "most": most}
        return [row.id for row in self._rows(_NAMING.params(asked))]

    def regroup(self, after: Sequence[ReviewItem], was: Mapping[int, int], moves: Sequence[Regrouping]) -> ReviewItem:
        """Move articles between items, and store what `review` made of the items, in one transaction.

        Returns the item that has the last of them now. Raises StaleDecision when an item is not at the version it
        `was`.
        """
        with self._database.writing("regroup stories") as connection:
            alone_with_stories(connection)
            for item in sorted(after, key=lambda item: item.id):  # in one order: nobody waits for each other
                if not items.compare_and_set(connection, item, was[item.id]):
                    raise StaleDecision(_get(connection, item.id, merged=True))
            *_, number = [regrouping.move(connection, moved) for moved in moves]
            for each in sorted({item.id for item in after} | {number}):  # its verdict is that of the names it has now
                if told := items.placed(connection, t.review_item.c.id == each):
                    items.compare_and_set(connection, told, told.version)
            return _get(connection, number)

    def holder(self, item: int) -> int:
        """The item that this one is part of by now; itself, when it was merged into none."""
        with self._database.reading() as connection:
            return regrouping.holder(connection, item)

    def last_regrouping(self, *, by: str = "", item: int | None = None) -> Regrouping | None:
        """The newest (of this person, of this item, when named) that is no undo and was not undone."""
        with self._database.reading() as connection:
            return regrouping.last(connection, by, item)

    def wake(self, now: datetime) -> int:
        """Open again what was put off until now (state LATER with `until` in the past). Returns how many."""
        item = t.review_item.c
        again = {
            "state": State.OPEN,
            "version": item.version + 1,
            "until": None,
            "reopened": Message("the time it was put off to has come"),
            "reopened_at": now,
        }
        due = and_(item.state == State.LATER, item.until <= now)
        return self._change("wake items", update(t.review_item).where(due).values(again))

    def never_reviewed(self, unseen: Collection[int]) -> int:
        """Count stories that left the queue unread, as somebody knows of it who may not know of these entities."""
        with self._database.reading() as connection:
            return never_reviewed(connection, unseen)

    def expire(self, now: datetime) -> int:
        """Take what waited too long out of the queue (state EXPIRED); it is kept and counted. Returns how many.

        Possible names leave after 14 days, a story that names someone clearly after 30 in which nothing happened.
        """
        item, filed = t.review_item.c, t.story_article.c
        latest = select(func.max(func.coalesce(filed.changed, filed.filed))).where(filed.story == item.story)
        quiet_since = func.coalesce(item.reopened_at, latest.scalar_subquery())

        def waited(days: timedelta) -> ColumnElement[bool]:
            return and_(latest.scalar_subquery() < now - days, quiet_since < now - days)

        over = and_(item.state.in_(AWAITED), or_(waited(REVIEWED_WITHIN), and_(waited(POSSIBLE_SHOWN), ~item.clear)))
        if not self._value(select(exists().where(over))):  # most runs find nothing, and need not write
            return 0
        gone = update(t.review_item).where(over).values(state=State.EXPIRED, version=item.version + 1)
        return self._change("expire items", gone)


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


_NAMING = (
    select(t.review_item.c.id)
    .distinct()
    .join_from(t.review_item, t.story_article, t.story_article.c.story == t.review_item.c.story)
    .join(t.hit, t.hit.c.article == t.story_article.c.article)
    .join(t.article, t.article.c.id == t.hit.c.article)
    .where(t.hit.c.entity.in_(bindparam("entities", expanding=True)), or_(articles.in_force(), t.hit.c.filed))
    .where(t.review_item.c.first_seen >= bindparam("since"), t.review_item.c.first_seen < bindparam("until"))
    .order_by(t.review_item.c.id.desc())
    .limit(bindparam("most"))
)


def _said(connection: Connection) -> dict[tuple[int, int], tuple[bool, Reason | None]]:
    """(item, number of the entity) -> whether its name was right, as the last decision on it says."""
    said: dict[tuple[int, int], tuple[bool, Reason | None]] = {}
    for row in connection.execute(items.standing().order_by(t.decision.c.id)):
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


def never_reviewed(connection: Connection, unseen: Collection[int] = ()) -> int:
    """Count stories that named someone clearly, besides `unseen` entities, and left the queue unread.

    For use inside a transaction.
    """
    item, filed, hit = t.review_item.c, t.story_article.c, t.hit.c
    ask = select(func.count()).where(item.state == State.EXPIRED, item.clear)
    if unseen:
        clear = (
            select(hit.id)
            .join_from(t.story_article, t.article, t.article.c.id == filed.article)
            .join(t.hit, articles.in_force())
            .where(filed.story == item.story, hit.confidence == Confidence.STRONG, hit.entity.not_in(unseen))
        )
        ask = ask.where(clear.correlate(t.review_item).exists())
    return connection.scalar(ask) or 0


def _add(connection: Connection, decision: Decision) -> None:
    named = {*decision.judged, *([decision.entity] if decision.entity else [])}
    numbers = articles.entity_numbers(connection, named)
    entity = numbers[decision.entity] if decision.entity else None
    row = row_of(t.decision, decision, entity=entity, judged=[numbers[name] for name in decision.judged])
    connection.execute(insert(t.decision).values(row))
