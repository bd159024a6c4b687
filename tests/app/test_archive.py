"""Articles that people put into the queue by hand: by an address, or out of the archive."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from kit.home import WATCHLIST, Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web
from monitor.app import reading_now
from monitor.app.archive import AddedItem
from monitor.app.purge import purge_entity
from monitor.config import RecheckChoice
from monitor.digest import as_text
from monitor.errors import InputError, NotFound
from monitor.model import (
    UNMATCHED_RETENTION,
    AddedLink,
    Change,
    Mailing,
    Outcome,
    Reason,
    Rendering,
    ReviewItem,
    Role,
    Scope,
    State,
    Verdict,
    Window,
)
from monitor.review.scope import within_scope
from monitor.serialize import item_row
from monitor.store import tables as t

COURT = (
    "A court in Bishkek extended the arrest of Melis Tokoev on Tuesday, and his lawyers said they would appeal. " * 4
)
BUSES = "Night buses will run in the capital until the end of the month, the city council decided on Monday. " * 4
HER = "Officers led Aijan Nurova away from her office on Wednesday morning, two of her neighbours told us. " * 4
PERHAPS_HER = "A report of Nurova was read to the city council on Monday, as two of her neighbours told us. " * 4
SENSITIVE = WATCHLIST + "  - {id: her, name: Aijan Nurova, sensitive: true}\n"
DAY = timedelta(days=1)


class Home:
    """A home over one outlet, with what somebody without every name does at the desk, and its administrator."""

    def __init__(self, folder: Path, web: Web) -> None:
        self.web, self.clock = web, Clock()
        self.app = open_app(furnish(folder, web, SENSITIVE), self.clock)
        self.app.sync_files()

    def url(self, path: str) -> str:
        return f"{self.web.base}/{path}"

    def by_reviewer(self) -> Any:
        return self.app.seen_by(Role.REVIEWER)

    def add(self, path: str, note: str = "", *, app: Any = None) -> ReviewItem | AddedLink:
        """Add an address, read it, and return its item, or the link without one."""
        archive = (app or self.by_reviewer()).archive
        added = archive.add_link(self.url(path), by="aida", note=note)
        if isinstance(added, AddedItem):
            return added.item
        self.app.read_links()
        link, item = archive.link(added.id)
        return item or link

    def archived(self, title: str) -> int:
        """The number of the stored article with this title."""
        query = select(t.article_version.c.article).where(t.article_version.c.title == title)
        with self.app.store.database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def requests(self, path: str) -> int:
        return sum(requested == f"/{path}" for requested, _ in self.web.log)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    pieces = [
        Piece("court", "Court extends arrest", COURT),
        Piece("buses", "Night buses", BUSES),
        Piece("her", "Led away", HER),
        Piece("gone", "Gone", "", status=404),
        Piece("busy", "Busy", "", status=503),
        Piece("empty", "Empty", ""),
    ]
    with Web(Outlet("post", "en", pieces)) as web:
        made = Home(tmp_path, web)
        web.outlets["far"] = Outlet("far", "en", [Piece("buses", "Night buses", BUSES)])  # no feed of ours
        yield made
        made.app.close()


@pytest.mark.parametrize(("path", "names"), [("post/court", ["Melis Tokoev"]), ("post/buses", [])])
def test_an_added_link_becomes_an_item_with_its_origin_whoever_it_names(home: Home, path: str, names: list[str]):
    item = home.add(path, "a reader sent it")
    assert isinstance(item, ReviewItem)
    assert [hit.name for hit in item.hits] == names and item.state is State.OPEN
    ((addition,),) = (article.additions for article in item.articles)
    assert (addition.by, addition.note, addition.at) == ("aida", "a reader sent it", home.clock.now)
    assert [one.id for one in home.app.queue()] == [item.id]
    assert item_row(item)["articles"][0]["added"][0]["note"] == "a reader sent it"
    assert item.lead.outlet == "post" and home.requests(path) == 1


def test_the_same_address_answers_with_the_item_that_exists(home: Home):
    item = home.add("post/buses")
    for again in ("post/buses", "post/buses?utm_source=mail", "post/buses#top"):
        assert home.add(again) == item
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


@pytest.mark.parametrize(
    ("path", "outcome", "detail"),
    [
        ("post/gone", Outcome.FETCH_FAILED, "there is nothing at this address (404)"),
        ("post/empty", Outcome.NO_TEXT, "the page holds no article text"),
        ("post/feed.xml", Outcome.NOT_HTML, "the link leads to application/rss+xml"),
        ("post/busy", Outcome.PENDING, "the server is in trouble (503)"),
    ],
)
def test_a_link_without_an_article_says_why(home: Home, path: str, outcome: Outcome, detail: str):
    link = home.add(path)
    assert isinstance(link, AddedLink) and (link.outcome, link.detail) == (outcome, detail)
    assert (link.due is not None) is (outcome is Outcome.PENDING)
    assert home.app.queue() == []


def test_a_link_into_a_private_network_is_not_requested(home: Home):
    link = home.by_reviewer().archive.add_link("http://10.0.0.1/secret", by="aida")
    home.app.read_links()
    link, _ = home.by_reviewer().archive.link(link.id)
    assert link.outcome is Outcome.FETCH_FAILED and link.detail.startswith("the address leads into a private network")


@pytest.mark.parametrize(
    "url", ["", "not an address", "javascript:alert(1)", "ftp://post.example/a", "http://a:b@c.example/"]
)
def test_what_is_no_address_of_a_page_is_refused(home: Home, url: str):
    with pytest.raises(InputError, match="no address of a page"):
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


def test_two_who_read_an_added_link_at_once_store_it_once(home: Home):
    number = home.app.archive.add_link(home.url("far/buses"), by="aida").id
    gate = home.web.hold("/far/buses")
    reading = threading.Thread(target=home.app.read_links)
    reading.start()
    # Before the run claims the host: else the link would wait for the run after it.
    while not home.web.waiting and reading.is_alive():
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
        hosts = home.app.settings.allow_hosts | {elsewhere.base.removeprefix("http://")}
        home.app.settings = home.app.settings.model_copy(update={"allow_hosts": hosts})
        gate = elsewhere.hold("/far/buses")
        home.app.archive.add_link(f"{elsewhere.base}/far/buses", by="aida")
        home.app.store.entries.release = begin_reading  # type: ignore[method-assign]
        home.app.ingest(feed_ids=["post"])
        filed = [item.lead.headline for item in home.app.queue()]
        gate.set()
        reading.join()
    assert "Court extends arrest" in filed


# ---- the archive ----------------------------------------------------------------------------------------------------


def found_by_reviewer(home: Home, words: str) -> list[tuple[str, int | None]]:
    articles, _ = home.by_reviewer().archive.search(words)
    return [(found.article.title, found.item and found.item.id) for found in articles]


def test_a_stored_article_that_the_matcher_missed_becomes_an_item(home: Home):
    home.app.ingest()
    assert found_by_reviewer(home, "night buses") == [("Night buses", None)]
    added = home.by_reviewer().archive.add_article(home.archived("Night buses"), by="aida", note="a protest")
    assert added.is_new and added.item.hits == () and added.item.lead.additions[0].note == "a protest"
    again = home.by_reviewer().archive.add_article(home.archived("Night buses"), by="vera")
    assert again == AddedItem(added.item, added.article, is_new=False)
    assert found_by_reviewer(home, "night buses") == [("Night buses", added.item.id)]


@pytest.mark.parametrize(
    ("words", "excerpts"),
    [
        ("monday", ["Monday"]),
        ("капитал", ["capital"]),
        ("capital council", ["capital"]),
        ("nightly", []),
        ("совет", []),
    ],
)
def test_a_found_article_shows_the_sentence_with_a_sought_word(home: Home, words: str, excerpts: list[str]):
    home.app.ingest()
    found, _ = home.by_reviewer().archive.search(words)
    assert [one.excerpt[1] for one in found] == excerpts
    assert all("".join(one.excerpt) == BUSES.split(". ", maxsplit=1)[0] + "." for one in found)


def test_no_article_is_added_that_is_not_stored(home: Home):
    for app in (home.app, home.by_reviewer()):
        with pytest.raises((NotFound, InputError)):
            app.archive.add_article(999, by="aida")


def test_the_archive_tells_nothing_of_a_hidden_name(home: Home):
    """Whether an article names her, nobody, or is an item that others do not see: a reviewer is told the same."""
    home.app.ingest()
    (hidden,) = (one for one in home.app.queue() if one.hits[0].entity == "her")
    home.app.decide(hidden.id, Verdict.UNSURE, by="root", note="is it her?")
    assert found_by_reviewer(home, "neighbours") == [("Led away", None)]
    assert found_by_reviewer(home, "council") == [("Night buses", None)]
    home.clock.now += timedelta(minutes=1)
    shown = []
    for title in ("Led away", "Night buses"):
        item = home.by_reviewer().archive.add_article(home.archived(title), by="aida", note="look").item
        shown.append(item)
        assert item == home.by_reviewer().item(item.id)
    hers, nobodys = shown
    assert hers.id == hidden.id + 1 and nobodys.id == hers.id + 1  # a number of its own, as if it were new
    blank = {"id": 0, "story": 0, "first_seen": None, "articles": ()}
    assert replace(hers, **blank) == replace(nobodys, **blank)  # type: ignore[arg-type]
    for one in shown:
        (article,) = one.articles
        assert (article.filed, article.copy_of, article.older) == (home.clock.now, None, False)
    assert hers.lead.why == nobodys.lead.why
    whole = home.app.item(hers.id)
    assert [hit.entity for hit in whole.hits] == ["her"] and whole.history[0].note == "is it her?"
    assert home.app.current_items([hidden.id])[hidden.id].id == hers.id


def test_an_article_of_a_shown_item_that_only_a_hidden_name_brought_gets_an_item_of_its_own(home: Home):
    home.app.ingest()
    items = {one.lead.headline: one for one in home.app.queue()}
    merged = home.app.merge(items["Court extends arrest"].id, items["Led away"].id, by="root")
    assert [a.headline for a in home.by_reviewer().item(merged.id).articles] == ["Court extends arrest"]
    added = home.by_reviewer().archive.add_article(home.archived("Led away"), by="aida").item
    assert added.id > merged.id and (added.version, added.regroupings) == (1, ())
    assert [a.headline for a in home.app.item(merged.id).articles] == ["Court extends arrest"]
    assert home.by_reviewer().regroupings(home.by_reviewer().item(merged.id))[0] == []


def test_an_added_article_joins_no_item_that_its_author_does_not_see(home: Home):
    home.app.ingest()
    (hidden,) = (one for one in home.app.queue() if one.hits[0].entity == "her")
    home.web.outlets["post"].pieces.append(Piece("copy", "Led away, too", HER))
    item = home.add("post/copy")
    assert isinstance(item, ReviewItem) and item.id != hidden.id and item.hits == ()
    by_root = home.add("post/copy", app=home.app)
    assert isinstance(by_root, ReviewItem) and [hit.entity for hit in by_root.hits] == ["her"]


def test_what_an_administrator_adds_of_a_hidden_name_is_not_shown_to_others(home: Home):
    of_her, of_nobody = (home.add(path, "secret", app=home.app) for path in ("post/her", "post/buses"))
    assert isinstance(of_her, ReviewItem) and isinstance(of_nobody, ReviewItem)
    assert [one.id for one in home.by_reviewer().queue()] == [of_nobody.id]
    with pytest.raises(NotFound):
        home.by_reviewer().item(of_her.id)
    own = home.add("post/her", "seen in the street")
    assert isinstance(own, ReviewItem) and own.id not in {of_her.id, of_nobody.id}
    assert [addition.note for addition in own.lead.additions] == ["seen in the street"]


RALLY = (
    "Police dispersed a rally near the parliament in Bishkek on Tuesday evening, detaining at least forty people. "
    "Officers used tear gas and stun grenades against demonstrators who demanded a repeat of the election. "
    "The interior ministry called the gathering unlawful and opened a criminal case over mass unrest. "
    "Deputies Kubatbek Asanov and Ermek Toktosunov, ombudsman Djamilya Sultanova and lawyer Nurlan Beishenov were there. "
    "Among the detained was {}, a reporter."
)


@pytest.mark.parametrize("is_hers_first", [False, True])
def test_an_added_article_joins_the_same_story_whether_or_not_it_names_a_hidden_name(
    tmp_path: Path, is_hers_first: bool
):
    shown = []
    for name in ("Aijan Nurova", "Ainura Sadykova"):
        ours = Outlet("post", "en", [Piece("rally", "Rally dispersed", RALLY.format("Melis Tokoev"))])
        theirs = Outlet("echo", "en", [Piece("rally", "Forty detained", RALLY.format(name))])
        with Web(ours, theirs) as web:
            home = Home(tmp_path / name.split()[0], web)
            for feed in ("echo", "post") if is_hers_first else ("post", "echo"):
                home.app.ingest(feed_ids=[feed])
                home.clock.now += timedelta(minutes=1)
            (before,) = home.by_reviewer().queue()
            added = home.by_reviewer().archive.add_article(home.archived("Forty detained"), by="aida", note="look")
            numbers = {article.id: article.headline for article in added.item.articles}
            links = [(a.headline, numbers.get(a.copy_of or 0), a.filed == home.clock.now) for a in added.item.articles]
            shown.append(
                (added.is_new, added.item.regroupings, added.item.state, added.item.reopened, links, before.lead.why)
            )
            assert home.app.store.upkeep.check() == ()
            home.app.ingest()  # nothing more is to be filed
            assert home.by_reviewer().item(added.item.id) == added.item
            home.app.close()
    assert shown[0] == shown[1]
    assert [headline for headline, _, _ in shown[0][-2]] == ["Rally dispersed", "Forty detained"]


def test_what_was_found_in_an_article_while_it_was_hidden_tells_nothing(home: Home):
    """Its item would tell that it was in another one before."""
    home.app.ingest()
    her = home.archived("Led away")
    row = {"article": her, "version": 1, "before": "Arrested", "after": "Led away", "found": home.clock.now}
    with home.app.store.database.writing("findings") as connection:
        is_hers = t.article.c.id == her
        connection.execute(update(t.article).where(is_hers).values(gone=home.clock.now, gone_why="it is gone"))
        for kind in (Change.HEADLINE, Change.GONE):
            connection.execute(insert(t.finding).values(row | {"kind": kind}))
    home.clock.now += timedelta(minutes=1)
    item = home.by_reviewer().archive.add_article(her, by="aida").item
    assert item.lead.findings == ()
    assert [one.kind for one in home.app.item(item.id).lead.findings] == [Change.HEADLINE]
    home.app.ingest()  # as of any added article that is gone
    assert [one.kind for one in home.by_reviewer().item(item.id).lead.findings] == [Change.GONE]
    assert home.app.store.upkeep.check() == ()


@pytest.mark.parametrize("title", ["Led away", "Night buses"])
def test_the_next_digest_has_an_added_article_whatever_the_clock_says(home: Home, title: str):
    home.app.ingest()
    home.clock.now += timedelta(minutes=2)
    window = Window(home.clock.now - DAY, home.clock.now)
    assert home.app.store.outbox.put(window, lambda _: (Mailing(window, window.until, Rendering("0 new", "0")), ()))
    # The clock was set back, or the page was read before the digest was composed.
    home.clock.now -= timedelta(minutes=1)
    item = home.by_reviewer().archive.add_article(home.archived(title), by="aida").item
    assert item.lead.filed == window.until


def test_a_link_that_an_administrator_added_is_not_there_for_others(home: Home):
    number = home.app.archive.add_link(home.url("post/her"), by="root").id
    for _ in range(2):  # before its page is read, and after
        with pytest.raises(NotFound):
            home.by_reviewer().archive.link(number)
        home.app.read_links()
    assert home.app.archive.link(number)[1] is not None
    assert home.by_reviewer().archive.add_link(home.url("post/gone"), by="aida").id > number


def test_others_are_shown_old_articles_only_where_a_name_keeps_them(home: Home):
    home.app.ingest()
    her, buses = home.archived("Led away"), home.archived("Night buses")
    home.clock.now += UNMATCHED_RETENTION + DAY
    assert found_by_reviewer(home, "neighbours") == found_by_reviewer(home, "council") == []
    assert [title for title, _ in found_by_reviewer(home, "appeal")] == ["Court extends arrest"]
    for article in (her, buses):
        with pytest.raises(InputError, match="more than 90 days ago"):
            home.by_reviewer().archive.add_article(article, by="aida")
    assert home.app.archive.add_article(her, by="root").item.hits


def test_the_archive_is_closed_to_others_where_only_pages_with_names_are_read_again(home: Home):
    home.app.ingest()
    home.app.settings = home.app.settings.model_copy(update={"revisit": RecheckChoice.MATCHED})
    assert home.by_reviewer().archive.is_closed and found_by_reviewer(home, "council") == []
    assert not home.app.archive.is_closed


# ---- where its origin is told ---------------------------------------------------------------------------------------


def test_the_digest_and_the_evidence_say_who_added_an_article_and_why(home: Home):
    item = home.add("post/buses", "a reader sent it")
    assert isinstance(item, ReviewItem)
    home.clock.now += timedelta(minutes=1)
    text = " ".join(as_text(home.by_reviewer().digest()).split())
    assert "1 new story" in text and "Added by hand: aida. a reader sent it" in text and "Why it is" not in text
    with zipfile.ZipFile(io.BytesIO(home.by_reviewer().evidence(item))) as pack:
        (article,) = json.loads(pack.read("manifest.json"))["item"]["articles"]
    assert [(added["by"], added["note"]) for added in article["added"]] == [("aida", "a reader sent it")]


def test_an_item_about_nobody_is_not_sent_to_a_recipient_of_some_names(home: Home):
    for path in ("post/buses", "post/court"):
        home.add(path)
    home.clock.now += timedelta(minutes=1)
    digest_input = home.app.digest().input
    within = {
        names: [item.lead.headline for item in within_scope(digest_input, Scope(names=names), full=False).items]
        for names in ((), ("melis",), ("cholpon",))
    }
    assert [len(headlines) for headlines in within.values()] == [2, 1, 0]


# ---- retention and purge --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["post/buses", "post/her", "post/perhaps"])
def test_what_was_added_and_set_aside_leaves_the_queue_after_ninety_days(home: Home, path: str):
    home.web.outlets["post"].pieces.append(Piece("perhaps", "A report", PERHAPS_HER))
    kept, aside = home.add("post/court"), home.add(path)
    assert isinstance(kept, ReviewItem) and isinstance(aside, ReviewItem)
    for item in (kept, aside):
        home.by_reviewer().decide(item.id, Verdict.NOT_RELEVANT, by="aida", reason=Reason.NOT_ABOUT)
    forget = home.app.store.upkeep.forget_additions
    assert forget(home.clock.now) == 0
    later = home.clock.now + DAY
    assert (forget(later), forget(later)) == (1, 0)
    with pytest.raises(NotFound):
        home.by_reviewer().item(aside.id)
    assert home.by_reviewer().item(kept.id)  # it names somebody whom the reviewer may know of
    assert home.app.store.upkeep.check() == ()
    if path != "post/buses":
        assert [hit.entity for hit in home.app.item(aside.id).hits] == ["her"]
    else:
        assert home.app.store.upkeep.drop_texts(later, later, 9) == 1


def test_what_was_added_and_is_relevant_or_waits_stays(home: Home):
    relevant, waiting = home.add("post/buses"), home.add("post/her")
    assert isinstance(relevant, ReviewItem) and isinstance(waiting, ReviewItem)
    home.by_reviewer().decide(relevant.id, Verdict.RELEVANT, by="aida")
    assert home.app.store.upkeep.forget_additions(home.clock.now + DAY) == 0
    assert home.app.store.upkeep.drop_texts(home.clock.now + DAY, home.clock.now + DAY, 9) == 0


def test_a_purge_reaches_what_was_added_by_hand(home: Home, tmp_path: Path):
    home.add("post/her", "Aijan Nurova, as her brother says")
    home.add("post/buses", "it quotes Aijan Nurova")
    (tmp_path / "watchlist.yaml").write_text(WATCHLIST, encoding="utf-8")
    home.app.sync_files()
    purge_entity(home.app, "her", apply=True)
    (left,) = home.app.queue()
    assert left.lead.headline.startswith("Night buses") and left.lead.additions[0].note == ""
    with home.app.store.database.reading() as connection:
        assert len(connection.execute(select(t.addition)).all()) == 1
    assert home.app.store.upkeep.check() == ()


def test_a_purge_blanks_what_is_written_of_an_added_article_that_names_others_too(home: Home, tmp_path: Path):
    """As it blanks the notes of decisions, which may describe somebody without the name."""
    home.web.outlets["post"].pieces.append(Piece("both", "Two arrested", COURT + HER))
    home.add("post/both", "a neighbour of mine, says the husband")
    home.add("post/buses", "a reader sent it")
    (tmp_path / "watchlist.yaml").write_text(WATCHLIST, encoding="utf-8")
    home.app.sync_files()
    purge_entity(home.app, "her", apply=True)
    notes = {item.lead.headline: [one.note for one in item.lead.additions] for item in home.app.queue()}
    assert notes == {"Two arrested": [""], "Night buses": ["a reader sent it"]}


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
        home.by_reviewer().archive.read_links_now()
    assert len(started) == 2
    started[0].ends.set()  # one more, for the links that were added meanwhile
    stop_at = time.monotonic() + 60
    while len(started) < 3 and time.monotonic() < stop_at:
        time.sleep(0.01)
    for reader in started:
        reader.ends.set()
    time.sleep(0.05)
    assert len(started) == 3
