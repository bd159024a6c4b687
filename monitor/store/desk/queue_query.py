"""I/O: the database. One list of the queue as one viewer sees it: its items in order, and counts by tab."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from heapq import nlargest, nsmallest
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select, true, union_all

from monitor.model import Confidence, QueueFilter, QueueTab, Reason, Verdict
from monitor.review.visibility import Viewer
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
    ItemPlacement,
    Place,
    is_after,
    is_before,
    tab_from_columns,
)
from monitor.store.desk.visible import RedactionCache, is_visible_article, redacted_items
from monitor.store.sql import articles, items, regrouping, search
from monitor.store.tables.sources import IS_CURRENT
from monitor.store.types import JsonText, parameter_rows, to_json

_item, _filed, _article, _hit = (table.c for table in (t.review_item, t.story_article, t.article, t.hit))


class QueueQuery:
    """One list of the queue for one viewer, inside a transaction: plain items by their rows, the others redacted."""

    def __init__(
        self,
        connection: Connection,
        queue_filter: QueueFilter,
        now: datetime,
        viewer: Viewer,
        cache: RedactionCache,
    ) -> None:
        self._connection, self.queue_filter, self.viewer = connection, queue_filter, viewer
        self.parameters = {"now": now}  # to be passed with every statement that uses `is_listed`
        self._dialect, self._list_count = connection.dialect.name, 0
        self._in_tab = IS_WAITING if queue_filter.tab is QueueTab.WAITING else IS_IN_TAB[queue_filter.tab]
        # Settled items matter where they are listed, and where counts are of one confidence (redaction changes it).
        with_settled = queue_filter.tab is QueueTab.DECIDED or queue_filter.confidence is not None
        self._redacted = redacted = redacted_items(connection, viewer, cache, with_settled=with_settled)
        self._counted_rows: Sequence[Any] | None = None
        selected: Condition = true()
        if conditions := self._filter_conditions():  # run once here, not once for each state and each count
            self._counted_rows = connection.execute(COUNTS_AND_NUMBERS.where(*conditions)).all()
            # Joined by the database: to read fifty thousand numbers and write them again took as long as the search.
            numbers = JsonText(f"[{','.join(row[-1] for row in self._counted_rows)}]")
            selected = self._is_one_of(numbers)
            redacted = {n: redacted[n] for n in json.loads(numbers) if n in redacted} if redacted else {}
        if redacted:
            selected = and_(selected, ~self._is_one_of(JsonText(to_json(list(redacted)))))
        wanted_confidence = queue_filter.confidence
        has_confidence = (
            true() if wanted_confidence is None else _item.clear == (wanted_confidence is Confidence.STRONG)
        )
        self.is_plain = and_(IS_NOT_MERGED, has_confidence, selected)
        # Their rows are counted with the others, and have to be subtracted again.
        self._replaced_rows = [i.stored for i in redacted.values() if self._has_confidence(i.stored.place[0])]
        self._redacted_tabs = {
            item.visible.place: item.visible.tab(now)
            for item in redacted.values()
            if item.visible and self._is_selected(item.visible)
        }

    @cached_property
    def visible_names(self) -> Mapping[int, frozenset[int]]:
        """Return for each redacted item the names that the viewer sees in it."""
        return {n: i.visible.names if i.visible else frozenset() for n, i in self._redacted.items()}

    def _is_selected(self, visible: ItemPlacement) -> bool:
        """Return whether a redacted item whose row passes the filter does so as the viewer sees it."""
        entity = self.queue_filter.entity
        return (entity is None or entity in visible.names) and self._has_confidence(visible.place[0])

    def _has_confidence(self, is_strong: bool) -> bool:
        return self.queue_filter.confidence is None or is_strong == (self.queue_filter.confidence is Confidence.STRONG)

    # ---- the list ---------------------------------------------------------------------------------------------------

    def places(self, limit: int, skip: int = 0, *, beyond: Place | None = None, backwards: bool = False) -> list[Place]:
        """Return a page of the list, in its order or backwards; with `beyond` only what comes after that place."""
        redacted = [p for p in self._redacted_places() if beyond is None or (p > beyond if backwards else p < beyond)]
        # At most this many redacted items come before the page, so the other skipped ones are plain: SQL can skip them.
        sql_skip = max(skip - len(redacted), 0)
        plain = self._plain_places(sql_skip, limit + skip - sql_skip, beyond, backwards)
        first = nsmallest if backwards else nlargest
        return first(skip - sql_skip + limit, [*plain, *redacted])[skip - sql_skip :]

    def place_of(self, item: int) -> Place | None:
        """Return the place of an item in the list, or None when the list does not hold it."""
        redacted_place = (place for place in self._redacted_places() if place[-1] == item)
        query = select(*PLACE_COLUMNS).where(_item.id == item, self.is_plain, self._in_tab)
        row = self._connection.execute(query, self.parameters).first()
        return (row[0], row[1], row[2]) if row else next(redacted_place, None)

    def place_near(self, item: int) -> Place | None:
        """Return the place that an item has or would have in the list; None for one that the viewer may not see."""
        if place := self.place_of(item):
            return place
        if self.viewer.hidden_numbers:  # the columns of its row may also depend on names that are hidden
            numbers = {entity: number for number, entity in items.entity_ids(self._connection).items()}
            loaded = items.load(self._connection, items.select_ids().where(IS_NOT_MERGED, _item.id == item))
            return next((ItemPlacement.of(i, numbers).place for i in self.viewer.all_visible(loaded)), None)
        row = self._connection.execute(select(*PLACE_COLUMNS).where(IS_NOT_MERGED, _item.id == item)).first()
        return (row[0], row[1], row[2]) if row else None

    def count_before(self, place: Place) -> int:
        """Return the number of items before a place in the list."""
        query = select(func.count()).select_from(t.review_item)
        query = query.where(self.is_plain, self._in_tab, is_before(place))
        plain_count = self._connection.scalar(query, self.parameters) or 0
        return plain_count + sum(redacted_place > place for redacted_place in self._redacted_places())

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
        """Yield (is strong, tab, count), to be summed up.

        All rows are counted, which can be cached without a filter; then the rows of redacted items are subtracted.
        """
        now, rows = self.parameters["now"], self._counted_rows
        if rows is None:
            rows = cached_until_write(self._connection, TAB_COUNTS, lambda: self._connection.execute(TAB_COUNTS).all())
        yield from ((stored.place[0], stored.tab(now), -1) for stored in self._replaced_rows)
        for state, is_strong, verdict, until, count, *_ in rows:
            if self._has_confidence(is_strong):
                yield is_strong, tab_from_columns(state, is_strong, verdict, until, now), count
        yield from ((place[0], tab, 1) for place, tab in self._redacted_tabs.items())

    # ---- conditions -------------------------------------------------------------------------------------------------

    def is_listed(self) -> Condition:
        """Return the condition that an item is in the list. Statements with this condition need `parameters`."""
        is_plain, redacted_numbers = and_(self.is_plain, self._in_tab), [place[-1] for place in self._redacted_places()]
        return or_(is_plain, self._is_one_of(redacted_numbers)) if redacted_numbers else is_plain

    def has_no_hidden_name(self) -> Condition:
        """Return the condition that the story of a filed article has no hidden name."""
        numbers = select(_item.story).where(self._is_one_of(self.visible_names))
        return _filed.story.not_in(numbers) if self.visible_names else true()

    def number_list(self, numbers: Collection[int] | JsonText) -> Select[Any]:
        """Return numbers as a subquery with one parameter, so that their count has no limit."""
        self._list_count += 1
        name = f"list_{self._list_count}"
        return select(parameter_rows(self._dialect, name)).params(
            {name: numbers if isinstance(numbers, JsonText) else list(numbers)}
        )

    def decision_reasons(self, *reasons: Reason) -> Select[Any]:
        """Select the reasons of effective decisions (these, or all), except of decisions on hidden names."""
        decision = t.decision.c
        is_visible = or_(decision.entity.is_(None), decision.entity.not_in(self.viewer.hidden_numbers))
        selected = items.effective_decisions().with_only_columns(decision.reason)
        return selected.where(decision.reason.in_(reasons or Reason), is_visible)

    def _is_one_of(self, numbers: Collection[int] | JsonText) -> Condition:
        return _item.id.in_(self.number_list(numbers))

    # ---- plain items ------------------------------------------------------------------------------------------------

    def _plain_places(self, skip: int, limit: int, beyond: Place | None, backwards: bool) -> list[Place]:
        """Return a page of the plain items: one index range per state, merged."""
        order = [column.asc() if backwards else column.desc() for column in PLACE_COLUMNS]
        query = select(*PLACE_COLUMNS).where(self.is_plain, self._in_tab).order_by(*order).limit(skip + limit)
        if beyond is not None:
            query = query.where(is_before(beyond) if backwards else is_after(beyond))
        states = STATES_IN_TAB.get(self.queue_filter.tab, UNSETTLED)
        # With `state IN (...)` the index could not give the order, and all matching rows would be sorted.
        per_state = union_all(*(select(query.where(_item.state == state).subquery()) for state in states)).subquery()
        order = [column.asc() if backwards else column.desc() for column in per_state.c]
        rows = self._connection.execute(select(per_state).order_by(*order).limit(limit).offset(skip), self.parameters)
        return [(is_strong, latest, number) for is_strong, latest, number in rows]

    def _redacted_places(self) -> list[Place]:
        """Return the places of redacted items that are in the list."""
        tab = self.queue_filter.tab
        return [
            place
            for place, item_tab in self._redacted_tabs.items()
            if item_tab is tab or (tab is QueueTab.WAITING and item_tab in WAITING)
        ]

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
            conditions.append(self._has_words(queue_filter.words))
        conditions += [_item.first_seen >= queue_filter.since] if queue_filter.since else []
        conditions += [_item.first_seen < queue_filter.until] if queue_filter.until else []
        return conditions

    def _names_entity(self, entity: int) -> Condition:
        """Return the condition that an article of the item names this entity in its current version."""
        stories = (
            select(_filed.story)
            .join_from(t.hit, t.article, articles.in_force())
            .join(t.story_article, _filed.article == _article.id)
            .where(_hit.entity == entity, _hit.entity.not_in(self.viewer.hidden_numbers))
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
        of_them = questions.with_only_columns(*columns).where(
            decision.item.in_(self.number_list(holders | merged.keys()))
        )
        hidden_decisions = {d for i in self._redacted.values() for d, judged in i.judged.items() if judged is None}
        # The last question on a story or name takes the place of the earlier ones.
        last_colleagues = {
            (merged.get(row.item, row.item), row.entity): row.colleague
            for row in connection.execute(of_them.order_by(decision.id))
            if row.entity not in self.viewer.hidden_numbers and row.id not in hidden_decisions
        }
        return self._is_one_of({item for (item, _), name in last_colleagues.items() if name == colleague})

    def _has_words(self, words: str) -> Condition:
        matches = _filed.article.in_(search.articles_matching(self._connection, words))
        if self.viewer.hidden_numbers:
            # Else a search for a hidden name would find the items in whose hidden articles it stands.
            return self._has_article(matches)
        return _item.story.in_(select(_filed.story).where(matches))

    def _has_article(self, condition: Condition, *, of_version: bool = False) -> Condition:
        """Return the condition that a visible article of the item (or its current version) meets another condition."""
        stories = select(_filed.story).join_from(t.story_article, t.article, _filed.article == _article.id)
        if of_version:
            stories = stories.join(t.article_version, IS_CURRENT)
        return _item.story.in_(stories.where(condition, is_visible_article(self.viewer)))
