"""The view for other tools shows the trouble of a feed without the code of its sentence."""

from alembic import op

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

WITHOUT_CODE = "replace(f.detail, '\u2067proxy-is-dead\u2069', '')"
VIEW = """
VIEW feed_health AS
SELECT f.id AS source, f.outlet, f.url, f.status, f.status_since AS since,
  replace(replace(replace({detail},
    '\u2066', ''), '\u2068', ''), '\u2069', '') AS trouble,
  f.failures AS failures_in_a_row, f.paused, f.last_visit, f.last_ok AS last_read, f.next_due AS next_visit,
  (SELECT count(*) FROM entry e WHERE e.feed = f.number) AS entries,
  (SELECT max(e.first_seen) FROM entry e WHERE e.feed = f.number) AS last_new_entry
FROM feed f
WHERE f.listed
"""


def upgrade() -> None:
    _replace_view(WITHOUT_CODE)


def downgrade() -> None:
    _replace_view("f.detail")


def _replace_view(detail: str) -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute("DROP VIEW feed_health")
    # In place where that is possible: rights that somebody granted on it stay.
    op.execute(f"CREATE {'' if is_sqlite else 'OR REPLACE '}{VIEW.format(detail=detail).strip()}")
