"""Pure. Matching for the closed watch: the closed names in a text, judged beside all names of the list.

Open names are matched without them (`matching.match_articles`), so no closed name changes what is said of an open one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from monitor.ingest.matching import WatchContext, hits_of_articles, match_articles
from monitor.ingest.trip.article import added_lines
from monitor.match import Compiled, compile_watchlist
from monitor.model import Article, Entity, EntityType, Fingerprint, MatchedArticle, UnmatchedArticle, Zone
from monitor.review.feedback import Lessons

_OPEN = "open:"  # before the id of an open name: a closed one may have the same id


@dataclass(frozen=True)
class ClosedContext:
    """The closed names that are watched, the open ones beside them, and the lessons from decisions on closed items."""

    closed: tuple[Entity, ...]
    open: tuple[Entity, ...] = ()
    lessons: Lessons = Lessons()

    @cached_property
    def names(self) -> Compiled:
        """The closed names alone: the prefilter, which keeps most texts from the whole list."""
        return compile_watchlist(self.closed)

    @cached_property
    def watch(self) -> WatchContext:
        """All names. An open entry of the same name as a closed one is the same person, and no rival of it."""
        names = {entity.name for entity in self.closed}
        open_names = (
            replace(entity, id=_OPEN + entity.id)
            for entity in self.open
            if entity.name not in names and entity.type is not EntityType.PRESS
        )
        return WatchContext((*self.closed, *open_names), self.lessons)

    def prepare(self) -> None:
        """Compile the names now, so that no text has to wait for it."""
        _ = self.names
        self.watch.prepare()


def match_closed(context: ClosedContext, texts: Sequence[UnmatchedArticle]) -> list[MatchedArticle]:
    """Return each text with the hits of closed names; without any, as it is."""
    is_named = [any(parts) for parts in _named(context.names, texts)]
    matched = iter(match_articles(context.watch, [text for text, named in zip(texts, is_named, strict=True) if named]))
    return [
        _closed_hits(context, next(matched), text.article) if named else _without_hits(text.article)
        for text, named in zip(texts, is_named, strict=True)
    ]


def with_lines_of_copy(unmatched: UnmatchedArticle, copy: Article | None) -> UnmatchedArticle:
    """Add the lines beside the text that its copy has: a page that is read again has no byline or text of the feed."""
    is_recheck = all(zone.zone is Zone.CAPTION for _, zones in unmatched.extra_lines for zone in zones)
    if copy is None or not is_recheck:
        return unmatched
    bylines, feed_lines = added_lines(copy)
    return replace(unmatched, extra_lines=(*bylines, *unmatched.extra_lines, *feed_lines))


def _named(names: Compiled, texts: Sequence[UnmatchedArticle]) -> Iterator[list[bool]]:
    """Yield for each text whether a name stands in it and in each of its extra lines."""
    documents = [article for text in texts for article in text.texts]
    has_name = (bool(hits) for _, hits in hits_of_articles(documents, names, Lessons()))
    for text in texts:
        yield [next(has_name) for _ in range(1 + len(text.extra_lines))]


def _closed_hits(context: ClosedContext, matched: MatchedArticle, article: Article) -> MatchedArticle:
    ids = {entity.id for entity in context.closed}
    closed_hits = tuple(hit for hit in matched.hits if hit.entity in ids)
    return replace(matched, hits=closed_hits) if closed_hits else _without_hits(article)


def _without_hits(article: Article) -> MatchedArticle:
    return MatchedArticle(article.text, article.zones, (), Fingerprint())
