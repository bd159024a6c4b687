"""I/O: the database. Evidence: pages as fetched, all versions of an article, and findings for people.

For use inside a transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, insert, select, update

from monitor.groups import group_values
from monitor.model import Absence, Article, Change, Confidence, Finding, Hit, Mention, RawPage, Version
from monitor.store import tables as t
from monitor.store.database import put_missing
from monitor.store.sql import articles
from monitor.store.types import row_of, shaped

_version = t.article_version.c
# Correlated: PostgreSQL would read all bodies for each IN (SELECT …).
_BODY_IS_STORED = exists().where(t.raw_body.c.sha256 == _version.body_sha256).correlate(t.article_version)
LACKS_BODY = and_(exists().where(t.hit.c.article == _version.article).correlate(t.article_version), ~_BODY_IS_STORED)
# Built once: for each article, building them takes longer than SQLite takes to run them.
_NAMES_SOMEONE = select(exists().where(t.hit.c.article == bindparam("of_article")))
_IS_OF_ARTICLE = _version.article == bindparam("of_article")
_IS_VERSION = and_(_IS_OF_ARTICLE, _version.version == bindparam("of_version"))
_HAS_BODY = select(exists().where(_IS_VERSION, _BODY_IS_STORED))
_PAGE_HASH = select(_version.body_sha256).where(_IS_VERSION)
_VERSION_UPDATE = update(t.article_version).where(_IS_VERSION)
_earlier = t.article_version.alias("earlier").c
_FINDINGS = (
    select(t.finding, t.entity.c.id.label("who"), t.article.c.gone, _version.fetched)
    .add_columns(func.coalesce(_version.still, _version.fetched, _version.stored).label("last_seen"))
    .add_columns(func.coalesce(_earlier.still, _earlier.fetched, _earlier.stored).label("seen_before"))
    .join(t.article, t.article.c.id == t.finding.c.article)
    .outerjoin(t.entity, t.entity.c.number == t.finding.c.entity)
    .outerjoin(t.article_version, and_(_version.article == t.article.c.id, _version.version == t.finding.c.version))
    .outerjoin(
        _earlier.article.table,
        and_(_earlier.article == t.article.c.id, _earlier.version == t.finding.c.version - 1),
    )
    .where(t.finding.c.article.in_(bindparam("articles", expanding=True)))
    .order_by(t.finding.c.id)
)


def store_raw_page(connection: Connection, article: Article) -> bool:
    """Store the page of an article that names someone, as fetched; return whether its version had another page before.

    Of earlier versions, from when it named nobody, there are the hashes alone, as of any article that names nobody.
    """
    if not _names_someone(connection, article.id):
        return False
    this_version = {"of_article": article.id, "of_version": article.version}
    # The bytes that a version was read from stay; those of a later fetch with the same text do not replace them.
    if article.raw and not connection.scalar(_HAS_BODY, this_version):
        earlier_page = connection.scalar(_PAGE_HASH, this_version)
        values = {"url": article.url, "fetched": article.fetched} | _store_body(connection, article.raw)
        connection.execute(_VERSION_UPDATE, values | this_version)
        return earlier_page != article.raw.sha256
    return False


def store_absence(connection: Connection, article: int, absence: Absence) -> None:
    """Record that an article is gone and, if it names someone, what the server answered instead."""
    values: dict[str, Any] = {"gone": absence.at, "gone_why": absence.why}
    if absence.raw and _names_someone(connection, article):
        answer = {"url": absence.url, "status": absence.status} | _store_body(connection, absence.raw)
        values |= {f"gone_{name}": value for name, value in answer.items()}
    connection.execute(update(t.article).where(t.article.c.id == article).values(values))
    connection.execute(update(t.story_article).where(t.story_article.c.article == article).values(outdated=True))


def _names_someone(connection: Connection, article: int) -> bool:
    return bool(connection.scalar(_NAMES_SOMEONE, {"of_article": article}))


def _store_body(connection: Connection, raw: RawPage) -> dict[str, Any]:
    """Store the bytes of a page once and return the columns that refer to them."""
    put_missing(connection, t.raw_body, {"sha256": raw.sha256, "body": raw.body})
    return {"body_sha256": raw.sha256, "headers": dict(raw.headers), "request": raw.request}


def versions(connection: Connection, article: int, *, raw: bool = False) -> Sequence[Version]:
    """Return all versions of an article in order; with `raw`, also the stored pages as fetched."""
    hits = _hits(connection, article)
    query = select(*(c for c in t.article.c if c.name != "version"), *(c for c in _version if c.name != "article"))
    query = query.join_from(t.article, t.article_version, _version.article == t.article.c.id)
    if raw:
        query = query.add_columns(t.raw_body.c.body).outerjoin(t.raw_body, t.raw_body.c.sha256 == _version.body_sha256)
    rows = connection.execute(query.where(t.article.c.id == article).order_by(_version.version)).all()
    history = [_version_of(row, hits[row.version], row.body if raw else None) for row in rows]
    # The article is absent, not one version: its absence is returned with the last one.
    if rows[-1].gone:
        history[-1] = replace(history[-1], absence=_absence(connection, rows[-1], raw=raw))
    return history


def _version_of(row: Any, hits: Sequence[Hit], body: bytes | None) -> Version:
    page = None if body is None else RawPage(body, row.headers, row.request)
    return Version(articles.from_row(row, page), row.stored, tuple(hits), row.sha256, row.still)


def _absence(connection: Connection, row: Any, *, raw: bool) -> Absence:
    stored_body = select(t.raw_body.c.body).where(t.raw_body.c.sha256 == row.gone_body_sha256)
    body = connection.scalar(stored_body) if raw else None
    page = None if body is None else RawPage(body, row.gone_headers, row.gone_request)
    return Absence(row.gone, row.gone_why, row.gone_url, row.gone_status, page)


def _hits(connection: Connection, article: int) -> Mapping[int, Sequence[Hit]]:
    """Return the hits of each version. Whether a name alerts is stored only for its latest version."""
    query = (
        select(t.mention, t.entity.c.id.label("entity"), t.hit.c.alerts, t.hit.c.why.label("hit_why"))
        .join(t.hit, t.hit.c.id == t.mention.c.hit)
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .where(t.hit.c.article == article)
        .order_by(t.mention.c.version, t.hit.c.id, t.mention.c.field.desc(), t.mention.c.start)
    )
    mentions: dict[int, dict[str, list[Mention]]] = defaultdict(lambda: defaultdict(list))
    hit_rows: dict[str, Any] = {}
    for row in connection.execute(query):
        mentions[row.version][row.entity].append(articles.mention_of(row, row.entity))
        hit_rows[row.entity] = row
    hits_by_version: dict[int, list[Hit]] = defaultdict(list)
    for version, by_entity in mentions.items():
        for entity, entity_mentions in by_entity.items():
            is_strong = any(m.confidence is Confidence.STRONG for m in entity_mentions)
            confidence = Confidence.STRONG if is_strong else Confidence.POSSIBLE
            hits_by_version[version].append(
                Hit(entity, tuple(entity_mentions), confidence, hit_rows[entity].alerts, hit_rows[entity].hit_why)
            )
    return hits_by_version


def add_findings(connection: Connection, findings: Sequence[Finding], found_at: Any) -> None:
    numbers = articles.entity_numbers(connection, {f.entity for f in findings if f.entity})
    rows = [row_of(t.finding, f, entity=numbers.get(f.entity), found=found_at) for f in findings]
    connection.execute(insert(t.finding), rows)


def findings(connection: Connection, article_ids: Collection[int]) -> Mapping[int, Sequence[Finding]]:
    """Return what people must see of the changes of each article, in the order of discovery."""
    rows = connection.execute(_FINDINGS, {"articles": list(article_ids)})
    return group_values((row.article, _finding_of(row)) for row in rows)


def _finding_of(row: Any) -> Finding:
    """Return a finding with the times of the captures that showed it, and what stood there before."""
    is_absence = row.kind == Change.GONE
    capture_time, time_before = (row.gone, row.last_seen) if is_absence else (row.fetched, row.seen_before)
    # What was seen later says nothing of the time before.
    last_present = time_before if time_before and capture_time and time_before <= capture_time else None
    return shaped(Finding, row, entity=row.who or "", seen_at=capture_time or row.found, last_present=last_present)
