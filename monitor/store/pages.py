"""I/O: the database. The read side: values shaped for what shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, exists, func, or_, select

from monitor.health import is_silent, usual_gap
from monitor.model import (
    Alert,
    FeedState,
    Happened,
    ReviewItem,
    Sentence,
    Silence,
    State,
    TextFrom,
    Version,
    Window,
    listed,
)
from monitor.store import articles, evidence, items, reviews
from monitor.store import tables as t
from monitor.store.engine import Queries
from monitor.store.entries import seen
from monitor.store.feeds import feed_states


class SqlReading(Queries):
    def happened(self, window: Window) -> Happened:
        """What the database knows of a window, for the digest."""
        with self._database.reading() as connection:
            return happened(connection, window)

    def silences(self, now: datetime) -> Sequence[Silence]:
        """Feeds that are read and bring nothing new for much longer than they used to."""
        with self._database.reading() as connection:
            return tuple(_silences(connection, feed_states(connection), now))

    def versions(self, article: int) -> Sequence[Version]:
        """All versions of an article, with the bytes that are kept and the hits found in each."""
        with self._database.reading() as connection:
            return evidence.versions(connection, article, raw=True)


def happened(connection: Connection, window: Window) -> Happened:
    """What the database knows of a window; for use inside a transaction."""
    waiting, oldest = _waiting(connection, window.until)
    feeds = feed_states(connection)
    new, from_feed = _new_articles(connection, window)
    last_read = _last_read(connection, window)
    # Of a feed only its last reading is kept: for a window long past this counts feeds read since, too.
    read = [s for s in feeds if not s.feed.paused and s.last_ok is not None and s.last_ok >= window.since]
    return Happened(
        window=window,
        items=_items(connection, window),
        waiting=waiting,
        oldest_waiting=oldest,
        never_reviewed=reviews.never_reviewed(connection),
        feeds=feeds,
        feeds_read=len(read) if last_read else 0,
        last_read=last_read,
        began=connection.scalar(select(t.run.c.started).order_by(t.run.c.id).limit(1)) or window.until,
        silent=tuple(_silences(connection, feeds, window.until)),
        articles=new,
        articles_from_feed=from_feed,
        counted=_counted(connection, window),
        watchlist_changes=_watchlist_changes(connection, window),
        problems=_problems(connection, window),
    )


def _within(column: ColumnElement[Any], window: Window) -> ColumnElement[bool]:
    return and_(column >= window.since, column < window.until)


def _items(connection: Connection, window: Window) -> tuple[ReviewItem, ...]:
    """Items whose story gained an article, or came back for a changed one, in the order in which they first did."""
    filed = t.story_article.c
    found = exists().where(t.finding.c.article == filed.article, _within(t.finding.c.found, window))
    which = (
        items.numbers()
        .join(t.story_article, filed.story == t.review_item.c.story)
        .where(or_(_within(filed.filed, window), _within(filed.changed, window), found))
        .group_by(t.review_item.c.id)
        .order_by(func.min(filed.id))
    )
    return tuple(items.load(connection, which))


def _waiting(connection: Connection, now: datetime) -> tuple[int, datetime | None]:
    item = t.review_item.c
    due = and_(item.state == State.LATER, item.until <= now)
    ask = select(func.count(), func.min(item.first_seen)).where(or_(item.state.in_((State.OPEN, State.FOLLOW_UP)), due))
    count, oldest = connection.execute(ask).one()
    return count, oldest


def _last_read(connection: Connection, window: Window) -> datetime | None:
    """When the last run of the window that read anything ended."""
    run = t.run.c
    ask = select(func.max(run.ended)).where(_within(run.ended, window), run.fetched + run.unchanged > 0)
    last: datetime | None = connection.scalar(ask)
    return last


def _last_entries(connection: Connection, until: datetime) -> Mapping[int, tuple[datetime, datetime, int]]:
    """Feed number -> when its first and its last entry came, and on how many days one did."""
    came = seen()
    day = func.substr(cast(came, Text), 1, 10)  # SQLite's date() takes twice as long
    ask = (
        select(t.entry.c.feed, func.min(came), func.max(came), func.count(day.distinct()))
        .where(t.entry.c.first_seen < until)
        .group_by(t.entry.c.feed)
    )
    return {feed: (first, last, days) for feed, first, last, days in connection.execute(ask)}


def _silences(connection: Connection, feeds: Sequence[FeedState], now: datetime) -> Iterator[Silence]:
    entries = _last_entries(connection, now)
    for state in feeds:
        if state.number in entries and not state.feed.paused and state.status.healthy:
            first, last, days = entries[state.number]
            gap = usual_gap(first, last, days)
            if gap and is_silent(last, gap, now):
                yield Silence(state, last, gap)


def _new_articles(connection: Connection, window: Window) -> tuple[int, int]:
    """How many, and how many of them have only the feed's own text."""
    ask = (
        articles.current()
        .with_only_columns(t.article_version.c.text_from, func.count())
        .where(_within(t.article.c.first_seen, window))
        .group_by(t.article_version.c.text_from)
    )
    counts: dict[str, int] = dict(connection.execute(ask).all())
    return sum(counts.values()), counts.get(TextFrom.FEED, 0)


def _counted(connection: Connection, window: Window) -> Mapping[str, int]:
    """Name -> new articles that name it clearly, and nobody beside whom it would alert: they await nobody."""
    filed = exists().where(t.story_article.c.article == t.article.c.id)
    ask = (
        select(t.entity.c.name, func.count())
        .join_from(t.hit, t.article, articles.in_force())
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .where(_within(t.article.c.first_seen, window), ~filed, ~t.hit.c.alerts)
        .where(t.entity.c.alert == Alert.WITH_OTHERS)
        .group_by(t.entity.c.number, t.entity.c.name)
        .order_by(t.entity.c.name)
    )
    return dict(connection.execute(ask).all())


def _watchlist_changes(connection: Connection, window: Window) -> tuple[str, ...]:
    """One line a change, in counts: «+2, 1 changed, -1 by watchlist.yaml»."""
    change = t.watchlist_version.c
    ask = select(t.watchlist_version).where(_within(change.at, window)).order_by(change.version)
    return tuple(_change_line(row) for row in connection.execute(ask))


def _change_line(row: Any) -> str:
    counts = (len(row.added), len(row.changed), len(row.removed))
    parts = (Sentence("+{}", counts[0]), Sentence("{} changed", counts[1]), Sentence("-{}", counts[2]))
    told = listed(", ", [part for part, count in zip(parts, counts, strict=True) if count] or parts[1:2])
    return Sentence("{} by {}", told, row.source)


def _problems(connection: Connection, window: Window) -> tuple[str, ...]:
    """What the runs of the window found wrong, each thing once."""
    ask = select(t.run.c.problems).where(_within(t.run.c.started, window)).order_by(t.run.c.id)
    return tuple(dict.fromkeys(problem for problems in connection.scalars(ask) for problem in problems))
