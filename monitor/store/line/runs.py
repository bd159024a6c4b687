"""I/O: the database. Runs: the counts and problems of each ingest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import exists, func, insert, select, update

from monitor.errors import NotFound
from monitor.model import Run
from monitor.store import tables as t
from monitor.store.database import Queries
from monitor.store.types import row_of, shaped

_DAY = timedelta(days=1)


class SqlRuns(Queries):
    """Runs in the order they began."""

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

    def add(self, part: Run) -> None:
        """Add the counts of a job to the latest run, of which it is a part."""
        run = t.run.c
        counts = ("due", "fetched", "unchanged", "failed", "entries", "articles", "revisits", "common_surnames")
        with self._database.writing("add to a run") as connection:
            latest = select(run.id, run.outcomes, run.problems).order_by(run.id.desc()).limit(1).with_for_update()
            row = connection.execute(latest).first()
            # The home process has not begun a run yet.
            if row is None:
                return
            outcomes = Counter(row.outcomes) + Counter({outcome.value: n for outcome, n in part.outcomes.items()})
            values = {name: run[name] + getattr(part, name) for name in counts} | {"ended": part.ended}
            # A problem that several jobs report is one problem of the run.
            values |= {"outcomes": dict(outcomes), "problems": list(dict.fromkeys((*row.problems, *part.problems)))}
            connection.execute(update(t.run).where(run.id == row.id).values(values))

    def last(self) -> Run | None:
        """Return the latest run; one without an end is still running, or its process died."""
        return next(iter(self.latest(1)), None)

    def latest(self, limit: int) -> Sequence[Run]:
        """Return the latest runs, the newest first."""
        rows = self._rows(select(t.run).order_by(t.run.c.id.desc()).limit(limit))
        # `shaped` makes plain strings of Messages.
        return [replace(shaped(Run, row), problems=tuple(row.problems)) for row in rows]

    def count_rechecks_since(self, since: datetime) -> int:
        """Return how many pages were rechecked by the runs that began since then."""
        query = select(func.coalesce(func.sum(t.run.c.revisits), 0)).where(t.run.c.started >= since)
        return int(self._value(query))

    def is_time_of_service(self, now: datetime) -> bool:
        """Return whether a run began between one and eight days ago.

        If not, the clock may have jumped ahead: nothing is dropped or leaves the queue by its age.
        """
        started = t.run.c.started
        return bool(self._value(select(exists().where(started >= now - 8 * _DAY, started < now - _DAY))))

    def first_started(self) -> datetime | None:
        """Return the start of the first run, or None."""
        started: datetime | None = self._value(select(t.run.c.started).order_by(t.run.c.id).limit(1))
        return started
