"""I/O: the database. What an added article may tell of names that its author may not know; for use in a transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select, true, update

from monitor.cluster.policy import NEW_STORY_REASON
from monitor.model import Candidate, Change, Regroup, Regrouping, ReviewItem, State
from monitor.review.visibility import Viewer
from monitor.store import tables as t
from monitor.store.database import lock_stories
from monitor.store.sql import items, regrouping

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
    dropped in time, so that one that is still there would tell of a hidden name.
    """
    if since is None:
        return true()
    names_visible = exists().where(t.hit.c.article == t.article.c.id, t.hit.c.entity.not_in(hidden))
    return or_(t.article.c.first_seen >= since, names_visible.correlate(t.article))


def shown_to_everybody(connection: Connection, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return the candidates that are shown to people who may not know of sensitive names.

    An added article joins only these: else its item would tell its author of items that are hidden from them.
    """
    of_stories = items.select_ids().where(_item.story.in_({candidate.story for candidate in candidates}))
    visible_items = _viewer(connection).all_visible(items.load(connection, of_stories, whole=False))
    visible_articles = {article.id for item in visible_items for article in item.articles}
    return [candidate for candidate in candidates if candidate.id in visible_articles]


def give_own_item(connection: Connection, article: int, now: datetime) -> None:
    """Move a filed article into a new item unless everybody is shown it in its present one.

    The number, the history and the time of filing of the present one would tell that only a sensitive name queued it.
    """
    lock_stories(connection)
    of_article = _item.story == select(_filed.story).where(_filed.article == article).scalar_subquery()
    for item in items.load(connection, items.select_ids().where(of_article), whole=False):
        visible = _viewer(connection).visible(item)
        if visible is None or article not in {shown.id for shown in visible.articles}:
            _move(connection, item, article, now)


def _move(connection: Connection, item: ReviewItem, article: int, now: datetime) -> None:
    is_emptied = len(item.articles) == 1
    # No author: `review.visibility` shows such a move only to those who may know of every name.
    move = Regrouping(Regroup.MERGE if is_emptied else Regroup.SPLIT, 0, item.id, (article,), now, by="")
    new_item = regrouping.move_articles(connection, move)
    values = {"version": item.version + 1} | ({"state": State.MERGED, "until": None} if is_emptied else {})
    connection.execute(update(t.review_item).where(_item.id == item.id).values(values))
    # As if it were filed just now: with its present text, and if it is gone, the next filing finds that out.
    of_article = select(t.article.c["version", "gone"]).where(t.article.c.id == article)
    version, gone = connection.execute(of_article).one()
    is_gone = and_(t.finding.c.article == article, t.finding.c.kind == Change.GONE)
    connection.execute(delete(t.finding).where(is_gone))
    state = {"version": version, "outdated": gone is not None, "changed": None, "copy_of": None}
    filing = update(t.story_article).where(_filed.article == article)
    filed_at = items.filing_time(connection, now)
    connection.execute(filing.values(state | {"filed": filed_at, "why": NEW_STORY_REASON}))
    for number in (new_item, item.id):
        items.refresh_item(connection, _item.id == number, whole=False)


def _viewer(connection: Connection) -> Viewer:
    return Viewer.without(items.sensitive_entities(connection))
