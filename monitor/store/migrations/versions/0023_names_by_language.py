"""Names by language, pauses, last days and who asked for a name; the use of older articles of a save."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entity", sa.Column("names", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("entity", sa.Column("paused_until", sa.Date()))
    op.add_column("entity", sa.Column("watch_until", sa.Date()))
    op.add_column("entity", sa.Column("asked_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("watchlist_version", sa.Column("older_articles", sa.Text(), nullable=False, server_default="queue"))


def downgrade() -> None:
    op.drop_column("watchlist_version", "older_articles")
    for column in ("asked_by", "watch_until", "paused_until", "names"):
        op.drop_column("entity", column)
