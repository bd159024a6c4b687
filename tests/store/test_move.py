"""Moving a database into another, of either kind: nothing is lost, numbering continues, the target must be empty."""

from __future__ import annotations

import shutil
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from kit.contradictions import contradictions
from kit.databases import Server
from kit.store import DAY, HOUR, NOW, filed, hit, row_counts, sketch, watch
from monitor.cli import main
from monitor.errors import InputError, StoreError
from monitor.model import Window
from monitor.store import Store, move, open_store


def user_view(store: Store) -> tuple[object, ...]:
    """Return what users see of a database."""
    return store.reading.digest_input(Window(NOW - DAY, NOW + DAY)), store.reviews.listing(), store.watchlists.current()


def filled(url: str) -> Store:
    store = open_store(url)
    watch(store)
    filed(store, fingerprint=sketch(1, 2))
    filed(store, hit(), at=NOW + HOUR)
    return store


@pytest.mark.check
def test_a_moved_database_tells_the_same_and_goes_on(database_url: str, empty_url: str) -> None:
    empty_url = empty_url.replace("monitor.db", "moved.db")
    with closing(filled(database_url)) as old, closing(open_store(empty_url)) as new:
        rows = move(old.database, new.database)
        assert rows > 20
        assert user_view(new) == user_view(old)
        assert row_counts(new) == row_counts(old)
        assert contradictions(new) == []
        number = filed(new, hit(), at=NOW + 2 * HOUR).id  # on PostgreSQL it would be refused if numbers began again
        assert number not in {item.id for item in old.reviews.listing()}


def test_what_holds_anything_is_left_as_it_is(sqlite_with_tables: Path, tmp_path: Path) -> None:
    first, second = (Path(shutil.copy(sqlite_with_tables, tmp_path / name)) for name in ("one.db", "two.db"))
    with closing(filled(f"sqlite:///{first}")) as old, closing(open_store(f"sqlite:///{second}")) as new:
        watch(new)
        before = user_view(new)
        with pytest.raises(InputError, match="name an empty database"):
            move(old.database, new.database)
        assert user_view(new) == before


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
    shown = capsys.readouterr()
    assert "should be stopped" in shown.err  # before: what is stored meanwhile stays behind
    assert "rows copied" in shown.out
    assert f"In {tmp_path / 'monitor.env'}, set MONITOR_DATABASE_URL to the address that you gave" in shown.out
    assert f"still names the people on your list: when the new one works, delete {tmp_path / 'monitor.db'}" in shown.out
    with closing(open_store(f"sqlite:///{tmp_path / 'new.db'}", create=False)) as new:
        assert len(new.reviews.listing()) == 2


def test_a_server_that_does_not_let_us_in_says_why_and_is_retried_only_if_it_may_pass(
    postgresql: Server,
) -> None:
    postgresql.run("CREATE ROLE careful LOGIN PASSWORD 'right'")
    with psycopg.connect(postgresql.dsn("postgres")) as connection:
        rules = Path(connection.execute("SHOW hba_file").fetchone()[0])
    rules.write_text(f"local all careful scram-sha-256\n{rules.read_text()}")
    postgresql.run("SELECT pg_reload_conf()")
    server_url = postgresql.url("postgres")
    for url, code, message in (
        (server_url.replace("postgres@", "careful:wr0ng@"), 2, "the password was refused; check it"),
        (server_url.replace("postgres@", "careful@"), 2, "the password was refused; check it"),
        (server_url.replace("postgres@", "nobody:wr0ng@"), 2, "there is no such user on the server"),
        (postgresql.url("absent"), 2, "there is no such database on the server; make it"),
        ("postgresql://me:wr0ng@nowhere.invalid/x", 75, "failed to resolve host 'nowhere.invalid'"),
        ("postgresql://me:wr0ng@127.0.0.1:1/x", 75, "(Connection refused); try again later"),
    ):
        with pytest.raises(StoreError) as refused:
            open_store(url)
        assert (refused.value.exit_code, message in str(refused.value)) == (code, True), str(refused.value)
        assert "wr0ng" not in str(refused.value) and "\n" not in str(refused.value)


def test_other_writers_must_stop_before_anything_is_copied(
    tmp_path: Path, sqlite_with_tables: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    shutil.copy(sqlite_with_tables, tmp_path / "monitor.db")
    told_before: list[str] = []

    def copy(*_: object) -> int:
        told_before.append(capsys.readouterr().err)
        return 0

    monkeypatch.setattr("monitor.app.upkeep.backups.move", copy)
    monkeypatch.setenv("MONITOR_DATABASE_URL", f"sqlite:///{tmp_path / 'monitor.db'}")
    monkeypatch.setattr(sys, "argv", ["monitor", "--home", str(tmp_path), "db", "migrate", "--to", "sqlite:///new.db"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in {0, None}
    assert "Cron, `monitor work` and the desk should be stopped" in told_before[0]
    assert "In the environment, set MONITOR_DATABASE_URL" in capsys.readouterr().out
