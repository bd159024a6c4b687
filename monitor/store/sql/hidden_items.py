"""I/O: the database. An added article leaves an item that is hidden from some people; for use in a transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from monitor.model import Change, Fingerprint, Message, Placement, Regroup, Regrouping, ReviewItem, State
from monitor.review.reopen import reopen_for_article
from monitor.store import tables as t
from monitor.store.database import lock_stories
from monitor.store.sql import articles, candidates, items, regrouping
from monitor.store.sql.additions import reviewer
from monitor.store.sql.deletion import delete_with_dependents
from monitor.store.sql.item_columns import refresh_item
from monitor.store.sql.related import add_related, filing_row
from monitor.store.sql.similar import place_as_added

_filed, _item = t.story_article.c, t.review_item.c


def move_from_hidden_item(connection: Connection, article: int, author: str, now: datetime) -> None:
    """Move a filed article to the place of an added one, unless everybody sees it in its present item.

    The number, history and filing time of the present item would reveal that only a sensitive name queued it.
    """
    lock_stories(connection)
    of_article = _item.story == select(_filed.story).where(_filed.article == article).scalar_subquery()
    for item in items.load(connection, items.select_ids().where(of_article), items.Mentions.FIRST):
        visible = reviewer(connection).visible(item)
        if visible is None or article not in {shown.id for shown in visible.articles}:
            _move(connection, item, article, place_as_added(connection, article), author=author, now=now)


def _move(
    connection: Connection, item: ReviewItem, article: int, placement: Placement, *, author: str, now: datetime
) -> None:
    filed_at = items.filing_time(connection, now)
    number = None if placement.story is None else _reopen_item(connection, placement.story, author, filed_at)
    if number == item.id:
        connection.execute(update(t.story_article).where(_filed.copy_of == article).values(copy_of=None))
    else:
        is_emptied = len(item.articles) == 1
        # No author: `review.visibility` shows such a move only to those who may know of every name.
        kind = Regroup.MERGE if is_emptied else Regroup.SPLIT
        move = Regrouping(kind, number or 0, item.id, (article,), now, by="")
        number = regrouping.move_articles(connection, move)
        values = {"version": item.version + 1} | ({"state": State.MERGED, "until": None} if is_emptied else {})
        connection.execute(update(t.review_item).where(_item.id == item.id).values(values))
    _file_again(connection, article, placement, filed_at)
    for refreshed in {number, item.id}:
        refresh_item(connection, refreshed)


def _file_again(connection: Connection, article: int, placement: Placement, filed_at: datetime) -> None:
    """Give a filed article the row that it would have if it were filed now.

    The row has the present version. If the page is gone, the next filing finds that out.
    """
    filing, story = connection.execute(select(*_filed["id", "story"]).where(_filed.article == article)).one()
    stored = connection.execute(select(t.article).where(t.article.c.id == article)).one()
    is_gone = and_(t.finding.c.article == article, t.finding.c.kind == Change.GONE)
    connection.execute(delete(t.finding).where(is_gone))
    # A new row: the articles of an item stand in the order of their rows.
    delete_with_dependents(connection, t.story_article, [filing])
    state = {"article": article, "filed": filed_at, "version": stored.version, "outdated": stored.gone is not None}
    row = filing_row(placement, **state, story=story)
    new_filing = connection.execute(insert(t.story_article).values(row).returning(_filed.id)).scalar_one()
    fingerprint = Fingerprint(*(getattr(stored, name) for name in articles.FINGERPRINT_COLUMNS))
    candidates.put_hashes(connection, new_filing, fingerprint)
    is_of_article = or_(t.related.c.article == article, t.related.c.neighbour == article)
    connection.execute(delete(t.related).where(is_of_article))
    add_related(connection, article, placement.related)


def _reopen_item(connection: Connection, story: int, author: str, at: datetime) -> int | None:
    """Reopen the item of a story for an added article, as filing does; return its number."""
    of_story = items.select_ids().where(_item.story == story)
    connection.execute(of_story.with_for_update())
    for item in items.load(connection, of_story, items.Mentions.NONE):
        why = Message("an article that {} added by hand", author)
        reopened = reopen_for_article(item, now=at, why=why, report_again=True)
        items.compare_and_set(connection, reopened, item.version)
        return item.id
    return None
