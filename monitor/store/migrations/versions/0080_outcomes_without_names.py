"""What the page of each entry came to without the names of its article."""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

# Where the feed's text stands for a page with names, the reason tells how others with that reason ended.
UNMATCHED_OUTCOMES = (
    "UPDATE entry SET unmatched_outcome = outcome WHERE outcome NOT IN ('queued', 'possible', 'counted')",
    "UPDATE entry SET unmatched_outcome = 'no_match' WHERE outcome IN ('queued', 'possible', 'counted')",
    """
    WITH ended AS (
      SELECT detail, max(outcome) AS outcome FROM entry
      WHERE detail <> '' AND outcome NOT IN ('queued', 'possible', 'counted', 'pending') GROUP BY detail
    )
    UPDATE entry SET unmatched_outcome = coalesce(
      (SELECT ended.outcome FROM ended WHERE ended.detail = entry.detail),
      CASE WHEN tries > 1 THEN 'given_up' ELSE 'fetch_failed' END
    )
    WHERE outcome IN ('queued', 'possible', 'counted') AND detail <> ''
      AND (SELECT text_from FROM article_version WHERE article = entry.article ORDER BY version LIMIT 1) = 'feed'
    """,
)


def upgrade() -> None:
    op.add_column("entry", sa.Column("unmatched_outcome", sa.Text(), nullable=False, server_default="pending"))
    for statement in UNMATCHED_OUTCOMES:
        op.execute(statement)
