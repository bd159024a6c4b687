"""I/O: the database. Whole items and what pages show beside them, as one viewer sees it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, or_, select

from monitor.model import Article, ArticlePage, ItemArticle, ItemMention, Precedent, ReviewItem, StoredText, Window
from monitor.review.visibility import without_page
from monitor.store import tables as t
from monitor.store.desk import precedents
from monitor.store.desk.queue import ViewerQueries
from monitor.store.desk.visible import has_no_visible_name
from monitor.store.sql import articles, items
from monitor.store.sql.shown_articles import page_of_articles

_entity = t.entity.c
_ITEMS_NAMING = (
    select(t.review_item.c.id)
    .distinct()
    .join_from(t.review_item, t.story_article, t.story_article.c.story == t.review_item.c.story)
    .join(t.hit, t.hit.c.article == t.story_article.c.article)
    .join(t.article, t.article.c.id == t.hit.c.article)
    # `filed`, too: a name that an edit took out stays in its item.
    .where(t.hit.c.entity.in_(bindparam("entities", expanding=True)), or_(articles.in_force(), t.hit.c.filed))
    .where(t.review_item.c.first_seen >= bindparam("since"), t.review_item.c.first_seen < bindparam("until"))
    .order_by(t.review_item.c.id.desc())
    .limit(bindparam("limit"))
)
# Items that hold a hidden name or a change of an article, or that articles came to or left.
_REDACTED = select(t.review_item.c.id).where(
    t.review_item.c.id.in_(bindparam("numbers", expanding=True)),
    or_(
        exists()
        .where(t.story_article.c.story == t.review_item.c.story, t.hit.c.article == t.story_article.c.article)
        .where(t.hit.c.entity.in_(bindparam("entities", expanding=True))),
        exists().where(
            t.story_article.c.story == t.review_item.c.story, t.finding.c.article == t.story_article.c.article
        ),
        exists().where(or_(t.regrouping.c.item == t.review_item.c.id, t.regrouping.c.other == t.review_item.c.id)),
    ),
)


def _with_numbers(numbers: Collection[int]) -> Select[Any]:
    return items.select_ids().where(t.review_item.c.id.in_(numbers))


def _shown_ids(connection: Connection, item: ReviewItem, page: ArticlePage) -> set[int]:
    """Return the articles of a page of a redacted item."""
    ids = [article.id for article in item.articles]
    if len(ids) <= page.size:
        return {*ids}
    named = {mention.article for hit in item.hits for mention in hit.mentions[:1]}
    moved = {article for move in item.regroupings for article in [a for a in ids if a in move.articles][:1]}
    return page_of_articles(connection, item, page) | named | moved


def _of_articles(mentions: Sequence[ItemMention], ids: Collection[int]) -> tuple[ItemMention, ...]:
    return tuple(mention for mention in mentions if mention.article in ids)


class SqlCards(ViewerQueries):
    """Whole items, the texts of their articles, and the names on them."""

    def items(self, numbers: Sequence[int], page: ArticlePage | None = None) -> Sequence[ReviewItem]:
        """Return items in this order, without unknown ones and those that the viewer may not see.

        With a `page`, large items have only the articles of that page.
        """
        with self._database.reading() as connection:
            redacted = self._to_redact(connection, numbers) if page else frozenset()
            plain = items.load(connection, _with_numbers(set(numbers) - redacted), page=page)
            visible = self._viewer.all_visible(plain)
            if page and redacted:
                visible += self._redacted_parts(connection, redacted, page)
        return sorted(visible, key=lambda item: numbers.index(item.id))

    def _redacted_parts(
        self, connection: Connection, numbers: Collection[int], page: ArticlePage
    ) -> Sequence[ReviewItem]:
        """Return the items with the articles of a page, chosen among those that the viewer sees.

        What is hidden depends on all articles, so they are loaded first, without texts; then the texts of a few.
        """
        sketches = self._viewer.all_visible(items.load(connection, _with_numbers(numbers), items.Mentions.WORDINGS))
        ids = frozenset(article for item in sketches for article in _shown_ids(connection, item, page))
        loaded = items.load(connection, _with_numbers(numbers), page=replace(page, also=ids))
        mentions = {(item.id, hit.entity): hit.mentions for item in loaded for hit in item.hits}

        def with_sentences(part: ReviewItem) -> ReviewItem:
            hits = (replace(h, mentions=_of_articles(mentions[part.id, h.entity], ids)) for h in part.hits)
            return replace(part, hits=tuple(hits))

        return [with_sentences(item.with_articles(ids)) for item in sketches]

    def _to_redact(self, connection: Connection, numbers: Sequence[int]) -> frozenset[int]:
        """Return those items of which something is hidden from the viewer: what is depends on all of their articles."""
        if not self._viewer.hidden_numbers:
            return frozenset()
        entities = list(self._viewer.hidden_numbers)
        return frozenset(connection.scalars(_REDACTED, {"numbers": list(numbers), "entities": entities}))

    def stored_texts(self, shown: Collection[ItemArticle]) -> Mapping[int, StoredText]:
        """Return article id -> its current version, of articles of visible items."""
        query = articles.current().where(t.article.c.id.in_([article.id for article in shown]))
        return {row.id: StoredText(self._visible_article(row), row.sha256) for row in self._rows(query)}

    def _visible_article(self, row: Any) -> Article:
        article = articles.from_row(row)
        return article if self._viewer.knows_all else without_page(article, row.stored)

    def precedents(self, entity: int, limit: int = 100) -> Sequence[Precedent]:
        """Return the last decision on an entity (by number) in each visible item that names it, newest first."""
        # The same answer as for a name without decisions, so that it does not reveal that there are some.
        if entity in self._viewer.hidden_numbers:
            return ()
        with self._database.reading() as connection:
            loaded = precedents.load_precedents(connection, entity, limit)
            invisible = has_no_visible_name(connection, self._viewer, self._caches.redactions)
        return [precedent for precedent in loaded if precedent.item not in invisible]

    def naming(
        self, entities: Collection[int], within: Window, limit: int, page: ArticlePage | None = None
    ) -> Sequence[ReviewItem]:
        """Return items that name one of these entities (by number) and were first seen in a window, newest first."""
        named = [entity for entity in entities if entity not in self._viewer.hidden_numbers]
        parameters = {"entities": named, "since": within.since, "until": within.until, "limit": limit}
        return self.items([row.id for row in self._rows(_ITEMS_NAMING.params(parameters))], page)

    def is_anybody_asked(self, name: str) -> bool:
        """Return True if a question was ever asked of this colleague; this is quick, and mostly there is none."""
        return bool(self._rows(select(t.decision.c.id).where(t.decision.c.colleague == name).limit(1)))

    def entity_numbers(self) -> Mapping[str, int]:
        """Return the number of each entity by its id, removed ones included."""
        rows = self._rows(select(_entity.id, _entity.number).where(_entity.number.not_in(self._viewer.hidden_numbers)))
        return {row.id: row.number for row in rows}

    def entity_names(self) -> Mapping[int, str]:
        """Return the name of each entity that is watched now, by its number."""
        is_shown = and_(_entity.removed.is_(None), _entity.number.not_in(self._viewer.hidden_numbers))
        rows = self._rows(select(_entity.number, _entity.name).where(is_shown))
        return {row.number: row.name for row in rows}

    def sensitive_entities(self) -> frozenset[str]:
        """Return the ids of the sensitive entities that the viewer may know of."""
        if not self._viewer.knows_all:
            return frozenset()
        with self._database.reading() as connection:
            return frozenset(items.sensitive_entities(connection).values())
