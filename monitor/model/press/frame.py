"""Pure. Incidents against the press in a text: sentences that say what was done, by whom, where, how certainly."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.model.article import Field, Span
from monitor.model.press.incident import PressAct, VictimKind


class Modality(StrEnum):
    """Whether the text says that it happened."""

    ASSERTED = "asserted"
    DENIED = "denied"
    PLANNED = "planned"  # or demanded, feared, possible
    PAST = "past"  # told aside: an older case


@dataclass(frozen=True, slots=True)
class Frame:
    """An act against the press in one sentence, with the words that say so."""

    field: Field
    span: Span  # the sentence
    act: PressAct
    victim: str
    victim_span: Span
    victim_kind: VictimKind
    by: str
    where: str
    modality: Modality
    why: tuple[str, ...]
    role: str = ""  # a key of `ROLE_WORDS`: what the victim is
    names: str = ""  # what the text calls the victim by, beside the role
    agent: str = ""  # a key of `AGENT_WORDS`: who did it


@dataclass(frozen=True, slots=True)
class NearFrame:
    """A sentence with a word for the press and a word for an act that is no frame, and the reason."""

    field: Field
    span: Span  # the sentence
    text: str  # the word for the press
    why: str
