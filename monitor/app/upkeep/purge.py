"""Purge: remove an entity from the database for good, and report what remains elsewhere."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from monitor.app.closed.closed_home import closed_watch
from monitor.app.closed.closed_names import fold_words, name_predicates, remaking_of
from monitor.app.recipients_file import RecipientsFile
from monitor.app.upkeep.cron_notices import NOTICES_FILE, forget_notices
from monitor.config import Settings
from monitor.config.watchlist import load_watchlist
from monitor.errors import InputError, NotFound, StoreError
from monitor.home import Home
from monitor.ingest.lock import AlreadyRunning, file_run_lock
from monitor.model import CLOSED_ID, Entity
from monitor.store import Store, is_our_database

MAX_TEXT = 20_000_000  # bytes; larger files are only named
MAX_FILES = 10_000


def remaining_places(settings: Settings, entity: str, may_name: Callable[[str], bool]) -> Iterator[str]:
    """Yield the places that may still name an entity after the purge, one sentence each."""
    for file in _files_of(settings):
        if ".db.before-" in file.name or is_our_database(file):  # as `monitor db restore` names them
            # Also one without the name: it may have it in deleted pages.
            yield f"the backup {file}: delete it"
        else:
            yield from _lines_of(settings, file, entity, may_name)
    yield "articles that name others on your list, too, and their pages as sent: kept whole, as evidence of that"
    yield "articles with one word of it alone, such as the surname, in which it was not found: others bear it, too"
    yield "mails that went out, backups elsewhere, exported evidence, snapshots and replicas, the history of your shell"
    yield "what is read from now on: such articles, too, are dropped after 90 days where they name nobody on your list"


def _files_of(settings: Settings) -> Iterator[Path]:
    """Yield the files of a home, and the lists that stand elsewhere; not the databases in use and hidden folders."""
    in_use = {path for path in (settings.database_file, settings.closed_database_file) if path}
    live = {path.resolve() for path in in_use}
    live |= {Path(f"{path}{suffix}") for path in live for suffix in ("-wal", "-shm", "-journal")}
    files = {settings.watchlist, settings.feeds}
    for folder in {settings.home, *(path.parent for path in in_use)}:
        for place, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            files.update(Path(place, name) for name in names)
            if len(files) > MAX_FILES:
                break
    yield from sorted(file for file in files if file.resolve() not in live and file.is_file())


def _lines_of(settings: Settings, file: Path, entity: str, may_name: Callable[[str], bool]) -> Iterator[str]:
    if file.name == NOTICES_FILE or file.stat().st_size > MAX_TEXT:
        return
    try:
        text = file.read_bytes()
    except OSError:
        yield f"{file.name}: it cannot be read; look yourself"
        return
    if b"\0" in text:
        return
    is_id = re.compile(rf"(?<![\w.:-]){re.escape(entity)}(?![\w.:-])")
    lines = text.decode("utf-8", "replace").splitlines()
    if numbers := [str(n) for n, line in enumerate(lines, 1) if is_id.search(line) or may_name(line)]:
        nouns = "line" if len(numbers) == 1 else "lines"
        name = file.relative_to(settings.home) if file.is_relative_to(settings.home) else file.name
        yield f"{name}, {nouns} {', '.join(numbers)}: where that one is meant, change it yourself"


def purge_entity(home: Home, entity: str, *, apply: bool) -> tuple[Mapping[str, int], list[str]]:
    """Remove an entity from the databases of both watches for good; without `apply`, only count.

    Returns the number of rows by table, and the places where the name may remain, one sentence each.
    Raises NotFound; InputError if watchlist.yaml still lists it; StoreError during a run.
    """
    settings, closed = home.settings, closed_watch(home)
    stores = [home.store, *([closed.store] if closed else [])]
    record, matched_texts = _find_entity(stores, entity)
    _require_not_in_file(settings, record)
    watched = [one for store in stores for one in store.watchlists.current().entities]
    predicates = name_predicates(record, matched_texts, watched)
    try:
        # The file lock is against runs on this machine, the lock in the database against workers on PostgreSQL.
        with file_run_lock(settings.database_file, lambda: ""), home.store.database.try_exclusive_run_lock() as no_run:
            if not no_run:
                raise AlreadyRunning("another run is going")
            if apply:
                forget_notices(settings.home, predicates.possibly)
                _forget_in_recipients(settings, entity)
            purged: Counter[str] = Counter()
            kept_articles: Collection[int] = ()
            if closed:
                purged.update(closed.store.upkeep.purge(entity, predicates, remaking_of(closed), apply=apply))
                kept_articles = closed.store.copies.naming_others(entity)
            purged.update(
                home.store.upkeep.purge(entity, predicates, remaking_of(home), apply=apply, kept_articles=kept_articles)
            )
    except AlreadyRunning as error:
        raise StoreError(f"nothing was removed: {error}", 75) from error
    return purged, list(remaining_places(settings, entity, predicates.possibly))


def _find_entity(stores: Sequence[Store], entity: str) -> tuple[Entity, Collection[str]]:
    """Return an entity of either watch, and the words it was found as in both. Raises NotFound."""
    records: list[tuple[Entity, Collection[str]]] = []
    for store in stores:
        with suppress(NotFound):
            records.append(store.watchlists.find_entity(entity))
    if not records:
        return stores[0].watchlists.find_entity(entity)  # raises
    spellings = [one for record, _ in records for one in record.spellings if one != records[0][0].name]
    record = replace(records[0][0], aliases=tuple(dict.fromkeys(spellings)))
    return record, {text for _, texts in records for text in texts}


def _forget_in_recipients(settings: Settings, entity: str) -> None:
    """Take an id out of the recipients that get some names only; one that got this name alone stays, to be changed."""
    file = RecipientsFile(settings.home)
    for index, row in file.rows().items():
        names = row.get("names")
        if not isinstance(names, list):
            continue
        kept_names = [name for name in names if name not in {entity, CLOSED_ID + entity}]
        if kept_names and kept_names != names:  # without any, it would get all names
            file.save(index, {**row, "names": kept_names}, file.version)


def _require_not_in_file(settings: Settings, entity: Entity) -> None:
    """Raise InputError if watchlist.yaml still lists the entity, also under another id."""
    if not settings.watchlist.exists():
        return
    folded_names = set(map(fold_words, entity.spellings))
    for candidate in load_watchlist(settings.watchlist):
        if candidate.id == entity.id or folded_names & set(map(fold_words, candidate.spellings)):
            raise InputError(
                f"{settings.watchlist}: {candidate.id!r} still stands there and would come back with the next run; "
                "take it out of the file, then purge it. Nothing was removed"
            )
