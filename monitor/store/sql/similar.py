"""I/O: the database. Filed articles that may be the source or the story of an article; for use inside a transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, false, func, literal, or_, select

from monitor.groups import group_values
from monitor.model import (
    ArticleText,
    Candidate,
    Confidence,
    Custody,
    EntityType,
    Field,
    Fingerprint,
    Incident,
    WatchedAct,
    acts_told_first,
    text_in_article,
)
from monitor.store import tables as t
from monitor.store.indexes.candidates import LAST_FILING, find_filings, first_filed_after
from monitor.store.sql import articles
from monitor.store.tables.sources import IS_CURRENT
from monitor.store.types import Utc, adapter, parameter_rows
from monitor.text.sentences import common_sentences
from monitor.text.tokens import tokens


class Before(NamedTuple):
    """The filing before which articles were filed that are compared, and when it was made."""

    filing: int
    at: datetime


COPIES, SIMILAR = 6, 24  # candidates that `place` compares; docs/design/stories.md
EVERY_FILING = Before(LAST_FILING, datetime.max.replace(tzinfo=UTC))
LATEST_HITS = 200  # filings of an entity that are compared; some have tens of thousands
CANDIDATE_ROWS = (
    articles.current()
    .with_only_columns(*t.article.c["id", "outlet", "seen", *articles.FINGERPRINT_COLUMNS])
    .add_columns(t.article_version.c.language, t.story_article.c.story, t.story_article.c.copy_of)
    .add_columns(t.article.c.version, articles.REPORTER)
    .outerjoin(t.story_article, t.story_article.c.article == t.article.c.id)
)
# Whether an article changed, gained a name, is gone or was added by hand matters only while it awaits filing.
NOT_AWAITING_ROWS = CANDIDATE_ROWS.add_columns(false(), false(), literal(""), literal(""))


_OF_ARTICLES = t.hit.c.article == parameter_rows("articles")
_IS_PRESS = t.entity.c.type == EntityType.PRESS
# The entities that these articles name for sure (strong hits), without the press: all incidents against it are of one
# entity, which makes no two of them nearer.
_STRONG_HITS = (
    select(t.hit.c.article, t.entity.c.id, t.entity.c.type)
    .join(t.entity, t.entity.c.number == t.hit.c.entity)
    .join(t.article, articles.in_force())
    .where(_OF_ARTICLES, t.hit.c.confidence == Confidence.STRONG, ~_IS_PRESS)
)


def _mentions(*columns: ColumnElement[Any]) -> Select[Any]:
    """Select columns of the mentions in the current versions of these articles."""
    return (
        select(t.hit.c.article, t.entity.c.id, *columns)
        .join(t.entity, t.entity.c.number == t.hit.c.entity)
        .join(t.article, articles.in_force())
        .join(t.mention, articles.IS_OF_HIT)
        .where(_OF_ARTICLES)
    )


# What these articles surely say was done to watched people.
_ACTS = _mentions(*t.mention.c["incident", "field", "start", "custody"]).where(
    t.entity.c.type == EntityType.PERSON,
    t.mention.c.incident.is_not(None),
    t.mention.c.confidence == Confidence.STRONG,
)
_INCIDENTS = _mentions(*t.mention.c["incident", "field", "start"]).where(_IS_PRESS)
# The words by which these articles name entities, surely or possibly; not those for who of the press suffered: they
# tell events apart.
_MENTION_TEXTS = _mentions(t.mention.c.text).where(~_IS_PRESS).distinct()
_filed, _version, _earlier = t.story_article.c, t.article_version.c, t.article_version.alias().c
_WAS_TOLD = exists().where(t.finding.c.article == _earlier.article, t.finding.c.version >= _earlier.version)
_WAS_SHOWN = or_(_earlier.stored <= func.coalesce(_filed.changed, _filed.filed), _WAS_TOLD)
# The version of a filed article that people were last told of.
_SHOWN_VERSION = (
    select(func.max(_earlier.version))
    .where(_earlier.article == _filed.article, _WAS_SHOWN)
    .correlate(t.story_article)
    .scalar_subquery()
)
_TEXTS = (
    select(*_version["article", "title", "text", "zones"])
    .join(t.article, t.article.c.id == _version.article)
    .outerjoin(t.story_article, _filed.article == _version.article)
    .where(_version.article == parameter_rows("articles"))
    .where(or_(IS_CURRENT, _version.version == func.coalesce(_SHOWN_VERSION, 1)))
    .order_by(_version.article, _version.version)
)
_FILED_ARTICLES = NOT_AWAITING_ROWS.where(t.story_article.c.id == parameter_rows("filed")).order_by(
    t.story_article.c.id
)


def filed_candidate(connection: Connection, article: int) -> Candidate | None:
    """Return a filed article as the one to place, with the words by which it names somebody; None: it is not filed."""
    query = NOT_AWAITING_ROWS.where(t.article.c.id == article, t.story_article.c.id.is_not(None))
    return next(iter(load_candidates(connection, connection.execute(query).all(), with_words=True)), None)


def find_similar(
    connection: Connection,
    article: Candidate,
    copies_since: datetime,
    stories_since: datetime,
    *,
    text_share: float,
    before: Before = EVERY_FILING,
) -> Sequence[Candidate]:
    """Return filed articles that may be copies, or of the same story, in the order of filing."""
    sharing_text, sharing_terms = find_filings(
        connection, article.fingerprint, copies_since, stories_since, copy_share=text_share, before=before.filing
    )
    filings = {*sharing_text[:COPIES], *sharing_terms[:SIMILAR]}
    filings.update(_filings_by_shared_entities(connection, article.entities, stories_since, before))
    rows = connection.execute(_FILED_ARTICLES, {"filed": sorted(filings)}).all() if filings else []
    # Filings were searched by when they were filed; an old article may be filed late.
    return [c for c in load_candidates(connection, rows) if c.id != article.id and c.published_at > copies_since]


def texts_of(connection: Connection, article: int, sources: Collection[int]) -> Mapping[int, ArticleText]:
    """Return the words of an article, and what people had in sight of those that it may repeat.

    That is what the version says that people were shown, and the present one says still: nothing vouches for a copy
    that an outlet added without anybody being told of it.
    """
    rows = connection.execute(_TEXTS, {"articles": [article, *sources]})
    versions = group_values((row.article, row) for row in rows)
    present = versions.pop(article)[-1]
    texts = {article: ArticleText(present.title, present.text)}
    for number, of_article in versions.items():
        shown, present = of_article[0], of_article[-1]
        title = shown.title if shown.title == present.title else ""
        texts[number] = ArticleText(title, common_sentences(_in_article(shown), _in_article(present)))
    return texts


def _in_article(row: Any) -> str:
    """Return the text of a version without what stands beside the article: a card and a change leave that out."""
    return text_in_article(row.text, articles.zones_of(row.zones))


def load_candidates(
    connection: Connection, rows: Sequence[Sequence[Any]], *, with_words: bool = False
) -> Sequence[Candidate]:
    """Return the candidates of rows, in their order, with the entities that they name.

    `with_words`: also with the words by which they name them, as the article to place needs them.
    """
    parameters = {"articles": [row[0] for row in rows]}

    def by_article(query: Select[Any]) -> Mapping[int, Sequence[Any]]:
        return group_values((row.article, row) for row in (connection.execute(query, parameters) if rows else ()))

    hits = by_article(_STRONG_HITS)
    mentions = by_article(_MENTION_TEXTS) if with_words else {}
    incidents = by_article(_INCIDENTS)
    acts = by_article(_ACTS)
    return [
        Candidate(
            id=article_id,
            outlet=outlet,
            language=language,
            published_at=seen_at,
            fingerprint=Fingerprint(*hashes),
            entities=frozenset(row.id for row in hits.get(article_id, ())),
            people=frozenset(row.id for row in hits.get(article_id, ()) if row.type == EntityType.PERSON),
            watched_words=frozenset(token.text for row in mentions.get(article_id, ()) for token in tokens(row.text)),
            incidents=tuple(adapter(Incident).validate_python(row.incident) for row in incidents.get(article_id, ())),
            told_at=frozenset((Field(row.field), row.start) for row in incidents.get(article_id, ())),
            acts=frozenset(chain.from_iterable(map(_acts_told_first, acts.get(article_id, ())))),
            story=story,
            copy_of=copy_of,
            version=version,
            reporter=reporter,
            changed=bool(changed),
            gained=bool(gained),
            gone_why=gone_why,
            added_by=author,
        )
        for article_id, outlet, seen_at, *hashes, language, story, copy_of, version, reporter, changed, gained,
        gone_why, author in rows
    ]  # fmt: skip


def _acts_told_first(row: Any) -> Sequence[WatchedAct]:
    incident = adapter(Incident).validate_python(row.incident)
    return acts_told_first(row.id, Field(row.field), row.start, incident, Custody(row.custody))


def _filings_by_shared_entities(
    connection: Connection, entities: Collection[str], since: datetime, before: Before
) -> Sequence[int]:
    """Return filings by how many of the entities they name for sure, the most first.

    One query for each entity: in one query PostgreSQL would look up its latest hits again for each of thousands of
    hits.
    """
    filings: Counter[int] = Counter()
    for entity in entities:
        parameters = {
            "entity": entity,
            "stories_since": since,
            "latest": LATEST_HITS,
            "before": before.filing,
            "found_until": before.at,
        }
        filings.update(connection.scalars(_LATEST_FILINGS_NAMING, parameters))
    return sorted(filings, key=lambda filing: (-filings[filing], -filing))[:SIMILAR]


def _latest_filings_naming() -> Select[Any]:
    """Select the filings after a time that name an entity for sure, of its latest hits that were filed."""
    hit = t.hit.c
    number = select(t.entity.c.number).where(t.entity.c.id == bindparam("entity")).scalar_subquery()
    latest = select(hit.article, hit.confidence).where(hit.entity == number, hit.filed)
    latest = latest.where(hit.found <= bindparam("found_until", type_=Utc)).order_by(hit.id.desc())
    latest_hits = latest.limit(bindparam("latest")).subquery()
    return (
        select(t.story_article.c.id)
        .join(latest_hits, latest_hits.c.article == t.story_article.c.article)
        .where(latest_hits.c.confidence == Confidence.STRONG)
        .where(t.story_article.c.id >= first_filed_after("stories_since"), t.story_article.c.id < bindparam("before"))
    )


_LATEST_FILINGS_NAMING = _latest_filings_naming()
