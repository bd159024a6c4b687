"""What must hold in a row of messages and review items is a constraint of its table.

A table with a row that breaks one stays as it is, and the log says so: a home must open.
"""

import logging

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0064"
branch_labels = None
depends_on = None

CHECKS = {
    "mailing": {"window": "since < until"},
    "delivery": {"sent_or_refused": "sent IS NULL OR refused IS NULL"},
    "review_item": {
        "only_later_until": "state = 'later' OR until IS NULL",
        "follow_up_reopened": "state <> 'follow-up' OR reopened_at IS NOT NULL",
    },
}
log = logging.getLogger("monitor.store")


def upgrade() -> None:
    connection = op.get_bind()
    _allow_views(connection, "ON")
    for table, checks in CHECKS.items():
        broken = " OR ".join(f"NOT ({check})" for check in checks.values())
        if count := connection.scalar(sa.text(f"SELECT count(*) FROM {table} WHERE {broken}")):  # noqa: S608
            log.error("%d rows of the table %s contradict themselves; it gets no checks", count, table)
            continue
        with op.batch_alter_table(table) as changed:
            for name, check in checks.items():
                changed.create_check_constraint(op.f(f"ck_{table}_{name}"), check)
    _allow_views(connection, "OFF")


def downgrade() -> None:
    connection = op.get_bind()
    _allow_views(connection, "ON")
    for table, checks in CHECKS.items():
        there = {constraint["name"] for constraint in sa.inspect(connection).get_check_constraints(table)}
        names = [name for check in checks if (name := f"ck_{table}_{check}") in there]
        with op.batch_alter_table(table) as changed:
            for name in names:
                changed.drop_constraint(op.f(name), type_="check")
    _allow_views(connection, "OFF")


def _allow_views(connection: sa.Connection, switch: str) -> None:
    # SQLite makes the table anew: else it would refuse while a view reads the one that is gone.
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA legacy_alter_table = {switch}")
