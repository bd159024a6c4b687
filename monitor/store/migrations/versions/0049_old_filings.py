"""Marks the filings that the rules before November 2026 made: those rules put unrelated events into one item.

The next runs file them again. The first article of each story stays where it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("story_article", sa.Column("old_rules", sa.Boolean(), nullable=False, server_default=sa.false()))
    filing = sa.table("story_article", *map(sa.column, ("id", "story", "old_rules")))
    first_filings = sa.select(sa.func.min(filing.c.id)).group_by(filing.c.story)
    op.execute(sa.update(filing).where(filing.c.id.not_in(first_filings)).values(old_rules=sa.true()))
    op.create_index("ix_story_article_old_rules_story", "story_article", ["old_rules", "story"])


def downgrade() -> None:
    op.drop_index("ix_story_article_old_rules_story", "story_article")
    op.drop_column("story_article", "old_rules")
