"""An entry's date with its precision and its own words; and what was answered when an article was found gone."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("published_precision", "published_raw"):
        op.add_column("entry", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE entry SET published = updated WHERE published IS NULL")
    op.drop_column("entry", "updated")
    op.add_column("article", sa.Column("gone_url", sa.Text(), nullable=False, server_default=""))
    op.add_column("article", sa.Column("gone_status", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("article", sa.Column("gone_headers", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("article", sa.Column("gone_body_sha256", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for name in ("gone_body_sha256", "gone_headers", "gone_status", "gone_url"):
        op.drop_column("article", name)
    op.add_column("entry", sa.Column("updated", sa.DateTime(timezone=True), nullable=True))
    for name in ("published_raw", "published_precision"):
        op.drop_column("entry", name)
