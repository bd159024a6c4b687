"""A watched body has a country, which tells it from the same body of another one."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entity", sa.Column("country", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("entity", "country")
