"""I/O: the database. The facts that digests are built from: everything that happened in a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from monitor.i18n.troubles import trouble_kind
from monitor.model import (
    CARD_ARTICLES,
    Alert,
    AlertedName,
    Confidence,
    DigestInput,
    EntityType,
    ListChange,
    MessageKind,
    ReviewItem,
    State,
    TextFrom,
    Trouble,
    TroubleKind,
    Verdict,
    Version,
    Window,
)
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.desk.queue_tabs import IS_WAITING, WAITS_SINCE
from monitor.store.desk.statistics import epoch_seconds
from monitor.store.line.feeds import feed_records, find_silences
from monitor.store.sql import articles, items, versions
from monitor.store.types import is_one_of, shaped

DAYS_OF_PEOPLE = 14
# The number of stories with a strong name that waited too long.
_NEVER_REVIEWED = select(func.count()).where(t.review_item.c.state == State.EXPIRED, t.review_item.c.clear)
RECENT = timedelta(days=2)  # it holds the whole local day in any time zone, by which alerts are limited


class SqlReading(Queries):
    """Reads for digests, feed health and articles' histories."""

    def digest_input(self, window: Window, kind: MessageKind = MessageKind.DIGEST) -> DigestInput:
        """Return what is stored about a window, as a message of this kind needs it."""
        return self._read(mailing_input, window, kind)

    def sources(self, window: Window) -> DigestInput:
        """Return the part of a digest's input that is about sources and their reading, without any name."""
        return self._read(_sources, window)

    def versions(self, article: int) -> Sequence[Version]:
        """Return all versions of an article, with their stored bytes and hits."""
        return self._read(versions.versions, article, raw=True)


def mailing_input(connection: Connection, window: Window, kind: MessageKind) -> DigestInput:
    """Return what a message of a kind is made of. For use inside a transaction."""
    inputs = {MessageKind.ALERT: _alert_input, MessageKind.REPORT: _report_input}
    return inputs.get(kind, _digest_input)(connection, window)


def _report_input(connection: Connection, window: Window) -> DigestInput:
    """Return everything stored about a window, with the items decided on."""
    whole = _digest_input(connection, window)
    numbers = {item.id for item in whole.items}
    decided = select(t.decision.c.item).where(_within(t.decision.c.at, window)).distinct()
    query = items.select_ids().where(t.review_item.c.id.in_(decided)).order_by(t.review_item.c.id)
    loaded = items.load(connection, query, page=CARD_ARTICLES, news=window)
    decided_items = (item for item in loaded if item.id not in numbers)
    return replace(whole, items=(*whole.items, *decided_items))


def _digest_input(connection: Connection, window: Window) -> DigestInput:
    """Return everything stored about a window, as a digest needs it."""
    waiting, oldest = _count_waiting(connection, window.until)
    window_items = _items(connection, window)
    return replace(
        _sources(connection, window),
        items=window_items,
        waiting=waiting,
        oldest_waiting=oldest,
        never_reviewed=connection.scalar(_NEVER_REVIEWED) or 0,
        counted=_counted_entities(connection, window),
        press_left_out=_press_left_out(connection, window),
        watchlist_changes=_watchlist_changes(connection, window),
        troubles=_troubles(connection, window),
        # Mailings with an empty subject were never sent: they only mark where mailing began.
        first_mail=not connection.scalar(
            select(
                exists().where(
                    t.mailing.c.kind == MessageKind.DIGEST, t.mailing.c.subject != "", t.mailing.c.until <= window.since
                )
            )
        ),
        daily_stories=_daily_stories(connection, window_items, window.until),
        alerted=_alerted_names(connection, window_items, only_sent=True),
    )


def _sources(connection: Connection, window: Window) -> DigestInput:
    """Return what the store knows of feeds, runs and articles in a window."""
    feeds = feed_records(connection)
    new_articles, articles_from_feed = _new_articles(connection, window)
    last_read = _last_read_at(connection, window)
    # Only the last reading of a feed is stored, so for an old window this also counts feeds that were read later.
    last_read_times = [record.last_ok for record in feeds if not record.feed.paused and record.last_ok is not None]
    feeds_read = [at for at in last_read_times if at >= window.since]
    return DigestInput(
        window=window,
        feeds=feeds,
        feeds_read=len(feeds_read) if last_read else 0,
        last_read=last_read,
        began=connection.scalar(select(t.run.c.started).order_by(t.run.c.id).limit(1)) or window.until,
        silent=tuple(find_silences(connection, feeds, window.until)),
        articles=new_articles,
        articles_from_feed=articles_from_feed,
    )


