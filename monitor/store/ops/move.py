"""I/O: the database. Everything in it into another, empty one."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, insert, select

from monitor.errors import InputError
from monitor.store.database import Database
from monitor.store.tables import Row

ROWS_AT_ONCE = 500


def move(source: Database, target: Database) -> int:
    """Copy all rows, with their numbers, in one transaction; returns how many. Both have the same tables.

    Raises InputError when the target holds anything, StoreError.
    """
    tables = Row.metadata.sorted_tables  # whatever a row belongs to comes before it
    copied = 0
    with source.reading() as there, target.writing("move") as here:
        for table in tables:
            if here.execute(select(table).limit(1)).first():
                raise InputError(f"{target.name} holds something already; name an empty database")
        for table in tables:
            rows = there.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table).order_by(*table.primary_key))
            for batch in rows.mappings().partitions():
                here.execute(insert(table), [dict(row) for row in batch])
                copied += len(batch)
            _count_on(here, table)
    return copied


def _count_on(connection: Connection, table: Table) -> None:
    """The next number follows the last one copied; SQLite does so by itself."""
    number = table.autoincrement_column
    if number is None or connection.dialect.name != "postgresql":
        return
    last = connection.scalar(select(func.max(number)))
    if last is not None:
        sequence = func.pg_get_serial_sequence(table.name, number.name)
        connection.execute(select(func.setval(sequence, last)))
