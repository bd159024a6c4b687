"""The tables of release 0.2. A new database is made by `tables/creation.py`, and an older one has them already.

They stand nowhere in the code any more: `downgrade` of the later migrations leads back to them.
"""

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
