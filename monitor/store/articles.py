"""I/O: the database. Articles in their versions, with their hits; for use inside a transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from monitor.cluster import looked_up_by
from monitor.errors import NotFound
from monitor.model import (
    Article,
    Confidence,
    DatePrecision,
    DateSource,
    Field,
    Fingerprint,
    Hit,
    Mention,
    RawPage,
    Span,
    TextFrom,
    Zone,
    ZoneSpan,
)
from monitor.store import tables as t
from monitor.store.columns import Utc, bounded_key, storable
from monitor.store.engine import insert_new

SETS = ("sketch", "names", "numbers", "words")  # of a fingerprint
COMMON_FOR = timedelta(days=30)
_LOOKED_AT_EVERY = 8
TOO_COMMON = 100  # articles; a hash that more have tells none of them apart


def seen_at(published: datetime | None, first_seen: datetime) -> datetime:
    """When an article was published, but never later than we saw it: clocks of strangers run ahead."""
    return min(published, first_seen) if published else first_seen


def current() -> Select[Any]:
    """Articles with their current version, without their fingerprints."""
    article, version = t.article.c, t.article_version.c
    kept = [column for column in article if column.name not in SETS]
    said = [column for column in version if column.name not in {"article", "version"}]
    return select(*kept, *said).join_from(
        t.article, t.article_version, and_(version.article == article.id, version.version == article.version)
    )


def from_row(row: Any, raw: RawPage | None = None) -> Article:
    """A row of `current`, or of any other version."""
    return Article(
        id=row.id,
        version=row.version,
        url=row.url,
        key=row.key,
        outlet=row.outlet,
        country=row.country,
        title=row.title,
        text=row.text,
        text_from=TextFrom(row.text_from),
        first_seen=row.first_seen,
        language=row.language,
        authors=tuple(row.authors),
        published=row.published,
        published_source=DateSource(row.published_source),
        precision=DatePrecision(row.published_precision),
        published_raw=row.published_raw,
        fetched=row.fetched,
        zones=tuple(ZoneSpan(Zone(zone), Span(start, end)) for zone, start, end in row.zones),
        older=row.older,
        heading=row.heading,
        raw=raw,
    )


def mention_of(row: Any, entity: str) -> Mention:
    return Mention(
        entity=entity,
        alias=row.alias,
        span=Span(row.start, row.end),
        text=row.text,
        field=Field(row.field),
        confidence=Confidence(row.confidence),
        score=row.score,
        why=tuple(row.why),
    )


def in_force() -> Any:
    """That a hit is of the article's current version."""
    return and_(t.hit.c.article == t.article.c.id, t.hit.c.version == t.article.c.version)


def add(connection: Connection, article: Article, fingerprint: Fingerprint, at: datetime) -> Article | None:
    """Stores an article as its first version; None when its key is known, also to someone who was quicker just now."""
    row = t.ArticleRow(
        older=article.older,
        key=bounded_key(article.key),
        outlet=article.outlet,
        country=article.country,
        first_seen=article.first_seen,
        seen=seen_at(article.published, article.first_seen),
        **sets_of(fingerprint),
    )
    put = (
        insert_new(connection.dialect.name, t.article)
        .values(row.values())
        .on_conflict_do_nothing(index_elements=["key"])
    )
    number = connection.scalar(put.returning(t.article.c.id))
    if number is None:
        return None
    new = replace(article, id=number, version=1)
    _add_version(connection, new, at)
    return new


def known(connection: Connection, key: str, own: int | None) -> Any:
    """The article of this key, else the entry's own, locked; with its current title, text and where that is from."""
    # Locked first and read then: what another transaction made current while we waited is seen only by a new statement.
    lock = select(t.article.c.id).with_for_update()
    number = connection.scalar(lock.where(t.article.c.key == bounded_key(key)))
    if number is None:
        number = connection.scalar(lock.where(t.article.c.id == own))
    return connection.execute(current().where(t.article.c.id == number)).one()


