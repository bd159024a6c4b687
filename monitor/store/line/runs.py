"""I/O: the database. Runs: what each ingest did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import exists, func, insert, select, update

from monitor.errors import NotFound
from monitor.model import Run, Window
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.types import row_of, shaped


class SqlRuns(Queries):
    def save(self, run: Run) -> Run:
        """Store a run (by id; 0 makes a new one) and return it with its id."""
        outcomes = {outcome.value: count for outcome, count in run.outcomes.items()}
        values = row_of(t.run, run, outcomes=outcomes)
        with self._database.writing("save a run") as connection:
            if not run.id:
                new = connection.scalar(insert(t.run).values(values).returning(t.run.c.id))
                return replace(run, id=int(new))
            if not connection.execute(update(t.run).where(t.run.c.id == run.id).values(values)).rowcount:
                raise NotFound(f"there is no run {run.id}")
            return run

    def last(self) -> Run | None:
        """The run begun last; one without an end is going, or died."""
        return next(iter(self.latest(1)), None)

    def latest(self, limit: int) -> Sequence[Run]:
        """Return the latest runs, the last first."""
        rows = self._rows(select(t.run).order_by(t.run.c.id.desc()).limit(limit))
        return [
            replace(shaped(Run, row), problems=tuple(row.problems)) for row in rows
        ]  # sentences that know their words

    def first_since_ahead(self, now: datetime) -> datetime | None:
        """When the first run began after the last one that began later than now; None: there is no such run."""
        run = t.run.c
        ahead = select(func.max(run.id)).where(run.started > now).scalar_subquery()
        started: datetime | None = self._value(select(run.started).where(run.id > ahead).order_by(run.id).limit(1))
        return started

    def revisits_since(self, since: datetime) -> int:
        """How many pages the runs begun since then asked for again."""
        ask = select(func.coalesce(func.sum(t.run.c.revisits), 0)).where(t.run.c.started >= since)
        return int(self._value(ask))

    def any_started(self, window: Window) -> bool:
        """Whether a run began in this time."""
        within = exists().where(t.run.c.started >= window.since, t.run.c.started < window.until)
        return bool(self._value(select(within)))

    def first_started(self) -> datetime | None:
        """When the first run of all began."""
        started: datetime | None = self._value(select(t.run.c.started).order_by(t.run.c.id).limit(1))
        return started
