"""I/O: the database. Runs: what each ingest did."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import insert, select, update

from monitor.errors import NotFound
from monitor.model import Outcome, Run
from monitor.store import tables as t
from monitor.store.engine import Database


class SqlRuns:
    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, run: Run) -> Run:
        values = _row(run).values()
        with self._database.writing() as connection:
            if not run.id:
                new = connection.scalar(insert(t.run).values(values).returning(t.run.c.id))
                return replace(run, id=int(new))
            if not connection.execute(update(t.run).where(t.run.c.id == run.id).values(values)).rowcount:
                raise NotFound(f"there is no run {run.id}")
            return run

    def last(self) -> Run | None:
        with self._database.reading() as connection:
            row = connection.execute(select(t.run).order_by(t.run.c.id.desc()).limit(1)).first()
            return _run(row) if row else None


def _row(run: Run) -> t.RunRow:
    return t.RunRow(
        id=run.id or None,
        started=run.started,
        ended=run.ended,
        due=run.due,
        fetched=run.fetched,
        unchanged=run.unchanged,
        failed=run.failed,
        entries=run.entries,
        articles=run.articles,
        outcomes={outcome.value: count for outcome, count in run.outcomes.items()},
        problems=list(run.problems),
    )


def _run(row: Any) -> Run:
    return Run(
        started=row.started,
        ended=row.ended,
        due=row.due,
        fetched=row.fetched,
        unchanged=row.unchanged,
        failed=row.failed,
        entries=row.entries,
        articles=row.articles,
        outcomes={Outcome(name): count for name, count in row.outcomes.items()},
        id=row.id,
        problems=tuple(row.problems),
    )
