"""Pure. The watched names of review items, and who of them suffered in an incident."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from monitor.model.items.decision import Verdict
from monitor.model.mention import Confidence, Mention
from monitor.model.message import join_messages
from monitor.model.press import REWORDED, Custody, PressAct, VictimKind, custody_of, gravity
from monitor.model.watchlist import EntityType

MOST_BETWEEN = 6  # letters from a name to the words that describe it: “Melis Tokoev, the reporter”


@dataclass(frozen=True, slots=True)
class ItemMention:
    """A mention within a review item, with the sentence around it."""

    mention: Mention
    article: int
    sentence: str = ""
    victims: tuple[ItemHit, ...] = ()  # of an incident: who of the list suffered
    endings: tuple[frozenset[int], ...] = ()  # of an incident: of each person the articles that tell the release
    is_reworded: bool = False  # of an incident: an outlet has since changed how it tells it

    @property
    def struck(self) -> frozenset[str]:
        """Return the names to which an incident was done: the outlet of a reporter was not detained with them."""
        is_outlet = self.mention.incident is not None and self.mention.incident.victim_kind is VictimKind.OUTLET
        return frozenset(hit.entity for hit in self.victims if hit.type is EntityType.PERSON or is_outlet)

    @property
    def is_over(self) -> bool:
        """Return whether later sentences let all go to whom an incident was done."""
        return bool(self.endings)

    @property
    def custody(self) -> Custody:
        """Return how far what is told went, as far as the story knows."""
        return Custody.RELEASED if self.is_over else self.mention.custody

    @property
    def tellings(self) -> list[tuple[PressAct, Custody]]:
        """Return the acts of an incident and how far each went, the gravest first."""
        acts = self.mention.incident.gravest_first if self.mention.incident else ()
        return [(act, custody_of(act, self.custody)) for act in acts]

    @property
    def is_release(self) -> bool:
        """Return whether all that it tells is that somebody was let go."""
        return bool(self.tellings) and all(custody is Custody.RELEASED for _, custody in self.tellings)

    @property
    def weight(self) -> tuple[int, int]:
        """Return the sort key of an incident: people, outlets of the list, others; of each the gravest first."""
        types = {hit.type for hit in self.victims}
        place = 0 if EntityType.PERSON in types else 1 if types else 2
        return place, gravity(self.tellings)[0]

    def in_words(self, name_of: Callable[[ItemHit], str] = lambda hit: hit.name, without: Collection[str] = ()) -> str:
        """Return what happened to whom; who is on the list has the name that it has there, not the word of the text.

        `without`: entities whose names stand beside it, and are left out: beside the one whom it struck that is all.
        """
        incident = self.mention.incident
        if incident is None:
            return self.mention.reasons[0]
        if self.victims:
            is_told = self.struck == {*without} and incident.victim_kind is not VictimKind.GROUP
            names = ", ".join(name_of(h) for h in self.victims if h.entity not in without)
            incident = replace(incident, names=names, role="" if is_told else incident.role)
        words = incident.in_words(incident.names if self.victims else self.mention.text, self.custody)
        return join_messages(" · ", [words, REWORDED]) if self.is_reworded else words


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


def watched_victims(incident_place: ItemMention, hits: Sequence[ItemHit]) -> tuple[ItemHit, ...]:
    """Return whom the words for a victim surely name: people, else the person whom they describe, else outlets."""
    sure_hits = [hit for hit in hits if hit.confidence is Confidence.STRONG and not hit.removed]
    people = [hit for hit in sure_hits if hit.type is EntityType.PERSON]
    outlets = [
        hit for hit in sure_hits if hit.type is EntityType.OUTLET and _has_place(hit, incident_place, _is_within)
    ]
    victims = [hit for hit in people if _has_place(hit, incident_place, _is_within)]
    incident = incident_place.mention.incident
    # Whose own name stands there is nobody who stands before it.
    if not victims and incident and incident.victim_kind is VictimKind.PERSON and (outlets or not incident.names):
        victims = [hit for hit in people if _has_place(hit, incident_place, _is_described)][:1]
    return tuple(victims or outlets)


def _has_place(hit: ItemHit, incident_place: ItemMention, test: Callable[[Mention, ItemMention], bool]) -> bool:
    mentions = (m.mention for m in hit.mentions if m.article == incident_place.article)
    return any(mention.field is incident_place.mention.field and test(mention, incident_place) for mention in mentions)


def _is_within(name: Mention, incident_place: ItemMention) -> bool:
    return name.span.overlaps(incident_place.mention.span)


def _is_described(name: Mention, incident_place: ItemMention) -> bool:
    between = incident_place.mention.span.start - name.span.end
    return 0 <= between <= MOST_BETWEEN and f"{name.text}," in incident_place.sentence
