"""The stored articles in which a changed watchlist finds other names than the current one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from monitor.app.current_watchlist import compiled_watchlist, lessons_of, with_own_countries
from monitor.app.watchlist import applied
from monitor.home import Home
from monitor.ingest.matching import difference_of, hits_of_archived
from monitor.match import Compiled, compile_watchlist, holds_frame
from monitor.match.vocabulary import key_queries, text_query
from monitor.model import ArchivedArticle, Article, Confidence, Hit, WatchlistChange
from monitor.store.line.archive import SqlArchive

_BATCH = 200  # articles


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
    def enters_queue(self) -> bool:
        """Return whether the article enters the queue, for sure or as one that possibly names somebody."""
        return self.alerts or any(hit.confidence is Confidence.POSSIBLE for hit in self.hits)

    @property
    def alerts_newly(self) -> bool:
        """Return whether the article does so only after the change, or by a clearer mention."""
        return any(hit.alerts for hit in self.gained)


def previewed_articles(
    home: Home, change: WatchlistChange, since: datetime, press_limit: int | None = None
) -> Iterator[PreviewedArticle]:
    """Yield the articles first seen since a time that name a changed entity before or after, the newest first.

    `press_limit`: how many texts are read for incidents, the newest; None: all.
    """
    edits = change.edits
    changed = {entity.id: entity for _, entity in edits if entity}
    former = {entity.id for entity, _ in edits if entity}
    entities, lessons = applied(change, home.store.watchlists.current().entities), lessons_of(home)
    compiled = compile_watchlist(with_own_countries(home, entities), compiled_watchlist(home))
    # With the words of replaced entries: while the outlet Bloom is listed, "Bloom" before a surname is no given name.
    replaced = (replace(old, id=f"{old.id} before the change") for old, _ in edits if old)
    words = compile_watchlist([*changed.values(), *replaced])
    for batch in _candidates(home, words, former, since, press_limit):
        for record, hits in hits_of_archived(batch, compiled, lessons):
            gained, lost = difference_of(record, hits)
            of_changed = tuple(hit for hit in hits if hit.entity in changed)
            if of_changed or gained or lost:
                yield PreviewedArticle(record.article, of_changed, gained, lost)


def _candidates(
    home: Home, changed: Compiled, former: Collection[str], since: datetime, press_limit: int | None
) -> Iterator[Sequence[ArchivedArticle]]:
    """Yield the articles that may name a changed entity or have a hit of a former one, the newest first.

    The index of texts gives those that hold its words; articles that it lacks are read.
    """
    texts = home.open_watch.store.archive  # of both watches
    words = sorted(texts.words_with_keys(key_queries(changed)))
    indexed = {
        *texts.with_words(text_query(changed, words), since),
        *home.store.archive.with_hits(former, since),
        *_with_names_as_written(texts, changed, since),
        # What happened to the press has no words of the list to look up: all texts of these days are read.
        *(texts.with_texts(holds_frame, (), since, press_limit) if changed.press else ()),
    }
    ids = sorted({*indexed, *texts.unindexed(since)}, reverse=True)
    for start in range(0, len(ids), _BATCH):
        yield _articles(home, ids[start : start + _BATCH])


def _articles(home: Home, ids: Sequence[int]) -> Sequence[ArchivedArticle]:
    """Return articles of the open watch with the hits of this one."""
    stored = home.open_watch.store.archive.articles_by_id(ids)
    if not home.is_closed:
        return stored
    copies = {copy.article.id: copy for copy in home.store.archive.articles_by_id(ids)}
    records = ((record.article, copies.get(record.article.id)) for record in stored)
    return [replace(copy, article=article) if copy else ArchivedArticle(article) for article, copy in records]


def _with_names_as_written(archive: SqlArchive, changed: Compiled, since: datetime) -> Collection[int]:
    """Return the articles that may hold an account or an exactly matched name: the index of words finds neither."""
    if changed.exact:
        return archive.with_texts(changed.scanner.may_hold_exact_name, (), since)
    accounts = {account.name for account in changed.accounts.accounts}
    return archive.with_texts(changed.accounts.may_contain_any, accounts, since) if accounts else ()
