"""The use cases of the desk over the store of the closed watch, for users who are cleared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.app.closed_watch import ClosedWatch
from monitor.app.service import App
from monitor.errors import NotFound
from monitor.model import (
    ROW_ARTICLES,
    ArchivedArticle,
    FeedRecord,
    QueueFilter,
    QueueTab,
    ReviewItem,
)

if TYPE_CHECKING:
    from monitor.app.preview.search import StoredArticles
    from monitor.app.sources.desk import DeskSources
    from monitor.messages.publisher import Publisher
    from monitor.store.desk.users import SqlUsers
    from monitor.store.line.archive import SqlArchive
    from monitor.text.vocabulary import KeyQuery, TextQuery


class ClosedApp(App):
    """The service over the closed watch. Accounts, sources and readings are those of the open one."""

    is_closed = True

    def __init__(self, open_app: App, watch: ClosedWatch) -> None:
        """Store the parts."""
        super().__init__(watch.settings, watch.store, watch.clock)
        self._open, self._watchlist = open_app, watch.watchlist
        self.watch = self._closed_watch = watch
        self.texts = open_app.store

    @property
    def people(self) -> SqlUsers:
        return self._open.people

    @property
    def sources(self) -> DeskSources:
        return self._open.sources

    def feeds(self) -> Sequence[FeedRecord]:
        return self._open.feeds()

    @property
    def searched_articles(self) -> StoredArticles:
        return ArticlesOfOpenWatch(self._open.store.archive, self.store.archive)

    @property
    def publisher(self) -> Publisher:
        return self.watch.publisher

    def count_waiting(self) -> int:
        """Return the number of items that wait for a decision."""
        return self.store.queue.page(QueueFilter(), self.clock(), 0).tab_counts[QueueTab.WAITING]

    def open_items(self, item: ReviewItem) -> Sequence[ReviewItem]:
        """Return the items of the open watch that hold articles of this item now, each with its first article."""
        numbers = self._open.store.archive.item_numbers([article.id for article in item.articles])
        return self._open.store.cards.items(sorted({*numbers.values()}), ROW_ARTICLES)


def open_closed_app(app: App) -> ClosedApp:
    """Return the use cases over the closed watch, for whoever is cleared. Raises NotFound if no name is closed."""
    watch = app.closed_watch()
    if watch is None:
        raise NotFound("no name was ever marked sensitive, so there is no closed watch; leave out --closed")
    return ClosedApp(app, watch)


@dataclass(frozen=True, slots=True)
class ArticlesOfOpenWatch:
    """The articles of the open watch, with the hits and stories of the closed one."""

    open: SqlArchive
    closed: SqlArchive

    def extent(self, since: datetime, now: datetime) -> tuple[int, int]:
        return self.open.extent(since, now)

    def words_with_keys(self, queries: Sequence[KeyQuery]) -> Collection[str]:
        return self.open.words_with_keys(queries)

    def with_words(self, query: TextQuery, since: datetime) -> Collection[int]:
        return self.open.with_words(query, since)

    def with_texts(self, may_name: Callable[[str], bool], parts: Collection[str], since: datetime) -> Collection[int]:
        return self.open.with_texts(may_name, parts, since)

    def unindexed(self, since: datetime) -> Collection[int]:
        return self.open.unindexed(since)

    def with_hits(self, entities: Collection[str], since: datetime) -> Collection[int]:
        return self.closed.with_hits(entities, since)

    def articles_by_id(self, ids: Collection[int]) -> Sequence[ArchivedArticle]:
        copies = {copy.article.id: copy for copy in self.closed.articles_by_id(ids)}
        records = ((record.article, copies.get(record.article.id)) for record in self.open.articles_by_id(ids))
        return [replace(copy, article=article) if copy else ArchivedArticle(article) for article, copy in records]

    def stories_of(self, article_ids: Collection[int]) -> Mapping[int, int]:
        return self.closed.stories_of(article_ids)

    def alerting_stories(self, since: datetime) -> int:
        return self.closed.alerting_stories(since)
