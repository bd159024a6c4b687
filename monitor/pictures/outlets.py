"""Pure. Who wrote about a name: the articles of each outlet in the spans of the bars of its stories."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from monitor.groups import group_values
from monitor.model import ReviewItem
from monitor.pictures.bars import Bar
from monitor.text.lead import told_at

MOST_OUTLETS = 8


@dataclass(frozen=True, slots=True)
class OutletRow:
    """An outlet with the number of its articles in each span."""

    outlet: str
    counts: tuple[int, ...]

    @property
    def highest(self) -> int:
        return max(self.counts, default=0)

    @property
    def total(self) -> int:
        return sum(self.counts)


def outlet_rows(items: Iterable[ReviewItem], entity: str, bars: Sequence[Bar], zone: ZoneInfo) -> tuple[OutletRow, ...]:
    """Return the outlets whose loaded articles name an entity, or with "" any; those with most articles first."""
    first_days = [bar.first_day for bar in bars]
    places = group_values(
        (article.outlet, bisect_right(first_days, told_at(article).astimezone(zone).date()) - 1)
        for item in items
        for naming in [{m.article for hit in item.hits if entity in {"", hit.entity} for m in hit.mentions}]
        for article in item.articles
        if article.id in naming
    )
    counts = {outlet: Counter(numbers) for outlet, numbers in places.items()}
    rows = (OutletRow(outlet, tuple(count[number] for number in range(len(bars)))) for outlet, count in counts.items())
    return tuple(sorted((row for row in rows if row.total), key=lambda row: (-row.total, row.outlet)))
