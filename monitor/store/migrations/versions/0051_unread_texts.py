"""Texts that the closed watch has not read yet."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unread_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("is_absence", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_unread_text_article_article")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unread_text")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_unread_text_article", "unread_text", ["article"])


def downgrade() -> None:
    op.drop_table("unread_text")
