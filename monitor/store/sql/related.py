"""I/O: the database. Reasons of filings, and the related items; for use inside a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, union_all

from monitor.groups import group_values
from monitor.model import (
    Field,
    Passage,
    Placement,
    PlacementReason,
    RelatedArticle,
    RelatedItem,
    Rule,
    Span,
    State,
    Verdict,
)
from monitor.store import tables as t
from monitor.store.tables.sources import IS_CURRENT

MOST_SHOWN = 5
_pair, _filed, _item = t.related.c, t.story_article.c, t.review_item.c


def filing_row(placement: Placement, **more: Any) -> dict[str, Any]:
    """Return the columns of a filing that its placement gives, with more columns."""
    return {
        "copy_of": placement.copy_of,
        "rule": placement.reason.rule,
        "arguments": list(placement.reason.arguments),
        "why": placement.reason.text,
        "score": placement.score,
        "own_sentences": [[p.field, p.span.start, p.span.end] for p in placement.own_sentences],
    } | more


def reason_of(row: Any) -> PlacementReason:
    """Return the reason in a row of a filing."""
    rule = Rule(row.rule) if row.rule in _RULES else Rule.CHANGED  # tests and old tools store others
    return PlacementReason(rule, tuple(row.arguments), row.why)


def passages_of(row: Any) -> tuple[Passage, ...]:
    """Return the own sentences in a row of a filing."""
    return tuple(Passage(Field(field), Span(start, end)) for field, start, end in row.own_sentences)


def add_related(connection: Connection, article: int, related: Sequence[RelatedArticle]) -> None:
    """Store the articles that are near an article that was just filed."""
    rows = [
        {
            "article": article,
            "other": one.article,
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
    others = {story for of_story in nearest.values() for story in of_story}
    if not others:
        return {}
    leads = {row.story: row for row in connection.execute(_LEADS, {"stories": list(others)})}
    named = group_values(connection.execute(_NAMED, {"stories": list(others)}).all())
    found = {
        story: [
            RelatedItem(
                id=leads[other].id,
                score=row.score,
                reason=PlacementReason(Rule(row.rule), tuple(row.arguments)),
                headline=leads[other].title,
                outlet=leads[other].outlet,
                language=leads[other].language,
                published=leads[other].published or leads[other].first_seen,
                state=State(leads[other].state),
                verdict=Verdict(leads[other].verdict) if leads[other].verdict else None,
                names=frozenset(named[other]),
            )
            for other, row in of_story.items()
        ]
        for story, of_story in nearest.items()
    }
    return {story: sorted(items, key=lambda one: (-one.score, one.id))[:MOST_SHOWN] for story, items in found.items()}


_RULES = frozenset(Rule)


def _pairs(own: Any, other: Any) -> Any:
    """Select the rows of `related` from the side of one of its columns, with both stories."""
    mine, theirs = t.story_article.alias(), t.story_article.alias()
    return (
        select(mine.c.story, theirs.c.story.label("other_story"), *_pair["rule", "arguments", "score"])
        .join_from(t.related, mine, mine.c.article == own)
        .join(theirs, theirs.c.article == other)
        .where(mine.c.story.in_(bindparam("stories", expanding=True)), theirs.c.story != mine.c.story)
    )


_BOTH_WAYS = union_all(_pairs(_pair.article, _pair.other), _pairs(_pair.other, _pair.article)).subquery()
_PAIRS = select(_BOTH_WAYS).order_by(_BOTH_WAYS.c.score)
_FIRST_FILINGS = (
    select(func.min(_filed.id)).where(_filed.story.in_(bindparam("stories", expanding=True))).group_by(_filed.story)
)
_LEADS = (
    select(*_item["id", "story", "state", "verdict"], *t.article.c["outlet", "first_seen"])
    .add_columns(*t.article_version.c["title", "language", "published"])
    .join_from(t.story_article, t.review_item, _item.story == _filed.story)
    .join(t.article, t.article.c.id == _filed.article)
    .join(t.article_version, IS_CURRENT)
    .where(_filed.id.in_(_FIRST_FILINGS))
)
_NAMED = (
    select(_filed.story, t.entity.c.id)
    .distinct()
    .join_from(t.story_article, t.hit, t.hit.c.article == _filed.article)
    .join(t.entity, t.entity.c.number == t.hit.c.entity)
    .where(_filed.story.in_(bindparam("stories", expanding=True)))
)
