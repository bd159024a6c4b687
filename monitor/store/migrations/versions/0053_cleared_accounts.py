"""Who may know of the closed watch: until then that was every administrator."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("cleared", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(sa.text("UPDATE person SET cleared = :yes WHERE role = 'admin' AND closed IS NULL").bindparams(yes=True))
    # The log of the closed watch names accounts of the open store.
    with op.batch_alter_table("audit") as audit:
        audit.drop_constraint(op.f("fk_audit_by_person"), type_="foreignkey")


def downgrade() -> None:
    with op.batch_alter_table("audit") as audit:
        audit.create_foreign_key(op.f("fk_audit_by_person"), "person", ["by"], ["id"])
    op.drop_column("person", "cleared")
