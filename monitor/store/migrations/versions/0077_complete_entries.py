"""Whether a feed has an entry's whole article; before, such entries had the same text as summary and as content."""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entry", sa.Column("is_complete", sa.Boolean(), nullable=False, server_default=sa.false()))
    complete = sa.text("UPDATE entry SET is_complete = :yes, content = '' WHERE content = summary AND content <> ''")
    op.execute(complete.bindparams(yes=True))


def downgrade() -> None:
    op.execute(sa.text("UPDATE entry SET content = summary WHERE is_complete"))
    op.drop_column("entry", "is_complete")
