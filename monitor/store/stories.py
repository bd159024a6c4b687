"""I/O: the database. Stories: what awaits filing, what an article may be like, and filing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, func, insert, or_, select, update

from monitor.cluster import looked_up_by
from monitor.errors import StaleDecision
from monitor.model import Candidate, Confidence, EntityType, Fingerprint, Placement, ReviewItem, State
from monitor.store import articles, items
from monitor.store import tables as t
from monitor.store.engine import Database, alone_with_the_mail


class SqlStories:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._sharing = _sharing(database.engine.dialect.name)

    def unsorted(self) -> Sequence[Candidate]:
        filed = t.story_article.c
        new = exists().where(articles.in_force(), _awaits_filing())
        changed = filed.version < t.article.c.version
        ask = (
            select(t.article.c.id)
            .outerjoin(t.story_article, filed.article == t.article.c.id)
            .where(or_(new, changed))
            .order_by(t.article.c.seen, t.article.c.key)  # not by number: that says which worker was quicker
        )
        with self._database.reading() as connection:
            return _candidates(connection, connection.scalars(ask).all())

    def alike(
        self, article: Candidate, since: datetime, lately: datetime, copies: int = 12, tellings: int = 24
    ) -> Sequence[Candidate]:
        pairs, terms = looked_up_by(article.fingerprint)
        with self._database.reading() as connection:
            asks = [
                (self._sharing, {"hashes": pairs, "since": since, "common": since, "limit": copies}),
                (self._sharing, {"hashes": terms, "since": lately, "common": since, "limit": tellings}),
                (_NAMING, {"entities": list(article.entities), "since": lately, "limit": tellings}),
            ]
            given = [(ask, values | {"article": article.id}) for ask, values in asks if next(iter(values.values()))]
            numbers = {number for ask, values in given for number in connection.scalars(ask, values)}
            found = _candidates(connection, connection.scalars(_IN_ORDER, {"numbers": sorted(numbers)}).all())
        return [c for c in found if c.seen > since]

    def item_of(self, story: int) -> ReviewItem | None:
        with self._database.reading() as connection:
            return next(iter(items.load(connection, items.numbers().where(t.review_item.c.story == story))), None)

    def file(
        self, article: Candidate, placement: Placement, item: ReviewItem | None, now: datetime, was: int = 0
    ) -> ReviewItem:
        filed = t.story_article.c
        with self._database.writing("file an article") as connection:
            told_at = _not_yet_mailed(connection, now)
            lock = select(t.article.c.version).where(t.article.c.id == article.id).with_for_update()
            version = connection.execute(lock).scalar_one()
            before = connection.execute(select(filed.story, filed.version).where(filed.article == article.id)).first()
            if before is None:
                story = _new_story(connection, article, now) if item is None else _move(connection, item, was)
                _put(connection, article, placement, story, version=version, now=told_at)
            else:
                story = before.story
                gained = exists().where(t.hit.c.article == article.id, t.hit.c.version == version, _awaits_filing())
                if item is not None and (before.version < version or connection.scalar(select(gained))):
                    _move(connection, item, was)
                    _took_in(connection, article, version, told_at if item.reopened_at == now else None)
            connection.execute(update(t.hit).where(t.hit.c.article == article.id).values(filed=True))
            return items.load(connection, items.numbers().where(t.review_item.c.story == story))[0]


class SqlFingerprints:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, candidate: Candidate, text_key: str) -> Candidate:
        article = items.bare_article(candidate, text_key)
        with self._database.writing("add a bare article") as connection:
            stored = articles.add(connection, article, candidate.fingerprint, candidate.seen)
            number = stored.id if stored else articles.known(connection, text_key, None).id
            return replace(candidate, id=number)


def _awaits_filing() -> ColumnElement[bool]:
    return and_(~t.hit.c.filed, or_(t.hit.c.alerts, t.hit.c.confidence == Confidence.POSSIBLE))


def _sharing(dialect: str) -> Select[Any]:
    """Filings by how many of the given hashes they have, leaving out hashes that are common now."""
    asked, held, common = articles.each(dialect, "hashes"), t.fingerprint.c, t.common_hash.c
    is_common = exists().where(common.hash == asked, common.since >= articles.filed_since("common"))
    return (
        select(held.filed)
        .join(t.story_article, t.story_article.c.id == held.filed)
        .where(held.hash == asked, held.filed >= articles.filed_since("since"), ~is_common)
        .where(t.story_article.c.article != bindparam("article"))
        .group_by(held.filed)
        .order_by(func.count().desc(), held.filed)
        .limit(bindparam("limit"))
    )


# Filings that clearly name one of these entities; of an entity's hits only the latest, since some have thousands.
_OF_ENTITY = t.hit.alias("of_entity").c
_NAMING = (
    select(t.story_article.c.id)
    .join(t.hit, t.hit.c.article == t.story_article.c.article)
    .join(t.entity, t.entity.c.number == t.hit.c.entity)
    .where(t.entity.c.id.in_(bindparam("entities", expanding=True)), t.hit.c.confidence == Confidence.STRONG)
    .where(
        t.hit.c.id.in_(
            select(_OF_ENTITY.id)
            .where(_OF_ENTITY.entity == t.entity.c.number)
            .order_by(_OF_ENTITY.id.desc())
            .limit(200)
            .correlate(t.entity)
        )
    )
    .where(t.story_article.c.id >= articles.filed_since("since"), t.story_article.c.article != bindparam("article"))
    .group_by(t.story_article.c.id)
    .order_by(func.count().desc(), t.story_article.c.id.desc())
    .limit(bindparam("limit"))
)
_IN_ORDER = (
    select(t.story_article.c.article)
    .where(t.story_article.c.id.in_(bindparam("numbers", expanding=True)))
    .order_by(t.story_article.c.id)
)


_GAINED = exists().where(articles.in_force(), _awaits_filing()).correlate(t.article)
_SEEN = (
    articles.current()
    .with_only_columns(*t.article.c["id", "outlet", "seen", *articles.SETS])
    .add_columns(t.article_version.c.language, t.story_article.c.story, t.story_article.c.copy_of)
    .add_columns((t.story_article.c.version < t.article.c.version).label("changed"), _GAINED.label("gained"))
    .outerjoin(t.story_article, t.story_article.c.article == t.article.c.id)
    .where(t.article.c.id.in_(bindparam("numbers", expanding=True)))
)
_NAMED = (
    select(t.hit.c.article, t.entity.c.id, t.entity.c.type)
    .join(t.entity, t.entity.c.number == t.hit.c.entity)
    .join(t.article, articles.in_force())
    .where(t.hit.c.article.in_(bindparam("numbers", expanding=True)), t.hit.c.confidence == Confidence.STRONG)
)


def _candidates(connection: Connection, numbers: Sequence[int]) -> Sequence[Candidate]:
    """Articles as the clustering sees them, in the order given."""
    entities: dict[int, set[str]] = {}
    people: dict[int, set[str]] = {}
    for number, entity, kind in connection.execute(_NAMED, {"numbers": numbers}):
        entities.setdefault(number, set()).add(entity)
        if kind == EntityType.PERSON:
            people.setdefault(number, set()).add(entity)
    found = {
        number: Candidate(
            id=number,
            outlet=outlet,
            language=language,
            seen=seen,
            fingerprint=Fingerprint(*sets),
            entities=frozenset(entities.get(number, ())),
            people=frozenset(people.get(number, ())),
            story=story,
            copy_of=copy_of,
            changed=bool(changed),
            gained=bool(gained),
        )
        for number, outlet, seen, *sets, language, story, copy_of, changed, gained in connection.execute(
            _SEEN, {"numbers": numbers}
        )
    }
    return [found[number] for number in numbers]


def _new_story(connection: Connection, article: Candidate, now: datetime) -> int:
    first_seen = connection.scalar(select(t.article.c.first_seen).where(t.article.c.id == article.id)) or now
    new = insert(t.story).values(first_seen=first_seen).returning(t.story.c.id)
    story: int = connection.execute(new).scalar_one()
    row = t.ReviewItemRow(story=story, state=State.OPEN, first_seen=first_seen)
    connection.execute(insert(t.review_item).values(row.values()))
    return story


def _move(connection: Connection, item: ReviewItem, was: int) -> int:
    """Raises StaleDecision when the item moved since it was at version `was`."""
    if not items.compare_and_set(connection, item, was):
        raise StaleDecision(items.load(connection, items.numbers().where(t.review_item.c.id == item.id))[0])
    return item.story


def _not_yet_mailed(connection: Connection, now: datetime) -> datetime:
    """Now, but not before what was mailed ended: whatever a filer's clock says, the next digest tells what it files.

    Mailings and filings wait for one another, so that none is written while the other looks.
    """
    alone_with_the_mail(connection)
    mailed = connection.scalar(select(func.max(t.mailing.c.until)))
    return max(now, mailed) if mailed else now


def _took_in(connection: Connection, article: Candidate, version: int, told_at: datetime | None) -> None:
    """The item has seen this version of its article; when that is news, the digest tells."""
    values: dict[str, Any] = {"version": version}
    if told_at is not None:
        values["changed"] = told_at
    connection.execute(update(t.story_article).where(t.story_article.c.article == article.id).values(values))


def _put(
    connection: Connection, article: Candidate, placement: Placement, story: int, *, version: int, now: datetime
) -> None:
    row = t.StoryArticleRow(
        story=story,
        article=article.id,
        copy_of=placement.copy_of,
        rule=placement.rule,
        score=placement.score,
        why=placement.why,
        filed=now,
        version=version,
    )
    put = insert(t.story_article).values(row.values()).returning(t.story_article.c.id)
    filed: int = connection.execute(put).scalar_one()
    articles.index(connection, filed, article.fingerprint, now, text=placement.adds)
