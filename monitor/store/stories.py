"""I/O: the database. Stories: what awaits filing, what an article may be like, and filing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)

from monitor.errors import StaleDecision
from monitor.model import (
    Candidate,
    Change,
    Confidence,
    EntityType,
    Finding,
    Fingerprint,
    Placement,
    ReviewItem,
    State,
    Version,
)
from monitor.store import articles, evidence, items
from monitor.store import tables as t
from monitor.store.engine import Database, alone_with_the_mail

TOO_COMMON = 1000  # a hash that more articles have, of those in question, tells none of them apart


class SqlStories:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._most_alike = _most_alike(database.engine.dialect.name)

    def unsorted(self) -> Sequence[Candidate]:
        filed = t.story_article.c
        new = exists().where(articles.in_force(), _awaits_filing())
        changed = filed.version < t.article.c.version
        ask = (
            select(t.article.c.id)
            .outerjoin(t.story_article, filed.article == t.article.c.id)
            .where(or_(new, changed, and_(filed.article.is_not(None), _GONE)))
            .order_by(t.article.c.seen, t.article.c.id)
        )
        with self._database.reading() as connection:
            return _candidates(connection, connection.scalars(ask).all())

    def alike(self, article: Candidate, since: datetime, limit: int = 50) -> Sequence[Candidate]:
        asked = {
            "article": article.id,
            "sketch": sorted(article.fingerprint.sketch),
            "names": sorted(article.fingerprint.names),
            "entities": list(article.entities),
            "since": since,
            "too_common": TOO_COMMON,
            "limit": limit,
        }
        with self._database.reading() as connection:
            numbers = dict.fromkeys(connection.scalars(self._most_alike, asked))  # some are in both lists
            return _candidates(connection, tuple(numbers))

    def versions(self, article: Candidate) -> tuple[Version, Version]:
        taken_in = select(t.story_article.c.version).where(t.story_article.c.article == article.id)
        with self._database.reading() as connection:
            known = evidence.versions(connection, article.id)
            return known[connection.execute(taken_in).scalar_one() - 1], known[article.version - 1]

    def item_of(self, story: int) -> ReviewItem | None:
        with self._database.reading() as connection:
            return next(iter(items.load(connection, items.numbers().where(t.review_item.c.story == story))), None)

    def file(
        self,
        article: Candidate,
        placement: Placement,
        item: ReviewItem | None,
        now: datetime,
        *,
        was: int = 0,
        findings: Sequence[Finding] = (),
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
                awaits = exists().where(t.hit.c.article == article.id, t.hit.c.version == version, _awaits_filing())
                gained = connection.scalar(select(awaits))
                gone = article.gone and connection.scalar(select(exists().where(t.article.c.id == article.id, _GONE)))
                if item is not None and (before.version < article.version or gained or gone):
                    _move(connection, item, was)
                    news = item.reopened_at == now and (gained or not findings)
                    _took_in(connection, article, told_at if news else None)
                    if findings:
                        evidence.put(connection, findings, told_at)
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


def _most_alike(dialect: str) -> CompoundSelect[Any]:
    """Articles of stories by how much they share: those with most of its text, then those with most of its names.

    Two lists, for the one would drive out the other: word pairs are shared by chance within a language, and an article
    in another one shares none.
    """
    filed = t.story_article.c
    # A bound for the indexes: nothing is filed before it is seen, so what was seen since has no lower number.
    oldest = select(func.min(filed.article)).where(filed.filed > bindparam("since")).scalar_subquery()
    named = t.entity.c.id.in_(bindparam("entities", expanding=True))
    shares = union_all(
        _sharing("sketch", _each(dialect, "sketch"), oldest),
        _sharing("name", _each(dialect, "names"), oldest),
        select(t.hit.c.article, literal("entity", String).label("kind"))
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .where(named, t.hit.c.confidence == Confidence.STRONG, t.hit.c.article >= oldest),
    ).subquery("shares")

    def count(kind: str) -> Any:
        return func.count().filter(shares.c.kind == kind)

    kinds = ("sketch", "name", "entity")
    counted = (
        select(shares.c.article, t.article.c.seen, *(count(kind).label(kind) for kind in kinds))
        .join(t.article, t.article.c.id == shares.c.article)
        .join(t.story_article, filed.article == shares.c.article)
        .where(t.article.c.seen > bindparam("since"), t.article.c.id != bindparam("article"))
        .group_by(shares.c.article, t.article.c.seen)
        .cte("counted")
    )
    sketch, name, entity = (counted.c[kind].desc() for kind in kinds)

    def first(*most: Any) -> Any:
        ranked = select(counted.c.article).order_by(*most, counted.c.seen.desc(), counted.c.article)
        return select(ranked.limit(bindparam("limit")).subquery())

    return union_all(first(sketch, name, entity), first(entity, name, sketch))


def _each(dialect: str, name: str) -> Any:
    """The hashes of a parameter, as rows: the statement is the same for any number of them, so it is compiled once."""
    rows = func.json_each if dialect == "sqlite" else func.json_array_elements_text
    return cast(rows(bindparam(name, type_=JSON)).table_valued("value").c.value, BigInteger)


def _sharing(kind: str, asked: Any, floor: Any) -> Any:
    """(article, kind) once for each hash it shares, but for those that are too common: looked up, never counted out."""
    shared, again = t.fingerprint.c, t.fingerprint.alias().c
    beyond = (
        select(again.article)
        .where(again.hash == asked, again.kind == kind, again.article >= floor)
        .order_by(again.article)
        .offset(bindparam("too_common"))
        .limit(1)
    )
    return select(shared.article, literal(kind, String).label("kind")).where(
        shared.hash == asked,
        shared.kind == kind,
        shared.article >= floor,
        beyond.scalar_subquery().is_(None),
    )


_GONE = and_(
    t.article.c.gone.is_not(None),
    ~exists().where(t.finding.c.article == t.article.c.id, t.finding.c.kind == Change.GONE).correlate(t.article),
)
_GAINED = exists().where(articles.in_force(), _awaits_filing()).correlate(t.article)
_SEEN = (
    articles.current()
    .with_only_columns(*t.article.c["id", "outlet", "seen", "sketch", "names", "numbers"])
    .add_columns(t.article_version.c.language, t.story_article.c.story, t.story_article.c.copy_of)
    .add_columns((t.story_article.c.version < t.article.c.version).label("changed"), _GAINED.label("gained"))
    .add_columns(case((_GONE, t.article.c.gone_why), else_="").label("gone"), t.article.c.version)
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
            gone=gone if story is not None else "",
            version=version,
        )
        for number, outlet, seen, *sets, language, story, copy_of, changed, gained, gone, version in connection.execute(
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


def _took_in(connection: Connection, article: Candidate, told_at: datetime | None) -> None:
    """The item has seen this version of its article; when that is news, the digest tells."""
    values: dict[str, Any] = {"version": article.version}
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
    connection.execute(insert(t.story_article).values(row.values()))
    articles.index(connection, article.id, article.fingerprint)
