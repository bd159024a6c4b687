"""Databases of the builds before this one tell the same once they are opened, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from kit.store import MELIS, NOW, filed, hit, incident_hit, watch
from monitor.model import Change, Custody, Outcome, PressAct, TextFrom, press_entity
from monitor.store import Store, open_store
from monitor.store import tables as t

pytestmark = pytest.mark.usefixtures("empty_files")

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
