"""I/O: the database. Backups of a SQLite file: consistent while others write, and put back in one step.

A backup is a plain file with everything in it: no -wal beside it, and no program needed but SQLite to read it.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from monitor.errors import InputError, StoreError
from monitor.store.database import DISK_ERROR, SQLITE_CODES, TRY_AGAIN
from monitor.store.ops.migrate import must_know

PATIENCE = 15.0  # seconds to wait for another writer
_NO_SUCH_TABLE, _DAMAGED, _FULL, _NO_DATABASE = 1, 11, 13, 26  # result codes of SQLite
_ASIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file that is in use


def backup(url: str, file: Path) -> None:
    """Write the database into a new file that nobody else can read.

    Raises InputError for what cannot be backed up or written there, StoreError when the disk fails or is full.
    """
    live = _file_of(url, "pg_dump --format=custom --file FILE DATABASE")
    if not live.exists():
        raise InputError(f"there is no database at {live.absolute()}; nothing to back up")
    _must_be_new(file)
    with _new_file(file) as made, _told(live, file):
        _copy(_shared(live), made)


def restore(url: str, file: Path, keep: Path) -> None:
    """Put a backup in the database's place, in one step; what is there now is kept as a backup itself.

    Raises InputError, and changes nothing, for a file that is no sound backup of a version this program knows.
    """
    live = _file_of(url, "pg_restore --clean --dbname DATABASE FILE")
    _must_be_sound(file, live)
    if live.exists():
        _must_be_new(keep)
        with _new_file(keep) as made, _told(live, keep):
            _keep(live, made)
        with _told(live, live):
            if _overwritten(live, file):
                return
    with _new_file(live) as made, _told(file, live):  # there is none, or none that anybody could be using
        _copy(_alone(file), made)
        for aside in _ASIDE:  # of a database that is gone: SQLite would write it into the new one
            _beside(live, aside).unlink(missing_ok=True)


# ---- copies ---------------------------------------------------------------------------------------------------------


def _copy(source: sqlite3.Connection, made: Path) -> None:
    """All of a database as it is at one moment, also while another process writes to it."""
    with closing(source), closing(_shared(made)) as here:
        source.backup(here, progress=_give_up)
        here.execute("PRAGMA journal_mode=DELETE")  # the copy says WAL, as its source does


def _keep(live: Path, made: Path) -> None:
    """A copy; of what SQLite cannot read the bytes, for whoever may save something out of them."""
    try:
        _copy(_shared(live), made)
    except sqlite3.DatabaseError as error:
        if _code(error) not in {_DAMAGED, _NO_DATABASE}:
            raise
        shutil.copyfile(live, made)


def _overwritten(live: Path, file: Path) -> bool:
    """One transaction on the live file: whoever reads meanwhile sees all of the old or all of the new.

    False, and nothing was done, when it is no database that SQLite could write to.
    """
    try:
        with closing(_alone(file)) as there, closing(_shared(live)) as here:
            there.backup(here, progress=_give_up)
    except sqlite3.DatabaseError as error:
        if _code(error) not in {_DAMAGED, _NO_DATABASE}:
            raise
        return False
    return True


def _give_up(status: int, remaining: int, total: int) -> None:
    """`backup` asks again for ever when somebody holds a file; it has waited once by then."""
    if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        busy = sqlite3.OperationalError("database is locked")
        busy.sqlite_errorcode = status
        raise busy


def _shared(path: Path) -> sqlite3.Connection:
    """A connection to a file that must be there, and that others may be using."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=PATIENCE)


def _alone(path: Path) -> sqlite3.Connection:
    """A connection that only reads, and where nobody uses the file makes none beside it."""
    used = any(_beside(path, aside).exists() for aside in _ASIDE)
    only = "mode=ro" if used else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{only}", uri=True, timeout=PATIENCE)


# ---- files ----------------------------------------------------------------------------------------------------------


def _file_of(url: str, instead: str) -> Path:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputError("the database's address is no URL; write sqlite:///monitor.db") from None
    if parsed.get_backend_name() != "sqlite":
        raise InputError(f"a server's database is not copied as a file; use its own tool: {instead}")
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
    with _told(file, file):
        revision = _revision_of(file)
    if revision is None:
        raise InputError(f"{name} is no database of monitor; name a file that `monitor db backup` wrote")
    must_know(revision, str(name))


def _revision_of(file: Path) -> str | None:
    """The revision of its tables; None for what monitor did not make. Raises InputError when it is damaged."""
    damaged = InputError(f"{file.absolute()} is damaged; name another backup")
    try:
        with closing(_alone(file)) as connection:
            revision: str | None = connection.execute("SELECT max(version_num) FROM alembic_version").fetchone()[0]
            said = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if _code(error) in {_NO_SUCH_TABLE, _NO_DATABASE}:
            return None
        raise damaged if _code(error) == _DAMAGED else error from None
    if said != ("ok",):
        raise damaged
    return revision


@contextmanager
def _new_file(file: Path) -> Iterator[Path]:
    """A file beside `file`, for this user alone, that takes its name when all went well."""
    with _on_disk(file):
        handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}.", suffix=".part")
        os.close(handle)
        made = Path(name)
        try:
            yield made
            _flush(made)
            made.replace(file)
            _flush(file.absolute().parent)
        finally:
            for left in (made, *(_beside(made, aside) for aside in _ASIDE)):
                left.unlink(missing_ok=True)


def _beside(file: Path, aside: str) -> Path:
    return file.with_name(file.name + aside)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ---- what went wrong ------------------------------------------------------------------------------------------------


@contextmanager
def _told(read: Path, written: Path) -> Iterator[None]:
    """SQLite's errors that are the world's, as the engine tells them."""
    try:
        yield
    except sqlite3.Error as error:
        code = _code(error)
        if code not in SQLITE_CODES:
            raise  # a bug of ours
        exit_code, what = SQLITE_CODES[code]
        raise StoreError(f"{(written if code == _FULL else read).absolute()}: {what}", exit_code) from error


@contextmanager
def _on_disk(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreError(f"{file.absolute()}: the disk is full; make room and try again", TRY_AGAIN) from error
        if error.errno == errno.EIO:
            raise StoreError(f"{file.absolute()}: the disk failed; check it", DISK_ERROR) from error
        raise InputError(f"{file.absolute()} cannot be written: {error.strerror}; check the folder") from error


def _code(error: sqlite3.Error) -> int:
    """The result code, an extended one cut to its last byte; 0 when the error is Python's."""
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
