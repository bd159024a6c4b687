"""Results of checks that take long, by what they were made of."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checked_input",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("input", sa.Text(), nullable=False),
        sa.Column("result", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_checked_input")),
    )


def downgrade() -> None:
    op.drop_table("checked_input")
