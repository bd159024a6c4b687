"""Another look at the stored articles with the present list, and the sum of what it brings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.app.ingest.cycle import ARTICLES_AT_ONCE
from monitor.model import ArchivedArticle, RescanMatch
from monitor.pipeline import rescan_articles

if TYPE_CHECKING:
    from monitor.app import App


@dataclass(frozen=True, slots=True)
class RescanBatch:
    """How far another look has come: articles from number `before` on are done; `finds` of the last. `share`: about."""

    articles: int
    before: int
    share: float
    finds: Sequence[RescanMatch] = ()


def look_through(
    app: App,
    *,
    since: timedelta | None = None,
    entities: Collection[str] = (),
    apply: bool = False,
    before: int | None = None,
    tell: Callable[[RescanBatch], None] = lambda _: None,
) -> Iterator[RescanMatch]:
    """What the present list finds in the stored articles, newest first, and what it finds no more.

    With `apply` the finds are filed, marked as found in older articles; what is no longer found is left to people. A
    batch of articles is looked at and given out, then stored, before `tell` hears of it: to go on with `before` (only
    articles of lower numbers), where it said the last look came to, leaves out nothing; some finds may come twice.
    """
    for entity in entities:
        app.entity(entity)  # raises NotFound
    now, compiled, lessons, archive = app.clock(), app.compiled(), app.lessons(), app.store.archive
    after = None if since is None else now - since
    up_to = None if before is None else before - 1
    newest, done = 0, 0
    while batch := archive.articles(up_to, after, ARTICLES_AT_ONCE):
        finds = [_about(find, entities) for find in rescan_articles(batch, compiled=compiled, lessons=lessons)]
        finds = [find for find in finds if find.gained or find.lost]
        yield from finds  # before they are stored: a find that was stored is none to the look that goes on
        if apply:
            archive.save(finds, now)
        newest, done = newest or batch[0].article.id, done + len(batch)
        up_to = batch[-1].article.id - 1
        tell(RescanBatch(done, up_to + 1, _share(batch[-1], newest, now, since), finds))
    if apply:
        app.file_if_alone()


def _share(last: ArchivedArticle, newest: int, now: datetime, since: timedelta | None) -> float:
    """By the clock when only some days are looked through, else by the numbers of the articles."""
    of_time = (now - last.article.first_seen) / since if since else 0.0
    return min(1.0, max(of_time, 1 - (last.article.id - 1) / newest))


def _about(find: RescanMatch, entities: Collection[str]) -> RescanMatch:
    if not entities:
        return find
    gained = tuple(hit for hit in find.gained if hit.entity in entities)
    return replace(find, gained=gained, lost={each: words for each, words in find.lost.items() if each in entities})


# ---- the sum --------------------------------------------------------------------------------------------------------


class Summary:
    """In how many articles another look "gained" and "lost" something: in all, of each entity, at each outlet."""

    def __init__(self) -> None:
        self.articles: Counter[str] = Counter()
        self.entities: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.outlets: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, find: RescanMatch) -> None:
        for what, entities in (("gained", [hit.entity for hit in find.gained]), ("lost", find.lost)):
            if entities:
                self.articles[what] += 1
                self.outlets[find.article.outlet][what] += 1
            for entity in entities:
                self.entities[entity][what] += 1
