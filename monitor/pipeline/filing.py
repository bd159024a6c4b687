"""What awaits a person: an article put into its story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.changes import changes, reason
from monitor.cluster import place
from monitor.errors import StaleDecision
from monitor.model import (
    Candidate,
    Change,
    Confidence,
    Finding,
    Placement,
    ReviewItem,
    State,
)
from monitor.pipeline.line import LinePolicy
from monitor.ports import Stories
from monitor.review import copied, joined

NEW_ON_THE_LIST = "found in older articles: it names someone who is new on your list"


def file_article(
    article: Candidate, *, stories: Stories, now: datetime, policy: LinePolicy
) -> tuple[ReviewItem, Placement]:
    """Put one article into its story: the item it went into, and why there."""
    while True:
        placement = _placement(article, stories, policy)
        item = stories.item_of(placement.story) if placement.story is not None else None
        if item is None:
            return stories.file(article, placement, None, now), placement
        if item.state is not State.MERGED:
            findings = _findings(article, stories)
            moved = _with(article, placement, item, now, findings)
            try:
                return stories.file(article, placement, moved, now, was=item.version, findings=findings), placement
            except StaleDecision:
                pass
        # Somebody decided in between, or put articles elsewhere: once more, as things are now.
        article = next((waiting for waiting in stories.unsorted() if waiting.id == article.id), article)


def _placement(article: Candidate, stories: Stories, policy: LinePolicy) -> Placement:
    if article.story is not None:  # it changed, or the list did: it stays where people have seen it
        return Placement(article.story, article.copy_of, rule="changed")
    since, lately = article.seen - policy.copies_within, article.seen - policy.cluster.within
    return place(article, stories.alike(article, since, lately), policy.cluster)


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
            why = f"the changed text of the article at {article.outlet} names someone more"
        else:
            why = NEW_ON_THE_LIST
        if not findings and not article.gained:
            return item
        return joined(item, is_copy=False, now=now, why=why, tell_again=True)
    is_copy = placement.copy_of is not None
    if is_copy and article.people - {hit.entity for hit in item.hits if hit.confidence is Confidence.STRONG}:
        return joined(item, is_copy=False, now=now, why=f"a copy at {article.outlet} names a person who is new here")
    if is_copy:
        return copied(item, article.outlet, now)
    return joined(item, is_copy=False, now=now, why=f"a new article from {article.outlet}")
