"""The tables: migrated ones are those the code knows, on both databases; what cannot be opened is said plainly."""

from __future__ import annotations

import stat
import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, text

from databases import AS_SHIPPED
from monitor.errors import InputError, StoreError
from monitor.store import Store, engine, open_store
from monitor.store import migrate as migrations
from monitor.store.engine import Database, open_database
from monitor.store.search import is_index
from monitor.store.tables import Row, candidate_hash
from storekit import filed, hit, row_counts, sketch, watch


def test_the_migrated_tables_are_those_the_code_knows(store: Store):
    with store.database.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": lambda name, *_: not is_index(name)}
        )
        assert compare_metadata(context, Row.metadata) == []


def test_opening_twice_changes_nothing(store: Store, database_url: str):
    again = open_store(database_url)
    assert (again.revision, row_counts(again)) == (store.revision, row_counts(store))
    again.close()


def test_two_programs_that_open_a_new_database_at_once_both_get_it(empty_url: str):
    opened: list[Store] = []
    threads = [threading.Thread(target=lambda: opened.append(open_store(empty_url))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row_counts(store)["feed"] for store in opened] == [0, 0, 0]
    for store in opened:
        store.close()


def test_a_database_of_a_newer_version_is_refused_with_what_to_do(empty_url: str):
    store = open_store(empty_url)
    with store.database.writing("a test") as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(InputError, match=r"9999.*update monitor"):
        open_store(empty_url)


def test_a_new_file_is_nobody_elses_to_read(tmp_path: Path):
    file = tmp_path / "monitor.db"
    store = open_store(f"sqlite:///{file}")
    store.watchlists.current()
    for made in tmp_path.iterdir():
        assert stat.S_IMODE(made.stat().st_mode) == 0o600, made.name
    store.close()


def test_sqlite_keeps_its_promises_on_every_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "_sqlite", AS_SHIPPED)
    store = open_store(f"sqlite:///{tmp_path / 'monitor.db'}")
    with store.database.reading() as one, store.database.reading() as two:
        for connection in (one, two):
            asked = {
                p: connection.exec_driver_sql(f"PRAGMA {p}").scalar()
                for p in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
            assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15000}
    store.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "no URL"),
        ("mysql://root@localhost/monitor", "no database we know"),
        ("sqlite:////nowhere/at/all/monitor.db", "check the folder"),
    ],
)
def test_an_address_that_cannot_be_one_is_an_error_that_says_so(url: str, says: str):
    with pytest.raises(InputError, match=says):
        open_store(url)


def test_no_database_is_made_when_none_may_be(tmp_path: Path):
    with pytest.raises(InputError, match=str(tmp_path)):
        open_store(f"sqlite:///{tmp_path / 'monitor.db'}", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_a_disk_error(tmp_path: Path):
    (tmp_path / "monitor.db").write_text("these are the notes of a meeting\n" * 99)
    with pytest.raises(StoreError, match="not a database") as raised:
        open_store(f"sqlite:///{tmp_path / 'monitor.db'}")
    assert raised.value.exit_code == 74


def test_a_server_that_does_not_answer_is_to_be_tried_again(tmp_path: Path):
    with pytest.raises(StoreError, match="try again") as raised:
        open_store(f"postgresql://nobody:secret@/none?host={tmp_path}")
    assert raised.value.exit_code == 75
    assert "secret" not in str(raised.value)


# ---- from one version to the next -----------------------------------------------------------------------------------

AS_OF_0012 = """
INSERT INTO feed (number,id,url,outlet,language,country,paused,proxy,listed,title,status,detail,memory,visits,failures)
 VALUES (1,'post','https://post.example/rss','Post','en','KG',FALSE,'',TRUE,'','ok','','{}',1,0);
INSERT INTO entry (id,feed,key,url,guid,title,author,summary,content,published,updated,first_seen,outcome,detail,tries,older)
 VALUES (1,1,'1','','1','Court','','','',NULL,'2026-03-02 08:00:00+00','2026-03-02 08:30:00+00','pending','',0,FALSE);
INSERT INTO entry (id,feed,key,url,guid,title,author,summary,content,published,updated,first_seen,outcome,detail,tries,older)
 VALUES (2,1,'2','','2','Snow','','','','2026-03-01 08:00:00+00','2026-03-02 08:00:00+00','2026-03-02 08:30:00+00','pending','',0,FALSE);
"""


def at_revision(url: str, revision: str) -> Database:
    database = open_database(url, create=True, patience=5)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent / "migrations"))
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return database


def test_by_what_filings_are_found_is_the_same_after_the_way_back_and_here_again(store: Store, database_url: str):
    watch(store)
    for n in range(3):
        filed(store, hit(), fingerprint=sketch(1, 2, 100 + n, names=(7,)))
    before = found_by(store)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent / "migrations"))
    with store.database.migrating() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0013")
    store.close()
    again = open_store(database_url)
    assert found_by(again) == before == {n: {-8, 1, 2, 99 + n} for n in (1, 2, 3)}
    again.close()


def found_by(store: Store) -> dict[int, set[int]]:
    hashes: dict[int, set[int]] = defaultdict(set)
    with store.database.reading() as connection:
        for filing, value in connection.execute(select(candidate_hash.c.filing, candidate_hash.c.hash)):
            hashes[filing].add(value)
    return hashes


def test_an_entry_that_was_only_said_to_be_updated_keeps_that_date(empty_url: str):
    database = at_revision(empty_url, "0012")
    with database.writing("a test") as connection:
        for statement in AS_OF_0012.strip().split(";\n"):
            connection.exec_driver_sql(statement.rstrip(";"))
    database.close()
    store = open_store(empty_url)
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    court, snow = sorted(store.entries.claim(1, now, now, 9), key=lambda entry: entry.id)
    assert [entry.item.published for entry in (court, snow)] == [now - timedelta(hours=1), now - timedelta(hours=25)]
    store.close()
