"""The tables of release 0.2.0. A new database is made by `tables/creation.py`, and one of that release has them already.

`tests/data/release-0.2` has them. No migration leads back: the way back is the backup of before the upgrade.
"""

revision = "0004"
down_revision = None
branch_labels = None
depends_on = None
