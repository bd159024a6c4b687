"""A delivery goes over a channel and has an id outside; so far all were letters by mail, each with a Message-ID."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATE = 'mailing, recipient, tries, sent, refused, detail, claimed_until, "full"'


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        *_state_columns(),
        sa.ForeignKeyConstraint(["mailing"], ["mailing.id"], name=op.f("fk_delivery_mailing_mailing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("mailing", "channel", "recipient", name=op.f("uq_delivery_mailing_channel_recipient")),
        sa.UniqueConstraint("channel", "external_id", name=op.f("uq_delivery_channel_external_id")),
    )
    op.execute(
        f"INSERT INTO delivery (channel, external_id, {STATE}) "  # noqa: S608 -- constants only
        f"SELECT 'mail', message_id, {STATE} FROM letter ORDER BY mailing, recipient"
    )
    op.drop_table("letter")


def downgrade() -> None:
    op.create_table(
        "letter",
        sa.Column("message_id", sa.Text(), nullable=False),
        *_state_columns(),
        sa.ForeignKeyConstraint(["mailing"], ["mailing.id"], name=op.f("fk_letter_mailing_mailing")),
        sa.PrimaryKeyConstraint("mailing", "recipient", name=op.f("pk_letter")),
        sa.UniqueConstraint("message_id", name=op.f("uq_letter_message_id")),
    )
    op.execute(
        f"INSERT INTO letter (message_id, {STATE}) "  # noqa: S608 -- constants only
        f"SELECT external_id, {STATE} FROM delivery WHERE channel = 'mail'"
    )
    op.drop_table("delivery")


def _state_columns() -> list[sa.Column[Any]]:
    times = ("sent", "refused", "claimed_until")
    return [
        sa.Column("mailing", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in times),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("full", sa.Boolean(), nullable=False, server_default=sa.false()),
    ]
