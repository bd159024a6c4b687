"""I/O: the database. Entries: the backlog, and how each trip down the line ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, exists, func, or_, select, true, update
from sqlalchemy.sql import ColumnElement

from monitor.errors import NotFound
from monitor.extract.outlet_profile import ARTICLES_READ, HEADLINES_READ, habits_of
from monitor.model import Article, Entry, FeedEntry, Outcome, OutletProfile, Result, TextFrom
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.line import rechecks
from monitor.store.line.feeds import feed_state, unclaimed
from monitor.store.sql import articles, items, versions
from monitor.store.types import bounded_key, shaped, storable


class SqlEntries(Queries):
    def waiting(self, now: datetime) -> Mapping[int, int]:
        """Feed number -> how many of its entries are pending, due, and nobody's."""
        ask = select(t.entry.c.feed, func.count()).where(_free(now)).group_by(t.entry.c.feed)
        return dict(self._rows(ask))

    def claim(self, feed: int, now: datetime, until: datetime, limit: int) -> Sequence[Entry]:
        """Pending entries of a feed that are due, newest first, and nobody else's before `until`."""
        entry = t.entry.c
        free = (
            select(entry.id)
            .where(entry.feed == feed, _free(now))
            .order_by(seen().desc(), entry.id)  # at one time: as the feed has them, newest first
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("free")
        )
        claim = update(t.entry).where(entry.id.in_(select(free.c.id))).values(claimed_until=until)
        with self._database.writing("claim entries") as connection:
            rows = connection.execute(claim.returning(*t.entry.c)).all()
            state = connection.execute(select(t.feed).where(t.feed.c.number == feed)).first()
        entries = [_entry(row, state) for row in rows]
        return sorted(entries, key=lambda e: (-articles.seen_at(e.item.published, e.first_seen).timestamp(), e.id))

    def save_result(self, result: Result) -> Result:
        with self._database.writing("save a result") as connection:
            mine = select(t.entry.c.article, t.entry.c.outcome).where(t.entry.c.id == result.entry.id)
            row = connection.execute(mine.with_for_update()).first()
            if row is None:
                raise NotFound(f"no entry {result.entry.id}")
            own = row.article if row.outcome != Outcome.DUPLICATE else None
            result, article = _with_article(connection, result, own)
            connection.execute(_ended(result, article or row.article))
            return result

    def knows_article(self, key: str, besides: int | None = None, title: str = "") -> bool:
        page = articles.current().where(t.article.c.key == bounded_key(key), t.article_version.c.text_from == "page")
        if besides is not None:
            page = page.where(t.article.c.id != besides)
        if title:
            page = page.where(t.article_version.c.title == storable(title))
        return bool(self._value(select(exists(page))))

    def habits(self, outlet: str, since: datetime) -> OutletProfile:
        """What the outlet's entries and articles first seen since then have in common."""
        entry, article, version = t.entry.c, t.article.c, t.article_version.c
        headlines = (
            select(entry.title)
            .join(t.feed, t.feed.c.number == entry.feed)
            .where(t.feed.c.outlet == outlet, entry.first_seen >= since)
            .order_by(entry.first_seen.desc())
            .limit(HEADLINES_READ)
        )
        texts = (
            select(version.text)
            .join(t.article, and_(version.article == article.id, version.version == article.version))
            .where(article.outlet == outlet, article.first_seen >= since, version.text_from == TextFrom.PAGE)
            .order_by(article.first_seen.desc())
            .limit(ARTICLES_READ)
        )
        with self._database.reading() as connection:
            return habits_of(connection.scalars(headlines), connection.scalars(texts))

    def retry(self, entries: Collection[int] = ()) -> int:
        """Make entries pending again whose page was given up (none named: all of them). Returns how many.

        Raises NotFound, and changes nothing, when one that is named was not given up.
        """
        entry = t.entry.c
        named = entry.id.in_(entries) if entries else true()
        again = {"outcome": Outcome.PENDING, "tries": 0, "due": None, "claimed_until": None}
        with self._database.writing("retry entries") as connection:
            known = connection.scalars(select(entry.id).where(named, _given_up())).all()
            if strange := set(entries) - set(known):
                raise NotFound(f"no page of an entry {min(strange)} was given up; `monitor retry` alone takes all")
            return connection.execute(update(t.entry).where(named, _given_up()).values(again)).rowcount

    def release(self) -> int:
        """Give back all claims, also on revisits. Only for the holder of the one run lock. Returns how many."""
        with self._database.writing("release claims") as connection:
            return sum(
                connection.execute(
                    update(table).where(table.c.claimed_until.is_not(None)).values(claimed_until=None)
                ).rowcount
                for table in (t.feed, t.entry, t.revisit)
            )


