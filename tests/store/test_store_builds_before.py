"""Databases of the builds before this one tell the same once they are opened, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import JSON, column, insert, select, table, text, update

from kit.store import DAY, MELIS, NOW, filed, hit, incident_hit, watch
from monitor.model import (
    Change,
    Code,
    Custody,
    Delivery,
    Mailing,
    Outcome,
    PressAct,
    Rendering,
    Run,
    TextFrom,
    TroubleKind,
    Window,
    code_of,
    press_entity,
)
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


def values_of(url: str, column: Any) -> Sequence[Any]:
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


# Sentences without codes, with marks around what is quoted; of most a word of an outlet or operator tells them apart.
TROUBLES = {
    "the disk of \u2068/srv\u2069 is more than \u206890%\u2069 full; make room before it stops the runs": TroubleKind.DISK,
    "the clock is behind what is stored by more than an hour: \u2068set it\u2069": TroubleKind.CLOCK,
    "a run had to be stopped: something in it hung; what it left is worked off by the next": TroubleKind.HUNG,
    "the disk of /srv is full, says the operator": "",
    "disk": "",
}
REASONS = {
    "it is named in a credit": Code.CREDIT,
    "it is named as the source of a report": Code.REPORT_SOURCE,
    "letters of \u2068Tokoyev\u2069: \u2066oy for \u2068ой\u2069\u2069": Code.ROMANISATION,
    "it is named in a credit of the film": "",
    "letters of Tokoyev: oy": "",
    "\u2067credit\u2069reworded since": Code.CREDIT,
}
REFUSALS = {
    "mx.b.example:25 refused this recipient (550); see to it": Code.RECIPIENT_REFUSED,
    "mx.b.example:25 refused this mail (554)": Code.MAIL_REFUSED,
    "mx.b.example:25 cannot be reached": "",
}


def test_sentences_that_builds_before_stored_without_codes_have_them(empty_url: str):
    with closing(open_store(empty_url)) as store:
        watch(store)
        filed(store, hit())
        store.runs.save(Run(NOW))
        deliveries = [Delivery("mail", f"{n}@b.example", f"<{n}@b.example>", NOW, Rendering("s")) for n in range(3)]
        mailing = Mailing(Window(NOW - DAY, NOW), NOW, Rendering("s"))
        assert store.outbox.put(mailing.window, lambda _: (mailing, deliveries))
        with store.database.writing("sentences of before") as connection:
            for table_name, name, sentences in (("run", "problems", TROUBLES), ("mention", "why", REASONS)):
                before = table(table_name, column(name, JSON))
                connection.execute(update(before).values({name: list(sentences)}))
            for number, sentence in enumerate(REFUSALS, 1):
                stored = table("delivery", column("id"), column("detail"))
                connection.execute(update(stored).where(stored.c.id == number).values(detail=sentence))
        columns_of_before(store, "0080")
    columns = {t.run.c.problems: TROUBLES, t.mention.c.why: REASONS}
    for stored_column, sentences in columns.items():
        for stored_list in values_of(empty_url, stored_column):
            assert [code_of(sentence) for sentence in stored_list] == [*sentences.values()]
    details = values_of(empty_url, t.delivery.c.detail)
    assert ([*map(code_of, details)], details) == ([*REFUSALS.values()], [*REFUSALS])
