"""I/O: the database. Evidence: the bytes that came, all versions of an article, and what people must see of them.

For use inside a transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, and_, exists, insert, select, update

from monitor.model import Absence, Article, Confidence, Finding, Hit, Mention, RawPage, Version
from monitor.store import tables as t
from monitor.store.database import insert_new
from monitor.store.sql import articles
from monitor.store.types import row_of, shaped

_version = t.article_version.c
_KEPT = select(t.raw_body.c.sha256)


def keep(connection: Connection, article: Article) -> None:
    """Keeps the bytes of an article that names someone. What came before it was known to has no hash any more."""
    if not _names_someone(connection, article.id):
        return
    this = and_(_version.article == article.id, _version.version == article.version)
    if article.raw and not connection.scalar(select(exists().where(this, _version.body_sha256.in_(_KEPT)))):
        values = {"url": article.url, "fetched": article.fetched} | _kept(connection, article.raw)
        connection.execute(update(t.article_version).where(this).values(values))
    let_go = and_(_version.article == article.id, _version.body_sha256 != "", _version.body_sha256.not_in(_KEPT))
    connection.execute(update(t.article_version).where(let_go).values(body_sha256=""))


def keep_absence(connection: Connection, article: int, absence: Absence) -> None:
    """Notes that an article is gone, and of one that names someone what was answered in its place."""
    values: dict[str, Any] = {"gone": absence.at, "gone_why": absence.why}
    if absence.raw and _names_someone(connection, article):
        answer = {"url": absence.url, "status": absence.status} | _kept(connection, absence.raw)
        values |= {f"gone_{name}": value for name, value in answer.items()}
    connection.execute(update(t.article).where(t.article.c.id == article).values(values))


def _names_someone(connection: Connection, article: int) -> bool:
    return bool(connection.scalar(select(exists().where(t.hit.c.article == article))))


def _kept(connection: Connection, raw: RawPage) -> dict[str, Any]:
    """Puts the bytes where they are kept; returns what is to be kept with their hash."""
    row = {"sha256": raw.sha256, "body": raw.body}
    connection.execute(insert_new(connection.dialect.name, t.raw_body).values(row).on_conflict_do_nothing())
    return {"body_sha256": raw.sha256, "headers": dict(raw.headers)}


def versions(connection: Connection, article: int, *, raw: bool = False) -> Sequence[Version]:
    """All versions of an article, in their order; with `raw`, the bytes that are kept, too."""
    hits = _hits(connection, article)
    ask = select(*(c for c in t.article.c if c.name != "version"), *(c for c in _version if c.name != "article"))
    ask = ask.join_from(t.article, t.article_version, _version.article == t.article.c.id)
    if raw:
        ask = ask.add_columns(t.raw_body.c.body).outerjoin(t.raw_body, t.raw_body.c.sha256 == _version.body_sha256)
    rows = connection.execute(ask.where(t.article.c.id == article).order_by(_version.version)).all()
    found = [_version_of(row, hits[row.version], row.body if raw else None) for row in rows]
    if raw and rows[-1].gone:
        found[-1] = replace(found[-1], gone=_absence(connection, rows[-1]))
    return found


def _version_of(row: Any, hits: Sequence[Hit], body: bytes | None) -> Version:
    page = None if body is None else RawPage(body, row.headers)
    return Version(articles.from_row(row, page), row.stored, tuple(hits), row.sha256, row.still)


def _absence(connection: Connection, row: Any) -> Absence:
    body = connection.scalar(select(t.raw_body.c.body).where(t.raw_body.c.sha256 == row.gone_body_sha256))
    raw = None if body is None else RawPage(body, row.gone_headers)
    return Absence(row.gone, row.gone_why, row.gone_url, row.gone_status, raw)


def _hits(connection: Connection, article: int) -> Mapping[int, Sequence[Hit]]:
    """Version -> what was found in it. Whether a name alerts is only known as it was last."""
    ask = (
        select(t.mention, t.entity.c.id.label("entity"), t.hit.c.alerts, t.hit.c.why.label("hit_why"))
        .join(t.hit, t.hit.c.id == t.mention.c.hit)
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .where(t.hit.c.article == article)
        .order_by(t.mention.c.version, t.hit.c.id, t.mention.c.field.desc(), t.mention.c.start)
    )
    mentions: dict[int, dict[str, list[Mention]]] = defaultdict(lambda: defaultdict(list))
    about: dict[str, Any] = {}
    for row in connection.execute(ask):
        mentions[row.version][row.entity].append(articles.mention_of(row, row.entity))
        about[row.entity] = row
    found: dict[int, list[Hit]] = defaultdict(list)
    for version, by_entity in mentions.items():
        for entity, those in by_entity.items():
            sure = Confidence.STRONG if any(m.confidence is Confidence.STRONG for m in those) else Confidence.POSSIBLE
            found[version].append(Hit(entity, tuple(those), sure, about[entity].alerts, about[entity].hit_why))
    return found


def put(connection: Connection, findings: Sequence[Finding], found: Any) -> None:
    numbers = articles.entity_numbers(connection, {f.entity for f in findings if f.entity})
    rows = [row_of(t.finding, f, entity=numbers.get(f.entity), found=found) for f in findings]
    connection.execute(insert(t.finding), rows)


def findings(connection: Connection, of: Collection[int]) -> Mapping[int, Sequence[Finding]]:
    """Article -> what people must see of its changes, in the order in which they were found."""
    ask = select(t.finding, t.entity.c.id.label("who")).outerjoin(t.entity, t.entity.c.number == t.finding.c.entity)
    told: dict[int, list[Finding]] = defaultdict(list)
    for row in connection.execute(ask.where(t.finding.c.article.in_(of)).order_by(t.finding.c.id)):
        told[row.article].append(shaped(Finding, row, entity=row.who or ""))
    return told
