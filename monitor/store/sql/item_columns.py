"""I/O: the database. Columns that repeat what an item's hits, articles and decisions say; for use inside a transaction.

Lists find and order items by them. The database computes them, so that filing need not load an item for each article.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, exists, func, or_, select, update

from monitor.model import Confidence
from monitor.store import tables as t
from monitor.store.sql import items
from monitor.store.sql.item_articles import IS_HIT_OF_ITEM

_item, _filed, _hit = t.review_item.c, t.story_article.c, t.hit.c


def refresh_item(connection: Connection, item: int) -> None:
    """Refresh the columns of an item. A name that came or went may reopen a question on it, or answer it."""
    _refresh(connection, _ITEM_LOCK, item)


def refresh_item_of_story(connection: Connection, story: int) -> None:
    """Refresh the columns of the item of a story."""
    _refresh(connection, _ITEM_OF_STORY_LOCK, story)


def refresh_item_of_article(connection: Connection, article: int) -> None:
    """Refresh the item of an article whose hits have changed: it may have become strong or possible."""
    story_query, story = select(_filed.story).where(_filed.article == article), None
    # People may move the article to another story while we wait for the lock of its item: then refresh that one, too.
    while (current_story := connection.scalar(story_query)) not in (None, story):
        story = current_story
        refresh_item_of_story(connection, story)


def _refresh(connection: Connection, lock: Select[Any], number: int) -> None:
    # Lock before reading: two transactions may change the story of one item.
    for item in connection.scalars(lock, {"wanted": number}).all():
        verdict = None
        if connection.scalar(_HAS_DECISIONS, {"item": item}):
            (loaded,) = items.by_number(connection, [item], items.Mentions.NONE)
            verdict = loaded.verdict
        connection.execute(_REFRESH, {"item": item, "verdict": verdict})


def _has_strong_name() -> ColumnElement[bool]:
    """Return the SQL condition of `ReviewItem.confidence`: the item has a name that is strong and alerts.

    As in `ItemHit`, the hits of a name count in current texts or, if no text names it any more, in the last that did.
    """
    is_current, is_strong = _hit.version == t.article.c.version, _hit.confidence == Confidence.STRONG

    def has(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return func.count(case((and_(*conditions), 1))) > 0

    is_strong_and_alerts = or_(
        and_(has(is_current, is_strong), has(is_current, _hit.alerts)),
        and_(~has(is_current), has(is_strong), has(_hit.alerts)),
    )
    hits = (
        select(func.count())
        .join(t.article, t.article.c.id == _hit.article)
        .join(t.story_article, _filed.article == _hit.article)
        .where(_IS_OF_ITEM, IS_HIT_OF_ITEM)
    )
    # + 0: PostgreSQL without statistics would else read all hits of the archive in the order of an index of names.
    return hits.group_by(_hit.entity + 0).having(is_strong_and_alerts).correlate(t.review_item).exists()


# Built once: building a statement takes longer than SQLite takes to answer it.
_ITEM_LOCK = select(_item.id).where(_item.id == bindparam("wanted")).with_for_update()
_ITEM_OF_STORY_LOCK = select(_item.id).where(_item.story == bindparam("wanted")).with_for_update()
# Decisions of its own or, after a merge, of the items that were merged into it.
_HAS_DECISIONS = select(
    or_(*(exists().where(table.c.item == bindparam("item")) for table in (t.decision, t.regrouping)))
)
_IS_OF_ITEM = _filed.story == _item.story
_IS_ADDED = exists().where(_IS_OF_ITEM, t.addition.c.article == _filed.article).correlate(t.review_item)
_LATEST = select(func.max(_filed.filed)).where(_IS_OF_ITEM).scalar_subquery()
_REFRESH = (
    update(t.review_item)
    .where(_item.id == bindparam("item"))
    .values(latest=_LATEST, clear=or_(_IS_ADDED, _has_strong_name()))
)
