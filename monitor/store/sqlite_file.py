"""I/O: the file of a SQLite database. Making it, and its write-ahead log."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from monitor.errors import InputError


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
