"""Pure. What happened to the press as mentions of the list's entity of the type press.

So an incident that names nobody is filed, judged, undone, previewed and told like any name of the list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.groups import group_values
from monitor.match.compile import Compiled
from monitor.match.incidents.country import countries_of, town_and_region
from monitor.match.incidents.custody import custody_of_victim
from monitor.match.incidents.frames import TellingWords, find_frames
from monitor.match.rules.zones import apply_zones
from monitor.model import (
    ACT_WORDS,
    GRAVEST_FIRST,
    Confidence,
    Document,
    Entity,
    Frame,
    Incident,
    Mention,
    Message,
    Modality,
    join_messages,
)

_SCORE = 90.0
_MAX_PLACES = 20  # of one article

# Why an incident is counted and makes no item.
OTHER_COUNTRY = Message("it is about another country than those that are chosen: {}")
OTHER_ACT = Message("what was done is not chosen: {}")
FLOOD_WORD = Message("“{}”, which the list excludes, stands in the article")


def press_mentions(document: Document, compiled: Compiled, telling: TellingWords) -> tuple[Mention, ...]:
    """Return a mention for each victim of what the article asserts; its `alias` is the first act.

    `telling`: the telling words of title and text.
    """
    if compiled.press is None:
        return ()
    frames = [f for f in find_frames(document.text, document.title, telling) if f.modality is Modality.ASSERTED]
    mentions = [*_mentions_of(compiled.press, document, frames[:_MAX_PLACES])] if frames else []
    return apply_zones(mentions, document.zones)


def _mentions_of(entity: Entity, document: Document, frames: Sequence[Frame]) -> Iterator[Mention]:
    for group in group_values(((f.field, f.victim_span), f) for f in frames).values():
        first, incident = group[0], incident_of(document, group)
        yield Mention(
            entity=entity.id,
            alias=first.act.value,
            span=first.victim_span,
            text=first.victim,
            field=first.field,
            confidence=Confidence.STRONG,
            score=_SCORE,
            why=tuple(dict.fromkeys((incident.in_words(first.victim), *(why for f in group for why in f.why)))),
            incident=incident,
            custody=custody_of_victim(document, group),
        )


def incident_of(document: Document, frames: Sequence[Frame]) -> Incident:
    """Return what the frames of one victim tell; there is at least one."""
    first = frames[0]
    where = next((frame.where for frame in frames if frame.where), "")
    town, region = town_and_region(where)
    return Incident(
        acts=tuple(sorted({frame.act for frame in frames}, key=GRAVEST_FIRST.index)),
        victim_kind=first.victim_kind,
        role=first.role,
        names=first.names,
        by=next((frame.by for frame in frames if frame.by), ""),
        agent=next((frame.agent for frame in frames if frame.by), ""),
        where=where,
        countries=countries_of(document, first),
        town=town,
        region=region,
    )


def reason_left_out(entity: Entity, incidents: Sequence[Incident], flood_word: str = "") -> Message | None:
    """Return why the incidents of an article make no item: none of them is of the countries and acts that are chosen.

    `flood_word`: a word of the article that the entity excludes.
    """
    reasons = [_reason_of(entity, incident) for incident in incidents]
    if None in reasons or not reasons:
        return Message(FLOOD_WORD.template, flood_word) if flood_word else None
    return reasons[0]


def _reason_of(entity: Entity, incident: Incident) -> Message | None:
    if entity.countries and incident.countries and not set(entity.countries) & set(incident.countries):
        return Message(OTHER_COUNTRY.template, ", ".join(incident.countries))
    if entity.acts and not set(entity.acts) & set(incident.acts):
        return Message(OTHER_ACT.template, join_messages(", ", [ACT_WORDS[act] for act in incident.acts]))
    return None
