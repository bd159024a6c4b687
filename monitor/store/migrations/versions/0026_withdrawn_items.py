"""The number of items that lost a name with a version of the watchlist (`withdrawn`)."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("watchlist_version", sa.Column("withdrawn", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("watchlist_version", "withdrawn")
