"""I/O: the database. Articles with their versions and hits; for use inside a transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from monitor.errors import NotFound
from monitor.model import (
    Article,
    Confidence,
    Custody,
    Field,
    Fingerprint,
    Hit,
    Incident,
    Mention,
    RawPage,
    Span,
    Speaker,
    Zone,
    ZoneSpan,
)
from monitor.store import tables as t
from monitor.store.database import insert_new, lock_stories
from monitor.store.indexes import candidates, search
from monitor.store.tables.sources import IS_CURRENT
from monitor.store.types import adapter, bounded_key, row_of, shaped, storable
from monitor.text.lead import told_at

# Built once: for each article, building them takes longer than SQLite takes to run them.
_VERSION_INSERTION, _MENTION_INSERTION = insert(t.article_version), insert(t.mention)
_HIT_INSERTION = insert(t.hit).returning(t.hit.c.id)
_HITS_OF_ARTICLE = select(*t.hit.c["id", "entity", "version", "alerts"]).where(
    t.hit.c.article == bindparam("of_article")
)
_ENTITY_NUMBERS = select(*t.entity.c["id", "number"]).where(t.entity.c.id.in_(bindparam("entities", expanding=True)))
FINGERPRINT_COLUMNS = ("sketch", "names", "numbers", "words", "romanisation")
OUTDATED_FINGERPRINT = -1  # in place of its version: the text has changed since it was made

# As `ItemArticle.reporter`; the key of a linked page begins with the number of the feed that led to it: "linked:12:".
_SITE = func.ltrim(func.substr(t.article.c.key, len("linked:") + 1), "0123456789")
REPORTER = case(
    (
        t.article.c.speaker == Speaker.LINKED_PAGE,
        func.substr(t.article.c.key, 1, func.length(t.article.c.key) - func.length(_SITE)),
    ),
    else_=t.article.c.outlet,
)


def current() -> Select[Any]:
    """Select articles with their current version, without their fingerprints."""
    article, version = t.article.c, t.article_version.c
    article_columns = [column for column in article if column.name not in FINGERPRINT_COLUMNS]
    version_columns = [column for column in version if column.name not in {"article", "version"}]
    return select(*article_columns, *version_columns).join_from(t.article, t.article_version, IS_CURRENT)


def from_row(row: Any, raw: RawPage | None = None) -> Article:
    """Return the article of a row of `current`, or of any other version."""
    return shaped(Article, row, precision=row.published_precision, zones=zones_of(row.zones), raw=raw)


def zones_of(stored: Iterable[tuple[str, int, int]]) -> tuple[ZoneSpan, ...]:
    """Return the zones of a column that `zone_rows` filled."""
    return tuple(ZoneSpan(Zone(zone), Span(start, end)) for zone, start, end in stored)


def zone_rows(zones: Iterable[ZoneSpan]) -> list[list[Any]]:
    return [[zone.zone.value, zone.span.start, zone.span.end] for zone in zones]


def mention_of(row: Any, entity: str) -> Mention:
    field, confidence, span = Field(row.field), Confidence(row.confidence), Span(row.start, row.end)
    incident = adapter(Incident).validate_python(row.incident) if row.incident else None
    found_as = entity, row.alias, span, row.text, field, confidence, row.score, tuple(row.why)
    return Mention(*found_as, row.other_places, incident, Custody(row.custody))


def in_force() -> Any:
    """Return the SQL condition that a hit belongs to the article's current version."""
    return and_(t.hit.c.article == t.article.c.id, t.hit.c.version == t.article.c.version)


# A mention stands in the version that its hit is of.
IS_OF_HIT = and_(t.mention.c.hit == t.hit.c.id, t.mention.c.version == t.hit.c.version)


def add(connection: Connection, article: Article, fingerprint: Fingerprint, at: datetime) -> Article | None:
    """Store an article as its first version; return None if its key is already stored.

    The unique key decides between two workers that store the same article at once.
    """
    published_at = told_at(article)
    row = row_of(
        t.article,
        article,
        version=1,
        key=bounded_key(article.key),
        seen=published_at,
        **fingerprint_values(fingerprint),
    )
    article_id = connection.scalar(_article_insertion(connection.dialect.name), row)
    if article_id is None:
        return None
    new = replace(article, id=article_id, version=1)
    add_version(connection, new, at)
    return new


