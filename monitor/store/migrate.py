"""I/O: the database. Brings its tables to what this version of the program knows (Alembic)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from monitor.errors import InputError
from monitor.store.engine import Database

_HERE = Path(__file__).parent / "migrations"


def bring_up_to_date(database: Database) -> str:
    """Returns the revision it is at now. Raises InputError for a database that a newer version made."""
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    head = str(_scripts().get_current_head())
    with database.reading() as connection:
        if _revision(connection) == head:
            return head
    with database.migrating() as connection:  # where another process was quicker, there is nothing left to do
        must_know(_revision(connection), database.name)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return head


@cache  # every migration is imported for it
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_HERE))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def must_know(revision: str | None, name: str) -> None:
    """Raises InputError for tables that this version of the program cannot bring up to date."""
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is None or revision in known:
        return
    raise InputError(
        f"{name}: this version of monitor does not know these tables (revision {revision}); "
        "update monitor, or restore a backup made before the update"
    )
