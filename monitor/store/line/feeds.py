"""I/O: the database. Feeds: their list, claims on them, and the results of visits."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql import ColumnElement

from monitor.errors import ClaimLost
from monitor.model import DayBounds, Feed, FeedRecord, FeedState, FeedStatus, Message, Silence, Visit
from monitor.model.digest import is_silent, usual_gap
from monitor.store import tables as t
from monitor.store.database import Queries, put_missing
from monitor.store.line.checks import Check, put_result
from monitor.store.line.new_entries import add_entries
from monitor.store.types import adapter, row_of, shaped
from monitor.urls import origin_of_url, slice_of

# Statuses of a visit that counts as one of the feed's `visits`.
_SUCCESSFUL = {FeedStatus.OK, FeedStatus.EMPTY}


class SqlFeeds(Queries):
    """The stored feeds with their state."""

    def sync_list(self, feeds: Sequence[Feed], now: datetime, file_hash: str = "") -> None:
        """Update the stored feeds from feeds.yaml, by id; feeds no longer in it keep their state, marked unlisted.

        `file_hash`: of the file, which need not be read again while it has this hash and nobody stores another list.
        """
        with self._database.writing("sync the feed list") as connection:
            stored = {row.id: row for row in connection.execute(select(t.feed))}
            for feed in feeds:
                values, slice_number = _feed_values(feed), slice_of(origin_of_url(feed.url))
                if feed.id in stored and values.items() <= stored[feed.id]._mapping.items():
                    continue  # as nearly always
                if feed.id not in stored:
                    # Another worker may insert it first.
                    put_missing(connection, t.feed, values | {"status_since": now, "slice": slice_number})
                elif stored[feed.id].url != feed.url:  # a new address is another document: the old state does not apply
                    values |= {"memory": _as_json(FeedState()), "next_due": None, "failures": 0}
                    values |= {"status": FeedStatus.NEW, "status_since": now, "detail": ""}
                    # A visit under way was to the old address: what it brings must not become the new state.
                    values |= {"slice": slice_number, "claim": 0, "claimed_until": None}
                connection.execute(update(t.feed).where(t.feed.c.id == feed.id).values(values))
            unlisted = stored.keys() - {feed.id for feed in feeds}
            connection.execute(update(t.feed).where(t.feed.c.id.in_(unlisted)).values(listed=False))
            put_result(connection, Check.FEEDS_STORED, file_hash, len(feeds))

    def any_due(self, now: datetime) -> bool:
        """Return True if a feed could be claimed now."""
        return bool(self._value(select(exists().where(is_claimable(now), is_due(now)))))

    def claim_due(
        self,
        now: datetime,
        until: datetime,
        *,
        feed_ids: Collection[str] = (),
        include_not_due: bool = False,
        claim: int = 0,
        slice_number: int | None = None,
        limit: int | None = None,
    ) -> Sequence[FeedRecord]:
        """Claim due feeds until `until`, and return them, the most overdue first; paused feeds are never due.

        `include_not_due` claims all feeds; `feed_ids` claims only these, due or not. `claim` is the number of the open
        claim; with a `slice_number` and a `limit` it takes at most so many of this slice.
        """
        feed, conditions = t.feed.c, [is_claimable(now)]
        if feed_ids:
            conditions.append(feed.id.in_(feed_ids))
        elif not include_not_due:
            conditions.append(is_due(now))
        if slice_number is not None:
            conditions.append(feed.slice == slice_number)
        # A CTE, not IN (SELECT …): PostgreSQL may run that again for each row, and claim rows that it did not lock.
        due = select(feed.number).where(*conditions).order_by(feed.next_due.nulls_first(), feed.id).limit(limit)
        free = due.with_for_update(skip_locked=True).cte("free")
        claimed = update(t.feed).where(feed.number.in_(select(free.c.number)))
        with self._database.writing("claim feeds") as connection:
            rows = connection.execute(claimed.values(claimed_until=until, claim=claim).returning(*feed))
            records = [feed_record(row) for row in rows]
        return sorted(records, key=lambda record: (record.next_due or now, record.feed.id))

    def save_visit(self, visit: Visit, now: datetime | None = None, bounds: DayBounds | None = None) -> int:
        """Store a visit: entries, validators, state, next visit. Return how many entries were added or reset.

        An entry is reset, and goes down the line again, when its texts in the feed have changed (an edited article): at
        most once in six hours, because some feeds show a click counter in the summary.

        `bounds`: of the feed's day. New entries beyond them are left out: those with links to the feed's own site come
        first, then the newest. The feed shows them again tomorrow, if it still has them.

        `now`: when the claim of the visit is closed, new entries are first seen then, and not at the time of the visit:
        articles that were first seen later may be filed already.

        Raises ClaimLost when the feed was claimed again since. The visit's state is not stored then; entries that are
        new are, for the feed may not show them any more.
        """
        # State and entries together: when the state was saved earlier, a crash lost 8,724 of 12,000 hits.
        with self._database.writing("save a visit") as connection:
            if now is not None and not _lock_claim(connection, visit.feed.claim):
                visit = replace(visit, at=now)
            is_own = connection.execute(_feed_update(visit)).rowcount == 1
            if not is_own:
                # One at a time, as its own visit does: two that insert the same entries in another order deadlock.
                connection.execute(
                    select(t.feed.c.number).where(t.feed.c.number == visit.feed.number).with_for_update()
                )
            entries, left_out = add_entries(connection, visit, bounds, may_reset=is_own)
            if left_out and is_own:
                is_visited = t.feed.c.number == visit.feed.number
                detail = Message(
                    "it lists more than a feed may bring in a day: {} new entries were left out of the last visit",
                    left_out,
                )
                connection.execute(update(t.feed).where(is_visited).values(detail=detail))
        if not is_own:
            raise ClaimLost("feed", visit.feed.number)
        return len(entries)

    def make_due(self, number: int) -> None:
        """Let the next run read a feed, whenever it was due."""
        self._change("make a feed due", update(t.feed).where(t.feed.c.number == number).values(next_due=None))

    def unlisted(self, number: int) -> Feed | None:
        """Return a feed that is no longer in feeds.yaml, or None."""
        is_former = and_(~t.feed.c.listed, ~t.feed.c.by_hand, t.feed.c.number == number)
        return next((record.feed for record in self._read(feed_records, is_former)), None)

    def readable(self) -> Sequence[int]:
        """Return the numbers of the feeds of feeds.yaml that are not paused, and of the sites of added links."""
        return self._column(select(t.feed.c.number).where(is_read(), ~t.feed.c.paused))

    def states(self) -> Sequence[FeedRecord]:
        """Return all feeds of feeds.yaml, including paused ones, in the order of their ids."""
        return self._read(feed_records)

    def links_since(self, since: datetime) -> Iterator[tuple[str, str]]:
        """Yield the id of the feed and the link of each entry that was first seen since a time, of listed feeds."""
        entry, feed = t.entry.c, t.feed.c
        query = select(feed.id, entry.url).join(t.entry, entry.feed == feed.number).where(feed.listed)
        for row in self._rows(query.where(entry.first_seen >= since, entry.url != "")):
            yield row.id, row.url

    def listed(self) -> Sequence[Feed]:
        """Return the feeds of feeds.yaml in the order of their ids, without their state."""
        return [record.feed for record in self.states()]

    def silences(self, feeds: Sequence[FeedRecord], now: datetime) -> Sequence[Silence]:
        """Return those of these feeds that can be read but brought nothing new for much longer than usual."""
        with self._database.reading() as connection:
            return tuple(find_silences(connection, feeds, now))

    def sites_of_links(self) -> Sequence[FeedRecord]:
        """Return the sites of the links that users added."""
        return self._read(feed_records, t.feed.c.by_hand)


def is_read() -> ColumnElement[bool]:
    """Return the SQL condition that pages of a feed are fetched: it is in feeds.yaml, or people add its links."""
    return or_(t.feed.c.listed, t.feed.c.by_hand)


def is_claimable(now: datetime) -> ColumnElement[bool]:
    return and_(t.feed.c.listed, ~t.feed.c.paused, is_unclaimed(t.feed.c.claimed_until, now))


def is_due(now: datetime) -> ColumnElement[bool]:
    return or_(t.feed.c.next_due.is_(None), t.feed.c.next_due <= now)


def feed_records(connection: Connection, condition: ColumnElement[bool] = t.feed.c.listed) -> tuple[FeedRecord, ...]:
    """Return the feeds that meet a condition, by default all of feeds.yaml, in the order of their ids."""
    return tuple(feed_record(row) for row in connection.execute(select(t.feed).where(condition).order_by(t.feed.c.id)))


def feed_record(row: Any) -> FeedRecord:
    """Return the record of a row of `feed`, selected under the column names of the table."""
    feed = shaped(Feed, row, interval=row.interval_seconds)
    record = shaped(FeedRecord, row, feed=feed, memory=adapter(FeedState).validate_json(row.memory))
    return replace(record, detail=row.detail)  # `shaped` makes a plain string of a Message


def find_silences(connection: Connection, feeds: Sequence[FeedRecord], now: datetime) -> Iterator[Silence]:
    """Yield the silences of feeds."""
    entries = _entry_spans(connection, now)
    for record in feeds:
        # A feed in trouble is told as that; silence is told only of those that can be read.
        if record.number in entries and not record.feed.paused and record.status.is_healthy:
            first, last, days = entries[record.number]
            gap = usual_gap(first, last, days)
            if gap and is_silent(last, gap, now):
                yield Silence(record, last, gap)


def _entry_spans(connection: Connection, until: datetime) -> Mapping[int, tuple[datetime, datetime, int]]:
    """Return feed number -> times of its first and its last entry, and the number of days with an entry."""
    published = entry_publication_time()
    day = func.substr(cast(published, Text), 1, 10)  # SQLite's date() takes twice as long
    query = (
        select(t.entry.c.feed, func.min(published), func.max(published), func.count(day.distinct()))
        .where(t.entry.c.first_seen < until)
        .group_by(t.entry.c.feed)
    )
    return {feed: (first, last, days) for feed, first, last, days in connection.execute(query)}


def entry_publication_time() -> ColumnElement[Any]:
    """Return the SQL expression of `publication_time` for an entry."""
    entry = t.entry.c
    # NULL < x is not true, so an entry without a date gets the time when it was first seen.
    return case((entry.published < entry.first_seen, entry.published), else_=entry.first_seen)


CLAIMED = (t.feed, t.entry, t.revisit, t.host_state, t.archive_range)  # what runs and jobs claim


def is_unclaimed(claimed_until: ColumnElement[Any], now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the SQL condition that a claim was never made, was released, or has expired."""
    return or_(claimed_until.is_(None), claimed_until <= now)


