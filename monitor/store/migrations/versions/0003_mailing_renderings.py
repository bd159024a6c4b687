"""A mailing has a rendering with sensitive names, too, for the letters that may hold them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("full_subject", "full_text", "full_html"):
        op.add_column("mailing", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("letter", sa.Column("full", sa.Boolean, nullable=False, server_default=sa.false()))