def update_to(connection: Connection, known: Any, article: Article, fingerprint: Fingerprint, at: datetime) -> Article:
    """Makes a changed text the next version of a known article; the old ones stay. Returns it as stored."""
    same = (known.title, known.text) == (storable(article.title), storable(article.text))
    number, version = known.id, known.version + (not same)
    stored = replace(article, id=number, version=version, first_seen=known.first_seen)
    if same:
        _confirm_version(connection, known, stored)
        return stored
    _add_version(connection, stored, at)
    changes = {
        "key": bounded_key(article.key),
        "version": version,
        "seen": seen_at(article.published, stored.first_seen),
        **sets_of(fingerprint),
    }
    was = Fingerprint(*connection.execute(select(*t.article.c[SETS]).where(t.article.c.id == number)).one())
    connection.execute(update(t.article).where(t.article.c.id == number).values(changes))
    filed = connection.scalar(select(t.story_article.c.id).where(t.story_article.c.article == number))
    if filed is not None:
        pairs, terms = looked_up_by(was)
        old = and_(t.fingerprint.c.filed == filed, t.fingerprint.c.hash.in_((*pairs, *terms)))
        connection.execute(delete(t.fingerprint).where(old))
        index(connection, filed, fingerprint, at)
    return stored


def sets_of(fingerprint: Fingerprint) -> dict[str, Any]:
    return {name: getattr(fingerprint, name) for name in SETS}


def index(connection: Connection, filed: int, fingerprint: Fingerprint, now: datetime, *, text: bool = True) -> None:
    """Makes a filed article one that others are found to be like; without `text`, only as another telling.

    What too many have by now is taken out, and neither looked up nor taken in for a month: so no list grows long, and
    filing costs the same in a large archive.
    """
    pairs, terms = looked_up_by(fingerprint)
    given = {"hashes": [*(pairs if text else ()), *terms], "filed": filed, "since": now - COMMON_FOR}
    put, note = _indexing(connection.dialect.name)
    connection.execute(put, given)
    if filed % _LOOKED_AT_EVERY:  # what is common stands in most of the others, too
        return
    if common := connection.scalars(note, given | {"too_common": TOO_COMMON}).all():
        connection.execute(delete(t.fingerprint).where(t.fingerprint.c.hash.in_(common)))


@lru_cache
def _indexing(dialect: str) -> tuple[Any, Any]:
    """The statements that put in what is not common, and note what is now."""
    asked, held, common = each(dialect, "hashes"), t.fingerprint.c, t.common_hash.c
    known = exists().where(common.hash == asked, common.since >= filed_since("since"))
    new = select(asked, bindparam("filed", type_=Integer)).where(~known)
    put = insert_new(dialect, t.fingerprint).from_select(["hash", "filed"], new).on_conflict_do_nothing()
    many = (
        select(held.hash, bindparam("filed", type_=Integer))
        .where(held.hash == asked)
        .group_by(held.hash)
        .having(func.count() > bindparam("too_common"))
    )
    note = insert_new(dialect, t.common_hash).from_select(["hash", "since"], many)
    note = note.on_conflict_do_update(index_elements=["hash"], set_={"since": note.excluded.since})
    return put, note.returning(common.hash)


def each(dialect: str, name: str, kind: type[TypeEngine[Any]] = Integer) -> Any:
    """The values of a parameter, as rows: the statement is the same for any number of them, so it is compiled once."""
    rows = func.json_each if dialect == "sqlite" else func.json_array_elements_text
    return cast(rows(bindparam(name, type_=JSON)).table_valued("value").c.value, kind)


def filed_since(parameter: str) -> Any:
    """The number under which the first article was filed after a time; null where there is none."""
    filed = t.story_article.c
    return (
        select(filed.id)
        .where(filed.filed > bindparam(parameter, type_=Utc))
        .order_by(filed.filed, filed.id)
        .limit(1)
        .scalar_subquery()
    )


def replace_hits(connection: Connection, article: Article, hits: Iterable[Hit], at: datetime) -> None:
    """Makes these the hits of the article's current version; mentions of older versions stay, as evidence."""
    _no_longer_found(connection, article.version, put_hits(connection, article, hits, at).values())


