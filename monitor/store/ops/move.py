"""I/O: the database. Copying everything into another, empty database, such as from SQLite to PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, insert, select

from monitor.errors import InputError
from monitor.store.database import Database
from monitor.store.tables import Row

ROWS_PER_BATCH = 500


def move(source: Database, target: Database) -> int:
    """Copy all rows with their numbers in one transaction, and return how many; both databases have the same tables.

    Raises InputError when the target is not empty, StoreError when a database cannot be used.
    """
    tables = Row.metadata.sorted_tables  # parents before the tables that refer to them
    rows_copied = 0
    with source.reading() as source_connection, target.writing("move") as target_connection:
        for table in tables:
            if target_connection.execute(select(table).limit(1)).first():
                raise InputError(f"{target.name} holds something already; name an empty database")
        for table in tables:
            rows = source_connection.execution_options(yield_per=ROWS_PER_BATCH).execute(
                select(table).order_by(*table.primary_key)
            )
            for batch in rows.mappings().partitions():
                target_connection.execute(insert(table), [dict(row) for row in batch])
                rows_copied += len(batch)
            _advance_sequence(target_connection, table)
    return rows_copied


def _advance_sequence(connection: Connection, table: Table) -> None:
    """Let PostgreSQL's next number follow the last one copied; SQLite does so by itself."""
    number = table.autoincrement_column
    if number is None or connection.dialect.name != "postgresql":
        return
    last = connection.scalar(select(func.max(number)))
    if last is not None:
        sequence = func.pg_get_serial_sequence(table.name, number.name)
        connection.execute(select(func.setval(sequence, last)))
