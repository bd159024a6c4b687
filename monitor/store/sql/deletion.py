"""I/O: the database. Deletion of rows with all rows that depend on them; for use inside a transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, select, update

from monitor.store import tables as t
from monitor.store.types import is_one_of


def delete_with_dependents(connection: Connection, table: Table, numbers: Collection[int]) -> None:
    """Delete rows and all rows that depend on them; nullable references to them become null."""
    if not numbers:
        return
    (key,) = table.primary_key
    for column in _referring_columns(table):
        referring_table, refers = column.table, is_one_of(column, numbers)
        if column.nullable:
            connection.execute(update(referring_table).where(refers).values({column.name: None}))
        elif list(_referring_columns(referring_table)):
            dependents = connection.scalars(select(*referring_table.primary_key).where(refers)).all()
            delete_with_dependents(connection, referring_table, dependents)
        else:
            connection.execute(delete(referring_table).where(refers))
    connection.execute(delete(table).where(is_one_of(key, numbers)))


def _referring_columns(table: Table) -> Iterator[Column[Any]]:
    for referring_table in t.Row.metadata.sorted_tables:
        yield from (key.parent for key in referring_table.foreign_keys if key.column.table is table)