def put_hits(connection: Connection, article: Article, hits: Iterable[Hit], at: datetime) -> Mapping[int, int]:
    """Stores these hits of the article's current version; returns the article's others, by entity."""
    hits = tuple(hits)
    numbers = entity_numbers(connection, {hit.entity for hit in hits})
    here = {row.entity: row.id for row in connection.execute(select(t.hit).where(t.hit.c.article == article.id))}
    for hit in hits:
        values: dict[str, Any] = {
            "version": article.version,
            "confidence": hit.confidence,
            "alerts": hit.alerts,
            "why": hit.why,
        }
        number = here.pop(numbers[hit.entity], None)
        if number is None:
            row = t.HitRow(article=article.id, entity=numbers[hit.entity], found=at, **values)
            number = connection.scalar(insert(t.hit).values(row.values()).returning(t.hit.c.id))
            assert number is not None
        else:
            connection.execute(update(t.hit).where(t.hit.c.id == number).values(values))
            this_version = and_(t.mention.c.hit == number, t.mention.c.version == article.version)
            connection.execute(delete(t.mention).where(this_version))
        mentions = [row.values() for row in _mention_rows(number, article.version, hit.mentions)]
        if mentions:
            connection.execute(insert(t.mention), mentions)
    return here


def entity_numbers(connection: Connection, ids: Collection[str]) -> Mapping[str, int]:
    """Raises NotFound when one of them was never on the stored watchlist."""
    ask = select(t.entity.c.id, t.entity.c.number).where(t.entity.c.id.in_(ids))
    numbers = {row.id: row.number for row in connection.execute(ask)}
    if len(numbers) < len(set(ids)):
        raise NotFound(f"{len(set(ids)) - len(numbers)} of the names found are not on the stored watchlist")
    return numbers


def _no_longer_found(connection: Connection, version: int, hits: Collection[int]) -> None:
    """Hits of an older version fall back to it; those that had none but this one go."""
    mentioned = and_(t.mention.c.hit.in_(hits), t.mention.c.version == version)
    connection.execute(delete(t.mention).where(mentioned))
    older = select(func.max(t.mention.c.version)).where(t.mention.c.hit == t.hit.c.id).scalar_subquery()
    gone = and_(t.hit.c.id.in_(hits), t.hit.c.version == version)
    connection.execute(delete(t.hit).where(gone, older.is_(None)))
    connection.execute(update(t.hit).where(gone).values(version=older))


def _mention_rows(hit: int, version: int, mentions: Iterable[Mention]) -> Iterable[t.MentionRow]:
    places = {(m.field, m.span): m for m in mentions}
    for mention in places.values():
        yield t.MentionRow(
            hit=hit,
            version=version,
            field=mention.field,
            start=mention.span.start,
            end=mention.span.end,
            alias=mention.alias,
            text=mention.text,
            confidence=mention.confidence,
            score=mention.score,
            why=list(mention.why),
        )


def _confirm_version(connection: Connection, known: Any, article: Article) -> None:
    """The page says just what it did; or what the feed's own text did, and from now on it is the page's."""
    version = t.article_version.c
    this = and_(version.article == article.id, version.version == article.version)
    values: dict[str, Any] = {"still": article.fetched, "heading": article.heading}
    if known.text_from != article.text_from:
        values |= {"text_from": article.text_from, "url": article.url, "fetched": article.fetched}
        values["body_sha256"] = article.raw.sha256 if article.raw else ""
    connection.execute(update(t.article_version).where(this).values(values))
    connection.execute(update(t.article).where(t.article.c.id == article.id).values(key=bounded_key(article.key)))


def _add_version(connection: Connection, article: Article, at: datetime) -> None:
    row = t.ArticleVersionRow(
        article=article.id,
        version=article.version,
        stored=at,
        url=article.url,
        title=article.title,
        text=article.text,
        text_from=article.text_from,
        language=article.language,
        authors=list(article.authors),
        published=article.published,
        published_source=article.published_source,
        published_precision=article.precision,
        published_raw=article.published_raw,
        fetched=article.fetched,
        zones=[[zone.zone.value, zone.span.start, zone.span.end] for zone in article.zones],
        sha256=sha256(storable(article.text).encode()).hexdigest(),
        heading=article.heading,
        body_sha256=article.raw.sha256 if article.raw else "",
    )
    connection.execute(insert(t.article_version).values(row.values()))
