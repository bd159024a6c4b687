"""I/O: the database. Articles in their versions, with their hits; for use inside a transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)

from monitor.cluster.fingerprint import fingerprint as fingerprint_of_text
from monitor.errors import NotFound
from monitor.model import Article, Confidence, Field, Fingerprint, Hit, Mention, RawPage, Span, Zone, ZoneSpan
from monitor.store import tables as t
from monitor.store.database import alone_with_stories, insert_new
from monitor.store.sql import candidates, search
from monitor.store.types import bounded_key, row_of, shaped, storable

SETS = ("sketch", "names", "numbers", "words")  # of a fingerprint


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
    zones = tuple(ZoneSpan(Zone(zone), Span(start, end)) for zone, start, end in row.zones)
    return shaped(Article, row, precision=row.published_precision, zones=zones, raw=raw)


def mention_of(row: Any, entity: str) -> Mention:
    where, sure, span = Field(row.field), Confidence(row.confidence), Span(row.start, row.end)
    return Mention(entity, row.alias, span, row.text, where, sure, row.score, tuple(row.why), row.other_places)


def in_force() -> Any:
    """That a hit is of the article's current version."""
    return and_(t.hit.c.article == t.article.c.id, t.hit.c.version == t.article.c.version)


def add(connection: Connection, article: Article, fingerprint: Fingerprint, at: datetime) -> Article | None:
    """Stores an article as its first version; None when its key is known, also to someone who was quicker just now."""
    seen = seen_at(article.published, article.first_seen)
    row = row_of(t.article, article, version=1, key=bounded_key(article.key), seen=seen, **sets_of(fingerprint))
    put = insert_new(connection.dialect.name, t.article).values(row).on_conflict_do_nothing(index_elements=["key"])
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
    filing = connection.scalar(select(t.story_article.c.id).where(t.story_article.c.article == number))
    if same:
        _confirm_version(connection, known, stored)
        if filing is None and fingerprint != Fingerprint():  # it names someone only now
            connection.execute(update(t.article).where(t.article.c.id == number).values(sets_of(fingerprint)))
        return stored
    _add_version(connection, stored, at)
    if filing is not None and fingerprint == Fingerprint():  # it names nobody any more, and stays in its story
        fingerprint = fingerprint_of_text(article.title, article.text)
    changes = {
        "key": bounded_key(article.key),
        "version": version,
        "seen": seen_at(article.published, stored.first_seen),
        **sets_of(fingerprint),
    }
    connection.execute(update(t.article).where(t.article.c.id == number).values(changes))
    if filing is not None:
        alone_with_stories(connection)
        candidates.put_hashes(connection, filing, fingerprint)
        search.put(connection, number)
    return stored


def sets_of(fingerprint: Fingerprint) -> dict[str, Any]:
    return {name: getattr(fingerprint, name) for name in SETS}


def replace_hits(connection: Connection, article: Article, hits: Iterable[Hit], at: datetime) -> None:
    """Makes these the hits of the article's current version; mentions of older versions stay, as evidence."""
    _no_longer_found(connection, article.version, put_hits(connection, article, hits, at).values())


def put_hits(connection: Connection, article: Article, hits: Iterable[Hit], at: datetime) -> Mapping[int, int]:
    """Stores these hits of the article's current version; returns the article's others, by entity."""
    hits = tuple(hits)
    numbers = entity_numbers(connection, {hit.entity for hit in hits})
    here = {row.entity: row.id for row in connection.execute(select(t.hit).where(t.hit.c.article == article.id))}
    for hit in hits:
        values = row_of(t.hit, hit, entity=numbers[hit.entity], version=article.version)
        number = here.pop(numbers[hit.entity], None)
        if number is None:
            row = values | {"article": article.id, "found": at}
            number = connection.scalar(insert(t.hit).values(row).returning(t.hit.c.id))
            assert number is not None
        else:
            connection.execute(update(t.hit).where(t.hit.c.id == number).values(values))
            this_version = and_(t.mention.c.hit == number, t.mention.c.version == article.version)
            connection.execute(delete(t.mention).where(this_version))
        mentions = _mention_rows(number, article.version, hit.mentions)
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


def _mention_rows(hit: int, version: int, mentions: Iterable[Mention]) -> list[dict[str, Any]]:
    places = {(m.field, m.span): m for m in mentions}
    return [row_of(t.mention, m, hit=hit, version=version, start=m.span.start, end=m.span.end) for m in places.values()]


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
    row = row_of(
        t.article_version,
        article,
        article=article.id,
        stored=at,
        published_precision=article.precision,
        zones=[[zone.zone.value, zone.span.start, zone.span.end] for zone in article.zones],
        sha256=sha256(storable(article.text).encode()).hexdigest(),
        body_sha256=article.raw.sha256 if article.raw else "",
    )
    connection.execute(insert(t.article_version).values(row))
