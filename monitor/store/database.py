"""I/O: the database. Transactions and locks."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import (
    Connection,
    Delete,
    Engine,
    Executable,
    Insert,
    Select,
    Table,
    Update,
    inspect,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema

from monitor import failpoints
from monitor.errors import DISK_ERROR, TRY_AGAIN, StoreError
from monitor.store.engines import create_file, explain_error, parse_url, postgresql_engine, sqlite_engine
from monitor.store.types import shaped

P = ParamSpec("P")
T = TypeVar("T")

IN_MEMORY = "memory"  # the name of a database without a file
_SMALL_CACHE = 4_000_000  # bytes


class Database:
    """One database, with short transactions to read and to write.

    All methods raise StoreError when the database cannot be used now. On PostgreSQL the numbers 7761 to 7767 are the
    advisory locks of migrations, mail, filing, stories, runs, writers and workers; SQLite has only one writer anyway.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine, self.name = engine, name
        self._filer = Lock()  # a thread files urgent articles while a run goes on
        if engine.dialect.name == "sqlite":
            self._reader = engine
        else:  # all queries of one reading see the same snapshot, as on SQLite
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads, on one snapshot."""
        with self._guarded(), self._reader.connect() as connection, connection.begin():
            _begin(connection, "BEGIN")
            yield connection

    @contextmanager
    def writing(self, operation: str, *, exclusive: bool = False) -> Iterator[Connection]:
        """Open a transaction that is committed at the end, or rolled back when anything is raised.

        `operation` names its fail points. With `exclusive` no other transaction writes at the same time.
        """
        with self._guarded(), self.engine.connect() as connection, connection.begin():
            _begin(connection, "BEGIN IMMEDIATE")
            if connection.dialect.name == "postgresql":  # the first lock of every writer, so it cannot deadlock
                kind = "" if exclusive else "_shared"
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{kind}(7766)")
            yield connection
            failpoints.point(f"{operation}: before its commit")
        failpoints.point(f"{operation}: after its commit")

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Open a transaction that may alter tables; only one runs at a time."""
        with self._guarded(), self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                with _deferred_foreign_keys(connection):
                    yield connection
            else:
                with connection.begin():
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7761)")
                    yield connection

    def has_schema(self, name: str) -> bool:
        """Return whether there is a schema of this name (PostgreSQL)."""
        with self.reading() as connection:
            return connection.dialect.name == "postgresql" and inspect(connection).has_schema(name)

    def run_lock(self) -> AbstractContextManager[bool]:
        """Hold the shared lock of a run (PostgreSQL). Block while `try_exclusive_run_lock` is held."""
        return self._locked("pg_advisory_lock_shared(7765)", "pg_advisory_unlock_shared(7765)")

    def try_run_lock(self) -> AbstractContextManager[bool]:
        """Yield True while holding the shared lock of a run; yield False while the exclusive one is held."""
        return self._locked("pg_try_advisory_lock_shared(7765)", "pg_advisory_unlock_shared(7765)")

    def try_exclusive_run_lock(self) -> AbstractContextManager[bool]:
        """Yield whether no run holds its lock; then none can begin meanwhile. On SQLite a lock file does this."""
        return self._locked("pg_try_advisory_lock(7765)", "pg_advisory_unlock(7765)")

    def try_work_lock(self) -> AbstractContextManager[bool]:
        """Yield whether no other `monitor work` without jobs holds this lock, which is then held."""
        return self._locked("pg_try_advisory_lock(7767)", "pg_advisory_unlock(7767)")

    @contextmanager
    def filing_lock(self, *, wait: bool = True) -> Iterator[bool]:
        """Hold the lock of the filer: in this process, and on PostgreSQL among all (advisory).

        Block until it is free; without `wait`, yield False if it is not.
        """
        if not self._filer.acquire(blocking=wait):
            yield False
            return
        try:
            kind = "" if wait else "try_"
            with self._locked(f"pg_{kind}advisory_lock(7763)", "pg_advisory_unlock(7763)") as acquired:
                yield acquired
        finally:
            self._filer.release()

    @contextmanager
    def filing_turn(self) -> Iterator[None]:
        """Hold the turn to file one article, from the look for similar ones to saving. Raises StoreError.

        On SQLite `filing_lock` is of one process, and `monitor add` files while a run does: a lock of a file, released
        when the process dies. For one article only, so that a page of the desk does not wait for a whole backlog.
        """
        if self.engine.dialect.name != "sqlite" or self.name == IN_MEMORY:
            yield
            return
        path = f"{self.name}.filing.lock"
        try:
            handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        except OSError as error:
            raise StoreError(f"{path} cannot be opened: {error.strerror}; check the folder", TRY_AGAIN) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def _locked(self, lock: str, unlock: str) -> Iterator[bool]:
        """Hold a session lock of PostgreSQL; yield False when a pg_try_… function did not get it."""
        if self.engine.dialect.name == "sqlite":
            yield True
            return
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")  # no transaction stays open meanwhile
        with self._guarded(), engine.connect() as connection:
            connection.exec_driver_sql("SET lock_timeout = 0")  # wait without limit
            acquired = connection.exec_driver_sql(f"SELECT {lock}").scalar() is not False
            try:
                yield acquired
            finally:
                if acquired:
                    connection.exec_driver_sql(f"SELECT {unlock}")
                connection.exec_driver_sql("RESET lock_timeout")

    @contextmanager
    def small_cache(self) -> Iterator[None]:
        """Let SQLite hold only some 4 MB in this process meanwhile: all connections together, most of it pages."""
        self._limit_sqlite(_SMALL_CACHE)
        try:
            yield
        finally:
            with suppress(StoreError):  # never in place of the error that ends the run
                self._limit_sqlite(0)

    def _limit_sqlite(self, size: int) -> None:
        if self.engine.dialect.name == "sqlite":
            with self.reading() as connection:
                connection.exec_driver_sql(f"PRAGMA soft_heap_limit={size}")

    def overwrite_deleted_data(self) -> None:
        """Rewrite the database's files, so that no deleted data is left in them.

        Raises StoreError, with the command to run later, when another program is using the database.
        """
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with self._guarded(), engine.connect() as connection:
            if connection.dialect.name != "sqlite":
                try:
                    connection.exec_driver_sql("VACUUM FULL")
                except DBAPIError as error:
                    why = "what was removed is not overwritten yet, because something else uses the database"
                    raise StoreError(f"{why}; when it has ended: psql -c 'VACUUM FULL'", TRY_AGAIN) from error
                return
            raw = connection.connection.driver_connection
            assert raw is not None
            try:
                # FTS5 only marks deleted words until its segments are merged (sqlite.org/fts5.html, "optimize").
                raw.execute("INSERT INTO searched (searched) VALUES ('optimize')")
                raw.execute("VACUUM")
                in_use, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.Error as error:
                in_use = str(error)
            if in_use:
                why = "what was removed is not overwritten yet, because another program holds the file; end it, run"
                raise StoreError(f"{why}: sqlite3 {self.name} 'VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'", TRY_AGAIN)

    def empty_log(self) -> None:
        """Write the log of SQLite into the file, where deleted rows are overwritten, unless somebody reads just now."""
        if self.engine.dialect.name == "sqlite":
            with self._guarded(), self.engine.connect() as connection:
                raw: Any = connection.connection.driver_connection
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Raise errors of the database as StoreError, and errors in our statements as they are."""
        try:
            yield
        except (DBAPIError, self.engine.dialect.loaded_dbapi.Error) as error:
            meaning = explain_error(getattr(error, "orig", error), self.name)
            if meaning is None:
                raise  # a bug of ours
            exit_code, advice = meaning
            raise StoreError(f"{self.name}: {advice}", exit_code) from error


def cached_until_write(connection: Connection, key: Hashable, compute: Callable[[], T]) -> T:
    """Cache `compute()` per connection until anybody writes. For use inside a transaction that reads."""
    # data_version changes when another connection commits; a connection's own changes are only in total_changes.
    if connection.dialect.name == "sqlite":
        raw_connection: Any = connection.connection.driver_connection
        state: Any = raw_connection.execute("PRAGMA data_version").fetchone(), raw_connection.total_changes
    else:
        state = connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar()
    if connection.info.get("state") != state:
        connection.info["state"], connection.info["answers"] = state, {}
    answers = connection.info["answers"]
    if key not in answers:
        answers[key] = compute()
    answer: T = answers[key]
    return answer


class Queries:
    """The base of the store's roles; each method of a role is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def _read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function with a connection for reading as its first argument."""
        with self._database.reading() as connection:
            return query(connection, *args, **kwargs)

    def _rows(self, query: Executable) -> Sequence[Any]:
        """Return all rows of a query."""
        with self._database.reading() as connection:
            return connection.execute(query).all()

    def _all(self, kind: type[T], query: Executable) -> list[T]:
        """Return all rows of a query as values of a type, by field names."""
        return [shaped(kind, row) for row in self._rows(query)]

    def _first(self, kind: type[T], query: Executable) -> T | None:
        """Return the first row of a query as a value of a type, or None."""
        return next(iter(self._all(kind, query)), None)

    def _column(self, query: Select[Any]) -> Sequence[Any]:
        """Return the first column of all rows."""
        with self._database.reading() as connection:
            return connection.scalars(query).all()

    def _value(self, query: Select[Any]) -> Any:
        """Return the first column of the first row, or None."""
        with self._database.reading() as connection:
            return connection.scalar(query)

    def _change(self, operation: str, statement: Insert | Update | Delete) -> int:
        """Run one statement and return the number of rows that it changed."""
        with self._database.writing(operation) as connection:
            return connection.execute(statement).rowcount


