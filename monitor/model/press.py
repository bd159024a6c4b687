"""Pure. What was done to the press: the acts and their words, how far they went, and the sentences that say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from monitor.model.article import Field, Span
from monitor.model.message import Message, join_messages


class Custody(IntEnum):
    """How far a telling of a detention goes; of two, the one that goes further is the later. Values are stored."""

    TAKEN = 0  # or nothing is told of it
    KEPT = 1  # by a court that extends or begins custody
    RELEASED = 2


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


class Pattern(StrEnum):
    """How a sentence says who suffered: the code of the reason that tells it."""

    OBJECT = "object"
    SUBJECT = "subject"
    CASE = "case"
    PREPOSITION = "preposition"
    DESCRIBED = "described"
    OWNER = "owner"
    OWN_THINGS = "own-things"


# The words that a reader sees; the catalogues have them without gender and number where a language has these. A word
# that stands for several acts is never the one of the gravest: it must not overstate what was done.
ACT_WORDS = {
    PressAct.DETAINED: Message("detained"),
    PressAct.CHARGED: Message("legal case"),
    PressAct.SENTENCED: Message("sentenced"),
    PressAct.SEARCHED: Message("searched"),
    PressAct.SEIZED: Message("things seized or broken"),
    PressAct.BEATEN: Message("attacked"),
    PressAct.THREATENED: Message("threatened"),
    PressAct.FINED: Message("ordered to pay"),
    PressAct.BLOCKED: Message("blocked"),
    PressAct.CLOSED: Message("closed down"),
    PressAct.DISMISSED: Message("dismissed"),
    PressAct.KILLED: Message("killed"),
    PressAct.SUMMONED: Message("summoned"),
    PressAct.HARASSED: Message("put under pressure"),
}
_CUSTODY_WORDS = {
    (PressAct.DETAINED, Custody.KEPT): Message("kept in custody"),
    (PressAct.DETAINED, Custody.RELEASED): Message("released"),
    (PressAct.SUMMONED, Custody.RELEASED): Message("summoned and released"),
}
ACTS_THAT_END = frozenset({PressAct.DETAINED, PressAct.SUMMONED})  # by a release
REWORDED = Message("wording changed since")
# The gravest first: digests tell them in this order.
GRAVEST_FIRST = (
    PressAct.KILLED, PressAct.BEATEN, PressAct.DETAINED, PressAct.SENTENCED, PressAct.SEARCHED, PressAct.CHARGED,
    PressAct.THREATENED, PressAct.SUMMONED, PressAct.SEIZED, PressAct.CLOSED, PressAct.BLOCKED, PressAct.FINED,
    PressAct.DISMISSED, PressAct.HARASSED,
)  # fmt: skip
# What a victim is: one person or outlet, and several.
ROLE_WORDS = {
    "journalist": (Message("a journalist"), Message("journalists")),
    "editor": (Message("an editor"), Message("editors")),
    "camera": (Message("a camera operator"), Message("camera operators")),
    "photographer": (Message("a photographer"), Message("photographers")),
    "presenter": (Message("a presenter"), Message("presenters")),
    "blogger": (Message("a blogger"), Message("bloggers")),
    "owner": (Message("a publisher or founder"), Message("publishers or founders")),
    "manager": (Message("a director of an outlet"), Message("directors of outlets")),
    "staff": (Message("somebody of an outlet's staff"), Message("an outlet's staff")),
    "newsroom": (Message("a newsroom"), Message("newsrooms")),
    "newspaper": (Message("a newspaper or magazine"), Message("newspapers or magazines")),
    "broadcaster": (Message("a broadcaster"), Message("broadcasters")),
    "agency": (Message("a news agency"), Message("news agencies")),
    "site": (Message("a site or channel"), Message("sites or channels")),
    "outlet": (Message("an outlet"), Message("outlets")),
}
AGENT_WORDS = {
    "police": Message("by the police"),
    "security": Message("by the security service"),
    "court": Message("by a court"),
    "prosecutor": Message("by prosecutors"),
    "investigator": Message("by investigators"),
    "government": Message("by the authorities"),
    "border": Message("by border guards"),
    "military": Message("by soldiers"),
    "armed": Message("by armed men"),
    "unknown": Message("by unknown people"),
    "guards": Message("by guards"),
    "deputy": Message("by a member of parliament"),
    "protesters": Message("by demonstrators"),
}
_NAMED = Message("{}, {}")
_BY = Message("by: {}")


class VictimKind(StrEnum):
    """Who suffered: one person, several people, or an outlet."""

    PERSON = "person"
    GROUP = "group"
    OUTLET = "outlet"


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened to one victim, as it is kept with the words that name the victim."""

    acts: tuple[PressAct, ...]
    victim_kind: VictimKind
    role: str = ""  # a key of `ROLE_WORDS`
    names: str = ""  # what the text calls the victim by, beside the role
    by: str = ""  # the words of the text
    agent: str = ""  # a key of `AGENT_WORDS`
    where: str = ""
    countries: tuple[str, ...] = ()  # ISO 3166; none: not known
    town: str = ""  # `where`, if it is no country or region
    region: str = ""  # the name of the region that `where` is

    @property
    def gravest_first(self) -> list[PressAct]:
        """Return the acts in the order in which they are told."""
        return sorted(self.acts, key=GRAVEST_FIRST.index)

    def whom(self, victim: str) -> str:
        """Return to whom it happened; `victim`: the words of the text, if the role has none."""
        role = ROLE_WORDS.get(self.role)
        whom: str = role[self.victim_kind is VictimKind.GROUP] if role else victim
        return Message(_NAMED.template, whom, self.names) if role and self.names else whom

    def in_words(self, victim: str, custody: Custody = Custody.TAKEN) -> Message:
        """Return what happened and how far it went, to whom, by whom and where."""
        agent = AGENT_WORDS.get(self.agent) or (Message(_BY.template, self.by) if self.by else "")
        acts = join_messages(", ", [act_words(act, custody) for act in self.gravest_first])
        return join_messages(" · ", filter(None, [acts, self.whom(victim), agent, self.where]))


@dataclass(frozen=True, slots=True)
class ToldAct:
    """What a sentence tells of somebody of the press, read without a list: `before` are its words before the victim."""

    before: str
    victim: str
    act: PressAct
    custody: Custody


def gravity(tellings: Iterable[tuple[PressAct, Custody]]) -> tuple[int, bool]:
    """Return the place in `GRAVEST_FIRST` of the gravest act, and whether it is over; none: the last."""
    places = ((GRAVEST_FIRST.index(act), custody_of(act, custody) is Custody.RELEASED) for act, custody in tellings)
    return min(places, default=(len(GRAVEST_FIRST), False))


def custody_of(act: PressAct, custody: Custody) -> Custody:
    """Return how far an act of a sentence went: only a detention is kept up, and only it or a summons ends."""
    return custody if (act, custody) in _CUSTODY_WORDS else Custody.TAKEN


def act_words(act: PressAct, custody: Custody) -> Message:
    """Return the words for an act as far as it went: who was let go is not told as held."""
    return _CUSTODY_WORDS.get((act, custody), ACT_WORDS[act])


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
    release: Span | None = None  # the words for the act, if they tell that the victim was let go


@dataclass(frozen=True, slots=True)
class NearFrame:
    """A sentence with a word for the press and a word for an act that is no frame, and the reason."""

    field: Field
    span: Span  # the sentence
    text: str  # the word for the press
    why: str
