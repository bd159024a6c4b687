"""Databases of release 0.2 and of builds before this one: the tables of a new one, and they tell the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Connection, insert, inspect, select, text, update

from kit.databases import POSTGRESQL, SQLITE
from kit.store import MELIS, NOW, filed, hit, incident_hit, watch
from monitor.model import Change, Custody, Outcome, PressAct, TextFrom, press_entity
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.store.database import open_database
from store.release_0_2 import make_tables

pytestmark = pytest.mark.usefixtures("empty_files")

# What SQLAlchemy does not tell, as names and texts.
_TEXTS = {
    SQLITE: """
        SELECT name, sql FROM sqlite_master WHERE sql NOT LIKE 'CREATE TABLE%' AND type <> 'index'
        UNION SELECT 'options of ' || name, (sql LIKE '%AUTOINCREMENT%') || (sql LIKE '%WITHOUT ROWID%')
        FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%'
    """,
    POSTGRESQL: """
        SELECT viewname, definition FROM pg_views WHERE schemaname = current_schema
        UNION SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema
        UNION SELECT routine_name, md5(string_agg(routine_definition, '' ORDER BY specific_name))
        FROM information_schema.routines WHERE routine_schema = 'procrastinate' GROUP BY 1
    """,
}


@pytest.mark.check
def test_a_database_of_release_0_2_has_the_tables_of_a_new_one_once_it_is_opened(
    empty_url: str, request: pytest.FixtureRequest
):
    is_sqlite = empty_url.startswith(SQLITE)
    new = open_store("sqlite://") if is_sqlite else request.getfixturevalue("postgresql_store")
    with closing(open_database(empty_url, create=True, patience=1)) as older:
        make_tables(older)
    with (
        closing(open_store(empty_url)) as upgraded,
        upgraded.database.reading() as migrated,
        new.database.reading() as created,
    ):
        assert schema(migrated) == schema(created)


def schema(connection: Connection) -> Mapping[str, object]:
    """Return all tables, constraints, indexes, views and triggers; columns without their order and defaults."""
    inspector, kind = inspect(connection), connection.dialect.name
    described: dict[str, object] = {
        name: " ".join(str(text).split()) for name, text in connection.exec_driver_sql(_TEXTS[kind])
    }
    for table in inspector.get_table_names():
        columns = {column["name"]: (str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)}
        constraints = [
            *(inspector.get_pk_constraint(table), *inspector.get_foreign_keys(table)),
            *(*inspector.get_unique_constraints(table), *inspector.get_check_constraints(table)),
            *inspector.get_indexes(table),
        ]
        described[f"table {table}"] = columns, sorted(str(sorted(constraint.items())) for constraint in constraints)
    return described


RELEASE = "Police detained an editor. Melis Tokoev was released."


def columns_of_before(store: Store, revision: str, *columns: Any) -> None:
    """Drop the columns that a build at a revision did not have, and close the store."""
    with store.database.writing("a build before") as connection:
        for column in columns:
            connection.exec_driver_sql(f"ALTER TABLE {column.table.name} DROP COLUMN {column.name}")
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    store.close()


def values_of(url: str, column: Any) -> Sequence[object]:
    with closing(open_store(url)) as opened, opened.database.reading() as connection:
        return connection.scalars(select(column).order_by(column.table.c.id)).all()


def test_a_database_of_the_build_before_tells_who_was_let_go(empty_url: str):
    custody, withdrawn, outcome = t.mention.c.custody, t.finding.c.withdrawn_acts, t.entry.c.unmatched_outcome
    with closing(open_store(empty_url)) as store:
        watch(store, MELIS, press_entity())
        filed(store, hit(text=RELEASE), incident_hit(PressAct.DETAINED, RELEASE), text=RELEASE)
        edit = {"article": 1, "version": 1, "kind": Change.SENTENCE, "found": NOW}
        with store.database.writing("an edit") as connection:
            connection.execute(insert(t.finding), edit | {"before": "He was arrested.", "after": "He spoke."})
        columns_of_before(store, "0078", custody, withdrawn, outcome)
    assert values_of(empty_url, custody) == [Custody.RELEASED, Custody.TAKEN]
    assert values_of(empty_url, withdrawn) == [["detained", "summoned"]]


def test_why_a_page_was_not_read_tells_how_its_entry_of_before_ends_without_names(empty_url: str):
    outcome = t.entry.c.unmatched_outcome
    with closing(open_store(empty_url)) as store:
        watch(store)
        for _ in range(2):
            filed(store, text_from=TextFrom.FEED)
        filed(store)
        with store.database.writing("reasons") as connection:
            connection.execute(update(t.entry).values(detail="refused (403)"))
            connection.execute(update(t.entry).where(t.entry.c.id == 2).values(outcome=Outcome.REFUSED))
        columns_of_before(store, "0079", outcome)
    assert values_of(empty_url, outcome) == [Outcome.REFUSED, Outcome.REFUSED, Outcome.NO_MATCH]
