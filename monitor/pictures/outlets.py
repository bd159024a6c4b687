"""Pure. Who wrote: the articles of each outlet in the spans of the bars of their stories."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from monitor.groups import group_values
from monitor.model import ItemArticle, ReviewItem
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


def naming_articles(items: Iterable[ReviewItem], entity: str) -> Iterator[ItemArticle]:
    """Yield the loaded articles of items that name an entity."""
    for item in items:
        naming = {mention.article for hit in item.hits if hit.entity == entity for mention in hit.mentions}
        yield from (article for article in item.articles if article.id in naming)


def outlet_rows(articles: Iterable[ItemArticle], bars: Sequence[Bar], zone: ZoneInfo) -> tuple[OutletRow, ...]:
    """Return the outlets of articles with their numbers in the spans of bars; those with most articles first."""
    first_days = [bar.first_day for bar in bars]
    places = group_values(
        (article.outlet, bisect_right(first_days, told_at(article).astimezone(zone).date()) - 1) for article in articles
    )
    counts = {outlet: Counter(numbers) for outlet, numbers in places.items()}
    rows = (OutletRow(outlet, tuple(count[number] for number in range(len(bars)))) for outlet, count in counts.items())
    return tuple(sorted((row for row in rows if row.total), key=lambda row: (-row.total, row.outlet)))
