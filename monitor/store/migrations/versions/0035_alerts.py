"""A watched name may be urgent; which names of which items an alert told of."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

REFERENCES = (("mailing", "mailing.id"), ("item", "review_item.id"), ("entity", "entity.number"))


def upgrade() -> None:
    op.add_column("entity", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "alerted_name",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name, _ in REFERENCES),
        *(
            sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_alerted_name_{name}_{target.partition('.')[0]}"))
            for name, target in REFERENCES
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerted_name")),
    )
    op.create_index(op.f("ix_alerted_name_item"), "alerted_name", ["item"])


def downgrade() -> None:
    op.drop_index(op.f("ix_alerted_name_item"), "alerted_name")
    op.drop_table("alerted_name")
    op.drop_column("entity", "urgent")
