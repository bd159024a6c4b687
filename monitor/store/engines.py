"""I/O: the database. The engines of SQLite and PostgreSQL, by the address of a database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from monitor.errors import InputError, install_extra
from monitor.store.sqlite_file import use_wal
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
