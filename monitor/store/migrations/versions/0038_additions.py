"""Articles that users put into the queue by hand, and the sites of the links that they added."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feed", sa.Column("by_hand", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "addition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("article", sa.Integer(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        *(
            sa.ForeignKeyConstraint([name], [f"{name}.id"], name=op.f(f"fk_addition_{name}_{name}"))
            for name in ("entry", "article")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addition")),
    )
    op.create_index(op.f("ix_addition_entry"), "addition", ["entry"])
    op.create_index(op.f("ix_addition_article"), "addition", ["article"])


def downgrade() -> None:
    op.drop_index(op.f("ix_addition_article"), "addition")
    op.drop_index(op.f("ix_addition_entry"), "addition")
    op.drop_table("addition")
    op.drop_column("feed", "by_hand")
