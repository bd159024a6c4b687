"""Names in articles: the one path for those that come in and those looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import tee

from monitor.feedback import Lessons
from monitor.fingerprint import fingerprint
from monitor.match import Compiled, hits, match_documents
from monitor.model import Archived, Article, Confidence, Document, Find, Fingerprint, Hit, Outcome


def found_in(
    articles: Iterable[Article], compiled: Compiled, lessons: Lessons
) -> Iterator[tuple[Article, tuple[Hit, ...]]]:
    """Each article with its hits: the one path for articles that come in and for those looked at again."""
    articles, again = tee(articles)
    documents = (Document(a.key, a.text, a.title, a.language, a.zones) for a in again)
    for article, (document, mentions) in zip(articles, match_documents(documents, compiled), strict=True):
        found = lessons.heeded(mentions, article.outlet, compiled.entities)
        yield article, hits(document, found, compiled, article.outlet)


def look_again(
    archived: Sequence[Archived],
    *,
    compiled: Compiled,
    lessons: Lessons = Lessons(),
    looked_for: Compiled | None = None,
) -> list[Find]:
    """What the present list finds in stored articles that it did not find then, and what it no longer finds.

    `looked_for`: a small part of the list; articles that name none of it are passed over, which is much faster, and
    nothing is said to be lost.
    """
    by_key = {each.article.key: each for each in archived}
    articles = [each.article for each in archived]
    if looked_for is not None:
        articles = [article for article, found in found_in(articles, looked_for, lessons) if found]
    finds = []
    for article, found in found_in(articles, compiled, lessons):
        known, words = by_key[article.key].hits, by_key[article.key].words
        gained = tuple(hit for hit in found if is_more(hit, known.get(hit.entity)))
        lost = known.keys() - {hit.entity for hit in found} if looked_for is None else set()
        if gained or lost:
            words_lost = {entity: words[entity] for entity in sorted(lost)}
            finds.append(Find(article, gained, words_lost, fingerprint_of(article, gained)))
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
