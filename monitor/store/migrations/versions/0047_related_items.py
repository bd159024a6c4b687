"""Related articles; reasons of filings as codes with arguments; the sentences that an article brings itself."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("arguments", "own_sentences"):
        op.add_column("story_article", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "related",
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("neighbour", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_related_article_article")),
        sa.ForeignKeyConstraint(["neighbour"], ["article.id"], name=op.f("fk_related_neighbour_article")),
        sa.PrimaryKeyConstraint("article", "neighbour", name=op.f("pk_related")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_related_neighbour", "related", ["neighbour"])


def downgrade() -> None:
    op.drop_table("related")
    for name in ("own_sentences", "arguments"):
        op.drop_column("story_article", name)
