"""I/O: the database. Review items, decisions on them, and moves of articles between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select, update

from monitor.errors import NotFound
from monitor.model import (
    SETTLED,
    ArticlePage,
    Decision,
    Message,
    NameJudgement,
    QueueFilter,
    QueueTab,
    Reason,
    Regroup,
    Regrouping,
    ReviewItem,
    StaleDecision,
    State,
    Verdict,
    name_was_right,
)
from monitor.store import tables as t
from monitor.store.database import Queries, lock_stories
from monitor.store.desk.queue_query import QueueQuery
from monitor.store.sql import articles, items, regrouping
from monitor.store.sql.item_columns import refresh_item
from monitor.store.sql.refiling import clear_marks
from monitor.store.types import is_one_of, row_of
from monitor.text.tokens import normalized_form

POSSIBLE_EXPIRES_AFTER = timedelta(days=14)  # docs/design/review.md, "What waits too long"
EXPIRES_AFTER = timedelta(days=30)  # items with a strong name
_NO_TIME = datetime.min.replace(tzinfo=UTC)  # the time is not used in a list by stored state
AWAITING_REVIEW = (State.OPEN, State.FOLLOW_UP)  # not LATER: `reopen_due` opens those again at their time


class SqlReviews(Queries):
    """The queue as decisions and regroupings change it: whole items, with every name."""

    def get(self, item: int, *, merged: bool = False, page: ArticlePage | None = None) -> ReviewItem:
        """Return an item. Raises NotFound, also when it was merged into another, unless `merged`.

        With a `page`, a large item has only the articles of that page.
        """
        return self._read(_get, item, merged=merged, page=page)

    def regroupings(self, item: int) -> Sequence[Regrouping]:
        """Return the merges and splits of an item, in the order they were made."""
        with self._database.reading() as connection:
            return regrouping.of_items(connection, [item])[item]

    def items(self, numbers: Sequence[int]) -> Sequence[ReviewItem]:
        """Return items in this order, also merged ones; unknown numbers are left out."""
        return sorted(self._read(items.by_number, numbers), key=lambda item: numbers.index(item.id))

    def listing(
        self,
        states: Collection[State] = (),
        limit: int = 200,
        queue_filter: QueueFilter = QueueFilter(),
        page: ArticlePage | None = None,
    ) -> Sequence[ReviewItem]:
        """Return items in these states (default: open and follow-up), strong before possible, newest first.

        All of `queue_filter` applies except its tab; of tabs only ASKED does: then only items with a `question`.
        With a `page`, large items have only the articles of that page.
        """
        item = t.review_item.c
        with self._database.reading() as connection:
            filtered = QueueQuery(connection, queue_filter, _NO_TIME)
            query = (
                items.select_ids()
                .where(item.state.in_(states or AWAITING_REVIEW), filtered.passes_filter)
                .order_by(item.clear.desc(), item.latest.desc(), item.id.desc())
            )
            if queue_filter.tab is not QueueTab.ASKED:
                return items.load(connection, query.limit(limit), page=page)
            # A question is not stored on the item: load those with an "unsure" decision and look.
            unsure = items.effective_decisions().where(t.decision.c.verdict == Verdict.UNSURE)
            # A decision keeps the number of its item, which may have been merged into another since.
            holders = regrouping.final_items(connection, unsure.with_only_columns(t.decision.c.item))
            loaded = items.load(connection, query.where(item.id.in_(holders)), page=page)
            return [review_item for review_item in loaded if review_item.question][:limit]

    def save(
        self, item: ReviewItem, *, was: int, decision: Decision | None = None, page: ArticlePage | None = None
    ) -> ReviewItem:
        """Store an item that was at version `was`, and the decision that changed it; return the stored item.

        Raises StaleDecision, with the current item, when it is at another version.
        """
        with self._database.writing("save a decision") as connection:
            if not items.compare_and_set(connection, item, was):
                raise StaleDecision(_get(connection, item.id, page=page))
            if decision is not None:
                _insert_decision(connection, decision)
            return _get(connection, item.id, page=page)

    def save_many(
        self, moves: Sequence[tuple[ReviewItem, int]], *, all_or_none: bool = False
    ) -> tuple[Sequence[ReviewItem], Sequence[ReviewItem]]:
        """Store pairs of (item, version it was at) with the new decisions of their histories, in one transaction.

        Returns the stored items, and the current state of those that had changed meanwhile and were not stored. With
        `all_or_none` nothing is stored when one had changed: raises StaleDecision with that one's current state.
        """
        saved_ids: set[int] = set()
        with self._database.writing("save decisions") as connection:
            for item, was in sorted(moves, key=lambda move: move[0].id):  # always in one order, so no deadlock
                if items.compare_and_set(connection, item, was):
                    for decision in item.history:
                        if not decision.id:  # not stored yet
                            _insert_decision(connection, decision)
                    saved_ids.add(item.id)
                elif all_or_none:
                    raise StaleDecision(_get(connection, item.id, merged=True))
            current = items.by_number(connection, [item.id for item, _ in moves])
        return [item for item in current if item.id in saved_ids], [
            item for item in current if item.id not in saved_ids
        ]

    def last_decision(self, by: str = "") -> Decision | None:
        """Return the newest decision (by this person, if given) that is not an undo and was not undone."""
        decision = t.decision.c
        query = items.effective_decisions().order_by(decision.id.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(query.where(decision.by == by) if by else query).first()
            return items.decision(row, items.entity_ids(connection)) if row else None

    def batch(self, batch: str) -> Sequence[Decision]:
        """Return the decisions of one bulk step that were not undone."""
        query = items.effective_decisions().where(t.decision.c.batch == batch).order_by(t.decision.c.id)
        with self._database.reading() as connection:
            names = items.entity_ids(connection)
            return [items.decision(row, names) for row in connection.execute(query)]

    def name_judgements(self) -> Sequence[NameJudgement]:
        """Return the effective judgements of names, once for each item, name, form and outlet."""
        with self._database.reading() as connection:
            last_judgements = _last_judgements(connection)
            judgements: dict[NameJudgement, None] = {}
            judged_items = is_one_of(t.review_item.c.id, {item for item, _ in last_judgements})
            for row in connection.execute(_NAMES_IN_ITEMS.where(judged_items)):
                if (row.id, row.entity) in last_judgements:
                    is_right, reason = last_judgements[row.id, row.entity]
                    form = normalized_form(row.text)
                    judgements[NameJudgement(row.id, row.name, form, row.outlet, is_right, reason)] = None
        return list(judgements)

    def regroup(
        self, changed_items: Sequence[ReviewItem], versions_before: Mapping[int, int], moves: Sequence[Regrouping]
    ) -> ReviewItem:
        """Move articles between items and store the changed items, in one transaction.

        Returns the item that received the last of the articles. Raises StaleDecision when an item is not at its
        version in `versions_before`.
        """
        with self._database.writing("regroup stories") as connection:
            lock_stories(connection)
            for item in sorted(changed_items, key=lambda item: item.id):  # always in one order, so no deadlock
                if not items.compare_and_set(connection, item, versions_before[item.id]):
                    raise StaleDecision(_get(connection, item.id, merged=True))
            *_, number = [regrouping.move_articles(connection, moved) for moved in moves]
            # The verdict column depends on the names in an item, which the moves have changed.
            for item_number in sorted({item.id for item in changed_items} | {number}):
                refresh_item(connection, item_number)
                if any(moved.kind is Regroup.SPLIT for moved in moves):
                    clear_marks(connection, item_number)
            return _get(connection, number)

    def holder(self, item: int) -> int:
        """Return the item that this one was merged into in the end, or itself."""
        return self._read(regrouping.final_item, item)

    def last_regrouping(self, *, by: str = "", item: int | None = None) -> Regrouping | None:
        """Return the newest regrouping (by this person, of this item) that is not an undo and was not undone."""
        return self._read(regrouping.last_effective, by, item)

    def reopen_due(self, now: datetime) -> int:
        """Reopen items that were put off until a time before `now`, and return their number."""
        item = t.review_item.c
        reopened = {
            "state": State.OPEN,
            "version": item.version + 1,
            "until": None,
            "reopened": Message("the time it was put off to has come"),
            "reopened_at": now,
        }
        is_due = and_(item.state == State.LATER, item.until <= now)
        return self._change("reopen due items", update(t.review_item).where(is_due).values(reopened))

    def expire(self, now: datetime) -> int:
        """Expire items that waited too long (state EXPIRED: they are kept and counted), and return their number.

        Items with possible names only expire after 14 days without a change, those with a strong name after 30.
        """
        item, filed = t.review_item.c, t.story_article.c
        latest_change = select(func.max(func.coalesce(filed.changed, filed.filed))).where(filed.story == item.story)
        quiet_since = func.coalesce(item.reopened_at, latest_change.scalar_subquery())

        def has_waited(days: timedelta) -> ColumnElement[bool]:
            # Both: an item that was reopened waits anew, and so does one that gained an article.
            return and_(latest_change.scalar_subquery() < now - days, quiet_since < now - days)

        has_expired = and_(
            item.state.in_(AWAITING_REVIEW),
            or_(has_waited(EXPIRES_AFTER), and_(has_waited(POSSIBLE_EXPIRES_AFTER), ~item.clear)),
        )
        if not self._value(select(exists().where(has_expired))):  # most runs find none and need no write lock
            return 0
        statement = update(t.review_item).where(has_expired).values(state=State.EXPIRED, version=item.version + 1)
        return self._change("expire items", statement)


_NAMES_IN_ITEMS = (
    items.select_mentions()
    .add_columns(t.hit.c.entity, t.entity.c.id.label("name"), t.article.c.outlet, t.mention.c.text)
    .join(t.entity, t.entity.c.number == t.hit.c.entity)
    .order_by(t.mention.c.id)
)


def _last_judgements(connection: Connection) -> dict[tuple[int, int], tuple[bool, Reason | None]]:
    """Return (item, entity number) -> (name was right, reason) by the last effective decision on it."""
    judgements: dict[tuple[int, int], tuple[bool, Reason | None]] = {}
    for row in connection.execute(items.effective_decisions().order_by(t.decision.c.id)):
        reason = Reason(row.reason) if row.reason else None
        is_right = name_was_right(Verdict(row.verdict), reason)
        for entity in row.judged:
            judgements.pop((row.item, entity), None)  # also when the later decision does not judge the name
            if is_right is not None:
                judgements[row.item, entity] = is_right, reason
    return judgements


def _get(connection: Connection, item: int, *, merged: bool = False, page: ArticlePage | None = None) -> ReviewItem:
    loaded = items.by_number(connection, [item], page=page)
    if not loaded:
        raise NotFound(f"there is no item {item}; `monitor queue list` shows those there are")
    if loaded[0].state is State.MERGED and not merged:
        into = loaded[0].regroupings[-1].item
        raise NotFound(f"item {item} was merged into item {into}; look there: `monitor queue show {into}`")
    return loaded[0]


def _insert_decision(connection: Connection, decision: Decision) -> None:
    named = {*decision.judged, *([decision.entity] if decision.entity else [])}
    numbers = articles.entity_numbers(connection, named)
    entity = numbers[decision.entity] if decision.entity else None
    row = row_of(t.decision, decision, entity=entity, judged=[numbers[name] for name in decision.judged])
    connection.execute(insert(t.decision).values(row))
    if decision.verdict in SETTLED:
        clear_marks(connection, decision.item)
