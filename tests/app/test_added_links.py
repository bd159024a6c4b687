"""Links that are added by hand: read, told why not, and read at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from app.added import BUSES, Home, home
from kit.articles import COURT
from kit.internet import Listed, reader
from kit.outlets import Outlet, Piece, Web
from monitor.app import reading_now
from monitor.app.upkeep.backups import restore_backup
from monitor.errors import InputError
from monitor.model import (
    AddedLink,
    Outcome,
    Result,
    ReviewItem,
    Speaker,
    State,
)
from monitor.serialize import item_row
from monitor.store import backup
from monitor.store import tables as t
from monitor.store.line.entries import SqlEntries

__all__ = ["home"]


@pytest.mark.parametrize(("path", "names"), [("post/court", ["Melis Tokoev"]), ("post/buses", [])])
def test_an_added_link_becomes_an_item_with_its_origin_whoever_it_names(home: Home, path: str, names: list[str]):
    item = home.add(path, "a reader sent it")
    assert isinstance(item, ReviewItem)
    assert [hit.name for hit in item.hits] == names and item.state is State.OPEN
    ((addition,),) = (article.additions for article in item.articles)
    assert (addition.by, addition.note, addition.at) == ("aida", "a reader sent it", home.clock.now)
    assert [one.id for one in home.app.queue()] == [item.id]
    assert item_row(item, item.lead)["articles"][0]["added"][0]["note"] == "a reader sent it"
    assert item.lead.outlet == "post" and home.requests(path) == 1


def test_the_same_address_answers_with_the_item_that_exists(home: Home):
    item = home.add("post/buses")
    for address in ("post/buses", "post/buses?utm_source=mail", "post/buses#top"):
        assert home.add(address) == item
    assert len(home.app.queue()) == 1 and home.requests("post/buses") == 1


def test_a_link_whose_article_came_by_its_feed_is_in_the_item_that_it_made(home: Home):
    home.app.ingest()
    (item,) = (one for one in home.app.queue() if "Court" in one.lead.headline)
    assert home.add("post/court") == item
    assert home.requests("post/court") == 1


def test_a_feed_that_brings_an_added_article_later_does_not_double_it(home: Home):
    item = home.add("post/court")
    run = home.app.ingest()
    assert run.outcomes[Outcome.DUPLICATE] == 1
    assert [one.id for one in home.app.queue() if "Court" in one.lead.headline] == [item.id]


WITHOUT_AN_ARTICLE = [
    ("post/gone", Outcome.FETCH_FAILED, "there is nothing at this address (404)"),
    ("post/empty", Outcome.NO_TEXT, "the page holds no article text"),
    ("post/feed.xml", Outcome.NOT_HTML, "the link leads to application/rss+xml"),
    ("post/busy", Outcome.PENDING, "the server is in trouble (503)"),
]


def test_a_link_without_an_article_says_why(home: Home, subtests: pytest.Subtests):
    for path, outcome, detail in WITHOUT_AN_ARTICLE:
        with subtests.test(str((path, outcome))):
            link = home.add(path)
            assert isinstance(link, AddedLink) and (link.outcome, link.detail) == (outcome, detail)
            assert (link.due is not None) is (outcome is Outcome.PENDING)
            assert home.app.queue() == []


def test_a_link_into_a_private_network_is_not_requested(home: Home):
    link = home.app.archive.add_link("http://10.0.0.1/secret", by="aida")
    home.app.read_links()
    link, _ = home.app.archive.link(link.id)
    assert link.outcome is Outcome.FETCH_FAILED and link.detail.startswith("the address leads into a private network")


NO_PAGES = ["", "not an address", "javascript:alert(1)", "ftp://post.example/a", "http://a:b@c.example/"]


def test_what_is_no_address_of_a_page_is_refused(home: Home, subtests: pytest.Subtests):
    for url in NO_PAGES:
        with subtests.test(str(url)), pytest.raises(InputError, match="no address of a page"):
            home.app.archive.add_link(url, by="aida")


def test_a_link_that_failed_is_tried_again_when_it_is_added_again(home: Home):
    assert isinstance(home.add("post/gone"), AddedLink)
    home.web.outlets["post"].pieces[3] = Piece("gone", "Back", BUSES)
    item = home.add("post/gone")
    assert isinstance(item, ReviewItem) and item.lead.headline.startswith("Back")


def test_an_added_link_that_waits_is_read_by_the_next_run(home: Home):
    home.app.archive.add_link(home.url("post/buses"), by="aida", note="before the desk went down")
    home.app.ingest(feed_ids=["post"])
    assert not any(one.is_added for one in home.app.queue())  # a run of some feeds leaves it
    home.clock.now += timedelta(minutes=1)
    home.app.ingest()
    (item,) = (one for one in home.app.queue() if one.is_added)
    assert item.lead.headline.startswith("Night buses")


@pytest.mark.check
def test_two_who_read_an_added_link_at_once_store_it_once(home: Home):
    number = home.app.archive.add_link(home.url("far/buses"), by="aida").id
    gate = home.web.hold("/far/buses")
    reading = threading.Thread(target=home.app.read_links)
    reading.start()
    # Before the run claims the host: else the link would wait for the run after it.
    while not home.web.reached.is_set() and reading.is_alive():
        threading.Event().wait(0.01)
    threading.Timer(1, gate.set).start()
    home.app.ingest()  # a whole run meanwhile
    reading.join()
    _, item = home.app.archive.link(number)
    assert item is not None and [one.id for one in home.app.queue() if one.is_added] == [item.id]
    assert item.lead.outlet == "post" and len(item.articles) == 1


def test_a_run_files_all_that_it_read_though_an_added_link_is_still_being_read(home: Home):
    """Its next run may be an hour away; what is read by hand is no company that is worth the wait."""
    release = home.app.store.entries.release
    reading = threading.Thread(target=home.app.read_links)

    def begin_reading() -> int:
        released = release()
        if not reading.ident:  # the run has just begun
            reading.start()
            while not home.app.store.claims.live(home.clock.now):
                threading.Event().wait(0.01)
        return released

    with Web(Outlet("far", "en", [Piece("buses", "Night buses", BUSES)])) as elsewhere:
        gate = elsewhere.hold("/far/buses")
        home.app.archive.add_link(f"{elsewhere.base}/far/buses", by="aida")
        home.app.store.entries.release = begin_reading  # type: ignore[method-assign]
        home.app.ingest(feed_ids=["post"])
        filed = [item.lead.headline for item in home.app.queue()]
        gate.set()
        reading.join()
    assert "Court extends arrest" in filed


# ---- reading at once ------------------------------------------------------------------------------------------------


class Reader:
    """A process that reads added links until it is let go."""

    def __init__(self, started: list[Reader]) -> None:
        self.ends = threading.Event()
        started.append(self)

    def wait(self) -> None:
        self.ends.wait(120)

    def poll(self) -> int | None:
        return 0 if self.ends.is_set() else None


def test_however_many_links_are_added_two_processes_read_them(home: Home, monkeypatch: pytest.MonkeyPatch):
    started: list[Reader] = []
    monkeypatch.setattr(reading_now.subprocess, "Popen", lambda *_, **__: Reader(started))
    for _ in range(5):
        reading_now.start_link_reader(home.app.settings)
    assert len(started) == 2
    started[0].ends.set()  # one more, for the links that were added meanwhile
    stop_at = time.monotonic() + 60
    while len(started) < 3 and time.monotonic() < stop_at:
        time.sleep(0.01)
    for begun in started:
        begun.ends.set()
    time.sleep(0.05)
    assert len(started) == 3


@pytest.mark.check
def test_a_command_of_the_desk_imports_nothing_that_lies_in_the_current_folder(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for library in ("monitor", "typer"):
        (tmp_path / f"{library}.py").write_text("raise SystemExit(3)", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert reading_now.start_command(home.app.settings, "feeds", "list").wait(60) == 0


def test_a_page_read_during_a_restore_is_not_stored_for_a_later_link_with_its_number(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store, file, save = home.app.store, tmp_path / "backup.db", SqlEntries.save_results
    buses = home.app.archive.add_link(home.url("post/buses"), by="bakyt")
    backup(home.app.settings.database_url, file)
    with store.database.writing("another history") as connection:
        for table in (t.addition, t.entry):
            connection.execute(delete(table))
    court = home.app.archive.add_link(home.url("post/court"), by="aida")
    assert court.id == buses.id

    def restore_and_save(entries: SqlEntries, results: Iterable[Result]) -> object:
        monkeypatch.undo()
        restore_backup(home.app.settings, file, home.clock)
        return save(entries, results)

    monkeypatch.setattr(SqlEntries, "save_results", restore_and_save)
    home.app.read_links()
    link, item = home.app.archive.link(buses.id)
    assert (link.url, link.outcome, item) == (home.url("post/buses"), Outcome.PENDING, None)
    home.clock.now += timedelta(hours=1)
    home.app.read_links()
    _, item = home.app.archive.link(buses.id)
    assert item is not None and item.lead.headline == "Night buses"


def test_a_link_that_leads_to_another_site_does_not_take_its_address(tmp_path: Path):
    with reader(tmp_path / "home") as desk:
        desk.subscribe(post="http://post.example/rss")
        desk.internet.page("http://post.example/1", "Court extends arrest", COURT)
        desk.internet.redirect("http://short.example/x", "http://post.example/1")
        desk.internet.feed("http://post.example/rss", [])
        desk.ingest()
        desk.app.archive.add_link("http://short.example/x", by="aida", note="a reader sent it")
        desk.app.read_links()
        desk.internet.feed("http://post.example/rss", [Listed("http://post.example/1", "Court extends arrest")])
        assert desk.ingest() == {"queued": 1}
        assert [(a.outlet, a.speaker) for a in desk.articles()] == [
            ("post", Speaker.LINKED_PAGE),
            ("post", Speaker.SITE),
        ]
