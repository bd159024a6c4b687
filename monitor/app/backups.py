"""Backups: put one in the place of the database, and copy everything into another database."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.app.clock import Clock, now_utc
from monitor.app.lock import file_run_lock
from monitor.config import Settings
from monitor.store import move, open_store, restore

if TYPE_CHECKING:
    from monitor.app.service import App


def restore_backup(settings: Settings, file: Path, clock: Clock = now_utc) -> Path | None:
    """Replace the database by a backup; return the path of the previous one, if there was one.

    Raises InputError, StoreError, AlreadyRunning.
    """
    settings.require_home()
    database = settings.database_file
    previous = Path(f"{database}.before-{clock():%Y%m%d-%H%M%S}")
    # Without a message about a stuck run: the database with the runs may be the broken one.
    with file_run_lock(database, lambda: ""):
        restore(settings.database_url, file, previous)
    return previous if previous.exists() else None


def move_database(app: App, url: str) -> int:
    """Copy everything into an empty database at this URL; return the number of rows.

    Holds the run lock: rows stored during the copy would be lost. Raises InputError, StoreError, AlreadyRunning.
    """
    # A relative path starts at the home folder, as in the settings.
    if (path := url.removeprefix("sqlite:///")) != url:
        url = f"sqlite:///{app.settings.home / path}"
    # A desk may still write: the command tells people to stop it first.
    with app.run_lock(), closing(open_store(url)) as target:
        return move(app.store.database, target.database)
