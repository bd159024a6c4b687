"""I/O: the database. Items merged and split by people: articles move between stories; for use inside a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, exists, func, insert, or_, select, update

from monitor.groups import group_values
from monitor.model import Regrouping, State
from monitor.store import tables as t
from monitor.store.sql import articles
from monitor.store.types import row_of, shaped

_REGROUPINGS_OF_ITEMS = (
    select(t.regrouping)
    .where(or_(*(c.in_(bindparam("items", expanding=True)) for c in t.regrouping.c["item", "other"])))
    .order_by(t.regrouping.c.id)
)
_STORY_INSERTION, _ITEM_INSERTION = insert(t.story).returning(t.story.c.id), insert(t.review_item)
_LATER_REGROUPING = t.regrouping.alias("later").c
# Items merged into these by their last regrouping: an earlier merge may have been undone since.
_MERGED_ITEMS = (
    select(t.regrouping.c.item, t.regrouping.c.other)
    .join(t.review_item, t.review_item.c.id == t.regrouping.c.other)
    .where(t.regrouping.c.item.in_(bindparam("items", expanding=True)), t.review_item.c.state == State.MERGED)
    .where(~exists().where(_LATER_REGROUPING.other == t.regrouping.c.other, _LATER_REGROUPING.id > t.regrouping.c.id))
)


def of_items(connection: Connection, item_ids: Sequence[int]) -> Mapping[int, Sequence[Regrouping]]:
    """Return the regroupings into and out of each item, in the order they were made."""
    rows = connection.execute(_REGROUPINGS_OF_ITEMS, {"items": item_ids})
    return group_values((item, shaped(Regrouping, row)) for row in rows for item in (row.item, row.other))


def merged_into(connection: Connection, item_ids: Sequence[int]) -> Mapping[int, int]:
    """Return all items merged into these, directly or through others, each with the item that has its articles now."""
    into: dict[int, int] = {}
    pending = set(item_ids)
    while pending:
        rows = connection.execute(_MERGED_ITEMS, {"items": list(pending)}).all()
        pending = {row.other for row in rows} - into.keys()
        into |= {row.other: row.item for row in rows}
    return {item: _follow_merges(item, into) for item in into}


def final_item(connection: Connection, item: int) -> int:
    """Return the item that has the articles of this one now: itself, unless it was merged."""
    state = t.review_item.c.state
    while connection.scalar(select(state).where(t.review_item.c.id == item)) == State.MERGED:
        involves_item = or_(t.regrouping.c.item == item, t.regrouping.c.other == item)
        target = select(t.regrouping.c.item).where(involves_item).order_by(t.regrouping.c.id.desc()).limit(1)
        item = connection.execute(target).scalar_one()
    return item


def final_items(connection: Connection, items: Select[Any]) -> set[int]:
    """Return the items that have the articles of the selected ones now."""
    is_selected = t.review_item.c.id.in_(items)
    rows = connection.execute(select(t.review_item.c.id, t.review_item.c.state).where(is_selected)).all()
    return {final_item(connection, row.id) if row.state == State.MERGED else row.id for row in rows}


def _follow_merges(item: int, into: Mapping[int, int]) -> int:
    while item in into:
        item = into[item]
    return item


def last_effective(connection: Connection, by: str, item: int | None) -> Regrouping | None:
    """Return the last regrouping that was not undone, by this user (empty: anybody) and of this item (None: any)."""
    regrouping, undo = t.regrouping.c, t.regrouping.alias().c
    query = select(t.regrouping).where(regrouping.undoes.is_(None), ~exists().where(undo.undoes == regrouping.id))
    if by:
        query = query.where(regrouping.by == by)
    if item is not None:
        query = query.where(or_(regrouping.item == item, regrouping.other == item))
    row = connection.execute(query.order_by(regrouping.id.desc()).limit(1)).first()
    return shaped(Regrouping, row) if row else None


def move_articles(connection: Connection, regrouping: Regrouping) -> int:
    """Move the articles into the story of their item, a new one if none is given, and return the item's id."""
    filed = t.story_article.c
    item_id, story = _receiving_item(connection, regrouping)
    in_moved_articles = filed.article.in_(regrouping.articles)
    connection.execute(update(t.story_article).where(in_moved_articles).values(story=story))
    row = row_of(t.regrouping, regrouping, item=item_id, copies=_unlink_separated_copies(connection, story))
    if regrouping.undoes is not None:
        _relink_copies(connection, regrouping.undoes)
    connection.execute(insert(t.regrouping).values(row))
    # A copy that adds nothing is indexed by its source's text; separated from the source it needs all its own hashes.
    articles.index_filings(connection, in_moved_articles)
    return item_id


def new_story(connection: Connection, first_seen: datetime, state: State = State.OPEN) -> int:
    """Create a story with its item, and return the story."""
    story: int = connection.execute(_STORY_INSERTION, {"first_seen": first_seen}).scalar_one()
    connection.execute(_ITEM_INSERTION, {"story": story, "state": state, "first_seen": first_seen})
    return story


def _receiving_item(connection: Connection, regrouping: Regrouping) -> tuple[int, int]:
    """Return the item, and its story, into which the articles move, a new one if none is given."""
    item, is_item = t.review_item.c, t.review_item.c.id == regrouping.item
    if not regrouping.item:
        first_seen = select(func.min(t.article.c.first_seen)).where(t.article.c.id.in_(regrouping.articles))
        is_item = item.story == new_story(connection, connection.execute(first_seen).scalar_one())
    number, story = connection.execute(select(item.id, item.story).where(is_item)).one()
    return number, story


def _unlink_separated_copies(connection: Connection, story: int) -> list[list[int]]:
    """Unlink copies from sources that are now in another story, and return the pairs (copy, source).

    An article counts as a copy only within its story.
    """
    copy, source = t.story_article.c, t.story_article.alias("source")
    separated_pairs = (
        select(copy.article, copy.copy_of)
        .join(source, source.c.article == copy.copy_of)
        .where(copy.story != source.c.story, or_(copy.story == story, source.c.story == story))
        .order_by(copy.article)
    )
    rows = connection.execute(separated_pairs).all()
    is_separated_copy = copy.article.in_([row.article for row in rows])
    connection.execute(update(t.story_article).where(is_separated_copy).values(copy_of=None))
    return [[row.article, row.copy_of] for row in rows]


def _relink_copies(connection: Connection, undone_regrouping: int) -> None:
    """Link the copies that the undone regrouping unlinked, where copy and source are in one story again."""
    copies = connection.scalar(select(t.regrouping.c.copies).where(t.regrouping.c.id == undone_regrouping)) or []
    stories = dict(
        connection.execute(
            select(t.story_article.c.article, t.story_article.c.story).where(
                t.story_article.c.article.in_([article for pair in copies for article in pair])
            )
        ).all()
    )
    for article, source in copies:
        if stories.get(article) == stories.get(source):
            is_copy = t.story_article.c.article == article
            connection.execute(update(t.story_article).where(is_copy).values(copy_of=source))
