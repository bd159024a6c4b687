"""Whoever adds an article knows of open names alone: nothing says of an addition who may see it."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("addition", "is_open")


def downgrade() -> None:
    op.add_column("addition", sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.true()))
