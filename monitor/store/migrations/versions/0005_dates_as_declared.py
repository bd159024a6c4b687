"""How precisely a page was dated, and in what words; and the way to an outlet's latest."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article_version", sa.Column("published_precision", sa.Text(), nullable=False, server_default=""))
    op.add_column("article_version", sa.Column("published_raw", sa.Text(), nullable=False, server_default=""))
    op.create_index(op.f("ix_entry_feed_first_seen"), "entry", ["feed", "first_seen"], unique=False)
    op.create_index(op.f("ix_article_outlet_first_seen"), "article", ["outlet", "first_seen"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_article_outlet_first_seen"), "article")
    op.drop_index(op.f("ix_entry_feed_first_seen"), "entry")
    op.drop_column("article_version", "published_raw")
    op.drop_column("article_version", "published_precision")
