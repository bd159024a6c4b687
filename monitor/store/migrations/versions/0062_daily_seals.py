"""The daily seal: a hash of every page that is stored, the seals, and their time stamps."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tree", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("filler", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seal")),
        sa.UniqueConstraint("day", name=op.f("uq_seal_day")),
    )
    op.create_table(
        "seal_stamp",
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("certificates", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["seal"], ["seal.number"], name=op.f("fk_seal_stamp_seal_seal")),
        sa.PrimaryKeyConstraint("seal", "authority", name=op.f("pk_seal_stamp")),
    )
    op.create_table(
        "sealed_page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.LargeBinary(), nullable=False)
            for name in ("salt", "address", "title", "text", "page", "headers", "leaf")
        ),
        sa.Column("seal", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_sealed_page_article_article")),
        sa.ForeignKeyConstraint(["seal"], ["seal.number"], name=op.f("fk_sealed_page_seal_seal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_page")),
    )
    op.create_index("ix_sealed_page_article_version", "sealed_page", ["article", "version"])
    op.create_index("ix_sealed_page_seal", "sealed_page", ["seal"])


def downgrade() -> None:
    op.drop_table("sealed_page")
    op.drop_table("seal_stamp")
    op.drop_table("seal")
