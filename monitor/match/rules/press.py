"""Pure. What happened to the press as mentions of the list's entries of the type press.

So an incident that names nobody is filed, judged, undone, previewed and told like any other name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.groups import group_values
from monitor.match.compile import Compiled
from monitor.match.countries import country_index
from monitor.match.incidents.frames import find_frames
from monitor.match.rules.zones import apply_zones
from monitor.model import (
    ACT_WORDS,
    Confidence,
    Document,
    Entity,
    Frame,
    Mention,
    Message,
    Modality,
    join_messages,
)
from monitor.text.tokens import tokens

_LEAD = 300  # characters of a text that tell whose press it is, after the sentence itself
_SCORE = 90.0
_MAX_PLACES = 20  # of one article

BY = Message("by: {}")
WHERE = Message("where: {}")


def press_mentions(document: Document, compiled: Compiled) -> tuple[Mention, ...]:
    """Return a mention of each press entry for each asserted frame; its `alias` is the act."""
    if not compiled.press:
        return ()
    frames = [f for f in find_frames(document.text, document.title) if f.modality is Modality.ASSERTED]
    mentions = [
        mention
        for entity in compiled.press
        if frames
        for mention in _mentions_of(entity, document, frames[:_MAX_PLACES])
    ]
    return apply_zones(mentions, document.zones)


def _mentions_of(entity: Entity, document: Document, frames: Sequence[Frame]) -> Iterator[Mention]:
    """Yield a mention for each victim of the acts and countries that an entry wants."""
    chosen = [
        frame
        for frame in frames
        if (not entity.acts or frame.act in entity.acts)
        and (not entity.countries or _is_of_any(entity.countries, document, frame))
    ]
    for group in group_values(((f.field, f.victim_span), f) for f in chosen).values():
        first = group[0]
        yield Mention(
            entity=entity.id,
            alias=first.act.value,
            span=first.victim_span,
            text=first.victim,
            field=first.field,
            confidence=Confidence.STRONG,
            score=_SCORE,
            why=tuple(dict.fromkeys(_reasons(group))),
        )


def _reasons(frames: Sequence[Frame]) -> Iterator[str]:
    """Yield what happened, by whom and where, then why it counts."""
    yield join_messages(", ", [ACT_WORDS[act] for act in dict.fromkeys(frame.act for frame in frames)])
    for frame in frames:
        if frame.by:
            yield Message(BY.template, frame.by)
        if frame.where:
            yield Message(WHERE.template, frame.where)
    for frame in frames:
        yield from frame.why


def _is_of_any(codes: Sequence[str], document: Document, frame: Frame) -> bool:
    """Return whether a frame is of one of some countries: by its sentence, else by the title and lead.

    Where no country is named it is: what cannot be placed is not left out.
    """
    sentence = frame.span.of(document.field(frame.field))
    countries = _countries(sentence) or _countries(f"{document.title}\n{document.text[:_LEAD]}")
    return not countries or not countries.isdisjoint(codes)


def _countries(text: str) -> frozenset[str]:
    """Return the countries that a text names, by noun or adjective."""
    words, index = [token.text for token in tokens(text)], country_index()
    return frozenset(name.code for place in range(len(words)) for name in index.names_at(words[place : place + 4])[:1])
