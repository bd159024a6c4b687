"""I/O: the database. What came, what was said and how much sources bring, in numbers."""

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
    """What happened, in numbers. `unseen`: the entities, by number, that whoever asks may not know of."""

    def came(self, since: datetime, unseen: Collection[int]) -> Mapping[datetime, int]:
        """How many items were first seen in each quarter of an hour that saw any."""
        item = t.review_item.c
        quarter = (_seconds(item.first_seen) // QUARTER).label("quarter")
        ask = select(quarter, func.count()).where(item.state != State.MERGED, item.first_seen >= since)
        counted = self._rows((ask.where(not_(_hidden(unseen))) if unseen else ask).group_by("quarter"))
        return {datetime.fromtimestamp(number * QUARTER, UTC): many for number, many in counted}

    def said(self, since: datetime, unseen: Collection[int]) -> Sequence[DecisionSummary]:
        """The decisions that stand, in their order."""
        decision = t.decision.c
        undone = select(decision.undoes).where(decision.undoes.is_not(None), decision.at >= since)
        names = ("item", "at", "by", "verdict", "reason", "batch", "entity")
        ask = (
            select(*(decision[name] for name in names), cast(decision.judged, Text))
            .where(decision.at >= since, decision.verdict.is_not(None), decision.id.not_in(undone))
            .order_by(decision.id)
        )
        if unseen:
            ask = ask.where(decision.item.not_in(select(t.review_item.c.id).where(_hidden(unseen))))

        @cache  # there are tens of thousands, and a few hundred sorts of them
        def of(judged: str) -> tuple[bool, tuple[int, ...]]:
            numbers = json.loads(judged)
            return bool(numbers), tuple(number for number in numbers if number not in unseen)

        told = []
        with self._database.reading() as connection:
            merged = _merged_hidden(connection, unseen) if unseen else ()
            for item, at, by, verdict, reason, batch, entity, judged in connection.execute(ask):  # type: ignore[misc]
                any_, known = of(judged)
                is_open = known or not (any_ or item in merged)  # else it was said of what is hidden
                if is_open and entity not in unseen:
                    told.append(DecisionSummary(item, at, by, _VERDICTS[verdict], _REASONS[reason], known, batch))
        return told

    def volumes(self, now: datetime) -> Mapping[int, Sequence[int]]:
        """Feed number -> how many entries came in each of the last thirty times 24 hours, the oldest first.

        Of a feed that was first read meanwhile: since the day after.
        """
        entry, begun = t.entry.c, now - timedelta(days=VOLUME_DAYS)
        starts = [begun + timedelta(days=n) for n in range(VOLUME_DAYS)]
        this = entry.feed == t.feed.c.number
        days = [  # each is a range of the index
            select(func.count()).where(this, entry.first_seen > at, entry.first_seen <= at + timedelta(days=1))
            for at in starts
        ]
        first = select(func.min(entry.first_seen)).where(this)
        ask = select(t.feed.c.number, *(each.scalar_subquery() for each in (first, *days)))
        # what stood in a feed when it was first read says nothing of a day
        return {feed: came[max(0, (at - begun).days + 1) :] for feed, at, *came in self._rows(ask) if at is not None}


def _seconds(at: ColumnElement[datetime]) -> ColumnElement[int]:
    """Since 1970."""
    return cast(extract("epoch", at), BigInteger)


def _hidden(unseen: Collection[int]) -> ColumnElement[bool]:
    """That an item names nobody but these. It is looked at only in the few stories that name one of them."""
    item, filed, hit = t.review_item.c, t.story_article.c, t.hit.c
    holding = select(filed.story).join_from(t.hit, t.story_article, filed.article == hit.article)
    others = exists().where(filed.story == item.story, hit.article == filed.article, hit.entity.not_in(unseen))
    return and_(item.story.in_(holding.where(hit.entity.in_(unseen))), ~others)


def _merged_hidden(connection: Connection, unseen: Collection[int]) -> Collection[int]:
    """Items that named nobody but these when they were merged into others, which hold their articles now."""
    hit, other, moved = t.hit.c, t.hit.alias().c, t.regrouping.c
    others = exists().where(other.article == hit.article, other.entity.not_in(unseen))
    hidden = set(connection.scalars(select(hit.article).where(hit.entity.in_(unseen), ~others)))
    ask = select(moved.other, moved.articles).join(t.review_item, t.review_item.c.id == moved.other)
    rows = connection.execute(ask.where(t.review_item.c.state == State.MERGED).order_by(moved.id))
    last = {row.other: row.articles for row in rows}
    return {item for item, articles in last.items() if hidden.issuperset(articles)}
