"""Pure. Where a watched name stands, how surely, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.model.article import Span, ZoneSpan
from monitor.model.message import Message

# Reasons that say nothing to whoever has the name and the words before them.
IS = Message("“{}” is {}")
IN_OTHER_SCRIPT = Message("“{}” = {} in the other script")


class Confidence(StrEnum):
    STRONG = "strong"  # enters the queue
    POSSIBLE = "possible"  # kept and shown, never alerted by default


class Field(StrEnum):
    TITLE = "title"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Document:
    """What the matcher reads. `zones`, where they are known: a mention beside the article is no clear one."""

    id: str
    text: str
    title: str = ""
    language: str = ""
    zones: tuple[ZoneSpan, ...] = ()

    def field(self, which: Field) -> str:
        return self.title if which is Field.TITLE else self.text


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in an article where a watched name stands, how surely, and why in plain sentences."""

    entity: str
    alias: str
    span: Span
    text: str  # the very words: span.of(title or text)
    field: Field
    confidence: Confidence
    score: float  # 0-100
    why: tuple[str, ...]
    other_places: int = 0  # on the last mention of an entity in an article: its places that are only counted


@dataclass(frozen=True, slots=True)
class Hit:
    """One entity in one article: its mentions. `alerts`: whether it makes or joins a review item by itself."""

    entity: str
    mentions: tuple[Mention, ...]
    confidence: Confidence
    alerts: bool
    why: str = ""  # why it alerts or does not

    @property
    def other_places(self) -> int:
        """The number of its places that are only counted."""
        return sum(mention.other_places for mention in self.mentions)
