"""Pure. Names in articles: the one path for those that come in and those looked at again.

All that knows the watchlist is in this module: `match_articles` runs in a process of its own, so that what it costs
delays no request (docs/design/line.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, tee

from monitor.cluster.fingerprint import fingerprint
from monitor.match import Compiled, hits, match_documents
from monitor.model import (
    ArchivedArticle,
    Article,
    Confidence,
    Document,
    EntityType,
    Fingerprint,
    Hit,
    MatchedArticle,
    Outcome,
    RecheckResult,
    RescanMatch,
    Result,
    UnmatchedArticle,
    Zone,
)
from monitor.pipeline.article import Part, concat_parts
from monitor.review.feedback import Lessons


@dataclass(frozen=True, slots=True)
class WatchContext:
    """The compiled watchlist, and what decisions taught about it."""

    compiled: Compiled
    lessons: Lessons = Lessons()


@dataclass(frozen=True, slots=True)
class AcquiredArticle:
    """The end of a trip or a look before names are looked for. `unmatched` None: there is nothing to look in."""

    result: Result | RecheckResult
    unmatched: UnmatchedArticle | None = None

    @property
    def bytes(self) -> int:
        """The memory that it takes, about: its page and its text."""
        article = self.result.article
        page = article.raw.body if article and article.raw else b""
        return 1_000 + len(page) + 2 * len(article.text if article else "")


def match_articles(watch: WatchContext, articles: Sequence[UnmatchedArticle]) -> list[MatchedArticle]:
    """Find the names in each article, and in what stands beside its text."""
    documents = [
        document
        for each in articles
        for document in (each.article, *(replace(each.article, text=text, zones=()) for text, _ in each.beside))
    ]
    found = (hits for _, hits in hits_of_articles(documents, watch.compiled, watch.lessons))
    return [_joined(watch, each, *islice(found, 1 + len(each.beside))) for each in articles]


def with_names(acquired: AcquiredArticle, matched: MatchedArticle | None) -> Result | RecheckResult:
    """Return the result with the names found in its article: all there is to store."""
    result = acquired.result
    if matched is None or result.article is None:
        return result
    article = replace(result.article, text=matched.text, zones=matched.zones)
    named = replace(result, article=article, hits=matched.hits, fingerprint=matched.fingerprint)
    if isinstance(named, RecheckResult) or named.outcome is Outcome.PENDING:
        return named
    return replace(named, outcome=outcome_of(matched.hits) or named.outcome)


def _joined(
    watch: WatchContext, unmatched: UnmatchedArticle, own: tuple[Hit, ...], *of_lines: tuple[Hit, ...]
) -> MatchedArticle:
    """The text and its hits; a byline, a caption or the feed's words join it where they name one more."""
    article, found, entities = unmatched.article, own, watch.compiled.entities
    for line, hits_of_line in zip(unmatched.beside, of_lines, strict=True):
        signed = line[1][0].zone is Zone.BYLINE
        known = {hit.entity: (hit.confidence, hit.alerts) for hit in found}
        if not any(
            is_more(hit, known.get(hit.entity))
            for hit in hits_of_line
            if not signed or entities[hit.entity].type is EntityType.PERSON
        ):
            continue
        body: Part = (article.text, article.zones)
        text, zones = concat_parts(line, body) if signed else concat_parts(body, line)
        longer = replace(article, text=text, zones=zones)
        ((_, more),) = hits_of_articles([longer], watch.compiled, watch.lessons)
        if any(is_more(hit, known.get(hit.entity)) for hit in more):
            article, found = longer, more
    return MatchedArticle(article.text, article.zones, found, fingerprint_of(article, found))


def hits_of_articles(
    articles: Iterable[Article], compiled: Compiled, lessons: Lessons
) -> Iterator[tuple[Article, tuple[Hit, ...]]]:
    """Each article with its hits: the one path for articles that come in and for those looked at again."""
    articles, again = tee(articles)
    documents = (Document(a.key, a.text, a.title, a.language, a.zones) for a in again)
    for article, (document, mentions) in zip(articles, match_documents(documents, compiled), strict=True):
        found = lessons.heeded(mentions, article.outlet, compiled.entities)
        yield article, hits(document, found, compiled, article.outlet)


def rescan_articles(
    archived: Sequence[ArchivedArticle],
    *,
    compiled: Compiled,
    lessons: Lessons = Lessons(),
    looked_for: Compiled | None = None,
) -> list[RescanMatch]:
    """What the present list finds in stored articles that it did not find then, and what it no longer finds.

    `looked_for`: a small part of the list; articles that name none of it are passed over, which is much faster, and
    nothing is said to be lost.
    """
    by_key = {each.article.key: each for each in archived}
    articles = [each.article for each in archived]
    if looked_for is not None:
        articles = [article for article, found in hits_of_articles(articles, looked_for, lessons) if found]
    finds = []
    for article, found in hits_of_articles(articles, compiled, lessons):
        known, words = by_key[article.key].hits, by_key[article.key].words
        gained = tuple(hit for hit in found if is_more(hit, known.get(hit.entity)))
        lost = known.keys() - {hit.entity for hit in found} if looked_for is None else set()
        if gained or lost:
            words_lost = {entity: words[entity] for entity in sorted(lost)}
            finds.append(RescanMatch(article, gained, words_lost, fingerprint_of(article, gained)))
    return finds


def fingerprint_of(article: Article, found: Sequence[Hit]) -> Fingerprint:
    """Return the fingerprint of an article with these hits; without any nothing is filed, and it is left empty."""
    return fingerprint(article.title, article.text) if found else Fingerprint()


def is_more(hit: Hit, known: tuple[Confidence, bool] | None) -> bool:
    if known is None:
        return True
    confidence, alerts = known
    return (hit.confidence is Confidence.STRONG and confidence is Confidence.POSSIBLE) or (hit.alerts and not alerts)


def outcome_of(found: tuple[Hit, ...]) -> Outcome | None:
    if any(h.alerts for h in found):
        return Outcome.QUEUED
    if any(h.confidence is Confidence.POSSIBLE for h in found):
        return Outcome.POSSIBLE
    return Outcome.COUNTED if found else None
