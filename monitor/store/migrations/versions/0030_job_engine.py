"""The tables and functions of the job engine procrastinate, in a schema of their own; on PostgreSQL only."""

from alembic import op

from monitor.store.tables.creation import create_job_engine

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_job_engine(op.get_bind())  # copy it here before it changes


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SCHEMA procrastinate CASCADE")
