"""By what an article is found to be like others stands in the row of its filing."""

import numpy as np
import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_LISTS = sa.table("posting", sa.column("hash"), sa.column("filed"))
_FILED = sa.table("story_article", sa.column("id"), sa.column("found_by", sa.LargeBinary()))


def upgrade() -> None:
    """Of what a hundred had, only the last hundred are found by it; the others would not have been before, either."""
    op.add_column("story_article", sa.Column("found_by", sa.LargeBinary(), server_default="", nullable=False))
    connection = op.get_bind()
    lists = connection.execute(sa.select(_LISTS).order_by(_LISTS.c.hash)).all()
    numbers = np.frombuffer(b"".join(row.filed for row in lists), "<i4")
    hashes = np.array([row.hash for row in lists], "<i4").repeat([len(row.filed) // 4 for row in lists])
    order = numbers.argsort(kind="stable")
    filed, starts = np.unique(numbers[order], return_index=True)
    found_by = {n: its.tobytes() for n, its in zip(filed.tolist(), np.split(hashes[order], starts[1:]), strict=False)}
    put = sa.update(_FILED).where(_FILED.c.id == sa.bindparam("filing")).values(found_by=sa.bindparam("hashes"))
    for filing in connection.scalars(sa.select(_FILED.c.id)).all():
        connection.execute(put, {"filing": filing, "hashes": found_by.get(filing, b"")})
    op.drop_table("posting")


def downgrade() -> None:
    op.create_table(
        "posting",
        sa.Column("hash", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("filed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_posting")),
    )
    connection = op.get_bind()
    lists: dict[int, bytes] = {}
    for number, found_by in connection.execute(sa.select(_FILED).order_by(_FILED.c.id)):
        for value in np.frombuffer(found_by, "<i4").tolist():
            lists[value] = (lists.get(value, b"") + number.to_bytes(4, "little"))[-400:]
    if lists:
        connection.execute(sa.insert(_LISTS), [{"hash": value, "filed": filed} for value, filed in lists.items()])
    op.drop_column("story_article", "found_by")
