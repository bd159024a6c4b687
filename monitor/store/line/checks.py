"""I/O: the database. Results of checks that take long: an input that is as it was is not checked again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

from sqlalchemy import select

from monitor.errors import StoreError
from monitor.store import tables as t
from monitor.store.database import Queries, insert_new


class Check(StrEnum):
    """What was checked; the result is a number of what stands there. Its value is stored: it never changes."""

    FEEDS_STORED = "feeds stored"  # the feeds of feeds.yaml, as the table of feeds has them
    FEEDS_VALID = "feeds valid"  # the feeds of feeds.yaml
    WATCHLIST_VALID = "watchlist valid"  # the entities of watchlist.yaml
    UNFINDABLE_NAMES = "unfindable names"
    REVEALING_ADDRESSES = "revealing addresses"


class SqlChecks(Queries):
    """The latest result of each check."""

    def result(self, check: Check, checked: str, compute: Callable[[], int]) -> int:
        """Return the result for an input, by a hash or version of it; `compute` makes it, unless it is stored.

        Without a hash (`checked` is empty) nothing is stored. Raises what `compute` raises, and StoreError.
        """
        row = t.checked_input.c
        stored = self._value(select(row.result).where(row.name == check, row.input == checked)) if checked else None
        if stored is not None:
            return int(stored)
        result = compute()
        if checked:
            with suppress(StoreError):  # the check was made; the next one is made again
                self._save({"input": checked, "result": result}, check)
        return result

    def _save(self, values: dict[str, str | int], check: Check) -> None:
        with self._database.writing("save a check") as connection:
            insertion = insert_new(connection.dialect.name, t.checked_input).values(name=check, **values)
            connection.execute(insertion.on_conflict_do_update(index_elements=["name"], set_=values))
