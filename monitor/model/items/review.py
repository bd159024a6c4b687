"""Pure. Review items, and the decisions people make on them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from monitor.model.article import Speaker
from monitor.model.items.item_article import ItemArticle
from monitor.model.mention import Confidence, Mention
from monitor.model.press.incident import VictimKind
from monitor.model.press.victims import watched_victims
from monitor.model.story import Passage, PlacementReason
from monitor.model.watchlist import EntityType


class Verdict(StrEnum):
    """A person's judgement of an item or a name."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not-relevant"
    UNSURE = "unsure"
    LATER = "later"


class Reason(StrEnum):
    """The reason for NOT_RELEVANT. Only the first three teach the matcher."""

    ANOTHER_PERSON = "another-person"
    ANOTHER_ORGANIZATION = "another-organization"
    COMMON_WORD = "common-word"
    NOT_ABOUT = "not-about"
    DUPLICATE = "duplicate"
    EXTRACTION_ERROR = "extraction-error"


class State(StrEnum):
    """The state of a review item in the queue."""

    OPEN = "open"
    FOLLOW_UP = "follow-up"
    LATER = "later"
    DECIDED = "decided"
    EXPIRED = "expired"
    MERGED = "merged"  # its articles moved to another item; kept for its history, never shown


# States in which an unanswered question does not count any more.
_NOT_WAITING = frozenset({State.DECIDED, State.EXPIRED, State.MERGED})

_LEADS = (Speaker.SITE, Speaker.LINKED_PAGE, Speaker.OTHER_FEED)  # of one item, in this order


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


@dataclass(frozen=True, slots=True)
class ItemMention:
    """A mention within a review item, with the sentence around it."""

    mention: Mention
    article: int
    sentence: str = ""
    victims: tuple[ItemHit, ...] = ()  # of an incident: who of the list suffered

    @property
    def struck(self) -> frozenset[str]:
        """Return the names to which an incident was done: the outlet of a reporter was not detained with them."""
        is_outlet = self.mention.incident is not None and self.mention.incident.victim_kind is VictimKind.OUTLET
        return frozenset(hit.entity for hit in self.victims if hit.type is EntityType.PERSON or is_outlet)

    def in_words(self, name_of: Callable[[ItemHit], str] = lambda hit: hit.name, without: Collection[str] = ()) -> str:
        """Return what happened to whom; who is on the list has the name that it has there, not the word of the text.

        `without`: entities whose names stand beside it, and are left out.
        """
        incident = self.mention.incident
        if incident is None:
            return self.mention.reasons[0]
        if self.victims:
            incident = replace(incident, names=", ".join(name_of(h) for h in self.victims if h.entity not in without))
        return incident.in_words(incident.names if self.victims else self.mention.text, self.sentence)


@dataclass(frozen=True, slots=True)
class ItemHit:
    """A watched entity in a review item: its mentions in all articles of the story, and its verdict."""

    entity: str
    name: str
    type: EntityType
    confidence: Confidence
    alerts: bool
    mentions: tuple[ItemMention, ...]
    verdict: Verdict | None = None
    why: str = ""
    removed: bool = False  # no current text names it; the mentions are from older versions
    with_others: bool = False  # alerts only with another watched name or a support word

    @property
    def other_places(self) -> int:
        """Return the number of places that are counted but not listed as mentions."""
        return sum(item_mention.mention.other_places for item_mention in self.mentions)


MOST_RELATED = 5


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """Another item whose event is near. `score`: 1.0 is the threshold of one story.

    `lead`: the article that stands for it, if it was loaded for programs.
    """

    id: int
    score: float
    reason: PlacementReason
    state: State
    verdict: Verdict | None = None
    lead: ItemArticle | None = None


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """The articles of a large item that are loaded: page `number` of `size`, and `also` these.

    One article of each outlet and language comes first, then the others; the first page has all of the former.
    """

    size: int
    number: int = 0
    also: frozenset[int] = frozenset()


