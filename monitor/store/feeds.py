"""I/O: the database. Feeds: their list, who visits them when, and what a visit brought."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, and_, or_, select, update
from sqlalchemy.sql import ColumnElement

from monitor.model import Feed, FeedEntry, FeedState, FeedStatus, Memory, NewEntry, Outcome, Visit
from monitor.store import tables as t
from monitor.store.columns import bounded_key
from monitor.store.engine import Database, insert_new

EDITED_AT_MOST_EVERY = timedelta(hours=6)
_BROUGHT = {FeedStatus.OK, FeedStatus.EMPTY}
_MEMORY = TypeAdapter(Memory)


class SqlFeeds:
    def __init__(self, database: Database) -> None:
        self._database = database

    def bring_in(self, feeds: Sequence[Feed], now: datetime) -> None:
        with self._database.writing("bring in feeds") as connection:
            stored = {row.id: row for row in connection.execute(select(t.feed))}
            for feed in feeds:
                values = _feed_values(feed)
                if feed.id not in stored:
                    row = t.FeedRow(**values, status_since=now).values()
                    connection.execute(insert_new(connection.dialect.name, t.feed).values(row).on_conflict_do_nothing())
                elif stored[feed.id].url != feed.url:  # another document: what we know of the old one misleads
                    values |= {"memory": _as_json(Memory()), "next_due": None, "failures": 0}
                    values |= {"status": FeedStatus.NEW, "status_since": now, "detail": ""}
                connection.execute(update(t.feed).where(t.feed.c.id == feed.id).values(values))
            gone = stored.keys() - {feed.id for feed in feeds}
            connection.execute(update(t.feed).where(t.feed.c.id.in_(gone)).values(listed=False))

    def claim_due(
        self, now: datetime, until: datetime, *, only: Collection[str] = (), every: bool = False
    ) -> Sequence[FeedState]:
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
        with self._database.writing("save a visit") as connection:
            connection.execute(_after(visit))
            return len(_add_entries(connection, visit))

    def states(self) -> Sequence[FeedState]:
        with self._database.reading() as connection:
            return feed_states(connection)


def feed_states(connection: Connection) -> tuple[FeedState, ...]:
    """All feeds of feeds.yaml, in the order of their ids."""
    return tuple(
        feed_state(row) for row in connection.execute(select(t.feed).where(t.feed.c.listed).order_by(t.feed.c.id))
    )


def feed_state(row: Any) -> FeedState:
    """A row of `feed`, under the table's own column names, as what the line knows."""
    return FeedState(
        number=row.number,
        feed=Feed(
            id=row.id,
            url=row.url,
            outlet=row.outlet,
            language=row.language,
            country=row.country,
            interval=None if row.interval_seconds is None else timedelta(seconds=row.interval_seconds),
            paused=row.paused,
            proxy=row.proxy,
        ),
        status=FeedStatus(row.status),
        status_since=row.status_since,
        detail=row.detail,
        memory=_MEMORY.validate_json(row.memory),
        visits=row.visits,
        failures=row.failures,
        next_due=row.next_due,
        last_visit=row.last_visit,
        last_ok=row.last_ok,
    )


def unclaimed(claimed_until: ColumnElement[Any], now: datetime) -> ColumnElement[bool]:
    """Nobody's: never claimed, given back, or left by someone whose time is up."""
    return or_(claimed_until.is_(None), claimed_until <= now)


def entry_key(item: FeedEntry) -> str:
    return bounded_key(item.identity)


def _feed_values(feed: Feed) -> dict[str, Any]:
    return {
        "id": feed.id,
        "url": feed.url,
        "outlet": feed.outlet,
        "language": feed.language,
        "country": feed.country,
        "interval_seconds": None if feed.interval is None else int(feed.interval.total_seconds()),
        "paused": feed.paused,
        "proxy": feed.proxy,
        "listed": True,
    }


def _as_json(memory: Memory) -> str:
    return _MEMORY.dump_json(memory, exclude_defaults=True).decode()


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
    rows = list({row.key: row.values() for row in (_entry_row(visit, new) for new in visit.entries)}.values())
    if not rows:
        return ()
    add = insert_new(connection.dialect.name, t.entry)
    given = add.excluded
    words = {name: given[name] for name in ("url", "title", "author", "summary", "content", "published", "updated")}
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


def _entry_row(visit: Visit, new: NewEntry) -> t.EntryRow:
    item = new.item
    return t.EntryRow(
        feed=visit.feed.number,
        key=entry_key(item),
        url=item.url,
        guid=item.guid,
        title=item.title,
        author=item.author,
        summary=item.summary,
        content=item.content,
        published=item.published,
        updated=item.updated,
        first_seen=visit.at,
        outcome=new.outcome,
        older=new.older,
    )
