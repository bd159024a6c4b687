"""I/O: the database. Deletion of rows with all rows that depend on them; for use inside a transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, select, update

from monitor.store import tables as t

BATCH_SIZE = 500  # numbers in one statement, or rows in memory


def delete_with_dependents(connection: Connection, table: Table, numbers: Collection[int]) -> None:
    """Delete rows and all rows that depend on them; nullable references to them become null."""
    (key,) = table.primary_key
    for batch in batches(numbers):
        for column in _referring_columns(table):
            referring_table = column.table
            if column.nullable:
                connection.execute(update(referring_table).where(column.in_(batch)).values({column.name: None}))
            elif list(_referring_columns(referring_table)):
                dependents = connection.scalars(select(*referring_table.primary_key).where(column.in_(batch))).all()
                delete_with_dependents(connection, referring_table, dependents)
            else:
                connection.execute(delete(referring_table).where(column.in_(batch)))
        connection.execute(delete(table).where(key.in_(batch)))


def batches(numbers: Collection[int]) -> Iterator[list[int]]:
    """Yield the numbers in order, in batches that fit one statement."""
    ordered = sorted(numbers)
    for start in range(0, len(ordered), BATCH_SIZE):
        yield ordered[start : start + BATCH_SIZE]


def _referring_columns(table: Table) -> Iterator[Column[Any]]:
    for referring_table in t.Row.metadata.sorted_tables:
        yield from (key.parent for key in referring_table.foreign_keys if key.column.table is table)
