"""I/O: the database. What each feed brought in a day, which bounds it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, or_, select

from monitor.model import DayBounds, FeedDay, Hit
from monitor.store import tables as t
from monitor.store.database import Queries, insert_new
from monitor.store.types import shaped

_day = t.feed_day.c
_OF_DAY = select(t.feed_day).where(_day.feed == bindparam("of_feed"), _day.day == bindparam("of_day"))


class SqlFeedDays(Queries):
    """The days of feeds, in UTC."""

    def of(self, feed: int, now: datetime) -> FeedDay:
        """Return what a feed, by its number, brought today."""
        return self._read(load_day, feed, now)

    def is_any_full(self, bounds: DayBounds, now: datetime) -> bool:
        """Return whether any feed was kept from bringing more today."""
        is_full = or_(_day.entries_left_out > 0, _day.pages_left_out > 0, _day.mentions >= bounds.mentions)
        return bool(self._value(select(exists().where(_day.day == day_of(now), is_full))))

    def forget(self, before: datetime) -> int:
        """Delete the days before a time."""
        return self._change("forget days of feeds", delete(t.feed_day).where(_day.day < day_of(before)))


def load_day(connection: Connection, feed: int, now: datetime) -> FeedDay:
    row = connection.execute(_OF_DAY, {"of_feed": feed, "of_day": day_of(now)}).first()
    return shaped(FeedDay, row) if row else FeedDay()


def add_to_day(connection: Connection, feed: int, now: datetime, **counts: int) -> None:
    """Add counts to a feed's day. `entries_left_out` is the largest of a visit: each visit finds the same again."""
    if any(counts.values()):
        values = dict.fromkeys(_COUNTS, 0) | counts | {"feed": feed, "day": day_of(now)}
        connection.execute(_addition(connection.dialect.name), values)


def mention_count(hits: Iterable[Hit]) -> int:
    return sum(len(hit.mentions) for hit in hits)


def day_of(now: datetime) -> date:
    return now.astimezone(UTC).date()


_COUNTS = ("bytes", "articles", "mentions", "entries_left_out", "pages_left_out")


@cache  # building a statement takes longer than running it
def _addition(dialect: str) -> Any:
    insertion = insert_new(dialect, t.feed_day)
    new = insertion.excluded
    sums = {name: _day[name] + new[name] for name in _COUNTS}
    greatest = func.max if dialect == "sqlite" else func.greatest
    sums["entries_left_out"] = greatest(_day.entries_left_out, new.entries_left_out)
    return insertion.on_conflict_do_update(index_elements=["feed", "day"], set_=sums)
