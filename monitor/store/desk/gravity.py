"""I/O: the database. How grave it is what items tell of the press: for lists with the gravest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, select

from monitor.groups import group_values
from monitor.model import GRAVEST_FIRST, Confidence, EntityType, Field, Incident, Span, gravity
from monitor.store import tables as t
from monitor.store.desk.queue_tabs import IS_NOT_MERGED, UNSETTLED, Condition
from monitor.store.sql import articles
from monitor.store.tables.sources import IS_CURRENT
from monitor.store.types import adapter
from monitor.text.sentences import sentence_around

_item, _filed, _hit, _mention = (table.c for table in (t.review_item, t.story_article, t.hit, t.mention))
_IS_OF_PRESS = _hit.entity.in_(select(t.entity.c.number).where(t.entity.c.type == EntityType.PRESS))
# As `ReviewItem.incidents`: of the present texts, what is sure.
_TELLINGS = (
    select(_item.id, *_mention["incident", "field", "start", "end"], *t.article_version.c["title", "text"])
    .join_from(t.review_item, t.story_article, _filed.story == _item.story)
    .join(t.article, t.article.c.id == _filed.article)
    .join(t.article_version, IS_CURRENT)
    .join(t.hit, articles.in_force())
    .join(t.mention, and_(_mention.hit == _hit.id, _mention.version == _hit.version))
    .where(IS_NOT_MERGED, _IS_OF_PRESS, _mention.confidence == Confidence.STRONG)
)
IS_UNSETTLED = _item.state.in_(UNSETTLED)


def gravities(connection: Connection, condition: Condition) -> Mapping[int, int]:
    """Return item -> how grave the gravest act is that it surely tells; the graver, the higher. Others are left out."""
    rows = [row for row in connection.execute(_TELLINGS.where(condition)) if row.incident]
    tellings = group_values(
        (row.id, (act, _sentence(row))) for row in rows for act in adapter(Incident).validate_python(row.incident).acts
    )
    return {item: _height(*gravity(acts)) for item, acts in tellings.items()}


def _height(place: int, is_over: bool) -> int:
    return 2 * (len(GRAVEST_FIRST) - place) - is_over


def _sentence(row: Any) -> str:
    if row.field == Field.TITLE:
        return str(row.title)
    return sentence_around(row.text, Span(row.start, row.end)).of(row.text)