def open_database(url: str, *, create: bool, patience: float, schema: str = "") -> Database:
    """Open the database of a URL. `patience` is the number of seconds to wait for another writer.

    Raises InputError for a bad URL, and for a missing file unless `create`.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = postgresql_engine(parsed, patience, schema)
        database = Database(
            engine, parsed.render_as_string(hide_password=True) + (f", schema {schema}" if schema else "")
        )
        if schema and create:
            with database.writing("make a schema") as connection:
                connection.execute(CreateSchema(schema, if_not_exists=True))
        return database
    path = parsed.database
    in_memory = not path or path == ":memory:"
    if path and not in_memory:
        create_file(Path(path), create)
    engine = sqlite_engine(parsed, patience, in_memory)
    return Database(engine, IN_MEMORY if in_memory else str(Path(str(path)).absolute()))


def insert_new(dialect: str, table: Table) -> Any:
    """Return an INSERT that supports ON CONFLICT; SQLAlchemy has one class for each dialect."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def put_missing(connection: Connection, table: Table, *rows: Mapping[str, Any]) -> None:
    """Insert the rows whose key is not stored yet; those that are stay as they are."""
    if rows:
        connection.execute(insert_new(connection.dialect.name, table).on_conflict_do_nothing(), rows)


def put(connection: Connection, table: Table, key: str, row: Mapping[str, Any]) -> None:
    """Insert a row; if one with the same value in the column `key` is stored, replace these columns of it."""
    connection.execute(_replacement(connection.dialect.name, table, key, tuple(row)), row)


