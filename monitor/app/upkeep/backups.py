"""Backups of both databases of a home, putting one in their place, and copying everything into another database."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from contextlib import closing, nullcontext
from pathlib import Path

from monitor.app.closed.closed_home import closed_watch
from monitor.clock import Clock, now_utc
from monitor.config import Settings
from monitor.config.settings import closed_file_beside
from monitor.errors import InputError, MonitorError
from monitor.home import Home
from monitor.ingest.lock import file_run_lock, hold_run_lock
from monitor.model import User
from monitor.store import AccountCopy, backup, move, open_store, require_backup, require_pair, restore, set_aside


def back_up(home: Home, file: Path) -> list[Path]:
    """Copy the databases of both watches, as of one time, into new files; return these.

    That of the closed watch stands beside the other: FILE.closed.db. Raises InputError, StoreError.
    """
    closed, closed_file, pair = closed_watch(home), closed_file_beside(file), _new_pair()
    if closed is None:
        backup(home.settings.database_url, file, pair)
        return [file]
    if home.settings.database_file and closed_file.exists():
        raise InputError(f"{closed_file.absolute()} exists already and is not overwritten; name a new file")
    # Meanwhile nothing is stored there: else it might know of articles that the other copy lacks.
    is_file = home.settings.database_file is not None
    with closed.store.database.writing("back up") if is_file else nullcontext():
        backup(home.settings.database_url, file, pair)
        backup(home.settings.closed_database_url, closed_file, pair)
    return [file, closed_file]


def restore_backup(settings: Settings, file: Path, clock: Clock = now_utc) -> list[Path]:
    """Replace the databases by a backup; return the paths of the previous ones.

    A closed watch that the backup lacks is set aside: its articles have the numbers of the present database.
    Raises InputError, StoreError, AlreadyRunning.
    """
    settings.require_home()
    database, closed = settings.database_file, settings.closed_database_file
    closed_backup, pair = closed_file_beside(file), _new_pair()
    stamp = f"before-{clock():%Y%m%d-%H%M%S}"
    previous = [Path(f"{path}.{stamp}") for path in (database, closed)]
    # Without a message about a stuck run: the database with the runs may be the broken one.
    with file_run_lock(database, lambda: ""):
        if closed is not None and closed_backup.exists():
            require_backup(settings.database_url, file)  # before anything is replaced
            require_pair(file, closed_backup)
            restore(settings.closed_database_url, closed_backup, previous[1], pair)
        is_left_over = closed is not None and closed.exists() and not closed_backup.exists()
        try:
            with set_aside(settings.closed_database_url, previous[1], pair) if is_left_over else nullcontext():
                restore(settings.database_url, file, previous[0], pair)
        except MonitorError:
            # The open database is as it was, so the closed one must be, too.
            if closed is not None and closed_backup.exists():
                _undo_restore(settings.closed_database_url, previous[1])
            previous[1].unlink(missing_ok=True)
            raise
    return [path for path in previous if path.exists()]


def _undo_restore(url: str, previous: Path) -> None:
    """Put a previous database back over a restored one, also while a desk has it open; remove it if there was none."""
    undone = Path(f"{previous}.undone")
    if previous.exists():
        restore(url, previous, undone)
    else:
        with set_aside(url, undone, 0):
            pass
    undone.unlink()


def _new_pair() -> int:
    return secrets.randbelow(2**31 - 1) + 1


def regained_access(before: Mapping[str, AccountCopy], users: Iterable[User]) -> list[str]:
    """Return who can do more with the restored accounts than with those before the restore, a line each."""
    lines = []
    for user in users:
        if user.closed:
            continue
        account = before.get(user.name)
        if account is None:
            losses = ["no account"]
        else:
            losses = [
                word
                for word, is_lost in (
                    ("closed", not account.is_open),
                    (account.role.value, not account.role.may(user.role)),
                    ("not cleared", user.cleared and not account.is_cleared),
                    ("with another password", user.password != account.password),
                )
                if is_lost
            ]
        if losses:
            rights = ", ".join([user.role.value, *(["cleared"] if user.cleared else [])])
            lines.append(f"{user.name}: {rights}; until now {', '.join(losses)}")
    return lines


def move_database(home: Home, url: str) -> int:
    """Copy everything of both watches into an empty database at this URL; return the number of rows.

    Holds the run lock: rows stored during the copy would be lost. Raises InputError, StoreError, AlreadyRunning.
    """
    # A relative path starts at the home folder, as in the settings.
    if (path := url.removeprefix("sqlite:///")) != url:
        url = f"sqlite:///{home.settings.home / path}"
    settings = home.settings.model_copy(update={"database_url": url})
    # A desk may still write: the command tells people to stop it first.
    with hold_run_lock(home), closing(open_store(url)) as target:
        rows = move(home.store.database, target.database)
        if closed := closed_watch(home):
            with closing(open_store(settings.closed_database_url, schema="closed")) as closed_target:
                rows += move(closed.store.database, closed_target.database)
        return rows
