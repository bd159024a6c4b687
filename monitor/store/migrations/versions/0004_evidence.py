"""Evidence: raw pages, revisits, and what people must see of a changed article."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _text(name: str, server_default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=server_default)


def upgrade() -> None:
    op.create_table(
        "raw_body",
        _text("sha256"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_raw_body")),
    )
    op.create_table(
        "revisit",
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("due", _TIME, nullable=False),
        _text("etag"),
        _text("last_modified"),
        sa.Column("missing", _TIME, nullable=True),
        sa.Column("claimed_until", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_revisit_article_article")),
        sa.ForeignKeyConstraint(["entry"], ["entry.id"], name=op.f("fk_revisit_entry_entry")),
        sa.PrimaryKeyConstraint("article", name=op.f("pk_revisit")),
    )
    op.create_index(op.f("ix_revisit_due"), "revisit", ["due"])
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("kind"),
        sa.Column("entity", sa.Integer(), nullable=True),
        _text("before"),
        _text("after"),
        sa.Column("found", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.id"], name=op.f("fk_finding_article_article")),
        sa.ForeignKeyConstraint(["entity"], ["entity.number"], name=op.f("fk_finding_entity_entity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index(op.f("ix_finding_article"), "finding", ["article"])
    op.create_index(op.f("ix_finding_found"), "finding", ["found"])
    op.add_column("article", sa.Column("gone", _TIME, nullable=True))
    op.add_column("article", _text("gone_why", ""))
    op.add_column("article_version", _text("heading", ""))
    op.add_column("article_version", _text("body_sha256", ""))
    op.add_column("article_version", sa.Column("headers", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("article_version", sa.Column("still", _TIME, nullable=True))
    op.add_column("run", sa.Column("revisits", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("run", "revisits")
    for column in ("still", "headers", "body_sha256", "heading"):
        op.drop_column("article_version", column)
    for column in ("gone_why", "gone"):
        op.drop_column("article", column)
    for table in ("finding", "revisit", "raw_body"):
        op.drop_table(table)
