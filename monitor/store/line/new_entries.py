"""I/O: the database. The entries that a visit brings, and what each feed brought in a day, which bounds it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Text, and_, bindparam, case, delete, exists, null, or_, select
from sqlalchemy.sql import ColumnElement

from monitor.model import DayBounds, FeedDay, FeedEntry, Hit, NewEntry, Outcome, Visit
from monitor.store import tables as t
from monitor.store.database import Queries, insert_new
from monitor.store.types import Utc, bounded_key, parameter_rows, row_of, shaped
from monitor.urls import origin_of_url, site_of, slice_of

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
    is_greater = new.entries_left_out > _day.entries_left_out
    sums["entries_left_out"] = case((is_greater, new.entries_left_out), else_=_day.entries_left_out)
    return insertion.on_conflict_do_update(index_elements=["feed", "day"], set_=sums)


EDITED_AT_MOST_EVERY = timedelta(hours=6)  # some feeds show a click counter in the summary

_KNOWN_KEYS = select(t.entry.c.key).where(
    t.entry.c.feed == bindparam("of_feed"), t.entry.c.key.in_(select(parameter_rows("keys", Text)))
)


def entry_key(item: FeedEntry) -> str:
    return bounded_key(item.identity)


def add_entries(
    connection: Connection, visit: Visit, bounds: DayBounds | None, *, may_reset: bool
) -> tuple[Sequence[int], int]:
    """Store new entries and, if they may be reset, edited ones; return the ids of both, and how many were left out."""
    # One statement must not touch a row twice (PostgreSQL), and feeds repeat entries: the last one counts.
    entries = {entry_key(new.item): new for new in visit.entries}
    if not entries:
        return (), 0
    without_room, left_out = _beyond_bounds(connection, visit, entries, bounds) if bounds else (frozenset(), 0)
    rows = [_entry_row(visit, key, new) for key, new in entries.items() if key not in without_room]
    upsert = _entry_upsert(connection.dialect.name, may_reset)
    edited_before = {"edited_before": visit.at - EDITED_AT_MOST_EVERY} if may_reset else {}
    stored = connection.execute(upsert, [row | edited_before for row in rows]).all() if rows else []
    size = sum(_size(entries[row.key]) for row in stored)
    new = sum(row.first_seen == visit.at and row.outcome == Outcome.PENDING for row in stored)
    add_to_day(connection, visit.feed.number, visit.at, bytes=size, articles=new, entries_left_out=left_out)
    return [row.id for row in stored], left_out


def _beyond_bounds(
    connection: Connection, visit: Visit, entries: dict[str, NewEntry], bounds: DayBounds
) -> tuple[frozenset[str], int]:
    """Return the keys of entries for which the feed's day has no room, and how many of them are new.

    Entries of other sites are left out first, then the oldest. What is old at a feed's first visit is only stored, and
    takes no place; but its bytes count.
    """
    day = load_day(connection, visit.feed.number, visit.at)
    bytes_left, articles_left = bounds.bytes - day.bytes, bounds.articles - day.articles
    if len(entries) <= articles_left and sum(map(_size, entries.values())) <= bytes_left:
        return frozenset(), 0  # as nearly always: nothing need be looked up
    stored_keys = set(connection.scalars(_KNOWN_KEYS, {"of_feed": visit.feed.number, "keys": list(entries)}))
    own_sites = {site_of(visit.feed.feed.url), *visit.feed.feed.speaks_for}

    def order(entry: tuple[str, NewEntry]) -> tuple[bool, bool, float]:
        item, outcome = entry[1].item, entry[1].outcome
        is_foreign = bool(item.url) and site_of(item.url) not in own_sites
        published = min(item.published or visit.at, visit.at)
        return outcome is not Outcome.PENDING, is_foreign, -published.timestamp()

    without_room = set()
    for key, entry in sorted(entries.items(), key=order):
        takes_place = key not in stored_keys and entry.outcome is Outcome.PENDING
        if bytes_left < _size(entry) or (takes_place and articles_left <= 0):
            without_room.add(key)
        elif key not in stored_keys:
            bytes_left -= _size(entry)
            articles_left -= takes_place
    return frozenset(without_room), len(without_room - stored_keys)


def _size(new: NewEntry) -> int:
    item = new.item
    return sum(len(text.encode("utf-8", "replace")) for text in (item.url, item.title, item.summary, item.content))


@cache  # building a statement takes longer than running it
def _entry_upsert(dialect: str, may_reset: bool) -> Any:
    """Return the statement that stores entries, and the texts of edited ones if they may be reset."""
    insertion = insert_new(dialect, t.entry).returning(*t.entry.c["id", "key", "first_seen", "outcome"])
    new_values, identity = insertion.excluded, ["feed", "key"]
    if not may_reset:
        return insertion.on_conflict_do_nothing(index_elements=identity)
    text_columns = (
        "url",
        "title",
        "author",
        "summary",
        "content",
        "published",
        "published_precision",
        "published_raw",
        "is_complete",
        "slice",
    )
    new_texts = {name: new_values[name] for name in text_columns}
    # Not None: for a parameter without a value SQLAlchemy would run the statement for each entry.
    # A duplicate points at the article of another entry, which its next trip must not change.
    own_article = case((t.entry.c.outcome != Outcome.DUPLICATE, t.entry.c.article))
    reset = new_texts | {"outcome": Outcome.PENDING, "tries": 0, "due": null(), "article": own_article}
    is_edited = _is_edited(t.entry.c, new_values, bindparam("edited_before", type_=Utc))
    return insertion.on_conflict_do_update(index_elements=identity, set_=reset, where=is_edited)


def _is_edited(stored: Any, new_values: Any, before: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the SQL condition that an entry whose trip has ended has other texts now.

    A stored summary or content may be empty because retention deleted it; that is not an edit.
    """
    text_changes = (
        stored.title != new_values.title,
        *(and_(stored[n] != "", stored[n] != new_values[n]) for n in ("summary", "content")),
    )
    # What was old at the first visit stays out, however it is edited.
    has_ended = and_(stored.outcome != Outcome.PENDING, stored.outcome != Outcome.OLD)
    return and_(has_ended, stored.last_try < before, or_(*text_changes))


def _entry_row(visit: Visit, key: str, new: NewEntry) -> dict[str, Any]:
    identity = {"feed": visit.feed.number, "key": key, "first_seen": visit.at}
    # An entry without a link needs no request; it goes with its feed.
    identity["slice"] = slice_of(origin_of_url(new.item.url or visit.feed.address))
    outcome = row_of(t.entry, new, published_precision=new.item.precision)
    return row_of(t.entry, new.item, **identity, **outcome)
