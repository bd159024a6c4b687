"""What politeness remembers of each host between two runs: a row that only one of them holds at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "host_state",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("last_request", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.Column("robots", sa.LargeBinary(), nullable=False),
        sa.Column("robots_read", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_host_state")),
    )


def downgrade() -> None:
    op.drop_table("host_state")
