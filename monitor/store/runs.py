"""I/O: the database. Runs: what each ingest did."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import exists, func, insert, select, update

from monitor.errors import NotFound
from monitor.model import Outcome, Run, Window
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
        with self._database.writing("save a run") as connection:
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
        outcomes = {Outcome(name): count for name, count in row["outcomes"].items()}
        return Run(**{**row, "problems": tuple(row["problems"]), "outcomes": outcomes})

    def first_since_ahead(self, now: datetime) -> datetime | None:
        run = t.run.c
        ahead = select(func.max(run.id)).where(run.started > now).scalar_subquery()
        with self._database.reading() as connection:
            started: datetime | None = connection.scalar(
                select(run.started).where(run.id > ahead).order_by(run.id).limit(1)
            )
            return started

    def revisits_since(self, since: datetime) -> int:
        ask = select(func.coalesce(func.sum(t.run.c.revisits), 0)).where(t.run.c.started >= since)
        with self._database.reading() as connection:
            return int(connection.scalar(ask) or 0)

    def any_started(self, window: Window) -> bool:
        within = exists().where(t.run.c.started >= window.since, t.run.c.started < window.until)
        with self._database.reading() as connection:
            return bool(connection.scalar(select(within)))

    def first_started(self) -> datetime | None:
        with self._database.reading() as connection:
            started: datetime | None = connection.scalar(select(t.run.c.started).order_by(t.run.c.id).limit(1))
            return started
