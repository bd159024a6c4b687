"""Pure. Incidents against the press in a text: what was done, to whom, by whom, where, and with which certainty."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.model.article import Span
from monitor.model.mention import Field
from monitor.model.message import Message


class PressAct(StrEnum):
    """What was done to the press. `docs/contracts.md` says what each includes."""

    DETAINED = "detained"
    CHARGED = "charged"
    SENTENCED = "sentenced"
    SEARCHED = "searched"
    SEIZED = "seized"
    BEATEN = "beaten"
    THREATENED = "threatened"
    FINED = "fined"
    BLOCKED = "blocked"
    CLOSED = "closed"
    DISMISSED = "dismissed"
    KILLED = "killed"
    SUMMONED = "summoned"
    HARASSED = "harassed"


# In words for people: nouns, so that neither gender nor number is guessed.
ACT_WORDS = {
    PressAct.DETAINED: Message("detention"),
    PressAct.CHARGED: Message("charge or lawsuit"),
    PressAct.SENTENCED: Message("sentence"),
    PressAct.SEARCHED: Message("search of premises"),
    PressAct.SEIZED: Message("seizure or damage"),
    PressAct.BEATEN: Message("assault"),
    PressAct.THREATENED: Message("threat"),
    PressAct.FINED: Message("fine or damages"),
    PressAct.BLOCKED: Message("blocking"),
    PressAct.CLOSED: Message("closure"),
    PressAct.DISMISSED: Message("dismissal"),
    PressAct.KILLED: Message("death"),
    PressAct.SUMMONED: Message("summons"),
    PressAct.HARASSED: Message("pressure"),
}


class VictimKind(StrEnum):
    """Who suffered: one person, several people, or an outlet."""

    PERSON = "person"
    GROUP = "group"
    OUTLET = "outlet"


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
    act_span: Span  # the words for the act
    victim: str
    victim_span: Span
    victim_kind: VictimKind
    by: str
    where: str
    modality: Modality
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NearFrame:
    """A sentence with a word for the press and a word for an act that is no frame, and the reason."""

    field: Field
    span: Span  # the sentence
    text: str  # the word for the press
    why: str
