"""A database of release 0.2 has the same tables as a new one once it is opened, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

import pytest
from sqlalchemy import Connection, inspect

from kit.databases import POSTGRESQL, SQLITE
from monitor.store import open_store
from monitor.store.database import open_database
from store.release_0_2 import make_tables

pytestmark = pytest.mark.usefixtures("empty_files")

# What SQLAlchemy does not tell, as names and texts.
_TEXTS = {
    SQLITE: """
        SELECT name, sql FROM sqlite_master WHERE sql NOT LIKE 'CREATE TABLE%' AND type <> 'index'
        UNION SELECT 'options of ' || name, (sql LIKE '%AUTOINCREMENT%') || (sql LIKE '%WITHOUT ROWID%')
        FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%'
    """,
    POSTGRESQL: """
        SELECT viewname, definition FROM pg_views WHERE schemaname = current_schema
        UNION SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema
        UNION SELECT routine_name, md5(string_agg(routine_definition, '' ORDER BY specific_name))
        FROM information_schema.routines WHERE routine_schema = 'procrastinate' GROUP BY 1
    """,
}


@pytest.mark.check
def test_a_database_of_release_0_2_has_the_tables_of_a_new_one_once_it_is_opened(
    empty_url: str, request: pytest.FixtureRequest
):
    is_sqlite = empty_url.startswith(SQLITE)
    new = open_store("sqlite://") if is_sqlite else request.getfixturevalue("postgresql_store")
    with closing(open_database(empty_url, create=True, patience=1)) as older:
        make_tables(older)
    with (
        closing(open_store(empty_url)) as upgraded,
        upgraded.database.reading() as migrated,
        new.database.reading() as created,
    ):
        assert schema(migrated) == schema(created)


def schema(connection: Connection) -> Mapping[str, object]:
    """Return all tables, constraints, indexes, views and triggers; columns without their order and defaults."""
    inspector, kind = inspect(connection), connection.dialect.name
    described: dict[str, object] = {
        name: " ".join(str(text).split()) for name, text in connection.exec_driver_sql(_TEXTS[kind])
    }
    for table in inspector.get_table_names():
        columns = {column["name"]: (str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)}
        constraints = [
            *(inspector.get_pk_constraint(table), *inspector.get_foreign_keys(table)),
            *(*inspector.get_unique_constraints(table), *inspector.get_check_constraints(table)),
            *inspector.get_indexes(table),
        ]
        described[f"table {table}"] = columns, sorted(str(sorted(constraint.items())) for constraint in constraints)
    return described
