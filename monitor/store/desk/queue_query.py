"""I/O: the database. One list of the queue: its items in order, the gravest first if asked for, and counts by tab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select, true, union_all

from monitor.groups import group_values
from monitor.model import (
    ACTS_THAT_END,
    GRAVEST_FIRST,
    Confidence,
    Custody,
    EntityType,
    PressAct,
    QueueFilter,
    QueueTab,
    Reason,
    Verdict,
    gravity,
)
from monitor.store import tables as t
from monitor.store.database import cached_until_write
from monitor.store.desk.queue_tabs import (
    COUNTS_AND_NUMBERS,
    IS_IN_TAB,
    IS_NOT_MERGED,
    IS_WAITING,
    PLACE_COLUMNS,
    STATES_IN_TAB,
    TAB_COUNTS,
    UNSETTLED,
    WAITING,
    Condition,
    Place,
    is_after,
    is_before,
    tab_from_columns,
)
from monitor.store.indexes import search
from monitor.store.sql import articles, items, regrouping
from monitor.store.tables.sources import IS_CURRENT
from monitor.store.types import JsonText, is_one_of

_item, _filed, _article, _hit, _mention = (
    table.c for table in (t.review_item, t.story_article, t.article, t.hit, t.mention)
)


_IS_OF_PRESS = _hit.entity.in_(select(t.entity.c.number).where(t.entity.c.type == EntityType.PRESS))
# As `ReviewItem.incidents`: of the present texts, what is sure.
_MENTIONS = items.select_mentions().where(IS_NOT_MERGED, _mention.confidence == Confidence.STRONG)
_TELLINGS = _MENTIONS.add_columns(*_mention["incident", "custody"]).where(_mention.incident.is_not(None))
_RELEASES = _MENTIONS.where(_mention.custody == Custody.RELEASED)
_IS_UNSETTLED = _item.state.in_(UNSETTLED)
# What happened to the press beside names of the list stands with them, and in no list of its own.
LISTS_ITEM = or_(_hit.alerts, ~_IS_OF_PRESS)


class QueueQuery:
    """One list of the queue, inside a transaction."""

    def __init__(self, connection: Connection, queue_filter: QueueFilter, now: datetime) -> None:
        self._connection, self.queue_filter = connection, queue_filter
        self.parameters = {"now": now}  # to be passed with every statement that uses `is_listed`
        in_tab = IS_WAITING if queue_filter.tab is QueueTab.WAITING else IS_IN_TAB[queue_filter.tab]
        self._counted_rows: Sequence[Any] | None = None
        selected: Condition = true()
        if conditions := self._filter_conditions():  # run once here, not once for each state and each count
            self._counted_rows = connection.execute(COUNTS_AND_NUMBERS.where(*conditions)).all()
            # Joined by the database: to read fifty thousand numbers and write them again took as long as the search.
            selected = is_one_of(_item.id, JsonText(f"[{','.join(row[-1] for row in self._counted_rows)}]"))
        if queue_filter.confidence is not None:
            selected = and_(selected, _item.clear == (queue_filter.confidence is Confidence.STRONG))
        self.passes_filter = and_(IS_NOT_MERGED, selected)  # whatever its tab
        self.is_listed = and_(self.passes_filter, in_tab)
        self._order: Sequence[ColumnElement[Any]] = PLACE_COLUMNS
        self._is_by_gravity = queue_filter.gravest_first and queue_filter.tab is not QueueTab.DECIDED
        if self._is_by_gravity:
            self._order = (_item.clear, self._gravity(), _item.latest, _item.id)

    # ---- the list ---------------------------------------------------------------------------------------------------

    def places(self, limit: int, skip: int = 0, *, beyond: Place | None = None, backwards: bool = False) -> list[Place]:
        """Return a page of the list, in its order or backwards; with `beyond` only what comes after that place.

        It merges one index range per state.
        """
        order = [column.asc() if backwards else column.desc() for column in self._order]
        query = select(*self._order).where(self.is_listed).order_by(*order).limit(skip + limit)
        if beyond is not None:
            query = query.where((is_before if backwards else is_after)(beyond, self._order))
        states = STATES_IN_TAB.get(self.queue_filter.tab, UNSETTLED)
        # With `state IN (...)` the index could not give the order, and all matching rows would be sorted.
        per_state = union_all(*(select(query.where(_item.state == state).subquery()) for state in states)).subquery()
        order = [column.asc() if backwards else column.desc() for column in per_state.c]
        rows = self._connection.execute(select(per_state).order_by(*order).limit(limit).offset(skip), self.parameters)
        return [tuple(row) for row in rows]

    def place_near(self, item: int) -> Place | None:
        """Return the place that an item has or would have in the list; None for an unknown or merged one."""
        row = self._connection.execute(select(*PLACE_COLUMNS).where(IS_NOT_MERGED, _item.id == item)).first()
        if row and self._is_by_gravity:
            return row[0], _gravities(self._connection, _item.id == item).get(item, 0), *row[1:]
        return tuple(row) if row else None

    def index_and_count(self, place: Place | None) -> tuple[int, int]:
        """Return the index in the list of the item at a place, or of the next one, or of the last; and their number."""
        before = func.count(case((is_before(place, self._order), 1))) if place else literal(0)
        query = select(before, func.count()).select_from(t.review_item).where(self.is_listed)
        count_before, count = self._connection.execute(query, self.parameters).one()
        return max(min(count_before, count - 1), 0), count

    def counts(self) -> dict[QueueTab, int]:
        """Return the number of items in each tab that pass the filter."""
        counts: Counter[QueueTab] = Counter()
        for _, tab, count in self._tab_counts():
            counts[tab] += count
        by_tab = {tab: counts[tab] for tab in IS_IN_TAB}
        return {**by_tab, QueueTab.WAITING: sum(by_tab[tab] for tab in WAITING)}

    def count_strong(self) -> int:
        """Return the number of items in the list that name somebody with strong confidence."""
        tabs = WAITING if self.queue_filter.tab is QueueTab.WAITING else (self.queue_filter.tab,)
        return sum(count for is_strong, tab, count in self._tab_counts() if is_strong and tab in tabs)

    def _tab_counts(self) -> Iterator[tuple[bool, QueueTab, int]]:
        """Yield (is strong, tab, count), to be summed up."""
        now, rows, confidence = self.parameters["now"], self._counted_rows, self.queue_filter.confidence
        if rows is None:
            rows = self._counted_rows = self._connection.execute(TAB_COUNTS).all()
        for state, is_strong, verdict, until, count, *_ in rows:
            if confidence is None or is_strong == (confidence is Confidence.STRONG):
                yield is_strong, tab_from_columns(state, is_strong, verdict, until, now), count

    def _gravity(self) -> ColumnElement[int]:
        """Return how grave it is what an item tells of the press, as SQL: no row has it."""
        heights = cached_until_write(self._connection, "gravity", lambda: _gravities(self._connection, _IS_UNSETTLED))
        by_height = group_values((height, item) for item, height in heights.items())
        ranks = [(is_one_of(_item.id, numbers), literal(height)) for height, numbers in by_height.items()]
        return case(*ranks, else_=0).label("gravity") if ranks else literal(0).label("gravity")

    # ---- conditions -------------------------------------------------------------------------------------------------

    def decision_reasons(self, *reasons: Reason) -> Select[Any]:
        """Select the reasons of effective decisions (these, or all)."""
        selected = items.effective_decisions().with_only_columns(t.decision.c.reason)
        return selected.where(t.decision.c.reason.in_(reasons or Reason))

    # ---- the filter -------------------------------------------------------------------------------------------------
    # Subqueries over all items, not correlated per item: a name or an outlet is in few items.

    def _filter_conditions(self) -> list[Condition]:
        """Return the conditions of the filter, except its tab and its confidence."""
        queue_filter, version = self.queue_filter, t.article_version.c
        conditions: list[Condition] = []
        if queue_filter.entity is not None:
            conditions.append(self._names_entity(queue_filter.entity))
        conditions += [self._has_article(_article.outlet == queue_filter.outlet)] if queue_filter.outlet else []
        language = version.language == queue_filter.language
        conditions += [self._has_article(language, of_version=True)] if queue_filter.language else []
        conditions += [self._has_article(_article.country == queue_filter.country)] if queue_filter.country else []
        if queue_filter.reason:
            decided = self.decision_reasons(queue_filter.reason).with_only_columns(t.decision.c.item)
            conditions.append(_item.id.in_(decided))
        if queue_filter.colleague:
            conditions.append(self._is_for(queue_filter.colleague))
        if queue_filter.words:
            matches = _filed.article.in_(search.articles_matching(self._connection, queue_filter.words))
            conditions.append(_item.story.in_(select(_filed.story).where(matches)))
        conditions += [_item.first_seen >= queue_filter.since] if queue_filter.since else []
        conditions += [_item.first_seen < queue_filter.until] if queue_filter.until else []
        return conditions

    def _names_entity(self, entity: int) -> Condition:
        """Return the condition that an article of the item names this entity in its current version."""
        stories = (
            select(_filed.story)
            .join_from(t.hit, t.article, articles.in_force())
            .join(t.story_article, _filed.article == _article.id)
            .where(_hit.entity == entity, LISTS_ITEM)
        )
        return _item.story.in_(stories)

    def _is_for(self, colleague: str) -> Condition:
        """Return the condition that the last question on the item, or on one of its names, is for this colleague."""
        decision, connection = t.decision.c, self._connection
        questions = items.effective_decisions().where(decision.verdict == Verdict.UNSURE)
        is_theirs = decision.colleague == colleague
        # A decision keeps the number of its item, which may have been merged into another since.
        holders = regrouping.final_items(connection, questions.with_only_columns(decision.item).where(is_theirs))
        merged = regrouping.merged_into(connection, list(holders))
        columns = decision["id", "item", "entity", "colleague"]
        of_them = questions.with_only_columns(*columns).where(is_one_of(decision.item, holders | merged.keys()))
        # The last question on a story or name takes the place of the earlier ones.
        last_colleagues = {
            (merged.get(row.item, row.item), row.entity): row.colleague
            for row in connection.execute(of_them.order_by(decision.id))
        }
        return is_one_of(_item.id, {item for (item, _), name in last_colleagues.items() if name == colleague})

    def _has_article(self, condition: Condition, *, of_version: bool = False) -> Condition:
        """Return the condition that an article of the item (or its current version) meets another condition."""
        stories = select(_filed.story).join_from(t.story_article, t.article, _filed.article == _article.id)
        if of_version:
            stories = stories.join(t.article_version, IS_CURRENT)
        return _item.story.in_(stories.where(condition))


def _gravities(connection: Connection, condition: Condition) -> Mapping[int, int]:
    """Return item -> how grave the gravest act is that it surely tells; the graver, the higher. Others are left out."""
    rows = connection.execute(_TELLINGS.where(condition)).all()
    tellings = group_values(
        (row.id, (PressAct(act), Custody(row.custody))) for row in rows for act in row.incident["acts"]
    )
    gravities = {item: gravity(acts) for item, acts in tellings.items()}
    # Few stories tell a release: what it ends only the whole story knows.
    may_end = [item for item, acts in tellings.items() if any(act in ACTS_THAT_END for act, _ in acts)]
    with_release = {*connection.scalars(_RELEASES.where(is_one_of(_item.id, may_end)))}
    gravities |= {item.id: item.gravity for item in items.by_number(connection, with_release)}
    return {item: 2 * (len(GRAVEST_FIRST) - place) - is_over for item, (place, is_over) in gravities.items()}
