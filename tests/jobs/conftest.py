"""A PostgreSQL database with the tables of jobs for each test."""

import pytest

from kit.databases import Server, delete_all_rows
from kit.jobs import Rows, fresh_database


@pytest.fixture
def database(postgresql: Server, postgresql_with_tables: str) -> str:
    delete_all_rows(postgresql, postgresql_with_tables)  # an earlier test of this worker may have left some
    return fresh_database(postgresql, postgresql_with_tables)


@pytest.fixture
def url(postgresql: Server, database: str) -> str:
    return postgresql.url(database)


@pytest.fixture
def rows(postgresql: Server, database: str) -> Rows:
    return Rows(postgresql.dsn(database))
