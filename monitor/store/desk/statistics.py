"""I/O: the database. Statistics: items by time, decisions, and entries per feed and day."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import BigInteger, ColumnElement, Connection, Text, and_, cast, exists, extract, func, not_, select

from monitor.model import DecisionSummary, Reason, State, Verdict
from monitor.store import tables as t
from monitor.store.database import Queries

QUARTER = 15 * 60  # seconds; every zone of the world is at whole quarters of an hour
VOLUME_DAYS = 30
_VERDICTS: Mapping[str, Verdict] = {verdict.value: verdict for verdict in Verdict}
_REASONS: Mapping[str | None, Reason | None] = {None: None, "": None, **{reason.value: reason for reason in Reason}}


class SqlStatistics(Queries):
    """The figures of the statistics page. `hidden_entities`: numbers of entities that the visitor may not know of."""

    def items_per_quarter_hour(self, since: datetime, hidden_entities: Collection[int]) -> Mapping[datetime, int]:
        """Return start of a quarter of an hour -> number of items first seen in it; empty quarters are left out."""
        item = t.review_item.c
        quarter = (_epoch_seconds(item.first_seen) // QUARTER).label("quarter")
        query = select(quarter, func.count()).where(item.state != State.MERGED, item.first_seen >= since)
        if hidden_entities:
            query = query.where(not_(_names_only_hidden(hidden_entities)))
        rows = self._rows(query.group_by("quarter"))
        return {datetime.fromtimestamp(number * QUARTER, UTC): count for number, count in rows}

    def decisions(self, since: datetime, hidden_entities: Collection[int]) -> Sequence[DecisionSummary]:
        """Return the decisions that were not undone, in their order."""
        decision = t.decision.c
        undone = select(decision.undoes).where(decision.undoes.is_not(None), decision.at >= since)
        names = ("item", "at", "by", "verdict", "reason", "batch", "entity")
        query = (
            select(*(decision[name] for name in names), cast(decision.judged, Text))
            .where(decision.at >= since, decision.verdict.is_not(None), decision.id.not_in(undone))
            .order_by(decision.id)
        )
        if hidden_entities:
            hidden_items = select(t.review_item.c.id).where(_names_only_hidden(hidden_entities))
            query = query.where(decision.item.not_in(hidden_items))

        @cache  # tens of thousands of decisions share a few hundred values
        def parse_judged(judged: str) -> tuple[bool, tuple[int, ...]]:
            numbers = json.loads(judged)
            return bool(numbers), tuple(number for number in numbers if number not in hidden_entities)

        summaries = []
        with self._database.reading() as connection:
            merged = _merged_items_only_hidden(connection, hidden_entities) if hidden_entities else ()
            for item, at, by, verdict, reason, batch, entity, judged in connection.execute(query):  # type: ignore[misc]
                has_judged, visible_names = parse_judged(judged)
                # A decision that judged hidden names only, or an item that had only those, is about what is hidden.
                is_visible = visible_names or not (has_judged or item in merged)
                if is_visible and entity not in hidden_entities:
                    summaries.append(
                        DecisionSummary(item, at, by, _VERDICTS[verdict], _REASONS[reason], visible_names, batch)
                    )
        return summaries

    def entries_per_day(self, now: datetime) -> Mapping[int, Sequence[int]]:
        """Return feed number -> number of new entries in each of the last thirty periods of 24 hours, oldest first.

        For a feed that was first read within that time the list begins with the day after.
        """
        entry, start = t.entry.c, now - timedelta(days=VOLUME_DAYS)
        starts = [start + timedelta(days=n) for n in range(VOLUME_DAYS)]
        of_feed = entry.feed == t.feed.c.number
        days = [  # each is one range of the index
            select(func.count()).where(of_feed, entry.first_seen > at, entry.first_seen <= at + timedelta(days=1))
            for at in starts
        ]
        first = select(func.min(entry.first_seen)).where(of_feed)
        query = select(t.feed.c.number, *(column.scalar_subquery() for column in (first, *days)))
        # The entries that a feed had when it was first read are not one day's.
        return {
            feed: counts[max(0, (first_entry_at - start).days + 1) :]
            for feed, first_entry_at, *counts in self._rows(query)
            if first_entry_at is not None
        }


def _epoch_seconds(at: ColumnElement[datetime]) -> ColumnElement[int]:
    """Return a time as seconds since 1970."""
    return cast(extract("epoch", at), BigInteger)


def _names_only_hidden(hidden_entities: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that an item names only hidden entities.

    The subquery first narrows it to the few stories that name one of them.
    """
    item, filed, hit = t.review_item.c, t.story_article.c, t.hit.c
    stories = select(filed.story).join_from(t.hit, t.story_article, filed.article == hit.article)
    names_others = exists().where(
        filed.story == item.story, hit.article == filed.article, hit.entity.not_in(hidden_entities)
    )
    return and_(item.story.in_(stories.where(hit.entity.in_(hidden_entities))), ~names_others)


def _merged_items_only_hidden(connection: Connection, hidden_entities: Collection[int]) -> Collection[int]:
    """Return merged items that named only hidden entities; their articles are in other items now."""
    hit, second_hit, moved = t.hit.c, t.hit.alias().c, t.regrouping.c
    names_others = exists().where(second_hit.article == hit.article, second_hit.entity.not_in(hidden_entities))
    hidden_articles = set(connection.scalars(select(hit.article).where(hit.entity.in_(hidden_entities), ~names_others)))
    query = select(moved.other, moved.articles).join(t.review_item, t.review_item.c.id == moved.other)
    rows = connection.execute(query.where(t.review_item.c.state == State.MERGED).order_by(moved.id))
    last_moved = {row.other: row.articles for row in rows}
    return {item for item, articles in last_moved.items() if hidden_articles.issuperset(articles)}
