"""Items that are judged, and articles that join them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from kit.store import HOUR, NOW, story_item
from monitor.model import (
    Candidate,
    Confidence,
    Decision,
    Message,
    Placement,
    PlacementReason,
    ReviewItem,
    Rule,
    Verdict,
)
from monitor.review.decisions import decide, reopen_for_article
from monitor.store import Store

SILENT = {"alerts": False}
POSSIBLE = {"confidence": Confidence.POSSIBLE, "alerts": False}


def with_verdict(item: ReviewItem, verdict: Verdict, by: str = "aida", **fields: object) -> ReviewItem:
    return decide(item, replace(Decision(item.id, item.version, NOW, by, verdict), **fields))  # type: ignore[arg-type]


def judged(store: Store, item: ReviewItem, verdict: Verdict, by: str = "aida", **fields: object) -> ReviewItem:
    after = with_verdict(item, verdict, by, **fields)
    return store.reviews.save(after, was=item.version, decision=after.history[-1])


def join(
    store: Store, item: ReviewItem, article: Candidate, *, copy_of: int | None = None, at: datetime = NOW + HOUR
) -> ReviewItem:
    moved = item if copy_of else reopen_for_article(item, now=at, why=Message("a new article from {}", "Post"))
    reason = PlacementReason(Rule.COPY if copy_of else Rule.NAMES, () if copy_of else (2, 1, 3))
    placement = Placement(item.story, copy_of, reason, 0.9)
    return story_item(store, store.stories.file(article, placement, moved, at, expected_version=item.version))
