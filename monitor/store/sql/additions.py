"""I/O: the database. Conditions on articles that users add by hand; for use inside a transaction."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, select

from monitor.store import tables as t

_addition = t.addition.c
# Added and not filed yet. A list of ids, since additions are few and articles many.
IS_ADDED = and_(
    t.story_article.c.article.is_(None),
    t.article.c.id.in_(select(_addition.article).where(_addition.article.is_not(None))),
)
FIRST_AUTHOR = (
    select(_addition.by)
    .where(_addition.article == t.article.c.id)
    .order_by(_addition.id)
    .limit(1)
    .correlate(t.article)
    .scalar_subquery()
)


def has_text(article: int) -> ColumnElement[bool]:
    """Return the SQL condition that the text of an article is kept: it was not dropped with the old ones."""
    version = t.article_version.c
    return exists().where(version.article == article, version.dropped.is_(None))
