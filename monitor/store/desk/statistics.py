"""I/O: the database. Statistics: items by time, decisions, and entries per feed and day."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import BigInteger, ColumnElement, Text, and_, case, cast, extract, func, select

from monitor.model import DatePrecision, DecisionSummary, Outcome, Reason, State, Verdict
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.desk.queue_tabs import IS_WAITING, WAITS_SINCE
from monitor.store.sql import items

QUARTER = 15 * 60  # seconds; every zone of the world is at whole quarters of an hour
VOLUME_DAYS = 30
WAIT_DAYS, WAITS = 7, 10_000
_SHOWN = tuple(state for state in State if state is not State.MERGED)
_VERDICTS: Mapping[str, Verdict] = {verdict.value: verdict for verdict in Verdict}
_REASONS: Mapping[str | None, Reason | None] = {None: None, "": None, **{reason.value: reason for reason in Reason}}


class SqlStatistics(Queries):
    """The figures of the statistics page."""

    def items_per_quarter_hour(self, since: datetime) -> Mapping[datetime, int]:
        """Return start of a quarter of an hour -> number of items first seen in it; empty quarters are left out."""
        item = t.review_item.c
        quarter = (epoch_seconds(item.first_seen) // QUARTER).label("quarter")
        query = select(quarter, func.count()).where(item.state != State.MERGED, item.first_seen >= since)
        rows = self._rows(query.group_by("quarter"))
        return {datetime.fromtimestamp(number * QUARTER, UTC): count for number, count in rows}

    def arrivals(self, since: datetime) -> Mapping[tuple[datetime, bool], int]:
        """Return (start of the hour, not reviewed) -> number of items that came new, or with an article, since a time.

        Read from the index of the queue: `latest` is never earlier.
        """
        item = t.review_item.c
        arrival = case((item.reopened_at >= since, item.reopened_at), else_=item.first_seen)
        # "2026-03-01 09" in UTC, on both databases: SQLite takes twice as long for the seconds since 1970.
        hour, waits = (
            func.substr(cast(arrival, Text), 1, 13).label("hour"),
            (item.state != State.DECIDED).label("waits"),
        )
        query = (
            select(hour, waits, func.count())
            .where(item.state.in_(_SHOWN), item.clear.in_((True, False)), item.latest >= since, arrival >= since)
            .group_by("hour", "waits")
        )
        return {
            (datetime.fromisoformat(f"{at}:00+00:00"), bool(waiting)): count for at, waiting, count in self._rows(query)
        }

    def waiting_since(self, now: datetime) -> datetime | None:
        """Return since when the item waits that has waited longest, or None."""
        oldest: datetime | None
        ((oldest,),) = self._rows(select(func.min(WAITS_SINCE)).where(IS_WAITING).params(now=now))
        return oldest

    def latest_decisions(self, since: datetime, limit: int) -> Sequence[DecisionSummary]:
        """Return the decisions since a time that were not undone, in their order: of the latest `limit` rows only."""
        latest = select(func.max(t.decision.c.id)).scalar_subquery()
        return self.decisions(since, t.decision.c.id > latest - limit)

    def decisions(self, since: datetime, *conditions: ColumnElement[bool]) -> Sequence[DecisionSummary]:
        """Return the decisions that were not undone, in their order."""
        decision = t.decision.c
        undone = select(decision.undoes).where(decision.undoes.is_not(None), decision.at >= since, *conditions)
        names = ("item", "at", "by", "verdict", "reason", "batch")
        query = (
            select(*(decision[name] for name in names), cast(decision.judged, Text))
            .where(decision.at >= since, decision.verdict.is_not(None), decision.id.not_in(undone), *conditions)
            .order_by(decision.id)
        )

        @cache  # tens of thousands of decisions share a few hundred values
        def parse_judged(judged: str) -> tuple[int, ...]:
            return tuple(json.loads(judged))

        return [
            DecisionSummary(item, at, by, _VERDICTS[verdict], _REASONS[reason], parse_judged(judged), batch)
            for item, at, by, verdict, reason, batch, judged in self._rows(query)
        ]

    def stories_by_entity(self, since: datetime) -> Mapping[int, int]:
        """Return entity number -> number of items first seen since a time that name it; zeros are left out."""
        item, hit = t.review_item.c, t.hit.c
        query = (
            items.select_ids_with_hits()
            .with_only_columns(hit.entity, func.count(item.id.distinct()))
            .where(item.state != State.MERGED, item.first_seen >= since, hit.filed)
            .group_by(hit.entity)
        )
        return dict(self._rows(query))

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

    def newest_entries(self) -> Mapping[int, datetime]:
        """Return feed number -> when its newest entry came."""
        newest = select(func.max(t.entry.c.first_seen)).where(t.entry.c.feed == t.feed.c.number).scalar_subquery()
        return {feed: at for feed, at in self._rows(select(t.feed.c.number, newest)) if at is not None}

    def days_of_runs(self, now: datetime) -> frozenset[int]:
        """Return the periods of 24 hours of the last thirty in which a run read any source; 0: the last one."""
        run = t.run.c
        query = select(run.started).where(
            run.started > now - timedelta(days=VOLUME_DAYS), run.fetched + run.unchanged > 0
        )
        return frozenset((now - started).days for started in self._column(query))

    def waits(self, now: datetime, feed: int | None = None) -> Sequence[timedelta]:
        """Return how long articles of the last week took from their publication until they were stored.

        At most the latest 10,000; of one feed or of all. What a feed had when it was first read did not wait for us. An
        article that another feed brought before counts for this feed as well, so that feeds of one outlet compare.
        """
        entry, version = t.entry.c, t.article_version.c
        earlier = t.entry.alias().c
        is_duplicate = entry.outcome == Outcome.DUPLICATE
        ended = case((is_duplicate, entry.last_try), else_=version.stored)
        first_read = select(func.min(earlier.first_seen)).where(earlier.feed == entry.feed).scalar_subquery()
        query = (
            select(entry.published, ended)
            .join(t.article_version, and_(version.article == entry.article, version.version == 1))
            .where(
                entry.first_seen > now - timedelta(days=WAIT_DAYS),
                entry.published_precision == DatePrecision.MOMENT,
                entry.published > first_read,
                ~is_duplicate if feed is None else entry.feed == feed,
            )
            .order_by(entry.first_seen.desc())
            .limit(WAITS)
        )
        return [max(end - published, timedelta(0)) for published, end in self._rows(query)]


def epoch_seconds(at: ColumnElement[datetime]) -> ColumnElement[int]:
    """Return a time as seconds since 1970."""
    return cast(extract("epoch", at), BigInteger)
