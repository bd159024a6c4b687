"""What awaits filing is looked up by indexes, not by reading all articles; feeds are looked up by outlet."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("story_article", sa.Column("outdated", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Whether a removal was reported already, filing finds out.
    op.execute(
        "UPDATE story_article SET outdated = true WHERE EXISTS (SELECT 1 FROM article WHERE article.id = "
        "story_article.article AND (article.version > story_article.version OR article.gone IS NOT NULL))"
    )
    op.create_index("ix_story_article_outdated_article", "story_article", ["outdated", "article"])
    op.create_index("ix_hit_filed_alerts_confidence", "hit", ["filed", "alerts", "confidence"])
    op.create_index("ix_feed_outlet", "feed", ["outlet"])


def downgrade() -> None:
    op.drop_index("ix_feed_outlet", "feed")
    op.drop_index("ix_hit_filed_alerts_confidence", "hit")
    op.drop_index("ix_story_article_outdated_article", "story_article")
    op.drop_column("story_article", "outdated")
