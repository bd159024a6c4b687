"""I/O: the database. Runs: what each ingest did."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import insert, select, update

from monitor.errors import NotFound
from monitor.model import Outcome, Run
from monitor.store import tables as t
from monitor.store.engine import Database

# The table has a column for each field of a run, by its name.
_FIELDS = tuple(field.name for field in fields(Run) if field.name != "id")


class SqlRuns:
    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, run: Run) -> Run:
        values = {name: getattr(run, name) for name in _FIELDS}
        values["outcomes"] = {outcome.value: count for outcome, count in run.outcomes.items()}
        with self._database.writing() as connection:
            if not run.id:
                new = connection.scalar(insert(t.run).values(values).returning(t.run.c.id))
                return replace(run, id=int(new))
            if not connection.execute(update(t.run).where(t.run.c.id == run.id).values(values)).rowcount:
                raise NotFound(f"there is no run {run.id}")
            return run

    def last(self) -> Run | None:
        with self._database.reading() as connection:
            row = connection.execute(select(t.run).order_by(t.run.c.id.desc()).limit(1)).mappings().first()
        if row is None:
            return None
        lists = {name: tuple(row[name]) for name in ("problems", "told")}
        outcomes = {Outcome(name): count for name, count in row["outcomes"].items()}
        return Run(**{**row, **lists, "outcomes": outcomes})

    def told_since(self, since: datetime) -> frozenset[str]:
        with self._database.reading() as connection:
            told = connection.scalars(select(t.run.c.told).where(t.run.c.started >= since))
            return frozenset(problem for problems in told for problem in problems)
