"""I/O: the database. Upkeep: old texts are dropped, a clock that was set back is noticed, damage is looked for.

What damage is not looked for is prevented where it is written: by constraints, and by transactions that write all of it
or nothing. After a clock was set back nothing waits for a time of it any longer, and messages go on from now. Feeds,
articles, hits, items and decisions keep the times they were stored with.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)

from monitor.groups import group_values
from monitor.model import Naming, Outcome, ReviewItem, State, Verdict
from monitor.ports import Remaking
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.indexes import text_index
from monitor.store.line.feeds import CLAIMED
from monitor.store.ops.purge import NO_ENTITY, purge_name
from monitor.store.sql import items
from monitor.store.sql.deletion import delete_with_dependents
from monitor.store.sql.unnamed import NO_FINGERPRINT

_AT_ONCE = 100  # rows in memory
_version, _body, _article = t.article_version.c, t.raw_body.c, t.article.c

_BODIES_MISSING = """
    SELECT article, version FROM article_version WHERE CAST(headers AS text) <> '{}'
    AND body_sha256 NOT IN (SELECT sha256 FROM raw_body) AND article IN (SELECT article FROM hit)
    ORDER BY article, version
"""
_NO_BYTES = "someone is named in the article, but the page's bytes are not there"


def find_damage(connection: Connection) -> Iterator[str]:
    """Yield what is damaged; of a damaged file only that, which may cause all else."""
    in_file = tuple(_damage_of_file(connection))
    yield from in_file
    if not in_file:
        yield from _changed_texts(connection)
        yield from _changed_pages(connection)
        for article, version in connection.exec_driver_sql(_BODIES_MISSING):
            yield f"article {article}, version {version}: {_NO_BYTES}"


def _damage_of_file(connection: Connection) -> Iterator[str]:
    """Yield what SQLite finds wrong with its file and its foreign keys; PostgreSQL enforces these itself."""
    if connection.dialect.name != "sqlite":
        return
    for (message,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if message != "ok":
            yield f"the file is damaged: {message}"
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"{table} {'of no number' if row is None else row}: the {parent} it belongs to is not there"


def _changed_texts(connection: Connection) -> Iterator[str]:
    query = select(*_version["article", "version", "text", "sha256"]).where(_version.dropped.is_(None))
    query = query.order_by(_version.article, _version.version).execution_options(yield_per=_AT_ONCE)
    for article, version, text, digest in connection.execute(query):
        if sha256(text.encode()).hexdigest() != digest:
            yield f"article {article}, version {version}: the stored text does not have the hash it was stored with"


def _changed_pages(connection: Connection) -> Iterator[str]:
    # Unpacked here, so that one that cannot be unpacked hides no other.
    columns = _body.sha256, type_coerce(_body.body, LargeBinary)
    of_pages = select(_version.article, *columns).join(t.raw_body, _body.sha256 == _version.body_sha256)
    of_answers = select(_article.id, *columns).join(t.raw_body, _body.sha256 == _article.gone_body_sha256)
    query = union_all(of_pages, of_answers).order_by("article").execution_options(yield_per=_AT_ONCE)
    for article, digest, packed in connection.execute(query):
        if _hash_of_packed(packed) != digest:
            yield f"article {article}: the bytes of its page do not have the hash they were stored with"


def _hash_of_packed(packed: bytes) -> str:
    try:
        return sha256(zlib.decompress(packed)).hexdigest()
    except zlib.error:
        return ""


LONGEST_WAIT = timedelta(days=8)  # feeds that are gone and late rechecks wait for a week
NEWEST_RUNS = 1_000
_TICK = timedelta(microseconds=1)  # the precision of stored times
_WAITS = (t.feed.c.next_due, t.entry.c.due, t.revisit.c.due, t.host_state.c.rest_until, t.host_state.c.last_request)
# Messages choose their news and troubles by these times; the last repeats the first.
_REPORTED_BY = (
    *(t.story_article.c.filed, t.story_article.c.changed, t.finding.c.found, t.run.c.started, t.run.c.ended),
    t.review_item.c.latest,
)


def _end_windows(connection: Connection, now: datetime) -> datetime:
    """Let the windows of messages end now, in their order; return the end of the last."""
    mailing = t.mailing.c
    rows = connection.execute(select(t.mailing).where(mailing.until > now).order_by(mailing.until.desc())).all()
    series = group_values(((row.audience, row.kind), row) for row in rows)
    end = now + len(rows) * _TICK  # a tick apart, because begins and ends are unique
    for windows in series.values():
        for n, row in enumerate(windows):
            window = {"since": min(row.since, end - (n + 1) * _TICK), "until": end - n * _TICK}
            connection.execute(update(t.mailing).where(mailing.id == row.id).values(window))
    return end


class _DryRun(Exception):
    """Raised to roll back a purge that should only count."""


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
        """Return whether this clock is wrong, or an earlier one was.

        A run, a message or a filing is later than `now` then, or a feed waits longer than any is told to.
        """
        newest = t.run.c.id > select(func.max(t.run.c.id) - NEWEST_RUNS).scalar_subquery()
        run = exists().where(newest, or_(t.run.c.started > now, t.run.c.ended > now))
        message = exists().where(t.mailing.c.until > now)
        feed = exists().where(t.feed.c.next_due > now + LONGEST_WAIT)
        filing = exists().where(t.story_article.c.filed > now)
        return bool(self._value(select(or_(run, message, feed, filing))))

    def go_on_from(self, now: datetime) -> None:
        """Let nothing wait for a time of a clock that ran ahead, and messages go on from now.

        All waits, claims and windows that end after now end. What came later than now is news of now, also where a
        message of a later day has told it.
        """
        with self._database.writing("go on after a wrong clock") as connection:
            for column in _WAITS:
                connection.execute(update(column.table).where(column > now).values({column.name: now}))
            for table in (*CLAIMED, t.delivery):
                connection.execute(update(table).where(table.c.claimed_until > now).values(claimed_until=None))
            end = _end_windows(connection, now)
            for column in _REPORTED_BY:
                connection.execute(update(column.table).where(column >= now).values({column.name: end}))

    def purge(
        self, entity: str, naming: Naming, remaking: Remaking, *, apply: bool, kept_articles: Collection[int] = ()
    ) -> Mapping[str, int]:
        """Remove an entity from everything and overwrite the deleted data; return the number of deleted rows by table.

        Without `apply` nothing is changed. `naming` recognises its names in texts; mailings that are not sent yet are
        rendered again. A store that does not have the entity, as that of the other watch, loses the
        articles and sentences that name it. `kept_articles`: articles that stay, as those about a name of the other
        watch.
        """
        # Counting is the purge itself, rolled back, so that both give the same numbers.
        with suppress(_DryRun), self._database.writing("purge", exclusive=True) as connection:
            number = connection.scalar(select(t.entity.c.number).where(t.entity.c.id == entity))
            purged = purge_name(connection, number or NO_ENTITY, entity, naming, remaking, kept_articles=kept_articles)
            if not apply:
                raise _DryRun
        # Deleted rows can be read in the file until their pages are written over.
        if apply:
            self._database.overwrite_deleted_data()
        return purged

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
