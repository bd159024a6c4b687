"""An alerted name keeps the outlet whose news it was, by which alerts are limited."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alerted_name", sa.Column("outlet", sa.Text(), nullable=False, server_default=""))
    op.add_column("alerted_name", sa.Column("filed", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alerted_name", sa.Column("due", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for name in ("due", "filed", "outlet"):
        op.drop_column("alerted_name", name)
