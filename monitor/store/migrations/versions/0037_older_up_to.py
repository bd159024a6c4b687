"""The articles that were stored when a version of the watchlist was saved: those numbered up to `older_up_to`."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("watchlist_version", sa.Column("older_up_to", sa.Integer(), nullable=False, server_default="0"))
    # Of earlier versions the number is not known: all that is stored by now counts as older.
    op.execute("UPDATE watchlist_version SET older_up_to = coalesce((SELECT max(id) FROM article), 0)")


def downgrade() -> None:
    op.drop_column("watchlist_version", "older_up_to")
