"""Operators' files: store feeds.yaml and watchlist.yaml in the database, report their errors, create private files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from errno import EDQUOT, ENOSPC
from hashlib import sha256
from pathlib import Path
from typing import IO

from monitor import __version__
from monitor.config import load_feeds
from monitor.config.watchlist import difference, load_watchlist
from monitor.errors import ChangedMeanwhile, InputError, StoreError
from monitor.i18n.troubles import trouble_message
from monitor.match import unfindable_names
from monitor.model import Entity, TroubleKind
from monitor.store.database import DISK_ERROR, TRY_AGAIN
from monitor.store.line.feeds import SqlFeeds
from monitor.store.line.watchlist import SqlWatchlists


def sync_feeds(path: Path, feeds: SqlFeeds, now: datetime) -> list[str]:
    """Store feeds.yaml in the database; return the problems.

    A file that does not load leaves the last good version in force. Raises InputError if there never was one.
    """
    try:
        feeds.sync_list(load_feeds(path), now)
    except InputError as error:
        if not feeds.states():
            raise
        return [_kept_version_notice(error, TroubleKind.FEEDS)]
    return []


def feeds_file_problem(path: Path) -> str:
    """Return a sentence if feeds.yaml does not load, else an empty string."""
    try:
        load_feeds(path)
    except InputError as error:
        return _kept_version_notice(error, TroubleKind.FEEDS)
    return ""


def sync_watchlist(path: Path, watchlists: SqlWatchlists, now: datetime) -> list[str]:
    """Store watchlist.yaml in the database, without removals; return the problems.

    Removals need `watchlist import --apply`. A list of 50,000 entities takes seconds to read, so an unchanged file is
    recognised by its hash. Raises InputError if there never was a good file.
    """
    file_hash = _hash_of(path)
    if file_hash and file_hash == watchlists.imported_file_hash():
        return []
    try:
        loaded = load_watchlist(path)
    except InputError as error:
        if watchlists.current().version == 0:
            raise
        return [_kept_version_notice(error, TroubleKind.WATCHLIST)]
    # The difference is computed again if another worker has changed the list since.
    for last_try in (False, True):
        change = difference(watchlists.current().entities, loaded)
        try:
            watchlists.apply(replace(change, removed=()), path.name, now)
            break
        except ChangedMeanwhile:  # another worker stored the list at the same moment
            if last_try:
                raise
    watchlists.set_imported_file_hash(file_hash)
    return []


def unfindable_names_problems(entities: Sequence[Entity]) -> list[str]:
    """Return a sentence if names with odd signs are not found even as they are listed, else an empty list.

    It counts no sensitive names: the digest of all readers tells of it.
    """
    public = [entity for entity in entities if not entity.sensitive]
    count = sum(1 for _ in unfindable_names(public, with_signs=True))
    return [trouble_message(TroubleKind.NAMES, count)] if count else []


def watchlist_file_notice(path: Path, watchlists: SqlWatchlists) -> str:
    """Return a sentence if the file differs from the stored list, else an empty string."""
    synced_hash = watchlists.imported_file_hash()
    if not synced_hash or _hash_of(path) == synced_hash:
        return ""
    try:
        load_watchlist(path)
    except InputError as error:
        return _kept_version_notice(error, TroubleKind.WATCHLIST)
    return f"{path.name} has changed since; what follows is of the list in force: `monitor ingest` takes it in"


@contextmanager
def create_private_file(file: Path) -> Iterator[IO[bytes]]:
    """Open a new file that only its owner may read; on an error the partial file is deleted.

    Raises InputError if the file exists or cannot be created, StoreError if it cannot be written.
    """
    try:
        # The mode is set on creation, and O_EXCL does not follow a symbolic link that another user may have put there.
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        problem = f"{file.absolute()} exists already and is not overwritten"
        raise InputError(f"{problem}; name a new file, or move it away") from None
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; name a new file in a folder that you can write in") from error
    try:
        with os.fdopen(handle, "wb") as raw:
            yield raw
    except OSError as error:
        file.unlink()
        is_disk_full = error.errno in {ENOSPC, EDQUOT}
        problem = f"{file} cannot be written: {error.strerror}; nothing of it is left"
        raise StoreError(problem, TRY_AGAIN if is_disk_full else DISK_ERROR) from error
    # Ctrl-C too.
    except BaseException:
        file.unlink()
        raise


def _hash_of(path: Path) -> str:
    """Return a hash of the file and of this program's version, or an empty string if it cannot be read."""
    try:
        return sha256(f"{__version__}\0".encode() + path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _kept_version_notice(error: InputError, kind: TroubleKind) -> str:
    return trouble_message(kind, str(error).splitlines()[0])
