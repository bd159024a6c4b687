"""I/O: the database. Stories: what awaits filing, what an article may be like, and filing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
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
from monitor.store import tables as t
from monitor.store.database import Queries, alone_with_stories, alone_with_the_mail
from monitor.store.sql import articles, items, search, versions
from monitor.store.sql.candidates import find_filings, first_filed_after, put_hashes
from monitor.store.types import parameter_rows, row_of

_COPIES, _TELLINGS = 6, 12


class SqlStories(Queries):
    def gathering(self) -> AbstractContextManager[None]:
        """While articles are stored: nobody files meanwhile, so that stories do not depend on who was quicker."""
        return self._database.beside_others()

    def filing(self) -> AbstractContextManager[None]:
        """The one who files: waits until nobody else does, and nobody gathers."""
        return self._database.exclusive_lock()

    def awaiting_filing(self) -> Sequence[Candidate]:
        with self._database.reading() as connection:
            return _candidates(connection, connection.execute(_WAITING).all(), entities=True)

    def find_similar(
        self, article: Candidate, since: datetime, lately: datetime, copies: int = _COPIES, tellings: int = _TELLINGS
    ) -> Sequence[Candidate]:
        with self._database.reading() as connection:
            sharing_text, sharing_terms = find_filings(connection, article.fingerprint, since, lately)
            filings = {*sharing_text[:copies], *sharing_terms[:tellings]}
            dialect = connection.dialect.name
            if article.entities:
                named = {"entities": sorted(article.entities), "lately": lately, "tellings": tellings}
                filings.update(connection.scalars(_naming(dialect), named))
            rows = connection.execute(_seen(dialect), {"filed": sorted(filings)}).all() if filings else []
            candidates = _candidates(connection, rows, entities=bool(article.entities))
        return [c for c in candidates if c.id != article.id and c.seen > since]

    def versions(self, article: Candidate) -> tuple[Version, Version]:
        taken_in = select(t.story_article.c.version).where(t.story_article.c.article == article.id)
        with self._database.reading() as connection:
            known = versions.versions(connection, article.id)
            return known[connection.execute(taken_in).scalar_one() - 1], known[article.version - 1]

    def item_of(self, story: int) -> ReviewItem | None:
        with self._database.reading() as connection:
            which = items.numbers().where(t.review_item.c.story == story)
            return next(iter(items.load(connection, which, whole=False)), None)

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
            told_at = _in_order(connection, now)
            reopens = item is not None and item.reopened_at == now
            if item is not None and reopens:
                item = replace(item, reopened_at=told_at)  # by its time `review.as_seen` knows what brought it back
            lock = select(t.article.c.version).where(t.article.c.id == article.id).with_for_update()
            version = connection.execute(lock).scalar_one()
            alone_with_stories(connection)
            awaiting = _awaiting(connection, article.id)
            if item is not None and awaiting not in (None, article):  # it was placed without a name found since
                raise _moved_on(connection, item)
            story = connection.scalar(select(filed.story).where(filed.article == article.id))
            if story is None:
                story = _new_story(connection, article, now) if item is None else _move(connection, item, was)
                beside = placement.copy_of or placement.beside
                source = select(filed.story).where(filed.article == beside)
                if item is not None and beside is not None and connection.scalar(source) != story:
                    raise _moved_on(connection, item)
                _put(connection, article, placement, story, version=version, now=told_at)
            elif item is not None and awaiting is not None:
                _move(connection, item, was)
                news = reopens and (article.gained or not findings)
                _took_in(connection, article, told_at if news else None)
                if findings:
                    versions.put(connection, findings, told_at)
            connection.execute(update(t.hit).where(t.hit.c.article == article.id).values(filed=True))
            filed_in = items.placed(connection, t.review_item.c.story == story, whole=False)
            assert filed_in is not None
        return filed_in


class SqlFingerprints(Queries):
    """For `monitor stories`: documents filed straight from a file."""

    def add(self, candidate: Candidate, text_key: str) -> Candidate:
        """Store a bare article so that `Stories.file` can place it. Returns it with its id."""
        article = items.bare_article(candidate, text_key)
        with self._database.writing("add a bare article") as connection:
            stored = articles.add(connection, article, candidate.fingerprint, candidate.seen)
            number = stored.id if stored else articles.known(connection, text_key, None).id
            return replace(candidate, id=number)


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
_CHANGED = t.story_article.c.version < t.article.c.version
_AWAITS_FILING = and_(~t.hit.c.filed, or_(t.hit.c.alerts, t.hit.c.confidence == Confidence.POSSIBLE))
_NEW = exists().where(articles.in_force(), _AWAITS_FILING).correlate(t.article)
_WENT = and_(t.story_article.c.article.is_not(None), _GONE)
_WAITING = (
    _SEEN.add_columns(_CHANGED, _NEW, case((_WENT, t.article.c.gone_why), else_=""))
    .where(or_(_NEW, _CHANGED, _WENT))
    .order_by(t.article.c.seen, t.article.c.key)  # not by number: that says which worker was quicker
)


def _candidates(connection: Connection, rows: Sequence[Sequence[Any]], *, entities: bool) -> Sequence[Candidate]:
    """Articles as the clustering sees them, in the order given; whom they name only where it is asked for."""
    named: dict[int, set[str]] = defaultdict(set)
    people: dict[int, set[str]] = defaultdict(set)
    numbers = [row[0] for row in rows] if entities else []
    hits = connection.execute(_named(connection.dialect.name), {"articles": numbers}).all() if numbers else ()
    for number, entity, kind in hits:
        named[number].add(entity)
        if kind == EntityType.PERSON:
            people[number].add(entity)
    return [
        Candidate(
            id=number,
            outlet=outlet,
            language=language,
            seen=seen,
            fingerprint=Fingerprint(*sets),
            entities=frozenset(named[number]),
            people=frozenset(people[number]),
            story=story,
            copy_of=copy_of,
            version=version,
            changed=bool(changed),
            gained=bool(gained),
            gone=gone,
        )
        for number, outlet, seen, *sets, language, story, copy_of, version, changed, gained, gone in rows
    ]


def _awaiting(connection: Connection, article: int) -> Candidate | None:
    """Return an article as it is in this transaction; None if nothing of it awaits filing."""
    rows = connection.execute(_WAITING.where(t.article.c.id == article)).all()
    return next(iter(_candidates(connection, rows, entities=True)), None)


@cache
def _named(dialect: str) -> Select[Any]:
    """Whom these articles clearly name."""
    return (
        select(t.hit.c.article, t.entity.c.id, t.entity.c.type)
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .join(t.article, articles.in_force())
        .where(t.hit.c.article == parameter_rows(dialect, "articles"), t.hit.c.confidence == Confidence.STRONG)
    )


@cache
def _seen(dialect: str) -> Select[Any]:
    """Filed articles by the numbers of their filings."""
    filed = t.story_article.c
    return (
        _SEEN.with_only_columns(*_SEEN.selected_columns, false(), false(), literal(""))
        .where(filed.id == parameter_rows(dialect, "filed"))
        .order_by(filed.id)
    )


@cache
def _naming(dialect: str) -> Select[Any]:
    """Filings by how many of the entities they clearly name; of an entity's hits the latest: some have thousands."""
    filed, latest = t.story_article.c, t.hit.alias("latest").c
    of_entity = select(latest.id).where(latest.entity == t.entity.c.number).order_by(latest.id.desc()).limit(200)
    return (
        select(filed.id.label("filed"))
        .join(t.hit, t.hit.c.article == filed.article)
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .where(t.entity.c.id == parameter_rows(dialect, "entities", Text), t.hit.c.confidence == Confidence.STRONG)
        .where(t.hit.c.id.in_(of_entity.correlate(t.entity)), filed.id >= first_filed_after("lately"))
        .group_by(filed.id)
        .order_by(func.count().desc(), filed.id.desc())
        .limit(bindparam("tellings"))
    )


