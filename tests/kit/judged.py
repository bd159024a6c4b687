"""Items that are judged, and articles that join them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from kit.store import HOUR, NOW, story_item
from monitor.model import Candidate, Confidence, Decision, Message, Placement, ReviewItem, Verdict
from monitor.review.decisions import decide
from monitor.review.reopen import reopen_for_article
from monitor.store import Store

SILENT = {"alerts": False}
POSSIBLE = {"confidence": Confidence.POSSIBLE, "alerts": False}


def says(item: ReviewItem, verdict: Verdict, by: str = "aida", **more: object) -> ReviewItem:
    return decide(item, replace(Decision(item.id, item.version, NOW, by, verdict), **more))  # type: ignore[arg-type]


def judged(store: Store, item: ReviewItem, verdict: Verdict, by: str = "aida", **more: object) -> ReviewItem:
    after = says(item, verdict, by, **more)
    return store.reviews.save(after, was=item.version, decision=after.history[-1])


def join(
    store: Store, item: ReviewItem, article: Candidate, *, copy_of: int | None = None, at: datetime = NOW + HOUR
) -> ReviewItem:
    moved = item if copy_of else reopen_for_article(item, now=at, why=Message("a new article from {}", "Post"))
    placement = Placement(item.story, copy_of, "copy" if copy_of else "names", 0.9, "93 of 100 word pairs")
    return story_item(store, store.stories.file(article, placement, moved, at, expected_version=item.version))
