"""Of an entity in an article fifty mentions are kept; the others are counted on the last of them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOST = 50


def upgrade() -> None:
    op.add_column("mention", sa.Column("other_places", sa.Integer(), nullable=False, server_default="0"))
    names = "id hit version field start alias text confidence other_places"
    mention = sa.table("mention", *map(sa.column, names.split()))
    row, rank = mention.c, sa.func.row_number().over
    # The order of `match.decide`: each spelling in each confidence first, then the sure ones, then as they stand there.
    spelling = [row.hit, row.version, row.confidence, row.alias, row.text]
    again = rank(partition_by=spelling, order_by=[row.field.desc(), row.start]) > 1
    places = sa.select(row.id, row.hit, row.version, row.field, row.start)
    one = places.add_columns(again.label("again"), (row.confidence != "strong").label("unsure")).subquery()
    of_hit, order = [one.c.hit, one.c.version], [one.c.again, one.c.unsure, one.c.field.desc(), one.c.start]
    ranked = sa.select(
        *one.c,
        rank(partition_by=of_hit, order_by=order).label("place"),
        sa.func.count().over(partition_by=of_hit).label("places"),
    ).subquery()
    of_hit, from_the_end = [ranked.c.hit, ranked.c.version], [ranked.c.field, ranked.c.start.desc()]
    kept = (
        sa.select(*ranked.c, rank(partition_by=of_hit, order_by=from_the_end).label("from_the_end"))
        .where(ranked.c.place <= MOST, ranked.c.places > MOST)
        .subquery()
    )
    connection = op.get_bind()
    last = connection.execute(sa.select(kept.c.id, kept.c.places).where(kept.c.from_the_end == 1)).fetchall()
    connection.execute(sa.delete(mention).where(row.id.in_(sa.select(ranked.c.id).where(ranked.c.place > MOST))))
    for number, places in last:
        connection.execute(sa.update(mention).where(row.id == number).values(other_places=places - MOST))
