"""A name that is marked sensitive moves to the closed watch with its items; the open one is as if it never had it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kit.app import App
from kit.office import EIGHT, EVENING, Office, closed_watch, items, listed
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor.app.files import hash_of
from monitor.app.lists import take_in_closed_names
from monitor.app.upkeep.doctor import check_installation
from monitor.config import load_settings
from monitor.errors import InputError
from monitor.model import Act, AuditLine, Entity, ReviewItem, State, Verdict, WatchlistChange
from monitor.store import Store

OPEN = """entities:
  - name: Kanyshai Arzyeva
    aliases: [Канышай Арзыева]
  - name: Kloop
    type: outlet
"""
HER_ENTRY = """  - name: Cholpon Arzyeva  # a colleague
    aliases: [Чолпон Арзыева]
"""
MARK = "    sensitive: true\n"
BOTH = """Investigators came to the house of Kanyshai Arzyeva on Monday morning and took her computers.
Her colleague Cholpon Arzyeva was questioned for six hours and then let go."""
HERS = """Cholpon Arzyeva was detained at the airport of the capital late at night.
Her lawyer said that she had been on her way to a conference."""
HEARING = """The appeal court of Bishkek put off the hearing in the case of Cholpon Arzyeva once more.
The judge is ill, the secretary of the court told reporters in the corridor."""
NEXT_RUN = EVENING + timedelta(minutes=10)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        office = Office(tmp_path / "home", web, mailbox)
        listed(office, OPEN + HER_ENTRY)
        yield office
        office.close()


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office that has read all three articles, closed; tests begin with copies of it."""
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        office = Office(tmp_path_factory.mktemp("evening") / "home", web, mailbox)
        listed(office, OPEN + HER_ENTRY)
        add_pieces(office)
        office.ingest(EVENING)
        office.close()
        yield office


@pytest.fixture
def reader(evening: Office, tmp_path: Path) -> Iterator[Office]:
    office = evening.copied_to(tmp_path / "home")
    office.mailbox.received.clear()
    yield office
    office.close()


def add_pieces(office: Office) -> None:
    office.add(Piece("both", "House searched", BOTH))
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.add(Piece("again", "Hearing put off", HEARING))


def names(item: ReviewItem) -> list[str]:
    return [hit.name for hit in item.hits]


def judge(office: Office, headline: str, verdict: Verdict, entity: str | None = None, note: str = "") -> None:
    item = items(office.app.store)[headline]
    office.app.decide(item.id, verdict, by="Anna", entity=entity, note=note)