def _alert_input(connection: Connection, window: Window) -> DigestInput:
    """Return the part of a digest's input that alerts are made of."""
    window_items = _items(connection, window)
    waiting, oldest = _count_waiting(connection, window.until) if window_items else (None, None)
    return DigestInput(
        window=window,
        items=window_items,
        waiting=waiting,
        oldest_waiting=oldest,
        # Alerts are asked for every few seconds, and mostly nothing was filed: then no feed is read.
        feeds=feed_records(connection) if window_items else (),
        alerted=_alerted_names(connection, window_items, since=window.until - RECENT) if window_items else (),
    )


def _alerted_names(
    connection: Connection,
    window_items: Sequence[ReviewItem],
    *,
    only_sent: bool = False,
    since: datetime | None = None,
) -> tuple[AlertedName, ...]:
    """Return the names of these items that alerts told of, the first alert first.

    `only_sent`: of alerts that were accepted. An alert that still waits is no reason for another. `since`: also what
    alerts told of other items since a time; it comes first.
    """
    alerted, mailing, numbers = t.alerted_name.c, t.mailing.c, [item.id for item in window_items]
    columns = (alerted.item, t.entity.c.id, mailing.audience, mailing.made, alerted.outlet, alerted.filed, alerted.due)
    query = (
        select(*columns)
        .join_from(t.alerted_name, t.mailing)
        .join(t.entity, t.entity.c.number == alerted.entity)
        .order_by(alerted.id)
    )
    if only_sent:
        query = query.where(exists().where(t.delivery.c.mailing == alerted.mailing, t.delivery.c.sent.is_not(None)))
    of_items = query.where(is_one_of(alerted.item, numbers))
    queries = [query.where(mailing.made >= since), of_items.where(mailing.made < since)] if since else [of_items]
    return tuple(AlertedName(*row) for statement in queries for row in connection.execute(statement))


def _within(column: ColumnElement[Any], window: Window) -> ColumnElement[bool]:
    return and_(column >= window.since, column < window.until)


def _items(connection: Connection, window: Window) -> tuple[ReviewItem, ...]:
    """Return items whose story gained an article or came back for a changed one, in the order of filing."""
    filed = t.story_article.c
    # `changed` is the time of the last change only; findings know the earlier ones.
    has_change = exists().where(t.finding.c.article == filed.article, _within(t.finding.c.found, window))
    item_numbers = (
        items.select_ids()
        .join(t.story_article, filed.story == t.review_item.c.story)
        .where(or_(_within(filed.filed, window), _within(filed.changed, window), has_change))
        .group_by(t.review_item.c.id)
        # By the first of its articles in the window: `filed.id` is the order of filing.
        .order_by(func.min(filed.id))
    )
    return tuple(items.load(connection, item_numbers, page=CARD_ARTICLES, news=window))


def _count_waiting(connection: Connection, now: datetime) -> tuple[int, datetime | None]:
    """Return the number of items that wait for a person, and since when the oldest does."""
    query = select(func.count(), func.min(WAITS_SINCE)).where(IS_WAITING)
    count, oldest = connection.execute(query, {"now": now}).one()
    return count, oldest


def _last_read_at(connection: Connection, window: Window) -> datetime | None:
    """Return when the last run of the window that read anything ended, or None."""
    run = t.run.c
    query = select(func.max(run.ended)).where(_within(run.ended, window), run.fetched + run.unchanged > 0)
    last: datetime | None = connection.scalar(query)
    return last


def _new_articles(connection: Connection, window: Window) -> tuple[int, int]:
    """Return the number of new articles, and of those among them that have only the feed's text."""
    query = (
        articles.current()
        .with_only_columns(t.article_version.c.text_from, func.count())
        .where(_within(t.article.c.first_seen, window))
        .group_by(t.article_version.c.text_from)
    )
    counts: dict[str, int] = dict(connection.execute(query).all())
    return sum(counts.values()), counts.get(TextFrom.FEED, 0)


def _counted_entities(connection: Connection, window: Window) -> Mapping[str, int]:
    """Return the count of new articles by the name of entities that alert only together with others.

    Counts the articles that did not alert: they name such an entity without any other that it alerts with.
    """
    query = (
        _hits_left_out(window, t.entity.c.name, func.count().label("articles"))
        .where(t.entity.c.alert == Alert.WITH_OTHERS)
        .group_by(t.entity.c.number, t.entity.c.name)
        .order_by(t.entity.c.name)
    )
    return {row.name: row.articles for row in connection.execute(query)}


