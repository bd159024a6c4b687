"""Decisions made in one step are undone in one."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("batch", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("decision", "batch")
