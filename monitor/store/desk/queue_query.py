"""I/O: the database. One list of the queue as one person may see it: its items in order, and counts by tab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from heapq import nlargest, nsmallest
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)

from monitor.model import Alert, Confidence, QueueFilter, QueueTab, Reason, State
from monitor.review.visibility import redacted_for
from monitor.store import tables as t
from monitor.store.database import cached_until_write
from monitor.store.desk.queue_tabs import (
    IS_IN_TAB,
    IS_NOT_MERGED,
    IS_WAITING,
    PLACE_COLUMNS,
    PLACEMENT_COLUMNS,
    SETTLED,
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
from monitor.store.sql import articles, items, search
from monitor.store.types import parameter_rows

_item, _filed, _article, _hit, _entity = (
    table.c for table in (t.review_item, t.story_article, t.article, t.hit, t.entity)
)
_HIT_COLUMNS = (*_hit["id", "version", "confidence", "filed", "alerts"], _article.version, _filed.filed)
# Every hit of an item as one string, so that one row per item shows whether any of them changed.
_HIT_TEXTS: Sequence[ColumnElement[str]] = [cast(column, Text) for column in _HIT_COLUMNS]
_HITS_AS_TEXT = func.aggregate_strings(reduce(lambda joined, text: joined + ":" + text, _HIT_TEXTS), " ")
_BATCH_SIZE = 500  # whole items are large

# Of one item: its placement by its row, and the placement that the visitor may know (None: not visible).
_Placements = tuple[ItemPlacement, ItemPlacement | None]
# Item -> the fingerprint that it was redacted at, and its placement then.
PlacementCache = Mapping[int, tuple[tuple[Any, ...], ItemPlacement | None]]
_NOT_CACHED: tuple[Any, ...] = ((), None)


class QueueQuery:
    """One list of the queue for one visitor, inside a transaction.

    Items with a hidden name are few: they are loaded whole and placed by `review.visibility.redacted_for`. All other
    items ("plain") are listed and counted by their rows alone.
    """

    def __init__(
        self,
        connection: Connection,
        queue_filter: QueueFilter,
        now: datetime,
        hidden_entities: Collection[int],
        known_placements: PlacementCache,
    ) -> None:
        self._connection, self.queue_filter, self.hidden_entities = connection, queue_filter, tuple(hidden_entities)
        self.parameters = {"now": now}  # to be passed with every statement that uses `is_listed`
        self._dialect, self.placement_cache, self._list_count = connection.dialect.name, known_placements, 0
        self._in_tab = IS_WAITING if queue_filter.tab is QueueTab.WAITING else IS_IN_TAB[queue_filter.tab]
        conditions, redacted_items = self._filter_conditions(), dict[int, _Placements]()
        if hidden_entities:
            # Settled items matter where they are listed, and where counts are of one confidence (redaction changes it).
            with_settled = queue_filter.tab is QueueTab.DECIDED or queue_filter.confidence is not None
            redacted_items = cached_until_write(
                connection,
                (self.hidden_entities, with_settled),
                lambda: self._load_redacted_items(with_settled=with_settled),
            )
        self._filtered_numbers: set[int] | None = None
        selected = ~self._is_one_of(redacted_items) if redacted_items else true()
        if conditions:  # run once here, not once for each state and each count
            self._filtered_numbers = set(connection.scalars(items.select_ids().where(IS_NOT_MERGED, *conditions)))
            selected = self._is_one_of(self._filtered_numbers - redacted_items.keys())
        wanted_confidence = queue_filter.confidence
        has_confidence = (
            true() if wanted_confidence is None else _item.clear == (wanted_confidence is Confidence.STRONG)
        )
        self.is_plain = and_(IS_NOT_MERGED, has_confidence, selected)
        # Their rows are counted in TAB_COUNTS, and have to be subtracted again.
        self._replaced_rows = [stored for stored, _ in redacted_items.values() if self._has_confidence(stored.place[0])]
        self.visible_names = {
            number: visible.names if visible else frozenset() for number, (_, visible) in redacted_items.items()
        }
        self._redacted_tabs = {
            visible.place: visible.tab(now)
            for number, (_, visible) in redacted_items.items()
            if visible and self._is_selected(number, visible)
        }

    def _is_selected(self, number: int, visible: ItemPlacement) -> bool:
        """Return whether a redacted item passes the filter."""
        entity = self.queue_filter.entity
        return (
            (self._filtered_numbers is None or number in self._filtered_numbers)
            and (entity is None or entity in visible.names)
            and self._has_confidence(visible.place[0])
        )

    def _has_confidence(self, is_strong: bool) -> bool:
        return self.queue_filter.confidence is None or is_strong == (self.queue_filter.confidence is Confidence.STRONG)

    # ---- the list ---------------------------------------------------------------------------------------------------

    def places(self, limit: int, skip: int = 0, *, beyond: Place | None = None, backwards: bool = False) -> list[Place]:
        """Return a page of the list, in its order or backwards; with `beyond` only what comes after that place."""
        redacted = [p for p in self._redacted_places() if beyond is None or (p > beyond if backwards else p < beyond)]
        # At most so many redacted items come before the page, so this many plain ones can be skipped in SQL.
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
        """Return the place that an item has or would have in the list; None for one that the visitor may not see."""
        if (listed_place := self.place_of(item)) or not self.hidden_entities:
            query = select(*PLACE_COLUMNS).where(IS_NOT_MERGED, _item.id == item)
            row = listed_place or self._connection.execute(query).first()
            return (row[0], row[1], row[2]) if row else None
        # The columns of its row also depend on names that the visitor may not know.
        entities = items.entity_ids(self._connection)
        loaded = items.load(self._connection, items.select_ids().where(IS_NOT_MERGED, _item.id == item))
        redacted = redacted_for(loaded[0], [entities[number] for number in self.hidden_entities]) if loaded else None
        placement = ItemPlacement.of(redacted, {entity: number for number, entity in entities.items()})
        return placement.place if placement else None

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

        Without a filter all rows are counted, which can be cached; then the rows of redacted items are subtracted.
        """
        now = self.parameters["now"]
        if self._filtered_numbers is None:
            rows = cached_until_write(self._connection, TAB_COUNTS, lambda: self._connection.execute(TAB_COUNTS).all())
            yield from ((stored.place[0], stored.tab(now), -1) for stored in self._replaced_rows)
        else:
            rows = self._connection.execute(TAB_COUNTS.where(self.is_plain)).all()
        for state, is_strong, verdict, until, count in rows:
            if self._has_confidence(is_strong):
                yield is_strong, tab_from_columns(state, is_strong, verdict, until, now), count
        yield from ((place[0], tab, 1) for place, tab in self._redacted_tabs.items())

    # ---- conditions -------------------------------------------------------------------------------------------------

    def is_listed(self) -> Condition:
        """Return the condition that an item is in the list. Statements with it need `parameters`."""
        is_plain, redacted_numbers = and_(self.is_plain, self._in_tab), [place[-1] for place in self._redacted_places()]
        return or_(is_plain, self._is_one_of(redacted_numbers)) if redacted_numbers else is_plain

    def has_no_hidden_name(self) -> Condition:
        """Return the condition that the story of a filed article has no hidden name."""
        numbers = select(_item.story).where(self._is_one_of(self.visible_names))
        return _filed.story.not_in(numbers) if self.visible_names else true()

    def is_visible_article(self) -> Condition:
        """Return the condition that an article has a visible name, or no name that is hidden."""
        if not self.hidden_entities:
            return true()
        is_hidden = _hit.entity.in_(self.hidden_entities)
        names_hidden = exists().where(_hit.article == _article.id, is_hidden).correlate(t.article)
        names_visible = exists().where(articles.in_force(), ~is_hidden).correlate(t.article)
        return or_(names_visible, ~names_hidden)

    def number_list(self, numbers: Collection[int]) -> Select[Any]:
        """Return numbers as a subquery with one parameter, so that their count has no limit."""
        self._list_count += 1
        name = f"list_{self._list_count}"
        return select(parameter_rows(self._dialect, name)).params({name: list(numbers)})

    def decision_reasons(self, *reasons: Reason) -> Select[Any]:
        """Select the reasons of effective decisions (these, or all), except of decisions on hidden names."""
        decision = t.decision.c
        is_visible = or_(decision.entity.is_(None), decision.entity.not_in(self.hidden_entities))
        selected = items.effective_decisions().with_only_columns(decision.reason)
        return selected.where(decision.reason.in_(reasons or Reason), is_visible)

    def _is_one_of(self, numbers: Collection[int]) -> Condition:
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

    # ---- items with a hidden name -----------------------------------------------------------------------------------

    def _redacted_places(self) -> list[Place]:
        """Return the places of redacted items that are in the list."""
        tab = self.queue_filter.tab
        return [
            place
            for place, item_tab in self._redacted_tabs.items()
            if item_tab is tab or (tab is QueueTab.WAITING and item_tab in WAITING)
        ]

    def _load_redacted_items(self, *, with_settled: bool) -> dict[int, _Placements]:
        """Return all items with a hidden name, with their placements.

        Settled items are loaded only `with_settled`, or where their rows do not show whether they are visible at all:
        they are many, and lists of other tabs need no more of them.
        """
        stories = select(_filed.story).join(t.hit, _hit.article == _filed.article)
        has_hidden = _item.story.in_(stories.where(_hit.entity.in_(self.hidden_entities)))
        items_with_hidden = select(*PLACEMENT_COLUMNS).where(has_hidden)
        settled_to_check: Condition = false()
        # NOT IN the other states: with IN the states that are meant, SQLite scans all items in them.
        is_settled = _item.state.not_in((State.MERGED, *UNSETTLED))
        invisible: dict[int, _Placements] = {}
        if not with_settled:
            names_visible, is_surely_visible = self._visibility_conditions()
            only_hidden = items_with_hidden.where(is_settled, ~names_visible)
            invisible = {row.id: (ItemPlacement.of_row(row), None) for row in self._connection.execute(only_hidden)}
            # Some that have a visible name would never have been queued for it.
            settled_to_check = and_(is_settled, names_visible, ~is_surely_visible)
        excluded_states = (State.MERGED,) if with_settled else (State.MERGED, *SETTLED)
        fingerprints = self._load_fingerprints(
            items_with_hidden.where(or_(_item.state.not_in(excluded_states), settled_to_check))
        )
        self._refresh_placements({item: fingerprint for item, (_, fingerprint) in fingerprints.items()})
        return invisible | {item: (stored, self.placement_cache[item][1]) for item, (stored, _) in fingerprints.items()}

    def _visibility_conditions(self) -> tuple[Condition, Condition]:
        """Return the conditions that an item has a visible name, and one that brings an article into the queue."""
        was_reported = and_(_hit.article == _article.id, or_(_hit.filed, _hit.version == _article.version))
        hit_of_item = and_(_filed.story == _item.story, _article.id == _filed.article, was_reported)
        is_visible = _hit.entity.not_in(self.hidden_entities)
        always_alerts = and_(_entity.number == _hit.entity, _entity.alert == Alert.ALWAYS, _hit.alerts)
        is_reviewable = or_(_hit.confidence == Confidence.POSSIBLE, exists().where(always_alerts).correlate(t.hit))
        in_force = _hit.version == _article.version  # a name that an edit took out may not bring it here any more
        return (
            exists().where(hit_of_item, is_visible).correlate(t.review_item),
            exists().where(hit_of_item, in_force, is_visible, is_reviewable).correlate(t.review_item),
        )

    def _load_fingerprints(self, query: Select[Any]) -> dict[int, tuple[ItemPlacement, tuple[Any, ...]]]:
        """Return item -> its placement by its row, and a fingerprint of everything that redaction depends on.

        That is its row and the hits of its articles; its history and its articles are covered by its version.
        """
        query = query.add_columns(_item.version, _item.reopened_at, _HITS_AS_TEXT)
        query = query.join_from(t.review_item, t.story_article, _filed.story == _item.story)
        query = query.join(t.article, _article.id == _filed.article).join(t.hit, _hit.article == _article.id)
        return {
            row.id: (ItemPlacement.of_row(row), (self.hidden_entities, *row[:-1], *sorted(row[-1].split(" "))))
            for row in self._connection.execute(query.group_by(_item.id))
        }

    def _refresh_placements(self, fingerprints: Mapping[int, tuple[Any, ...]]) -> None:
        """Load and redact the items whose fingerprint is not the cached one."""
        changed = [
            item
            for item, fingerprint in fingerprints.items()
            if self.placement_cache.get(item, _NOT_CACHED)[0] != fingerprint
        ]
        entities = items.entity_ids(self._connection) if changed else {}
        numbers = {entity: number for number, entity in entities.items()}
        hidden_ids = [entity for number, entity in entities.items() if number in self.hidden_entities]
        redacted: dict[int, tuple[tuple[Any, ...], ItemPlacement | None]] = {}
        for start in range(0, len(changed), _BATCH_SIZE):
            batch = items.select_ids().where(_item.id.in_(changed[start : start + _BATCH_SIZE]))
            redacted |= {
                item.id: (fingerprints[item.id], ItemPlacement.of(redacted_for(item, hidden_ids), numbers))
                for item in items.load(self._connection, batch)
            }
        self.placement_cache = {**self.placement_cache, **redacted}

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
            .where(_hit.entity == entity, _hit.entity.not_in(self.hidden_entities))
        )
        return _item.story.in_(stories)

    def _has_words(self, words: str) -> Condition:
        matches = _filed.article.in_(search.articles_matching(self._connection, words))
        if self.hidden_entities:
            return self._has_article(matches)
        return _item.story.in_(select(_filed.story).where(matches))

    def _has_article(self, condition: Condition, *, of_version: bool = False) -> Condition:
        """Return the condition that a visible article of the item (or its current version) meets another condition."""
        stories = select(_filed.story).join_from(t.story_article, t.article, _filed.article == _article.id)
        if of_version:
            stories = stories.join(t.article_version, is_current_version())
        return _item.story.in_(stories.where(condition, self.is_visible_article()))


def is_current_version() -> Condition:
    """Return the condition that a version is the current one of its article."""
    version = t.article_version.c
    return and_(version.article == _article.id, version.version == _article.version)