def _free(now: datetime) -> ColumnElement[bool]:
    entry = t.entry.c
    return and_(
        entry.outcome == Outcome.PENDING,
        or_(entry.due.is_(None), entry.due <= now),
        unclaimed(entry.claimed_until, now),
    )


def _given_up() -> ColumnElement[bool]:
    """That an entry's page did not come in all its tries; it may name someone by what its feed says."""
    entry, article, version = t.entry.c, t.article.c, t.article_version.c
    from_feed = exists().where(
        article.id == entry.article,
        version.article == article.id,
        version.version == article.version,
        version.text_from == TextFrom.FEED,
    )
    named = and_(entry.outcome.in_((Outcome.QUEUED, Outcome.POSSIBLE, Outcome.COUNTED)), entry.tries > 1, from_feed)
    return or_(entry.outcome.in_((Outcome.GIVEN_UP, Outcome.REFUSED)), named)


def seen() -> ColumnElement[Any]:
    """When it was published, but never later than we saw it: `articles.seen_at`, in SQL."""
    entry = t.entry.c
    return case((entry.published < entry.first_seen, entry.published), else_=entry.first_seen)


def _entry(row: Any, feed: Any) -> Entry:
    item = shaped(FeedEntry, row, precision=row.published_precision)
    return Entry(row.id, feed_state(feed), item, row.first_seen, row.tries, row.article, row.older)


def _with_article(connection: Connection, result: Result, own: int | None) -> tuple[Result, int | None]:
    """Stores what the result says of an article; returns the result as stored, and which article is the entry's."""
    if result.article is None:
        return result, None
    if own is None and (new := articles.add(connection, result.article, result.fingerprint, result.at)):
        return _with_hits(connection, result, new)
    known = articles.known(connection, result.article.key, own)
    if _is_anothers(result.article, known, own):
        return replace(result, outcome=Outcome.DUPLICATE, article=None, hits=(), due=None), known.id
    stored = articles.update_to(connection, known, result.article, result.fingerprint, result.at)
    return _with_hits(connection, result, stored)


def _with_hits(connection: Connection, result: Result, stored: Article) -> tuple[Result, int | None]:
    articles.replace_hits(connection, stored, result.hits, result.at)
    items.refresh_item_for(connection, stored.id)
    versions.keep(connection, stored)
    if stored.text_from is TextFrom.PAGE:
        rechecks.plan(connection, stored, result)
    return replace(result, article=stored), stored.id


def _is_anothers(article: Article, known: Any, own: int | None) -> bool:
    """Whether this article is there already and stays as it is. A page takes the place of a feed's text, never back."""
    if article.text_from is TextFrom.FEED and known.text_from == TextFrom.PAGE:
        return True
    upgrades = article.text_from is TextFrom.PAGE and known.text_from == TextFrom.FEED
    return known.id != own and not upgrades


def _ended(result: Result, article: int | None) -> Any:
    values = {
        "outcome": result.outcome,
        "detail": result.detail,
        "tries": result.entry.tries + result.asked,  # from the entry as it was claimed: saving twice counts once
        "due": result.due,
        "last_try": result.at,
        "claimed_until": None,
        "article": article,
    }
    return update(t.entry).where(t.entry.c.id == result.entry.id).values(values)
