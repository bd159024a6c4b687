"""Pure. Matching of articles, new and archived: the only part of the pipeline that knows the watchlist.

`match_articles` runs in a process of its own, so that its work never delays a request (docs/design/line.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, tee

from monitor.cluster.fingerprint import fingerprint
from monitor.ingest.matching import WatchContext
from monitor.ingest.trip.article import Part, concat_parts
from monitor.match import Compiled, MatchTotals, hits, match_documents
from monitor.model import (
    ArchivedArticle,
    Article,
    Confidence,
    Document,
    EntityType,
    Fingerprint,
    Hit,
    MatchedArticle,
    PendingRescan,
    RescanMatch,
    UnmatchedArticle,
    Zone,
)
from monitor.review.feedback import Lessons


def match_articles(watch: WatchContext, articles: Sequence[UnmatchedArticle]) -> list[MatchedArticle]:
    """Match each article, and the extra lines that may be added to its text."""
    # One pass over all texts: matching in batches is faster than one call per text.
    documents = [
        document
        for unmatched in articles
        for document in (
            unmatched.article,
            *(replace(unmatched.article, text=text, zones=()) for text, _ in unmatched.extra_lines),
        )
    ]
    totals = MatchTotals()
    document_hits = (hits for _, hits in hits_of_articles(documents, watch.compiled, watch.lessons, totals))
    matched_articles = []
    for unmatched in articles:
        common_surnames_before = totals.common_surnames
        article_hits = next(document_hits)
        common_surnames = totals.common_surnames - common_surnames_before  # of the article alone: lines repeat it
        matched = _match_with_lines(watch, unmatched, article_hits, *islice(document_hits, len(unmatched.extra_lines)))
        matched_articles.append(replace(matched, common_surnames=common_surnames))
    return matched_articles


def _match_with_lines(
    watch: WatchContext, unmatched: UnmatchedArticle, article_hits: tuple[Hit, ...], *line_hits: tuple[Hit, ...]
) -> MatchedArticle:
    """Return the article with its hits; add a byline, caption or feed text only if it names someone more."""
    article, matched_hits, entities = unmatched.article, article_hits, watch.compiled.entities
    for line, hits_of_line in zip(unmatched.extra_lines, line_hits, strict=True):
        is_byline = line[1][0].zone is Zone.BYLINE
        known_hits = {hit.entity: (hit.confidence, hit.alerts) for hit in matched_hits}
        if not any(
            is_stronger(hit, known_hits.get(hit.entity))
            for hit in hits_of_line
            if not is_byline or entities[hit.entity].type is EntityType.PERSON
        ):
            continue
        body: Part = (article.text, article.zones)
        text, zones = concat_parts(line, body) if is_byline else concat_parts(body, line)
        # Match the longer text as a whole: the words around a name decide about its confidence.
        longer = replace(article, text=text, zones=zones)
        ((_, longer_hits),) = hits_of_articles([longer], watch.compiled, watch.lessons)
        if any(is_stronger(hit, known_hits.get(hit.entity)) for hit in longer_hits):
            article, matched_hits = longer, longer_hits
    return MatchedArticle(article.text, article.zones, matched_hits, fingerprint_of(article, matched_hits))


def hits_of_articles(
    articles: Iterable[Article], compiled: Compiled, lessons: Lessons, totals: MatchTotals | None = None
) -> Iterator[tuple[Article, tuple[Hit, ...]]]:
    """Yield each article with its hits. New and archived articles both take this path. `totals` is added to."""
    # The matcher reads a batch ahead; `tee` holds the articles until their hits come.
    articles, articles_to_match = tee(articles)
    documents = (Document(a.key, a.text, a.title, a.language, a.zones, a.country) for a in articles_to_match)
    for article, (document, mentions) in zip(articles, match_documents(documents, compiled, totals), strict=True):
        adjusted = lessons.apply(mentions, article.outlet, compiled.entities)
        yield article, hits(document, adjusted, compiled, article.outlet)


def rescan_articles(
    archived: Sequence[ArchivedArticle],
    *,
    compiled: Compiled,
    lessons: Lessons = Lessons(),
    prefilter: Compiled | None = None,
) -> list[RescanMatch]:
    """Return the differences between the stored hits and those of the present watchlist.

    `prefilter`: a small part of the watchlist. Articles that name none of it are skipped, which is much faster, and no
    hit is reported as lost.
    """
    if prefilter is not None:
        archived = [record for record, record_hits in hits_of_archived(archived, prefilter, lessons) if record_hits]
    matches = []
    for record, article_hits in hits_of_archived(archived, compiled, lessons):
        gained, lost = difference_of(record, article_hits)
        # The other names of these articles were not looked for.
        if prefilter is not None:
            lost = {}
        if gained or lost:
            matches.append(RescanMatch(record.article, gained, lost, fingerprint_of(record.article, gained)))
    return matches


def for_older_articles(matches: Sequence[RescanMatch], pending: PendingRescan) -> list[RescanMatch]:
    """Return the matches without the hits that a rescan skips in older articles; those only counted do not alert."""
    if not pending.counted and not pending.skipped:
        return list(matches)
    reduced = []
    for match in matches:
        number = match.article.id
        counted, skipped = (
            {entity for entity, up_to in older.items() if number <= up_to}
            for older in (pending.counted, pending.skipped)
        )
        # Only strong hits are counted, so a possible one that queues nothing would be of no use.
        gained = tuple(
            replace(hit, alerts=False) if hit.entity in counted else hit
            for hit in match.gained
            if hit.entity not in skipped and (hit.entity not in counted or hit.confidence is Confidence.STRONG)
        )
        if gained or match.lost:
            reduced.append(replace(match, gained=gained))
    return reduced


def hits_of_archived(
    archived: Sequence[ArchivedArticle], compiled: Compiled, lessons: Lessons
) -> Iterator[tuple[ArchivedArticle, tuple[Hit, ...]]]:
    """Yield each stored article with the hits of a watchlist."""
    articles = (record.article for record in archived)
    for record, (_, article_hits) in zip(archived, hits_of_articles(articles, compiled, lessons), strict=True):
        yield record, article_hits


def difference_of(record: ArchivedArticle, article_hits: Sequence[Hit]) -> tuple[tuple[Hit, ...], Mapping[str, str]]:
    """Return the hits that are new or stronger than the stored ones, and the lost entities with their words."""
    gained = tuple(hit for hit in article_hits if is_stronger(hit, record.hits.get(hit.entity)))
    lost = sorted(record.hits.keys() - {hit.entity for hit in article_hits})
    return gained, {entity: record.words[entity] for entity in lost}


def fingerprint_of(article: Article, article_hits: Sequence[Hit]) -> Fingerprint:
    """Return the fingerprint of an article, empty if it has no hits: only articles with hits are filed."""
    return fingerprint(article.title, article.text) if article_hits else Fingerprint()


def is_stronger(hit: Hit, stored: tuple[Confidence, bool] | None) -> bool:
    """Return True if a hit is new, or has a higher confidence or alerts where the stored one does not."""
    if stored is None:
        return True
    confidence, alerts = stored
    return (hit.confidence is Confidence.STRONG and confidence is Confidence.POSSIBLE) or (hit.alerts and not alerts)
