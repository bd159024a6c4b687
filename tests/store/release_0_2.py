"""Databases as release 0.2.0 has them: its tables are in tests/data/release-0.2, as that release made them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, column, insert, inspect, select, table, text

from monitor.store import Store
from monitor.store.database import Database, open_database
from monitor.store.ops.migrate import alembic_config
from monitor.store.tables import Row

TABLES = Path(__file__).parents[1] / "data" / "release-0.2"
FORMER_NAMES = {"delivery": "letter", "external_id": "message_id"}


def make_tables(database: Database) -> None:
    """Make the tables of 0.2.0 in a new database."""
    with database.migrating() as connection:
        for statement in (TABLES / f"{connection.dialect.name}.sql").read_text("utf-8").split("\n\n"):
            connection.exec_driver_sql(statement)
        command.stamp(alembic_config(connection), "0004")


def copy_to_0_2(store: Store, url: str, *statements: str) -> None:
    """Make a database of 0.2.0 with the rows of a store, as far as it had their columns.

    Statements change the copy: what that release wrote in another way.
    """
    with closing(open_database(url, create=True, patience=1)) as database:
        make_tables(database)
        with store.database.reading() as source, database.writing("a test") as target:
            copy_rows(source, target)
            for statement in statements:
                target.execute(text(statement))


def copy_rows(source: Connection, target: Connection) -> None:
    tables_before = inspect(target)
    for table_now in Row.metadata.sorted_tables:
        name = FORMER_NAMES.get(table_now.name, table_now.name)
        if not tables_before.has_table(name):
            continue
        names = {one["name"] for one in tables_before.get_columns(name)}
        columns = [one.label(FORMER_NAMES.get(one.name, one.name)) for one in table_now.c]
        columns = [one for one in columns if one.name in names]
        rows = [dict(row) for row in source.execute(select(*columns)).mappings()]
        if rows:
            target.execute(insert(table(name, *(column(one.name, one.type) for one in columns))), rows)
