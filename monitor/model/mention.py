"""Pure. Watched names in a text: position, confidence and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.model.article import Field, Outcome, Span, ZoneSpan
from monitor.model.message import Code, Message, code_of
from monitor.model.press import Custody, Incident, PressAct

# Reasons that add nothing when the name and the words are shown together.
REASON_SAME_NAME = Message("“{}” is {}", code=Code.SAME_NAME)
REASON_OTHER_SCRIPT = Message("“{}” = {} in the other script", code=Code.OTHER_SCRIPT)
# Reasons of an outlet that is named without being what the news is about; they make no item.
REASON_CREDIT = Message("it is named in a credit", code=Code.CREDIT)
REASON_SOURCE = Message("it is named as the source of a report", code=Code.REPORT_SOURCE)
# The source of a spelling's romanisation is extra information, so callers show it apart from the reasons.
REASON_ROMANISATION = Message("letters of {}: {}", code=Code.ROMANISATION)


_ACTS = frozenset(act.value for act in PressAct)


class Confidence(StrEnum):
    """The confidence that a mention is about the watched entity."""

    STRONG = "strong"  # enters the queue
    POSSIBLE = "possible"  # kept and shown, never alerted by default


@dataclass(frozen=True, slots=True)
class Document:
    """A text to search for names. With `zones`, a mention outside the article itself is never strong."""

    id: str
    text: str
    title: str = ""
    language: str = ""
    zones: tuple[ZoneSpan, ...] = ()
    country: str = ""  # of its outlet

    def field(self, name: Field) -> str:
        """Return the title or the text."""
        return self.title if name is Field.TITLE else self.text


@dataclass(frozen=True, slots=True)
class Mention:
    """A watched name at one place of an article, with confidence and reasons."""

    entity: str
    alias: str
    span: Span
    text: str  # span.of(title or text)
    field: Field
    confidence: Confidence
    score: float  # 0-100
    why: tuple[str, ...]  # all reasons; `reasons` and `romanisation` tell them apart
    other_places: int = 0  # set on an entity's last mention in an article: places not listed
    # What was done: to a watched person, or to the press; then `text` is the victim and `alias` the act.
    incident: Incident | None = None
    custody: Custody = Custody.TAKEN  # of the incident; of a name RELEASED where its sentence lets this person go

    @property
    def is_of_press(self) -> bool:
        """Return True for what happened to somebody of the press, whose words are no name of the list."""
        return self.incident is not None and self.alias in _ACTS

    @property
    def incident_in_words(self) -> str:
        """Return what was done to whom, in the words of the text; there is an incident."""
        return self.reasons[0] if self.incident is None or self.is_of_press else self.incident.in_words(self.text)

    @property
    def is_credit(self) -> bool:
        """Return True for an outlet named as a credit or as the source of a report."""
        return any(code_of(reason) in {Code.CREDIT, Code.REPORT_SOURCE} for reason in self.why)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return the reasons that a reviewer needs."""
        return tuple(reason for reason in self.why if code_of(reason) != Code.ROMANISATION)

    @property
    def romanisation(self) -> tuple[str, ...]:
        """Return whose romanisations the spelling follows."""
        return tuple(reason for reason in self.why if code_of(reason) == Code.ROMANISATION)


@dataclass(frozen=True, slots=True)
class Hit:
    """One entity in one article, with its mentions. `alerts`: the hit alone puts the article into the review queue."""

    entity: str
    mentions: tuple[Mention, ...]
    confidence: Confidence
    alerts: bool
    why: str = ""  # the reason for `alerts`

    @property
    def other_places(self) -> int:
        """Return the number of places that are counted but not listed as mentions."""
        return sum(mention.other_places for mention in self.mentions)


@dataclass(frozen=True, slots=True)
class PressHit:
    """What happened to the press in a stored article; `story`: None if the article is in no item."""

    article: int
    story: int | None
    mentions: tuple[Mention, ...]
    alerts: bool
    why: str

    @property
    def event(self) -> int:
        """Return a number that articles of one story share."""
        return self.story if self.story is not None else -self.article

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Return what happened, each place once."""
        return tuple(mention.incident for mention in self.mentions if mention.incident)


OUTCOMES_OF_NAMES = (Outcome.QUEUED, Outcome.POSSIBLE, Outcome.COUNTED)  # all that `outcome_of` gives


def outcome_of(article_hits: tuple[Hit, ...]) -> Outcome | None:
    """Return the outcome that these hits give an entry; None without hits."""
    if any(h.alerts for h in article_hits):
        return Outcome.QUEUED
    if any(h.confidence is Confidence.POSSIBLE for h in article_hits):
        return Outcome.POSSIBLE
    return Outcome.COUNTED if article_hits else None
