"""Undoing a save of the list, together with the mentions that it brought into the queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from monitor.app.lists import compiled_watchlist, lessons_of, with_own_countries
from monitor.app.watchlist import WatchlistFile, applied
from monitor.config.watchlist.merge import inverse
from monitor.errors import InputError
from monitor.groups import batched
from monitor.home import Home
from monitor.ingest.matching import hits_of_archived
from monitor.match import compile_watchlist
from monitor.model import Confidence, Hit, Watchlist, WatchlistChange, WatchlistVersion, WithdrawnHit
from monitor.model.watchlist import is_matched_alike

_BATCH = 200  # articles
STRONG = Confidence.STRONG


def take_back(
    home: Home, taken_back: WatchlistVersion, *, source: str, author: str = "", reason: str = ""
) -> Watchlist:
    """Undo a version of the list: unjudged mentions that it alone brought into the queue leave it.

    An undo of this undo starts a rescan for the names. Raises InputError, EditConflict.
    """
    if not taken_back.change:
        raise InputError(f"version {taken_back.version} was saved before changes were kept; edit the names by hand")
    change = inverse(taken_back.change)
    return WatchlistFile(home).save(
        change,
        home.clock(),
        source=source,
        author=author,
        reason=reason,
        undoes=taken_back.version,
        withdrawn=withdrawn_hits(home, change, taken_back.at),
        withdrawn_since=taken_back.at,
    )


def withdrawn_hits(home: Home, change: WatchlistChange, since: datetime | None = None) -> Sequence[WithdrawnHit]:
    """Return the hits that a change of the list takes back, if they were found or filed since a time (None: ever)."""
    archive = home.store.archive
    removed = [entity.id for entity in change.removed]
    of_removed = [WithdrawnHit(article, entity) for article, entity in archive.found_since(removed, since)]
    changed = {old.id for old, new in change.changed if not is_matched_alike(old, new)}
    articles = {hit.article for hit in of_removed} | {article for article, _ in archive.found_since(changed, since)}
    return [*of_removed, *_weakened(home, change, sorted(articles), changed)] if articles else ()


def _weakened(
    home: Home, change: WatchlistChange, articles: Sequence[int], changed: set[str]
) -> Iterator[WithdrawnHit]:
    """Yield the hits in force that the changed list does not find, or finds less surely.

    Names that the change leaves alone are judged as well: one may have been of interest only beside a removed name.
    """
    entities = with_own_countries(home, applied(change, home.store.watchlists.current().entities))
    # Unchanged entities are taken from the list that was compiled before.
    compiled, lessons = compile_watchlist(entities, compiled_watchlist(home)), lessons_of(home)
    for batch in batched(articles, _BATCH):
        for record, hits in hits_of_archived(home.store.archive.articles_by_id(batch), compiled, lessons):
            by_entity: dict[str, Hit] = {hit.entity: hit for hit in hits}
            for entity, (confidence, alerts) in record.hits.items():
                hit, version = by_entity.get(entity), record.article.version
                if hit is None:
                    if entity in changed:
                        yield WithdrawnHit(record.article.id, entity)
                # A name that the change leaves alone can only have lost its alert; a changed one may be less sure, too.
                elif (alerts and not hit.alerts) or (
                    entity in changed and confidence is STRONG and hit.confidence is not STRONG
                ):
                    yield WithdrawnHit(record.article.id, entity, version, hit)
