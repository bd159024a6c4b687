"""A mailing has an audience and a kind, so that the windows of each tile; a delivery rests until it is due."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None

WINDOWS = ("since", "until")


def upgrade() -> None:
    with op.batch_alter_table("mailing") as mailing:
        mailing.add_column(sa.Column("audience", sa.Text(), nullable=False, server_default=""))
        mailing.add_column(sa.Column("kind", sa.Text(), nullable=False, server_default="digest"))
        for name in WINDOWS:
            mailing.drop_constraint(op.f(f"uq_mailing_{name}"), type_="unique")
            mailing.create_unique_constraint(op.f(f"uq_mailing_audience_kind_{name}"), ["audience", "kind", name])
    op.create_index(op.f("ix_mailing_until"), "mailing", ["until"])
    op.add_column("delivery", sa.Column("due", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.execute(
        "DELETE FROM delivery WHERE mailing IN (SELECT id FROM mailing WHERE audience <> '' OR kind <> 'digest')"
    )
    op.execute("DELETE FROM mailing WHERE audience <> '' OR kind <> 'digest'")
    op.drop_column("delivery", "due")
    op.drop_index(op.f("ix_mailing_until"), "mailing")
    with op.batch_alter_table("mailing") as mailing:
        for name in WINDOWS:
            mailing.drop_constraint(op.f(f"uq_mailing_audience_kind_{name}"), type_="unique")
            mailing.create_unique_constraint(op.f(f"uq_mailing_{name}"), [name])
        mailing.drop_column("kind")
        mailing.drop_column("audience")
