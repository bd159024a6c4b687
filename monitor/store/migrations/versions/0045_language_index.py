"""Lists in one language are looked up by an index, not by reading all texts, beside which the language stands."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_article_version_article_version_language", "article_version", ["article", "version", "language"]
    )


def downgrade() -> None:
    op.drop_index("ix_article_version_article_version_language", "article_version")
