"""Another look at the stored articles with the present list, and the sum of what it brings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.app.run import ARTICLES_AT_ONCE
from monitor.feedback import Lessons
from monitor.match import Compiled, compile_watchlist, near_misses
from monitor.model import Archived, Entity, Find
from monitor.pipeline import look_again
from monitor.ports import Archive

_EXAMPLES = 3  # of what an entity, or an outlet, gained or lost


@dataclass(frozen=True, slots=True)
class Looked:
    """How far another look has come: every article from number `before` on is done. `share`: of all, about."""

    articles: int
    before: int
    share: float


def look_through(
    archive: Archive,
    compiled: Compiled,
    now: datetime,
    *,
    since: timedelta | None = None,
    entities: Collection[str] = (),
    apply: bool = False,
    before: int | None = None,
    lessons: Lessons = Lessons(),
    tell: Callable[[Looked], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Find]:
    """What another look brings, newest article first; with `entities`: for them alone. `apply` stores what it gains.

    A batch of articles is looked at, stored and given out whole before `tell` and `stop` are asked, so that going on
    with `before`, where the last look ended, leaves out nothing and gives nothing twice.
    """
    after = None if since is None else now - since
    up_to = None if before is None else before - 1
    newest, done = 0, 0
    while batch := archive.articles(up_to, after, ARTICLES_AT_ONCE):
        finds = [_about(find, entities) for find in look_again(batch, compiled=compiled, lessons=lessons)]
        finds = [find for find in finds if find.gained or find.lost]
        if apply:
            archive.save(finds, now)
        yield from finds
        newest, done = newest or batch[0].article.id, done + len(batch)
        up_to = batch[-1].article.id - 1
        tell(Looked(done, up_to + 1, _share(batch[-1], newest, now, since)))
        if stop():
            return


def _share(last: Archived, newest: int, now: datetime, since: timedelta | None) -> float:
    """By the clock when only some days are looked through, else by the numbers of the articles."""
    of_time = (now - last.article.first_seen) / since if since else 0.0
    return min(1.0, max(of_time, 1 - (last.article.id - 1) / newest))


def _about(find: Find, entities: Collection[str]) -> Find:
    if not entities:
        return find
    gained = tuple(hit for hit in find.gained if hit.entity in entities)
    return replace(find, gained=gained, lost=tuple(entity for entity in find.lost if entity in entities))


# ---- the sum --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Example:
    """An article in which an entity is found now, or no longer: the words (of a lost one: the nearest), and why."""

    entity: str
    headline: str
    outlet: str
    words: str
    why: str


@dataclass(slots=True)
class Tally:
    """In how many articles something was gained and lost, and the first of each."""

    gained: int = 0
    lost: int = 0
    gains: list[Example] = field(default_factory=list)
    losses: list[Example] = field(default_factory=list)


class Summary:
    """What another look brought, by entity and by outlet. Grows with the list, not with the articles."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._listed = {entity.id: entity for entity in entities}
        self.entities: defaultdict[str, Tally] = defaultdict(Tally)
        self.outlets: defaultdict[str, Tally] = defaultdict(Tally)
        self.gained = 0  # articles
        self.lost = 0

    def add(self, find: Find) -> None:
        self.gained, self.lost = self.gained + bool(find.gained), self.lost + bool(find.lost)
        outlet = self.outlets[find.article.outlet]
        outlet.gained, outlet.lost = outlet.gained + bool(find.gained), outlet.lost + bool(find.lost)
        for hit in find.gained:
            tally, first = self.entities[hit.entity], hit.mentions[0]
            tally.gained += 1
            if len(tally.gains) < _EXAMPLES or len(outlet.gains) < _EXAMPLES:
                example = self._example(find, hit.entity, first.text, "; ".join(first.why))
                _keep(example, tally.gains, outlet.gains)
        for entity in find.lost:
            tally = self.entities[entity]
            tally.lost += 1
            if len(tally.losses) < _EXAMPLES or len(outlet.losses) < _EXAMPLES:
                example = self._example(find, entity, *self._nearest(find, entity))
                _keep(example, tally.losses, outlet.losses)

    def _example(self, find: Find, entity: str, words: str, why: str) -> Example:
        return Example(entity, find.article.title, find.article.outlet, " ".join(words.split()), why)

    def _nearest(self, find: Find, entity: str) -> tuple[str, str]:
        """The words that come nearest to the entity's names now, and why they are not one of them."""
        if entity not in self._listed:
            return "", "it is no longer on the list"
        alone = compile_watchlist([self._listed[entity]])
        for near in near_misses(find.article.text, alone, find.article.title):
            return near.text, near.why
        return "", "none of its names, nor anything like them, stands there"


def _keep(example: Example, *lists: list[Example]) -> None:
    for examples in lists:
        if len(examples) < _EXAMPLES:
            examples.append(example)
