"""Backups of both databases of a home, putting one in their place, and copying everything into another database."""

from __future__ import annotations

import re
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.app.clock import Clock, now_utc
from monitor.app.lock import file_run_lock
from monitor.config import Settings
from monitor.errors import InputError
from monitor.store import backup, move, open_store, require_backup, restore

if TYPE_CHECKING:
    from monitor.app.service import App


def closed_backup_of(file: Path) -> Path:
    """Return the file of the closed watch beside a backup, also beside one that `restore_backup` set aside.

    >>> [closed_backup_of(Path(name)).name for name in ("usb.db", "2026.11.29", "monitor.db.before-20261129-080000")]
    ['usb.closed.db', '2026.11.29.closed.db', 'monitor.closed.db.before-20261129-080000']
    """
    name, replacements = re.subn(r"\.db(\.before-[\d-]+)?$", r".closed.db\1", file.name)
    return file.with_name(name if replacements else f"{file.name}.closed.db")


def back_up(app: App, file: Path) -> list[Path]:
    """Copy the databases of both watches, as of one time, into new files; return these.

    That of the closed watch stands beside the other: FILE.closed.db. Raises InputError, StoreError.
    """
    closed, closed_file = app.closed_watch(), closed_backup_of(file)
    if closed is None:
        backup(app.settings.database_url, file)
        return [file]
    if app.settings.database_file and closed_file.exists():
        raise InputError(f"{closed_file.absolute()} exists already and is not overwritten; name a new file")
    # Meanwhile nothing is stored there: else it might know of articles that the other copy lacks.
    is_file = app.settings.database_file is not None
    with closed.store.database.writing("back up") if is_file else nullcontext():
        backup(app.settings.database_url, file)
        backup(app.settings.closed_database_url, closed_file)
    return [file, closed_file]


def restore_backup(settings: Settings, file: Path, clock: Clock = now_utc) -> list[Path]:
    """Replace the databases by a backup; return the paths of the previous ones.

    A closed watch that the backup lacks is set aside: its articles have the numbers of the present database.
    Raises InputError, StoreError, AlreadyRunning.
    """
    settings.require_home()
    database, closed = settings.database_file, settings.closed_database_file
    closed_backup = closed_backup_of(file)
    stamp = f"before-{clock():%Y%m%d-%H%M%S}"
    previous = [Path(f"{path}.{stamp}") for path in (database, closed)]
    # Without a message about a stuck run: the database with the runs may be the broken one.
    with file_run_lock(database, lambda: ""):
        if closed is not None and closed_backup.exists():
            require_backup(settings.database_url, file)  # before anything is replaced
            restore(settings.closed_database_url, closed_backup, previous[1])
        restore(settings.database_url, file, previous[0])
        if closed is not None and closed.exists() and not closed_backup.exists():
            for suffix in ("-wal", "-shm"):  # what they hold belongs to the file that is set aside
                if (sidecar := closed.with_name(closed.name + suffix)).exists():
                    sidecar.rename(f"{previous[1]}{suffix}")
            closed.rename(previous[1])
    return [path for path in previous if path.exists()]


def move_database(app: App, url: str) -> int:
    """Copy everything of both watches into an empty database at this URL; return the number of rows.

    Holds the run lock: rows stored during the copy would be lost. Raises InputError, StoreError, AlreadyRunning.
    """
    # A relative path starts at the home folder, as in the settings.
    if (path := url.removeprefix("sqlite:///")) != url:
        url = f"sqlite:///{app.settings.home / path}"
    settings = app.settings.model_copy(update={"database_url": url})
    # A desk may still write: the command tells people to stop it first.
    with app.run_lock(), closing(open_store(url)) as target:
        rows = move(app.store.database, target.database)
        if closed := app.closed_watch():
            with closing(open_store(settings.closed_database_url, schema="closed")) as closed_target:
                rows += move(closed.store.database, closed_target.database)
        return rows
