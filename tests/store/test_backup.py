"""Backups are complete and consistent while others write; a restore is one step, or is refused before any change."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kit.contradictions import contradictions
from kit.store import DAY, HOUR, NOW, article, backlog, ended, filed, hit, item, row_counts, sketch, watch
from monitor.errors import InputError, StoreError
from monitor.model import Window
from monitor.store import Store, open_store
from monitor.store.ops.backup import backup, restore

MODULE = sys.modules["monitor.store.ops.backup"]  # the package may give the function the same name


@pytest.fixture(scope="module")
def with_two_items(sqlite_with_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = Path(shutil.copy(sqlite_with_tables, tmp_path_factory.mktemp("filled") / "monitor.db"))
    store = open_store(url(file))
    watch(store)
    filed(store, fingerprint=sketch(1, 2))
    filed(store, hit(), at=NOW + HOUR)
    store.close()
    return file


@pytest.fixture
def live(with_two_items: Path, tmp_path: Path) -> Path:
    """Return a database with two items in its queue."""
    return Path(shutil.copy(with_two_items, tmp_path / "monitor.db"))


def url(file: Path) -> str:
    return f"sqlite:///{file}"


def user_view(file: Path) -> tuple[object, ...]:
    """Return what users see of a database."""
    store = open_store(url(file), create=False)
    try:
        view = (
            store.reading.digest_input(Window(NOW - DAY, NOW + DAY)),
            store.reviews.listing(),
            store.watchlists.current(),
        )
        assert contradictions(store) == []
        return view
    finally:
        store.close()


def write(store: Store, n: int) -> None:
    (entry,) = backlog(store, item(500_000 + n))  # none that `filed` made
    store.entries.save_result(ended(entry, article=article(f"post.example/w{n}", text=f"{n} " * 500)))


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


# ---- making one -----------------------------------------------------------------------------------------------------


def test_a_backup_tells_what_the_database_tells(live: Path, tmp_path: Path):
    backup(url(live), tmp_path / "copy.db")
    assert user_view(tmp_path / "copy.db") == user_view(live)


def test_a_backup_is_one_plain_file_that_nobody_else_can_read(live: Path, tmp_path: Path):
    open_database = open_store(url(live))  # so that its -wal is there
    write(open_database, 1)
    before = set(tmp_path.iterdir())
    file = tmp_path / "copy.db"
    backup(url(live), file)
    assert set(tmp_path.iterdir()) - before == {file}
    assert mode(file) == 0o600
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT count(*) FROM article").fetchone() == (3,)
    assert set(tmp_path.iterdir()) - before == {file}
    open_database.close()


def test_a_backup_made_while_another_writes_is_of_one_moment(live: Path, tmp_path: Path):
    begun, enough = threading.Event(), threading.Event()

    def keep_writing() -> None:
        store = open_store(url(live))
        n = 0
        while not enough.is_set():
            n += 1
            write(store, n)
            begun.set()
        store.close()

    writer = threading.Thread(target=keep_writing)
    writer.start()
    assert begun.wait(60)
    files = [tmp_path / f"copy-{n}.db" for n in range(4)]
    try:
        for file in files:
            backup(url(live), file)
    finally:
        enough.set()
        writer.join()
    counts = []
    for file in files:
        store = open_store(url(file), create=False)
        assert contradictions(store) == []
        counts.append(row_counts(store)["article"])
        store.close()
    assert counts == sorted(counts) and counts[0] >= 3


def test_a_backup_overwrites_nothing(live: Path, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt exists already.*name a new file"):
        backup(url(live), tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"
    with pytest.raises(InputError, match="exists already"):
        backup(url(live), live)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("postgresql+psycopg://desk:secret@db/monitor", "pg_dump"),
        ("sqlite://", "in memory"),
        ("sqlite:///nowhere/at/all.db", "nothing to back up"),
        ("nonsense", "no URL"),
    ],
)
def test_what_cannot_be_backed_up_is_refused_with_what_to_do(address: str, message: str, tmp_path: Path):
    with pytest.raises(InputError, match=message) as raised:
        backup(address, tmp_path / "copy.db")
    assert "secret" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(live: Path, tmp_path: Path):
    with pytest.raises(InputError, match=r"nowhere.*check the folder"):
        backup(url(live), tmp_path / "nowhere" / "copy.db")


def test_what_is_no_database_is_a_disk_error_and_leaves_no_file(tmp_path: Path):
    (tmp_path / "monitor.db").write_text("notes of a meeting\n" * 99)
    with pytest.raises(StoreError, match="not a database") as raised:
        backup(url(tmp_path / "monitor.db"), tmp_path / "copy.db")
    assert raised.value.exit_code == 74
    assert [f.name for f in tmp_path.iterdir()] == ["monitor.db"]


# ---- putting one back -----------------------------------------------------------------------------------------------


def test_a_restored_database_has_the_backups_data_and_the_old_one_is_saved(live: Path, tmp_path: Path):
    then = user_view(live)
    backup(url(live), tmp_path / "copy.db")
    store = open_store(url(live))
    filed(store, hit(), at=NOW + 2 * HOUR)
    store.close()
    view_before_restore = user_view(live)
    assert view_before_restore != then
    restore(url(live), tmp_path / "copy.db", tmp_path / "kept.db")
    assert (user_view(live), user_view(tmp_path / "kept.db")) == (then, view_before_restore)
    assert (mode(tmp_path / "kept.db"), mode(live)) == (0o600, mode(live))
    assert user_view(tmp_path / "copy.db") == then  # and can be put back again
    restore(url(live), tmp_path / "kept.db", tmp_path / "kept-2.db")
    assert user_view(live) == view_before_restore


def test_a_reader_during_a_restore_sees_all_of_the_old_or_all_of_the_new(live: Path, tmp_path: Path):
    backup(url(live), tmp_path / "copy.db")
    reader = open_store(url(live))
    write(reader, 1)
    with reader.database.reading() as connection:
        count = "SELECT count(*) FROM article"
        assert connection.exec_driver_sql(count).scalar() == 3
        restore(url(live), tmp_path / "copy.db", tmp_path / "kept.db")
        assert connection.exec_driver_sql(count).scalar() == 3
    assert row_counts(reader)["article"] == 2
    write(reader, 2)
    reader.close()
    assert open_store(url(live)).upkeep.check() == ()


def test_a_backup_is_put_where_no_database_is(live: Path, tmp_path: Path):
    then = user_view(live)
    backup(url(live), tmp_path / "copy.db")
    store, wal_file = open_store(url(live)), live.with_name("monitor.db-wal")
    write(store, 1)
    left_by_a_dead_program = wal_file.read_bytes()
    store.close()
    live.unlink()
    wal_file.write_bytes(left_by_a_dead_program)
    restore(url(live), tmp_path / "copy.db", tmp_path / "kept.db")
    assert (user_view(live), mode(live), (tmp_path / "kept.db").exists()) == (then, 0o600, False)


@pytest.mark.parametrize("damage", ["pages", "all"])
def test_a_damaged_database_is_replaced_and_its_bytes_are_kept(live: Path, tmp_path: Path, damage: str):
    then = user_view(live)
    backup(url(live), tmp_path / "copy.db")
    whole = live.read_bytes()
    broken = b"\xa5" * len(whole) if damage == "all" else whole[:4096] + b"\xa5" * (len(whole) - 4096)
    live.write_bytes(broken)
    restore(url(live), tmp_path / "copy.db", tmp_path / "kept.db")
    assert user_view(live) == then
    assert (tmp_path / "kept.db").read_bytes()[4096:] == broken[4096:]


def _damaged(file: Path) -> None:
    whole = file.read_bytes()
    middle = 3 * 4096
    file.write_bytes(whole[:middle] + b"\xa5" * 4096 + whole[middle + 4096 :])


def _cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: 5 * 4096])


def _of_a_newer_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def _of_another_program(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE recipe (name)")


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a damaged file": (_damaged, "is damaged; name another backup"),
    "a file cut short": (_cut_short, "is damaged; name another backup"),
    "a text": (lambda file: file.write_text("notes of a meeting\n" * 99), "is no database of monitor"),
    "an empty file": (lambda file: file.write_bytes(b""), "is no database of monitor"),
    "another program's": (_of_another_program, "is no database of monitor"),
    "a newer version's": (_of_a_newer_version, "revision 9999"),
    "a missing file": (lambda file: file.unlink(), "there is no backup at"),
    "a folder": (lambda file: (file.unlink(), file.mkdir()), "there is no backup at"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_sound_backup_is_refused_and_changes_nothing(live: Path, tmp_path: Path, kind: str):
    spoil, message = REFUSED[kind]
    file = tmp_path / "copy.db"
    backup(url(live), file)
    spoil(file)
    before, names = live.read_bytes(), set(tmp_path.iterdir())
    with pytest.raises(InputError, match=message):
        restore(url(live), file, tmp_path / "kept.db")
    assert (live.read_bytes(), set(tmp_path.iterdir())) == (before, names)


def test_a_database_is_not_restored_from_itself_nor_kept_over_another_file(live: Path, tmp_path: Path):
    backup(url(live), tmp_path / "copy.db")
    before = live.read_bytes()
    with pytest.raises(InputError, match="is the database itself"):
        restore(url(live), live, tmp_path / "kept.db")
    with pytest.raises(InputError, match="exists already"):
        restore(url(live), tmp_path / "copy.db", tmp_path / "copy.db")
    with pytest.raises(InputError, match="pg_restore"):
        restore("postgresql://db/monitor", tmp_path / "copy.db", tmp_path / "kept.db")
    assert live.read_bytes() == before


def test_a_file_copied_by_hand_is_taken_too_and_left_as_it_is(live: Path, tmp_path: Path):
    """A header that says WAL without a -wal file."""
    by_hand = Path(shutil.copy(live, tmp_path / "by-hand.db"))
    then = user_view(live)
    restore(url(live), by_hand, tmp_path / "kept.db")
    assert user_view(live) == then
    assert {f.name for f in tmp_path.iterdir()} == {"monitor.db", "by-hand.db", "kept.db"}


def test_a_database_that_another_holds_is_to_be_tried_again(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(MODULE, "PATIENCE", 0.1)
    backup(url(live), tmp_path / "copy.db")
    then = user_view(live)
    holder = open_store(url(live))
    with holder.database.writing("a test"), pytest.raises(StoreError, match="try again") as raised:
        restore(url(live), tmp_path / "copy.db", tmp_path / "kept.db")
    assert raised.value.exit_code == 75
    holder.close()
    assert (user_view(live), user_view(tmp_path / "kept.db")) == (then, then)


def test_a_full_disk_is_reported_and_leaves_no_partial_backup(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    connect = sqlite3.connect

    def small(address: str, **options: object) -> sqlite3.Connection:
        connection = connect(address, **options)  # type: ignore[arg-type]
        if ".part?" in address:
            connection.execute("PRAGMA max_page_count=3")
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    before = set(tmp_path.iterdir())
    with pytest.raises(StoreError, match="disk is full") as raised:
        backup(url(live), tmp_path / "copy.db")
    assert raised.value.exit_code == 75
    assert set(tmp_path.iterdir()) == before
