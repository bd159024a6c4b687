"""I/O: the database. The queue for the desk's pages: lists with their counts and facets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, literal_column, select

from monitor.model import Facets, QueueFilter, QueuePage, Reason
from monitor.store import tables as t
from monitor.store.database import Queries, cached_until_write
from monitor.store.desk.queue_query import LISTS_ITEM, QueueQuery
from monitor.store.sql import articles
from monitor.store.tables.sources import IS_CURRENT

_item, _filed, _article, _hit, _entity = (
    table.c for table in (t.review_item, t.story_article, t.article, t.hit, t.entity)
)


class SqlQueuePages(Queries):
    """The lists of the queue."""

    def page(
        self,
        queue_filter: QueueFilter,
        now: datetime,
        limit: int,
        skip: int = 0,
        *,
        with_facets: bool = False,
    ) -> QueuePage:
        """Return a page of item numbers, strong before possible, newest first, and the number of items in each tab.

        `with_facets` also counts the list by each filter, which takes longer than everything else here.
        """
        with self._database.reading() as connection:
            query = QueueQuery(connection, queue_filter, now)
            numbers = [number for *_, number in query.places(limit, skip)]
            counts = query.counts()
            if not with_facets:
                return QueuePage(numbers, counts)
            wider_lists = {  # for each filter that is set: the list without it
                filter_: QueueQuery(connection, replace(queue_filter, **{filter_: unset_value}), now)
                for filter_, unset_value in _UNSET_FILTERS.items()
                if getattr(queue_filter, filter_) != unset_value
            }
            return QueuePage(numbers, counts, self._facets(connection, query, wider_lists))

    def _facets(self, connection: Connection, query: QueueQuery, wider_lists: Mapping[str, QueueQuery]) -> Facets:
        """Count the list by each filter.

        A filter that is set is counted in the list without it (`wider_lists`), so that its other values show how many
        items they would list. The value that is set is always included, even with a count of 0.
        """
        queue_filter = query.queue_filter

        def counts_by(filter_: str) -> dict[Any, int]:
            value = getattr(queue_filter, filter_)
            counts = _cached_counts(connection, wider_lists.get(filter_, query), filter_)
            return {**counts} if value == _UNSET_FILTERS[filter_] else {**counts, value: counts.get(value, 0)}

        names_by_number = dict(connection.execute(select(_entity.number, _entity.name)).all())
        name_counts = {number: count for number, count in counts_by("entity").items() if number in names_by_number}
        outlets, languages, countries = (
            dict(sorted(counts_by(filter_).items(), key=lambda pair: (-pair[1], pair[0])))
            for filter_ in ("outlet", "language", "country")
        )
        by_confidence = wider_lists.get("confidence", query)
        strong_count = by_confidence.count_strong()
        return Facets(
            names={
                n: (names_by_number[n], name_counts[n])
                for n in sorted(name_counts, key=lambda n: (-name_counts[n], names_by_number[n]))
            },
            outlets=outlets,
            languages=languages,
            countries=countries,
            reasons=counts_by("reason"),
            clear=strong_count,
            possible=by_confidence.counts()[queue_filter.tab] - strong_count,
        )

    def numbers(self, queue_filter: QueueFilter, now: datetime, limit: int, skip: int = 0) -> list[int]:
        """Return the item numbers of a page, without any counts."""
        with self._database.reading() as connection:
            query = QueueQuery(connection, queue_filter, now)
            return [number for *_, number in query.places(limit, skip)]

    def neighbours(
        self, item: int, queue_filter: QueueFilter, now: datetime
    ) -> tuple[int | None, int | None, int, int]:
        """Return the items before and after an item in the list, its index, and the number of items.

        An item that has left the list keeps the place that it would have; its index is that of the next one, or of the
        last. An unknown one comes before the first.
        """
        with self._database.reading() as connection:
            query = QueueQuery(connection, queue_filter, now)
            place = query.place_near(item)
            places_before = query.places(1, beyond=place, backwards=True) if place else []
            places_after = query.places(1, beyond=place)
            return (
                places_before[0][-1] if places_before else None,
                places_after[0][-1] if places_after else None,
                *query.index_and_count(place),
            )


_UNSET_FILTERS: Mapping[str, Any] = {
    "entity": None,
    "outlet": "",
    "language": "",
    "country": "",
    "confidence": None,
    "reason": None,
}
_ARTICLES = select(t.story_article).join(t.article, _article.id == _filed.article)
_VERSIONS = _ARTICLES.join(t.article_version, IS_CURRENT)
_HITS = _ARTICLES.join(t.hit, articles.in_force()).where(LISTS_ITEM)
_VALUES = {  # filter -> the column with its values, once for each article or hit
    column.name: rows.with_only_columns(column)
    for column, rows in (
        (_hit.entity, _HITS),
        (_article.outlet, _ARTICLES.where(_article.outlet != "")),
        (t.article_version.c.language, _VERSIONS.where(t.article_version.c.language != "")),
        (_article.country, _ARTICLES.where(_article.country != "")),
    )
}


def _cached_counts(connection: Connection, query: QueueQuery, filter_: str) -> Mapping[Any, int]:
    """Count a list once until anybody writes: 80,000 articles take .4 s, and the list of each name needs them too."""
    # The counts are part of the key: time alone may change them (items put off until now).
    key = "facets", filter_, query.queue_filter, *query.counts().values()
    return cached_until_write(connection, key, lambda: _count_values(connection, query, filter_))


def _count_values(connection: Connection, query: QueueQuery, filter_: str) -> Mapping[Any, int]:
    """Count the items of a list by the values of a filter."""
    if filter_ == "reason":
        return _count_reasons(connection, query)
    values = _VALUES[filter_]
    counts = values.add_columns(func.count(_filed.story.distinct())).group_by(*values.selected_columns)
    in_list = _filed.story.in_(select(_item.story).where(query.is_listed))
    return dict(connection.execute(counts.where(in_list), query.parameters).all())


def _count_reasons(connection: Connection, query: QueueQuery) -> dict[Reason, int]:
    """Count the items of a list by the reason of their decisions, the most frequent first."""
    decisions = query.decision_reasons().add_columns(func.count(t.decision.c.item.distinct()).label("item_count"))
    decisions = decisions.where(t.decision.c.item.in_(select(_item.id).where(query.is_listed)))
    reasons = decisions.group_by(t.decision.c.reason).order_by(literal_column("item_count").desc())
    return {Reason(reason): count for reason, count in connection.execute(reasons, query.parameters)}
