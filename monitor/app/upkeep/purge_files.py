"""The files of a home that may still name somebody after a purge; backups are recognised by what is in them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from monitor.app.upkeep.cron_notices import NOTICES_FILE
from monitor.config import Settings
from monitor.store import is_our_database

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
