"""An index: the decisions of somebody, of which every page shows the last."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_decision_by", "decision", ["by"])


def downgrade() -> None:
    op.drop_index("ix_decision_by", "decision")
