"""Matching of articles, new and archived: the only part of the pipeline that knows the watchlist.

`match_articles` runs in a process of its own, so that its work never delays a request (docs/design/line.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import islice, tee
from typing import Any

from monitor.cluster.fingerprint import fingerprint
from monitor.errors import SandboxLost, StageFailed
from monitor.ingest.trip.article import AcquiredArticle, Part, concat_parts
from monitor.match import Compiled, MatchTotals, compile_watchlist, hits, match_documents
from monitor.model import (
    ArchivedArticle,
    Article,
    Confidence,
    Document,
    Entity,
    EntityType,
    Fingerprint,
    Hit,
    MatchedArticle,
    Outcome,
    PendingRescan,
    RecheckResult,
    RescanMatch,
    Result,
    UnmatchedArticle,
    Zone,
    outcome_of,
    text_hash,
)
from monitor.ports import SandboxWithTool
from monitor.review.feedback import Lessons


@dataclass(frozen=True)
class WatchContext:
    """The watched entities and the lessons from decisions on their names; compiled where it is first asked for."""

    entities: tuple[Entity, ...]
    lessons: Lessons = Lessons()

    @cached_property
    def compiled(self) -> Compiled:
        return compile_watchlist(self.entities)

    def prepare(self) -> None:
        """Compile the entities now, so that no page has to wait for it."""
        _ = self.compiled


@dataclass(frozen=True, slots=True)
class RunWatchlist:
    """The watchlist as one run matches with it: compiled for a day in the newsroom's time zone."""

    watch: WatchContext
    version: int
    today: date
    _parts: dict[frozenset[str], WatchContext] = field(default_factory=dict, init=False, repr=False, compare=False)

    def compiled_part(self, entities: frozenset[str]) -> Compiled:
        """Return some of the names, compiled once: a rescan asks for the same ones for each batch."""
        if entities not in self._parts:
            names = tuple(entity for entity in self.watch.entities if entity.id in entities)
            self._parts[entities] = WatchContext(names)
        return self._parts[entities].compiled


Matched = Sequence[MatchedArticle | StageFailed]  # of the texts of one result


def matched_result(acquired: AcquiredArticle, matched_texts: Matched) -> Result | RecheckResult:
    """Return the result with the hits of its texts: all there is to store. Raises StageFailed for an unmatched one."""
    if failure := next((match for match in matched_texts if isinstance(match, StageFailed)), None):
        raise failure
    result = acquired.result
    remaining = (match for match in matched_texts if isinstance(match, MatchedArticle))
    if acquired.unmatched is not None and result.article is not None:
        matched = next(remaining)
        plain_hash = result.text_sha256
        if matched.text != result.article.text and not plain_hash:
            plain_hash = text_hash(result.article.text)
        article = replace(result.article, text=matched.text, zones=matched.zones)
        result = replace(
            result, article=article, hits=matched.hits, fingerprint=matched.fingerprint, text_sha256=plain_hash
        )
    if isinstance(result, RecheckResult):
        return result
    if acquired.unmatched is not None:
        result = replace(result, extra_lines=acquired.unmatched.extra_lines)
    if acquired.unmatched_words is not None and result.words is not None:
        matched = next(remaining)
        words = replace(result.words, hits=matched.hits, fingerprint=matched.fingerprint)
        result = replace(result, words=words)
    # A pending entry stays so although the feed's text names somebody: its page may still come.
    if result.outcome is Outcome.PENDING:
        return result
    all_hits = (*result.hits, *(result.words.hits if result.words else ()))
    return replace(result, outcome=outcome_of(all_hits) or result.outcome, unmatched_outcome=result.outcome)


def match_articles(watch: WatchContext, articles: Sequence[UnmatchedArticle]) -> list[MatchedArticle]:
    """Match each article, and the extra lines that may be added to its text."""
    # One pass over all texts: matching in batches is faster than one call per text.
    documents = [text for unmatched in articles for text in unmatched.texts]
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
    # Not all lines: outlets give one text different ones, and its copies would not be alike any more.
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


Match = Callable[[Any, Sequence[UnmatchedArticle]], list[MatchedArticle]]


async def match_each(
    matcher: SandboxWithTool, articles: Sequence[UnmatchedArticle], *, stage: Match = match_articles
) -> Sequence[MatchedArticle | StageFailed]:
    """Match articles in one call, or one by one if that fails, so that a bad article affects only itself."""
    if not articles:
        return ()
    try:
        return await matcher.run(stage, articles)
    except StageFailed as error:
        if len(articles) == 1:
            await _require_matcher(matcher, stage)
            return (error,)
    return [matched for article in articles for matched in await match_each(matcher, [article], stage=stage)]


def matches_of_each(batch: Sequence[AcquiredArticle], matches: Sequence[MatchedArticle | StageFailed]) -> list[Matched]:
    """Return the matches of each result of a batch, from those of all its texts."""
    remaining = iter(matches)
    return [tuple(islice(remaining, len(acquired.texts))) for acquired in batch]


async def _require_matcher(matcher: SandboxWithTool, stage: Match) -> None:
    """Raise SandboxLost if no article at all can be matched: the articles are not to blame, and stay pending."""
    try:
        await matcher.run(stage, ())
    except StageFailed as error:
        raise SandboxLost(f"the names of the watchlist cannot be prepared for matching: {error}") from error
