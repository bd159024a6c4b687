"""feeds.yaml and watchlist.yaml of a home, taken into its databases, and the watchlist in force."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from monitor.app.closed.closed_home import closed_watch
from monitor.app.files import kept_version_notice, keyed_hash_of, sync_feeds
from monitor.app.watchlist import WatchlistFile
from monitor.config.watchlist import load_watchlist
from monitor.errors import InputError, StoreError
from monitor.home import Home
from monitor.ingest.lock import AlreadyRunning, hold_run_lock
from monitor.ingest.matching import RunWatchlist, WatchContext
from monitor.match import Compiled, compile_watchlist, is_country_code
from monitor.model import Entity, EntityType, TroubleKind
from monitor.review.feedback import Lessons, learn


def watchlist_notice(home: Home) -> str:
    """Return a sentence if watchlist.yaml differs from the stored list, else an empty string."""
    path, synced_hash = home.settings.watchlist, home.store.watchlists.imported_file_hash()
    if not synced_hash or keyed_hash_of(path) == synced_hash:
        return ""
    try:
        load_watchlist(path, closed=home.is_closed)
    except InputError as error:
        return kept_version_notice(error, TroubleKind.WATCHLIST)
    return f"{path.name} has changed since; what follows is of the list in force: `monitor ingest` takes it in"


def lessons_of(home: Home) -> Lessons:
    """Return what decisions on names teach the matcher."""
    return learn(home.store.reviews.name_judgements())


def with_own_countries(home: Home, entities: Sequence[Entity]) -> tuple[Entity, ...]:
    """Return entities; the press that chooses no countries is that of the countries of the sources."""
    chooses_none = [entity for entity in entities if entity.type is EntityType.PRESS and not entity.countries]
    if not chooses_none:
        return tuple(entities)
    countries = own_countries(home)
    return tuple(replace(entity, countries=countries) if entity in chooses_none else entity for entity in entities)


def own_countries(home: Home) -> tuple[str, ...]:
    """Return the countries of the sources."""
    countries = {feed.country for feed in home.open_watch.store.feeds.listed()}
    return tuple(sorted(country for country in countries if is_country_code(country)))


def compiled_watchlist(home: Home) -> Compiled:
    """Return the list that is watched today, compiled."""
    # The last result is handed in: compiling a list of thousands takes seconds, and an edit changes one name.
    watched = with_own_countries(home, home.store.watchlists.current().watched_on(home.today()))
    home.cache.compiled = compile_watchlist(watched, home.cache.compiled)
    return home.cache.compiled


def run_watchlist(home: Home) -> RunWatchlist:
    """Return what a run needs to match with the list of today."""
    watchlist, today = home.store.watchlists.current(), home.today()
    watched = with_own_countries(home, watchlist.watched_on(today))
    return RunWatchlist(WatchContext(watched, lessons_of(home)), watchlist.version, today)


def sync_files(home: Home) -> list[str]:
    """Store the current feeds.yaml and watchlist.yaml; return the problems, one sentence each.

    If a file does not load, the last good version stays in force. Raises InputError if there never was one.
    """
    now, file = home.clock(), home.settings.watchlist
    problems = [*sync_feeds(home.settings.feeds, home.store, now), *WatchlistFile(home).take_in(now)]
    # The word, or how it is misspelt, is in every list with a closed name: others need not be read for it.
    with suppress(StoreError, InputError):  # a damaged closed store must not stop the open watch
        if closed := closed_watch(home, create=file.exists() and b"sens" in file.read_bytes()):
            take_in_closed_names(closed)  # its problems are told where the closed watch is shown
    return problems


def sync_files_unless_running(home: Home) -> None:
    """Store the current files, unless a run holds the lock, which has done so. Raises InputError."""
    with suppress(AlreadyRunning), hold_run_lock(home):
        sync_files(home)


def take_in_closed_names(closed: Home) -> list[str]:
    """Store the changes of the closed entries of watchlist.yaml; return the problems, which quote them."""
    try:
        return WatchlistFile(closed).take_in(closed.clock())
    except InputError as error:  # there never was a good list: the open watch must not stop for it
        return [str(error).splitlines()[0]]
