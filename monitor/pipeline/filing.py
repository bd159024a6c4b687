"""What awaits a person: an article put into its story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.cluster.placement import place
from monitor.errors import StaleDecision
from monitor.model import Candidate, Change, Confidence, Finding, Message, Placement, ReviewItem, State
from monitor.pipeline.context import LinePolicy
from monitor.ports import Stories
from monitor.review.changes import changes, reason
from monitor.review.reopen import reopen_for_article, reopen_for_copy

NEW_ON_THE_LIST = Message("found in older articles: it names someone who is new on your list")


def file_article(
    article: Candidate, *, stories: Stories, now: datetime, policy: LinePolicy
) -> tuple[ReviewItem, Placement]:
    """Put one article into its story: the item it went into, and why there."""
    while True:
        placed = placement(article, stories, policy)
        item = stories.item_of(placed.story) if placed.story is not None else None
        if item is None:
            return stories.file(article, placed, None, now), placed
        if item.state is not State.MERGED:
            findings = _findings(article, stories)
            moved = _with(article, placed, item, now, findings)
            try:
                return stories.file(article, placed, moved, now, was=item.version, findings=findings), placed
            except StaleDecision:
                pass
        # Somebody decided in between, or put articles elsewhere: once more, as things are now (`alike` looks anew).
        article = next((waiting for waiting in stories.awaiting_filing() if waiting.id == article.id), article)


def placement(article: Candidate, stories: Stories, policy: LinePolicy) -> Placement:
    """Where an article belongs among what is filed now."""
    if article.story is not None:  # it changed, or the list did: it stays where people have seen it
        return Placement(article.story, article.copy_of, rule="changed")
    return place(article, stories.find_similar(article, *_times(article, policy)), policy.cluster)


def _times(article: Candidate, policy: LinePolicy) -> tuple[datetime, datetime]:
    """Since when it may have been told word for word, and since when in other words."""
    return article.seen - policy.copies_within, article.seen - policy.cluster.within


def _findings(article: Candidate, stories: Stories) -> tuple[Finding, ...]:
    """What people must see of what became of an article since its story took it in."""
    gone = Finding(Change.GONE, "", article.gone, article=article.id, version=article.version)
    found = (gone,) if article.gone else ()
    if article.story is None or not article.changed:
        return found
    before, after = stories.versions(article)
    return (*found, *changes(before, after))


def _with(
    article: Candidate, placement: Placement, item: ReviewItem, now: datetime, findings: Sequence[Finding]
) -> ReviewItem:
    """A copy inherits what was decided, unless it names a watched person whom nobody has seen in this story.

    Of a known article's changes only those that people must see bring its item back, and names that it gained.
    """
    if article.story is not None:
        if findings:
            why = reason(findings, article.outlet)
        elif article.changed:
            why = Message("the changed text of the article at {} names someone more", article.outlet)
        else:
            why = NEW_ON_THE_LIST
        if not findings and not article.gained:
            return item
        return reopen_for_article(item, now=now, why=why, tell_again=True)
    is_copy = placement.copy_of is not None
    if is_copy and article.people - {hit.entity for hit in item.hits if hit.confidence is Confidence.STRONG}:
        why = Message("a copy at {} names a person who is new here", article.outlet)
        return reopen_for_article(item, now=now, why=why)
    if is_copy:
        return reopen_for_copy(item, article.outlet, now)
    return reopen_for_article(item, now=now, why=Message("a new article from {}", article.outlet))