def _new_story(connection: Connection, article: Candidate, now: datetime) -> int:
    first_seen = connection.scalar(select(t.article.c.first_seen).where(t.article.c.id == article.id)) or now
    new = insert(t.story).values(first_seen=first_seen).returning(t.story.c.id)
    story: int = connection.execute(new).scalar_one()
    connection.execute(insert(t.review_item).values(story=story, state=State.OPEN, first_seen=first_seen))
    return story


def _move(connection: Connection, item: ReviewItem, was: int) -> int:
    """Raises StaleDecision when the item moved since it was at version `was`."""
    if not items.compare_and_set(connection, item, was):
        raise _moved_on(connection, item)
    return item.story


def _moved_on(connection: Connection, item: ReviewItem) -> StaleDecision:
    return StaleDecision(items.load(connection, items.numbers().where(t.review_item.c.id == item.id))[0])


def _in_order(connection: Connection, now: datetime) -> datetime:
    """Now, but not before what was mailed ended, nor before what was filed last: whatever a filer's clock says.

    So the next digest tells what it files, and `articles.filed_since` finds all that was filed since. Mailings and
    filings wait for one another, so that none is written while the other looks.
    """
    alone_with_the_mail(connection)
    last = (connection.scalar(select(func.max(column))) for column in (t.mailing.c.until, t.story_article.c.filed))
    in_order: datetime = max([now, *(at for at in last if at)])
    return in_order


def _took_in(connection: Connection, article: Candidate, told_at: datetime | None) -> None:
    """The item has seen this version of its article; when that is news, the digest tells."""
    values: dict[str, Any] = {"version": article.version}
    if told_at is not None:
        values["changed"] = told_at
    connection.execute(update(t.story_article).where(t.story_article.c.article == article.id).values(values))


def _put(
    connection: Connection, article: Candidate, placement: Placement, story: int, *, version: int, now: datetime
) -> None:
    row = row_of(t.story_article, placement, story=story, article=article.id, filed=now, version=version)
    filing = connection.execute(insert(t.story_article).values(row).returning(t.story_article.c.id)).scalar_one()
    put_hashes(connection, filing, article.fingerprint, text=placement.adds)
    search.put(connection, article.id)
