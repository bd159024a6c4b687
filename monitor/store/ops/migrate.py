"""I/O: the database. The tables of a new database, and migration of an older one to this version (Alembic)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from monitor.errors import InputError
from monitor.store.database import Database
from monitor.store.tables.creation import create_tables

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent.parent / "migrations"
# Migrations since a release are folded into one before the next, which keeps the last of their numbers: 0.2.0, the
# first release, is at 0004, and the one after it made 0078 of 0005 to 0078. What 0.2.0 takes over, it brings to 0004.
_TAKEN_OVER = frozenset({"0001", "0002", "0003", "0020"})
_BEFORE_RELEASE = frozenset(f"{number:04}" for number in range(8, 20))
_UNRELEASED = frozenset(f"{number:04}" for number in (*range(5, 8), *range(21, 78)))


def bring_up_to_date(database: Database) -> str:
    """Run the missing migrations and return the revision. Raises InputError for tables of an unknown revision."""
    with database.reading() as connection:
        is_current = _revision(connection) == _head()
    if not is_current:
        _migrate(database)
    return _head()


def _migrate(database: Database) -> None:
    # Late: it takes a tenth of a second of processor, and once a release is it needed.
    from alembic import command

    with database.migrating() as connection:
        config = alembic_config(connection)
        revision = _revision(connection)
        check_revision(revision, database.name)  # read again inside the lock: another process may have migrated
        if revision is None:  # a new database (Alembic's cookbook, "Building an Up to Date Database from Scratch")
            create_tables(connection)
            command.stamp(config, "head")
            return
        command.upgrade(config, "head")


def alembic_config(connection: Connection) -> Config:
    """Return the configuration of Alembic's commands for a connection from `Database.migrating`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _head() -> str:
    return max(_revisions())


@cache
def _revisions() -> frozenset[str]:
    """Return the revisions that this version knows, out of the file names: they are numbered in their order."""
    return frozenset(path.name[:4] for path in (_SCRIPTS / "versions").glob("[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def check_revision(revision: str | None, name: str) -> None:
    """Raise InputError for tables that this version of the program cannot bring up to date."""
    if revision is None or revision in _revisions():
        return
    if revision in _TAKEN_OVER | _BEFORE_RELEASE:
        why = "are too old for this version of monitor"
        first = "the last version before 0.2, then with " if revision in _BEFORE_RELEASE else ""
        advice = f"open it once with {first}0.2.0, and then with this version"
    elif revision in _UNRELEASED:
        why = "are of an unreleased build"
        advice = "open it once with commit c29efe54, which brings it to 0078, and then with this version"
    else:
        why = "are not known to this version of monitor"
        advice = "update monitor, or restore a backup made before the update"
    raise InputError(f"{name}: these tables {why} (revision {revision}); {advice}")
