"""Filing: stored articles that name somebody go into stories and review items.

`file_article` puts one article into its story, `file_article_again` gives one that older rules filed the place that it
has by the present rules, and `file_pending_articles` is the last step of a run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.bug_log import surviving_bugs
from monitor.clock import Clock
from monitor.cluster.fingerprint import fingerprint, fingerprint_version
from monitor.cluster.own_sentences import reworded_sentences
from monitor.cluster.placement import place, repeated_articles
from monitor.cluster.related import MOST_RELATED
from monitor.ingest.policy import LinePolicy
from monitor.match import withdrawn_acts
from monitor.model import (
    ArticleText,
    Candidate,
    Change,
    Confidence,
    Finding,
    Message,
    Placement,
    PlacementReason,
    RelatedArticle,
    ReviewItem,
    Rule,
    StaleDecision,
    State,
)
from monitor.review.changes import find_changes, reopening_reason
from monitor.review.decisions import reopen_for_article, reopen_for_copy
from monitor.store import Store
from monitor.store.line.stories import SqlStories

log = logging.getLogger(__name__)

POLICY = LinePolicy()

NEW_ON_THE_LIST = Message("found in older articles: it names someone who is new on your list")


def file_article(article: Candidate, *, stories: SqlStories, now: datetime) -> tuple[int, Placement]:
    """Put one article into its story; return the story and the placement."""
    while True:
        placement = choose_placement(article, stories)
        item = stories.item_of(placement.story) if placement.story is not None else None
        if item is None:
            return stories.file(article, placement, None, now), placement
        if item.state is not State.MERGED:
            findings = _findings(article, stories)
            change = _reason_of_change(article, findings, stories) if article.story is not None else None
            updated = _updated_item(article, placement, item, now, change)
            try:
                return stories.file(
                    article, placement, updated, now, expected_version=item.version, findings=findings
                ), placement
            except StaleDecision:
                pass
        # A user decided or moved articles in the meantime: read the article again and retry.
        article = next((waiting for waiting in stories.awaiting_filing() if waiting.id == article.id), article)


def choose_placement(article: Candidate, stories: SqlStories) -> Placement:
    """Return the place of an article among the articles filed now."""
    # A filed article whose text changed stays in the story where people have seen it.
    if article.story is not None:
        return Placement(article.story, article.copy_of, PlacementReason(Rule.CHANGED))
    since = POLICY.compared_since(article.published_at)
    candidates = stories.find_similar(article, *since, text_share=POLICY.cluster.text_share)
    return placement_among(article, candidates, stories.texts)


def placement_among(
    article: Candidate,
    candidates: Sequence[Candidate],
    load_texts: Callable[[int, Collection[int]], Mapping[int, ArticleText]],
) -> Placement:
    """Return the place of an article among candidates. Texts are loaded only of those that it may repeat."""
    repeated = repeated_articles(article, candidates, POLICY.cluster)
    return place(article, candidates, load_texts(article.id, repeated) if repeated else {}, POLICY.cluster)


def _findings(article: Candidate, stories: SqlStories) -> tuple[Finding, ...]:
    """Return the changes of a filed article that people must see and its item does not have yet."""
    if article.story is None or not (article.changed or article.gone_why):
        return ()
    before, after = stories.versions(article)
    changes = find_changes(before, after) if article.changed else ()
    changes = tuple(replace(c, withdrawn_acts=withdrawn_acts(c.before, c.after)) for c in changes)
    if not article.gone_why:
        return changes
    absence = Finding(
        Change.GONE,
        "",
        article.gone_why,
        article=article.id,
        version=article.version,
        last_present=after.last_present,
        seen_at=after.absence.at if after.absence else None,
    )
    return (absence, *changes)


def _reason_of_change(article: Candidate, findings: Sequence[Finding], stories: SqlStories) -> Message | None:
    """Return why people must see a filed article again, or None.

    A silent copy must not be left alone with what its source, by an edit, says no more of somebody.
    """
    if findings:
        return reopening_reason(findings, article.outlet)
    if article.gained and article.changed:
        before, after = stories.versions(article)
        if {hit.entity for hit in after.hits} <= {hit.entity for hit in before.hits}:
            return Message("a name that was possible is clear in the changed text of the article at {}", article.outlet)
        return Message("the changed text of the article at {} names someone more", article.outlet)
    if article.gained:
        return NEW_ON_THE_LIST
    for number in stories.silent_copies(article) if article.changed else ():
        copy, texts = stories.filed_candidate(number), stories.texts(number, [article.id])
        if copy and reworded_sentences(texts[number], [texts[article.id]], copy.watched_words, copy.told_at):
            return _other_words(copy)
    return None


def _other_words(copy: Candidate) -> Message:
    return Message("a copy at {} has other words for what happened", copy.outlet)


def _updated_item(
    article: Candidate, placement: Placement, item: ReviewItem, now: datetime, change: Message | None
) -> ReviewItem:
    """Return the item after an article joined it or changed; `change`: why people must see a changed one.

    A copy inherits the item's decisions, unless it names a watched person who is new in this story.
    """
    if article.added_by:
        why = Message("an article that {} added by hand", article.added_by)
        return reopen_for_article(item, now=now, why=why, report_again=True)
    if article.story is not None:
        return reopen_for_article(item, now=now, why=change, report_again=True) if change else item
    is_copy = placement.copy_of is not None
    if is_copy and article.people - {hit.entity for hit in item.hits if hit.confidence is Confidence.STRONG}:
        why = Message("a copy at {} names a person who is new here", article.outlet)
        return reopen_for_article(item, now=now, why=why)
    # Whoever writes “questioned” where the agency wrote “detained” reports something else.
    if is_copy and placement.own_sentences:
        why = _other_words(article)
        return reopen_for_article(item, now=now, why=why)
    if is_copy:
        return reopen_for_copy(item, article.reporter, now)
    if placement.own_sentences:
        why = Message("new sentences in an article from {}", article.outlet)
    else:
        why = Message("a new article from {}", article.outlet)
    return reopen_for_article(item, now=now, why=why)


def file_article_again(number: int, *, stories: SqlStories) -> bool:
    """File an article again among what was filed before it; return False if people took its item up meanwhile.

    It stays in its item, joins another that nobody has worked on, or opens an item of its own.
    """
    article = stories.filed_candidate(number)
    if article is None:
        return False
    since = POLICY.compared_since(article.published_at)
    similar = stories.find_similar(article, *since, text_share=POLICY.cluster.text_share, only_earlier=True)
    placement = placement_among(article, similar, stories.texts)
    joinable = stories.joinable(article, {c.story for c in similar if c.story is not None})
    if placement.story is not None and placement.story not in joinable:
        # Nobody has judged this article, so it must not disappear into an item that was judged.
        joinable_candidates = [candidate for candidate in similar if candidate.story in joinable]
        own_place = placement_among(article, joinable_candidates, stories.texts)
        placement = _related_to(placement, own_place)
    return stories.file_again(article, placement)


def _related_to(refused: Placement, placement: Placement) -> Placement:
    """Return a placement that shows the article of a refused placement as related."""
    source = refused.copy_of or refused.similar_article
    assert source is not None  # of every placement in a story
    all_related = (*refused.related, *placement.related)
    nearest = {one.article: one for one in (*all_related, RelatedArticle(source, refused.score, refused.reason))}
    ranked = sorted(nearest.values(), key=lambda related: (related.article != source, -related.score))
    return replace(placement, related=tuple(ranked[:MOST_RELATED]))


# The longest that an article waits for others that were first seen before it: the pages of the tenth dispatch included.
LONGEST_WAIT = timedelta(minutes=10, seconds=30)
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_FILED_AGAIN = (
    "filed %d older articles again by the new rules; items that people had worked on and that may hold several events: "
    "%d"
)


def file_pending_articles(
    store: Store,
    clock: Clock,
    at_most: timedelta = timedelta.max,
    *,
    jobs_gather: bool = False,
    only: Callable[[Candidate], bool] | None = None,
    watermark: datetime | None = None,
) -> int:
    """File pending articles into stories, one after another; return their number. A bug costs one article only.

    While other runs or jobs gather, articles wait whose stories may still gain an earlier article. `jobs_gather`: jobs
    gather, even if none is open at this moment; and while another filer is at work nothing is filed, because a later
    job tries again. `only`: only the articles that it accepts are filed, without waiting. `watermark`: of another store
    whose articles these are. Stops after `at_most`; the other articles stay pending. Raises StoreError.
    """
    filed_count, stories = 0, store.stories
    # On PostgreSQL this may wait for another filer, so time counts from here.
    with store.database.filing_lock(wait=not jobs_gather) as is_ours:
        if not is_ours:
            return 0
        # What is filed again is compared with articles of any age.
        _refresh_fingerprints(stories, _BEGINNING if stories.to_file_again() else clock() - POLICY.copies_within)
        stop_at = time.monotonic() + at_most.total_seconds()
        if only is None and not _file_again(store, stop_at):
            return 0
        before = watermark
        if only is None and watermark is None:
            before = stories.watermark(clock(), LONGEST_WAIT, jobs_gather=jobs_gather)
        for article in stories.awaiting_filing(before):
            if only is not None and not only(article):
                continue
            if time.monotonic() >= stop_at:
                break
            with surviving_bugs("file", article.id), store.database.filing_turn():
                file_article(article, stories=stories, now=clock())
                filed_count += 1
    return filed_count


def _file_again(store: Store, stop_at: float) -> bool:
    """File again what rules before November 2026 filed; return False if time ran out: the next run goes on.

    New articles wait until that is done: else they would join the items that it takes apart.
    """
    stories, count = store.stories, 0
    waiting = stories.to_file_again()
    for number in waiting:
        if time.monotonic() >= stop_at:
            break
        with surviving_bugs("file again", number), store.database.filing_turn():
            count += file_article_again(number, stories=stories)
    else:
        if waiting:
            log.warning(_FILED_AGAIN, count, stories.mixed_items())
        return True
    log.warning("filed %d of %d older articles again by the new rules; the next run goes on", count, len(waiting))
    return False


def file_added(store: Store, clock: Clock) -> None:
    """File the articles that users added."""
    file_pending_articles(store, clock, only=lambda article: article.added_by != "")


def _refresh_fingerprints(stories: SqlStories, filed_since: datetime) -> None:
    """Bring stored fingerprints up to date. After a bug the names in old ones are not compared."""
    with surviving_bugs("file", "fingerprints"):
        stories.refresh_fingerprints(filed_since, fingerprint, fingerprint_version())