# For the head of an item, for a row of a list, and for a card, another program or a digest.
ONE_ARTICLE, ROW_ARTICLES, CARD_ARTICLES = ArticlePage(1), ArticlePage(5), ArticlePage(30)


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A story with its hits, waiting for a decision. `articles` are in the order of filing.

    `version` grows with every decision and with everything that reopens the item. Of a large item not all articles may
    be loaded (`ArticlePage`): `other_articles` and `other_copies` count the rest, `other_outlets` are the outlets that
    only the rest has.
    """

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
    reopened: str = ""  # why it was last reopened
    reopened_at: datetime | None = None
    regroupings: tuple[Regrouping, ...] = ()  # into this item and out of it
    related: tuple[RelatedItem, ...] = ()  # all that are stored, the nearest first; people see `nearest`
    unanswered: tuple[Decision, ...] = ()  # set by `review.decisions.fold`
    other_articles: int = 0
    other_copies: int = 0
    other_outlets: tuple[str, ...] = ()
    has_old_filings: bool = False  # rules before November 2026 put some of its articles together

    @property
    def may_hold_several_events(self) -> bool:
        """Return whether articles of unrelated events may stand together, by older rules of filing."""
        return self.has_old_filings and len(self.articles) + self.other_articles > 1

    @property
    def first(self) -> ItemArticle:
        """Return the article that was filed first."""
        return self.articles[0]

    @property
    def lead(self) -> ItemArticle:
        """Return the article at the head of the item: the first that its outlet published itself."""
        return min(self.articles, key=lambda article: _LEADS.index(article.speaker))

    @property
    def nearest(self) -> tuple[RelatedItem, ...]:
        """Return the related items that are shown. Hidden ones are left out before: others take their places."""
        return self.related[:MOST_RELATED]

    @property
    def copies(self) -> int:
        """Return the number of articles that are copies."""
        return sum(a.copy_of is not None for a in self.articles) + self.other_copies

    @property
    def outlets(self) -> tuple[str, ...]:
        """Return the outlets of the articles, each once, in the order of filing."""
        return (*dict.fromkeys(a.outlet for a in self.articles), *self.other_outlets)

    @property
    def incidents(self) -> tuple[ItemMention, ...]:
        """Return what happened to the press, each act once: to people of the list first, then as the lead tells it."""
        of_press = [m for hit in self.hits if hit.type is EntityType.PRESS and not hit.removed for m in hit.mentions]
        sure_mentions = [m for m in of_press if m.mention.incident and m.mention.confidence is Confidence.STRONG]
        incidents = [replace(m, victims=m.victims or watched_victims(m, self.hits)) for m in sure_mentions]
        # Of articles that tell one act, one that names a person tells more than one that names an outlet.
        incidents.sort(
            key=lambda m: (not any(hit.type is EntityType.PERSON for hit in m.victims), m.article != self.lead.id)
        )
        tellings = {(m.mention.incident.acts, m.struck): m for m in reversed(incidents) if m.mention.incident}
        # What another line tells of the same people, or of somebody whom this one does not name, is told once.
        pairs = [({*acts}, victims) for acts, victims in tellings]
        return tuple(
            m
            for m in incidents
            if tellings[(acts := m.mention.incident.acts), m.struck] is m  # type: ignore[union-attr]
            and not any(
                {*acts} <= told_acts and m.struck <= victims and ({*acts}, m.struck) != (told_acts, victims)
                for told_acts, victims in pairs
            )
        )

    def news_in(self, article: ItemArticle) -> tuple[Passage, ...]:
        """Return the sentences that an article brought to the item; what its first article says is not new in it."""
        if article.id == self.first.id:
            return ()
        return tuple(passage for passage in article.own_sentences if passage.text)

    def with_articles(self, article_ids: Collection[int]) -> ReviewItem:
        """Return the item with only these of its articles, and their mentions; the others are counted."""
        articles = tuple(a for a in self.articles if a.id in article_ids)
        hits = tuple(
            replace(hit, mentions=tuple(m for m in hit.mentions if m.article in article_ids)) for hit in self.hits
        )
        outlets = {a.outlet for a in articles}
        return replace(
            self,
            articles=articles,
            hits=hits,
            other_articles=len(self.articles) - len(articles),
            other_copies=sum(a.copy_of is not None for a in self.articles if a.id not in article_ids),
            other_outlets=tuple(outlet for outlet in self.outlets if outlet not in outlets),
        )

    @property
    def is_added(self) -> bool:
        """Return True if a user put one of its articles into the queue."""
        return any(a.additions for a in self.articles)

    @property
    def confidence(self) -> Confidence:
        """Return STRONG if any strong hit alerts or a user vouches for an article, else POSSIBLE."""
        strong = self.is_added or any(h.confidence is Confidence.STRONG and h.alerts for h in self.hits)
        return Confidence.STRONG if strong else Confidence.POSSIBLE

    @property
    def questions(self) -> tuple[Decision, ...]:
        """Return the unanswered questions to colleagues, about the item or a name, oldest first."""
        return () if self.state in _NOT_WAITING else self.unanswered

    @property
    def question(self) -> Decision | None:
        """Return the latest unanswered question, or None."""
        return self.questions[-1] if self.questions else None
