"""Indexes: the decisions that were made in one step, and what the queue's splits are counted by."""

from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_decision_batch", "decision", ["batch"])
    op.create_index("ix_review_item_splits", "review_item", ["state", "clear", "verdict", "until"])


def downgrade() -> None:
    op.drop_index("ix_review_item_splits", "review_item")
    op.drop_index("ix_decision_batch", "decision")
