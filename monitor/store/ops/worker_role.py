"""I/O: the database. The rights of a role of PostgreSQL that does the work of a fleet and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from monitor.errors import InputError
from monitor.store import tables as t
from monitor.store.database import Database

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


def grant_worker_role(database: Database, role: str, password: str) -> None:
    """Give a role the rights that workers of a fleet need, and take all others; make it if it does not exist.

    It has none in the schema of the closed watch. Raises InputError on SQLite, and without a password for a new one.
    """
    with database.migrating() as connection:
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


def _run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
