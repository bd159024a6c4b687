"""I/O: the database. Review items assembled from their stories; for use inside a transaction.

The rows hold hits and decisions; `fold` derives the verdicts that follow from the decisions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, exists, func, select, update

from monitor.groups import group_values
from monitor.model import (
    Alert,
    ArticlePage,
    Confidence,
    Decision,
    EntityType,
    Field,
    ItemHit,
    ItemMention,
    Regrouping,
    ReviewItem,
    State,
    Window,
)
from monitor.model.items.history import fold
from monitor.store import tables as t
from monitor.store.sql import articles, regrouping, related
from monitor.store.sql.item_articles import (
    IS_HIT_OF_ITEM,
    ArticleHistories,
    ShownArticles,
    article_histories,
    article_of,
    choose_articles,
    load_articles,
)
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
        )


def select_ids() -> Select[Any]:
    """Select the ids of review items; callers add their conditions and order."""
    return select(t.review_item.c.id)


def select_ids_with_hits() -> Select[Any]:
    """Select the ids of review items with each hit in their articles; callers add their conditions."""
    of_story = t.story_article.c.story == t.review_item.c.story
    return select_ids().join(t.story_article, of_story).join(t.hit, t.hit.c.article == t.story_article.c.article)


def select_mentions() -> Select[Any]:
    """Select the ids of review items with each mention in their present texts; callers add columns and conditions."""
    of_present_text = select_ids_with_hits().join(t.article, articles.in_force())
    return of_present_text.join(t.mention, articles.IS_OF_HIT)


class Mentions(Enum):
    """The mentions of a loaded item.

    All of each hit; without their sentences, the surest of each wording; or none. Who is told at once depends on
    wordings and how sure they are, not on sentences.
    """

    ALL = 1
    WORDINGS = 2
    NONE = 3


def load(
    connection: Connection,
    ids_query: Select[Any],
    mentions: Mentions = Mentions.ALL,
    page: ArticlePage | None = None,
    news: Window | None = None,
) -> Sequence[ReviewItem]:
    """Return the items that a query of `select_ids` selects, in its order.

    With a `page`, large items have only the articles of that page. With the window of a digest (`news`) they have all,
    but of those that are neither on the page nor first in the window one mention of each name, without its sentence.

    Filing reads items without mentions, once for each article of a story: the cost must not grow with the texts and
    mentions that the story already has.
    """
    rows = connection.execute(ids_query.with_only_columns(*_ITEM_COLUMNS)).all()
    return _load_rows(connection, rows, mentions, page, news)


def by_number(
    connection: Connection, numbers: Collection[int], mentions: Mentions = Mentions.ALL, page: ArticlePage | None = None
) -> Sequence[ReviewItem]:
    """Return the items with these numbers, in the order of these, as `load` does."""
    if not numbers:
        return ()
    ids_query = select_ids().where(t.review_item.c.id.in_(numbers)).order_by(t.review_item.c.id)
    return load(connection, ids_query, mentions, page)


def _load_rows(
    connection: Connection,
    rows: Sequence[Any],
    mentions: Mentions,
    page: ArticlePage | None = None,
    news: Window | None = None,
) -> Sequence[ReviewItem]:
    """Return the items of rows of `review_item`, in their order."""
    item_ids = [row.id for row in rows]
    regroupings = regrouping.of_items(connection, item_ids)
    moves = ((row.story, move) for row in rows for move in regroupings.get(row.id, ()))
    stories = [row.story for row in rows]
    shown = choose_articles(connection, stories, page, moves, news) if page else {}
    articles_by_story = load_articles(
        connection, stories, shown, with_texts=mentions is Mentions.ALL, with_others=news is not None
    )
    hits_by_story = _hits(connection, articles_by_story, mentions)
    # Most items were never regrouped; then nothing can be merged into them.
    history = _history(connection, item_ids, regrouping.merged_into(connection, item_ids) if regroupings else {})
    histories = article_histories(
        connection, [row for article_rows in articles_by_story.values() for row in article_rows]
    )
    # Filing, which reads items without mentions, needs none.
    near = {} if mentions is Mentions.NONE else related.related_of_stories(connection, stories)
    loaded = (
        _item(row, articles_by_story[row.story], hits_by_story[row.story], regroupings.get(row.id, ()), histories)
        for row in rows
    )
    return [
        fold(
            _with_others(replace(item, related=tuple(near.get(item.story, ()))), shown.get(item.story)),
            history[item.id],
        )
        for item in loaded
    ]


def _with_others(item: ReviewItem, shown: ShownArticles | None) -> ReviewItem:
    """Return an item with the numbers of its articles that are not loaded."""
    if shown is None:
        return item
    other_articles = shown.total - len(item.articles)
    outlets = tuple(outlet for outlet in shown.outlets if outlet not in item.outlets)
    return replace(item, other_articles=other_articles, other_copies=shown.copies - item.copies, other_outlets=outlets)


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
    histories: ArticleHistories,
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
        articles=tuple(article_of(row, *histories[row.id]) for row in article_rows),
        hits=tuple(hits),
        until=row.until,
        reopened=row.reopened,
        reopened_at=row.reopened_at,
        regroupings=tuple(regroupings),
        has_old_filings=bool(row.has_old_filings),
    )


# Statements for every item are built once: building one takes longer than SQLite takes to answer it.
_STATE_COLUMNS = ("version", "state", "verdict", "until", "reopened", "reopened_at")
_HAS_OLD_FILINGS = (
    exists()
    .where(t.story_article.c.old_rules, t.story_article.c.story == t.review_item.c.story)
    .correlate(t.review_item)
)
_ITEM_COLUMNS = (*t.review_item.c, _HAS_OLD_FILINGS.label("has_old_filings"))
_ITEM_OF_STORY = select(*_ITEM_COLUMNS).where(t.review_item.c.story == bindparam("story"))
_ITEM_UPDATE_IF_UNCHANGED = update(t.review_item).where(
    t.review_item.c.id == bindparam("item"), t.review_item.c.version == bindparam("expected_version")
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
    .join(t.hit, articles.IS_OF_HIT)
    .where(t.mention.c.hit.in_(bindparam("hits", expanding=True)))
    .order_by(t.mention.c.hit, t.mention.c.field.desc(), t.mention.c.start)  # "title" after "text" in any alphabet
)
_place_in_hit = func.row_number().over(
    partition_by=(t.mention.c.hit, t.mention.c.version, t.mention.c.text),
    order_by=(case((t.mention.c.confidence == Confidence.STRONG, 0), else_=1), t.mention.c.id),
)
_places_in_hits = (
    select(t.mention.c.id, _place_in_hit.label("place"))
    .where(t.mention.c.hit.in_(bindparam("hits", expanding=True)))
    .subquery()
)
_WORDINGS_OF_HITS = _MENTIONS_OF_HITS.where(
    t.mention.c.id.in_(select(_places_in_hits.c.id).where(_places_in_hits.c.place == 1))
)
_QUERIES = {
    Mentions.ALL: _MENTIONS_OF_HITS,
    Mentions.WORDINGS: _WORDINGS_OF_HITS,
}
# One statement, because each filing asks, and on PostgreSQL waits for each answer.
_LATEST_TIMES = select(
    *(select(func.max(column)).scalar_subquery() for column in (t.mailing.c.until, t.story_article.c.filed))
)
_DECISIONS_OF_ITEMS = (
    select(t.decision).where(t.decision.c.item.in_(bindparam("items", expanding=True))).order_by(t.decision.c.id)
)


def _hits(
    connection: Connection, articles_by_story: Mapping[int, Sequence[Any]], choice: Mentions
) -> Mapping[int, Mapping[str, _EntityMentions]]:
    """Return the hits in each story by entity, in the order of filing; each from the last version that has it."""
    articles_by_id = {row.id: row for rows in articles_by_story.values() for row in rows}
    rows = connection.execute(_HITS_OF_ARTICLES, {"articles": list(articles_by_id)}).all()
    with_texts = {row.id for row in articles_by_id.values() if choice is Mentions.ALL and hasattr(row, "text")}
    whole = {row.id for row in rows if row.article in with_texts}
    hits_in_part = [row.id for row in rows if row.id not in whole]
    mentions = {
        **_mentions(connection, list(whole), choice),
        **_mentions(connection, hits_in_part, Mentions.WORDINGS if choice is Mentions.ALL else choice),
    }
    changed = {row.article for row in rows if row.id in whole and row.version != row.current}
    past_versions = _past_versions(connection, changed)
    hits_by_story: dict[int, dict[str, _EntityMentions]] = defaultdict(dict)
    for row in rows:
        article = articles_by_id[row.article]
        is_past = row.article in changed and row.version != row.current
        text = past_versions[row.article, row.version] if is_past else article
        entity_mentions = hits_by_story[article.story].setdefault(
            row.entity, _EntityMentions(row.name, EntityType(row.type), row.alert == Alert.WITH_OTHERS)
        )
        mentions_of_hit = mentions.get(row.id, ())
        entity_mentions.hit_mentions.append(
            (row, [_mention(m, row.entity, text, whole=row.id in whole) for m in mentions_of_hit])
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
    if choice is Mentions.NONE or not hits:
        return {}
    query = _QUERIES[choice]
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
    return dict(connection.execute(select(t.entity.c.number, t.entity.c.id)).all())


def decision(row: Any, names: Mapping[int, str]) -> Decision:
    judged = tuple(names[number] for number in row.judged if number in names)
    return shaped(Decision, row, entity=None if row.entity is None else names[row.entity], judged=judged)
