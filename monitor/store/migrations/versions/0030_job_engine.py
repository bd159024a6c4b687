"""The tables and functions of the job engine procrastinate, in a schema of their own; on PostgreSQL only."""

from pathlib import Path

from alembic import op
from sqlalchemy import inspect

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

ENGINE = "procrastinate 3.10.0"  # `monitor doctor` compares it with the installed library
SCHEMA_FILE = Path(__file__).parents[1] / "sql" / f"{ENGINE.replace(' ', '-')}.sql"

OURS = (
    # Two notifications a row take the group commit of all writers away: 3,400 commits a second become 300. We poll.
    "DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs",
    "DROP TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 ON procrastinate_jobs",
    # Few rows that are always new: the default waits for a fifth of a table that is mostly dead rows by then.
    *(
        f"ALTER TABLE {table} SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, "
        "autovacuum_vacuum_threshold = 500, autovacuum_analyze_scale_factor = 0.05)"
        for table in ("procrastinate_jobs", "procrastinate_events", "procrastinate_workers")
    ),
    # A worker is registered by an INSERT of the library that names no column.
    "ALTER TABLE procrastinate_workers ADD COLUMN machine text NOT NULL DEFAULT current_setting('application_name')",
    "ALTER TABLE procrastinate_workers ADD COLUMN started timestamptz NOT NULL DEFAULT now()",
    f"COMMENT ON SCHEMA procrastinate IS '{ENGINE}'",
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    if inspect(connection).has_schema("procrastinate"):  # that of the open watch, which serves the closed one, too
        return
    path = connection.exec_driver_sql("SHOW search_path").scalar()
    connection.exec_driver_sql("CREATE SCHEMA procrastinate")
    connection.exec_driver_sql("SET LOCAL search_path TO procrastinate")
    # Without parameters, so that the driver takes many statements at once and leaves % alone.
    connection.exec_driver_sql(SCHEMA_FILE.read_text("utf-8"), execution_options={"no_parameters": True})
    for statement in OURS:
        op.execute(statement)
    connection.exec_driver_sql(f"SET LOCAL search_path TO {path}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SCHEMA procrastinate CASCADE")
