"""Pure. The items near an item, as its card lists them: other events of these days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model import QueueFilter, ReviewItem, State, Verdict
from monitor.model.items.history import last_effective
from monitor.text.lead import first_told
from monitor.web.item_view import choose_article

MAX_RELATED = 5
LIKELY = 0.8  # of the threshold of one story: what is less near is folded away


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """An item that is near another one, but tells of another event, as a reader sees it.

    `version`: the one that a merge is asked for with. `first_told`: when its first article did. `by`: who gave the
    verdict. `reason`: why it is near.
    `is_likely`: whether it may well be the same event.
    """

    item: int
    version: int
    headline: str
    language: str
    outlet: str
    first_told: datetime
    state: State
    verdict: Verdict | None
    by: str
    reason: str
    is_likely: bool


def related_rows(
    nearest_first: Sequence[tuple[ReviewItem, str, float]], queue_filter: QueueFilter, language: str
) -> tuple[RelatedRow, ...]:
    """Return the values that a card lists, from (item, reason, score); of each the article for this reader.

    The items must be those that the reader may see, as they may see them.
    """
    return tuple(_related_row(*near, queue_filter, language) for near in nearest_first[:MAX_RELATED])


def _related_row(item: ReviewItem, reason: str, score: float, queue_filter: QueueFilter, language: str) -> RelatedRow:
    article, last = choose_article(item, queue_filter, language), last_effective(item)
    return RelatedRow(
        item=item.id,
        version=item.version,
        headline=article.headline,
        language=article.language,
        outlet=article.outlet,
        first_told=first_told(item),
        state=item.state,
        verdict=item.verdict,
        by=last.by if last and item.verdict else "",
        reason=reason,
        is_likely=score >= LIKELY,
    )
