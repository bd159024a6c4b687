"""Pure. Values for recognising copies and stories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from monitor.model.article import Field, Span
from monitor.model.fingerprint import Fingerprint
from monitor.model.press import Custody, Incident, PressAct, custody_of

_LEAD_LETTERS = 300  # a headline often leaves the name to the first sentence


class WatchedAct(NamedTuple):
    """What was done to a watched person, and how far it went."""

    entity: str
    act: PressAct
    custody: Custody


def acts_told_first(
    entity: str, field: Field, start: int, incident: Incident, custody: Custody
) -> Sequence[WatchedAct]:
    """Return what a mention of a watched person says was done to them; nothing below the headline and the lead."""
    if field is not Field.TITLE and start >= _LEAD_LETTERS:
        return ()
    return [WatchedAct(entity, act, custody_of(act, custody)) for act in incident.acts]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article as clustering sees it. `id` is the article's; `story` is None until it is filed."""

    id: int
    outlet: str
    language: str
    published_at: datetime  # when it was published, or first seen
    fingerprint: Fingerprint
    entities: frozenset[str] = frozenset()  # watched entities with a strong mention
    people: frozenset[str] = frozenset()  # the persons among them
    watched_words: frozenset[str] = frozenset()  # by which its text names watched entities: they tell no events apart
    incidents: tuple[Incident, ...] = ()  # of the press, which its text tells
    told_at: frozenset[tuple[Field, int]] = frozenset()  # where it tells them
    acts: frozenset[WatchedAct] = frozenset()  # done to watched people, as its headline or lead tells
    changed: bool = False  # its text changed since it was filed
    gained: bool = False  # names an entity that its item does not have yet
    gone_why: str = ""  # why it counts as absent, until its item knows
    version: int = 1
    reporter: str = ""  # whose reports it is counted with, as `ItemArticle.reporter`
    story: int | None = None
    copy_of: int | None = None
    added_by: str = ""  # who put it into the queue by hand


class ArticleText(NamedTuple):
    """The words of an article in its current version."""

    title: str
    text: str


class Rule(StrEnum):
    """Why an article stands where it stands, or beside what. Stored; the codes never change.

    `i18n.labels.placement_sentence` words them.
    """

    NEW = "new"
    COPY = "copy"  # it brings no sentence that its source does not hold
    CUT = "cut"  # the same, of a longer source
    ADDS = "adds"  # it repeats another article and brings sentences
    WORDS = "words"  # one language
    NAMES = "names"  # two languages: names and numbers
    ACT = "act"  # what was done to a watched person
    BACKGROUND = "background"  # related: it repeats another article under a headline and lead of its own
    AFFAIR = "affair"  # related: words, those of watched names too
    CHANGED = "changed"  # its own story, after its text changed
    WATCHED = "watched"  # until November 2026: common watched names


@dataclass(frozen=True, slots=True)
class PlacementReason:
    """A rule with its arguments, in the order of its sentence. `text`: the sentence that an older version stored."""

    rule: Rule = Rule.NEW
    arguments: tuple[int, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of an article: its offsets in the title or in the text.

    `text`: its words; empty where the article was loaded without its text.
    """

    field: Field
    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class RelatedArticle:
    """A filed article of another story that is near. `score`: 1.0 is the threshold of one story."""

    article: int
    score: float
    reason: PlacementReason


@dataclass(frozen=True, slots=True)
class Placement:
    """The place of an article among stories: `story` None opens a new one; `copy_of` is the article it repeats.

    `similar_article`: the article of that story that tells the same event. `score`: 1.0 is the threshold of the rule.
    `own_sentences`: what it brings, if it repeats another article otherwise. `related`: the nearest first.
    """

    story: int | None = None
    copy_of: int | None = None
    reason: PlacementReason = PlacementReason()
    score: float = 0.0
    similar_article: int | None = None
    own_sentences: tuple[Passage, ...] = ()
    related: tuple[RelatedArticle, ...] = ()
