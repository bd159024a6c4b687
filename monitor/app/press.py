"""What is looked for of the press: the countries and acts that are chosen, and what each would bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.app.lists import with_own_countries
from monitor.app.names.preview import previewed_articles
from monitor.app.watchlist import WatchlistFile
from monitor.home import Home
from monitor.match import reason_left_out
from monitor.model import (
    CARD_ARTICLES,
    PRESS_ID,
    Entity,
    ItemMention,
    Mention,
    Message,
    Pattern,
    PressAct,
    PressHit,
    Verdict,
    WatchlistChange,
    Window,
    code_of,
    press_entity,
)

DAYS = 30
UNKNOWN = ""  # the country of an incident of which none is known
_MAX_ITEMS = 500
_FEWEST_JUDGED = 5
_MOST_ARTICLES = 1_000  # that are read on the page, the newest: about three seconds
_PATTERNS = frozenset(Pattern)


@dataclass(frozen=True, slots=True)
class Judged:
    """How many items with an act or of a pattern were judged relevant, and how many not."""

    relevant: int = 0
    not_relevant: int = 0

    @property
    def total(self) -> int:
        return self.relevant + self.not_relevant

    @property
    def is_telling(self) -> bool:
        """Return True if there are enough to say how many are relevant."""
        return self.total >= _FEWEST_JUDGED


@dataclass(frozen=True, slots=True)
class PressOverview:
    """What happened to the press in the last days, in stories: by act and country, chosen or left out."""

    by_act: Mapping[str, int]
    by_country: Counter[str]  # `UNKNOWN`: where no article of the story says one
    chosen: int  # stories that the choice brings, beside names of the list or alone
    left_out: Mapping[Message, int]  # reason -> stories
    looked_at: int  # articles, if there are more; else 0
    judged: Judged  # all items of a year
    acts_judged: Mapping[str, Judged]
    patterns_judged: Mapping[str, Judged]
    examples: Mapping[str, tuple[ItemMention, str, str]]  # of each pattern, its language, and the reason

    def has_figures(self, act: str) -> bool:
        """Return True if the last days brought stories with an act, or enough of a year were judged."""
        return bool(self.by_act.get(act)) or self.acts_judged.get(act, Judged()).is_telling


def press_overview(home: Home, choice: Entity | None = None, limit: int = _MOST_ARTICLES) -> PressOverview:
    """Return what the last days brought, and what a choice would leave out; by default the choice in force.

    While the press is not looked for nothing is stored of it; then the newest articles of these days are read,
    at most `limit`.
    """
    since = home.clock() - timedelta(days=DAYS)
    listed = home.store.watchlists.current().press
    press_hits = home.store.press.hits_since(PRESS_ID, since) if listed else _read(home, since, limit)
    is_partial = not listed and home.open_watch.store.archive.extent(since, home.clock())[0] > limit
    (chosen,) = with_own_countries(home, [choice or listed or press_entity()])
    reasons = dict[int, Message | None]()
    cells = {
        (hit.event, act.value, country)
        for hit in press_hits
        for incident in hit.incidents
        for act in incident.acts
        for country in incident.countries or (UNKNOWN,)
    }
    of_known_country = {event for event, _, country in cells if country != UNKNOWN}
    for hit in press_hits:
        reason = reason_left_out(chosen, hit.incidents)
        reasons[hit.event] = reasons.get(hit.event, reason) and reason
    judged, acts_judged, patterns_judged, examples = _judged(home)
    return PressOverview(
        by_act=Counter(act for _, act in {(event, act) for event, act, _ in cells}),
        by_country=Counter(
            country
            for event, country in {(event, country) for event, _, country in cells}
            if country != UNKNOWN or event not in of_known_country
        ),
        chosen=sum(reason is None for reason in reasons.values()),
        left_out=dict(Counter(reason for reason in reasons.values() if reason).most_common()),
        looked_at=limit if is_partial else 0,
        judged=judged,
        acts_judged=acts_judged,
        patterns_judged=patterns_judged,
        examples=examples,
    )


def save_press(home: Home, choice: Entity | None, source: str, author: str) -> int:
    """Put a choice in force, or with None look for the press no more; return the version of the list.

    Raises EditConflict, InputError.
    """
    listed = home.store.watchlists.current().press
    change = WatchlistChange(
        added=(choice,) if choice and not listed else (),
        changed=((listed, choice),) if choice and listed and choice != listed else (),
        removed=(listed,) if listed and not choice else (),
    )
    return WatchlistFile(home).save(change, home.clock(), source=source, author=author).version


def _read(home: Home, since: datetime, limit: int) -> Sequence[PressHit]:
    """Return what the newest articles would have brought."""
    previewed = previewed_articles(home, WatchlistChange(added=(press_entity(),)), since, limit)
    articles = [(article.article.id, hit) for article in previewed for hit in article.hits]
    stories = home.store.archive.stories_of({article for article, _ in articles})
    return [PressHit(n, stories.get(n), hit.mentions, hit.alerts, hit.why) for n, hit in articles]


def _judged(
    home: Home,
) -> tuple[Judged, Mapping[str, Judged], Mapping[str, Judged], Mapping[str, tuple[ItemMention, str, str]]]:
    """Return how items were judged, by act and by the pattern that found it, too, and an example of each pattern."""
    number = home.store.cards.entity_numbers().get(PRESS_ID)
    if number is None:
        return Judged(), {}, {}, {}
    now = home.clock()
    window = Window(now - timedelta(days=365), now + timedelta(hours=1))
    verdicts = {p.item: p.verdict for p in home.store.cards.precedents(number, _MAX_ITEMS)}
    items, acts, patterns = Counter[bool](), Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
    examples = dict[str, tuple[ItemMention, str, str]]()
    for item in home.store.cards.naming([number], window, _MAX_ITEMS, CARD_ARTICLES):
        verdict = verdicts.get(item.id)
        if verdict not in {Verdict.RELEVANT, Verdict.NOT_RELEVANT}:
            continue
        incidents = [m for m in item.incidents if m.mention.is_of_press]
        mentions, is_relevant = [m.mention for m in incidents], verdict is Verdict.RELEVANT
        items[is_relevant] += 1
        acts.update({(act.value, is_relevant) for m in mentions if m.incident for act in m.incident.acts})
        patterns.update({(code_of(reason), is_relevant) for m in mentions for reason in _pattern(m)})
        languages = {article.id: article.language for article in item.articles}
        for m in incidents:
            for reason in _pattern(m.mention):
                examples.setdefault(code_of(reason), (m, languages.get(m.article, ""), reason))
    return Judged(items[True], items[False]), _judged_keys(acts), _judged_keys(patterns), examples


def _judged_keys(counts: Mapping[tuple[str, bool], int]) -> Mapping[str, Judged]:
    """Return the judgements of each key, from the counts of (key, whether the item was relevant)."""
    return {key: Judged(counts.get((key, True), 0), counts.get((key, False), 0)) for key, _ in counts}


def _pattern(mention: Mention) -> Sequence[str]:
    """Return the first reason that tells who suffered, if there is one."""
    return [reason for reason in mention.reasons if code_of(reason) in _PATTERNS][:1]


def all_acts() -> tuple[str, ...]:
    """Return all acts, in the order in which they are shown."""
    return tuple(act.value for act in PressAct)
