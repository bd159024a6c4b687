"""I/O: the database. The read side: values shaped for what shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, cast, exists, func, or_, select

from monitor.feeds.health import is_silent, usual_gap
from monitor.i18n.troubles import kind_of
from monitor.model import (
    Alert,
    Confidence,
    DigestInput,
    FeedRecord,
    ListChange,
    OpenFacts,
    ReviewItem,
    Silence,
    State,
    TextFrom,
    Trouble,
    TroubleKind,
    Version,
    Window,
)
from monitor.review.visibility import redacted_for
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.desk import reviews
from monitor.store.line.entries import seen
from monitor.store.line.feeds import feed_states
from monitor.store.sql import articles, items, versions
from monitor.store.types import shaped

_ITEMS_AT_ONCE = 500  # whole items are large


class SqlReading(Queries):
    def happened(self, window: Window) -> DigestInput:
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
            return versions.versions(connection, article, raw=True)


def happened(connection: Connection, window: Window) -> DigestInput:
    """What the database knows of a window; for use inside a transaction."""
    sensitive = _sensitive(connection)
    counted = _counted(connection, window)
    waiting, oldest = _waiting(connection, _waits(window.until))
    feeds = feed_states(connection)
    new, from_feed = _new_articles(connection, window)
    last_read = _last_read(connection, window)
    # Of a feed only its last reading is kept: for a window long past this counts feeds read since, too.
    read = [s for s in feeds if not s.feed.paused and s.last_ok is not None and s.last_ok >= window.since]
    return DigestInput(
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
        counted={name: count for _, name, count in counted},
        watchlist_changes=_watchlist_changes(connection, window),
        troubles=_troubles(connection, window),
        first_mail=not connection.scalar(
            select(exists().where(t.mailing.c.subject != "", t.mailing.c.until <= window.since))
        ),
        open_facts=replace(
            _open_queue(connection, sensitive, window.until),
            counted={name: count for entity, name, count in counted if entity not in sensitive},
        ),
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


def _waits(now: datetime) -> ColumnElement[bool]:
    item = t.review_item.c
    due = and_(item.state == State.LATER, item.until <= now)
    return or_(item.state.in_((State.OPEN, State.FOLLOW_UP)), due)


def _waiting(connection: Connection, which: ColumnElement[bool]) -> tuple[int, datetime | None]:
    ask = select(func.count(), func.min(t.review_item.c.first_seen)).where(which)
    count, oldest = connection.execute(ask).one()
    return count, oldest


def _sensitive(connection: Connection) -> Mapping[int, str]:
    """Number -> id of the entities marked sensitive, those removed from the list too."""
    entity = t.entity.c
    return {row.number: row.id for row in connection.execute(select(entity.number, entity.id).where(entity.sensitive))}


def _open_queue(connection: Connection, sensitive: Mapping[int, str], now: datetime) -> OpenFacts:
    """Count the queue as it is without sensitive names: items that hold none by their rows, the others read whole."""
    item, filed, ids = t.review_item.c, t.story_article.c, frozenset(sensitive.values())
    naming = select(filed.story).join(t.hit, t.hit.c.article == filed.article).where(t.hit.c.entity.in_(sensitive))
    unread = and_(item.state == State.EXPIRED, item.clear)
    count, oldest = _waiting(connection, and_(_waits(now), item.story.not_in(naming)))
    never = connection.scalar(select(func.count()).where(unread, item.story.not_in(naming))) or 0
    redacted, first = list[ReviewItem](), items.numbers().where(item.story.in_(naming), or_(_waits(now), unread))
    numbers = connection.scalars(first.order_by(item.id)).all() if sensitive else ()
    for start in range(0, len(numbers), _ITEMS_AT_ONCE):
        loaded = items.load(connection, items.numbers().where(item.id.in_(numbers[start : start + _ITEMS_AT_ONCE])))
        redacted += filter(None, (redacted_for(each, ids) for each in loaded))
    waiting = [each for each in redacted if each.state in {State.OPEN, State.FOLLOW_UP, State.LATER}]
    expired = [e for e in redacted if e.state is State.EXPIRED and e.confidence is Confidence.STRONG]
    return OpenFacts(
        sensitive=ids,
        waiting=count + len(waiting),
        oldest_waiting=min((at for at in (oldest, *(each.first_seen for each in waiting)) if at), default=None),
        never_reviewed=never + len(expired),
    )


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


def _silences(connection: Connection, feeds: Sequence[FeedRecord], now: datetime) -> Iterator[Silence]:
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


def _counted(connection: Connection, window: Window) -> Sequence[tuple[int, str, int]]:
    """Number, name and count of new articles that name an entity clearly, and nobody beside whom it would alert."""
    filed = exists().where(t.story_article.c.article == t.article.c.id)
    ask = (
        select(t.entity.c.number, t.entity.c.name, func.count())
        .join_from(t.hit, t.article, articles.in_force())
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .where(_within(t.article.c.first_seen, window), ~filed, ~t.hit.c.alerts)
        .where(t.entity.c.alert == Alert.WITH_OTHERS)
        .group_by(t.entity.c.number, t.entity.c.name)
        .order_by(t.entity.c.name)
    )
    return [(number, name, count) for number, name, count in connection.execute(ask)]


def _watchlist_changes(connection: Connection, window: Window) -> tuple[ListChange, ...]:
    change = t.watchlist_version.c
    ask = select(t.watchlist_version).where(_within(change.at, window)).order_by(change.version)
    return tuple(shaped(ListChange, row) for row in connection.execute(ask))


def _troubles(connection: Connection, window: Window) -> tuple[Trouble, ...]:
    """What the runs of a window found wrong. Its beginning and its end may lie outside of the window."""
    run = t.run.c
    last = connection.scalar(select(func.max(run.id)))
    ask = select(run.started, run.ended, run.problems).where(or_(run.ended.is_not(None), run.id == last))
    runs = connection.execute(ask.where(_within(run.started, window)).order_by(run.id)).all()
    if not runs:
        return ()
    earlier = ask.where(run.started < window.since).order_by(run.id.desc())
    later = ask.where(run.started >= window.until).order_by(run.id)
    before = [*_until_over(connection, earlier, runs[0])][::-1]
    after = [*_until_over(connection, later, runs[-1])]
    spans = _spans([*before, *runs, *after])
    return tuple(each for each in spans if each.since < window.until and (not each.until or each.until > window.since))


def _until_over(connection: Connection, runs: Select[Any], neighbour: Any) -> Iterator[Any]:
    """Runs, up to the first without anything that a neighbouring run found wrong."""
    kinds = _kinds(neighbour)
    for row in connection.execute(runs) if kinds else ():
        yield row
        kinds &= _kinds(row)
        if not kinds:
            return


def _kinds(run: Any) -> set[TroubleKind]:
    return {kind_of(problem) for problem in run.problems}


_FILES = {TroubleKind.WATCHLIST, TroubleKind.FEEDS}  # a run that has not ended has told of these alone


def _spans(runs: Sequence[Any]) -> list[Trouble]:
    """From when until when these runs found each kind of trouble, in the order in which it began."""
    lasting: dict[TroubleKind, datetime] = {}
    spans = []
    for run in runs:
        found = _kinds(run) if run.ended else _kinds(run) | (lasting.keys() - _FILES)
        spans += [Trouble(kind, lasting.pop(kind), run.started) for kind in sorted(lasting.keys() - found)]
        lasting |= dict.fromkeys(sorted(found - lasting.keys()), run.started)
    spans += [Trouble(kind, since) for kind, since in lasting.items()]
    return sorted(spans, key=lambda each: each.since)
