"""A backup, a restore and a move take the databases of both watches."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kit.commands import Outcome
from kit.desk import account, session_token
from kit.office import EVENING, Office, closed_watch, listed
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor.app.upkeep.backups import back_up, move_database, restore_backup
from monitor.errors import InputError, StoreError
from monitor.model import Invitation, Role, Token, User
from monitor.web.security import token_hash

OPEN = "entities:\n  - name: Kanyshai Arzyeva\n"
CLOSED = "  - name: Cholpon Arzyeva\n    sensitive: true\n"
HERS = "Cholpon Arzyeva was detained at the airport of the capital late at night."
HEARING = "The appeal court of Bishkek put off the hearing in the case of Cholpon Arzyeva once more."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        office = Office(tmp_path / "home", web, mailbox)
        listed(office, OPEN)
        yield office
        office.close()


def headlines(office: Office) -> list[str]:
    return sorted(item.articles[0].headline for item in closed_watch(office).store.reviews.listing((), 9))


@pytest.mark.check
def test_a_backup_holds_both_watches_and_is_restored_as_a_whole(office: Office, tmp_path: Path):
    listed(office, OPEN + CLOSED)
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING)
    file, closed_file = tmp_path / "usb.db", tmp_path / "usb.closed.db"
    assert back_up(office.app, file) == [file, closed_file]
    office.add(Piece("again", "Hearing put off", HEARING))
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


@pytest.mark.check
def test_a_move_to_another_database_takes_the_closed_watch_along(office: Office):
    listed(office, OPEN + CLOSED)
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING)
    before = headlines(office)
    move_database(office.app, "sqlite:///other.db")
    office.settings("MONITOR_DATABASE_URL=sqlite:///other.db")
    assert headlines(office) == before


@pytest.mark.check
@pytest.mark.parametrize("name", ["usb.db", "2026.11.29", "backup"])
def test_each_backup_has_its_own_closed_file_and_both_come_back_as_a_pair(office: Office, tmp_path: Path, name: str):
    listed(office, OPEN + CLOSED)
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING)
    files = back_up(office.app, tmp_path / name)
    assert len(files) == 2 and files[1].name.startswith(name.removesuffix(".db"))
    office.add(Piece("again", "Hearing put off", HEARING))
    office.ingest(EVENING + timedelta(hours=3))
    settings = office.app.settings
    office.close()
    previous = restore_backup(settings, files[0], office.clock)
    assert headlines(office) == ["Detained at the airport"]
    office.close()
    office.clock.now += timedelta(minutes=1)
    restore_backup(settings, previous[0], office.clock)
    assert headlines(office) == ["Detained at the airport", "Hearing put off"]


def test_no_two_files_are_taken_for_a_pair_that_were_not_made_together(office: Office, tmp_path: Path):
    office.ingest(EVENING)
    unpaired, open_only, first, second = (tmp_path / f"{name}.db" for name in ("alone", "other", "first", "second"))
    back_up(office.app, unpaired)
    listed(office, OPEN + CLOSED)
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING + timedelta(hours=1))
    for file in (first, second):
        back_up(office.app, file)
    shutil.copy(first, open_only)
    shutil.copy(tmp_path / "second.closed.db", tmp_path / "other.closed.db")
    shutil.copy(tmp_path / "first.closed.db", tmp_path / "alone.closed.db")
    settings = office.app.settings
    office.close()
    before = {path: path.read_bytes() for path in office.folder.iterdir() if ".db" in path.name}
    for file in (unpaired, open_only):
        with pytest.raises(InputError, match="not made together"):
            restore_backup(settings, file, office.clock)
    assert {path: path.read_bytes() for path in office.folder.iterdir() if ".db" in path.name} == before
    restore_backup(settings, first, office.clock)
    assert headlines(office) == ["Detained at the airport"]
    # Both files of a stopped home, copied by hand, are a pair, also after a restore.
    office.close()
    for name in ("monitor.db", "monitor.closed.db"):
        shutil.copy(office.folder / name, tmp_path / name)
    office.clock.now += timedelta(minutes=1)
    restore_backup(settings, tmp_path / "monitor.db", office.clock)
    assert headlines(office) == ["Detained at the airport"]


@pytest.mark.check
@pytest.mark.parametrize("name", ["pair.db", "alone.db"])
def test_a_restore_that_fails_changes_neither_watch(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    office.ingest(EVENING)
    back_up(office.app, tmp_path / "alone.db")
    listed(office, OPEN + CLOSED)
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING + timedelta(hours=1))
    back_up(office.app, tmp_path / "pair.db")
    office.add(Piece("again", "Hearing put off", HEARING))
    office.ingest(EVENING + timedelta(hours=3))
    settings = office.app.settings
    office.close()
    monkeypatch.setattr(sys.modules["monitor.store.ops.backup"], "PATIENCE", 0.1)
    with closing(sqlite3.connect(office.folder / "monitor.db", isolation_level=None)) as desk:
        desk.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError):
            restore_backup(settings, tmp_path / name, office.clock)
    assert headlines(office) == ["Detained at the airport", "Hearing put off"]
    assert list(office.folder.glob("monitor.closed.db.before-*")) == []
    # The same where there is no closed watch yet.
    office.close()
    (office.folder / "monitor.closed.db").unlink()
    with closing(sqlite3.connect(office.folder / "monitor.db", isolation_level=None)) as desk:
        desk.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError):
            restore_backup(settings, tmp_path / name, lambda: office.clock.now + timedelta(minutes=1))
    assert list(office.folder.glob("monitor.closed.db*")) == [office.folder / "monitor.closed.db.filing.lock"]


def test_a_closed_watch_that_was_set_aside_is_told_and_taken_back_with_its_open_one(
    office: Office, tmp_path: Path, monitor: Callable[..., Outcome]
):
    office.ingest(EVENING)
    back_up(office.app, tmp_path / "usb.db")
    listed(office, OPEN + CLOSED)
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING + timedelta(hours=1))
    office.close()
    restored = monitor("--home", office.folder, "db", "restore", tmp_path / "usb.db")
    assert restored.code == 0 and "the closed watch was set aside" in restored.out
    (previous,) = office.folder.glob("monitor.db.before-*")
    assert f"such as {previous}\n" in restored.out
    assert headlines(office) == []
    settings = office.app.settings
    office.close()
    restore_backup(settings, previous, office.clock)
    assert headlines(office) == ["Detained at the airport"]


@pytest.mark.check
def test_a_name_that_was_marked_since_a_backup_is_not_open_when_that_is_restored(
    office: Office, tmp_path: Path, monitor: Callable[..., Outcome]
):
    listed(office, OPEN + CLOSED.replace("    sensitive: true\n", ""))
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING)
    back_up(office.app, tmp_path / "usb.db")
    listed(office, OPEN + CLOSED)
    office.ingest(EVENING + timedelta(minutes=10))
    office.close()
    restored = monitor("--home", office.folder, "db", "restore", tmp_path / "usb.db")
    assert restored.code == 0, restored.err
    assert office.app.queue() == [] and len(office.app.watchlist().entities) == 1
    assert headlines(office) == ["Detained at the airport"]


def test_a_migration_names_each_file_that_is_to_be_deleted(office: Office, monitor: Callable[..., Outcome]):
    listed(office, OPEN + CLOSED)
    office.ingest(EVENING)
    office.close()
    moved = monitor("--home", office.folder, "db", "migrate", "--to", "sqlite:///other.db")
    assert moved.code == 0 and f"{office.folder}/monitor.closed.db" in moved.out.replace("\n", "")


def test_whoever_was_dismissed_since_a_backup_does_not_come_back_with_it(
    office: Office, tmp_path: Path, monitor: Callable[..., Outcome]
):
    office.ingest(EVENING)
    roles = {"Boss": Role.ADMIN, "evil": Role.ADMIN, "Bek": Role.OPERATOR, "Aida": Role.REVIEWER, "Anna": Role.READER}
    boss, evil, bek, aida, anna = (account(office.app, name, role) for name, role in roles.items())
    people = office.app.people
    people.clear(boss.id, cleared=True)
    people.clear(bek.id, cleared=True)
    token = session_token(office.app, evil)
    people.give_token("a token", Token(evil, "", EVENING))
    people.invite("a link", Invitation(Role.ADMIN, EVENING + timedelta(days=1), by=evil.id))
    back_up(office.app, tmp_path / "usb.db")
    people.accept("a link", User("mole", Role.ADMIN, EVENING), EVENING)
    people.save(replace(evil, closed=EVENING))
    people.clear(bek.id, cleared=False)
    people.update_account(replace(aida, password="another"), "password")
    people.save(replace(anna, role=Role.REVIEWER))  # got more since: no danger
    office.close()
    restored = monitor("--home", office.folder, "db", "restore", tmp_path / "usb.db")
    assert restored.code == 0 and "signs in again" in restored.out
    people = office.app.people
    assert people.session(token_hash(token)) is people.token("a token") is people.invitation("a link", EVENING) is None
    assert [line.strip() for line in restored.out.splitlines() if "until now" in line] == [
        "evil: admin; until now closed",
        "Bek: operator, cleared; until now not cleared",
        "Aida: reviewer; until now with another password",
    ]


def test_a_restore_tells_who_was_lowered_and_who_had_no_account(
    office: Office, tmp_path: Path, monitor: Callable[..., Outcome]
):
    office.ingest(EVENING)
    account(office.app, "Boss", Role.ADMIN)
    evil = account(office.app, "evil", Role.ADMIN)
    back_up(office.app, tmp_path / "old.db")
    office.app.people.save(replace(evil, role=Role.REVIEWER))
    account(office.app, "Aida", Role.READER)
    back_up(office.app, tmp_path / "new.db")
    office.close()
    restored = monitor("--home", office.folder, "db", "restore", tmp_path / "old.db")
    assert "  evil: admin; until now reviewer\n" in restored.out and "Boss" not in restored.out
    for path in office.folder.glob("*.before-*"):  # a second restore in this second must find its names free
        path.unlink()
    restored = monitor("--home", office.folder, "db", "restore", tmp_path / "new.db")
    assert "  Aida: reader; until now no account\n" in restored.out and "evil" not in restored.out
