"""Pure. Who of the list suffered in an incident, by the places of names and of the words for a victim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from monitor.model.mention import Confidence, Mention
from monitor.model.press.incident import VictimKind
from monitor.model.watchlist import EntityType

if TYPE_CHECKING:
    from monitor.model.items.review import ItemHit, ItemMention

_MOST_BETWEEN = 6  # letters from a name to the words that describe it: “Melis Tokoev, the reporter”


def watched_victims(incident_place: ItemMention, hits: Sequence[ItemHit]) -> tuple[ItemHit, ...]:
    """Return whom the words for a victim surely name: people, else the person whom they describe, else outlets."""
    sure_hits = [hit for hit in hits if hit.confidence is Confidence.STRONG and not hit.removed]
    people = [hit for hit in sure_hits if hit.type is EntityType.PERSON]
    outlets = [
        hit for hit in sure_hits if hit.type is EntityType.OUTLET and _has_place(hit, incident_place, _is_within)
    ]
    victims = [hit for hit in people if _has_place(hit, incident_place, _is_within)]
    incident = incident_place.mention.incident
    # Whose own name stands there is nobody who stands before it.
    if not victims and incident and incident.victim_kind is VictimKind.PERSON and (outlets or not incident.names):
        victims = [hit for hit in people if _has_place(hit, incident_place, _is_described)][:1]
    return tuple(victims or outlets)


def _has_place(hit: ItemHit, incident_place: ItemMention, test: Callable[[Mention, ItemMention], bool]) -> bool:
    mentions = (m.mention for m in hit.mentions if m.article == incident_place.article)
    return any(mention.field is incident_place.mention.field and test(mention, incident_place) for mention in mentions)


def _is_within(name: Mention, incident_place: ItemMention) -> bool:
    return name.span.overlaps(incident_place.mention.span)


def _is_described(name: Mention, incident_place: ItemMention) -> bool:
    between = incident_place.mention.span.start - name.span.end
    return 0 <= between <= _MOST_BETWEEN and f"{name.text}," in incident_place.sentence
