"""Pure. The items near an item, as its card lists them: other events of these days."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model import QueueFilter, RelatedItem, ReviewItem
from monitor.review.decisions import last_effective
from monitor.web.item_view import choose_article

MAX_RELATED = 5


def related_items(
    nearest_first: Sequence[tuple[ReviewItem, str]], queue_filter: QueueFilter, language: str
) -> tuple[RelatedItem, ...]:
    """Return the values that a card lists, from (item, reason) pairs; of each the article for this reader.

    The items must be those that the reader may see, as they may see them.
    """
    return tuple(_related_item(item, reason, queue_filter, language) for item, reason in nearest_first[:MAX_RELATED])


def _related_item(item: ReviewItem, reason: str, queue_filter: QueueFilter, language: str) -> RelatedItem:
    article, last = choose_article(item, queue_filter, language), last_effective(item)
    return RelatedItem(
        item=item.id,
        version=item.version,
        headline=article.headline,
        language=article.language,
        outlet=article.outlet,
        first_seen=item.first_seen,
        state=item.state,
        verdict=item.verdict,
        by=last.by if last and item.verdict else "",
        reason=reason,
    )
