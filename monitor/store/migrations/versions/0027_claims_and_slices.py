"""Claims have a number, and due work a slice: the part of all hosts that the host to be asked belongs to."""

import sqlalchemy as sa
from alembic import op

from monitor.urls import origin_of_url, slice_of

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

INDEXED = {"feed": ["slice", "next_due"], "entry": ["outcome", "slice", "due"], "revisit": ["slice", "due"]}


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("slice", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_claim")),
        sqlite_autoincrement=True,
    )
    for table, columns in INDEXED.items():
        for name in ("claim", "slice"):
            op.add_column(table, sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    fill_slices("feed", "number")
    fill_slices("entry", "id")
    op.execute("UPDATE revisit SET slice = (SELECT slice FROM entry WHERE entry.id = revisit.entry)")


def fill_slices(table: str, key: str) -> None:
    """Set the slices of old rows by their addresses. The hash is no function of SQL, so rows pass through here."""
    connection, last = op.get_bind(), 0
    rows = sa.table(table, sa.column(key, sa.Integer), sa.column("url", sa.Text), sa.column("slice", sa.Integer))
    number = rows.c[key]
    query = sa.select(number, rows.c.url).where(number > sa.bindparam("last")).order_by(number).limit(5_000)
    change = sa.update(rows).where(number == sa.bindparam("row")).values(slice=sa.bindparam("part"))
    while some := connection.execute(query, {"last": last}).all():
        connection.execute(change, [{"row": row, "part": slice_of(origin_of_url(url))} for row, url in some])
        last = some[-1][0]


def downgrade() -> None:
    for table, columns in INDEXED.items():
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
        for name in ("slice", "claim"):
            op.drop_column(table, name)
    op.drop_table("claim")