@cache  # building a statement takes longer than running it
def _article_insertion(dialect: str) -> Any:
    insertion = insert_new(dialect, t.article).on_conflict_do_nothing(index_elements=["key"])
    return insertion.returning(t.article.c.id)


def lock_current_row(connection: Connection, key: str, entry_article: int | None) -> Any:
    """Lock the article with this key, or else the entry's own article, and return its current row.

    The row is one of `current`: it has the title, the text, and whether they are from the page or the feed.
    """
    # Lock before reading: a version that another transaction stored while we waited is visible only to a new statement.
    lock = select(t.article.c.id).with_for_update()
    article_id = connection.scalar(lock.where(t.article.c.key == bounded_key(key)))
    if article_id is None:
        article_id = connection.scalar(lock.where(t.article.c.id == entry_article))
    return connection.execute(current().where(t.article.c.id == article_id)).one()


def update_article(
    connection: Connection, current_row: Any, article: Article, fingerprint: Fingerprint, at: datetime
) -> Article:
    """Store a changed text as the next version of a stored article and return the article as stored.

    Older versions stay. An unchanged text only confirms the current version.
    """
    is_same = (current_row.title, current_row.text) == (storable(article.title), storable(article.text))
    article_id, version = current_row.id, current_row.version + (not is_same)
    stored = replace(article, id=article_id, version=version, first_seen=current_row.first_seen)
    if current_row.published_precision:
        # An outlet that edits an article, or uses its address again, moves the date that its feed gives.
        dates = {name: getattr(current_row, name) for name in ("published", "published_source", "published_raw")}
        stored = replace(stored, precision=current_row.published_precision, **dates)
    filing = connection.scalar(select(t.story_article.c.id).where(t.story_article.c.article == article_id))
    if is_same:
        _confirm_version(connection, current_row, stored)
        if filing is None and fingerprint != Fingerprint():  # the article names someone for the first time
            connection.execute(
                update(t.article).where(t.article.c.id == article_id).values(fingerprint_values(fingerprint))
            )
        return stored
    add_version(connection, stored, at)
    changes = {
        "key": bounded_key(article.key),
        "version": version,
        "seen": told_at(stored),
    }
    # An article that names nobody any more stays in its story, where others must still find it: by what it said before,
    # until the next filing has made a fingerprint of what it says now.
    is_without_names = filing is not None and fingerprint == Fingerprint()
    changes |= {"romanisation": OUTDATED_FINGERPRINT} if is_without_names else fingerprint_values(fingerprint)
    connection.execute(update(t.article).where(t.article.c.id == article_id).values(changes))
    # Only filed articles are indexed; filing indexes the others.
    if filing is not None:
        lock_stories(connection)
        connection.execute(update(t.story_article).where(t.story_article.c.id == filing).values(outdated=True))
        if not is_without_names:
            candidates.put_hashes(connection, filing, fingerprint)
        search.index_article(connection, article_id)
    return stored


def fingerprint_values(fingerprint: Fingerprint) -> dict[str, Any]:
    return {name: getattr(fingerprint, name) for name in FINGERPRINT_COLUMNS}


def index_filings(connection: Connection, condition: ColumnElement[bool]) -> None:
    """Index the filings that meet a condition by the present fingerprints of their articles."""
    query = select(t.story_article.c.id, *t.article.c[FINGERPRINT_COLUMNS]).join(
        t.story_article, t.story_article.c.article == t.article.c.id
    )
    for filing, *hashes in connection.execute(query.where(condition)).all():
        candidates.put_hashes(connection, filing, Fingerprint(*hashes))


def replace_hits(connection: Connection, article: Article, hits: Iterable[Hit], at: datetime) -> None:
    """Replace the hits of the article's current version; mentions of older versions stay as evidence.

    When the same text is matched again, names that an item has stay: people may have judged them.
    """
    _remove_hits_from_version(connection, article.version, put_hits(connection, article, hits, at).values())


