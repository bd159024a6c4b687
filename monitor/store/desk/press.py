"""I/O: the database. What happened to the press as it was found, and the names that are not proposed again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from monitor.model import PressHit
from monitor.store import tables as t
from monitor.store.database import Queries, put_missing
from monitor.store.sql import articles

_HITS = (
    select(
        t.hit.c.id.label("hit"), t.hit.c.article, t.hit.c.alerts, t.hit.c.why.label("hit_why"), t.story_article.c.story
    )
    .add_columns(*t.mention.c)
    .join_from(t.hit, t.mention, articles.IS_OF_HIT)
    .join(t.entity, t.entity.c.number == t.hit.c.entity)
    .join(t.article, articles.in_force())
    .outerjoin(t.story_article, t.story_article.c.article == t.hit.c.article)
    .order_by(t.hit.c.id, t.mention.c.id)
)


class SqlPress(Queries):
    """The incidents that were found, in items or only counted, and the names that are not proposed again."""

    def hits_since(self, entity: str, since: datetime) -> Sequence[PressHit]:
        """Return what happened to the press in articles that were first seen since a time, the oldest first."""
        mentions, rows = defaultdict(list), {}
        for row in self._rows(_HITS.where(t.entity.c.id == entity, t.article.c.first_seen >= since)):
            mentions[row.hit].append(articles.mention_of(row, entity))
            rows[row.hit] = row
        return [
            PressHit(rows[hit].article, rows[hit].story, tuple(mentions_of_hit), rows[hit].alerts, rows[hit].hit_why)
            for hit, mentions_of_hit in mentions.items()
        ]

    def refused_names(self) -> Sequence[str]:
        """Return the names that are not proposed again."""
        return self._column(select(t.refused_name.c.name).order_by(t.refused_name.c.id))

    def refuse_name(self, name: str, by: str, at: datetime) -> None:
        """Record that a name is not proposed again."""
        with self._database.writing("refuse a name") as connection:
            put_missing(connection, t.refused_name, {"name": name, "by": by, "at": at})

    def allow_name(self, name: str) -> None:
        """Take back that a name is not proposed again."""
        self._change("allow a name", delete(t.refused_name).where(t.refused_name.c.name == name))
