"""Databases of older builds open with all that is in them, on both databases; errors of opening are plain."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import column, delete, insert, select, table, text
from sqlalchemy.exc import IntegrityError

from kit.contradictions import contradictions
from kit.databases import SQLITE, downgrade
from kit.judged import join
from kit.store import DAY, HOUR, MELIS, NOW, backlog, ended, filed, hit, item, row_counts, sketch, stored, watch
from monitor.errors import InputError, StoreError
from monitor.model import Delivery, Mailing, MessageKind, Outcome, Rendering, Window
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.urls import slice_of

pytestmark = pytest.mark.usefixtures("empty_files")


def test_opening_twice_changes_nothing(store: Store, database_url: str):
    reopened = open_store(database_url)
    assert (reopened.revision, row_counts(reopened)) == (store.revision, row_counts(store))
    reopened.close()


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


@pytest.mark.check
def test_the_last_database_before_the_release_opens_with_all_that_is_in_it(empty_url: str):
    store = open_store(empty_url)
    watch(store)
    filed(store, hit(), fingerprint=sketch(1, 2, 3, names=(7,)))
    revision, before = store.revision, row_counts(store)
    downgrade(store.database, "0001")
    _set_revision(store, "0020")
    reopened = open_store(empty_url)
    newer = {"entity_version": 0, "feed_day": 0, "unread_text": 0, "sealed_page": 0}  # tables of later revisions
    assert (reopened.revision, row_counts(reopened)) == (revision, before | newer)
    reopened.close()


@pytest.mark.check
def test_by_what_filings_are_found_is_the_same_after_the_way_back_and_here_again(empty_url: str):
    store = open_store(empty_url)
    watch(store)
    for n in range(3):
        filed(store, hit(), fingerprint=sketch(1, 2, 100 + n, names=(7,)))
    before = found_by(store)
    downgrade(store.database, "0001")
    store.close()
    reopened = open_store(empty_url)
    assert found_by(reopened) == before == {n: {-8, 1, 2, 99 + n} for n in (1, 2, 3)}
    reopened.close()


def found_by(store: Store) -> dict[int, set[int]]:
    hashes: dict[int, set[int]] = defaultdict(set)
    with store.database.reading() as connection:
        for filing, value in connection.execute(select(t.candidate_hash.c.filing, t.candidate_hash.c.hash)):
            hashes[filing].add(value)
    return hashes


@pytest.mark.parametrize("revision", ["0008", "0019"])
@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)
def test_an_older_database_is_refused_with_what_to_do(store: Store, database_url: str, revision: str):
    _set_revision(store, revision)
    with pytest.raises(InputError, match=rf"{revision}.*open it once with the last version before 0\.2"):
        open_store(database_url)


def _set_revision(store: Store, revision: str) -> None:
    with store.database.writing("a test") as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    store.close()


@pytest.mark.check
def test_of_a_name_stored_hundreds_of_times_fifty_places_stay_and_the_rest_is_counted(store: Store, database_url: str):
    watch(store)
    filed(store, hit())
    filed(store, hit())
    downgrade(store.database, "0001")
    row = {"version": 1, "field": "text", "alias": "Melis Tokoev", "text": "Tokoev", "score": 80.0, "why": []}
    rows = [row | {"hit": 2, "start": n, "end": n + 1, "confidence": "possible"} for n in range(100, 400)]
    rows[-1] |= {"confidence": "strong"}
    before = table("mention", *(column(c.name, c.type) for c in t.mention.c if c.name not in {"id", "other_places"}))
    with store.database.writing("a test") as connection:
        connection.execute(insert(before), rows)
    store.close()
    reopened = open_store(database_url)
    few, rows = (reopened.reviews.get(number).hits[0] for number in (1, 2))
    assert (len(few.mentions), few.other_places) == (1, 0)
    assert (len(rows.mentions), rows.other_places) == (50, 251)
    assert [m.mention.span.start for m in rows.mentions] == [*sorted([25, *range(100, 148), 399])]
    assert [m.mention.other_places for m in rows.mentions] == [0] * 49 + [251]
    reopened.close()


@pytest.mark.check
def test_letters_of_before_become_deliveries_by_mail_in_the_state_they_were_in(store: Store, database_url: str):
    rendering, window = Rendering("1 new", "Melis", "<p>Melis</p>"), Window(NOW - DAY, NOW)
    deliveries = [
        Delivery("mail", f"{recipient}@ngo.example", f"<1.{recipient}@ngo.example>", NOW, rendering)
        for recipient in ("anna", "bek", "root", "zarina")
    ]
    assert store.outbox.put(window, lambda _: (Mailing(window, NOW, rendering), deliveries))
    anna, bek, root, zarina = store.outbox.claim("mail", NOW, NOW + HOUR)
    store.outbox.mark_sent(anna, NOW)
    store.outbox.mark_failed(bek, NOW, "550 no such user", refused=True)
    store.outbox.mark_failed(root, NOW, "451 try again later", refused=False)
    before = delivery_rows(store)
    downgrade(store.database, "0004")
    with store.database.reading() as connection:
        letters = connection.execute(text("SELECT recipient, message_id, tries FROM letter ORDER BY recipient")).all()
    assert [tuple(row) for row in letters] == [
        (delivery.recipient, delivery.external_id, int(delivery != zarina)) for delivery in deliveries
    ]
    store.close()
    reopened = open_store(database_url)
    assert delivery_rows(reopened) == before
    assert reopened.outbox.claim("mail", NOW, NOW + HOUR) == [replace(root, tries=1)]
    assert reopened.outbox.claim("mail", NOW + HOUR, NOW + DAY) == [replace(root, tries=1), zarina]
    reopened.close()


@pytest.mark.check
def test_mail_of_before_there_were_recipients_goes_on_with_the_same_windows(store: Store, database_url: str):
    window, rendering = Window(NOW - DAY, NOW), Rendering("1 new", "Melis", "<p>Melis</p>")
    anna = Delivery("mail", "anna@ngo.example", "<1.anna@ngo.example>", NOW, rendering)
    assert store.outbox.put(window, lambda _: (Mailing(window, NOW, rendering), [anna]))
    assert not store.outbox.put(window, lambda _: None, "mail:bek", MessageKind.ALERT)  # has no place in the old tables
    downgrade(store.database, "0024")
    with store.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM mailing")).scalar() == 1
    store.close()
    reopened = open_store(database_url)
    assert reopened.outbox.last_window() == window and not contradictions(reopened)
    assert reopened.outbox.claim("mail", NOW, NOW + HOUR) == [anna]
    reopened.close()


@pytest.mark.check
def test_mail_of_before_goes_out_as_written_unless_a_name_was_marked_since(store: Store, database_url: str):
    rendering = Rendering("1 new", "Melis", "<p>Melis</p>")
    for number in (1, 2, 3):  # waits; waits, and was composed before the name was marked; sent before that
        window = Window(NOW + number * DAY, NOW + (number + 1) * DAY)
        anna = Delivery("mail", "anna@ngo.example", f"<{number}.anna@ngo.example>", NOW, rendering)
        assert store.outbox.put(window, lambda _, w=window, d=anna: (Mailing(w, NOW, rendering), [d]))
    store.outbox.mark_sent(anna, NOW)
    watch(store, replace(MELIS, sensitive=True))
    downgrade(store.database, "0051")
    with store.database.writing("a test") as connection:
        connection.execute(text("UPDATE mailing SET full_text = 'Melis, Aida', hidden = '[1]' WHERE id = 1"))
        connection.execute(text('UPDATE delivery SET "full" = (mailing = 1)'))
    store.close()
    reopened = open_store(database_url)
    assert [d.rendering for d in reopened.outbox.claim("mail", NOW, NOW + HOUR)] == [
        rendering,
        Rendering(rendering.subject),
    ]
    assert reopened.outbox.refresh(anna).rendering == rendering
    reopened.close()


def test_an_old_database_with_a_row_that_breaks_a_rule_opens_and_the_log_says_so(
    store: Store, database_url: str, caplog: pytest.LogCaptureFixture
):
    downgrade(store.database, "0064")
    with store.database.writing("a test") as connection:
        values = {"since": NOW, "until": NOW, "made": NOW, "subject": "", "text": "", "html": ""}
        connection.execute(insert(t.mailing).values(values))
    store.close()
    reopened = open_store(database_url)
    assert "1 rows of the table mailing contradict themselves" in caplog.text
    with (
        pytest.raises(IntegrityError, match="ck_delivery_sent_or_refused"),
        reopened.database.writing("a test") as writing,
    ):
        delivery = {"channel": "mail", "external_id": "1", "mailing": 1, "recipient": "anna", "tries": 0}
        writing.execute(insert(t.delivery).values(delivery | {"sent": NOW, "refused": NOW, "detail": ""}))
    with reopened.database.writing("a test") as connection:
        connection.execute(delete(t.mailing))
    downgrade(reopened.database, "0064")  # the server's database serves the next tests
    reopened.close()
    open_store(database_url).close()


def delivery_rows(store: Store) -> list[tuple[object, ...]]:
    with store.database.reading() as connection:
        return [tuple(row) for row in connection.execute(select(t.delivery).order_by(t.delivery.c.id))]


@pytest.mark.check
def test_feeds_entries_and_rechecks_of_before_get_the_slices_of_their_hosts(store: Store, database_url: str):
    (entry, far_entry) = backlog(store, item(1), item(2, url="https://far.example/2"))
    store.entries.save_result(ended(far_entry, "far.example/2"))
    before = slices(store)
    assert before["entry"] == [slice_of(f"{host}.example:443") for host in ("post", "far")]
    assert (before["feed"], before["revisit"]) == (before["entry"][:1], before["entry"][1:])
    downgrade(store.database, "0024")
    store.close()
    reopened = open_store(database_url)
    assert slices(reopened) == before
    assert (
        reopened.entries.claim_slice(before["entry"][0], NOW + DAY, NOW + 2 * DAY, 9, limit_per_feed=9)[0].id
        == entry.id
    )
    reopened.close()


def slices(store: Store) -> dict[str, list[int]]:
    with store.database.reading() as connection:
        return {
            table.name: [*connection.scalars(select(table.c.slice).order_by(*table.primary_key))]
            for table in (t.feed, t.entry, t.revisit)
        }


@pytest.mark.check
def test_old_articles_from_another_site_are_told_by_it_and_their_duplicates_read_again(store: Store, database_url: str):
    watch(store)
    now = datetime.now(UTC)
    (rival,) = backlog(store, item(1, url="https://post.example/1"), name="rival", now=now)
    (shared,) = backlog(store, item(2, url="https://www.post.example/2"), name="post", now=now)
    own_entry, old = backlog(store, item(1, url="https://post.example/1"), item(3), name="post", now=now)
    store.entries.save_result(ended(rival, "post.example/1", hit()))  # as if nobody had asked whose it is
    store.entries.save_result(ended(shared, "post.example/2", hit()))
    assert store.entries.save_result(ended(own_entry, "post.example/1")).outcome is Outcome.DUPLICATE
    store.entries.save_result(ended(old, "post.example/3"))
    downgrade(store.database, "0045")
    store.close()
    reopened = open_store(database_url)
    with reopened.database.reading() as connection:
        articles = connection.execute(select(t.article.c["key", "speaker"]).order_by(t.article.c.id)).all()
    number = next(state.number for state in reopened.feeds.states() if state.feed.id == "rival")
    assert [tuple(row) for row in articles] == [
        (f"linked:{number}:post.example/1", "other-feed"),
        ("post.example/2", "site"),
        ("post.example/3", "site"),
    ]
    assert [entry.id for entry in reopened.entries.claim(own_entry.feed.number, now + DAY, now + 2 * DAY, 9)] == [
        own_entry.id
    ]
    assert not reopened.entries.has_article("post.example/1") and not contradictions(reopened)
    reopened.close()


def test_administrators_of_before_are_cleared_and_nobody_else(store: Store, database_url: str):
    downgrade(store.database, "0051")
    people = [
        ("Aida", "admin", None),
        ("Bek", "admin", NOW),
        ("Cholpon", "operator", None),
        ("Daniyar", "reader", None),
    ]
    columns = ("name", "key", "role", "since", "password", "language", "shortcuts", "closed")
    before = table("person", *(column(name, t.person.c[name].type) for name in columns))
    with store.database.writing("a test") as connection:
        for name, role, closed in people:
            values = dict(zip(columns, (name, name, role, NOW, "", "", True, closed), strict=True))
            connection.execute(insert(before).values(values))
    store.close()
    reopened = open_store(database_url)
    assert [person.name for person in reopened.people.everyone() if person.cleared] == ["Aida"]
    reopened.close()


@pytest.mark.check
def test_what_older_versions_filed_is_filed_again_but_for_the_first_article_of_each_item(
    store: Store, database_url: str
):
    watch(store)
    filed(store)
    pair = filed(store)
    joined = stored(store, hit())
    join(store, pair, joined)
    assert store.stories.to_file_again() == []  # what this version files is in its place
    downgrade(store.database, "0048")
    store.close()
    reopened = open_store(database_url)
    assert reopened.stories.to_file_again() == [joined.id]
    reopened.close()


def test_a_message_of_before_is_a_whole_article_still_and_a_teaser_is_none(store: Store, database_url: str):
    message, teaser, whole = item(1, is_complete=True), item(2), item(3, content="The whole article")
    bare = item(4, summary="")
    assert len(backlog(store, message, teaser, whole, bare)) == 4
    downgrade(store.database, "0073")
    with store.database.reading() as connection:  # a message had its text twice there
        texts = connection.execute(text("SELECT summary, content FROM entry ORDER BY id")).all()
    assert [summary == content != "" for summary, content in texts] == [True, False, False, False]
    store.close()
    reopened = open_store(database_url)
    reopened.entries.release()
    (state,) = reopened.feeds.states()
    entries = reopened.entries.claim(state.number, NOW, NOW + HOUR, 9)
    assert sorted((entry.item for entry in entries), key=lambda i: i.guid) == [message, teaser, whole, bare]
    reopened.close()
