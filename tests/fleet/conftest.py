"""A PostgreSQL database with the tables of jobs for each test."""

import pytest

from fleet.jobs import Rows, fresh_database
from kit.databases import TEMPLATE, Server


@pytest.fixture
def database(postgresql: Server, postgresql_with_tables: str) -> str:
    return fresh_database(postgresql, TEMPLATE)


@pytest.fixture
def url(postgresql: Server, database: str) -> str:
    return postgresql.url(database)


@pytest.fixture
def rows(postgresql: Server, database: str) -> Rows:
    return Rows(postgresql.dsn(database))
