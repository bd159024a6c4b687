"""The closed watch follows the open one, which stays what it would be without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.office import EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor.app.closed_watch import ClosedWatch
from monitor.store import Store

OPEN = """entities:
  - name: Kanyshai Arzyeva
    aliases: [Канышай Арзыева]
  - name: Kloop
    type: outlet
"""
CLOSED = """  - name: Cholpon Arzyeva
    aliases: [Чолпон Арзыева]
    sensitive: true
"""
BOTH = """Investigators came to the house of Kanyshai Arzyeva on Monday morning and took her computers.
Her colleague Cholpon Arzyeva was questioned for six hours and then let go."""
HERS = """Cholpon Arzyeva was detained at the airport of the capital late at night.
Her lawyer said that she had been on her way to a conference."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        office = Office(tmp_path / "home", web, mailbox)
        (office.folder / "watchlist.yaml").write_text(OPEN + CLOSED, "utf-8")
        yield office
        office.close()


def closed_watch(office: Office) -> ClosedWatch:
    watch = office.app.closed_watch()
    assert watch is not None
    return watch


def items(store: Store) -> list[tuple[str, list[str]]]:
    return [(item.articles[0].headline, [hit.name for hit in item.hits]) for item in store.reviews.listing((), 10)]


def test_a_closed_name_makes_items_in_its_own_watch_alone(office: Office):
    office.add(Piece("both", "House searched", BOTH))
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING)
    assert items(office.app.store) == [("House searched", ["Kanyshai Arzyeva"])]
    found = items(closed_watch(office).store)
    assert sorted(found) == [
        ("Detained at the airport", ["Cholpon Arzyeva"]),
        ("House searched", ["Cholpon Arzyeva"]),
    ]
    assert [e.name for e in office.app.watchlist().entities] == ["Kanyshai Arzyeva", "Kloop"]
    assert office.app.store.unread_texts.first(9) == []
