"""A database moves into another, of either kind: nothing is lost, numbers go on, and what is not empty is not touched."""

from __future__ import annotations

import shutil
import sys
from contextlib import closing
from pathlib import Path

import pytest

from monitor.cli import main
from monitor.errors import InputError
from monitor.model import Window
from monitor.store import Store, move, open_store
from storekit import DAY, HOUR, NOW, filed, hit, row_counts, sketch, watch


def told(store: Store) -> tuple[object, ...]:
    """What people see of a database."""
    return store.reading.happened(Window(NOW - DAY, NOW + DAY)), store.reviews.listing(), store.watchlists.current()


def filled(url: str) -> Store:
    store = open_store(url)
    watch(store)
    filed(store, fingerprint=sketch(1, 2))
    filed(store, hit(), at=NOW + HOUR)
    return store


def test_a_moved_database_tells_the_same_and_goes_on(database_url: str, empty_url: str) -> None:
    empty_url = empty_url.replace("monitor.db", "moved.db")
    with closing(filled(database_url)) as old, closing(open_store(empty_url)) as new:
        rows = move(old.database, new.database)
        assert rows > 20
        assert told(new) == told(old)
        assert row_counts(new) == row_counts(old)
        assert new.upkeep.check() == ()
        number = filed(new, hit(), at=NOW + 2 * HOUR).id  # on PostgreSQL it would be refused if numbers began again
        assert number not in {item.id for item in old.reviews.listing()}


def test_what_holds_anything_is_left_as_it_is(sqlite_with_tables: Path, tmp_path: Path) -> None:
    first, second = (Path(shutil.copy(sqlite_with_tables, tmp_path / name)) for name in ("one.db", "two.db"))
    with closing(filled(f"sqlite:///{first}")) as old, closing(open_store(f"sqlite:///{second}")) as new:
        watch(new)
        before = told(new)
        with pytest.raises(InputError, match="name an empty database"):
            move(old.database, new.database)
        assert told(new) == before


def test_the_command_says_where_to_name_the_new_database_and_repeats_no_password(
    sqlite_with_tables: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    shutil.copy(sqlite_with_tables, tmp_path / "monitor.db")
    filled(f"sqlite:///{tmp_path / 'monitor.db'}").close()
    monkeypatch.setattr(sys, "argv", ["monitor", "--home", str(tmp_path), "db", "migrate", "--to", "sqlite:///new.db"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in {0, None}
    assert "rows copied; now name that database in monitor.env" in capsys.readouterr().out
    with closing(open_store(f"sqlite:///{tmp_path / 'new.db'}", create=False)) as new:
        assert len(new.reviews.listing()) == 2
