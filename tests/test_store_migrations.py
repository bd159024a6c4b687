"""The tables: migrated ones are those the code knows, on both databases; what cannot be opened is said plainly."""

from __future__ import annotations

import stat
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from monitor.errors import InputError, StoreError
from monitor.store import Store, open_store
from monitor.store import migrate as migrations
from monitor.store.engine import open_database
from monitor.store.tables import Row


def test_the_migrated_tables_are_those_the_code_knows(store: Store):
    with store.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []


def test_opening_twice_changes_nothing(store: Store, database_url: str):
    again = open_store(database_url)
    assert (again.revision, again.reading.counts()) == (store.revision, store.reading.counts())
    again.close()


def test_two_programs_that_open_a_new_database_at_once_both_get_it(empty_url: str):
    opened: list[Store] = []
    threads = [threading.Thread(target=lambda: opened.append(open_store(empty_url))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.reading.counts()["feed"] for store in opened] == [0, 0, 0]
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


def test_sqlite_keeps_its_promises_on_every_connection(tmp_path: Path):
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


# ---- from one version to the next -----------------------------------------------------------------------------------------

AS_OF_0001 = """
INSERT INTO feed VALUES (1,'post','https://post.example/rss','Post','en','KG',NULL,FALSE,'',TRUE,'','ok',NULL,'','','',1,0,NULL,NULL,NULL,NULL);
INSERT INTO article VALUES (1,'post.example/1','Post','KG',1,'2026-03-02 08:00:00','2026-03-02 08:00:00',{blob},{blob},{blob});
INSERT INTO article VALUES (2,'post.example/2','Post','KG',1,'2026-03-02 08:00:00','2026-03-02 08:00:00',{blob},{blob},{blob});
INSERT INTO article_version VALUES (1,1,'2026-03-02 08:00:00','https://post.example/1','Court','Мелис Токоев stays.','page','en','[]',NULL,'',NULL);
INSERT INTO article_version VALUES (2,1,'2026-03-02 08:00:00','https://post.example/2','Snow','Snow falls.','page','en','[]',NULL,'',NULL);
INSERT INTO entity VALUES (1,'melis','Melis Tokoev','person','',FALSE,'always','{{}}',NULL);
INSERT INTO hit VALUES (1,1,1,1,'strong',TRUE,'','2026-03-02 08:00:00');
INSERT INTO hit VALUES (2,2,1,1,'strong',TRUE,'','2026-03-02 08:00:00');
INSERT INTO story VALUES (1,'2026-03-02 08:00:00');
INSERT INTO review_item VALUES (1,1,1,'open','2026-03-02 08:00:00',NULL,NULL,'',NULL);
INSERT INTO story_article VALUES (1,1,1,NULL,'new',0,'','2026-03-02 08:00:00',1,NULL);
INSERT INTO run VALUES (1,'2026-03-02 08:00:00','2026-03-02 08:01:00',1,1,0,0,2,2,'{{}}','[]','[]',FALSE);
"""


def test_a_database_of_the_first_version_is_brought_up_to_date_with_what_it_holds(empty_url: str):
    database = open_database(empty_url, create=True, patience=5)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent / "migrations"))
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    blob = "''::bytea" if "postgresql" in empty_url else "x''"
    with database.writing("a test") as connection:
        for statement in AS_OF_0001.format(blob=blob).strip().split(";\n"):
            connection.exec_driver_sql(statement.rstrip(";"))
    database.close()
    store = open_store(empty_url)
    with store.database.reading() as connection:
        texts = connection.execute(text("SELECT text, sha256 FROM article_version ORDER BY article")).all()
        filed = connection.execute(text("SELECT article, filed FROM hit ORDER BY article")).all()
    assert [sha256(words.encode()).hexdigest() for words, _ in texts] == [given for _, given in texts]
    assert [(article, bool(was)) for article, was in filed] == [(1, True), (2, False)]
    assert [candidate.id for candidate in store.stories.unsorted()] == [2]  # as before: it awaits filing still
    last = store.runs.last()
    assert last is not None and last.ended is not None
    assert store.archive.articles(None, None, 10)[0].article.zones == ()
    store.close()
