"""I/O: the database. Review items assembled from their stories; for use inside a transaction.

The rows hold hits and decisions; `review.decisions.fold` derives the state that follows from the decisions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, or_, select, update

from monitor.groups import group_values
from monitor.model import (
    Addition,
    Alert,
    Confidence,
    Decision,
    EntityType,
    Field,
    Finding,
    ItemArticle,
    ItemHit,
    ItemMention,
    Regrouping,
    ReviewItem,
    State,
)
from monitor.review.decisions import fold
from monitor.store import tables as t
from monitor.store.sql import articles, regrouping, related, versions
from monitor.store.types import shaped
from monitor.text.sentences import sentence_around


@dataclass
class _EntityMentions:
    """The hits of one watched entity in the articles of a story, each with its mentions; filled row by row."""

    name: str
    type: EntityType
    with_others: bool
    hit_mentions: list[tuple[Any, list[ItemMention]]] = field(default_factory=list)

    def as_hit(self, entity: str) -> ItemHit:
        """Return the hit from current texts or, if no text names the entity any more, from the last that did."""
        pairs = [pair for pair in self.hit_mentions if pair[0].version == pair[0].current] or self.hit_mentions
        hits = [hit for hit, _ in pairs]
        strong = [hit for hit in hits if hit.confidence == Confidence.STRONG]
        # The item shows the reason of a hit that alerts, and of a strong one before a possible one.
        reason_hit = next((hit for hit in (*strong, *hits) if hit.alerts), (strong or hits)[0])
        return ItemHit(
            entity=entity,
            name=self.name,
            type=self.type,
            confidence=Confidence.STRONG if strong else Confidence.POSSIBLE,
            alerts=any(hit.alerts for hit in hits),
            mentions=tuple(mention for _, mentions in pairs for mention in mentions),
            why=reason_hit.why,
            removed=reason_hit.version != reason_hit.current,
            with_others=self.with_others,
            alerting={hit.article: hit.why for hit in hits if hit.alerts},
        )


def select_ids() -> Select[Any]:
    """Select the ids of review items; callers add their conditions and order."""
    return select(t.review_item.c.id)


class Mentions(Enum):
    """The mentions that a loaded item has: all of each hit, or the first without its sentence, or none."""

    ALL = 1
    FIRST = 2
    NONE = 3


def load(connection: Connection, ids_query: Select[Any], mentions: Mentions = Mentions.ALL) -> Sequence[ReviewItem]:
    """Return the items that a query of `select_ids` selects, in its order.

    Filing reads items without mentions, once for each article of a story: the cost must not grow with the texts and
    mentions that the story already has.
    """
    return _load_rows(connection, connection.execute(ids_query.with_only_columns(*t.review_item.c)).all(), mentions)


def _load_rows(connection: Connection, rows: Sequence[Any], mentions: Mentions) -> Sequence[ReviewItem]:
    """Return the items of rows of `review_item`, in their order."""
    articles_by_story = _articles(connection, [row.story for row in rows], mentions)
    hits_by_story = _hits(connection, articles_by_story, mentions)
    item_ids = [row.id for row in rows]
    regroupings = regrouping.of_items(connection, item_ids)
    # Most items were never regrouped; then nothing can be merged into them.
    history = _history(connection, item_ids, regrouping.merged_into(connection, item_ids) if regroupings else {})
    histories = _article_histories(
        connection, [row for article_rows in articles_by_story.values() for row in article_rows]
    )
    # Filing, which reads items without mentions, needs none.
    stories = [] if mentions is Mentions.NONE else [row.story for row in rows]
    near = related.related_of_stories(connection, stories) if stories else {}
    loaded = (
        _item(row, articles_by_story[row.story], hits_by_story[row.story], regroupings.get(row.id, ()), histories)
        for row in rows
    )
    return [fold(replace(item, related=tuple(near.get(item.story, ()))), history[item.id]) for item in loaded]


@cache
def effective_decisions() -> Select[Any]:
    """Select the decisions that are not an undo and were not undone."""
    # An uncorrelated subquery: it runs once, not once for each decision.
    undone_ids = select(t.decision.alias().c.undoes)
    undone_ids = undone_ids.where(undone_ids.selected_columns.undoes.is_not(None))
    return select(t.decision).where(t.decision.c.verdict.is_not(None), t.decision.c.id.not_in(undone_ids))


def compare_and_set(connection: Connection, item: ReviewItem, expected_version: int) -> bool:
    """Store the state of an item if its row is still at `expected_version`; return whether it was."""
    values = {name: getattr(item, name) for name in _STATE_COLUMNS}
    parameters = {"item": item.id, "expected_version": expected_version, **values}
    return connection.execute(_ITEM_UPDATE_IF_UNCHANGED, parameters).rowcount == 1


def item_of(connection: Connection, story: int) -> ReviewItem | None:
    """Return the item of a story, without mentions, or None."""
    rows = connection.execute(_ITEM_OF_STORY, {"story": story}).all()
    return next(iter(_load_rows(connection, rows, Mentions.NONE)), None)


def filing_time(connection: Connection, now: datetime) -> datetime:
    """Return now, or the end of the last mailed window or the time of the last filing if that is later.

    So the next digest includes what is filed now, even if the clock was set back.
    """
    latest_times = connection.execute(_LATEST_TIMES).one()
    at: datetime = max([now, *(latest for latest in latest_times if latest)])
    return at


def _item(
    row: Any,
    article_rows: Sequence[Any],
    mentions_by_entity: Mapping[str, _EntityMentions],
    regroupings: Sequence[Regrouping],
    histories: _ArticleHistories,
) -> ReviewItem:
    # Strong names first, among them those that alert: cards, lists and mails keep this order.
    hits = sorted(
        (entity_mentions.as_hit(entity) for entity, entity_mentions in mentions_by_entity.items()),
        key=lambda hit: (hit.confidence is not Confidence.STRONG, not hit.alerts),
    )
    return ReviewItem(
        id=row.id,
        version=row.version,
        state=State(row.state),
        story=row.story,
        first_seen=row.first_seen,
        articles=tuple(_article(row, *histories[row.id]) for row in article_rows),
        hits=tuple(hits),
        until=row.until,
        reopened=row.reopened,
        reopened_at=row.reopened_at,
        regroupings=tuple(regroupings),
    )


# Statements for every item are built once: building one takes longer than SQLite takes to answer it.
_STATE_COLUMNS = ("version", "state", "verdict", "until", "reopened", "reopened_at")
_ITEM_OF_STORY = select(t.review_item).where(t.review_item.c.story == bindparam("story"))
_ITEM_UPDATE_IF_UNCHANGED = update(t.review_item).where(
    t.review_item.c.id == bindparam("item"), t.review_item.c.version == bindparam("expected_version")
)
IS_HIT_OF_ITEM = or_(articles.in_force(), t.hit.c.filed)  # a name that an edit removed stays once it was filed
_FILED_ARTICLES = (
    articles.current()
    .with_only_columns(
        *t.article.c["id", "version", "outlet", "first_seen", "older", "speaker", "gone"],
        *t.article_version.c["url", "title", "text", "language", "published", "text_from"],
        *t.story_article.c["story", "copy_of", "filed", "changed", "rule", "arguments", "why", "own_sentences"],
        exists().where(t.addition.c.article == t.article.c.id).correlate(t.article).label("is_added"),
    )
    .join(t.story_article, t.story_article.c.article == t.article.c.id)
    .where(t.story_article.c.story.in_(bindparam("stories", expanding=True)))
    .order_by(t.story_article.c.id)
)
_FILED_ARTICLES_WITHOUT_TEXT = _FILED_ARTICLES.with_only_columns(
    *(c for c in _FILED_ARTICLES.selected_columns if c.name != "text")
)
_HITS_OF_ARTICLES = (
    select(*t.hit.c["id", "article", "version", "confidence", "alerts", "why"])
    .add_columns(t.article.c.version.label("current"), t.entity.c.id.label("entity"))
    .add_columns(t.entity.c.name, t.entity.c.type, t.entity.c.alert)
    .join_from(t.hit, t.article, t.article.c.id == t.hit.c.article)
    .join(t.entity, t.entity.c.number == t.hit.c.entity)
    .join(t.story_article, t.story_article.c.article == t.hit.c.article)
    .where(t.hit.c.article.in_(bindparam("articles", expanding=True)))
    .where(IS_HIT_OF_ITEM)
    .order_by(t.story_article.c.id, t.hit.c.id)
)
_MENTIONS_OF_HITS = (
    select(t.mention)
    .join(t.hit, and_(t.mention.c.hit == t.hit.c.id, t.mention.c.version == t.hit.c.version))
    .where(t.mention.c.hit.in_(bindparam("hits", expanding=True)))
    .order_by(t.mention.c.hit, t.mention.c.field.desc(), t.mention.c.start)  # "title" after "text" in any alphabet
)
_FIRST_MENTIONS_OF_HITS = _MENTIONS_OF_HITS.where(
    t.mention.c.id.in_(
        select(func.min(t.mention.c.id))
        .where(t.mention.c.hit.in_(bindparam("hits", expanding=True)))
        .group_by(t.mention.c.hit, t.mention.c.version)
    )
)
# One statement, because each filing asks, and on PostgreSQL waits for each answer.
_LATEST_TIMES = select(
    *(select(func.max(column)).scalar_subquery() for column in (t.mailing.c.until, t.story_article.c.filed))
)
_STORED_TIMES = (
    select(t.article_version.c.article, t.article_version.c.stored)
    .where(t.article_version.c.article.in_(bindparam("articles", expanding=True)))
    .order_by(t.article_version.c.version)
)
_ADDITIONS = (
    select(t.addition).where(t.addition.c.article.in_(bindparam("articles", expanding=True))).order_by(t.addition.c.id)
)
_DECISIONS_OF_ITEMS = (
    select(t.decision).where(t.decision.c.item.in_(bindparam("items", expanding=True))).order_by(t.decision.c.id)
)


def _articles(connection: Connection, stories: Sequence[int], mentions: Mentions) -> Mapping[int, Sequence[Any]]:
    """Return the articles of each story in their current versions, in the order of filing."""
    query = _FILED_ARTICLES if mentions is Mentions.ALL else _FILED_ARTICLES_WITHOUT_TEXT
    return group_values((row.story, row) for row in connection.execute(query, {"stories": stories}))


_ArticleHistories = Mapping[int, tuple[tuple[datetime, ...], tuple[Finding, ...], tuple[Addition, ...]]]


def _article_histories(connection: Connection, article_rows: Sequence[Any]) -> _ArticleHistories:
    """Return for each article when its versions were stored, the findings in its changes, and who added it by hand.

    Only changed and added articles are queried; most have one version.
    """
    changed = [row.id for row in article_rows if row.version > 1 or row.gone]
    findings = versions.findings(connection, changed) if changed else {}
    times = connection.execute(_STORED_TIMES, {"articles": changed}).all() if changed else ()
    stored_times = group_values(times)
    additions = _additions(connection, [row.id for row in article_rows if row.is_added])
    return defaultdict(
        lambda: ((), (), ()),
        {
            article: (tuple(stored_times[article]), tuple(findings.get(article, ())), tuple(additions[article]))
            for article in {*changed, *additions}
        },
    )


def _additions(connection: Connection, added: Sequence[int]) -> Mapping[int, Sequence[Addition]]:
    """Return who put each of these articles into the queue by hand, the earliest first."""
    rows = connection.execute(_ADDITIONS, {"articles": added}) if added else ()
    return group_values((row.article, shaped(Addition, row)) for row in rows)


def _article(
    row: Any, versions: tuple[datetime, ...], findings: tuple[Finding, ...], additions: tuple[Addition, ...]
) -> ItemArticle:
    versions = versions if len(versions) > 1 else ()
    return shaped(
        ItemArticle,
        row,
        headline=row.title,
        reason=related.reason_of(row),
        own_sentences=related.passages_of(row),
        versions=versions,
        findings=findings,
        additions=additions,
    )


def _hits(
    connection: Connection, articles_by_story: Mapping[int, Sequence[Any]], choice: Mentions
) -> Mapping[int, Mapping[str, _EntityMentions]]:
    """Return the hits in each story by entity, in the order of filing; each from the last version that has it."""
    articles_by_id = {row.id: row for rows in articles_by_story.values() for row in rows}
    rows = connection.execute(_HITS_OF_ARTICLES, {"articles": list(articles_by_id)}).all()
    mentions = _mentions(connection, [row.id for row in rows], choice)
    whole = choice is Mentions.ALL
    past_versions = (
        _past_versions(connection, {row.article for row in rows if row.version != row.current}) if whole else {}
    )
    hits_by_story: dict[int, dict[str, _EntityMentions]] = defaultdict(dict)
    for row in rows:
        article = articles_by_id[row.article]
        text = article if row.version == row.current or not whole else past_versions[row.article, row.version]
        entity_mentions = hits_by_story[article.story].setdefault(
            row.entity, _EntityMentions(row.name, EntityType(row.type), row.alert == Alert.WITH_OTHERS)
        )
        entity_mentions.hit_mentions.append(
            (row, [_mention(mention_row, row.entity, text, whole=whole) for mention_row in mentions[row.id]])
        )
    return hits_by_story


def _past_versions(connection: Connection, changed: Collection[int]) -> Mapping[tuple[int, int], Any]:
    """Return the texts of all versions of these articles by (article, version)."""
    version = t.article_version.c
    query = select(version.article.label("id"), version.version, version.title, version.text)
    rows = connection.execute(query.where(version.article.in_(changed))) if changed else ()
    return {(row.id, row.version): row for row in rows}


def _mentions(connection: Connection, hits: Sequence[int], choice: Mentions) -> Mapping[int, Sequence[Any]]:
    """Return the mentions of each hit in its version: those of the headline, then those of the text in order."""
    if choice is Mentions.NONE:
        return defaultdict(list)
    query = _MENTIONS_OF_HITS if choice is Mentions.ALL else _FIRST_MENTIONS_OF_HITS
    return group_values((row.hit, row) for row in connection.execute(query, {"hits": hits}))


def _mention(row: Any, entity: str, article: Any, *, whole: bool) -> ItemMention:
    mention = articles.mention_of(row, entity)
    if not whole:
        return ItemMention(mention, article.id)
    if mention.field is Field.TITLE:
        return ItemMention(mention, article.id, article.title)
    return ItemMention(mention, article.id, sentence_around(article.text, mention.span).of(article.text))


def _history(
    connection: Connection, items: Sequence[int], merged_into: Mapping[int, int]
) -> Mapping[int, Sequence[Decision]]:
    """Return the decisions on each item and on the items merged into it, in the order they were made."""
    rows = connection.execute(_DECISIONS_OF_ITEMS, {"items": [*items, *merged_into]}).all()
    names = entity_ids(connection) if rows else {}
    history: dict[int, list[Decision]] = defaultdict(list)
    for row in rows:
        item_decision = decision(row, names)
        # A merged item keeps its own history as well; the set holds one id for an item that was not merged.
        for item in {row.item, merged_into.get(row.item, row.item)}:
            history[item].append(item_decision)
    return history


def entity_ids(connection: Connection) -> Mapping[int, str]:
    """Return the readable id of each entity by its opaque number."""
    return {row.number: row.id for row in connection.execute(select(t.entity.c.number, t.entity.c.id))}


def sensitive_entities(connection: Connection) -> Mapping[int, str]:
    """Return number -> id of the sensitive entities, including removed ones."""
    query = select(t.entity.c.number, t.entity.c.id).where(t.entity.c.sensitive)
    return {row.number: row.id for row in connection.execute(query)}


def decision(row: Any, names: Mapping[int, str]) -> Decision:
    judged = tuple(names[number] for number in row.judged if number in names)
    return shaped(Decision, row, entity=None if row.entity is None else names[row.entity], judged=judged)
