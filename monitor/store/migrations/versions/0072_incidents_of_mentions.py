"""A mention of the press keeps what happened to whom, by whom and where; names that are never proposed again."""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mention", sa.Column("incident", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "refused_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_name")),
        sa.UniqueConstraint("name", name=op.f("uq_refused_name_name")),
    )


def downgrade() -> None:
    op.drop_table("refused_name")
    op.drop_column("mention", "incident")
