"""I/O: the database. Reasons of filings, and the related items; for use inside a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, union_all

from monitor.model import (
    Field,
    Passage,
    Placement,
    PlacementReason,
    RelatedArticle,
    RelatedItem,
    Rule,
    Span,
)
from monitor.store import tables as t
from monitor.store.types import shaped

_pair, _filed, _item = t.related.c, t.story_article.c, t.review_item.c


def filing_row(placement: Placement, **more_columns: Any) -> dict[str, Any]:
    """Return the columns of a filing that its placement gives, with more columns."""
    return {
        "copy_of": placement.copy_of,
        "rule": placement.reason.rule,
        "arguments": list(placement.reason.arguments),
        "why": placement.reason.text,
        "score": placement.score,
        "own_sentences": [[p.field, p.span.start, p.span.end] for p in placement.own_sentences],
    } | more_columns


def reason_of(row: Any) -> PlacementReason:
    """Return the reason in a row of a filing."""
    return PlacementReason(Rule(row.rule), tuple(row.arguments), row.why)


def passages_of(row: Any) -> tuple[Passage, ...]:
    """Return the own sentences in a row of a filing: the places hold for the version that was filed alone."""
    if not row.own_sentences or row.filed_version != row.version:
        return ()
    words = {Field.TITLE: row.title, Field.TEXT: getattr(row, "text", "")}
    passages = (Passage(Field(field), Span(start, end)) for field, start, end in row.own_sentences)
    return tuple(replace(passage, text=passage.span.of(words[passage.field])) for passage in passages)


def add_related(connection: Connection, article: int, related: Sequence[RelatedArticle]) -> None:
    """Store the articles that are near an article that was just filed."""
    rows = [
        {
            "article": article,
            "neighbour": one.article,
            "rule": one.reason.rule,
            "arguments": list(one.reason.arguments),
            "score": one.score,
        }
        for one in related
    ]
    if rows:
        connection.execute(insert(t.related), rows)


def related_of_stories(connection: Connection, stories: Sequence[int]) -> Mapping[int, Sequence[RelatedItem]]:
    """Return for each story the nearest items that are related to it, both ways, the nearest first."""
    nearest: dict[int, dict[int, Any]] = defaultdict(dict)
    for row in connection.execute(_PAIRS, {"stories": stories}):  # the nearest last
        nearest[row.story][row.other_story] = row
    other_stories = {story for of_story in nearest.values() for story in of_story}
    if not other_stories:
        return {}
    items = {row.story: row for row in connection.execute(_ITEMS, {"stories": list(other_stories)})}
    related = {
        story: [_related_item(row, items[other_story]) for other_story, row in of_story.items()]
        for story, of_story in nearest.items()
    }
    return {story: sorted(items, key=lambda one: (-one.score, one.id)) for story, items in related.items()}


def _related_item(row: Any, item: Any) -> RelatedItem:
    reason = PlacementReason(Rule(row.rule), tuple(row.arguments))
    return shaped(RelatedItem, item, score=row.score, reason=reason, lead=None)


def _pairs(own_column: Any, other_column: Any) -> Any:
    """Select the rows of `related` from the side of one of its columns, with both stories."""
    own_filing, other_filing = t.story_article.alias(), t.story_article.alias()
    return (
        select(own_filing.c.story, other_filing.c.story.label("other_story"), *_pair["rule", "arguments", "score"])
        .join_from(t.related, own_filing, own_filing.c.article == own_column)
        .join(other_filing, other_filing.c.article == other_column)
        .where(own_filing.c.story.in_(bindparam("stories", expanding=True)), other_filing.c.story != own_filing.c.story)
    )


_BOTH_WAYS = union_all(_pairs(_pair.article, _pair.neighbour), _pairs(_pair.neighbour, _pair.article)).subquery()
_PAIRS = select(_BOTH_WAYS).order_by(_BOTH_WAYS.c.score)
_ITEMS = select(*_item["id", "story", "state", "verdict"]).where(_item.story.in_(bindparam("stories", expanding=True)))
