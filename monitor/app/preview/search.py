"""The stored articles in which a changed watchlist finds other names than the current one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from monitor.app.current_watchlist import compiled_watchlist, lessons_of, with_own_countries
from monitor.app.watchlist import applied
from monitor.home import Home
from monitor.ingest.rescan import difference_of, hits_of_archived
from monitor.match import Compiled, compile_watchlist, may_hold_frame
from monitor.match.vocabulary import key_queries, text_query
from monitor.model import ArchivedArticle, Article, Hit, WatchlistChange
from monitor.store.line.archive import SqlArchive
from monitor.text.vocabulary import KeyQuery, TextQuery

_BATCH = 200  # articles


class StoredArticles(Protocol):
    """What a preview asks of stored articles, their hits and stories: `store.line.archive.SqlArchive`."""

    def extent(self, since: datetime, now: datetime) -> tuple[int, int]: ...
    def words_with_keys(self, queries: Sequence[KeyQuery]) -> Collection[str]: ...
    def with_words(self, query: TextQuery, since: datetime) -> Collection[int]: ...
    def with_texts(
        self, may_name: Callable[[str], bool], parts: Collection[str], since: datetime
    ) -> Collection[int]: ...
    def with_hits(self, entities: Collection[str], since: datetime) -> Collection[int]: ...
    def unindexed(self, since: datetime) -> Collection[int]: ...
    def articles_by_id(self, ids: Collection[int]) -> Sequence[ArchivedArticle]: ...
    def stories_of(self, article_ids: Collection[int]) -> Mapping[int, int]: ...
    def alerting_stories(self, since: datetime) -> int: ...


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


def searched_articles(home: Home) -> StoredArticles:
    """Return the stored articles in which the effect of a changed name is looked for."""
    archive = home.store.archive
    return ArticlesOfOpenWatch(home.open_watch.store.archive, archive) if home.is_closed else archive


class PreviewedArticle(NamedTuple):
    """A stored article that names a changed entity before or after the change.

    `hits` are those of the changed entities, `gained` and `lost` the differences that a rescan reports.
    """

    article: Article
    hits: tuple[Hit, ...]
    gained: tuple[Hit, ...]
    lost: Mapping[str, str]

    @property
    def alerts(self) -> bool:
        """Return whether the article enters the queue by one of the changed names, or by what they change."""
        return self.alerts_newly or any(hit.alerts for hit in self.hits)

    @property
    def alerts_newly(self) -> bool:
        """Return whether the article does so only after the change, or by a clearer mention."""
        return any(hit.alerts for hit in self.gained)


def previewed_articles(home: Home, change: WatchlistChange, since: datetime) -> Iterator[PreviewedArticle]:
    """Yield the articles first seen since a time that name a changed entity before or after, the newest first."""
    edits = change.edits
    changed = {entity.id: entity for _, entity in edits if entity}
    former = {entity.id for entity, _ in edits if entity}
    entities, lessons = applied(change, home.store.watchlists.current().entities), lessons_of(home)
    compiled = compile_watchlist(with_own_countries(home, entities), compiled_watchlist(home))
    # With the words of replaced entries: while the outlet Bloom is listed, "Bloom" before a surname is no given name.
    replaced = (replace(old, id=f"{old.id} before the change") for old, _ in edits if old)
    for batch in _candidates(home, compile_watchlist([*changed.values(), *replaced]), former, since):
        for record, hits in hits_of_archived(batch, compiled, lessons):
            gained, lost = difference_of(record, hits)
            of_changed = tuple(hit for hit in hits if hit.entity in changed)
            if of_changed or gained or lost:
                yield PreviewedArticle(record.article, of_changed, gained, lost)


def _candidates(
    home: Home, changed: Compiled, former: Collection[str], since: datetime
) -> Iterator[Sequence[ArchivedArticle]]:
    """Yield the articles that may name a changed entity or have a hit of a former one, the newest first.

    The index of texts gives those that hold its words; articles that it lacks are read.
    """
    archive = searched_articles(home)
    words = sorted(archive.words_with_keys(key_queries(changed)))
    indexed = {
        *archive.with_words(text_query(changed, words), since),
        *archive.with_hits(former, since),
        *_with_names_as_written(archive, changed, since),
        # What happened to the press has no words of the list to look up: all texts of these days are read.
        *(archive.with_texts(may_hold_frame, (), since) if changed.press else ()),
    }
    ids = sorted({*indexed, *archive.unindexed(since)}, reverse=True)
    for start in range(0, len(ids), _BATCH):
        yield archive.articles_by_id(ids[start : start + _BATCH])


def _with_names_as_written(archive: StoredArticles, changed: Compiled, since: datetime) -> Collection[int]:
    """Return the articles that may hold an account or an exactly matched name: the index of words finds neither."""
    if changed.exact:
        return archive.with_texts(changed.scanner.may_hold_exact_name, (), since)
    accounts = {account.name for account in changed.accounts.accounts}
    return archive.with_texts(changed.accounts.may_contain_any, accounts, since) if accounts else ()
