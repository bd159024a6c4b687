"""A backup, a restore and a move take the databases of both watches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kit.office import EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor.app.backups import back_up, move_database, restore_backup
from monitor.app.closed_watch import ClosedWatch

OPEN = "entities:\n  - name: Kanyshai Arzyeva\n"
CLOSED = "  - name: Cholpon Arzyeva\n    sensitive: true\n"
HERS = "Cholpon Arzyeva was detained at the airport of the capital late at night."
AGAIN = "The appeal court of Bishkek put off the hearing in the case of Cholpon Arzyeva once more."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        office = Office(tmp_path / "home", web, mailbox)
        listed(office, OPEN)
        yield office
        office.close()


def listed(office: Office, text: str) -> None:
    (office.folder / "watchlist.yaml").write_text(text, "utf-8")


def closed_watch(office: Office) -> ClosedWatch:
    watch = office.app.closed_watch()
    assert watch is not None
    return watch


def headlines(office: Office) -> list[str]:
    return sorted(item.articles[0].headline for item in closed_watch(office).store.reviews.listing((), 9))


def test_a_backup_holds_both_watches_and_is_restored_as_a_whole(office: Office, tmp_path: Path):
    listed(office, OPEN + CLOSED)
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING)
    file, closed_file = tmp_path / "usb.db", tmp_path / "usb.closed.db"
    assert back_up(office.app, file) == [file, closed_file]
    office.add(Piece("again", "Hearing put off", AGAIN))
    office.ingest(EVENING + timedelta(hours=3))
    assert len(headlines(office)) == 2
    settings = office.app.settings
    office.close()
    assert len(restore_backup(settings, file, office.clock)) == 2
    assert headlines(office) == ["Detained at the airport"]
    assert len(office.app.store.archive.articles(None, None, 9)) == 1


def test_a_backup_without_a_closed_watch_sets_the_present_one_aside(office: Office, tmp_path: Path):
    office.ingest(EVENING)
    file = tmp_path / "usb.db"
    assert back_up(office.app, file) == [file]
    listed(office, OPEN + CLOSED)
    office.ingest(EVENING + timedelta(minutes=10))
    settings = office.app.settings
    office.close()
    _, closed_before = restore_backup(settings, file, office.clock)
    assert ".closed.db.before-" in closed_before.name and office.app.closed_watch() is None


def test_a_move_to_another_database_takes_the_closed_watch_along(office: Office):
    listed(office, OPEN + CLOSED)
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING)
    before = headlines(office)
    move_database(office.app, "sqlite:///other.db")
    office.settings("MONITOR_DATABASE_URL=sqlite:///other.db")
    assert headlines(office) == before
