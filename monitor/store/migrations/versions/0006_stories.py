"""Fingerprints that cost the same in a large archive; people merge and split stories."""

import struct

import sqlalchemy as sa
from alembic import op

from monitor.cluster import fingerprint, looked_up_by

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("fingerprint")
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
    op.create_table(
        "regrouping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("articles", sa.JSON(), nullable=False),
        sa.Column("copies", sa.JSON(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["item"], ["review_item.id"], name=op.f("fk_regrouping_item_review_item")),
        sa.ForeignKeyConstraint(["other"], ["review_item.id"], name=op.f("fk_regrouping_other_review_item")),
        sa.ForeignKeyConstraint(["undoes"], ["regrouping.id"], name=op.f("fk_regrouping_undoes_regrouping")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrouping")),
    )
    op.add_column("article", sa.Column("words", sa.LargeBinary(), nullable=False, server_default=""))
    _anew()


def _anew() -> None:
    """Fingerprints of another kind: those stored so far are taken from the texts again."""
    article = sa.table("article", *map(sa.column, ("id", "version", "sketch", "names", "numbers", "words")))
    said = sa.table("article_version", *map(sa.column, ("article", "version", "title", "text", "dropped")))
    filed = sa.table("story_article", *map(sa.column, ("id", "article")))
    index = sa.table("fingerprint", *map(sa.column, ("hash", "filed")))
    connection = op.get_bind()
    ask = (
        sa.select(article.c.id, said.c.title, said.c.text, said.c.dropped, filed.c.id.label("filed"))
        .join(said, sa.and_(said.c.article == article.c.id, said.c.version == article.c.version))
        .outerjoin(filed, filed.c.article == article.c.id)
    )
    put = sa.update(article).where(article.c.id == sa.bindparam("of"))
    put = put.values(**{name: sa.bindparam(f"its_{name}") for name in ("sketch", "names", "numbers", "words")})
    for number, title, text, dropped, order in connection.execute(ask).yield_per(1000):
        made = fingerprint("" if dropped else title, text)
        sets = {f"its_{n}": _packed(getattr(made, n)) for n in ("sketch", "names", "numbers", "words")}
        connection.execute(put, {"of": number} | sets)
        if order is not None:
            pairs, terms = looked_up_by(made)
            rows = [{"hash": value, "filed": order} for value in (*pairs, *terms)]
            if rows:
                connection.execute(sa.insert(index), rows)


def _packed(hashes: frozenset[int]) -> bytes:
    return struct.pack(f"<{len(hashes)}i", *sorted(hashes))


def downgrade() -> None:
    """What is left has no fingerprints of the older kind: its copies are not recognised."""
    op.drop_column("article", "words")
    op.drop_table("regrouping")
    op.drop_table("common_hash")
    op.drop_table("fingerprint")
    op.create_table(
        "fingerprint",
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("article", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_fingerprint_article_article")),
        sa.PrimaryKeyConstraint("hash", "kind", "article", name=op.f("pk_fingerprint")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_fingerprint_article"), "fingerprint", ["article"], unique=False)
