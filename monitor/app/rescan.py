"""Rescan: match the stored articles again with the current watchlist, and summarize the result."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.app.lists import compiled_watchlist, lessons_of
from monitor.app.runs import file_unless_running
from monitor.home import Home
from monitor.ingest.matching import rescan_articles
from monitor.ingest.older_articles import ARTICLES_PER_BATCH
from monitor.model import ArchivedArticle, RescanMatch


@dataclass(frozen=True, slots=True)
class RescanBatch:
    """The progress of a rescan after one batch.

    Articles from number `before` upwards are done; `share` (0 to 1) is an estimate; `matches` are those of this batch.
    """

    articles: int
    before: int
    share: float
    matches: Sequence[RescanMatch] = ()


def rescan_archive(
    home: Home,
    *,
    since: timedelta | None = None,
    entities: Collection[str] = (),
    apply: bool = False,
    before: int | None = None,
    on_batch: Callable[[RescanBatch], None] = lambda _: None,
) -> Iterator[RescanMatch]:
    """Yield articles in which the current watchlist finds more or fewer names, newest first.

    With `apply`, gained hits are filed, marked as found in older articles; lost ones are only reported. A batch is
    yielded, then stored, then passed to `on_batch`. So an interrupted rescan that goes on at the last `before` (only
    articles with lower numbers) misses nothing, but may yield some matches twice. Raises NotFound.
    """
    for entity in entities:
        home.store.watchlists.get(entity)  # raises NotFound
    now, compiled, lessons = home.clock(), compiled_watchlist(home), lessons_of(home)
    # Names that are paused or past their last day are not looked for, and so not lost either.
    resting = {entity.id for entity in home.store.watchlists.current().entities} - compiled.entities.keys()
    after = None if since is None else now - since
    up_to = None if before is None else before - 1
    newest, done = 0, 0
    # The closed watch looks through the articles of the open one, and copies those in which it finds a name.
    while batch := home.open_watch.store.archive.articles(up_to, after, ARTICLES_PER_BATCH):
        if home.is_closed:
            from monitor.app.closed_watch import (
                match_again,  # late: most homes have no closed name
            )

            all_matches = match_again(home, batch)
        else:
            all_matches = rescan_articles(batch, compiled=compiled, lessons=lessons)
        matches = [_only_entities(match, entities, resting) for match in all_matches]
        matches = [match for match in matches if match.gained or match.lost]
        yield from matches  # before they are stored: after a crash a stored match would not be gained again
        if apply and home.is_closed:
            home.store.copies.save_older([match for match in matches if match.gained], now)
        elif apply:
            home.store.archive.save(matches, now)
        newest, done = newest or batch[0].article.id, done + len(batch)
        up_to = batch[-1].article.id - 1
        on_batch(RescanBatch(done, up_to + 1, _share_done(batch[-1], newest, now, since), matches))
    if apply:
        file_unless_running(home)


def _share_done(last: ArchivedArticle, newest: int, now: datetime, since: timedelta | None) -> float:
    """Estimate the share done: by time if `since` bounds the rescan, else by article number."""
    of_time = (now - last.article.first_seen) / since if since else 0.0
    return min(1.0, max(of_time, 1 - (last.article.id - 1) / newest))


def _only_entities(match: RescanMatch, entities: Collection[str], resting: Collection[str]) -> RescanMatch:
    """Return a match without the entities that were not asked for, or are not looked for now."""

    def is_reported(entity: str) -> bool:
        return entity not in resting and (not entities or entity in entities)

    gained = tuple(hit for hit in match.gained if is_reported(hit.entity))
    return replace(match, gained=gained, lost={e: words for e, words in match.lost.items() if is_reported(e)})


# ---- summary --------------------------------------------------------------------------------------------------------


class RescanSummary:
    """The number of articles that "gained" and "lost" hits: in total, by entity and by outlet."""

    def __init__(self) -> None:
        self.articles: Counter[str] = Counter()
        self.entities: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.outlets: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, match: RescanMatch) -> None:
        for kind, entities in (("gained", [hit.entity for hit in match.gained]), ("lost", match.lost)):
            if entities:
                self.articles[kind] += 1
                self.outlets[match.article.outlet][kind] += 1
            for entity in entities:
                self.entities[entity][kind] += 1
