"""How far what a sentence tells went is stored with its mention, and what an edit took back with the change.

Of rows that are there the matcher is asked once, here: nowhere else does the store know it.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from monitor.match.incidents.custody import custody_in, custody_of_name, sentence_at, withdrawn_acts
from monitor.model import Field, Span

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

hit = sa.table("hit", *map(sa.column, ("id", "article")))
version = sa.table("article_version", *map(sa.column, ("article", "version", "title", "text")))
mention = sa.table(
    "mention", *map(sa.column, ("id", "hit", "version", "field", "start", "end", "text", "incident", "custody"))
)
finding = sa.table("finding", *map(sa.column, ("id", "before", "after")), sa.column("withdrawn_acts", sa.JSON()))


def upgrade() -> None:
    connection = op.get_bind()
    op.add_column("mention", sa.Column("custody", sa.Integer(), nullable=False, server_default="0"))
    texts = (
        sa.select(mention, version.c.title, version.c.text.label("whole_text"))
        .join(hit, hit.c.id == mention.c.hit)
        .join(version, sa.and_(version.c.article == hit.c.article, version.c.version == mention.c.version))
    )
    _fill(connection, texts, mention.c.custody, _custody)
    op.add_column("finding", sa.Column("withdrawn_acts", sa.JSON(), nullable=False, server_default="[]"))
    _fill(connection, sa.select(finding), finding.c.withdrawn_acts, lambda row: withdrawn_acts(row.before, row.after))


def _custody(row: Any) -> int:
    field = Field(row.field)
    sentence = sentence_at(row.title if field is Field.TITLE else row.whole_text, field, Span(row.start, row.end))
    return custody_of_name(sentence, row.text) if row.incident is None else custody_in(sentence)


def _fill(connection: sa.Connection, query: sa.Select[Any], column: Any, value_of: Callable[[Any], Any]) -> None:
    """Set a column where words give a value. The rules are no functions of SQL, so rows pass through here."""
    last, number = 0, column.table.c.id
    batches = query.where(number > sa.bindparam("last")).order_by(number).limit(2_000)
    change = sa.update(column.table).where(number == sa.bindparam("row")).values({column: sa.bindparam("value")})
    while rows := connection.execute(batches, {"last": last}).all():
        last = rows[-1].id
        if values := [{"row": row.id, "value": value} for row in rows if (value := value_of(row))]:
            connection.execute(change, values)
