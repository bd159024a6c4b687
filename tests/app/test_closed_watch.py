"""The closed watch follows the open one, which stays what it would be without it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kit.articles import WEATHER
from kit.commands import Outcome
from kit.deaths import death_at
from kit.office import EVENING, Office, closed_watch
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor.app.runs import ClosedWatchFailed, run_forever
from monitor.model import Change, Run
from monitor.store import Store

OPEN = """entities:
  - name: Kanyshai Arzyeva
    aliases: [Канышай Арзыева]
  - name: Kloop
    type: outlet
"""
CLOSED = """  - name: Cholpon Arzyeva
    aliases: [Чолпон Арзыева]
    sensitive: true
"""
BOTH = """Investigators came to the house of Kanyshai Arzyeva on Monday morning and took her computers.
Her colleague Cholpon Arzyeva was questioned for six hours and then let go."""
HERS = """Cholpon Arzyeva was detained at the airport of the capital late at night.
Her lawyer said that she had been on her way to a conference."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        office = Office(tmp_path / "home", web, mailbox)
        (office.folder / "watchlist.yaml").write_text(OPEN + CLOSED, "utf-8")
        yield office
        office.close()


def items(store: Store) -> list[tuple[str, list[str]]]:
    return [(item.articles[0].headline, [hit.name for hit in item.hits]) for item in store.reviews.listing((), 10)]


def test_a_closed_name_makes_items_in_its_own_watch_alone(office: Office):
    office.add(Piece("both", "House searched", BOTH))
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING)
    assert items(office.app.store) == [("House searched", ["Kanyshai Arzyeva"])]
    closed_items = items(closed_watch(office).store)
    assert sorted(closed_items) == [
        ("Detained at the airport", ["Cholpon Arzyeva"]),
        ("House searched", ["Cholpon Arzyeva"]),
    ]
    assert [e.name for e in office.app.watchlist().entities] == ["Kanyshai Arzyeva", "Kloop"]
    assert office.app.store.unread_texts.first(9) == []


@pytest.mark.check
@pytest.mark.parametrize("piece", [
    Piece("line", "House searched", "Two phones were taken from the newsroom.", author="Cholpon Arzyeva"),
    Piece("line", "House searched", "Two phones were taken from the newsroom.", summary="Cholpon Arzyeva told us."),
    Piece("line", "House searched", WEATHER, caption="Cholpon Arzyeva in the snow"),
], ids=["byline", "summary", "caption"])  # fmt: skip
def test_a_line_beside_the_text_is_read_for_closed_names_alone(office: Office, piece: Piece):
    office.add(piece)
    office.ingest(EVENING)
    assert items(office.app.store) == []
    assert [name for _, names in items(closed_watch(office).store) for name in names] == ["Cholpon Arzyeva"]
    (record,) = office.app.store.archive.articles(None, None, 9)
    assert "Arzyeva" not in record.article.text
    piece.text += " The police gave them back on Friday."
    office.ingest(EVENING + timedelta(days=1, hours=2))
    (article,) = closed_watch(office).store.archive.articles(None, None, 9)
    assert "Friday" in article.article.text and list(article.hits) == ["cholpon-arzyeva"]


def test_a_death_before_the_read_texts_are_forgotten_makes_no_second_item(office: Office):
    office.add(Piece("hers", "Detained at the airport", HERS))
    with death_at("forget texts that were read: before its commit"):
        office.ingest(EVENING)
    assert len(office.app.store.unread_texts.first(9)) == 1
    office.ingest(EVENING + timedelta(minutes=10))
    assert items(closed_watch(office).store) == [("Detained at the airport", ["Cholpon Arzyeva"])]
    assert office.app.store.unread_texts.first(9) == []


def test_a_name_that_is_closed_later_is_found_in_older_articles(office: Office):
    (office.folder / "watchlist.yaml").write_text(OPEN, "utf-8")
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.add(Piece("none", "Road repaired", "The road to the pass was repaired in a week."))
    office.ingest(EVENING)
    assert office.app.closed_watch() is None and not list(office.folder.glob("*closed*"))
    (office.folder / "watchlist.yaml").write_text(OPEN + CLOSED, "utf-8")
    office.ingest(EVENING + timedelta(minutes=10))
    (item,) = closed_watch(office).store.reviews.listing((), 10)
    assert item.articles[0].headline == "Detained at the airport" and item.articles[0].older
    assert items(office.app.store) == []


