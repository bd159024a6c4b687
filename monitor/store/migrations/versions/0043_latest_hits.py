"""The latest filed hits of an entity are looked up by an index: each filing asks for them."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_hit_entity_filed_id", "hit", ["entity", "filed", "id"])
    op.drop_index("ix_hit_entity", "hit")


def downgrade() -> None:
    op.create_index("ix_hit_entity", "hit", ["entity"])
    op.drop_index("ix_hit_entity_filed_id", "hit")
