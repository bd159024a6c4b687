"""I/O: the database. Stories: what awaits filing, what an article may be like, and filing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    union,
    update,
)

from monitor.cluster import looked_up_by
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
from monitor.store.columns import Utc
from monitor.store.engine import Database, alone_with_the_mail


class SqlStories:
    def __init__(self, database: Database) -> None:
        self._database = database
        dialect = database.engine.dialect.name
        self._most_alike = {named: _most_alike(dialect, named=named) for named in (False, True)}

    def gathering(self) -> AbstractContextManager[None]:
        return self._database.beside_others()

    def filing(self) -> AbstractContextManager[None]:
        return self._database.to_itself()

    def unsorted(self) -> Sequence[Candidate]:
        filed = t.story_article.c
        new = exists().where(articles.in_force(), _awaits_filing())
        changed = filed.version < t.article.c.version
        gone = and_(filed.article.is_not(None), _GONE)
        # Not by number: that says which worker was quicker.
        ask = (
            _SEEN.add_columns(changed.label("changed"), new.correlate(t.article).label("gained"))
            .add_columns(case((gone, t.article.c.gone_why), else_="").label("gone"))
            .where(or_(new, changed, gone))
            .order_by(t.article.c.seen, t.article.c.key)
        )
        with self._database.reading() as connection:
            return _candidates(connection, connection.execute(ask).all(), entities=True)

    def alike(
        self, article: Candidate, since: datetime, lately: datetime, copies: int = 6, tellings: int = 12
    ) -> Sequence[Candidate]:
        pairs, terms = looked_up_by(article.fingerprint, asking=True)
        asked = {
            "article": article.id,
            "pairs": pairs,
            "terms": terms,
            "entities": sorted(article.entities),
            "since": since,
            "lately": lately,
            "copies": copies,
            "tellings": tellings,
            # Of many hashes two in common may be chance; of the few of a headline they are much.
            "pairs_least": 2,
            "terms_least": 2 if len(terms) < 12 else 3,
        }
        with self._database.reading() as connection:
            named = bool(article.entities)
            rows = connection.execute(self._most_alike[named], asked).all()
            return _candidates(connection, rows, entities=named)

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


_GONE = and_(
    t.article.c.gone.is_not(None),
    ~exists().where(t.finding.c.article == t.article.c.id, t.finding.c.kind == Change.GONE).correlate(t.article),
)
_IS_CURRENT = and_(t.article_version.c.article == t.article.c.id, t.article_version.c.version == t.article.c.version)
_SEEN = (
    articles.current()
    .with_only_columns(*t.article.c["id", "outlet", "seen", *articles.SETS])
    .add_columns(t.article_version.c.language, t.story_article.c.story, t.story_article.c.copy_of)
    .add_columns(t.article.c.version)
    .outerjoin(t.story_article, t.story_article.c.article == t.article.c.id)
)
_NAMED = (
    select(t.hit.c.article, t.entity.c.id, t.entity.c.type)
    .join(t.entity, t.entity.c.number == t.hit.c.entity)
    .join(t.article, articles.in_force())
    .where(t.hit.c.article.in_(bindparam("numbers", expanding=True)), t.hit.c.confidence == Confidence.STRONG)
)


def _most_alike(dialect: str, *, named: bool) -> Select[Any]:
    """Articles of stories that share most: word pairs, then names and words, then watched entities.

    Each has its own list, for one would drive out the others: word pairs are shared by chance within a language, and an
    article in another one shares none.
    """
    filed = t.story_article.c
    lists = (
        _sharing(dialect, "pairs", "since").limit(bindparam("copies")),
        _sharing(dialect, "terms", "lately").limit(bindparam("tellings")),
        *([_naming(dialect).limit(bindparam("tellings"))] if named else []),
    )
    these = union(*(select(ranked.subquery().c.filed) for ranked in lists)).subquery()
    return (
        select(*_SEEN.selected_columns)
        .select_from(these)
        .join(t.story_article, filed.id == these.c.filed)
        .join(t.article, t.article.c.id == filed.article)
        .join(t.article_version, _IS_CURRENT)
        .where(t.article.c.id != bindparam("article"), t.article.c.seen > bindparam("since", type_=Utc))
        .order_by(filed.id)
    )


def _sharing(dialect: str, hashes: str, floor: str) -> Select[Any]:
    """Filings by how many of the hashes they have, if that is enough; not counting hashes that are common now."""
    asked, held, common = articles.each(dialect, hashes), t.fingerprint.c, t.common_hash.c
    is_common = exists().where(common.hash == asked, common.since >= articles.filed_since("since"))
    return (
        select(held.filed)
        .where(held.hash == asked, held.filed >= articles.filed_since(floor), ~is_common)
        .group_by(held.filed)
        .having(func.count() >= bindparam(f"{hashes}_least"))
        .order_by(func.count().desc(), held.filed)
    )


def _naming(dialect: str) -> Select[Any]:
    """Filings by how many of the entities they clearly name; of an entity's hits the latest: some have thousands."""
    filed, latest = t.story_article.c, t.hit.alias("latest").c
    of_entity = select(latest.id).where(latest.entity == t.entity.c.number).order_by(latest.id.desc()).limit(200)
    return (
        select(filed.id.label("filed"))
        .join(t.hit, t.hit.c.article == filed.article)
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .where(t.entity.c.id == articles.each(dialect, "entities", Text), t.hit.c.confidence == Confidence.STRONG)
        .where(t.hit.c.id.in_(of_entity.correlate(t.entity)), filed.id >= articles.filed_since("lately"))
        .group_by(filed.id)
        .order_by(func.count().desc(), filed.id.desc())
    )


def _candidates(connection: Connection, rows: Sequence[Any], *, entities: bool) -> Sequence[Candidate]:
    """Articles as the clustering sees them, in the order given; whom they name only where it is asked for."""
    named: dict[int, set[str]] = defaultdict(set)
    people: dict[int, set[str]] = defaultdict(set)
    if entities and rows:
        for number, entity, kind in connection.execute(_NAMED, {"numbers": [row.id for row in rows]}):
            named[number].add(entity)
            if kind == EntityType.PERSON:
                people[number].add(entity)
    return [
        Candidate(
            id=number,
            outlet=outlet,
            language=language,
            seen=seen,
            fingerprint=Fingerprint(sketch, names, numbers, words),
            entities=frozenset(named[number]),
            people=frozenset(people[number]),
            story=story,
            copy_of=copy_of,
            version=version,
            changed=any(waits[:1]),
            gained=any(waits[1:2]),
            gone="".join(waits[2:]),
        )
        for number, outlet, seen, sketch, names, numbers, words, language, story, copy_of, version, *waits in rows
    ]


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
    put = insert(t.story_article).values(row.values()).returning(t.story_article.c.id)
    filed: int = connection.execute(put).scalar_one()
    articles.index(connection, filed, article.fingerprint, now, text=placement.adds)
