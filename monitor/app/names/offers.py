"""Pure. State bodies to offer to who types a name: the choice gives the new entry its country."""

from __future__ import annotations

from dataclasses import replace

from monitor.match.state_bodies import StateBody, offered_bodies
from monitor.model import Entity, EntityType

_MOST_OFFERED = 12  # МВД has ten


def offer(text: str) -> tuple[StateBody, ...]:
    """Return the state bodies that a typed name may mean, such as both ГКНБ; none for what is no body's name.

    >>> [body.country for body in offer("ГКНБ")], offer("Мелис Токоев")
    (['KG', 'TJ'], ())
    """
    return offered_bodies(text)[:_MOST_OFFERED]


def chosen(entity: Entity, body: StateBody) -> Entity:
    """Return an entry whose author chose a body: with its country all names of the body are sure."""
    return replace(entity, type=EntityType.ORGANIZATION, country=body.country)
