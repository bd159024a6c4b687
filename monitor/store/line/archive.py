"""I/O: the database. The archive: stored articles, to be looked through once more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, case, exists, func, select, update

from monitor.model import ArchivedArticle, Confidence, Fingerprint, PendingRescan, RescanMatch
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.sql import articles, items, versions


class SqlArchive(Queries):
    """Stored articles, to be looked through once more."""

    def to_look_through(self) -> PendingRescan | None:
        """What the list gained since, and where looking for it stands; None: nothing is left."""
        change = t.watchlist_version.c
        ask = select(change.added, change.changed, change.to_look_through).where(change.to_look_through.is_not(None))
        rows = self._rows(ask)
        if not rows:
            return None
        gained = frozenset(entity for added, changed, _ in rows for entity in (*added, *changed))
        return PendingRescan(gained, max(up_to for *_, up_to in rows))

    def articles(self, up_to: int | None, since: datetime | None, limit: int) -> Sequence[ArchivedArticle]:
        """Articles numbered up to `up_to` (None: all), first seen since then, the newest first."""
        ask = articles.current().order_by(t.article.c.id.desc()).limit(limit)
        if up_to is not None:
            ask = ask.where(t.article.c.id <= up_to)
        if since is not None:
            ask = ask.where(t.article.c.first_seen >= since)
        with self._database.reading() as connection:
            rows = connection.execute(ask).all()
            found = _hits(connection, [row.id for row in rows])
        return [ArchivedArticle(articles.from_row(row), *found[row.id]) for row in rows]

    def begin_again(self, after: int) -> None:
        """Look once more for what later versions of the list brought: articles were stored meanwhile without it."""
        change = t.watchlist_version.c
        highest = select(func.max(t.article.c.id)).scalar_subquery()
        later = update(t.watchlist_version).where(change.version > after).values(to_look_through=highest)
        self._change("begin to look again", later)

    def save(self, finds: Sequence[RescanMatch], now: datetime, looked: PendingRescan | None = None) -> None:
        """Store the hits gained, so that they await filing, and how far the look back has come, in one transaction.

        `looked.up_to` is now the highest number that is still to be looked at; 0 ends it.
        """
        with self._database.writing("save finds") as connection:
            for find in finds:
                if find.gained:
                    _save(connection, find, now)
            if looked is not None:
                _looked(connection, looked.up_to)


def _save(connection: Connection, find: RescanMatch, now: datetime) -> None:
    """The hits gained, to be filed; an article that changed meanwhile was matched with the present list anyway."""
    number = find.article.id
    lock = select(t.article.c.version).where(t.article.c.id == number).with_for_update()
    if connection.scalar(lock) != find.article.version:
        return
    articles.put_hits(connection, find.article, find.gained, now)
    versions.keep(connection, find.article)
    entities = articles.entity_numbers(connection, {hit.entity for hit in find.gained}).values()
    gained = and_(t.hit.c.article == number, t.hit.c.entity.in_(entities))
    connection.execute(update(t.hit).where(gained).values(filed=False))
    items.refresh_item_for(connection, number)
    in_a_story = exists().where(t.story_article.c.article == number)
    to_be_filed = update(t.article).where(t.article.c.id == number, ~in_a_story).values(older=True)
    if find.fingerprint != Fingerprint():
        to_be_filed = to_be_filed.values(articles.sets_of(find.fingerprint))
    connection.execute(to_be_filed)


def _looked(connection: Connection, up_to: int) -> None:
    """Every change that was still looked for has been looked for down to here."""
    change = t.watchlist_version.c
    lower = case((change.to_look_through < up_to, change.to_look_through), else_=up_to)
    waiting = change.to_look_through.is_not(None)
    connection.execute(update(t.watchlist_version).where(waiting).values(to_look_through=lower if up_to > 0 else None))


_Hits = tuple[dict[str, tuple[Confidence, bool]], dict[str, str]]  # of an article; and in which words


def _hits(connection: Connection, numbers: Sequence[int]) -> Mapping[int, _Hits]:
    mention = t.mention.c
    words = select(mention.text).where(mention.hit == t.hit.c.id, mention.version == t.hit.c.version)
    first = words.order_by(mention.id).limit(1).scalar_subquery()
    ask = (
        select(t.hit.c.article, t.entity.c.id, t.hit.c.confidence, t.hit.c.alerts, first)
        .join_from(t.hit, t.article, articles.in_force())
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .where(t.hit.c.article.in_(numbers))
    )
    found: dict[int, _Hits] = defaultdict(lambda: ({}, {}))
    for article, entity, confidence, alerts, text in connection.execute(ask):
        found[article][0][entity], found[article][1][entity] = (Confidence(confidence), alerts), text or ""
    return found
