"""I/O: the database. Results of slow checks: an input that has not changed is not checked again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

from sqlalchemy import Connection, delete, select

from monitor.errors import StoreError
from monitor.store import tables as t
from monitor.store.database import Queries, put


class Check(StrEnum):
    """A kind of check; the comment says what its result counts. Its value is stored: it never changes."""

    FEEDS_STORED = "feeds stored"  # those of feeds.yaml, as the table of feeds has them: `feeds.sync_list` writes it
    UNFINDABLE_NAMES = "unfindable names"
    REVEALING_ADDRESSES = "revealing addresses"


class SqlChecks(Queries):
    """The latest result of each check."""

    def is_stored(self, check: Check, checked: str) -> bool:
        """Return True if the latest result is for this input; False if `checked` is empty."""
        return bool(checked) and self._stored(check, checked) is not None

    def result(self, check: Check, checked: str, compute: Callable[[], int]) -> int:
        """Return the result for an input, by a hash or version of it; `compute` makes it, unless it is stored.

        Without a hash (`checked` is empty) nothing is stored. Raises what `compute` raises.
        """
        if checked:
            with suppress(StoreError):  # without an answer of the database the check is made again
                if (stored := self._stored(check, checked)) is not None:
                    return stored
        result = compute()
        if checked:
            with suppress(StoreError), self._database.writing("save a check") as connection:
                put_result(connection, check, checked, result)
        return result

    def _stored(self, check: Check, checked: str) -> int | None:
        row = t.checked_input.c
        stored: int | None = self._value(select(row.result).where(row.name == check, row.input == checked))
        return stored


def put_result(connection: Connection, check: Check, checked: str, result: int) -> None:
    """Store the latest result of a check; if `checked` is empty, forget it."""
    if not checked:
        connection.execute(delete(t.checked_input).where(t.checked_input.c.name == check))
        return
    put(connection, t.checked_input, "name", {"name": check, "input": checked, "result": result})