def test_an_edit_that_cuts_the_closed_name_brings_its_item_back(office: Office):
    piece = Piece("hers", "Detained at the airport", HERS)
    office.add(piece)
    office.ingest(EVENING)
    store = closed_watch(office).store
    (item,) = store.reviews.listing((), 10)
    piece.text = HERS.replace("Cholpon Arzyeva", "A journalist")
    office.ingest(EVENING + timedelta(days=1, hours=2))
    (changed,) = store.reviews.items([item.id])
    assert [finding.kind for article in changed.articles for finding in article.findings]
    assert changed.version > item.version and office.app.store.reviews.listing((), 10) == []


@pytest.mark.check
def test_a_page_that_is_gone_is_gone_in_the_closed_watch(office: Office):
    piece = Piece("hers", "Detained at the airport", HERS)
    office.add(piece)
    office.ingest(EVENING)
    piece.status = 404
    for hours in (26, 33, 50):
        office.ingest(EVENING + timedelta(hours=hours))
    (item,) = closed_watch(office).store.reviews.listing((), 10)
    kinds = [f.kind for a in closed_watch(office).store.reviews.items([item.id])[0].articles for f in a.findings]
    assert kinds == [Change.GONE]


def test_a_closed_article_keeps_its_page_as_evidence_and_the_open_watch_does_not(office: Office):
    office.add(Piece("hers", "Detained at the airport", HERS))
    office.ingest(EVENING)
    closed = closed_watch(office).store
    ((number,),) = [[a.id for a in item.articles] for item in closed.reviews.listing((), 10)]
    (copy,), (stored,) = closed.reading.versions(number), office.app.store.reading.versions(number)
    assert copy.article.raw and b"Cholpon" in copy.article.raw.body and stored.article.raw is None


def damage(closed_file: Path, damaged_how: str) -> None:
    if damaged_how == "garbage":
        closed_file.write_bytes(b"no database" * 500)
    else:
        with closing(sqlite3.connect(closed_file)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize("damaged_how", ["garbage", "of a newer version"])
def test_a_damaged_closed_store_stops_nothing_of_the_open_watch_and_is_told_last(office: Office, damaged_how: str):
    office.ingest(EVENING)
    office.close()
    damage(office.folder / "monitor.closed.db", damaged_how)
    office.add(Piece("both", "House searched", BOTH))
    office.clock.now += timedelta(hours=1)
    with pytest.raises(ClosedWatchFailed):
        office.app.ingest(include_not_due=True)
    assert items(office.app.store) == [("House searched", ["Kanyshai Arzyeva"])]
    last = office.app.store.runs.last()
    assert last is not None and last.ended is not None and last.problems == ()


def test_a_damaged_closed_store_hides_no_problem_of_the_open_watch_from_the_terminal(
    office: Office, monitor: Callable[..., Outcome]
):
    office.ingest(datetime.now(UTC))  # the time of the command below
    office.close()
    damage(office.folder / "monitor.closed.db", "garbage")
    feeds = office.folder / "feeds.yaml"
    feeds.write_text(feeds.read_text("utf-8") + "  - nothing: {}\n", "utf-8")
    shown = monitor("--home", office.folder, "ingest")
    assert shown.code == 74 and "feeds.yaml:" in shown.err and "monitor.closed.db: " in shown.err
    # The worker prints the line of the run, too.
    runs: list[Run] = []
    troubles: list[str] = []

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_forever(office.app, stop, on_run=lambda run, _: runs.append(run), on_trouble=troubles.extend)
    assert len(runs) == 1 and [trouble.count("monitor.closed.db: ") for trouble in troubles] == [0, 1]
    # In a fleet the home process tells both as well.
    with pytest.raises(ClosedWatchFailed) as failed:
        office.app.tend_home()
    assert "feeds.yaml:" in "".join(failed.value.run.problems)
