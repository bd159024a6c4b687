"""What is remembered of a feed, as one value; the validators alone were not known by whose they are."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feed", sa.Column("memory", sa.Text(), nullable=False, server_default="{}"))
    op.drop_column("feed", "last_modified")
    op.drop_column("feed", "etag")


def downgrade() -> None:
    op.add_column("feed", sa.Column("etag", sa.Text(), nullable=False, server_default=""))
    op.add_column("feed", sa.Column("last_modified", sa.Text(), nullable=False, server_default=""))
    op.drop_column("feed", "memory")