def _feed_values(feed: Feed) -> dict[str, Any]:
    seconds = None if feed.interval is None else int(feed.interval.total_seconds())
    return row_of(t.feed, feed, interval_seconds=seconds, listed=True, speaks_for=list(feed.speaks_for))


def _as_json(memory: FeedState) -> str:
    written: bytes = adapter(FeedState).dump_json(memory, exclude_defaults=True)
    return written.decode()


def _feed_update(visit: Visit) -> Any:
    """Return the statement that stores a feed's state after a visit.

    Counts are computed from the state at the start of the visit, so saving it twice counts once. It changes nothing
    when the feed was claimed again since.
    """
    before, status, is_healthy = visit.feed, visit.status, visit.status.is_healthy
    is_own = and_(t.feed.c.number == before.number, t.feed.c.claim == before.claim)
    if not visit.request_sent:  # nothing was learned about this feed: its host made us wait, or another run asks it
        when = {"slice": slice_of(visit.held_origin)} if visit.held_origin else {"next_due": visit.next_due}
        return update(t.feed).where(is_own).values(when | {"claimed_until": None})
    values: dict[str, Any] = {
        "memory": _as_json(visit.memory),
        "status": status,
        "status_since": before.status_since if before.status is status and before.status_since else visit.at,
        "detail": visit.detail,
        "visits": before.visits + (status in _SUCCESSFUL),
        "failures": 0 if is_healthy else before.failures + 1,
        "next_due": visit.next_due,
        "last_visit": visit.at,
        "claimed_until": None,
        # The next request goes to the new address after a permanent redirect, maybe in another slice.
        "slice": slice_of(origin_of_url(replace(before, memory=visit.memory).address)),
    }
    if is_healthy:
        values["last_ok"] = visit.at
    if visit.title:
        values["title"] = visit.title
    return update(t.feed).where(is_own).values(values)


def _lock_claim(connection: Connection, number: int) -> bool:
    """Keep a claim from being closed until this transaction ends; return False if it is closed."""
    lock = select(t.claim.c.number).where(t.claim.c.number == number).with_for_update(read=True, key_share=True)
    return connection.scalar(lock) is not None
