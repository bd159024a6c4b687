"""I/O: the database. Feeds: their list, who visits them when, and what a visit brought."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update
from sqlalchemy.sql import ColumnElement

from monitor.model import Feed, FeedEntry, FeedRecord, FeedState, FeedStatus, NewEntry, Outcome, Visit
from monitor.store import tables as t
from monitor.store.database import Queries, insert_new
from monitor.store.types import adapter, bounded_key, row_of, shaped

EDITED_AT_MOST_EVERY = timedelta(hours=6)
_BROUGHT = {FeedStatus.OK, FeedStatus.EMPTY}


class SqlFeeds(Queries):
    def bring_in(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Make the stored feeds those of feeds.yaml, by id; feeds gone from it rest and keep what we know of them."""
        with self._database.writing("bring in feeds") as connection:
            stored = {row.id: row for row in connection.execute(select(t.feed))}
            for feed in feeds:
                values = _feed_values(feed)
                if feed.id not in stored:
                    put = insert_new(connection.dialect.name, t.feed).values(values | {"status_since": now})
                    connection.execute(put.on_conflict_do_nothing())
                elif stored[feed.id].url != feed.url:  # another document: what we know of the old one misleads
                    values |= {"memory": _as_json(FeedState()), "next_due": None, "failures": 0}
                    values |= {"status": FeedStatus.NEW, "status_since": now, "detail": ""}
                connection.execute(update(t.feed).where(t.feed.c.id == feed.id).values(values))
            gone = stored.keys() - {feed.id for feed in feeds}
            connection.execute(update(t.feed).where(t.feed.c.id.in_(gone)).values(listed=False))

    def claim_due(
        self, now: datetime, until: datetime, *, only: Collection[str] = (), every: bool = False
    ) -> Sequence[FeedRecord]:
        """Feeds that are due (with `every`: due or not), never paused ones, and nobody else's before `until`.

        With `only`: just these ids, due or not.
        """
        feed = t.feed.c
        wanted = and_(feed.listed, ~feed.paused, unclaimed(feed.claimed_until, now))
        if only:
            wanted = and_(wanted, feed.id.in_(only))
        elif not every:
            wanted = and_(wanted, or_(feed.next_due.is_(None), feed.next_due <= now))
        # A CTE, not IN (SELECT …): PostgreSQL may run the latter again for each row, and claim what it did not lock.
        free = select(feed.number).where(wanted).with_for_update(skip_locked=True).cte("free")
        claim = update(t.feed).where(feed.number.in_(select(free.c.number))).values(claimed_until=until)
        with self._database.writing("claim feeds") as connection:
            states = [feed_state(row) for row in connection.execute(claim.returning(*t.feed.c))]
        return sorted(states, key=lambda state: (state.next_due or now, state.feed.id))

    def save_visit(self, visit: Visit) -> int:
        """Store a visit whole: entries, validators, state, next visit. Returns how many entries go down the line.

        Those are the ones not known yet, and known ones whose words in the feed changed (an edited article), each of
        them once in six hours at most: some feeds count clicks in their summaries.
        """
        with self._database.writing("save a visit") as connection:
            connection.execute(_after(visit))
            return len(_add_entries(connection, visit))

    def states(self) -> Sequence[FeedRecord]:
        """All feeds of feeds.yaml, paused ones too, in the order of their ids."""
        with self._database.reading() as connection:
            return feed_states(connection)


def feed_states(connection: Connection) -> tuple[FeedRecord, ...]:
    """All feeds of feeds.yaml, in the order of their ids."""
    return tuple(
        feed_state(row) for row in connection.execute(select(t.feed).where(t.feed.c.listed).order_by(t.feed.c.id))
    )


def feed_state(row: Any) -> FeedRecord:
    """A row of `feed`, under the table's own column names, as what the line knows."""
    feed = shaped(Feed, row, interval=row.interval_seconds)
    state = shaped(FeedRecord, row, feed=feed, memory=adapter(FeedState).validate_json(row.memory))
    return replace(state, detail=row.detail)  # shaped, it would be no Sentence any more


def unclaimed(claimed_until: ColumnElement[Any], now: datetime) -> ColumnElement[bool]:
    """Nobody's: never claimed, given back, or left by someone whose time is up."""
    return or_(claimed_until.is_(None), claimed_until <= now)


def entry_key(item: FeedEntry) -> str:
    return bounded_key(item.identity)


def _feed_values(feed: Feed) -> dict[str, Any]:
    seconds = None if feed.interval is None else int(feed.interval.total_seconds())
    return row_of(t.feed, feed, interval_seconds=seconds, listed=True)


def _as_json(memory: FeedState) -> str:
    written: bytes = adapter(FeedState).dump_json(memory, exclude_defaults=True)
    return written.decode()


def _after(visit: Visit) -> Any:
    """The feed's state after a visit, reckoned from the state it began with: so saving twice counts once.

    A visitor that outlived its lease does not undo what a later one stored.
    """
    before, status, healthy = visit.feed, visit.status, visit.status.healthy
    if not visit.asked:  # its server is left alone because of a neighbour: of the feed itself nothing is known anew
        put_off = {"next_due": visit.next_due, "claimed_until": None}
        return update(t.feed).where(t.feed.c.number == before.number).values(put_off)
    values: dict[str, Any] = {
        "memory": _as_json(visit.memory),
        "status": status,
        "status_since": before.status_since if before.status is status and before.status_since else visit.at,
        "detail": visit.detail,
        "visits": before.visits + (status in _BROUGHT),
        "failures": 0 if healthy else before.failures + 1,
        "next_due": visit.next_due,
        "last_visit": visit.at,
        "claimed_until": None,
    }
    if healthy:
        values["last_ok"] = visit.at
    if visit.title:
        values["title"] = visit.title
    mine = and_(t.feed.c.number == before.number, or_(t.feed.c.last_visit.is_(None), t.feed.c.last_visit <= visit.at))
    return update(t.feed).where(mine).values(values)


def _add_entries(connection: Connection, visit: Visit) -> Sequence[int]:
    """Stores the entries that are not known yet, and known ones that were edited; the ids of both."""
    rows = list({row["key"]: row for row in (_entry_row(visit, new) for new in visit.entries)}.values())
    if not rows:
        return ()
    add = insert_new(connection.dialect.name, t.entry)
    given = add.excluded
    kept = ("url", "title", "author", "summary", "content", "published", "published_precision", "published_raw")
    words = {name: given[name] for name in kept}
    again = words | {"outcome": Outcome.PENDING, "tries": 0, "due": None}
    put = add.on_conflict_do_update(
        index_elements=["feed", "key"], set_=again, where=_edited(t.entry.c, given, visit.at - EDITED_AT_MOST_EVERY)
    )
    return connection.execute(put.returning(t.entry.c.id), rows).scalars().all()


def _edited(known: Any, given: Any, before: datetime) -> ColumnElement[bool]:
    """That an entry whose trip had ended says something else now. What was dropped for its age is no change."""
    said = (known.title != given.title, *(and_(known[n] != "", known[n] != given[n]) for n in ("summary", "content")))
    ended = and_(known.outcome != Outcome.PENDING, known.outcome != Outcome.OLD)
    return and_(ended, known.last_try < before, or_(*said))


def _entry_row(visit: Visit, new: NewEntry) -> dict[str, Any]:
    about = {"feed": visit.feed.number, "key": entry_key(new.item), "first_seen": visit.at}
    ending = row_of(t.entry, new, published_precision=new.item.precision)
    return row_of(t.entry, new.item, **about, **ending)
