"""The views tell sentences without the marks around their words: other tools look for what people read."""

from importlib import import_module

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MARKS = ("\u2066", "\u2068", "\u2069")  # as `model.Sentence` sets them
SAID = {"queue": "i.reopened", "feed_health": "f.detail"}


def upgrade() -> None:
    for view, column in SAID.items():
        plain = column
        for mark in MARKS:
            plain = f"replace({plain}, '{mark}', '')"
        _make(view, f"{column} AS", f"{plain} AS")


def downgrade() -> None:
    for view in SAID:
        _make(view)


def _make(view: str, was: str = "", told: str = "") -> None:
    first = import_module("monitor.store.migrations.versions.0008_first")
    together = {"sqlite": "group_concat", "postgresql": "string_agg"}[op.get_bind().dialect.name]
    op.execute(f"DROP VIEW {view}")
    op.execute(getattr(first, view.upper()).format(together=together).replace(was, told))
