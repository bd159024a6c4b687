"""I/O: the database. The engines of SQLite and PostgreSQL, the file of SQLite, and the errors of both as exit codes."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from monitor.errors import DISK_ERROR, TRY_AGAIN, USAGE_ERROR, InputError, install_extra
from monitor.store.types import to_json

# Each connection has a cache of its own (`cached_until_write`): in turns, each would have to fill it after a write.
_LATEST_CONNECTION = {"pool_use_lifo": True}


def parse_url(url: str) -> URL:
    """Return the address of a database. Raises InputError."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputError("the database's address is no URL; write sqlite:///monitor.db") from None
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise InputError(f"{parsed.drivername} is no database we know; write sqlite:///… or postgresql+psycopg://…")
    return parsed


def sqlite_engine(url: URL, patience: float, in_memory: bool) -> Engine:
    """Return the engine of an SQLite file; `patience`: seconds to wait for another writer."""
    pool: dict[str, Any] = {"poolclass": StaticPool} if in_memory else _LATEST_CONNECTION
    engine = create_engine(
        url,
        hide_parameters=True,
        json_serializer=to_json,
        connect_args={"timeout": patience, "check_same_thread": False},
        **pool,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions itself; `_begin` does
        use_wal(connection, patience)
        # Filing and lists read scattered pages; with the default cache of 2 MB they mostly wait for the disk.
        # FULL: with NORMAL, which WAL allows, a power cut may undo the last commits. secure_delete: what is purged must
        # not stay readable in the file.
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-32000"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def postgresql_engine(url: URL, patience: float, schema: str) -> Engine:
    """Return the engine of a PostgreSQL database, over one of its schemas. Raises InputError without the extra."""
    options = f"-c timezone=UTC -c lock_timeout={int(patience * 1000)}" + (
        f" -c search_path={schema}" if schema else ""
    )
    # On both sides: the server frees the locks of a machine that vanished after a minute, not after two hours.
    keepalives = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
    options += "".join(f" -c tcp_{name}={value}" for name, value in keepalives.items())
    try:
        return create_engine(
            url,
            hide_parameters=True,
            json_serializer=to_json,
            pool_pre_ping=True,
            **_LATEST_CONNECTION,
            connect_args={"options": options, "connect_timeout": 10, **keepalives},
        )
    except ModuleNotFoundError:
        raise InputError(f"PostgreSQL needs an extra; {install_extra('postgres')}") from None


def create_file(path: Path, create: bool) -> None:
    """Create an empty file that only this user can read: it will name people who may be in danger.

    SQLite gives its -wal and -shm files the same permissions. Raises InputError.
    """
    if path.exists():
        return
    if not create:
        raise InputError(f"there is no database at {path.absolute()}; run `monitor ingest` to make it")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise InputError(f"no database can be made at {path.absolute()}: {error.strerror}; check the folder") from error


def use_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Switch a new file to WAL, waiting while another program does so or writes; SQLite itself would not wait."""
    end = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.02)


DISK_FAILED, DISK_FULL = 10, 13  # SQLite: SQLITE_IOERR, SQLITE_FULL

MIN_FREE_BYTES = 256 * 1024  # with less SQLite cannot create the files that a transaction needs

# Primary result codes of SQLite (sqlite.org/rescode.html) -> exit code and advice.
SQLITE_CODES = {
    5: (TRY_AGAIN, "another program holds the database; try again later"),
    6: (TRY_AGAIN, "another program holds the database; try again later"),
    8: (DISK_ERROR, "the database cannot be written; check the rights of the file and its folder"),
    10: (DISK_ERROR, "the disk failed while reading or writing; check it, then restore a backup if need be"),
    11: (DISK_ERROR, "the file is damaged; restore a backup"),
    13: (TRY_AGAIN, "the disk is full; make room, and the next run goes on from here"),
    14: (DISK_ERROR, "the file cannot be opened; check the rights of the file and its folder"),
    26: (DISK_ERROR, "the file is not a database; check MONITOR_DATABASE_URL"),
}
# SQLSTATE codes of PostgreSQL (its manual, appendix A) -> exit code and advice.
_POSTGRESQL = {
    "53100": (TRY_AGAIN, "the disk of the server is full; make room, and the next run goes on from here"),
    "58030": (DISK_ERROR, "the disk of the server failed"),
    "40001": (TRY_AGAIN, "another program changed the same thing; try again"),
    "40P01": (TRY_AGAIN, "another program changed the same thing; try again"),
    "25006": (USAGE_ERROR, "the server lets nobody write (a standby?); name the one that does in this address"),
    "42501": (USAGE_ERROR, "this user of the server may not do that; grant it, or name another user in this address"),
}
# When a connection fails, libpq gives no SQLSTATE but only the server's message.
_REFUSALS = (
    (r"password authentication failed|no password supplied", "the password was refused; check it in this address"),
    (r"role .* does not exist", "there is no such user on the server; make it, or check the name in this address"),
    (r"database .* does not exist", "there is no such database on the server; make it, or check its name"),
)


def explain_error(error: Exception, name: str) -> tuple[int, str] | None:
    """Return the exit code and the advice for an error, or None when it is a bug in our statement."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        # The low byte of an extended code is its primary code. On a full disk SQLite may also report I/O errors.
        if code & 0xFF == DISK_FAILED and _is_full(name):
            code = DISK_FULL
        return SQLITE_CODES.get(code & 0xFF)
    state = getattr(error, "sqlstate", None)
    if state in _POSTGRESQL:
        return _POSTGRESQL[state]
    # No SQLSTATE means no connection. Classes: 08 connection, 53 resources, 55 not in prerequisite state, 57 shutdown.
    if (state is None and type(error).__name__ == "OperationalError") or str(state)[:2] in {"08", "53", "55", "57"}:
        for pattern, meaning in _REFUSALS:
            if state is None and re.search(pattern, str(error)):
                return USAGE_ERROR, meaning
        why = str(error).rpartition("failed: ")[2].partition("\n")[0] or type(error).__name__
        return TRY_AGAIN, f"the server cannot be used now ({why}); try again later"
    return None


def _is_full(file: str) -> bool:
    try:
        return shutil.disk_usage(Path(file).parent).free < MIN_FREE_BYTES
    except OSError:
        return False
