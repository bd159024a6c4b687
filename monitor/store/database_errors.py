"""Pure, except for reading the free space of the disk. The errors of both databases as exit codes and advice."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from monitor.errors import DISK_ERROR, TRY_AGAIN, USAGE_ERROR

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
