"""I/O: the database. A fleet: its machines and their jobs, in counts and ages, and the rights of their role.

Reads the tables of the job engine, which are on PostgreSQL alone; the engine's library is not needed for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text

from monitor.errors import InputError
from monitor.model import OVERDUE_AFTER, SLICE_OVERDUE_AFTER, STALLED_AFTER, DueWork, FleetState, Machine, Queue
from monitor.store import tables as t
from monitor.store.database import Database, Queries
from monitor.store.line.claims import SqlClaims, SqlRanges

_ENGINE = text("SELECT obj_description('procrastinate'::regnamespace)")
# Ages are computed by the server, whose clock wrote the times.
_MACHINES = text("""
SELECT machine, count(job.id) AS jobs, now() - min(last_heartbeat) AS heartbeat, now() - min(started) AS running
FROM procrastinate.procrastinate_workers AS worker
LEFT JOIN procrastinate.procrastinate_jobs AS job ON job.worker_id = worker.id AND job.status = 'doing'
GROUP BY machine ORDER BY machine
""")
_JOBS = text(
    "SELECT queue_name, status::text, count(*) FROM procrastinate.procrastinate_jobs GROUP BY 1, 2 ORDER BY 1, 2"
)
_STALLED = text("""
SELECT count(*) FROM procrastinate.procrastinate_jobs AS job
LEFT JOIN procrastinate.procrastinate_workers AS worker ON worker.id = job.worker_id
WHERE job.status = 'doing' AND (
    worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :stalled)
    OR (SELECT max(at) FROM procrastinate.procrastinate_events AS event
        WHERE event.job_id = job.id AND event.type = 'started') < now() - make_interval(
            secs => CASE job.task_name WHEN 'slice' THEN :slice_overdue ELSE :overdue END))
""")


_ALL = "SELECT, INSERT, UPDATE, DELETE"
# What jobs fill. A table that is in none of these lists is none of their business: accounts, the log, messages.
_OF_JOBS = (
    t.archive_range, t.article, t.article_version, t.article_words, t.candidate_hash, t.checked_input, t.claim, t.entry,
    t.feed, t.feed_day, t.finding, t.hit, t.host_state, t.mention, t.raw_body, t.related, t.review_item, t.revisit,
    t.run, t.sealed_page, t.story, t.story_article, t.unread_text,
)  # fmt: skip
_RIGHTS: Mapping[str, str] = {
    **dict.fromkeys((*(table.name for table in _OF_JOBS), "text_index", "text_word"), _ALL),
    # What the home and people fill.
    **{table.name: "SELECT" for table in (t.entity, t.alias, t.entity_version, t.decision, t.regrouping)},
    "watchlist_version": "SELECT, UPDATE (to_look_through)",
    "addition": "SELECT, UPDATE (article)",
    "mailing": "SELECT (id, made, until)",  # filing asks until when, and which names, messages told
    "alerted_name": "SELECT, INSERT",
    "alembic_version": "SELECT",
}


class SqlFleet(Queries):
    """The state of a fleet; on SQLite there are no machines and no jobs, but work is due."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._claims, self._ranges = SqlClaims(database), SqlRanges(database)

    def state(self, now: datetime) -> FleetState:
        """Return the state of all machines and queues."""
        due = tuple(self._due_work(queue, now) for queue in Queue if queue is not Queue.ARCHIVE)
        working = sum(claim.slice is not None for claim in self._claims.live(now))
        archive = self._ranges.progress()
        with self._database.reading() as connection:
            if connection.dialect.name == "sqlite":
                return FleetState("", (), due, {}, working, 0, *archive)
            engine = connection.scalar(_ENGINE)
            machines = tuple(
                Machine(row.machine, row.jobs, row.heartbeat, row.running) for row in connection.execute(_MACHINES)
            )
            jobs = {(queue, status): number for queue, status, number in connection.execute(_JOBS)}
            return FleetState(engine, machines, due, jobs, working, _count_stalled(connection), *archive)

    def engine(self) -> str:
        """Return the job engine with the version of its schema; an empty string on SQLite."""
        with self._database.reading() as connection:
            return "" if connection.dialect.name == "sqlite" else str(connection.scalar(_ENGINE))

    def feeds_by_status(self) -> Mapping[str, int]:
        """Return the number of listed feeds that are not paused, by status."""
        query = select(t.feed.c.status, func.count()).where(t.feed.c.listed, ~t.feed.c.paused)
        return {str(status): number for status, number in self._rows(query.group_by(t.feed.c.status))}

    def let_work(self, role: str, password: str) -> None:
        """Give a role the rights that workers of a fleet need, and take all others; make it if it does not exist.

        None in the schema of the closed watch. Raises InputError on SQLite, and without a password for a new one.
        """
        with self._database.migrating() as connection:
            if connection.dialect.name != "postgresql":
                raise InputError("a SQLite file has no roles, and one machine at a time works on it")
            raw: Any = connection.connection.driver_connection
            quoted = connection.dialect.identifier_preparer.quote_identifier(role)
            exists = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
            if not exists and not password:
                raise InputError("there is no such role; its password on standard input makes it")
            if password:  # as a hash: statements may stand in the log of the server
                secret = raw.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
                _run(connection, f"{'ALTER' if exists else 'CREATE'} ROLE {quoted} LOGIN PASSWORD '{secret}'")
            schema = connection.scalar(text("SELECT quote_ident(current_schema())"))
            for name in (schema, "procrastinate"):
                # Before PostgreSQL 15 everybody may make functions in `public`, and others call them without knowing.
                _run(connection, f"REVOKE CREATE ON SCHEMA {name} FROM PUBLIC, {quoted}")
                _run(connection, f"GRANT USAGE ON SCHEMA {name} TO {quoted}")
                _run(connection, f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {name} TO {quoted}")
                _run(connection, f"REVOKE ALL ON ALL TABLES IN SCHEMA {name} FROM {quoted}")
            _run(connection, f"GRANT {_ALL} ON ALL TABLES IN SCHEMA procrastinate TO {quoted}")
            for table, rights in _RIGHTS.items():
                _run(connection, f"GRANT {rights} ON {schema}.{table} TO {quoted}")

    def _due_work(self, queue: Queue, now: datetime) -> DueWork:
        count, oldest = self._claims.due_work(queue, now)
        slices = len(self._claims.due_slices(queue, now)) if count else 0
        return DueWork(queue, count, slices, now - oldest if oldest else None)


def _count_stalled(connection: Connection) -> int:
    return int(
        connection.scalar(
            _STALLED, {"stalled": STALLED_AFTER, "slice_overdue": SLICE_OVERDUE_AFTER, "overdue": OVERDUE_AFTER}
        )
        or 0
    )


def _run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
