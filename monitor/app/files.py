"""The operator's files, taken into the database as they are now; what is wrong is one sentence each. And new ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
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
from monitor.i18n.troubles import trouble
from monitor.model import TroubleKind
from monitor.store.database import DISK_ERROR, TRY_AGAIN
from monitor.store.line.feeds import SqlFeeds
from monitor.store.line.watchlist import SqlWatchlists


def take_in_feeds(path: Path, feeds: SqlFeeds, now: datetime) -> list[str]:
    """Raises InputError only where there never was a good file: else the last one stays in force."""
    try:
        feeds.bring_in(load_feeds(path), now)
    except InputError as error:
        if not feeds.states():
            raise
        return [_in_force(error, TroubleKind.FEEDS)]
    return []


def wrong_with_feeds(path: Path) -> str:
    """A sentence where the file does not load, else nothing."""
    try:
        load_feeds(path)
    except InputError as error:
        return _in_force(error, TroubleKind.FEEDS)
    return ""


def take_in_watchlist(path: Path, watchlists: SqlWatchlists, now: datetime) -> list[str]:
    """The same for the watchlist. Entities gone from the file stay: that is for `watchlist import --apply`.

    A list of 50,000 takes seconds to read: one that this version took in as it is is not read again.
    """
    as_it_is = _hash_of(path)
    if as_it_is and as_it_is == watchlists.taken_in():
        return []
    try:
        given = load_watchlist(path)
    except InputError as error:
        if watchlists.current().version == 0:
            raise
        return [_in_force(error, TroubleKind.WATCHLIST)]
    for last_try in (False, True):
        change = difference(watchlists.current().entities, given)
        try:
            watchlists.apply(replace(change, removed=()), path.name, now)
            break
        except ChangedMeanwhile:  # another worker took it in just now
            if last_try:
                raise
    watchlists.note_taken_in(as_it_is)
    return []


def not_taken_in(path: Path, watchlists: SqlWatchlists) -> str:
    """A sentence where the file has changed since the list in force was taken in from it, else nothing."""
    known = watchlists.taken_in()
    if not known or _hash_of(path) == known:
        return ""
    try:
        load_watchlist(path)
    except InputError as error:
        return _in_force(error, TroubleKind.WATCHLIST)
    return f"{path.name} has changed since; what follows is of the list in force: `monitor ingest` takes it in"


@contextmanager
def new_file(file: Path) -> Iterator[IO[bytes]]:
    """To write what names people: nobody else may read it, and no half of it is left to be taken for the whole.

    Raises InputError where a file is there already, or none can be made; StoreError when it cannot be written.
    """
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        wrong = f"{file.absolute()} exists already and is not overwritten"
        raise InputError(f"{wrong}; name a new file, or move it away") from None
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; name a new file in a folder that you can write in") from error
    try:
        with os.fdopen(handle, "wb") as raw:
            yield raw
    except OSError as error:
        file.unlink()
        full = error.errno in {ENOSPC, EDQUOT}
        wrong = f"{file} cannot be written: {error.strerror}; nothing of it is left"
        raise StoreError(wrong, TRY_AGAIN if full else DISK_ERROR) from error
    except BaseException:
        file.unlink()
        raise


def _hash_of(path: Path) -> str:
    """What a file holds and who reads it, in short; empty when it cannot be read."""
    try:
        return sha256(f"{__version__}\0".encode() + path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _in_force(error: InputError, kind: TroubleKind) -> str:
    return trouble(kind, str(error).splitlines()[0])
