"""I/O: the database. Filings by the rules before November 2026, which are made again; for use inside a transaction.

Those rules put unrelated events into one item. `story_article.old_rules` marks what they filed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from monitor.model import Candidate, Placement, State
from monitor.store import tables as t
from monitor.store.indexes import candidates
from monitor.store.sql import regrouping
from monitor.store.sql.item_columns import refresh_item_of_story
from monitor.store.sql.related import add_related, filing_row
from monitor.store.sql.similar import Before

_filed, _item, _alerted = t.story_article.c, t.review_item.c, t.alerted_name.c


_ADDITIONS = select(t.addition.c.id).join(t.story_article, _filed.article == t.addition.c.article)
# A person has worked on an item: it keeps its articles.
_IS_TOUCHED = or_(
    _item.state.not_in((State.OPEN, State.EXPIRED)),
    exists().where(t.decision.c.item == _item.id),
    exists().where(or_(t.regrouping.c.item == _item.id, t.regrouping.c.other == _item.id)),
    _ADDITIONS.where(_filed.story == _item.story).correlate(t.review_item).exists(),
)
_MARKED = select(_filed.article).join(t.review_item, _item.story == _filed.story).where(_filed.old_rules)
TO_FILE_AGAIN = _MARKED.where(~_IS_TOUCHED).order_by(_filed.id)
_TOUCHED_ITEMS = select(func.count(_item.id.distinct())).join_from(
    t.story_article, t.review_item, _item.story == _filed.story
)
_HAS_MARKS = select(exists().where(_filed.old_rules, _filed.story == bindparam("story")))
MIXED_ITEMS = _TOUCHED_ITEMS.where(_filed.old_rules, _IS_TOUCHED)


def own_filing(connection: Connection, article: int) -> Before:
    """Return the filing of an article as the bound of those it is compared with."""
    return Before(*connection.execute(select(*_filed["id", "filed"]).where(_filed.article == article)).one())


def joinable_stories(connection: Connection, story: int | None, other_stories: Collection[int]) -> set[int]:
    """Return the stories among others that an article of this story may join: untouched, and in the same state."""
    state = select(_item.state).where(_item.story == story).scalar_subquery()
    query = select(_item.story).where(_item.story.in_(other_stories), _item.state == state, ~_IS_TOUCHED)
    return {*connection.scalars(query)}


def move(connection: Connection, article: Candidate, placement: Placement) -> bool:
    """File an article again: with its copies it stays, joins another story or opens an item.

    Return False, and change nothing, if people worked on one of the items meanwhile. Everything that a mail goes by
    stays: when the article was first seen and filed, and which of its names were alerted.
    """
    row = connection.execute(select(t.story_article).where(_filed.article == article.id)).first()
    if row is None or not row.old_rules:
        return False
    stories = {row.story, placement.story or row.story}
    # Lock before reading: people may decide on one of the items at this moment.
    connection.execute(select(_item.id).where(_item.story.in_(stories)).order_by(_item.id).with_for_update())
    if joinable_stories(connection, row.story, stories) != stories or not _is_tied(connection, placement):
        return False
    story = placement.story or _open_story(connection, row.story, article.id)
    if story != row.story:
        _move_to_story(connection, _with_copies(connection, article.id), row.story, story)
    # The places of its own sentences are those in the version that its item has taken in.
    if row.version != article.version:
        placement = replace(placement, own_sentences=())
    values = filing_row(placement, old_rules=False)
    connection.execute(update(t.story_article).where(_filed.id == row.id).values(values))
    connection.execute(delete(t.candidate_hash).where(t.candidate_hash.c.filing == row.id))
    candidates.add_hashes(connection, row.id, article.fingerprint, text=placement.copy_of is None)
    connection.execute(delete(t.related).where(t.related.c.article == article.id))
    add_related(connection, article.id, placement.related)
    for changed_story in sorted({row.story, story}):
        refresh_item_of_story(connection, changed_story)
    return True


def has_marks(connection: Connection, story: int) -> bool:
    """Return whether a story has filings by the older rules."""
    return bool(connection.scalar(_HAS_MARKS, {"story": story}))


def clear_marks(connection: Connection, item: int) -> None:
    """Take the filings of an item for right: a person judged or split it."""
    story = select(_item.story).where(_item.id == item).scalar_subquery()
    connection.execute(update(t.story_article).where(_filed.old_rules, _filed.story == story).values(old_rules=False))


def _is_tied(connection: Connection, placement: Placement) -> bool:
    """Return whether the article that a placement goes by still stands in its story."""
    source = placement.copy_of or placement.similar_article
    return source is None or placement.story == connection.scalar(select(_filed.story).where(_filed.article == source))


def _open_story(connection: Connection, old_story: int, article: int) -> int:
    first_seen = connection.execute(select(t.article.c.first_seen).where(t.article.c.id == article)).scalar_one()
    state = connection.execute(select(_item.state).where(_item.story == old_story)).scalar_one()
    return regrouping.new_story(connection, first_seen, State(state))


def _with_copies(connection: Connection, article: int) -> set[int]:
    """Return an article, its copies and theirs: a copy stands in the story of its source."""
    family, pending = {article}, {article}
    while pending:
        pending = {*connection.scalars(select(_filed.article).where(_filed.copy_of.in_(pending)))} - family
        family |= pending
    return family


def _move_to_story(connection: Connection, moved_articles: Collection[int], old_story: int, story: int) -> None:
    is_moved = and_(_filed.article.in_(moved_articles), _filed.story == old_story)
    connection.execute(update(t.story_article).where(is_moved).values(story=story))
    # Whoever has one of the cards open must look again before deciding.
    is_changed = _item.story.in_((old_story, story))
    connection.execute(update(t.review_item).where(is_changed).values(version=_item.version + 1))
    _copy_alerted_names(connection, moved_articles, old_story, story)


def _copy_alerted_names(connection: Connection, moved_articles: Collection[int], old_story: int, story: int) -> None:
    """Record for the item that got the articles which of their names were alerted while they were in the other one."""
    number = connection.execute(select(_item.id).where(_item.story == story)).scalar_one()
    same = t.alerted_name.alias()
    is_named: Any = (
        exists()
        .where(t.hit.c.article == _filed.article, t.hit.c.entity == _alerted.entity)
        .where(_filed.article.in_(moved_articles), _filed.filed <= t.mailing.c.made)
        .correlate(t.alerted_name, t.mailing)
    )
    rows = (
        select(_alerted.mailing, literal(number), *_alerted["entity", "outlet", "filed", "due"])
        .join(t.mailing, t.mailing.c.id == _alerted.mailing)
        .join(t.review_item, _item.id == _alerted.item)
        .where(_item.story == old_story, is_named)
        .where(
            ~exists()
            .where(same.c.item == number, same.c.mailing == _alerted.mailing)
            .where(same.c.entity == _alerted.entity, same.c.outlet == _alerted.outlet)
            .correlate(t.alerted_name)
        )
        .order_by(_alerted.id)
    )
    columns = ["mailing", "item", "entity", "outlet", "filed", "due"]
    connection.execute(insert(t.alerted_name).from_select(columns, rows))
