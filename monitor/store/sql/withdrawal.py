"""I/O: the database. Takes mentions out of the queue that an undone or changed entry had brought; in a transaction.

An item keeps them if somebody has judged it or one of these names since. The articles stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, or_, select, update

from monitor.groups import group_values
from monitor.model import Confidence, WithdrawnHit
from monitor.ports import Restate, Withdrawal
from monitor.store import tables as t
from monitor.store.database import lock_stories
from monitor.store.sql import articles, items
from monitor.store.sql.deletion import delete_with_dependents
from monitor.store.sql.item_columns import refresh_item
from monitor.store.types import is_one_of

_filed = t.story_article.c
_IS_FOR_QUEUE = or_(t.hit.c.alerts, t.hit.c.confidence == Confidence.POSSIBLE)


def withdraw(connection: Connection, withdrawal: Withdrawal, now: datetime) -> int:
    """Remove hits from the items that nobody has judged since; return the number of changed items.

    An article that is left without a hit for the queue leaves its story, and a story without articles goes.
    """
    by_article = group_values((hit.article, hit) for hit in withdrawal.hits)
    # Articles, stories, items: locked in the order in which filing locks them.
    lock = select(t.article.c.id).where(is_one_of(t.article.c.id, by_article)).order_by(t.article.c.id)
    connection.execute(lock.with_for_update())
    lock_stories(connection)
    items_by_article = _items_by_article(connection, by_article)
    kept_items = _items_to_keep(connection, items_by_article, by_article, withdrawal.since)
    free = {article: hits for article, hits in by_article.items() if items_by_article.get(article) not in kept_items}
    _take_out(connection, free, now)
    leave_stories(connection, without_queued_hits(connection, free.keys() & items_by_article.keys()))
    changed = {items_by_article[article] for article in free.keys() & items_by_article.keys()}
    for item in changed - _delete_empty(connection, changed):
        _refresh(connection, item, withdrawal.restate)
    return len(changed)


def _items_by_article(connection: Connection, article_ids: Collection[int]) -> Mapping[int, int]:
    """Lock the items of those articles that are in a story, and return them."""
    query = select(_filed.article, t.review_item.c.id).join(t.review_item, t.review_item.c.story == _filed.story)
    by_article = dict(connection.execute(query.where(is_one_of(_filed.article, article_ids))).all())
    lock = items.select_ids().where(is_one_of(t.review_item.c.id, {*by_article.values()})).order_by(t.review_item.c.id)
    connection.execute(lock.with_for_update())
    return by_article


def _items_to_keep(
    connection: Connection,
    items_by_article: Mapping[int, int],
    by_article: Mapping[int, Sequence[WithdrawnHit]],
    since: datetime | None,
) -> Collection[int]:
    """Return the items that keep their names.

    Since that time somebody judged the item or one of the names, or moved articles; or somebody did so earlier, and
    nothing else would be left of the item.
    """
    names: dict[int, set[str]] = defaultdict(set)
    for article, item in items_by_article.items():
        names[item] |= {hit.entity for hit in by_article[article]}
    kept_items: set[int] = set()
    judged: set[int] = set()
    numbers = articles.entity_numbers(connection, {name for names_of_item in names.values() for name in names_of_item})
    for row in connection.execute(select(t.decision).where(is_one_of(t.decision.c.item, names))):
        judged.add(row.item)
        of_item = {numbers[name] for name in names[row.item]}
        if (row.entity is None or {row.entity, *row.judged} & of_item) and (since is None or row.at >= since):
            kept_items.add(row.item)
    is_moved = or_(*(is_one_of(column, names) for column in t.regrouping.c["item", "other"]))
    for row in connection.execute(select(t.regrouping).where(is_moved)):
        judged |= {row.item, row.other}
        if since is None or row.at >= since:
            kept_items |= {row.item, row.other}
    queued = (
        select(t.review_item.c.id, t.hit.c.article, t.entity.c.id.label("entity"))
        .join(t.story_article, _filed.story == t.review_item.c.story)
        .join(t.hit, and_(t.hit.c.article == _filed.article, _IS_FOR_QUEUE))
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
    )
    judged &= names.keys()
    rows = connection.execute(queued.where(is_one_of(t.review_item.c.id, judged))).all()
    lost_names = {(hit.article, hit.entity) for row in rows for hit in by_article.get(row.article, ())}
    return kept_items | (judged - {row.id for row in rows if (row.article, row.entity) not in lost_names})


def _take_out(connection: Connection, by_article: Mapping[int, Sequence[WithdrawnHit]], now: datetime) -> None:
    """Delete hits together with their findings, or store the weaker hit that remains."""
    hits = [hit for hits_of_article in by_article.values() for hit in hits_of_article]
    lost_names = {(hit.article, hit.entity) for hit in hits if hit.remaining is None}
    first_found: dict[int, datetime] = {}
    for table in (t.hit, t.finding):
        query = select(table.c.id, table.c.article, table.c.found, t.entity.c.id.label("entity"))
        query = query.join(t.entity, t.entity.c.number == table.c.entity).where(is_one_of(table.c.article, by_article))
        rows = [row for row in connection.execute(query) if (row.article, row.entity) in lost_names]
        delete_with_dependents(connection, table, [row.id for row in rows])
        for row in rows:
            first_found[row.article] = min(row.found, first_found.get(row.article, row.found))
    take_reports_back(connection, first_found)
    for article in {hit.article for hit in hits if hit.remaining is not None}:
        stored = articles.from_row(connection.execute(articles.current().where(t.article.c.id == article)).one())
        # A newer version was matched after these.
        remaining = [hit.remaining for hit in by_article[article] if hit.version == stored.version]
        articles.put_hits(connection, stored, filter(None, remaining), now)


def take_reports_back(connection: Connection, first_found: Mapping[int, datetime]) -> None:
    """Mark articles as unreported if their only news since these times was deleted."""
    reported = select(_filed.article).where(is_one_of(_filed.article, first_found), _filed.changed.is_not(None))
    for article in connection.scalars(reported).all():
        since = first_found[article]
        is_other_news = or_(
            *(exists().where(table.c.article == article, table.c.found >= since) for table in (t.hit, t.finding))
        )
        unreported = update(t.story_article).where(_filed.article == article, _filed.changed >= since, ~is_other_news)
        connection.execute(unreported.values(changed=None))


def without_queued_hits(connection: Connection, article_ids: Collection[int]) -> set[int]:
    """Return the articles that no hit keeps in the queue."""
    queued = select(t.hit.c.article).where(_IS_FOR_QUEUE, is_one_of(t.hit.c.article, article_ids))
    return {*article_ids} - {*connection.scalars(queued)}


def leave_stories(connection: Connection, article_ids: Collection[int]) -> None:
    """Remove articles from their stories together with their findings; copies of them become originals."""
    connection.execute(update(t.hit).where(is_one_of(t.hit.c.article, article_ids)).values(filed=False))
    for table in (t.finding, t.article_words):
        connection.execute(delete(table).where(is_one_of(table.c.article, article_ids)))
    filings = connection.scalars(select(_filed.id).where(is_one_of(_filed.article, article_ids))).all()
    delete_with_dependents(connection, t.story_article, filings)
    for column in t.related.c["article", "neighbour"]:
        connection.execute(delete(t.related).where(is_one_of(column, article_ids)))
    is_copy = is_one_of(_filed.copy_of, article_ids)
    articles.index_filings(connection, is_copy)
    connection.execute(update(t.story_article).where(is_copy).values(copy_of=None))


def _delete_empty(connection: Connection, item_ids: Collection[int]) -> set[int]:
    """Delete the items without articles, and return them."""
    item = t.review_item.c
    is_empty = ~exists().where(_filed.story == item.story)
    rows = connection.execute(select(item.id, item.story).where(is_one_of(item.id, item_ids), is_empty)).all()
    delete_with_dependents(connection, t.story, [row.story for row in rows])
    return {row.id for row in rows}


def _refresh(connection: Connection, item: int, restate: Restate) -> None:
    """Update an item that has lost names or articles; a card that somebody has open becomes stale."""
    (loaded,) = items.by_number(connection, [item], items.Mentions.NONE)
    items.compare_and_set(connection, restate(loaded), loaded.version)
    refresh_item(connection, item)
