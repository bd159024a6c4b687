"""A mailing keeps which names were sensitive when it was composed."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of what waits already nobody knows: it is composed again if any name is sensitive.
    op.add_column("mailing", sa.Column("hidden", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("mailing", "hidden")
