"""Pure. Mentions by the zone of the page they stand in."""

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

_POSSIBLE_AT_MOST = 60.0


_STANDS = {
    Zone.TITLE: Message("it stands in the page's own headline"),
    Zone.BYLINE: Message("it stands in the byline"),
    Zone.CAPTION: Message("it stands in a photo caption"),
    Zone.CHECK: Message("it stands beside the article: in a notice, a credit or a word about the author"),
    Zone.TEASER: Message("it stands in a list of other articles (“read also”)"),
    Zone.FEED: Message("it stands in the feed's summary, not on the page"),
}


class _Zones:
    """The zones of a text, to be asked for the one that holds a place. They do not overlap."""

    def __init__(self, zones: Sequence[ZoneSpan]) -> None:
        self._zones = sorted(zones, key=lambda zone: zone.span.start)
        self._starts = [zone.span.start for zone in self._zones]

    def of(self, field: Field, span: Span) -> Zone:
        """Return the zone that holds a span; BODY where none does."""
        before = bisect_right(self._starts, span.start) if field is Field.TEXT else 0
        holds = before > 0 and span.end <= self._zones[before - 1].span.end
        return self._zones[before - 1].zone if holds else Zone.BODY


def apply_zones(found: Sequence[Mention], zones: Sequence[ZoneSpan]) -> tuple[Mention, ...]:
    """The mentions, each with the zone it stands in as a reason; those beside the article made possible."""
    zone_of = _Zones(zones).of

    def placed(mention: Mention) -> Mention:
        zone = zone_of(mention.field, mention.span)
        if zone is Zone.BODY:
            return mention
        if zone.aside:
            score = min(mention.score, _POSSIBLE_AT_MOST)
            why = (*mention.why, _STANDS[zone])  # the last is why it is only possible
            return replace(mention, confidence=Confidence.POSSIBLE, score=score, why=why)
        return replace(mention, why=(*mention.why[:1], _STANDS[zone], *mention.why[1:]))

    return tuple(map(placed, found))
