"""The databases, for every test that asks for one; slow tests that measure, and so run alone."""

import gc
from functools import cache
from pathlib import Path

import httpx
import pytest
from hypothesis import settings

from kit.articles import bench
from kit.commands import monitor
from kit.databases import (
    POSTGRESQL,
    compile_once,
    database_url,
    empty_url,
    postgresql,
    postgresql_with_tables,
    spare_the_disk,
    sqlite_with_tables,
    store,
)

gc.disable()  # until all is imported: what that makes stays
__all__ = [
    "bench",
    "database_url",
    "empty_url",
    "monitor",
    "postgresql",
    "postgresql_with_tables",
    "sqlite_with_tables",
    "store",
]

compile_once()
spare_the_disk()
httpx.create_ssl_context = cache(httpx.create_ssl_context)  # it reads 120 certificates

# A few examples in `make test`, all in `make check`, which runs what draws them once more.
settings.register_profile("few", max_examples=16, deadline=None)
settings.register_profile("all", max_examples=100, deadline=None)
settings.load_profile("few")

# Files of slow tests that hold seconds or memory against a limit.
MEASURE = (
    "test_lab_*",
    "test_match_*",
    "test_parse",
    "test_watchlist",
    "test_workshop",
    "test_fetch_manners",
    "test_demo",
)

# Of tests on both databases, those on the server that `make test` runs: storing, filing, judging, mailing, migrating,
# moving. The others are of what is read or purged, by the same functions; they run there in `make check`.
ON_A_SERVER = (
    "test_store_line",
    "test_store_queue",
    "test_store_evidence",
    "test_store_outbox",
    "test_store_desk",
    "test_store_migrations",
    "test_move",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        given = item.callspec.params if hasattr(item, "callspec") else {}
        on_a_server = POSTGRESQL in (given.get("database_url"), given.get("empty_url"))
        if on_a_server and Path(item.path).stem not in ON_A_SERVER:
            item.add_marker("slow")
        if item.get_closest_marker("slow") and any(Path(item.path).match(f"{name}.py") for name in MEASURE):
            item.add_marker("alone")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Looking for garbage took a seventh of all the time, and mostly went through what was imported."""
    if not any(item.get_closest_marker("alone") for item in session.items):
        gc.freeze()
        gc.set_threshold(20_000, 20, 100)
    gc.enable()
