"""A run counts the surnames alone that were not worth a look."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("common_surnames", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("run", "common_surnames")
