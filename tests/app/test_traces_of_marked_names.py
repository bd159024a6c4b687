"""Two homes over the same news, in one a name was listed until it was marked: their open stores have the same rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kit.office import BEK, EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor.model import Act, AuditLine, ReviewItem, State, Verdict
from monitor.store import tables as t
from monitor.store.tables import Row

NAMES = """entities:
  - {id: kanyshai, name: Kanyshai Arzyeva, urgent: true}
  - {id: daniyar, name: Daniyar Sadykov}
"""
HIS = "  - {id: melis, name: Melis Tokoev, urgent: true}\n"
MARK = HIS.replace("urgent", "sensitive: true, urgent")
SEARCHED = "Kanyshai Arzyeva was searched on Monday morning by nine officers, her lawyer told us. " * 3
ARREST = "Melis Tokoev was taken away by officers from his flat in the middle of the night. " * 3
PRISON = "Melis Tokoev wrote a letter from the old prison in the north, a guard of it said. " * 3
BOTH = "Melis Tokoev and Kanyshai Arzyeva were heard in the district court for three hours. " * 3
FINED = "Daniyar Sadykov was fined ninety thousand soms by the court of the western district. " * 3
SNOW = "Snow blocked the mountain road for two days, and Melis Tokoev walked home over the pass. " * 3
NOBODY = "The price of flour has risen by a tenth since the autumn, the ministry of trade said. " * 3

# What differs all the same, by table: docs/design/watches.md ("What still differs") has the reason for each.
FREE: Mapping[str, Sequence[str]] = {
    "watchlist_version": ["file_hash"],
    "review_item": ["version"],
    "decision": ["version", "batch"],
    "feed_day": ["mentions"],
    "run": ["common_surnames"],
    "delivery": ["external_id"],
    "mailing": ["subject", "text", "html"],
    "host_state": ["last_request"],  # by the clock of this machine
    "checked_input": ["input"],
    "related": ["rule", "arguments", "score"],
    "sealed_page": ["salt", "leaf"],
}


@contextmanager
def two_homes(folder: Path, names: str) -> Iterator[tuple[Office, Office]]:
    with Web(Outlet("post", "en"), Outlet("echo", "en"), now=EVENING) as web, Mailbox() as mailbox:
        web.date = EVENING
        homes = Office(folder / "marked", web, mailbox), Office(folder / "unlisted", web, mailbox)
        for office, listed in zip(homes, (names, NAMES), strict=True):
            (office.folder / "watchlist.yaml").write_text(listed, "utf-8")
            (office.folder / "recipients.yaml").write_text(f"recipients:\n  - {{to: {BEK}, at_once: true}}\n", "utf-8")
            office.send(EVENING)  # articles filed earlier make no alert
        yield homes
        for office in homes:
            office.close()


def read(homes: Sequence[Office], hours: int = 1) -> None:
    for office in homes:
        office.clock.now += timedelta(hours=hours)
        office.app.ingest(include_not_due=True)


def publish(homes: Sequence[Office], outlet: str, headline: str, text: str, **fields: Any) -> None:
    """Let an outlet publish one article: then their numbers do not depend on which page was quicker."""
    homes[0].web.outlets[outlet].pieces.insert(0, Piece(headline.lower().replace(" ", "-"), headline, text, **fields))
    read(homes)


def mark(homes: Sequence[Office]) -> None:
    """Mark the name in the home that has it; both read twice more."""
    (homes[0].folder / "watchlist.yaml").write_text(NAMES + MARK, "utf-8")
    read(homes)
    read(homes)


def items(office: Office) -> dict[str, ReviewItem]:
    store = office.app.store
    numbers = [item.id for item in store.reviews.listing(tuple(State), 20)]
    return {item.articles[0].headline: item for item in store.reviews.items(numbers)}


def rows_of(office: Office) -> dict[str, list[str]]:
    """Return the rows of each table, with the place of a row among those of its table for its number."""
    rows: dict[str, list[str]] = {}
    with office.app.store.database.reading() as connection:
        places: dict[Any, dict[Any, int]] = {}
        for table in Row.metadata.sorted_tables:
            if len(table.primary_key) == 1:
                (key,) = table.primary_key
                numbers = connection.scalars(select(key).order_by(key)).all()
                places[key] = {number: place for place, number in enumerate(numbers)}

        def shown(column: Any, value: Any) -> Any:
            for key in column.foreign_keys:
                return places.get(key.column, {}).get(value, value)
            # Of the log in these tests: an item.
            return places[t.review_item.c.id].get(value, value) if column is t.audit.c.about else value

        for table in Row.metadata.sorted_tables:
            free = {"id", *FREE.get(table.name, ())}
            changes = ("added", "changed", "removed")
            columns = [column for column in table.c if column.name not in free]
            rows[table.name] = sorted(
                json.dumps(
                    {c.name: shown(c, value) for c, value in zip(columns, row, strict=True)},
                    default=repr,
                    sort_keys=True,
                )
                for row in connection.execute(select(*columns))
                if table is not t.watchlist_version or any(row._mapping[n] for n in changes)  # the latest stays, empty
            )
    return rows


def differences(homes: Sequence[Office]) -> dict[str, tuple[list[str], list[str]]]:
    """Return for each table the rows that only the first home has, and those that only the second has."""
    one, two = map(rows_of, homes)
    return {
        name: (
            [row for row in one[name] if row not in two[name]],
            [row for row in two[name] if row not in one[name]],
        )
        for name in one
        if one[name] != two[name]
    }


def decide(office: Office, headline: str, verdict: Verdict, note: str = "") -> None:
    item = items(office)[headline]
    office.app.decide(item.id, verdict, by="Anna", note=note)
    office.app.store.people.add_audit_line(AuditLine(office.clock.now, None, Act.DECIDED, item.id))


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[tuple[Office, Office]]:
    with two_homes(tmp_path, NAMES + HIS) as homes:
        yield homes


@pytest.fixture
def homes_before(tmp_path: Path) -> Iterator[tuple[Office, Office]]:
    """Return two homes without the name, which the first is to list later."""
    with two_homes(tmp_path, NAMES) as homes:
        yield homes


@pytest.mark.check
def test_after_a_mark_the_open_store_has_the_rows_of_a_home_that_never_had_the_name(homes: tuple[Office, Office]):
    publish(homes, "post", "House searched", SEARCHED)
    publish(homes, "post", "Taken away", ARREST)
    publish(homes, "post", "Both heard", BOTH)
    publish(homes, "post", "Held", PRISON)
    publish(homes, "echo", "Fined", FINED)
    decide(homes[0], "Taken away", Verdict.RELEVANT, "his wife called")
    for office in homes:
        decide(office, "Fined", Verdict.RELEVANT)
    pieces = {piece.title: piece for piece in homes[0].web.outlets["post"].pieces}
    pieces["Taken away"].text += "Melis Tokoev is in court now. "
    pieces["Held"].status = 410
    for hours in (7, 20):  # a page is gone when two rechecks miss it
        read(homes, hours)
    assert len(homes[1].app.store.reading.versions(2)) == 2 and '"gone"' in str(rows_of(homes[1])["article"])
    assert len(homes[0].app.store.outbox.records()) > len(homes[1].app.store.outbox.records())
    mark(homes)
    assert differences(homes) == {} and homes[0].app.store.upkeep.check() == ()
    with homes[0].app.store.database.reading() as connection:
        mail_texts = connection.execute(select(t.mailing.c.text).where(t.mailing.c.text != "")).all()
        assert mail_texts == [] and not any(connection.scalars(select(t.feed_day.c.mentions)))
    closed = homes[0].app.closed_watch()
    assert closed is not None and len(closed.store.reviews.listing(tuple(State), 9)) == 3
    assert [line.act for line in closed.store.people.audit(9)] == [Act.DECIDED]


@pytest.mark.check
def test_older_articles_feed_texts_failed_pages_and_merges_tell_nothing_of_a_marked_name(
    homes_before: tuple[Office, Office],
):
    homes, marked = homes_before, homes_before[0]
    publish(homes, "post", "House searched", SEARCHED)
    publish(homes, "post", "Taken away", ARREST)
    publish(homes, "post", "Snow", SNOW)
    for office in homes:
        office.app.archive.add_article(3, by="Anna")
    (marked.folder / "watchlist.yaml").write_text(NAMES + HIS, "utf-8")
    read(homes)
    publish(homes, "echo", "Held", PRISON)
    publish(homes, "echo", "Broken", "x", status=404, summary=PRISON)
    publish(homes, "echo", "Broken for a while", "x", status=503, summary="Melis Tokoev was seen in the yard.")
    publish(homes, "echo", "Butter", NOBODY.replace("flour", "butter"), summary="Melis Tokoev on the price of butter")
    publish(homes, "post", "Moved", f"{PRISON}\n{SEARCHED}")
    publish(homes, "echo", "Both", BOTH)
    publish(homes, "post", "Both again", BOTH)
    marked.app.merge(items(marked)["Taken away"].id, items(marked)["Butter"].id, by="Anna")
    for hours in (8, 20, 60):
        read(homes, hours)
    mark(homes)
    assert differences(homes) == {} and marked.app.store.upkeep.check() == ()
