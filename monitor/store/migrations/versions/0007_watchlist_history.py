"""Every change of the watchlist is kept: by whom, why, and each entity before and after it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("author", "reason"):
        op.add_column("watchlist_version", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("watchlist_version", sa.Column("undoes", sa.Integer(), nullable=True))
    op.create_table(
        "entity_version",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["version"], ["watchlist_version.version"], name=op.f("fk_entity_version_version_watchlist_version")
        ),
        sa.ForeignKeyConstraint(["entity"], ["entity.number"], name=op.f("fk_entity_version_entity_entity")),
        sa.PrimaryKeyConstraint("version", "entity", name=op.f("pk_entity_version")),
    )
    op.create_index(op.f("ix_entity_version_entity"), "entity_version", ["entity"])


def downgrade() -> None:
    op.drop_table("entity_version")
    for name in ("undoes", "reason", "author"):
        op.drop_column("watchlist_version", name)
