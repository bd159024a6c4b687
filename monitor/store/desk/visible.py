"""I/O: the database. The items that hold or held a hidden name, as a viewer sees them who may not know of it.

Such items are few. They are loaded whole and redacted by `review.visibility`, so that there is one rule; lists, counts
and statistics take all other items ("plain") by their rows alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, reduce
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, case, cast, exists, false, func, or_, select, true

from monitor.model import Alert, Confidence, ReviewItem, State
from monitor.review.visibility import Viewer
from monitor.store import tables as t
from monitor.store.database import cached_until_write
from monitor.store.desk.queue_tabs import PLACEMENT_COLUMNS, SETTLED, UNSETTLED, Condition, ItemPlacement
from monitor.store.sql import articles, items
from monitor.store.sql.deletion import batches
from monitor.store.types import parameter_rows

_item, _filed, _article, _hit, _entity, _addition = (
    table.c for table in (t.review_item, t.story_article, t.article, t.hit, t.entity, t.addition)
)
_ROW_COLUMNS = (*PLACEMENT_COLUMNS, _item.version, _item.reopened_at)
# The article's version: the one that its item has taken in, unless that is outdated. To read all articles takes longer.
_CURRENT_VERSION = case(
    (_filed.outdated, select(_article.version).where(_article.id == _filed.article).scalar_subquery()),
    else_=_filed.version,
)
_HIT_COLUMNS = (*_hit["id", "version", "confidence", "filed", "alerts"], _CURRENT_VERSION, _filed.filed)


def _as_text(columns: Sequence[ColumnElement[Any]]) -> ColumnElement[str]:
    texts = [func.coalesce(cast(column, Text), "") for column in columns]
    return reduce(lambda joined, text: joined + ":" + text, texts)


# Strings, so that reading them costs no conversion of types.
_ROW_FINGERPRINT, _HITS_FINGERPRINT = _as_text(_ROW_COLUMNS), func.aggregate_strings(_as_text(_HIT_COLUMNS), " ")


class RedactedItem(NamedTuple):
    """An item that has or had a hidden name: its row, and the item as the viewer sees it (None: not at all).

    `judged`: decision -> the visible entities that it judged; None for a decision that the viewer does not see, or that
    judged hidden entities only.
    """

    stored: ItemPlacement
    visible: ItemPlacement | None
    judged: Mapping[int, tuple[int, ...] | None]


# Viewer -> item -> the fingerprint at which it was redacted, and the result.
RedactionCache = dict[Viewer, Mapping[int, tuple[str, RedactedItem]]]
_CACHED_VIEWERS = 4  # two users from whom the same names are hidden are the same viewer


def redacted_items(
    connection: Connection, viewer: Viewer, cache: RedactionCache, *, with_settled: bool
) -> Mapping[int, RedactedItem]:
    """Return all items with a name that the viewer may not know of, and those that an article left.

    Settled items are loaded only `with_settled`, or where their rows do not show whether they are visible at all: they
    are many, and lists of other tabs need no more of them.
    """
    if not viewer.hidden_numbers:
        return {}
    return cached_until_write(
        connection, (viewer, with_settled), lambda: _load(connection, viewer, cache, with_settled=with_settled)
    )


def has_no_visible_name(connection: Connection, viewer: Viewer, cache: RedactionCache) -> set[int]:
    """Return the items that the viewer does not see at all."""
    loaded = redacted_items(connection, viewer, cache, with_settled=False)
    return {number for number, item in loaded.items() if item.visible is None}


def is_visible_article(viewer: Viewer) -> Condition:
    """Return the condition that an article has a visible name, or no name that is hidden."""
    if not viewer.hidden_numbers:
        return true()
    is_hidden = _hit.entity.in_(viewer.hidden_numbers)
    names_hidden = exists().where(_hit.article == _article.id, is_hidden).correlate(t.article)
    names_visible = exists().where(articles.in_force(), ~is_hidden).correlate(t.article)
    is_added = exists().where(_addition.article == _article.id, _addition.is_open).correlate(t.article)
    return or_(names_visible, ~names_hidden, is_added)


def _load(
    connection: Connection, viewer: Viewer, cache: RedactionCache, *, with_settled: bool
) -> Mapping[int, RedactedItem]:
    stories = select(_filed.story).join(t.hit, _hit.article == _filed.article)
    hidden_stories = connection.scalars(stories.where(_hit.entity.in_(viewer.hidden_numbers))).all()
    hidden_list = select(parameter_rows(connection.dialect.name, "hidden_stories"))
    has_hidden = _item.story.in_(hidden_list.params(hidden_stories=hidden_stories))
    # An article that left may have a hidden name: decisions made while it alone was there are not visible.
    regroupings = t.regrouping.c
    had_others = _item.id.in_(select(regroupings.other)) | _item.id.in_(
        select(regroupings.item).where(regroupings.by == "")  # moved here out of an item that is hidden
    )
    items_with_hidden = select(*PLACEMENT_COLUMNS).where(has_hidden | had_others)
    settled_to_check: Condition = false()
    # NOT IN the other states: with IN, SQLite scans all items in the listed states.
    is_settled = _item.state.not_in((State.MERGED, *UNSETTLED))
    invisible: dict[int, RedactedItem] = {}
    if not with_settled:
        names_visible, is_surely_visible = _visibility_conditions(viewer)
        only_hidden = connection.execute(items_with_hidden.where(has_hidden, is_settled, ~names_visible))
        invisible = {row.id: RedactedItem(ItemPlacement.of_row(row), None, {}) for row in only_hidden}
        # Some that have a visible name would never have been queued for it.
        settled_to_check = and_(is_settled, or_(names_visible, ~has_hidden), ~is_surely_visible)
    excluded_states = (State.MERGED,) if with_settled else (State.MERGED, *SETTLED)
    query = items_with_hidden.where(or_(_item.state.not_in(excluded_states), settled_to_check))
    redactions = _redactions(connection, viewer, cache, _fingerprints(connection, query))
    return invisible | redactions


def _visibility_conditions(viewer: Viewer) -> tuple[Condition, Condition]:
    """Return the conditions that an item has a visible name, and one that brings an article into the queue."""
    was_reported = and_(_hit.article == _article.id, or_(_hit.filed, _hit.version == _article.version))
    hit_of_item = and_(_filed.story == _item.story, _article.id == _filed.article, was_reported)
    is_visible = _hit.entity.not_in(viewer.hidden_numbers)
    always_alerts = and_(_entity.number == _hit.entity, _entity.alert == Alert.ALWAYS, _hit.alerts)
    is_reviewable = or_(_hit.confidence == Confidence.POSSIBLE, exists().where(always_alerts).correlate(t.hit))
    in_force = _hit.version == _article.version  # a name that an edit took out may not bring it here any more
    is_added = exists().where(_filed.story == _item.story, _addition.article == _filed.article, _addition.is_open)
    return (
        or_(exists().where(hit_of_item, is_visible).correlate(t.review_item), is_added.correlate(t.review_item)),
        exists().where(hit_of_item, in_force, is_visible, is_reviewable).correlate(t.review_item),
    )


def _fingerprints(connection: Connection, query: Select[Any]) -> dict[int, str]:
    """Return item -> a text that changes with everything that redaction depends on.

    That is its row and the hits of its articles; its history and its articles are covered by its version.
    """
    rows = connection.execute(query.with_only_columns(_item.id, _item.story, _ROW_FINGERPRINT)).all()
    hits_of_stories = _hits_of_stories(connection.dialect.name)
    hits: dict[int, str] = dict(connection.execute(hits_of_stories, {"stories": [story for _, story, _ in rows]}).all())
    return {number: f"{row} {hits.get(story, '')}" for number, story, row in rows}


@cache
def _hits_of_stories(dialect: str) -> Select[Any]:
    query = select(_filed.story, _HITS_FINGERPRINT).outerjoin(t.hit, _hit.article == _filed.article)
    return query.where(_filed.story.in_(select(parameter_rows(dialect, "stories")))).group_by(_filed.story)


def _redactions(
    connection: Connection, viewer: Viewer, cache: RedactionCache, fingerprints: Mapping[int, str]
) -> dict[int, RedactedItem]:
    """Return what the viewer sees of these items; only those whose fingerprint is not the cached one are loaded."""
    cached = cache.get(viewer, {})
    changed = [item for item, text in fingerprints.items() if item not in cached or cached[item][0] != text]
    if changed:
        numbers = {entity: number for number, entity in items.entity_ids(connection).items()}
        fresh: dict[int, tuple[str, RedactedItem]] = {}
        for batch in batches(changed):  # whole items are large
            is_in_batch = _item.id.in_(batch)
            rows = {row.id: row for row in connection.execute(select(*PLACEMENT_COLUMNS).where(is_in_batch))}
            for item in items.load(connection, items.select_ids().where(is_in_batch), items.Mentions.WORDINGS):
                stored = ItemPlacement.of_row(rows[item.id])
                fresh[item.id] = fingerprints[item.id], _redacted(item, stored, viewer, numbers)
        if len(cache) >= _CACHED_VIEWERS:
            cache.clear()
        # A new mapping: other threads may be reading the old one.
        cache[viewer] = cached = {**cached, **fresh}
    return {item: cached[item][1] for item in fingerprints}


def _redacted(item: ReviewItem, stored: ItemPlacement, viewer: Viewer, numbers: Mapping[str, int]) -> RedactedItem:
    visible = viewer.visible(item)
    # None: the viewer does not see it. For visible ones the tuples below replace it.
    judged: dict[int, tuple[int, ...] | None] = {decision.id: None for decision in item.history}
    if visible is None:
        return RedactedItem(stored, None, judged)
    # A decision that judged no name was about the story, and its empty tuple is kept.
    about_all = {decision.id for decision in item.history if not decision.judged}
    judged |= {
        d.id: tuple(numbers[entity] for entity in d.judged) for d in visible.history if d.judged or d.id in about_all
    }
    return RedactedItem(stored, ItemPlacement.of(visible, numbers), judged)
