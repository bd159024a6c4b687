"""Pure. Review items: stories that wait for decisions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from monitor.errors import USAGE_ERROR, MonitorError
from monitor.model.article import Field, Speaker
from monitor.model.change import Change
from monitor.model.items.decision import Decision, Regrouping, Verdict
from monitor.model.items.item_article import ItemArticle
from monitor.model.items.item_hit import ItemHit, ItemMention, watched_victims
from monitor.model.mention import Confidence
from monitor.model.press import ACTS_THAT_END, Custody, PressAct, gravity
from monitor.model.story import Passage, PlacementReason
from monitor.model.watchlist import EntityType


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

    One article of each reporter and language comes first, then the others; the first page has all of the former.
    """

    size: int
    number: int = 0
    also: frozenset[int] = frozenset()


# For the head of an item, for a row of a list, and for a card, another program or a digest.
ONE_ARTICLE, ROW_ARTICLES, CARD_ARTICLES = ArticlePage(1), ArticlePage(10), ArticlePage(30)


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
    unanswered: tuple[Decision, ...] = ()  # set by `history.fold`
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
    def latest(self) -> datetime:
        """Return when the last of its articles was filed."""
        return max(article.filed for article in self.articles)

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
    def tellings(self) -> list[ItemMention]:
        """Return where articles surely tell what was done: to people of the list first, the lead first.

        A watched person has it with the name, whatever the article calls them; others of the press have it alone.
        """
        pairs = [(hit, m) for hit in self.hits if not hit.removed for m in hit.mentions if m.mention.incident]
        sure_pairs = [(hit, m) for hit, m in pairs if m.mention.confidence is Confidence.STRONG]
        of_press = [m for hit, m in sure_pairs if hit.type is EntityType.PRESS]
        tellings = [replace(m, victims=m.victims or watched_victims(m, self.hits)) for m in of_press]
        tellings += [replace(m, victims=(hit,)) for hit, m in sure_pairs if hit.type is EntityType.PERSON]

        # Of articles that tell one act, one that names a person tells more than one that names an outlet.
        def rank(telling: ItemMention) -> tuple[bool, bool, bool]:
            has_person = any(hit.type is EntityType.PERSON for hit in telling.victims)
            return not has_person, telling.article != self.lead.id, telling.mention.field is not Field.TITLE

        return sorted(tellings, key=rank)

    @property
    def incidents(self) -> tuple[ItemMention, ...]:
        """Return what happened to the press, each act once, by weight, then who is still held."""
        incidents = self.tellings
        tellings = {(m.mention.incident.acts, m.struck): m for m in reversed(incidents) if m.mention.incident}
        # What another line tells of the same people, or of somebody whom this one does not name, is told once.
        pairs = [({*acts}, victims) for acts, victims in tellings]
        different = (
            _with_ending(m, incidents, self.articles)
            for m in incidents
            if tellings[(acts := m.mention.incident.acts), m.struck] is m  # type: ignore[union-attr]
            and not any(
                {*acts} <= told_acts and m.struck <= victims and ({*acts}, m.struck) != (told_acts, victims)
                for told_acts, victims in pairs
            )
        )
        return tuple(sorted(different, key=lambda m: (m.weight, gravity(m.tellings))))

    def incident_in(self, incident: ItemMention, article: int) -> ItemMention:
        """Return what happened as an article tells it, if it tells these acts of these people; else as it is."""
        tellings = self.tellings
        told_there = (t for t in tellings if t.article == article and _acts_and_struck(t) == _acts_and_struck(incident))
        telling = next(told_there, None)
        return _with_ending(telling, tellings, self.articles) if telling else incident

    @property
    def gravity(self) -> tuple[int, bool]:
        """Return the place of its gravest act in `GRAVEST_FIRST` (behind all without one), and whether it is over."""
        return gravity(telling for m in self.incidents for telling in m.tellings)

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


class StaleDecision(MonitorError):
    """A decision on an old version of an item.

    `now` is the current item, with the other user's decision in its history.
    """

    exit_code = USAGE_ERROR

    def __init__(self, now: ReviewItem) -> None:
        self.now = now
        super().__init__(f"item {now.id} is at version {now.version} now, and not at the one you name")


_BEHIND_TEXT = 1 << 40  # a headline tells what is newest
_STEM = 5  # letters of a surname, without its endings
_REWORDINGS = frozenset({Change.HEADLINE, Change.SENTENCE, Change.NAME_REMOVED})


def _acts_and_struck(telling: ItemMention) -> tuple[frozenset[PressAct], frozenset[str]]:
    return frozenset(telling.mention.incident.acts if telling.mention.incident else ()), telling.struck


def _with_ending(shown: ItemMention, tellings: Sequence[ItemMention], articles: Sequence[ItemArticle]) -> ItemMention:
    """Return what happened with whether a later sentence lets all of its people go, or else whether it was reworded.

    The release must be told of these very people, and after all that tells them held.
    """
    people = [hit for hit in shown.victims if hit.type is EntityType.PERSON]
    acts = _acts_that_end(shown)
    if not acts or not people or shown.custody is Custody.RELEASED:
        return shown
    endings = tuple(_endings_of(hit, shown, tellings, articles) for hit in people)
    if all(endings):
        return replace(shown, endings=endings)
    return replace(shown, is_reworded=any(_is_reworded(hit, shown, articles) for hit in people))


def _endings_of(
    hit: ItemHit, shown: ItemMention, tellings: Sequence[ItemMention], articles: Sequence[ItemArticle]
) -> frozenset[int]:
    """Return the articles in which a sentence surely lets a person go after all that tells of the act."""
    by_id = {article.id: article for article in articles}

    def order(telling: ItemMention, *, is_release: bool) -> tuple[datetime, int]:
        place = telling.mention.span.start
        if telling.mention.field is Field.TITLE:
            place = _BEHIND_TEXT if is_release else -1
        return by_id[telling.article].developed_at, place

    of_person = [t for t in tellings if hit in t.victims and t.article in by_id]
    over = [t for t in of_person if _acts_that_end(t) and t.custody is Custody.RELEASED]
    acts = _acts_that_end(shown) | {PressAct.DETAINED}
    holding = [t for t in of_person if _acts_that_end(t) & acts and t not in over]
    holding = [t for t in holding if t.article == shown.article or by_id[t.article].copy_of is None]
    sure_places = [m for m in hit.mentions if m.mention.confidence is Confidence.STRONG and m.article in by_id]
    over += [m for m in sure_places if m.custody is Custody.RELEASED]
    last_held = max((order(t, is_release=False) for t in holding), default=None)
    if last_held is None:
        return frozenset()
    return frozenset(t.article for t in over if order(t, is_release=True) > last_held)


def _acts_that_end(telling: ItemMention) -> frozenset[PressAct]:
    return ACTS_THAT_END & {*telling.mention.incident.acts} if telling.mention.incident else frozenset()


def _is_reworded(hit: ItemHit, shown: ItemMention, articles: Sequence[ItemArticle]) -> bool:
    """Return whether an outlet has since changed a sentence that told such an act of a person."""
    since = next((article.first_seen for article in articles if article.id == shown.article), None)
    stems = {words[-1][:_STEM] for m in hit.mentions if (words := m.mention.text.split())}
    act = PressAct.DETAINED if PressAct.DETAINED in _acts_that_end(shown) else PressAct.SUMMONED
    return any(
        finding.kind in _REWORDINGS
        and bool(since and finding.found and finding.found > since)
        and (finding.entity == hit.entity or any(stem in finding.before for stem in stems))
        and act in finding.withdrawn_acts
        for article in articles
        for finding in article.findings
    )