def dump(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of a store, without the numbers that may show a gap."""
    from sqlalchemy import select

    from monitor.store.tables import Row

    free = {"run", "checked_input", "watchlist_version", "claim", "unread_text", "host_state", "sqlite_sequence"}
    with store.database.reading() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in Row.metadata.sorted_tables
            if table.name not in free
        }


def test_a_marked_name_moves_with_its_items_and_decisions(reader: Office):
    judge(reader, "Detained at the airport", Verdict.RELEVANT, note="she told us")
    judge(reader, "House searched", Verdict.RELEVANT)
    listed(reader, OPEN + HER_ENTRY + MARK)
    reader.ingest(NEXT_RUN)
    open_items, closed_items = items(reader.app.store), items(closed_watch(reader).store)
    assert {headline: names(item) for headline, item in open_items.items()} == {"House searched": ["Kanyshai Arzyeva"]}
    assert {headline: names(item) for headline, item in closed_items.items()} == {
        "House searched": ["Cholpon Arzyeva"],
        "Detained at the airport": ["Cholpon Arzyeva"],
        "Hearing put off": ["Cholpon Arzyeva"],
    }
    detained, waiting = closed_items["Detained at the airport"], closed_items["Hearing put off"]
    assert detained.state is State.DECIDED and waiting.state is State.OPEN
    assert [(d.by, d.verdict, d.note) for d in detained.history] == [("Anna", Verdict.RELEVANT, "she told us")]
    assert open_items["House searched"].state is State.DECIDED
    assert reader.app.store.upkeep.check() == closed_watch(reader).store.upkeep.check() == ()
    assert [e.name for e in closed_watch(reader).store.watchlists.current().entities] == ["Cholpon Arzyeva"]
    assert [e.name for e in reader.app.watchlist().entities] == ["Kanyshai Arzyeva", "Kloop"]


def test_nothing_is_left_of_a_moved_name_in_the_open_store(reader: Office):
    judge(reader, "Detained at the airport", Verdict.RELEVANT, note="Cholpon told us")
    listed(reader, OPEN + HER_ENTRY + MARK)
    reader.ingest(NEXT_RUN)
    for table, rows in dump(reader.app.store).items():
        if table not in {"article_version", "entry", "article_words", "raw_body"}:  # what outlets wrote
            assert "holpon" not in str(rows) and "Чолпон" not in str(rows), table
    assert len(dump(reader.app.store)["raw_body"]) == 1  # of the article that names somebody else, too
    assert all("Cholpon" not in version.reason for version in reader.app.store.watchlists.versions())


@pytest.mark.check
def test_neither_the_log_of_sqlite_nor_a_hash_of_the_list_tells_of_a_moved_name(office: Office):
    add_pieces(office)
    office.ingest(EVENING)
    judge(office, "Detained at the airport", Verdict.RELEVANT, note="a bird told us")
    listed(office, OPEN + HER_ENTRY + MARK)
    office.ingest(NEXT_RUN)
    with office.app.store.database.reading():  # the desk is open: the log is not emptied by closing
        for file in office.folder.glob("monitor.db*"):
            assert b"a bird told us" not in file.read_bytes(), file.name
    text = (office.folder / "watchlist.yaml").read_bytes()
    hashes = {row["file_hash"] for row in version_rows(office.app.store)}
    assert hash_of(office.folder / "watchlist.yaml") not in hashes and sha256(text).hexdigest() not in hashes


def version_rows(store: Store) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from monitor.store import tables as t

    with store.database.reading() as connection:
        return [dict(row) for row in connection.execute(select(t.watchlist_version)).mappings()]


def test_an_open_item_is_then_what_it_is_where_the_name_was_never_listed(reader: Office, tmp_path: Path):
    listed(reader, OPEN + HER_ENTRY + MARK)
    reader.ingest(NEXT_RUN)
    second_home = Office(tmp_path / "other", reader.web, reader.mailbox)
    listed(second_home, OPEN)
    second_home.ingest(EVENING)
    second_home.ingest(NEXT_RUN)
    open_items, unlisted = items(reader.app.store), items(second_home.app.store)
    second_home.close()
    assert [
        (h, [(hit.name, hit.confidence, hit.why, hit.alerts) for hit in i.hits]) for h, i in open_items.items()
    ] == [(h, [(hit.name, hit.confidence, hit.why, hit.alerts) for hit in i.hits]) for h, i in unlisted.items()]
    assert [e.name for e in reader.app.watchlist().entities] == ["Kanyshai Arzyeva", "Kloop"]


def test_a_second_run_and_a_closed_edit_change_no_moved_item(reader: Office):
    judge(reader, "Detained at the airport", Verdict.RELEVANT)
    listed(reader, OPEN + HER_ENTRY + MARK)
    reader.ingest(NEXT_RUN)
    before = items(closed_watch(reader).store)
    listed(reader, OPEN + HER_ENTRY.replace("[", "[Cholponai, ") + MARK)
    reader.ingest(NEXT_RUN + timedelta(minutes=10))
    assert items(closed_watch(reader).store) == before


def test_a_line_that_is_only_deleted_ends_no_watch_and_moves_nothing(reader: Office):
    listed(reader, OPEN)
    reader.ingest(NEXT_RUN)
    assert "cholpon-arzyeva" in {entity.id for entity in reader.app.watchlist().entities}
    assert len(items(reader.app.store)) == 3 and reader.app.closed_watch() is None


def test_a_name_whose_mark_is_taken_away_is_found_in_older_articles(office: Office):
    listed(office, OPEN + HER_ENTRY + MARK)
    add_pieces(office)
    office.ingest(EVENING)
    listed(office, OPEN + HER_ENTRY)
    office.ingest(NEXT_RUN)
    assert items(closed_watch(office).store) == {} and not closed_watch(office).store.watchlists.current().entities
    found_items = items(office.app.store)
    assert names(found_items["Detained at the airport"]) == ["Cholpon Arzyeva"]
    assert found_items["Detained at the airport"].articles[0].older


@pytest.mark.check
def test_a_database_of_an_older_build_is_moved_when_it_is_opened(reader: Office):
    judge(reader, "Detained at the airport", Verdict.RELEVANT)
    store = reader.app.store
    with store.database.writing("test") as connection:
        connection.exec_driver_sql("UPDATE entity SET sensitive = 1 WHERE id = 'cholpon-arzyeva'")
    reader.close()
    listed(reader, OPEN + HER_ENTRY + MARK)
    with closing(App.open(load_settings(reader.folder, {}, reader.folder), reader.clock)) as app:
        assert "cholpon-arzyeva" not in {entity.id for entity in app.watchlist().entities}
        assert list(items(app.store)) == ["House searched"]
        closed = app.closed_watch()
        assert closed is not None
        closed_items = items(closed.store)
        assert len(closed_items) == 3 and closed_items["Detained at the airport"].history[0].by == "Anna"
        assert "closed watch" in " ".join(closed.store.runs.last().problems)  # type: ignore[union-attr]
    reader.ingest(NEXT_RUN)
    assert items(closed_watch(reader).store).keys() == closed_items.keys()
    assert list(items(reader.app.store)) == ["House searched"]


def test_after_an_upgrade_the_closed_log_says_which_items_with_closed_names_were_read(reader: Office):
    store = reader.app.store
    store.people.add_audit_line(AuditLine(EVENING, None, Act.READ_SENSITIVE, 1))
    store.people.add_audit_line(AuditLine(EVENING, None, Act.SIGNED_IN))
    with store.database.writing("test") as connection:
        connection.exec_driver_sql("UPDATE entity SET sensitive = 1 WHERE id = 'cholpon-arzyeva'")
    reader.app.marks.close_names_of_older_builds()
    assert [line.act for line in store.people.audit(9)] == [Act.SIGNED_IN]
    (line,) = closed_watch(reader).store.people.audit(9)
    assert (line.act, line.about, line.detail) == (Act.READ_SENSITIVE, None, "item 1 of before")


def test_a_removed_sensitive_name_of_an_older_build_is_moved_and_stays_removed(reader: Office):
    (her,) = [one for one in reader.app.watchlist().entities if one.id == "cholpon-arzyeva"]
    listed(reader, OPEN)
    reader.app.store.watchlists.apply(WatchlistChange(removed=(her,)), "test", NEXT_RUN)
    with reader.app.store.database.writing("test") as connection:
        connection.exec_driver_sql("UPDATE entity SET sensitive = 1 WHERE id = 'cholpon-arzyeva'")
    assert reader.app.marks.close_names_of_older_builds() == 1
    assert list(items(reader.app.store)) == ["House searched"] and len(items(closed_watch(reader).store)) == 3
    assert closed_watch(reader).store.watchlists.current().entities == ()
    assert reader.app.marks.close_names_of_older_builds() == 0


@pytest.mark.check
def test_the_evidence_of_a_page_that_is_gone_is_open_when_the_mark_is_taken_away(office: Office):
    listed(office, OPEN + HER_ENTRY + MARK)
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING)
    ((page,), (number,)) = pages(closed_watch(office).store), [r["id"] for r in dump(office.app.store)["article"]]
    with office.app.store.database.writing("test") as connection:  # as upkeep does after 90 days
        connection.exec_driver_sql("UPDATE article_version SET text = '', zones = '[]', dropped = '2026-03-01'")
        connection.exec_driver_sql("UPDATE article SET sketch = x''")
    listed(office, OPEN + HER_ENTRY)
    office.ingest(NEXT_RUN)
    (item,) = items(office.app.store).values()
    (version,) = office.app.store.reading.versions(number)
    assert item.hits[0].name == "Cholpon Arzyeva" and HERS.splitlines()[0] in version.article.text
    assert version.article.raw and version.article.raw.body == page
    assert office.app.store.upkeep.check() == ()


def pages(store: Store) -> list[bytes]:
    from sqlalchemy import select

    from monitor.store import tables as t

    with store.database.reading() as connection:
        return [body for (body,) in connection.execute(select(t.raw_body.c.body))]


@pytest.mark.check
def test_an_operator_may_list_the_very_name_that_is_closed(office: Office):
    listed(office, OPEN + HER_ENTRY + MARK)
    add_pieces(office)
    office.ingest(EVENING)
    listed(office, OPEN + HER_ENTRY + HER_ENTRY + MARK)
    office.ingest(NEXT_RUN)
    assert "cholpon-arzyeva" in {entity.id for entity in office.app.watchlist().entities}
    assert len(items(closed_watch(office).store)) == 3
    assert names(items(office.app.store)["Detained at the airport"]) == ["Cholpon Arzyeva"]


@pytest.mark.check
def test_a_name_that_was_not_written_before_a_death_is_no_mark_of_the_closed_one(office: Office):
    listed(office, OPEN + HER_ENTRY + MARK)
    add_pieces(office)
    office.ingest(EVENING)
    added = WatchlistChange(added=(Entity("cholpon-arzyeva", "Cholpon Arzyeva"),))
    office.app.store.watchlists.apply(added, "desk", EVENING)  # and the program died
    listed(office, OPEN + HER_ENTRY + MARK + "# a word\n")
    take_in_closed_names(closed_watch(office))
    office.ingest(NEXT_RUN)
    assert "cholpon-arzyeva" in {entity.id for entity in office.app.watchlist().entities}
    assert (office.folder / "watchlist.yaml").read_text("utf-8").count("Cholpon Arzyeva") == 2


def test_a_closed_name_is_not_replaced_by_one_that_is_added(office: Office):
    listed(office, OPEN + HER_ENTRY + MARK)
    office.ingest(EVENING)
    before = (office.folder / "watchlist.yaml").read_text("utf-8")
    added = WatchlistChange(added=(Entity("cholpon-arzyeva", "Cholpon Arzyeva", sensitive=True),))
    with pytest.raises(InputError, match="already"):
        office.app.watchlist_file.save(added, EVENING, source="desk")
    assert (office.folder / "watchlist.yaml").read_text("utf-8") == before


def test_a_fault_in_a_closed_entry_stops_no_open_save_and_is_quoted_nowhere(office: Office):
    listed(office, OPEN + HER_ENTRY + MARK + "    alert: sometimes\n")
    run = office.ingest(EVENING)
    assert run.problems == ()
    assert "sometimes" in " ".join(closed_watch(office).store.runs.last().problems)  # type: ignore[union-attr]
    listed(office, OPEN + "  - Begaim Usenova\n" + HER_ENTRY + MARK + "    alert: sometimes\n")
    assert office.ingest(NEXT_RUN).problems == ()
    assert "Begaim Usenova" in {entity.name for entity in office.app.watchlist().entities}


def test_two_names_of_an_item_marked_at_once_keep_their_notes_and_share_the_closed_item(reader: Office):
    judge(reader, "House searched", Verdict.RELEVANT, "cholpon-arzyeva", "the first")
    judge(reader, "House searched", Verdict.NOT_RELEVANT, "kanyshai-arzyeva", "the second")
    both = OPEN.replace("    aliases: [Каны", MARK + "    aliases: [Каны") + HER_ENTRY + MARK
    listed(reader, both)
    reader.ingest(NEXT_RUN)
    assert items(reader.app.store) == {}
    searched = items(closed_watch(reader).store)["House searched"]
    assert sorted(names(searched)) == ["Cholpon Arzyeva", "Kanyshai Arzyeva"] and searched.state is State.DECIDED
    decisions = {decision.note: decision.entity for decision in searched.history}
    assert decisions == {"the first": "cholpon-arzyeva", "the second": "kanyshai-arzyeva"}
    assert closed_watch(reader).store.upkeep.check() == ()


def test_a_follow_up_stays_one_when_its_names_are_marked_one_after_the_other(office: Office):
    piece = Piece("both", "House searched", BOTH)
    office.add(piece)
    office.ingest(EVENING)
    judge(office, "House searched", Verdict.RELEVANT)
    piece.text = BOTH.replace("for six hours and then let go", "and arrested")
    office.ingest(EVENING + timedelta(days=1, hours=2))
    assert items(office.app.store)["House searched"].state is State.FOLLOW_UP
    both = OPEN.replace("    aliases: [Каны", MARK + "    aliases: [Каны") + HER_ENTRY + MARK
    for hour, text in ((3, OPEN + HER_ENTRY + MARK), (4, both)):
        listed(office, text)
        office.ingest(EVENING + timedelta(days=1, hours=hour))
        assert items(closed_watch(office).store)["House searched"].state is State.FOLLOW_UP
    assert items(office.app.store) == {}


@pytest.mark.check
def test_a_waiting_mail_is_written_again_without_the_name_and_goes_out_so(reader: Office):
    reader.mailbox.busy = True
    reader.send(EIGHT)
    listed(reader, OPEN + HER_ENTRY + MARK)
    reader.ingest(EIGHT + timedelta(minutes=10))
    reader.mailbox.busy = False
    reader.send(EIGHT + timedelta(hours=2))
    texts = [mail.text + mail.html for mail in reader.mailbox.received]
    assert texts and "holpon" not in "".join(texts) and "House searched" in texts[0]


def test_the_doctor_counts_closed_names_and_quotes_faults_of_their_entries(office: Office):
    listed(office, OPEN + HER_ENTRY + MARK)
    office.ingest(EVENING)
    results = [r for r in check_installation(office.app.settings, office.app, deep=True) if r.subject == "closed watch"]
    assert [(r.is_ok, r.message) for r in results] == [
        (True, "names marked sensitive: 1; `--closed` shows what is found")
    ]
    assert "holpon" not in str(results)
