"""The contract tests of the store: each on a SQLite file and on a PostgreSQL server, at each change."""

from pathlib import Path

import pytest

from kit.databases import POSTGRESQL, SQLITE, empty_database, new_url


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return empty_database(request, tmp_path)


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return new_url(request, tmp_path)
