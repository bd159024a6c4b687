"""I/O: the database. Upkeep: old texts are dropped here; a clock set back, purge and checks are called from here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select, update

from monitor.model import Naming, Outcome, ReviewItem, State, Verdict
from monitor.ports import Rewrite
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.indexes import text_index
from monitor.store.ops.check import find_damage
from monitor.store.ops.clocks import go_on_from, is_behind
from monitor.store.ops.purge import purge
from monitor.store.sql import items
from monitor.store.sql.deletion import delete_with_dependents
from monitor.store.sql.unnamed import NO_FINGERPRINT


class SqlUpkeep(Queries):
    """Maintenance of a database that runs for years."""

    def drop_texts(self, before: datetime, now: datetime, limit: int) -> int:
        """Drop the texts of at most `limit` articles first seen before a time that name nobody; return their number.

        Their titles, URLs and hashes stay. Every article that ever had a hit stays whole, in all its versions.
        """
        article, entry = t.article.c, t.entry.c
        with self._database.reading() as connection:  # most runs find none and need no write lock
            candidates = select(article.id).where(_names_nobody(before)).order_by(article.first_seen, article.id)
            articles = connection.scalars(candidates.limit(limit)).all()
            entries = connection.scalars(select(entry.id).where(_ended_without_article(before)).limit(limit)).all()
        if not articles and not entries:
            return 0
        with self._database.writing("delete old texts") as connection:
            # Lock, then check again: a name may have been found in one of them since the reading.
            is_candidate = article.id.in_(articles)
            connection.execute(select(article.id).where(is_candidate).order_by(article.id).with_for_update()).all()
            dropped = connection.scalars(select(article.id).where(is_candidate, _names_nobody(before))).all()
            text_index.remove(connection, dropped)
            _drop_article_texts(connection, dropped, now)
            has_no_article = and_(entry.id.in_(entries), _ended_without_article(before))
            for condition in (has_no_article, entry.article.in_(dropped)):
                connection.execute(update(t.entry).where(condition).values(summary="", content=""))
            return len(dropped)

    def forget_additions(self, before: datetime) -> int:
        """Delete items added by hand before a time that name nobody and were set aside; return their number.

        Their decisions go with them, and the texts of their articles are dropped like others.
        """
        item, filed, addition = t.review_item.c, t.story_article.c, t.addition.c
        is_set_aside = exists().where(t.decision.c.item == item.id, t.decision.c.verdict == Verdict.NOT_RELEVANT)
        added = select(filed.story).where(filed.article == addition.article, addition.at < before)
        query = items.select_ids().where(item.story.in_(added), or_(item.state == State.EXPIRED, is_set_aside))
        with self._database.reading() as connection:  # most runs find none and need no write lock
            if connection.execute(query.limit(1)).first() is None:
                return 0
        with self._database.writing("forget additions") as connection:
            forgotten = [one for one in items.load(connection, query) if _is_forgotten(one, before)]
            articles = [article.id for one in forgotten for article in one.articles]
            connection.execute(delete(t.addition).where(addition.article.in_(articles)))
            connection.execute(delete(t.article_words).where(t.article_words.c.article.in_(articles)))
            delete_with_dependents(connection, t.story, [one.story for one in forgotten])
            return len(forgotten)

    def is_clock_behind(self, now: datetime) -> bool:
        """Return whether `now` is before a run or message: this clock is wrong, or an earlier one was."""
        return self._read(is_behind, now)

    def go_on_from(self, now: datetime) -> None:
        """Let nothing wait for a time of a clock that ran ahead, and messages go on from now."""
        with self._database.writing("go on after a wrong clock") as connection:
            go_on_from(connection, now)

    def purge(
        self, entity: str, naming: Naming, rewrite: Rewrite, *, apply: bool, kept_articles: Collection[int] = ()
    ) -> Mapping[str, int]:
        """Remove an entity from everything and overwrite the deleted data; return the number of deleted rows by table.

        Without `apply` nothing is changed. Mailings that are not sent yet are rendered again with `rewrite`.
        `kept_articles`: articles that stay, as those about a name of the other watch.
        """
        return purge(self._database, entity, naming, rewrite, apply=apply, kept_articles=kept_articles)

    def check(self) -> Sequence[str]:
        """Return what is damaged in the database, one sentence each, without watched names (`doctor --deep`)."""
        with self._database.reading() as connection:
            return tuple(find_damage(connection))


# ---- texts ----------------------------------------------------------------------------------------------------------


def _names_nobody(before: datetime) -> ColumnElement[bool]:
    """Return the condition that an old article has a text but never had a hit, and that its page is not to be fetched.

    In this order of conditions SQLite takes 50 ms for 100,000 articles, nearly all of them dropped.
    """
    article, version, entry = t.article.c, t.article_version.c, t.entry.c
    return and_(
        article.first_seen < before,
        exists().where(version.article == article.id, version.dropped.is_(None)),
        ~exists().where(t.hit.c.article == article.id),
        ~exists().where(t.story_article.c.article == article.id),
        ~exists().where(entry.article == article.id, entry.outcome == Outcome.PENDING),
    )


def _is_forgotten(item: ReviewItem, before: datetime) -> bool:
    """Return True for an item about nobody that was set aside and whose additions are all older than a time."""
    if item.hits:
        return False
    is_set_aside = item.state is State.EXPIRED or item.verdict is Verdict.NOT_RELEVANT
    times = [addition.at for article in item.articles for addition in article.additions]
    return is_set_aside and max(times) < before


def _ended_without_article(before: datetime) -> ColumnElement[bool]:
    """Return the condition that an old entry ended without an article and still has the text of its feed."""
    entry = t.entry.c
    has_text = or_(entry.summary != "", entry.content != "")
    return and_(entry.article.is_(None), entry.outcome != Outcome.PENDING, entry.first_seen < before, has_text)


def _drop_article_texts(connection: Connection, articles: Sequence[int], now: datetime) -> None:
    version = t.article_version.c
    texts = update(t.article_version).where(version.article.in_(articles), version.dropped.is_(None))
    connection.execute(texts.values(text="", zones=[], dropped=now))
    fingerprints = update(t.article).where(t.article.c.id.in_(articles))
    connection.execute(fingerprints.values(NO_FINGERPRINT))
