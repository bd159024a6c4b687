"""The colleague whom a question is for."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("colleague", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_decision_colleague", "decision", ["colleague"])


def downgrade() -> None:
    op.drop_index("ix_decision_colleague", "decision")
    op.drop_column("decision", "colleague")
