"""I/O: the database. Engines, transactions, and what the database's own errors mean to us."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Delete,
    Engine,
    Executable,
    Insert,
    Select,
    Table,
    Update,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool

from monitor import failpoints
from monitor.errors import InputError, StoreError, install_extra
from monitor.store.types import to_json

DISK_FAILED, DISK_FULL = 10, 13  # of SQLite's result codes
WRONG, DISK_ERROR, TRY_AGAIN = 2, 74, 75  # of settings; sysexits.h: EX_IOERR, EX_TEMPFAIL

NO_ROOM = 256 * 1024  # bytes; less is left than SQLite needs to begin

# Result codes of SQLite (sqlite.org/rescode.html), the extended ones cut to their last byte.
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
# SQLSTATE classes and codes of PostgreSQL (its manual, appendix A).
_POSTGRESQL = {
    "53100": (TRY_AGAIN, "the disk of the server is full; make room, and the next run goes on from here"),
    "58030": (DISK_ERROR, "the disk of the server failed"),
    "40001": (TRY_AGAIN, "another program changed the same thing; try again"),
    "40P01": (TRY_AGAIN, "another program changed the same thing; try again"),
}
# Of a connection that did not come about libpq gives no SQLSTATE, only the server's words.
_REFUSALS = (
    (r"password authentication failed|no password supplied", "the password was refused; check it in this address"),
    (r"role .* does not exist", "there is no such user on the server; make it, or check the name in this address"),
    (r"database .* does not exist", "there is no such database on the server; make it, or check its name"),
)


T = TypeVar("T")


class Database:
    """One database: short transactions to read or to write in. Both raise StoreError when it cannot be used now."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine, self.name = engine, name
        if engine.dialect.name == "sqlite":
            self._reader = engine
        else:  # one snapshot for all that a reading asks
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writer = engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._guarded(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, what: str, *, alone: bool = False) -> Iterator[Connection]:
        """All or nothing: committed at the end, rolled back when anything is raised. `what` names the fault points.

        `alone`: nobody else writes meanwhile, as on SQLite nobody ever does.
        """
        with self._guarded(), self._writer.connect() as connection, connection.begin():
            if connection.dialect.name == "postgresql":  # before all else, so that no order of locks can tie it up
                kind = "" if alone else "_shared"
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{kind}(7766)")
            yield connection
            failpoints.point(f"{what}: before its commit")
        failpoints.point(f"{what}: after its commit")

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """As `writing`, and alone: for the tables themselves."""
        with self._guarded(), self._writer.connect() as connection:
            if connection.dialect.name == "sqlite":
                with _loose_keys(connection):
                    yield connection
            else:
                with connection.begin():
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7761)")
                    yield connection

    def run_lock(self) -> AbstractContextManager[bool]:
        """On PostgreSQL, where many may: waits while somebody is there `unless_a_run_goes`. Who died holds nothing."""
        return self._locked("pg_advisory_lock_shared(7765)", "pg_advisory_unlock_shared(7765)")

    def unless_a_run_goes(self) -> AbstractContextManager[bool]:
        """Yields whether none does, and then none begins meanwhile. On SQLite the lock beside the file says it."""
        return self._locked("pg_try_advisory_lock(7765)", "pg_advisory_unlock(7765)")

    @contextmanager
    def beside_others(self) -> Iterator[None]:
        """Nobody has the database `to_itself` meanwhile. On SQLite nobody has anyway: one run goes at a time."""
        with self._locked("pg_advisory_lock_shared(7763)", "pg_advisory_unlock_shared(7763)"):
            yield

    @contextmanager
    def exclusive_lock(self) -> Iterator[None]:
        """Nobody else has it, nor works `beside_others`: waits for that as long as it takes; who died holds nothing."""
        with self._locked("pg_advisory_lock(7763)", "pg_advisory_unlock(7763)"):
            yield

    @contextmanager
    def _locked(self, lock: str, unlock: str) -> Iterator[bool]:
        """Waits for it as long as it takes; yields False where it was only tried for, and is not ours."""
        if self.engine.dialect.name == "sqlite":
            yield True
            return
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with self._guarded(), engine.connect() as connection:
            connection.exec_driver_sql("SET lock_timeout = 0")
            ours = connection.exec_driver_sql(f"SELECT {lock}").scalar() is not False
            try:
                yield ours
            finally:
                if ours:
                    connection.exec_driver_sql(f"SELECT {unlock}")
                connection.exec_driver_sql("RESET lock_timeout")

    def overwrite_what_was_deleted(self) -> None:
        """Writes the files anew, so that nothing of it is left in them."""
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with self._guarded(), engine.connect() as connection:
            if connection.dialect.name != "sqlite":
                try:
                    connection.exec_driver_sql("VACUUM FULL")
                except DBAPIError as error:
                    why = "what was removed is not overwritten yet, for something else is at work in the database"
                    raise StoreError(f"{why}; when it has ended: psql -c 'VACUUM FULL'", TRY_AGAIN) from error
                return
            raw = connection.connection.driver_connection
            assert raw is not None
            try:
                raw.execute("INSERT INTO searched (searched) VALUES ('optimize')")  # a word taken out is only marked so
                raw.execute("VACUUM")
                in_use, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.Error as error:
                in_use = str(error)
            if in_use:
                why = "what was removed is not overwritten yet, for another program holds the file; end it, then"
                raise StoreError(f"{why}: sqlite3 {self.name} 'VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'", TRY_AGAIN)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, self.engine.dialect.loaded_dbapi.Error) as error:
            meaning = _meaning(getattr(error, "orig", error), self.name)
            if meaning is None:
                raise  # a bug of ours
            exit_code, what = meaning
            raise StoreError(f"{self.name}: {what}", exit_code) from error


