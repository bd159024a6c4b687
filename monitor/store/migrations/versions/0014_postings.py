"""The index by which likes are found: one row a hash."""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ROWS = sa.table("fingerprint", sa.column("hash"), sa.column("filed"))
_LISTS = sa.table("posting", sa.column("hash"), sa.column("filed"))


def upgrade() -> None:
    """What had been taken out, since too many had it, is found again by what is filed from now on."""
    op.create_table(
        "posting",
        sa.Column("hash", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("filed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_posting")),
    )
    connection = op.get_bind()
    rows = connection.execute(sa.select(_ROWS).order_by(*_ROWS.c).execution_options(yield_per=1000))
    for value, held in groupby(rows, key=lambda row: row.hash):
        filed = b"".join(row.filed.to_bytes(4, "little") for row in held)
        connection.execute(sa.insert(_LISTS), {"hash": value, "filed": filed[-400:]})
    op.drop_table("common_hash")
    op.drop_table("fingerprint")


def downgrade() -> None:
    op.create_table(
        "fingerprint",
        sa.Column("hash", sa.Integer(), nullable=False),
        sa.Column("filed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "filed", name=op.f("pk_fingerprint")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "common_hash",
        sa.Column("hash", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_common_hash")),
    )
    connection = op.get_bind()
    for value, filed in connection.execute(sa.select(_LISTS).execution_options(yield_per=1000)):
        each = {int.from_bytes(filed[at : at + 4], "little") for at in range(0, len(filed), 4)}
        connection.execute(sa.insert(_ROWS), [{"hash": value, "filed": number} for number in each])
    op.drop_table("posting")
