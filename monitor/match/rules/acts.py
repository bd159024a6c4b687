"""Pure. What an article says was done to watched people, told with their own mentions, whatever it calls them.

Of each person the places are read alone, so that nothing told of one name depends on who else is watched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from monitor.groups import group_values
from monitor.match.compile import Compiled
from monitor.match.incidents.custody import custody_of_victim
from monitor.match.incidents.frames import frames_of_person
from monitor.match.rules.press import incident_of
from monitor.model import Confidence, Document, EntityType, Mention, Modality


def with_acts(document: Document, mentions: Sequence[Mention], compiled: Compiled) -> tuple[Mention, ...]:
    """Return mentions; sure ones of people have what their sentence says was done to this person."""
    sure_mentions = (
        (mention.entity, mention)
        for mention in mentions
        if mention.confidence is Confidence.STRONG and compiled.entities[mention.entity].type is EntityType.PERSON
    )
    tellings = {place: m for of_one in group_values(sure_mentions).values() for place, m in _tellings(document, of_one)}
    return tuple(tellings.get(_place(mention), mention) for mention in mentions)


def _tellings(document: Document, mentions: Sequence[Mention]) -> Iterator[tuple[object, Mention]]:
    """Yield the mentions of one person whose sentence tells an act, by their places."""
    frames = [
        frame
        for frame in frames_of_person(document.text, document.title, mentions)
        if frame.modality is Modality.ASSERTED
    ]
    for mention in mentions if frames else ():
        frames_here = [f for f in frames if f.field is mention.field and f.victim_span.overlaps(mention.span)]
        if frames_here:
            how_far = custody_of_victim(document, frames_here)
            incident = replace(incident_of(document, frames_here), names="")  # the list has the name
            yield _place(mention), replace(mention, incident=incident, custody=max(mention.custody, how_far))


def _place(mention: Mention) -> object:
    return mention.entity, mention.field, mention.span
