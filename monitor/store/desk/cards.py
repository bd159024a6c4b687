"""I/O: the database. Whole items and what pages show beside them, such as earlier decisions on a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, exists, select

from monitor.model import (
    ROW_ARTICLES,
    ArticlePage,
    EntityType,
    ItemArticle,
    Precedent,
    ReviewItem,
    State,
    StoredText,
    Window,
)
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.sql import articles, items
from monitor.store.sql.item_articles import IS_HIT_OF_ITEM
from monitor.store.types import shaped
from monitor.text.lead import lead_article
from monitor.text.tokens import normalized_form

_decision = t.decision.c


# Built once: building these statements takes longer than running them.
_ITEMS_OF_NAME = items.select_ids_with_hits().where(t.hit.c.entity == bindparam("entity"))
_LATEST_DECISIONS = (
    items.effective_decisions()
    .with_only_columns(*_decision["item", "at", "by", "verdict", "reason", "judged"])
    .where(_decision.item.in_(_ITEMS_OF_NAME))
    .order_by(_decision.id.desc())
    .limit(bindparam("limit"))
)
_FORMS_AND_OUTLETS = (
    items.select_mentions()
    .add_columns(t.article.c.outlet, t.mention.c.text)
    .where(t.hit.c.entity == bindparam("entity"), t.review_item.c.id.in_(bindparam("items", expanding=True)))
    .distinct()
)
_entity = t.entity.c
_ITEMS_NAMING = (
    items.select_ids_with_hits()
    .distinct()
    .join(t.article, t.article.c.id == t.hit.c.article)
    .where(t.hit.c.entity.in_(bindparam("entities", expanding=True)), IS_HIT_OF_ITEM)
    .where(t.review_item.c.first_seen >= bindparam("since"), t.review_item.c.first_seen < bindparam("until"))
    .order_by(t.review_item.c.id.desc())
    .limit(bindparam("limit"))
)


class SqlCards(Queries):
    """Whole items, the texts of their articles, and the names on them."""

    def items(self, numbers: Sequence[int], page: ArticlePage | None = None) -> Sequence[ReviewItem]:
        """Return items in this order, without unknown and merged ones.

        With a `page`, large items have only the articles of that page.
        """
        loaded = self._read(items.by_number, numbers, page=page)
        not_merged = (item for item in loaded if item.state is not State.MERGED)
        return sorted(not_merged, key=lambda item: numbers.index(item.id))

    def with_related_leads(self, listed: Sequence[ReviewItem], language: str) -> Sequence[ReviewItem]:
        """Return items whose related ones have the article that stands for them in a language."""
        numbers = [*{related.id for item in listed for related in item.related}]
        leads = {item.id: lead_article(item, language) for item in self.items(numbers, ROW_ARTICLES)} if numbers else {}
        return [
            replace(item, related=tuple(replace(related, lead=leads.get(related.id)) for related in item.related))
            for item in listed
        ]

    def stored_texts(self, shown: Collection[ItemArticle]) -> Mapping[int, StoredText]:
        """Return article id -> its current version."""
        query = articles.current().where(t.article.c.id.in_([article.id for article in shown]))
        return {row.id: StoredText(articles.from_row(row), row.sha256) for row in self._rows(query)}

    def precedents(self, entity: int, limit: int = 100) -> Sequence[Precedent]:
        """Return the last decision on an entity (by number) in each item that names it, newest first.

        Reads the `limit` newest decisions on those items, so there may be fewer precedents than that.
        """
        last_decisions: dict[int, Any] = {}
        forms, outlets = defaultdict(set), defaultdict(set)
        with self._database.reading() as connection:
            for row in connection.execute(_LATEST_DECISIONS, {"entity": entity, "limit": limit}):
                if entity in row.judged:  # the rows are newest first, so the first one of an item is its last decision
                    last_decisions.setdefault(row.item, row)
            of_items = {"entity": entity, "items": list(last_decisions)}
            for item, outlet, text in connection.execute(_FORMS_AND_OUTLETS, of_items) if last_decisions else ():
                forms[item].add(normalized_form(text))
                outlets[item].add(outlet)
        return [
            shaped(Precedent, row, forms=frozenset(forms[item]), outlets=frozenset(outlets[item]))
            for item, row in last_decisions.items()
        ]

    def naming(
        self, entities: Collection[int], within: Window, limit: int, page: ArticlePage | None = None
    ) -> Sequence[ReviewItem]:
        """Return items that name one of these entities (by number) and were first seen in a window, newest first."""
        parameters = {"entities": list(entities), "since": within.since, "until": within.until, "limit": limit}
        return self.items(self._column(_ITEMS_NAMING.params(parameters)), page)

    def is_anybody_asked(self, name: str) -> bool:
        """Return True if a question was ever asked of this colleague; this is quick, and mostly there is none."""
        return bool(self._value(select(exists().where(t.decision.c.colleague == name))))

    def entity_numbers(self) -> Mapping[str, int]:
        """Return the number of each entity by its id, removed ones included."""
        return dict(self._rows(select(_entity.id, _entity.number)))

    def press_entries(self, language: str) -> Mapping[int, str]:
        """Return the entries of the list that find what happened to the press: their names, by their numbers."""
        columns = _entity.number, _entity.name, _entity.names
        query = select(*columns).where(_entity.type == EntityType.PRESS, _entity.removed.is_(None))
        return {row.number: row.names.get(language) or row.name for row in self._rows(query.order_by(_entity.number))}

    def entity_names(self) -> Mapping[int, str]:
        """Return the name of each entity that is watched now, by its number."""
        return dict(self._rows(select(_entity.number, _entity.name).where(_entity.removed.is_(None))))
