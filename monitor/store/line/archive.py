"""I/O: the database. The archive: stored articles, for a rescan with names that joined the watchlist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, delete, exists, func, or_, select, update

from monitor.model import (
    ArchivedArticle,
    Confidence,
    Entity,
    Fingerprint,
    OlderArticles,
    PendingRescan,
    RescanMatch,
)
from monitor.model.watchlist import is_matched_alike
from monitor.store import tables as t
from monitor.store.database import Queries, lock_text_index
from monitor.store.indexes import text_index
from monitor.store.indexes.search import word_beginnings
from monitor.store.line import additions
from monitor.store.sql import articles, versions
from monitor.store.sql.item_columns import refresh_item_of_article
from monitor.store.types import adapter, is_one_of
from monitor.text.vocabulary import CAPITAL, MAX_KEY, KeyQuery, TextQuery, loosened, sounds_of_words

_TEXTS_IN_MEMORY = 500

_MAX_FORMS = 400  # of a word that is searched

_Use = tuple[str, int]  # the use of older articles, and the highest number of an older article

_version, _edit = t.watchlist_version.c, t.entity_version.c


class SqlArchive(Queries):
    """Stored articles, and the progress of rescans through them."""

    def pending_rescan(self) -> PendingRescan | None:
        """Return the entities to rescan the archive for, and how far the rescan is; None if nothing is left to do."""
        return self._read(_pending_rescan)

    def articles(
        self, up_to: int | None, since: datetime | None, limit: int, *, down_to: int = 0
    ) -> Sequence[ArchivedArticle]:
        """Return at most `limit` articles, the newest first.

        Their ids are from `down_to` up to `up_to`, and they were first seen since `since`.
        """
        query = articles.current().order_by(t.article.c.id.desc()).limit(limit)
        if up_to is not None:
            query = query.where(t.article.c.id.between(down_to, up_to))
        if since is not None:
            query = query.where(t.article.c.first_seen >= since)
        return self._archived(query)

    def newest_article(self) -> int:
        """Return the highest number of an article, 0 if none is stored."""
        return self._value(select(func.max(t.article.c.id))) or 0

    def articles_by_id(self, ids: Collection[int]) -> Sequence[ArchivedArticle]:
        """Return the articles with these ids, the newest first."""
        return self._archived(articles.current().where(is_one_of(t.article.c.id, ids)).order_by(t.article.c.id.desc()))

    def _archived(self, query: Select[Any]) -> Sequence[ArchivedArticle]:
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            hits_by_article = _hits(connection, [row.id for row in rows])
        return [ArchivedArticle(articles.from_row(row), *hits_by_article[row.id]) for row in rows]

    # ---- search of all texts

    def index_texts(self, limit: int) -> int:
        """Index the words of at most `limit` articles that are not indexed yet; return their number."""
        with self._database.reading() as connection:  # most runs find few, and tests none
            if not connection.scalar(select(t.article.c.id).where(text_index.is_unindexed()).limit(1)):
                return 0
        with self._database.writing("index texts") as connection:
            lock_text_index(connection)
            return text_index.index_texts(connection, limit)

    def unindexed(self, since: datetime) -> Collection[int]:
        """Return the articles first seen since a time that the index lacks."""
        return self._ids(text_index.is_unindexed(), since)

    def count_unindexed(self) -> int:
        """Return the number of articles that a search does not find yet."""
        return int(self._value(select(func.count()).select_from(t.article).where(text_index.is_unindexed())))

    def words_with_keys(self, queries: Sequence[KeyQuery]) -> Collection[str]:
        """Return the words of the index whose keys fit any of these."""
        return self._read(text_index.words_with_keys, queries)

    def with_words(self, query: TextQuery, since: datetime) -> Collection[int]:
        """Return the indexed articles first seen since a time that hold these words."""
        return self._read(text_index.articles_with_words, query, since)

    def search(self, words: str, limit: int) -> Sequence[ArchivedArticle]:
        """Return the newest articles that hold all of these words or words that begin so, in any script."""
        beginnings = word_beginnings(words)
        sounds = sounds_of_words(beginnings)
        with self._database.reading() as connection:
            forms = [_forms_sounding_like(connection, sound) for sound in sounds]
            ids = text_index.articles_with_all(connection, forms, limit) if forms and all(forms) else []
        return self.articles_by_id(ids)

    def has_text(self, article: int) -> bool:
        """Return True if the text of an article is kept: it was not dropped with the old ones."""
        return bool(self._value(select(additions.has_text(article))))

    def with_hits(self, entities: Collection[str], since: datetime) -> Collection[int]:
        """Return the articles first seen since a time with hits in force of any of these entities."""
        of_entities = t.hit.c.entity.in_(select(t.entity.c.number).where(t.entity.c.id.in_(entities)))
        return self._ids(exists().where(articles.in_force(), of_entities).correlate(t.article), since)

    def found_since(self, entities: Collection[str], since: datetime | None) -> Sequence[tuple[int, str]]:
        """Return (article, entity) of the hits of these entities found or filed since a time; None: of all."""
        query = (
            select(t.hit.c.article, t.entity.c.id)
            .join(t.entity, t.entity.c.number == t.hit.c.entity)
            .outerjoin(t.story_article, t.story_article.c.article == t.hit.c.article)
            .where(t.entity.c.id.in_(entities))
            .order_by(t.hit.c.article)
        )
        if since is not None:
            query = query.where(or_(t.hit.c.found >= since, t.story_article.c.filed >= since))
        return [(row.article, row.id) for row in self._rows(query)]

    def with_texts(
        self, may_name: Callable[[str], bool], parts: Collection[str], since: datetime, limit: int | None = None
    ) -> Collection[int]:
        """Return the articles first seen since a time whose title or text a predicate accepts.

        It reads all texts, or those that contain any of `parts` (ASCII, in any case); `limit`: only the newest ones.
        """
        version = t.article_version.c
        columns = (version.title, version.text)
        query = articles.current().with_only_columns(t.article.c.id, *columns).where(t.article.c.first_seen >= since)
        if parts:
            query = query.where(or_(*(column.icontains(part, autoescape=True) for column in columns for part in parts)))
        query = query.order_by(t.article.c.id.desc()).limit(limit) if limit else query
        with self._database.reading() as connection:
            rows = connection.execution_options(yield_per=_TEXTS_IN_MEMORY).execute(query)
            return {row.id for row in rows if may_name(row.title) or may_name(row.text)}

    def _ids(self, condition: ColumnElement[bool], since: datetime) -> Collection[int]:
        return set(self._column(select(t.article.c.id).where(condition, t.article.c.first_seen >= since)))

    # ---- figures

    def extent(self, since: datetime, now: datetime) -> tuple[int, int]:
        """Return the number of articles first seen since a time, and the number of days they cover.

        A new archive is filled within an hour by articles of several days; an old one may lack articles of a quiet day.
        """
        article = t.article.c
        published_days = func.count(case((article.seen >= since, func.date(article.seen))).distinct())
        query = select(func.count(), func.min(article.first_seen), published_days).where(article.first_seen >= since)
        ((count, earliest, days),) = self._rows(query)
        return count, max(days, (now - earliest).days if earliest else 0, 1)

    def stories_of(self, article_ids: Collection[int]) -> Mapping[int, int]:
        """Return the story of each filed article."""
        filed = t.story_article.c
        return dict(self._rows(select(filed.article, filed.story).where(is_one_of(filed.article, article_ids))))

    def item_numbers(self, article_ids: Collection[int]) -> Mapping[int, int]:
        """Return the item of each filed article."""
        filed = t.story_article.c
        of_story = t.review_item.c.story == filed.story
        query = select(filed.article, t.review_item.c.id).join_from(t.story_article, t.review_item, of_story)
        return dict(self._rows(query.where(is_one_of(filed.article, article_ids))))

    def alerting_stories(self, since: datetime) -> int:
        """Return the number of stories whose articles, first seen since a time, alert by a name."""
        story = t.story_article.c.story
        query = (
            select(func.count(story.distinct()))
            .join(t.article, t.article.c.id == t.story_article.c.article)
            .join(t.hit, articles.in_force())
            .where(t.article.c.first_seen >= since, t.hit.c.alerts)
        )
        count: int = self._value(query)
        return count

    def save(self, matches: Sequence[RescanMatch], now: datetime) -> None:
        """Store the gained hits, so that they await filing."""
        with self._database.writing("save rescan matches") as connection:
            for match in matches:
                save_match(connection, match, now)


def _pending_rescan(connection: Connection) -> PendingRescan | None:
    """Return the entities to rescan the archive for, and how far the rescan is; None if nothing is left to do."""
    rows = connection.execute(select(t.watchlist_version).where(_version.to_look_through.is_not(None))).all()
    if not rows:
        return None
    uses: dict[str, list[_Use]] = defaultdict(list)
    returning: set[str] = set()
    for row in rows:
        names = row.added + row.changed
        if row.undoes is not None:
            returning.update(names)
            continue
        for name in names:
            uses[name].append((row.older_articles, row.older_up_to))
    for name, use in _uses_when_saved(connection, returning).items():
        uses[name].append(use)
    counted: dict[str, int] = {}
    skipped: dict[str, int] = {}
    for name, uses_of_name in uses.items():
        kinds = {OlderArticles(kind) for kind, _ in uses_of_name}
        # A name that one version wants in the queue is not merely counted, whatever another version says.
        if OlderArticles.QUEUE not in kinds:
            limited = counted if OlderArticles.COUNTED in kinds else skipped
            limited[name] = min(up_to for _, up_to in uses_of_name)
    return PendingRescan(frozenset(uses.keys() | returning), max(row.to_look_through for row in rows), counted, skipped)


def _uses_when_saved(connection: Connection, entities: Collection[str]) -> Mapping[str, _Use]:
    """Return the use of older articles that each entity had in its last save by which it finds more.

    An undo has no such choice: it brings back the former state.
    """
    query = (
        select(_edit.entity, _edit.before, _edit.after, _version.older_articles, _version.older_up_to)
        .join(t.watchlist_version, _version.version == _edit.version)
        .where(_version.undoes.is_(None), _edit.after.is_not(None))
        .order_by(_version.version)
    )
    # An entity that was purged meanwhile has no row.
    ids = dict(connection.execute(select(t.entity.c.number, t.entity.c.id).where(t.entity.c.id.in_(entities))).all())
    uses: dict[str, _Use] = {}
    for row in connection.execute(query.where(is_one_of(_edit.entity, ids))):
        old, new = (state and adapter(Entity).validate_python(state) for state in (row.before, row.after))
        if old is None or not is_matched_alike(old, new):
            uses[ids[row.entity]] = (row.older_articles, row.older_up_to)
    return uses


def delete_claims(connection: Connection, condition: ColumnElement[bool]) -> None:
    """Delete the claims that meet a condition, and rescan the archive for what their watchlists lacked."""
    versions_used = connection.scalars(delete(t.claim).where(condition).returning(t.claim.c.version)).all()
    restart_rescan(connection, min((version for version in versions_used if version is not None), default=None))


def restart_rescan(connection: Connection, after_version: int | None) -> None:
    """Rescan the whole archive for watchlist versions after this one; None: for none.

    A run that began with an older watchlist stored articles without matching them against the newer versions.
    """
    if after_version is None:
        return
    change = t.watchlist_version.c
    highest = select(func.max(t.article.c.id)).scalar_subquery()
    restart = update(t.watchlist_version).where(change.version > after_version).values(to_look_through=highest)
    if connection.execute(restart).rowcount:
        # Articles that were rescanned may have a new version since. Workers lose the ranges that they work on.
        connection.execute(delete(t.archive_range))


def save_match(connection: Connection, match: RescanMatch, now: datetime) -> None:
    """Store the gained hits of an article, if there are any, as not yet filed."""
    if not match.gained:
        return
    article_id = match.article.id
    lock = select(t.article.c.version).where(t.article.c.id == article_id).with_for_update()
    # A newer version was matched against the current watchlist when it was stored.
    if connection.scalar(lock) != match.article.version:
        return
    articles.put_hits(connection, match.article, match.gained, now)
    versions.store_raw_page(connection, match.article)
    entities = articles.stored_numbers(connection, {hit.entity for hit in match.gained}).values()
    is_gained = and_(t.hit.c.article == article_id, t.hit.c.entity.in_(entities))
    connection.execute(update(t.hit).where(is_gained).values(filed=False))
    refresh_item_of_article(connection, article_id)
    in_a_story = exists().where(t.story_article.c.article == article_id)
    # A digest will list it as found in older articles, unless it is in a story already.
    article_update = update(t.article).where(t.article.c.id == article_id, ~in_a_story).values(older=True)
    if match.fingerprint != Fingerprint():
        article_update = article_update.values(articles.fingerprint_values(match.fingerprint))
    connection.execute(article_update)


def advance_rescan(connection: Connection, up_to: int) -> None:
    """Lower the position of each pending rescan to `up_to`; 0 ends them all."""
    change = t.watchlist_version.c
    # A position that is lower already stays: LEAST has another name on SQLite, so this is a CASE.
    lower = case((change.to_look_through < up_to, change.to_look_through), else_=up_to)
    is_pending = change.to_look_through.is_not(None)
    connection.execute(
        update(t.watchlist_version).where(is_pending).values(to_look_through=lower if up_to > 0 else None)
    )


# Of an article: entity -> (confidence, whether it alerts), and entity -> the words in which it is named first.
_HitsAndWords = tuple[dict[str, tuple[Confidence, bool]], dict[str, str]]


def _hits(connection: Connection, article_ids: Sequence[int]) -> Mapping[int, _HitsAndWords]:
    mention = t.mention.c
    first_words = select(mention.text).where(articles.IS_OF_HIT).order_by(mention.id).limit(1).scalar_subquery()
    query = (
        select(t.hit.c.article, t.entity.c.id, t.hit.c.confidence, t.hit.c.alerts, first_words)
        .join_from(t.hit, t.article, articles.in_force())
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .where(t.hit.c.article.in_(article_ids))
    )
    hits_by_article: dict[int, _HitsAndWords] = defaultdict(lambda: ({}, {}))
    for article, entity, confidence, alerts, text in connection.execute(query):
        hits, words_of_hits = hits_by_article[article]
        hits[entity], words_of_hits[entity] = (Confidence(confidence), alerts), text or ""
    return hits_by_article


def _forms_sounding_like(connection: Connection, sounds: str) -> list[str]:
    """Return the words of the index that begin with these sounds; the keys of the index are looser."""
    # The keys of words with a capital begin with a mark: one sound less leaves room for it.
    keys = [(mark + loosened(sounds)[: MAX_KEY - 1], "", 0, 0) for mark in ("", CAPITAL)]
    words = sorted(text_index.words_with_keys(connection, keys))
    heard = zip(words, sounds_of_words(words), strict=True)
    return [word for word, word_sounds in heard if word_sounds.startswith(sounds)][:_MAX_FORMS]
