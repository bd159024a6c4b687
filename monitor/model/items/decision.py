"""Pure. Decisions that people make on review items, and what they say of names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """A person's judgement of an item or a name."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not-relevant"
    UNSURE = "unsure"
    LATER = "later"


class Reason(StrEnum):
    """The reason for NOT_RELEVANT."""

    ANOTHER_PERSON = "another-person"
    ANOTHER_ORGANIZATION = "another-organization"
    COMMON_WORD = "common-word"
    NOT_ABOUT = "not-about"
    DUPLICATE = "duplicate"
    EXTRACTION_ERROR = "extraction-error"


SETTLED = frozenset({Verdict.RELEVANT, Verdict.NOT_RELEVANT})
TEACHING = frozenset({Reason.ANOTHER_PERSON, Reason.ANOTHER_ORGANIZATION, Reason.COMMON_WORD})  # they teach the matcher
_WRONG = TEACHING | {Reason.EXTRACTION_ERROR}


def name_was_right(verdict: Verdict | None, reason: Reason | None) -> bool | None:
    """Return whether a decision confirms or denies the match of a name; None if it says neither.

    A story that is *not about* someone, or a *duplicate*, still names them.
    """
    if verdict is Verdict.RELEVANT or reason in {Reason.NOT_ABOUT, Reason.DUPLICATE}:
        return True
    return False if reason in _WRONG else None


@dataclass(frozen=True, slots=True)
class Decision:
    """One judgement by one user, on one version of an item. Append-only: an undo is a decision with `undoes` set.

    `verdict` None: an undo, or a note on the item if `undoes` is None. `entity` None: about the whole item. `judged`
    lists the entities that the decision settled at the time; a name that joins the story later is not judged by it.
    """

    item: int
    version: int
    at: datetime
    by: str
    verdict: Verdict | None
    entity: str | None = None
    reason: Reason | None = None
    note: str = ""
    until: datetime | None = None  # with LATER
    undoes: int | None = None
    judged: tuple[str, ...] = ()
    batch: str = ""  # id shared by decisions that are undone together
    colleague: str = ""  # with UNSURE: who is asked; empty: anybody
    id: int = 0

    @property
    def is_note(self) -> bool:
        """Return True for a note that decides nothing."""
        return self.verdict is None and self.undoes is None


class DecisionSummary(NamedTuple):
    """The fields of a decision that statistics need: many are loaded at once. `judged`: entity numbers."""

    item: int
    at: datetime
    by: str
    verdict: Verdict
    reason: Reason | None = None
    judged: tuple[int, ...] = ()
    batch: str = ""


class Regroup(StrEnum):
    """The two ways to move articles between items."""

    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Regrouping:
    """A user's move of articles from one item to another. Append-only: an undo is a regrouping with `undoes` set.

    `item` 0: a new item is created for them. Only people move filed articles, so what was separated stays separated.
    """

    kind: Regroup
    item: int  # the item that holds them afterwards
    other: int  # the item that held them before
    articles: tuple[int, ...]
    at: datetime
    by: str
    undoes: int | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class NameJudgement:
    """A user's judgement of one name in one story: its word form, its outlet, and whether the match was right."""

    item: int
    entity: str
    form: str
    outlet: str
    right: bool
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Precedent:
    """The last decision on a name in another item, with the word forms and outlets it appeared in."""

    item: int
    at: datetime
    by: str
    verdict: Verdict
    reason: Reason | None
    forms: frozenset[str] = frozenset()
    outlets: frozenset[str] = frozenset()
