"""Each fingerprint says by which table of romanisations it was made."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # 0 is the version of no table: fingerprints of before are made again when articles are filed next.
    op.add_column("article", sa.Column("romanisation", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("article", "romanisation")