@cache  # building a statement takes longer than running it
def _replacement(dialect: str, table: Table, key: str, names: tuple[str, ...]) -> Any:
    insertion = insert_new(dialect, table)
    changes = {name: insertion.excluded[name] for name in names if name != key}
    return insertion.on_conflict_do_update(index_elements=[key], set_=changes)


def lock_mail(connection: Connection) -> None:
    """Let no other transaction file or mail until this one ends."""
    _lock_until_commit(connection, 7762)


def lock_stories(connection: Connection) -> None:
    """Let no other transaction file, regroup or store an edit of a filed article until this one ends.

    To be taken before an item is locked: an edit locks the article first and then the item, so it could deadlock.
    """
    _lock_until_commit(connection, 7764)


def lock_text_index(connection: Connection) -> None:
    """Let no other transaction fill the index of texts until this one ends."""
    _lock_until_commit(connection, 7766)


def _lock_until_commit(connection: Connection, lock: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")


def _begin(connection: Connection, statement: str) -> None:
    """Begin a transaction on SQLite, whose driver must not; on PostgreSQL the driver does.

    Writers begin IMMEDIATE: with the driver's default 149 of 200 concurrent updates were lost silently, with a plain
    BEGIN 156 failed as "locked" despite the timeout.
    """
    # By the driver, whose errors `_guarded` knows. SQLAlchemy's recipe listens to the engine's "begin", but with any
    # listener SQLAlchemy goes through all its hooks at each statement: a third of what it adds to one.
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute(statement)  # type: ignore[union-attr]


@contextmanager
def _deferred_foreign_keys(connection: Connection) -> Iterator[None]:
    """Open a transaction that checks foreign keys only at its end.

    SQLite alters a table by creating a new one (sqlite.org/lang_altertable.html). The pragma has no effect inside a
    transaction, so it is set around it.
    """
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            _begin(connection, "BEGIN IMMEDIATE")
            yield
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise StoreError(f"a migration would leave {len(broken)} rows without what they belong to", DISK_ERROR)
    finally:
        raw.execute("PRAGMA foreign_keys=ON")
