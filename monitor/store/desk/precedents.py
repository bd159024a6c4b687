"""I/O: the database. Earlier decisions on a name; for use inside a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from monitor.model import Precedent
from monitor.review.feedback import normalized_form
from monitor.store import tables as t
from monitor.store.sql import articles, items
from monitor.store.types import shaped

_item, _decision = t.review_item.c, t.decision.c


# Built once: building these statements takes longer than running them.
_ITEMS_NAMING = (
    select(_item.id)
    .join_from(t.review_item, t.story_article, t.story_article.c.story == _item.story)
    .join(t.hit, t.hit.c.article == t.story_article.c.article)
    .where(t.hit.c.entity == bindparam("entity"))
)
_LATEST_DECISIONS = (
    items.effective_decisions()
    .with_only_columns(*_decision["item", "at", "by", "verdict", "reason", "judged"])
    .where(_decision.item.in_(_ITEMS_NAMING))
    .order_by(_decision.id.desc())
    .limit(bindparam("limit"))
)
_FORMS_AND_OUTLETS = (
    _ITEMS_NAMING.with_only_columns(_item.id, t.article.c.outlet, t.mention.c.text)
    .join(t.article, articles.in_force())
    .join(t.mention, and_(t.mention.c.hit == t.hit.c.id, t.mention.c.version == t.hit.c.version))
    .where(_item.id.in_(bindparam("items", expanding=True)))
    .distinct()
)


def load_precedents(connection: Connection, entity: int, limit: int) -> Sequence[Precedent]:
    """Return the last decision on an entity in each item that names it, newest first.

    Reads the `limit` newest decisions on those items, so there may be fewer precedents than that.
    """
    last_decisions: dict[int, Any] = {}
    for row in connection.execute(_LATEST_DECISIONS, {"entity": entity, "limit": limit}):
        if entity in row.judged:  # the rows are newest first, so the first one of an item is its last decision
            last_decisions.setdefault(row.item, row)
    forms, outlets = defaultdict(set), defaultdict(set)
    for item, outlet, text in (
        connection.execute(_FORMS_AND_OUTLETS, {"entity": entity, "items": list(last_decisions)})
        if last_decisions
        else ()
    ):
        forms[item].add(normalized_form(text))
        outlets[item].add(outlet)
    return [
        shaped(Precedent, row, forms=frozenset(forms[item]), outlets=frozenset(outlets[item]))
        for item, row in last_decisions.items()
    ]