def cached_until_write(connection: Connection, what: Hashable, ask: Callable[[], T]) -> T:
    """What was answered when this was last asked over the same connection, unless anything was written since: by
    whomever, wherever. Inside a transaction that reads."""
    if connection.dialect.name == "sqlite":  # a connection's own changes are not in its data_version
        own: Any = connection.connection.driver_connection
        state: Any = connection.exec_driver_sql("PRAGMA data_version").scalar(), own.total_changes
    else:
        state = connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar()
    if connection.info.get("state") != state:
        connection.info["state"], connection.info["answers"] = state, {}
    answers = connection.info["answers"]
    if what not in answers:
        answers[what] = ask()
    answer: T = answers[what]
    return answer


class Queries:
    """What one part of the program asks of a database: each method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def _rows(self, ask: Executable) -> Sequence[Any]:
        with self._database.reading() as connection:
            return connection.execute(ask).all()

    def _value(self, ask: Select[Any]) -> Any:
        """The first column of the first row; None: there is none."""
        with self._database.reading() as connection:
            return connection.scalar(ask)

    def _change(self, what: str, how: Insert | Update | Delete) -> int:
        """How many rows it changed."""
        with self._database.writing(what) as connection:
            return connection.execute(how).rowcount


def open_database(url: str, *, create: bool, patience: float) -> Database:
    """`patience`: seconds to wait for another writer. Raises InputError for what cannot be an address of one."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "postgresql":
        return Database(_postgresql(parsed, patience), parsed.render_as_string(hide_password=True))
    path = parsed.database
    in_memory = not path or path == ":memory:"
    if path and not in_memory:
        _make_file(Path(path), create)
    engine = _sqlite(parsed, patience, in_memory)
    return Database(engine, "memory" if in_memory else str(Path(str(path)).absolute()))


def insert_new(dialect: str, table: Table) -> Any:
    """An INSERT that can say ON CONFLICT: the same on both, but for where SQLAlchemy keeps it."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def alone_with_the_mail(connection: Connection) -> None:
    """Until this transaction ends no other one files or mails. On SQLite there is but one writer anyway."""
    _alone(connection, 7762)


def alone_with_stories(connection: Connection) -> None:
    """Until this transaction ends no other one files, regroups, or stores an edit of what is filed.

    Taken before an item is locked: an edit has the article first, and then wants the item.
    """
    _alone(connection, 7764)


def _alone(connection: Connection, lock: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputError("the database's address is no URL; write sqlite:///monitor.db") from None
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise InputError(f"{parsed.drivername} is no database we know; write sqlite:///… or postgresql+psycopg://…")
    return parsed


def _make_file(path: Path, create: bool) -> None:
    """An empty file that nobody else can read: it will name people who may be in danger. SQLite's others follow it."""
    if path.exists():
        return
    if not create:
        raise InputError(f"there is no database at {path.absolute()}; run `monitor ingest` to make it")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise InputError(f"no database can be made at {path.absolute()}: {error.strerror}; check the folder") from error


def _sqlite(url: URL, patience: float, in_memory: bool) -> Engine:
    memory: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
    engine = create_engine(
        url,
        hide_parameters=True,
        json_serializer=to_json,
        connect_args={"timeout": patience, "check_same_thread": False},
        **memory,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: we do, below
        # Filing and the lists look in many places; with the usual two megabytes of cache they wait for pages mostly.
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "cache_size=-32000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    # SQLAlchemy's own recipe (dialects/sqlite/pysqlite.py). A writer begins IMMEDIATE: with the driver's ways 149 of
    # 200 concurrent updates were lost in silence, with a plain BEGIN 156 failed as "locked" despite the timeout.
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL, patience: float) -> Engine:
    options = f"-c timezone=UTC -c lock_timeout={int(patience * 1000)}"
    try:
        return create_engine(
            url,
            hide_parameters=True,
            json_serializer=to_json,
            pool_pre_ping=True,
            connect_args={"options": options, "connect_timeout": 10},
        )
    except ModuleNotFoundError:
        raise InputError(f"PostgreSQL needs an extra; {install_extra('postgres')}") from None


def _is_full(file: str) -> bool:
    try:
        return shutil.disk_usage(Path(file).parent).free < NO_ROOM
    except OSError:
        return False


@contextmanager
def _loose_keys(connection: Connection) -> Iterator[None]:
    """Foreign keys are checked at the end instead, since SQLite alters a table by making it anew (lang_altertable).

    The pragma says nothing inside a transaction, so it goes around it.
    """
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            yield
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise StoreError(f"a migration would leave {len(broken)} rows without what they belong to", DISK_ERROR)
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def _meaning(error: Exception, name: str) -> tuple[int, str] | None:
    """What to tell a person, and the exit code; None when it is no trouble of the world."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        if code & 0xFF == DISK_FAILED and _is_full(name):  # where SQLite cannot make its own small files
            code = DISK_FULL
        return SQLITE_CODES.get(code & 0xFF)
    state = getattr(error, "sqlstate", None)
    if state in _POSTGRESQL:
        return _POSTGRESQL[state]
    # no SQLSTATE: no connection; 08 connection, 53 resources, 55 not in the state needed (locked), 57 shut down
    if (state is None and type(error).__name__ == "OperationalError") or str(state)[:2] in {"08", "53", "55", "57"}:
        for said, meaning in _REFUSALS:
            if state is None and re.search(said, str(error)):
                return WRONG, meaning
        why = str(error).rpartition("failed: ")[2].partition("\n")[0] or type(error).__name__
        return TRY_AGAIN, f"the server cannot be used now ({why}); try again later"
    return None
