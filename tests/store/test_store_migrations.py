"""Databases of older builds open with all that is in them, on both databases; errors of opening are plain."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from kit.contradictions import contradictions
from kit.databases import SQLITE
from kit.judged import join
from kit.store import (
    DAY,
    HOUR,
    MELIS,
    NOW,
    backlog,
    ended,
    filed,
    hit,
    in_threads,
    item,
    row_counts,
    stored,
    watch,
)
from monitor.errors import InputError, StoreError
from monitor.model import Delivery, Mailing, Outcome, Rendering, Window
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.urls import slice_of
from store.release_0_2 import copy_to_0_2

pytestmark = pytest.mark.usefixtures("empty_files")


def test_opening_twice_changes_nothing(store: Store, database_url: str):
    reopened = open_store(database_url)
    assert (reopened.revision, row_counts(reopened)) == (store.revision, row_counts(store))
    reopened.close()


def test_two_programs_that_open_a_new_database_at_once_both_get_it(empty_url: str):
    opened: list[Store] = []
    in_threads(*[lambda: opened.append(open_store(empty_url))] * 3)
    assert [row_counts(store)["feed"] for store in opened] == [0, 0, 0]
    for store in opened:
        store.close()


def test_a_new_file_that_another_program_is_preparing_is_waited_for(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "monitor.db", isolation_level=None, check_same_thread=False)) as preparing:
        preparing.execute("BEGIN IMMEDIATE")
        end = threading.Timer(0.2, preparing.execute, ["ROLLBACK"])
        end.start()
        with closing(open_store(f"sqlite:///{tmp_path / 'monitor.db'}")) as store:
            assert row_counts(store)["feed"] == 0
        end.join()


@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)  # the database is not asked
def test_a_database_of_a_newer_version_is_refused_with_what_to_do(store: Store, database_url: str):
    _set_revision(store, "9999")
    with pytest.raises(InputError, match=r"9999.*update monitor"):
        open_store(database_url)


def test_a_new_file_is_nobody_elses_to_read(tmp_path: Path):
    file = tmp_path / "monitor.db"
    store = open_store(f"sqlite:///{file}")
    store.watchlists.current()
    for new_file in tmp_path.iterdir():
        assert stat.S_IMODE(new_file.stat().st_mode) == 0o600, new_file.name
    store.close()


def test_sqlite_keeps_its_promises_on_every_connection(tmp_path: Path):
    store = open_store(f"sqlite:///{tmp_path / 'monitor.db'}")
    with store.database.reading() as one, store.database.reading() as two:
        for connection in (one, two):
            pragmas = {
                p: connection.exec_driver_sql(f"PRAGMA {p}").scalar()
                for p in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
            assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15000}
    store.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "no URL"),
        ("mysql://root@localhost/monitor", "no database we know"),
        ("sqlite:////nowhere/at/all/monitor.db", "check the folder"),
    ],
)
def test_an_address_that_cannot_be_one_is_an_error_that_says_so(url: str, message: str):
    with pytest.raises(InputError, match=message):
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
# What a database of release 0.2 keeps: rows of this version are copied into tables of that one, which is opened then.


@pytest.fixture
def rows() -> Iterator[Store]:
    with closing(open_store("sqlite://")) as store:
        yield store


@pytest.mark.parametrize(
    ("revision", "advice"),
    [
        *((revision, r"open it once with 0\.2\.0") for revision in ("0001", "0003", "0020")),
        *(
            (revision, r"open it once with the last version before 0\.2, then with 0\.2\.0")
            for revision in ("0008", "0019")
        ),
        *((revision, r"open it once with commit [0-9a-f]{8}") for revision in ("0005", "0007", "0021", "0077")),
    ],
)
@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)
def test_a_database_of_another_build_is_refused_with_what_to_do_and_left_alone(
    store: Store, database_url: str, revision: str, advice: str, tmp_path: Path
):
    watch(store)
    _set_revision(store, revision)
    before = (tmp_path / "monitor.db").read_bytes()
    with pytest.raises(InputError, match=rf"{revision}\).*{advice}"):
        open_store(database_url)
    assert (tmp_path / "monitor.db").read_bytes() == before


def _set_revision(store: Store, revision: str) -> None:
    with store.database.writing("a test") as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    store.close()


@pytest.mark.check
def test_letters_of_before_become_deliveries_by_mail_in_the_state_they_were_in(rows: Store, empty_url: str):
    anna, bek, root, zarina = waiting_mail(rows, "anna", "bek", "root", "zarina")
    rows.outbox.mark_sent(anna, NOW)
    rows.outbox.mark_failed(bek, NOW, "550 no such user", refused=True)
    rows.outbox.mark_failed(root, NOW, "451 try again later", refused=False)
    copy_to_0_2(rows, empty_url)
    with closing(open_store(empty_url)) as opened:
        assert delivery_rows(opened) == delivery_rows(rows)
        assert opened.outbox.last_window() == Window(NOW - DAY, NOW) and not contradictions(opened)
        assert opened.outbox.claim("mail", NOW, NOW + HOUR) == [replace(root, tries=1)]
        assert opened.outbox.claim("mail", NOW + HOUR, NOW + DAY) == [replace(root, tries=1), zarina]


@pytest.mark.check
@pytest.mark.parametrize("sensitive", [False, True])
def test_mail_that_waits_goes_out_as_written_unless_a_name_is_sensitive(rows: Store, empty_url: str, sensitive: bool):
    anna, bek = waiting_mail(rows, "anna", "bek", windows=2)
    rows.outbox.mark_sent(anna, NOW)
    watch(rows, replace(MELIS, sensitive=sensitive))
    copy_to_0_2(rows, empty_url)
    with closing(open_store(empty_url)) as opened:
        (waits,) = opened.outbox.claim("mail", NOW + HOUR, NOW + DAY)
        assert waits.rendering == (Rendering(bek.rendering.subject) if sensitive else bek.rendering)
        assert opened.outbox.refresh(anna).rendering == anna.rendering


def waiting_mail(store: Store, *recipients: str, windows: int = 1) -> list[Delivery]:
    """Put mail into the outbox, of one window or one window each, and claim it."""
    rendering = Rendering("1 new", "Melis", "<p>Melis</p>")
    deliveries = [
        Delivery("mail", f"{name}@ngo.example", f"<1.{name}@ngo.example>", NOW, rendering) for name in recipients
    ]
    parts = [deliveries] if windows == 1 else [[delivery] for delivery in deliveries]
    for number, part in enumerate(parts):
        window = Window(NOW + (number - 1) * DAY, NOW + number * DAY)
        assert store.outbox.put(window, lambda _, w=window, d=part: (Mailing(w, NOW, rendering), d))
    return list(store.outbox.claim("mail", NOW, NOW + HOUR))


def delivery_rows(store: Store) -> list[tuple[object, ...]]:
    with store.database.reading() as connection:
        return [tuple(row) for row in connection.execute(select(t.delivery).order_by(t.delivery.c.id))]


@pytest.mark.check
def test_an_old_database_with_a_row_that_breaks_a_rule_opens_and_the_log_says_so(
    rows: Store, empty_url: str, caplog: pytest.LogCaptureFixture
):
    waiting_mail(rows, "anna")
    copy_to_0_2(rows, empty_url, "UPDATE mailing SET until = since")
    with closing(open_store(empty_url)) as opened:
        assert "1 rows of the table mailing contradict themselves" in caplog.text
        with (
            pytest.raises(IntegrityError, match="ck_delivery_sent_or_refused"),
            opened.database.writing("a test") as connection,
        ):
            connection.execute(update(t.delivery).values(sent=NOW, refused=NOW))


@pytest.mark.check
def test_feeds_entries_and_rechecks_of_before_get_the_slices_of_their_hosts(rows: Store, empty_url: str):
    _, far_entry = backlog(rows, item(1), item(2, url="https://far.example/2"))
    rows.entries.save_result(ended(far_entry, "far.example/2"))
    copy_to_0_2(rows, empty_url)
    with closing(open_store(empty_url)) as opened:
        assert slices(opened) == slices(rows)
        assert slices(rows)["entry"] == [slice_of(f"{host}.example:443") for host in ("post", "far")]


def slices(store: Store) -> dict[str, list[int]]:
    with store.database.reading() as connection:
        return {
            table.name: [*connection.scalars(select(table.c.slice).order_by(*table.primary_key))]
            for table in (t.feed, t.entry, t.revisit)
        }


@pytest.mark.check
def test_old_articles_from_another_site_are_told_by_it_and_their_duplicates_read_again(rows: Store, empty_url: str):
    watch(rows)
    now = datetime.now(UTC)
    (rival,) = backlog(rows, item(1, url="https://post.example/1"), name="rival", now=now)
    (shared,) = backlog(rows, item(2, url="https://www.post.example/2"), name="post", now=now)
    own_entry, old = backlog(rows, item(1, url="https://post.example/1"), item(3), name="post", now=now)
    rows.entries.save_result(ended(rival, "post.example/1", hit()))  # as if nobody had asked whose it is
    rows.entries.save_result(ended(shared, "post.example/2", hit()))
    assert rows.entries.save_result(ended(own_entry, "post.example/1")).outcome is Outcome.DUPLICATE
    rows.entries.save_result(ended(old, "post.example/3"))
    copy_to_0_2(rows, empty_url)
    with closing(open_store(empty_url)) as opened:
        with opened.database.reading() as connection:
            articles = connection.execute(select(t.article.c["key", "speaker"]).order_by(t.article.c.id)).all()
        number = next(state.number for state in opened.feeds.states() if state.feed.id == "rival")
        assert [tuple(row) for row in articles] == [
            (f"linked:{number}:post.example/1", "other-feed"),
            ("post.example/2", "site"),
            ("post.example/3", "site"),
        ]
        claimed = opened.entries.claim(own_entry.feed.number, now + DAY, now + 2 * DAY, 9)
        assert [entry.id for entry in claimed] == [own_entry.id]
        assert not opened.entries.has_article("post.example/1") and not contradictions(opened)


@pytest.mark.check
def test_administrators_of_before_are_cleared_and_nobody_else_and_open_links_end(rows: Store, empty_url: str):
    people = [
        ("Aida", "admin", None),
        ("Bek", "admin", NOW),
        ("Cholpon", "operator", None),
        ("Daniyar", "reader", None),
    ]
    columns = ("name", "key", "role", "since", "password", "language", "shortcuts", "closed")
    values = [
        dict(zip(columns, (name, name, role, NOW, "", "", True, closed), strict=True)) for name, role, closed in people
    ]
    with rows.database.writing("a test") as connection:
        connection.execute(insert(t.person), values)
    link = "INSERT INTO invitation (token, role, until) VALUES ('1', 'admin', '2099-01-01 00:00:00')"
    copy_to_0_2(rows, empty_url, link)
    with closing(open_store(empty_url)) as opened:
        assert [person.name for person in opened.people.everyone() if person.cleared] == ["Aida"]
        assert row_counts(opened)["invitation"] == 0


@pytest.mark.check
def test_what_older_versions_filed_is_filed_again_but_for_the_first_article_of_each_item(rows: Store, empty_url: str):
    watch(rows)
    first = filed(rows)
    pair = filed(rows)
    joined = stored(rows, hit())
    join(rows, pair, joined)
    assert rows.stories.to_file_again() == []  # what this version files is in its place
    copy_to_0_2(rows, empty_url, "UPDATE story_article SET version = 0 WHERE story = 1")  # its edit awaited filing
    with closing(open_store(empty_url)) as opened:
        assert opened.stories.to_file_again() == [joined.id]
        assert [one.id for one in opened.stories.awaiting_filing()] == [first.articles[0].id]


@pytest.mark.check
def test_all_that_is_stored_by_the_upgrade_is_older_and_the_list_is_read_once_more(rows: Store, empty_url: str):
    watch(rows)
    filed(rows)
    copy_to_0_2(rows, empty_url, "UPDATE watchlist_version SET file_hash = 'of the file'")
    with closing(open_store(empty_url)) as opened, opened.database.reading() as connection:
        versions = connection.execute(select(t.watchlist_version.c["file_hash", "older_up_to"])).all()
        assert [tuple(version) for version in versions] == [("of before", 1)]


@pytest.mark.check
def test_a_message_of_before_is_a_whole_article_still_and_a_teaser_is_none(rows: Store, empty_url: str):
    message, teaser, whole = item(1, is_complete=True), item(2), item(3, content="The whole article")
    bare = item(4, summary="")
    assert len(backlog(rows, message, teaser, whole, bare)) == 4
    copy_to_0_2(rows, empty_url, f"UPDATE entry SET content = summary WHERE guid = '{message.guid}'")
    with closing(open_store(empty_url)) as opened:
        opened.entries.release()
        (state,) = opened.feeds.states()
        entries = opened.entries.claim(state.number, NOW, NOW + HOUR, 9)
        assert sorted((entry.item for entry in entries), key=lambda i: i.guid) == [message, teaser, whole, bare]
