"""Pure. Weigh mentions by the zone of the page where they stand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from monitor.model import (
    Confidence,
    Field,
    Mention,
    Message,
    Span,
    Zone,
    ZoneSpan,
)

MAX_POSSIBLE_SCORE = 60.0


_ZONE_REASONS = {
    Zone.TITLE: Message("it stands in the page's own headline"),
    Zone.BYLINE: Message("it stands in the byline"),
    Zone.CAPTION: Message("it stands in a photo caption"),
    Zone.CHECK: Message("it stands beside the article: in a notice, a credit or a word about the author"),
    Zone.TEASER: Message("it stands in a list of other articles (“read also”)"),
    Zone.FEED: Message("it stands in the feed's summary, not on the page"),
}


class ZoneIndex:
    """An index of the zones of a text by position; zones do not overlap."""

    def __init__(self, zones: Sequence[ZoneSpan]) -> None:
        self._zones = sorted(zones, key=lambda zone: zone.span.start)
        self._starts = [zone.span.start for zone in self._zones]

    def zone_of(self, field: Field, span: Span) -> Zone:
        """Return the zone that holds a span; BODY where none does."""
        before = bisect_right(self._starts, span.start) if field is Field.TEXT else 0
        is_within = before > 0 and span.end <= self._zones[before - 1].span.end
        return self._zones[before - 1].zone if is_within else Zone.BODY


def apply_zones(mentions: Sequence[Mention], zones: Sequence[ZoneSpan]) -> tuple[Mention, ...]:
    """Return the mentions with their zone as a reason; in zones outside the article they become possible."""
    zone_of = ZoneIndex(zones).zone_of

    def with_zone(mention: Mention) -> Mention:
        zone = zone_of(mention.field, mention.span)
        if zone is Zone.BODY:
            return mention
        if zone.is_outside_article and not mention.is_credit:  # a credit makes no item wherever it stands
            score = min(mention.score, MAX_POSSIBLE_SCORE)
            # The last reason is why the mention is only possible.
            why = (*mention.why, _ZONE_REASONS[zone])
            return replace(mention, confidence=Confidence.POSSIBLE, score=score, why=why)
        return replace(mention, why=(*mention.why[:1], _ZONE_REASONS[zone], *mention.why[1:]))

    return tuple(map(with_zone, mentions))
