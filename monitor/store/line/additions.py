"""I/O: the database. Articles that users put into the queue by hand: by an address, or out of the archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, select, update

from monitor.model import AddedLink, Addition, FeedEntry, Outcome, Result, TextFrom
from monitor.store import tables as t
from monitor.store.database import Queries, put, put_missing
from monitor.store.line.new_entries import entry_key
from monitor.store.sql import articles
from monitor.store.sql.item_columns import refresh_item_of_article
from monitor.store.types import bounded_key, row_of, shaped
from monitor.urls import article_key, origin_of_url, outlet_name, site_name, slice_of

_addition, _entry, _feed = t.addition.c, t.entry.c, t.feed.c
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


# Ended without an article: worth another try when somebody asks for it again.
_FAILED = frozenset(Outcome) - {Outcome.PENDING, Outcome.DUPLICATE}


class SqlAdditions(Queries):
    """The additions of users, and the entries of added links, which go down the line like any other."""

    def find_article(self, url: str) -> int | None:
        """Return the stored article of an address whose page was read, or None."""
        is_read = t.article_version.c.text_from == TextFrom.PAGE
        query = articles.current().with_only_columns(t.article.c.id)
        number: int | None = self._value(query.where(t.article.c.key == bounded_key(article_key(url)), is_read))
        return number

    def add_article(self, article: int, addition: Addition) -> None:
        """Record that somebody put a stored article into the queue."""
        with self._database.writing("add an article") as connection:
            _save(connection, addition, article=article)
            refresh_item_of_article(connection, article)

    def add_link(self, url: str, addition: Addition) -> int:
        """Record an added address and return its entry, which is pending unless its page was read before.

        The same address is one entry, however often and on however many machines it is added.
        """
        with self._database.writing("add a link") as connection:
            entry = _entry_of(connection, url, addition.at)
            _save(connection, addition, entry=entry.id)
            if entry.article is not None:
                _link(connection, entry.id, entry.article)
            return int(entry.id)

    def link(self, entry: int) -> AddedLink | None:
        """Return the state of an added link, or None for an entry that came from a feed."""
        query = select(t.entry).join(t.feed, _feed.number == _entry.feed).where(_entry.id == entry, _feed.by_hand)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
            return replace(shaped(AddedLink, row), detail=row.detail) if row else None  # a Message stays one

    def pending(self) -> Sequence[int]:
        """Return the entries of added links that wait for their page."""
        query = select(_entry.id).join(t.feed, _feed.number == _entry.feed)
        return self._column(query.where(_feed.by_hand, _entry.outcome == Outcome.PENDING).order_by(_entry.id))


def link_article(connection: Connection, result: Result, article: int | None) -> None:
    """Record the article that the page of an added link brought, or that was stored before."""
    if article is None and result.repeated_key:
        is_repeated = t.article.c.key == bounded_key(result.repeated_key)
        article = connection.scalar(select(t.article.c.id).where(is_repeated))
        connection.execute(update(t.entry).where(_entry.id == result.entry.id).values(article=article))
    if article is not None:
        _link(connection, result.entry.id, article)


def _link(connection: Connection, entry: int, article: int) -> None:
    """Point the additions of an entry to this article, unless its text was dropped with the old ones."""
    is_of_entry = and_(_addition.entry == entry, _addition.article.is_(None), has_text(article))
    connection.execute(update(t.addition).where(is_of_entry).values(article=article))
    refresh_item_of_article(connection, article)


def _save(connection: Connection, addition: Addition, **of: int) -> None:
    """Store an addition, unless its author has added the same before."""
    is_same = and_(*(t.addition.c[name] == value for name, value in of.items()), _addition.by == addition.by)
    if not connection.scalar(select(exists().where(is_same))):
        connection.execute(insert(t.addition).values(row_of(t.addition, addition, **of)))


def _entry_of(connection: Connection, url: str, now: datetime) -> Any:
    """Return the row of an added address, a new one if there is none; an entry that brought nothing is tried again."""
    feed, item = _site(connection, url), FeedEntry(url=url, guid=article_key(url))
    values = row_of(t.entry, item, feed=feed, key=entry_key(item), first_seen=now, slice=slice_of(origin_of_url(url)))
    put_missing(connection, t.entry, values)
    is_entry = and_(_entry.feed == feed, _entry.key == values["key"])
    row = connection.execute(select(t.entry).where(is_entry).with_for_update()).one()
    if row.article is None and Outcome(row.outcome) in _FAILED:
        reset = {"outcome": Outcome.PENDING, "detail": "", "tries": 0, "due": None, "claimed_until": None}
        connection.execute(update(t.entry).where(_entry.id == row.id).values(reset))
    return row


def _site(connection: Connection, url: str) -> int:
    """Return the number of the site of an added address, with the outlet of a feed of the same site if there is one."""
    site = site_name(url)
    row = {"id": f"by-hand:{site}", "url": "", "outlet": outlet_name(url), "listed": False, "by_hand": True}
    for feed in connection.execute(select(t.feed).where(_feed.listed).order_by(_feed.id)):
        if site_name(feed.url) == site:
            row |= {"outlet": feed.outlet, "country": feed.country, "proxy": feed.proxy}
            break
    put(connection, t.feed, "id", row)
    return int(connection.execute(select(_feed.number).where(_feed.id == row["id"])).scalar_one())
