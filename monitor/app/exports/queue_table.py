"""Pure. The queue as rows of a table, for CSV and spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model import Confidence, EntityType, ItemArticle, ReviewItem
from monitor.review.decisions import last_effective
from monitor.serialize import utc_text

QUEUE_COLUMNS = (
    "item", "state", "decision", "headline", "incidents", "clear", "possible", "outlet", "language", "url", "published",
    "first_seen", "articles", "copies", "outlets", "decided_by", "reason", "note",
)  # fmt: skip


def queue_row(item: ReviewItem, lead: ItemArticle) -> Sequence[object]:
    """Return the cells of an item, in the order of `QUEUE_COLUMNS`; `lead` is the article that stands for it."""
    decision = last_effective(item)
    incidents = "; ".join(m.in_words() for m in item.incidents)
    strong, possible = (
        "; ".join(
            h.name
            for h in item.hits
            if h.type is not EntityType.PRESS and (h.confidence is Confidence.STRONG) is wants_strong
        )
        for wants_strong in (True, False)
    )
    return (
        item.id, item.state.value, item.verdict or "", lead.headline, incidents, strong, possible, lead.outlet,
        lead.language, lead.url, utc_text(lead.published) or "", utc_text(item.first_seen) or "",
        len(item.articles) + item.other_articles, item.copies, "; ".join(item.outlets), decision.by if decision else "",
        (decision.reason or "") if decision else "", decision.note if decision else "",
    )  # fmt: skip
