"""Another look at the stored articles with the present list, and the sum of what it brings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.app.run import ARTICLES_AT_ONCE
from monitor.match import compile_watchlist, near_misses
from monitor.model import Archived, Entity, Find
from monitor.pipeline import look_again

if TYPE_CHECKING:
    from monitor.app import App

_EXAMPLES = 3  # of what an entity, or an outlet, gained or lost


@dataclass(frozen=True, slots=True)
class Looked:
    """How far another look has come: every article from number `before` on is done. `share`: of all, about."""

    articles: int
    before: int
    share: float


def look_through(
    app: App,
    *,
    since: timedelta | None = None,
    entities: Collection[str] = (),
    apply: bool = False,
    before: int | None = None,
    tell: Callable[[Looked], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Find]:
    """What the present list finds in the stored articles, newest first, and what it finds no more.

    With `apply` the finds are filed, marked as found in older articles; what is no longer found is left to people. A
    batch of articles is looked at, stored and given out whole before `tell` and `stop` are asked, so that going on with
    `before` (only articles of lower numbers), where the last look ended, leaves out nothing and gives nothing twice.
    """
    for entity in entities:
        app.entity(entity)  # raises NotFound
    now, compiled, lessons, archive = app.clock(), app.compiled(), app.lessons(), app.store.archive
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
            break
    if apply:
        app.file_if_alone()


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


class Tally:
    """In how many articles something was "gained" and "lost", and the first of each."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, list[Example]] = {"gained": [], "lost": []}

    def lacks(self, what: str) -> bool:
        return len(self.examples[what]) < _EXAMPLES


class Summary:
    """What another look brought, by entity and by outlet. Grows with the list, not with the articles."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._listed = {entity.id: entity for entity in entities}
        self.entities: defaultdict[str, Tally] = defaultdict(Tally)
        self.outlets: defaultdict[str, Tally] = defaultdict(Tally)
        self.articles: Counter[str] = Counter()

    def add(self, find: Find) -> None:
        brought = {"gained": [hit.entity for hit in find.gained], "lost": find.lost}
        first = {hit.entity: hit.mentions[0] for hit in find.gained}
        outlet = self.outlets[find.article.outlet]
        self.articles.update(what for what, entities in brought.items() if entities)
        outlet.counts.update(what for what, entities in brought.items() if entities)
        for what, entity in ((what, entity) for what, entities in brought.items() for entity in entities):
            tally = self.entities[entity]
            tally.counts[what] += 1
            if short := [each for each in (tally, outlet) if each.lacks(what)]:
                mention = first.get(entity)
                words, why = (mention.text, "; ".join(mention.why)) if mention else self._nearest(find, entity)
                example = Example(entity, find.article.title, find.article.outlet, " ".join(words.split()), why)
                for each in short:
                    each.examples[what].append(example)

    def _nearest(self, find: Find, entity: str) -> tuple[str, str]:
        """The words that come nearest to the entity's names now, and why they are not one of them."""
        if entity not in self._listed:
            return "", "it is no longer on the list"
        alone = compile_watchlist([self._listed[entity]])
        for near in near_misses(find.article.text, alone, find.article.title):
            return near.text, near.why
        return "", "none of its names, nor anything like them, stands there"
