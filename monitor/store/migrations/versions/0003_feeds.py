"""What is remembered of a feed: whose its validators are, its entries, its pace, where it moved."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("validators_of", sa.Text(), nullable=False, server_default=""),
        sa.Column("read_whole", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_seconds", sa.Integer(), nullable=True),
        sa.Column("marks", sa.LargeBinary(), nullable=True),
        sa.Column("last_new", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overflow_first", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overflow_last", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_to", sa.Text(), nullable=False, server_default=""),
        sa.Column("moved_seen", sa.Integer(), nullable=False, server_default="0"),
    ]


def upgrade() -> None:
    for column in _columns():
        op.add_column("feed", column)


def downgrade() -> None:
    for column in reversed(_columns()):
        op.drop_column("feed", column.name)
