"""Pure. What people decide on, and their decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from monitor.model.article import TextFrom
from monitor.model.change import Finding
from monitor.model.mention import Confidence, Mention
from monitor.model.watchlist import EntityType


class Verdict(StrEnum):
    RELEVANT = "relevant"
    NOT_RELEVANT = "not-relevant"
    UNSURE = "unsure"
    LATER = "later"


class Reason(StrEnum):
    """Why something is not relevant; only the first three teach the matcher."""

    ANOTHER_PERSON = "another-person"
    ANOTHER_ORGANIZATION = "another-organization"
    COMMON_WORD = "common-word"
    NOT_ABOUT = "not-about"
    DUPLICATE = "duplicate"
    EXTRACTION_ERROR = "extraction-error"


class State(StrEnum):
    OPEN = "open"
    FOLLOW_UP = "follow-up"
    LATER = "later"
    DECIDED = "decided"
    EXPIRED = "expired"
    MERGED = "merged"  # its articles are another item's now; it is kept for its history, and never shown


_NOT_WAITING = frozenset({State.DECIDED, State.EXPIRED, State.MERGED})


@dataclass(frozen=True, slots=True)
class Decision:
    """Who judged what, when, on which version of the item. Append-only: an undo is a decision that names another.

    `verdict` None is an undo; `entity` None judges the whole item. `judged` are the entities it settled, as `decide`
    found them then: a name that joins the story later was judged by nobody.
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
    batch: str = ""  # decisions made in one step are undone in one
    id: int = 0


class DecisionSummary(NamedTuple):
    """A decision in the few words that statistics are made of, for there are many. `judged`: numbers of entities."""

    item: int
    at: datetime
    by: str
    verdict: Verdict
    reason: Reason | None = None
    judged: tuple[int, ...] = ()
    batch: str = ""


class Regroup(StrEnum):
    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Regrouping:
    """Who put articles out of one item into another, when. Append-only: an undo is one that names another.

    `item` 0: one is made for them. No filed article is moved but by a person, so what was separated stays separated.
    """

    kind: Regroup
    item: int  # where they are after it
    other: int  # where they were
    articles: tuple[int, ...]
    at: datetime
    by: str
    undoes: int | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class NameJudgement:
    """A name as it stood in a story that a person judged: `form` of its words, at which outlet, and whether rightly."""

    item: int
    entity: str
    form: str
    outlet: str
    right: bool
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Precedent:
    """What was last said of a name in one item: how its words stood there (`forms`), and at which outlets."""

    item: int
    at: datetime
    by: str
    verdict: Verdict
    reason: Reason | None
    forms: frozenset[str] = frozenset()
    outlets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ItemMention:
    """A mention within a review item: where it stands and the sentence around it."""

    mention: Mention
    article: int
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class ItemHit:
    """A watched entity in a review item, with all its mentions in the story's articles, and its own verdict."""

    entity: str
    name: str
    type: EntityType
    confidence: Confidence
    alerts: bool
    mentions: tuple[ItemMention, ...]
    verdict: Verdict | None = None
    why: str = ""
    removed: bool = False  # no text of the story names it any more; the mentions are of the versions that did
    with_others: bool = False  # it alerts only beside another watched name or a support word
    alerting: Mapping[int, str] = field(default_factory=dict)  # article -> why it makes an item of it by itself

    def why_in(self, article: int) -> str | None:
        """Return why it makes an item of an article by itself; None where it does not."""
        if self.alerting:
            return self.alerting.get(article)
        return self.why if self.alerts else None

    @property
    def other_places(self) -> int:
        """The number of its places in the articles that are only counted."""
        return sum(each.mention.other_places for each in self.mentions)


@dataclass(frozen=True, slots=True)
class ItemArticle:
    """An article of a review item's story, in the order they were filed."""

    id: int
    outlet: str
    language: str
    headline: str
    url: str
    published: datetime | None
    first_seen: datetime
    filed: datetime  # when it came into the story: what the digest's windows go by
    text_from: TextFrom
    copy_of: int | None = None
    why: str = ""  # why it is in this story
    changed: datetime | None = None  # when a name more in its text, or on the list, brought the item back
    older: bool = False
    versions: tuple[datetime, ...] = ()  # when each was stored; empty while there is but one
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A story with its hits, awaiting a person. `version` moves with every decision and everything that reopens it."""

    id: int
    version: int
    state: State
    story: int
    first_seen: datetime
    articles: tuple[ItemArticle, ...] = ()
    hits: tuple[ItemHit, ...] = ()
    history: tuple[Decision, ...] = ()
    verdict: Verdict | None = None  # of the whole item
    until: datetime | None = None  # with LATER
    reopened: str = ""  # why it last came back, when it did
    reopened_at: datetime | None = None
    regroupings: tuple[Regrouping, ...] = ()  # into it and out of it, by people
    unanswered: tuple[Decision, ...] = ()  # questions in its history without an answer, as `review.fold` finds them

    @property
    def lead(self) -> ItemArticle:
        """The article the item is headed by: the first that was filed."""
        return self.articles[0]

    @property
    def copies(self) -> int:
        return sum(a.copy_of is not None for a in self.articles)

    @property
    def outlets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(a.outlet for a in self.articles))

    @property
    def confidence(self) -> Confidence:
        strong = any(h.confidence is Confidence.STRONG and h.alerts for h in self.hits)
        return Confidence.STRONG if strong else Confidence.POSSIBLE

    @property
    def questions(self) -> tuple[Decision, ...]:
        """Questions to colleagues, about the item or a name, that await an answer; the oldest first."""
        return () if self.state in _NOT_WAITING else self.unanswered

    @property
    def question(self) -> Decision | None:
        """The latest question that awaits an answer."""
        return self.questions[-1] if self.questions else None
