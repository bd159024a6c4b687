"""I/O: the database. Backup of a SQLite database while others write, and restore in one step.

A backup is one complete SQLite file, without a -wal file; any SQLite program can read it. The copies of two databases
that belong together have one random number, so that no other two are taken for a pair; databases in use have 0.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from monitor.errors import DISK_ERROR, TRY_AGAIN, InputError, StoreError
from monitor.model import Role
from monitor.store.engines import SQLITE_CODES, parse_url
from monitor.store.ops.migrate import check_revision

PATIENCE = 15.0  # seconds to wait for another writer
_NO_SUCH_TABLE, _DAMAGED, _FULL, _NO_DATABASE = 1, 11, 13, 26  # result codes of SQLite
_SIDECARS = ("-wal", "-shm", "-journal")  # suffixes of the files that SQLite keeps next to a database in use


def backup(url: str, file: Path, pair: int = 0) -> None:
    """Write the database into a new file that only this user can read; `pair` is the number of the copies of a home.

    Raises InputError when there is no SQLite file or the new file cannot be written, StoreError when the disk fails or
    is full.
    """
    live = _file_of(url, "pg_dump --format=custom --file FILE DATABASE")
    if not live.exists():
        raise InputError(f"there is no database at {live.absolute()}; nothing to back up")
    _must_be_new(file)
    with _new_file(file) as new_file, _as_store_errors(live, file):
        _copy(_shared(live), new_file, pair)


def restore(url: str, file: Path, previous_copy: Path, pair: int = 0) -> None:
    """Replace the database by a backup in one step; the database as it was is saved to `previous_copy`, with `pair`.

    Raises InputError, and changes nothing, for a file that is not an intact backup of a known version.
    """
    live = _file_of(url, "pg_restore --clean --dbname DATABASE FILE")
    _must_be_sound(file, live)
    if live.exists():
        _must_be_new(previous_copy)
        with _new_file(previous_copy) as new_file, _as_store_errors(live, previous_copy):
            _save_previous(live, new_file, pair)
        with _as_store_errors(live, live):
            if _overwrite(live, file):
                return
    # There is no database, or one so damaged that nobody can be using it.
    with _new_file(live) as new_file, _as_store_errors(file, live):
        _copy(_read_only(file), new_file)
        for suffix in _SIDECARS:  # left by the old database: SQLite would write them into the new one
            _sidecar(live, suffix).unlink(missing_ok=True)


def is_our_database(file: Path) -> bool:
    """Return whether a file is a SQLite database with our tables, whatever its name; a damaged one counts."""
    try:
        with file.open("rb") as opened:
            if opened.read(16) != b"SQLite format 3\0":
                return False
        with closing(_read_only(file)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except (OSError, sqlite3.Error):
        return True  # nobody can tell that it is none
    return {"entity", "article_version", "alembic_version"} <= tables


@contextmanager
def set_aside(url: str, previous_copy: Path, pair: int) -> Iterator[None]:
    """Copy the database to `previous_copy`, with all that its sidecar files hold; remove it at the end."""
    live = _file_of(url, "pg_dump --format=custom --file FILE DATABASE")
    with _new_file(previous_copy) as new_file, _as_store_errors(live, previous_copy):
        _save_previous(live, new_file, pair)
    yield
    for leftover in (live, *(_sidecar(live, suffix) for suffix in _SIDECARS)):
        leftover.unlink(missing_ok=True)


def require_backup(url: str, file: Path) -> None:
    """Raise InputError for a file that is not an intact backup of a known version."""
    _must_be_sound(file, _file_of(url, "pg_restore --clean --dbname DATABASE FILE"))


def require_pair(file: Path, closed_file: Path) -> None:
    """Raise InputError for backups of the two watches that were not made together."""
    if _pair_of(file) != _pair_of(closed_file):
        raise InputError(
            f"{closed_file.absolute()} was not made together with {file.absolute()}, so articles would be mixed up; "
            "put the one there that was, or move it away: then the backup is restored without the closed watch"
        )


@dataclass(frozen=True, slots=True)
class AccountCopy:
    """What an account of a copied database gave access to."""

    role: Role
    is_open: bool
    is_cleared: bool
    password: str = field(repr=False)


def accounts_in(file: Path) -> dict[str, AccountCopy]:
    """Return the accounts in a copy of a database by name, also of an older version; none of one that is damaged."""
    try:
        with closing(_read_only(file)) as connection:
            connection.row_factory = sqlite3.Row
            rows = [dict(row) for row in connection.execute("SELECT * FROM person")]
    except sqlite3.DatabaseError:
        return {}
    return {
        # Who is cleared: a column since revision 0078.
        row["name"]: AccountCopy(Role(row["role"]), row["closed"] is None, bool(row.get("cleared")), row["password"])
        for row in rows
    }


# ---- copies ---------------------------------------------------------------------------------------------------------


def _copy(source: sqlite3.Connection, new_file: Path, pair: int = 0) -> None:
    """Copy a consistent snapshot of a database, also while another process writes to it."""
    with closing(source), closing(_shared(new_file)) as target:
        source.backup(target, progress=_stop_when_busy)
        target.execute("PRAGMA journal_mode=DELETE")  # the copied header says WAL, which would need a -wal file
        _set_pair(target, pair)


def _save_previous(live: Path, new_file: Path, pair: int) -> None:
    """Copy the live database; when SQLite cannot read it, copy the bytes, from which something may be recovered."""
    try:
        _copy(_shared(live), new_file, pair)
    except sqlite3.DatabaseError as error:
        if _code(error) not in {_DAMAGED, _NO_DATABASE}:
            raise
        shutil.copyfile(live, new_file)


def _overwrite(live: Path, file: Path) -> bool:
    """Replace the live database's contents in one transaction, so that readers see either the old or the new.

    Returns False, and changes nothing, when SQLite cannot write to the live file because it is damaged.
    """
    try:
        # In place, not by a rename: a desk that runs would go on with the deleted file, and its decisions would be
        # lost.
        with closing(_read_only(file)) as source, closing(_shared(live)) as target:
            source.backup(target, progress=_stop_when_busy)
            _set_pair(target, 0)
    except sqlite3.DatabaseError as error:
        if _code(error) not in {_DAMAGED, _NO_DATABASE}:
            raise
        return False
    return True


def _set_pair(connection: sqlite3.Connection, pair: int) -> None:
    # A field of the header of each SQLite file, for programs to use.
    connection.execute(f"PRAGMA user_version = {pair:d}")


def _pair_of(file: Path) -> int:
    with _as_store_errors(file, file), closing(_read_only(file)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _stop_when_busy(status: int, remaining: int, total: int) -> None:
    """Raise an error when another program holds a file: `sqlite3.backup` would retry for ever.

    It has waited for PATIENCE seconds by then.
    """
    if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        busy = sqlite3.OperationalError("database is locked")
        busy.sqlite_errorcode = status
        raise busy


def _shared(path: Path) -> sqlite3.Connection:
    """Connect to a file that must exist and that others may be using."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=PATIENCE)