def put_hits(connection: Connection, article: Article, hits: Iterable[Hit], at: datetime) -> Mapping[int, int]:
    """Store hits of the article's current version and return the ids of its other stored hits by entity."""
    hits = tuple(hits)
    numbers = stored_numbers(connection, {hit.entity for hit in hits})
    # A name may have moved to the closed watch since this run began: it finds the text by itself.
    hits = tuple(hit for hit in hits if hit.entity in numbers)
    stored_hits = {row.entity: row for row in connection.execute(_HITS_OF_ARTICLE, {"of_article": article.id})}
    for hit in hits:
        values = row_of(t.hit, hit, entity=numbers[hit.entity], version=article.version)
        stored = stored_hits.pop(numbers[hit.entity], None)
        if stored is None:
            hit_id = connection.scalar(_HIT_INSERTION, values | {"article": article.id, "found": at})
            assert hit_id is not None
        else:
            hit_id = stored.id
            # A name that a new text tells for sure is as new as one that it did not hold before.
            is_news = hit.alerts and not stored.alerts and stored.version < article.version
            connection.execute(
                update(t.hit).where(t.hit.c.id == hit_id).values(values | ({"filed": False} if is_news else {}))
            )
            # Mentions of older versions stay.
            this_version = and_(t.mention.c.hit == hit_id, t.mention.c.version == article.version)
            connection.execute(delete(t.mention).where(this_version))
        mentions = _mention_rows(hit_id, article.version, hit.mentions)
        if mentions:
            connection.execute(_MENTION_INSERTION, mentions)
    return {entity: row.id for entity, row in stored_hits.items()}


def entity_numbers(connection: Connection, ids: Collection[str]) -> Mapping[str, int]:
    """Return the opaque number of each entity id.

    Raises NotFound when one of the ids was never on the stored watchlist.
    """
    numbers = stored_numbers(connection, ids)
    if len(numbers) < len(set(ids)):
        raise NotFound(f"{len(set(ids)) - len(numbers)} of the names found are not on the stored watchlist")
    return numbers


def stored_numbers(connection: Connection, ids: Collection[str]) -> Mapping[str, int]:
    """Return the opaque number of each of these entities that is or was on the stored watchlist."""
    return dict(connection.execute(_ENTITY_NUMBERS, {"entities": list(ids)}).all())


def _remove_hits_from_version(connection: Connection, version: int, hits: Collection[int]) -> None:
    """Remove those of these hits from a version that are not filed.

    Each is reset to its latest other version, or deleted if there is none.
    """
    hits_of_version = and_(t.hit.c.id.in_(hits), t.hit.c.version == version, ~t.hit.c.filed)
    is_theirs = t.mention.c.hit.in_(select(t.hit.c.id).where(hits_of_version))
    connection.execute(delete(t.mention).where(is_theirs, t.mention.c.version == version))
    latest_other_version = select(func.max(t.mention.c.version)).where(t.mention.c.hit == t.hit.c.id).scalar_subquery()
    connection.execute(delete(t.hit).where(hits_of_version, latest_other_version.is_(None)))
    connection.execute(update(t.hit).where(hits_of_version).values(version=latest_other_version))


def _mention_rows(hit: int, version: int, mentions: Iterable[Mention]) -> list[dict[str, Any]]:
    # A place is unique in the table; of two mentions in one place the last counts.
    by_place = {(m.field, m.span): m for m in mentions}
    return [
        row_of(
            t.mention,
            m,
            hit=hit,
            version=version,
            start=m.span.start,
            end=m.span.end,
            incident=adapter(Incident).dump_python(m.incident, mode="json") if m.incident else None,
        )
        for m in by_place.values()
    ]


def _confirm_version(connection: Connection, current_row: Any, article: Article) -> None:
    """Confirm an unchanged version; if the feed's text was stored and the page says the same, mark it as the page's."""
    version = t.article_version.c
    this_version = and_(version.article == article.id, version.version == article.version)
    values: dict[str, Any] = {"still": article.fetched, "heading": article.heading}
    if current_row.text_from != article.text_from:
        values |= {"text_from": article.text_from, "url": article.url, "fetched": article.fetched}
        values["body_sha256"] = article.raw.sha256 if article.raw else ""
    connection.execute(update(t.article_version).where(this_version).values(values))
    connection.execute(update(t.article).where(t.article.c.id == article.id).values(key=bounded_key(article.key)))


def add_version(connection: Connection, article: Article, at: datetime) -> None:
    """Store a version of an article."""
    row = row_of(
        t.article_version,
        article,
        article=article.id,
        stored=at,
        published_precision=article.precision,
        zones=zone_rows(article.zones),
        sha256=sha256(storable(article.text).encode()).hexdigest(),
        body_sha256=article.raw.sha256 if article.raw else "",
    )
    connection.execute(_VERSION_INSERTION, row)
