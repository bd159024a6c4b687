"""Filing: put an article into its story and update the review item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from monitor.cluster.placement import place, repeated_articles
from monitor.cluster.policy import ClusterPolicy
from monitor.errors import StaleDecision
from monitor.ingest.policy import LinePolicy
from monitor.model import (
    ArticleText,
    Candidate,
    Change,
    Confidence,
    Finding,
    Message,
    Placement,
    PlacementReason,
    ReviewItem,
    Rule,
    State,
)
from monitor.ports import Stories
from monitor.review.changes import find_changes, reopening_reason
from monitor.review.reopen import reopen_for_article, reopen_for_copy

NEW_ON_THE_LIST = Message("found in older articles: it names someone who is new on your list")


def file_article(article: Candidate, *, stories: Stories, now: datetime, policy: LinePolicy) -> tuple[int, Placement]:
    """Put one article into its story; return the story and the placement."""
    while True:
        placement = choose_placement(article, stories, policy)
        item = stories.item_of(placement.story) if placement.story is not None else None
        if item is None:
            return stories.file(article, placement, None, now), placement
        if item.state is not State.MERGED:
            findings = _findings(article, stories)
            updated = _updated_item(article, placement, item, now, findings)
            try:
                return stories.file(
                    article, placement, updated, now, expected_version=item.version, findings=findings
                ), placement
            except StaleDecision:
                pass
        # A user decided or moved articles in the meantime: read the article again and retry.
        article = next((waiting for waiting in stories.awaiting_filing() if waiting.id == article.id), article)


def choose_placement(article: Candidate, stories: Stories, policy: LinePolicy) -> Placement:
    """Return the place of an article among the articles filed now."""
    # A filed article whose text changed stays in the story where people have seen it.
    if article.story is not None:
        return Placement(article.story, article.copy_of, PlacementReason(Rule.CHANGED))
    copies_since, stories_since = (
        article.published_at - policy.copies_within,
        article.published_at - policy.cluster.story_window,
    )
    candidates = stories.find_similar(article, copies_since, stories_since, text_share=policy.cluster.text_share)
    return placement_among(article, candidates, stories.texts, policy.cluster)


def placement_among(
    article: Candidate,
    candidates: Sequence[Candidate],
    load_texts: Callable[[Sequence[int]], Mapping[int, ArticleText]],
    policy: ClusterPolicy,
) -> Placement:
    """Return the place of an article among candidates. Texts are loaded only of those that it may repeat."""
    repeated = repeated_articles(article, candidates, policy)
    return place(article, candidates, load_texts([article.id, *repeated]) if repeated else {}, policy)


def _findings(article: Candidate, stories: Stories) -> tuple[Finding, ...]:
    """Return the changes of a filed article that people must see and its item does not have yet."""
    if article.story is None or not (article.changed or article.gone_why):
        return ()
    before, after = stories.versions(article)
    changes = find_changes(before, after) if article.changed else ()
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


def _updated_item(
    article: Candidate, placement: Placement, item: ReviewItem, now: datetime, findings: Sequence[Finding]
) -> ReviewItem:
    """Return the item after an article joined it or changed.

    A copy inherits the item's decisions, unless it names a watched person who is new in this story. A changed article
    reopens its item only if it has findings or gained a name.
    """
    if article.added_by:
        why = Message("an article that {} added by hand", article.added_by)
        return reopen_for_article(item, now=now, why=why, report_again=True)
    if article.story is not None:
        if findings:
            why = reopening_reason(findings, article.outlet)
        elif article.changed:
            why = Message("the changed text of the article at {} names someone more", article.outlet)
        else:
            why = NEW_ON_THE_LIST
        if not findings and not article.gained:
            return item
        return reopen_for_article(item, now=now, why=why, report_again=True)
    is_copy = placement.copy_of is not None
    if is_copy and article.people - {hit.entity for hit in item.hits if hit.confidence is Confidence.STRONG}:
        why = Message("a copy at {} names a person who is new here", article.outlet)
        return reopen_for_article(item, now=now, why=why)
    if is_copy and placement.own_sentences:
        why = Message("a copy at {} tells something else of a watched name", article.outlet)
        return reopen_for_article(item, now=now, why=why)
    if is_copy:
        return reopen_for_copy(item, article.outlet, now)
    if placement.own_sentences:
        why = Message("new sentences in an article from {}", article.outlet)
    else:
        why = Message("a new article from {}", article.outlet)
    return reopen_for_article(item, now=now, why=why)
