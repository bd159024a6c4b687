"""Entries of the type press: their countries and acts."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("countries", "acts"):
        op.add_column("entity", sa.Column(column, sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    for column in ("acts", "countries"):
        op.drop_column("entity", column)
