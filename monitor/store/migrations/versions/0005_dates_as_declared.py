"""How precisely a page was dated, and in what words."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article_version", sa.Column("published_precision", sa.Text(), nullable=False, server_default=""))
    op.add_column("article_version", sa.Column("published_raw", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("article_version", "published_raw")
    op.drop_column("article_version", "published_precision")
