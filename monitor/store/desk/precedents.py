"""I/O: the database. What people said of a name before; for use inside a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from monitor.model import Precedent, Reason, Verdict
from monitor.review.feedback import form_of
from monitor.store import tables as t
from monitor.store.sql import articles, items

_item, _said = t.review_item.c, t.decision.c


# Built once: building a statement takes longer than SQLite takes to answer it.
_NAMED = (
    select(_item.id)
    .join_from(t.review_item, t.story_article, t.story_article.c.story == _item.story)
    .join(t.hit, t.hit.c.article == t.story_article.c.article)
    .where(t.hit.c.entity == bindparam("entity"))
)
_LAST_SAID = (
    items.standing()
    .with_only_columns(*_said["item", "at", "by", "verdict", "reason", "judged"])
    .where(_said.item.in_(_NAMED))
    .order_by(_said.id.desc())
    .limit(bindparam("most"))
)
_AS_FOUND = (
    _NAMED.with_only_columns(_item.id, t.article.c.outlet, t.mention.c.text)
    .join(t.article, articles.in_force())
    .join(t.mention, and_(t.mention.c.hit == t.hit.c.id, t.mention.c.version == t.hit.c.version))
    .where(_item.id.in_(bindparam("items", expanding=True)))
    .distinct()
)


def of(connection: Connection, entity: int, most: int) -> Sequence[Precedent]:
    """The last word on an entity in each item that names it, newest first, of so many decisions on them."""
    last: dict[int, Any] = {}
    for row in connection.execute(_LAST_SAID, {"entity": entity, "most": most}):
        if entity in row.judged:
            last.setdefault(row.item, row)
    forms, outlets = defaultdict(set), defaultdict(set)
    for item, outlet, text in connection.execute(_AS_FOUND, {"entity": entity, "items": list(last)}) if last else ():
        forms[item].add(form_of(text))
        outlets[item].add(outlet)
    return [
        Precedent(
            item=item,
            at=row.at,
            by=row.by,
            verdict=Verdict(row.verdict),
            reason=Reason(row.reason) if row.reason else None,
            forms=frozenset(forms[item]),
            outlets=frozenset(outlets[item]),
        )
        for item, row in last.items()
    ]
