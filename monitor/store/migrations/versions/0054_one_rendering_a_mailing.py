"""A mailing has one rendering: closed names are in messages of their own watch."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_OLD_COLUMNS = ("full_subject", "full_text", "full_html", "hidden")


def upgrade() -> None:
    # What waits goes out as everybody was to get it. An alert that only the cleared were to get has no such words:
    # blank, it is refused and told, and so is what was composed before one of the names was marked sensitive.
    bind = op.get_bind()
    sensitive = set(bind.execute(sa.text("SELECT number FROM entity WHERE sensitive")).scalars())
    mailing = sa.table("mailing", sa.column("id"), sa.column("hidden", sa.JSON), sa.column("text"), sa.column("html"))
    delivery = sa.table("delivery", sa.column("mailing"), sa.column("sent"))
    unsent = sa.select(delivery.c.mailing).where(delivery.c.sent.is_(None))
    rows = bind.execute(sa.select(mailing.c.id, mailing.c.hidden).where(mailing.c.id.in_(unsent))).all()
    for row in rows:
        if not sensitive <= {*row.hidden}:
            bind.execute(sa.update(mailing).where(mailing.c.id == row.id).values(text="", html=""))
    for name in _OLD_COLUMNS:
        op.drop_column("mailing", name)
    op.drop_column("delivery", "full")


def downgrade() -> None:
    for name in _OLD_COLUMNS[:3]:
        op.add_column("mailing", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("mailing", sa.Column("hidden", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("delivery", sa.Column("full", sa.Boolean(), nullable=False, server_default=sa.false()))
