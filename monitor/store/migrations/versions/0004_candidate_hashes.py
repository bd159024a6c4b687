"""By what an article is found to be like others stands in an index of its own, a row a hash."""

from array import array

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FILED = sa.table("story_article", sa.column("id"), sa.column("found_by", sa.LargeBinary()))
_HASHES = sa.table("candidate_hash", sa.column("filing"), sa.column("hash"))
_AT_ONCE = 1000


def upgrade() -> None:
    op.create_table(
        "candidate_hash",
        sa.Column("filing", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["filing"], ["story_article.id"], name=op.f("fk_candidate_hash_filing_story_article")),
        sa.PrimaryKeyConstraint("filing", "hash", name=op.f("pk_candidate_hash")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_candidate_hash_hash_filing"), "candidate_hash", ["hash", "filing"])
    connection = op.get_bind()
    last = 0
    while filings := connection.execute(
        sa.select(_FILED).where(_FILED.c.id > last).order_by(_FILED.c.id).limit(_AT_ONCE)
    ).all():
        rows = [{"filing": row.id, "hash": value} for row in filings for value in {*array("i", row.found_by)}]
        if rows:
            connection.execute(sa.insert(_HASHES), rows)
        last = filings[-1].id
    op.drop_column("story_article", "found_by")