def _daily_stories(
    connection: Connection, window_items: Sequence[ReviewItem], until: datetime
) -> Mapping[str, tuple[int, ...]]:
    """Return the stories of two weeks about each person and outlet in these items, by day, as articles joined them.

    What was ruled out is not counted, as in the figure beside a person.
    """
    shown_types = {EntityType.PERSON, EntityType.OUTLET}
    people = {hit.entity for item in window_items for hit in item.hits if hit.type in shown_types}
    filed, hit, item, end = t.story_article.c, t.hit.c, t.review_item.c, int(until.timestamp())
    days_ago = ((end - 1 - epoch_seconds(filed.filed)) // (24 * 60 * 60)).label("days_ago")
    query = (
        select(t.entity.c.id, days_ago, func.count(filed.story.distinct()))
        .join_from(t.story_article, t.hit, hit.article == filed.article)
        .join(t.entity, t.entity.c.number == hit.entity)
        .join(t.review_item, item.story == filed.story)
        .where(or_(item.state != State.DECIDED, item.verdict.is_distinct_from(Verdict.NOT_RELEVANT)))
        .where(_within(filed.filed, Window(until - DAYS_OF_PEOPLE * timedelta(days=1), until)))
        .where(hit.confidence == Confidence.STRONG)
        .group_by(t.entity.c.id, "days_ago")
    )
    counts = {entity: [0] * DAYS_OF_PEOPLE for entity in people}
    for entity, ago, count in connection.execute(query) if people else ():
        if entity in people and 0 <= ago < DAYS_OF_PEOPLE:
            counts[entity][DAYS_OF_PEOPLE - 1 - ago] = count
    return {entity: tuple(days) for entity, days in counts.items()}


def _press_left_out(connection: Connection, window: Window) -> int:
    """Return the count of new articles that tell what happened to the press and are left out by what is chosen."""
    is_told = and_(t.entity.c.type == EntityType.PRESS, t.hit.c.confidence == Confidence.STRONG)
    return connection.scalar(_hits_left_out(window, func.count()).where(is_told)) or 0


def _hits_left_out(window: Window, *columns: ColumnElement[Any]) -> Select[Any]:
    """Select columns of the hits in new articles of a window that did not alert, and are in no story."""
    is_filed = exists().where(t.story_article.c.article == t.article.c.id)
    return (
        select(*columns)
        .join_from(t.hit, t.article, articles.in_force())
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .where(_within(t.article.c.first_seen, window), ~is_filed, ~t.hit.c.alerts)
    )


def _watchlist_changes(connection: Connection, window: Window) -> tuple[ListChange, ...]:
    change = t.watchlist_version.c
    query = select(t.watchlist_version).where(_within(change.at, window)).order_by(change.version)
    return tuple(shaped(ListChange, row) for row in connection.execute(query))


def _troubles(connection: Connection, window: Window) -> tuple[Trouble, ...]:
    """Return the troubles that lasted at any time of a window, as its runs noted them.

    The neighbouring runs are read as well, so that a trouble has its true beginning and end.
    """
    run = t.run.c
    last = connection.scalar(select(func.max(run.id)))
    # A run without an end was killed, except the last: that one may still be going.
    query = select(run.started, run.ended, run.problems).where(or_(run.ended.is_not(None), run.id == last))
    runs = connection.execute(query.where(_within(run.started, window)).order_by(run.id)).all()
    if not runs:
        return ()
    earlier_runs = query.where(run.started < window.since).order_by(run.id.desc())
    later_runs = query.where(run.started >= window.until).order_by(run.id)
    runs_before = [*_runs_until_resolved(connection, earlier_runs, runs[0])][::-1]
    runs_after = [*_runs_until_resolved(connection, later_runs, runs[-1])]
    spans = _trouble_spans([*runs_before, *runs, *runs_after])
    return tuple(
        trouble
        for trouble in spans
        if trouble.since < window.until and (not trouble.until or trouble.until > window.since)
    )


def _runs_until_resolved(connection: Connection, runs: Select[Any], neighbour: Any) -> Iterator[Any]:
    """Yield runs up to the first that has none of the troubles of a neighbouring run."""
    kinds = _kinds(neighbour)
    for row in connection.execute(runs) if kinds else ():
        yield row
        kinds &= _kinds(row)
        if not kinds:
            return


def _kinds(run: Any) -> set[TroubleKind]:
    return {trouble_kind(problem) for problem in run.problems}


_FILES = {TroubleKind.WATCHLIST, TroubleKind.FEEDS}  # the only kinds that a run notes before its end


def _trouble_spans(runs: Sequence[Any]) -> list[Trouble]:
    """Return how long each kind of trouble lasted over these runs, in the order of beginning."""
    since_by_kind: dict[TroubleKind, datetime] = {}
    spans = []
    for run in runs:
        # An unfinished run has not noted all kinds yet, so what lasted before it is assumed to last.
        kinds = _kinds(run) if run.ended else _kinds(run) | (since_by_kind.keys() - _FILES)
        spans += [Trouble(kind, since_by_kind.pop(kind), run.started) for kind in sorted(since_by_kind.keys() - kinds)]
        since_by_kind |= dict.fromkeys(sorted(kinds - since_by_kind.keys()), run.started)
    spans += [Trouble(kind, since) for kind, since in since_by_kind.items()]
    return sorted(spans, key=lambda trouble: trouble.since)
