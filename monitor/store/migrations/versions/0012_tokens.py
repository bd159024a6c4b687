"""Tokens: programs that read the queue as a person does; and an index that says what a feed brings, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_token_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("token", name=op.f("uq_token_token")),
    )
    op.create_index(op.f("ix_token_person"), "token", ["person"])
    op.drop_index(op.f("ix_entry_feed_first_seen"), "entry")
    op.create_index(op.f("ix_entry_feed_first_seen_published"), "entry", ["feed", "first_seen", "published"])


def downgrade() -> None:
    op.drop_index(op.f("ix_entry_feed_first_seen_published"), "entry")
    op.create_index(op.f("ix_entry_feed_first_seen"), "entry", ["feed", "first_seen"])
    op.drop_table("token")
