"""What every day needs: mailings, hashes of texts, what is found in older articles."""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
        sa.UniqueConstraint("since", name=op.f("uq_mailing_since")),
        sa.UniqueConstraint("until", name=op.f("uq_mailing_until")),
    )
    op.create_table(
        "letter",
        sa.Column("mailing", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["mailing"], ["mailing.id"], name=op.f("fk_letter_mailing_mailing")),
        sa.PrimaryKeyConstraint("mailing", "recipient", name=op.f("pk_letter")),
        sa.UniqueConstraint("message_id", name=op.f("uq_letter_message_id")),
    )
    op.add_column("article", sa.Column("older", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("entry", sa.Column("older", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("hit", sa.Column("filed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("article_version", sa.Column("zones", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("article_version", sa.Column("sha256", sa.Text(), nullable=False, server_default=""))
    op.add_column("article_version", sa.Column("dropped", sa.DateTime(timezone=True), nullable=True))
    op.add_column("watchlist_version", sa.Column("to_look_through", sa.Integer(), nullable=True))
    op.add_column("watchlist_version", sa.Column("file_hash", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE hit SET filed = (SELECT count(*) FROM story_article s WHERE s.article = hit.article) > 0")
    _hash_the_texts()
    op.drop_column("run", "told")


def _hash_the_texts() -> None:
    versions = sa.table("article_version", *map(sa.column, ("article", "version", "text", "sha256")))
    connection = op.get_bind()
    this = sa.and_(versions.c.article == sa.bindparam("of"), versions.c.version == sa.bindparam("nth"))
    put = sa.update(versions).where(this).values(sha256=sa.bindparam("digest"))
    rows = connection.execute(sa.select(versions.c.article, versions.c.version, versions.c.text))
    for batch in rows.partitions(1000):
        connection.execute(put, [{"of": a, "nth": v, "digest": sha256(t.encode()).hexdigest()} for a, v, t in batch])


def downgrade() -> None:
    op.add_column("run", sa.Column("told", sa.JSON(), nullable=False, server_default="[]"))
    op.drop_column("watchlist_version", "file_hash")
    op.drop_column("watchlist_version", "to_look_through")
    for table, column in (
        ("article_version", "dropped"),
        ("article_version", "sha256"),
        ("article_version", "zones"),
        ("hit", "filed"),
        ("entry", "older"),
        ("article", "older"),
    ):
        op.drop_column(table, column)
    op.drop_table("letter")
    op.drop_table("mailing")
