"""I/O: the database. Protects names that the author of an addition may not know; for use inside a transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, true

from monitor.model import Candidate
from monitor.review.visibility import Viewer
from monitor.store import tables as t
from monitor.store.sql import items

_filed, _item, _addition = t.story_article.c, t.review_item.c, t.addition.c
# Added and not filed yet. A list of ids, since additions are few and articles many.
IS_ADDED = and_(
    _filed.article.is_(None), t.article.c.id.in_(select(_addition.article).where(_addition.article.is_not(None)))
)
FIRST_AUTHOR = (
    select(_addition.by)
    .where(_addition.article == t.article.c.id)
    .order_by(_addition.id)
    .limit(1)
    .correlate(t.article)
    .scalar_subquery()
)


def is_kept(hidden: Collection[int], since: datetime | None) -> ColumnElement[bool]:
    """Return the SQL condition that an article may be shown whole to somebody from whom these entities are hidden.

    It was first seen since a time (None: any), or names an entity that is not hidden. The texts of other articles are
    dropped in time, so a text that is still there would reveal a hidden name.
    """
    if since is None:
        return true()
    names_visible = exists().where(t.hit.c.article == t.article.c.id, t.hit.c.entity.not_in(hidden))
    return or_(t.article.c.first_seen >= since, names_visible.correlate(t.article))


def shown_to_everybody(connection: Connection, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return the candidates that are shown to people who may not know of sensitive names.

    An added article joins only these: else its item would reveal hidden items to its author.
    """
    of_stories = items.select_ids().where(_item.story.in_({candidate.story for candidate in candidates}))
    visible_items = reviewer(connection).all_visible(items.load(connection, of_stories, items.Mentions.FIRST))
    visible_articles = {article.id for item in visible_items for article in item.articles}
    return [candidate for candidate in candidates if candidate.id in visible_articles]


def reviewer(connection: Connection) -> Viewer:
    """Return the viewer who may not know of any sensitive name."""
    return Viewer.without(items.sensitive_entities(connection))
