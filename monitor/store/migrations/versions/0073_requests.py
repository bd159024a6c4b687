"""The heads of the requests for pages that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0064"
branch_labels = None
depends_on = None

COLUMNS = {"article": "gone_request", "article_version": "request", "unread_text": "request"}


def upgrade() -> None:
    for table, column in COLUMNS.items():
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for table, column in COLUMNS.items():
        op.drop_column(table, column)