def _read_only(path: Path) -> sqlite3.Connection:
    """Connect read-only; without leaving sidecar files when nobody else uses the file."""
    is_in_use = any(_sidecar(path, suffix).exists() for suffix in _SIDECARS)
    options = "mode=ro" if is_in_use else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{options}", uri=True, timeout=PATIENCE)


# ---- files ----------------------------------------------------------------------------------------------------------


def _file_of(url: str, advice: str) -> Path:
    """Return the SQLite file of a URL. Raises InputError for other databases; `advice` is PostgreSQL's command."""
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise InputError(f"a server's database is not copied as a file; use its own tool: {advice}")
    if not parsed.database or parsed.database == ":memory:":
        raise InputError("a database in memory has no file; nothing to do")
    return Path(parsed.database)


def _must_be_new(file: Path) -> None:
    if file.exists():
        raise InputError(f"{file.absolute()} exists already and is not overwritten; name a new file, or move it away")


def _must_be_sound(file: Path, live: Path) -> None:
    name = file.absolute()
    if not file.is_file():
        raise InputError(f"there is no backup at {name}; name a file that `monitor db backup` wrote")
    if live.exists() and file.samefile(live):
        raise InputError(f"{name} is the database itself; name a file that `monitor db backup` wrote")
    with _as_store_errors(file, file):
        revision = _revision_of(file)
    if revision is None:
        raise InputError(f"{name} is no database of monitor; name a file that `monitor db backup` wrote")
    check_revision(revision, str(name))


def _revision_of(file: Path) -> str | None:
    """Return the revision of a file's tables, or None for a file that monitor did not write.

    Raises InputError when it is damaged.
    """
    damaged = InputError(f"{file.absolute()} is damaged; name another backup")
    try:
        with closing(_read_only(file)) as connection:
            revision: str | None = connection.execute("SELECT max(version_num) FROM alembic_version").fetchone()[0]
            integrity = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if _code(error) in {_NO_SUCH_TABLE, _NO_DATABASE}:
            return None
        raise damaged if _code(error) == _DAMAGED else error from None
    if integrity != ("ok",):
        raise damaged
    return revision


@contextmanager
def _new_file(file: Path) -> Iterator[Path]:
    """Yield a temporary file in the same folder that only this user can read; rename it to `file` on success."""
    with _as_disk_errors(file):
        # mkstemp creates it with mode 0600.
        handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}.", suffix=".part")
        os.close(handle)
        new_file = Path(name)
        try:
            yield new_file
            _fsync(new_file)
            new_file.replace(file)
            _fsync(file.absolute().parent)  # makes the rename durable
        finally:
            for leftover in (new_file, *(_sidecar(new_file, suffix) for suffix in _SIDECARS)):
                leftover.unlink(missing_ok=True)


def _sidecar(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ---- errors ---------------------------------------------------------------------------------------------------------


@contextmanager
def _as_store_errors(source: Path, target: Path) -> Iterator[None]:
    """Raise SQLite's errors as StoreError with the same advice as `store.database` gives."""
    try:
        yield
    except sqlite3.Error as error:
        code = _code(error)
        if code not in SQLITE_CODES:
            raise  # a bug of ours
        exit_code, advice = SQLITE_CODES[code]
        raise StoreError(f"{(target if code == _FULL else source).absolute()}: {advice}", exit_code) from error


@contextmanager
def _as_disk_errors(file: Path) -> Iterator[None]:
    """Raise errors of the file system as StoreError or InputError with advice."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreError(f"{file.absolute()}: the disk is full; make room and try again", TRY_AGAIN) from error
        if error.errno == errno.EIO:
            raise StoreError(f"{file.absolute()}: the disk failed; check it", DISK_ERROR) from error
        raise InputError(f"{file.absolute()} cannot be written: {error.strerror}; check the folder") from error


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code (the low byte of an extended one), or 0 for an error of Python's module."""
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
