"""The pages of sources: the list, and adding, testing, editing, pausing, reading and removing at the desk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser, account, client
from kit.home import Clock, furnish, open_app
from kit.sites import Site, rss
from kit.store import HOUR, MINUTE, NOW, article, backlog, item, visited
from monitor.config import load_feeds
from monitor.feeds.schedule import learn
from monitor.ingest.policy import LinePolicy
from monitor.ingest.visit import Poll
from monitor.model import Act, DatePrecision, Feed, FeedStatus, Outcome, Result, Rhythm, Role
from monitor.web import create_desk

SITE = b"<!DOCTYPE html><link rel=alternate type=application/rss+xml href=/feed><a href=/rss?q=Melis+Tokoev>RSS</a>"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as serving:
        serving.pages |= {
            "/": SITE,
            "/feed": rss("Kabar", "Сот журналистти чыгарды, деп билдирди", "Кечээ Бишкекте кар жаады"),
            "/rss": rss("Search", "one"),
        }
        yield serving


@pytest.fixture
def app(site: Site, tmp_path: Path) -> Iterator[App]:
    home = furnish(tmp_path / "home", site)
    lines = f"feeds:\n  # ours\n  - url: {site.base}/old   # since May\n    id: old\n    outlet: Old\n  - https://b.example/rss\n"
    (home / "feeds.yaml").write_text(lines, encoding="utf-8")
    app = open_app(home, Clock())
    app.sync_files()
    yield app
    app.close()


@pytest.fixture
def root(app: App) -> Browser:
    return client(create_desk(app), account(app, "Root", Role.ADMIN))


def listed(app: App) -> dict[str, Feed]:
    return {feed.id: feed for feed in load_feeds(app.settings.feeds)}


def text_of(app: App) -> str:
    return app.settings.feeds.read_text("utf-8")


def number_of(app: App, feed_id: str) -> int:
    return next(state.number for state in app.feeds() if state.feed.id == feed_id)


def version_on(page: str) -> str:
    return str(html.fromstring(page).xpath("string(//input[@name='version']/@value)"))


def edit(root: Browser, number: int, **values: str) -> httpx.Response:
    """Send the settings form of a source with some fields changed."""
    form = html.fromstring(root.get(f"/sources/{number}").text).xpath("//section[contains(@class,'settings')]/form")[0]
    return root.post(f"/sources/{number}/edit", dict(form.form_values()) | values)


def words(page: str) -> str:
    return " ".join(html.fromstring(page).xpath("//main")[0].text_content().split())


# ---- adding ---------------------------------------------------------------------------------------------------------


def test_a_site_is_added_by_its_home_page(app: App, site: Site, root: Browser):
    page = root.post("/sources/look", {"url": site.base}).text
    assert "Kabar" in page and "2 articles" in words(page) and "Кечээ Бишкекте кар жаады" in page
    rows = html.fromstring(page).xpath("//input[@name='row'][@checked]/@value")
    before = text_of(app)
    answer = root.post("/sources/add", {"row": rows, "outlet": "Kabar Agency", "country": "kg"})
    assert answer.headers["location"] == "/sources?said=added&n=1&state=new"
    added = next(feed for feed in listed(app).values() if feed.url == f"{site.base}/feed")
    assert (added.outlet, added.country, added.language) == ("Kabar Agency", "KG", "ky")
    assert text_of(app).startswith(before)
    assert "Kabar Agency" in root.get("/sources").text
    assert [(line.act, line.detail) for line in app.people.audit(9)] == [
        (Act.CHANGED_SOURCES, "added 1"),
        (Act.ASKED_SITE, ""),
    ]


def test_who_adds_a_feed_with_a_watched_name_in_its_address_is_warned(app: App, site: Site, root: Browser):
    page = root.post("/sources/look", {"url": site.base}).text
    (revealing,) = html.fromstring(page).xpath("//input[@name='row'][not(@checked)]/@value")
    assert page.count("holds a watched name") == 1
    assert root.post("/sources/add", {"row": revealing}).headers["location"].startswith("/sources?said=added&n=1")
    (number,) = (state.number for state in app.feeds() if "Tokoev" in state.feed.url)
    assert "holds a watched name" in root.get(f"/sources/{number}").text
    assert "holds a watched name" not in root.get(f"/sources/{number_of(app, 'old')}").text


STRANGE_ROWS = [
    "",
    "[]",
    '{"url": "https://x.example/", "proxy": "http://127.0.0.1:1"}',
    '{"url": 1}',
    '{"outlet": "X"}',
]


def test_a_row_that_no_page_of_ours_made_is_not_added(app: App, root: Browser, subtests: pytest.Subtests):
    for row in STRANGE_ROWS:
        with subtests.test(str(row)):
            before = text_of(app)
            assert root.post("/sources/add", {"row": row}).status_code in {303, 400} and text_of(app) == before


def test_a_wrong_value_does_not_hide_what_somebody_else_saved_meanwhile(app: App, root: Browser):
    old = number_of(app, "old")
    version = version_on(root.get(f"/sources/{old}").text)
    edit(root, old, outlet="Renamed")
    wrong = root.post(f"/sources/{old}/edit", {"url": "no address", "outlet": "Old", "version": version})
    assert wrong.status_code == 400 and version_on(wrong.text) == version
    second = root.post(f"/sources/{old}/edit", {"url": "https://x.example/", "outlet": "Old", "version": version})
    assert second.status_code == 409 and listed(app)["old"].outlet == "Renamed"


NO_ADDRESSES = ["", "no address", "javascript:alert(1)", "ftp://a.example/rss", "localhost", "https://u:p@a.example/"]


def test_what_is_no_address_is_not_asked(app: App, site: Site, root: Browser, subtests: pytest.Subtests):
    for url in NO_ADDRESSES:
        with subtests.test(str(url)):
            answer = root.post("/sources/look", {"url": url})
            assert answer.status_code == 400 and "not an address of the web" in answer.text and site.paths == []


def test_only_what_the_policy_allows_is_asked(root: Browser):
    assert "private" in words(root.post("/sources/look", {"url": "http://10.0.0.1/rss"}).text)


def test_opml_is_shown_before_it_is_added_and_comes_out_again(app: App, root: Browser):
    opml = (
        "<opml version='1.0'><body><outline text='One' xmlUrl='https://one.example/rss' category='/country/KG,/language/kyrgyz'/>"
        "<outline text='There' xmlUrl='https://b.example/rss'/><outline text='Bad' xmlUrl='javascript:x'/></body></opml>"
    )
    page = root.post("/sources/opml", files={"file": ("list.opml", opml.encode())}, data=None).text
    rows = html.fromstring(page).xpath("//input[@name='row'][not(@disabled)]/@value")
    assert len(rows) == 1 and "on the list already" in page and "not an address of the web" in page
    root.post("/sources/add", {"row": rows})
    one = next(feed for feed in listed(app).values() if feed.outlet == "One")
    assert (one.country, one.language) == ("KG", "")
    assert 'xmlUrl="https://one.example/rss"' in root.get("/sources/opml").text
    assert "no OPML" in root.post("/sources/opml", files={"file": ("x", b"<html>")}, data=None).text


# ---- one source -----------------------------------------------------------------------------------------------------


@pytest.mark.check
def test_a_dead_feed_is_mended_where_it_is_told_of(app: App, site: Site, root: Browser):
    app.ingest(include_not_due=True)
    old = number_of(app, "old")
    page = root.get(f"/sources/{old}").text
    assert "404" in page and "Look for its new address" in page
    main = html.fromstring(page).xpath("//*[@id='main']//*[contains(@class, 'main')]/text()")
    assert "late by" not in root.get("/sources").text
    app.clock.now += 10 * HOUR  # type: ignore[attr-defined]
    late = root.get("/sources").text
    assert "Most sources are late by" in late and "reading late by" not in late  # once, for all of them
    app.clock.now -= 10 * HOUR  # type: ignore[attr-defined]
    assert (
        main == ["Look for its new address", "Save"]
        and "Could not be read" in page
        and "after each failure in a row it is tried less often" in page
        and "✕" in page
    )
    feeds_page = root.post("/sources/look", {"source": old, "url": f"{site.base}/"}).text
    address = html.fromstring(feeds_page).xpath("//button[@name='url']/@value")[0]
    answer = root.post(f"/sources/{old}/address", {"url": address, "version": version_on(feeds_page)})
    assert answer.headers["location"] == f"/sources/{old}?said=saved"
    assert listed(app)["old"].url == f"{site.base}/feed" and "# since May" in text_of(app)
    app.ingest()
    (state,) = [state for state in app.feeds() if state.feed.id == "old"]
    assert (state.number, state.status) == (old, FeedStatus.OK)


def test_a_save_on_an_old_page_is_refused_and_shows_what_is_there_now(app: App, root: Browser):
    old = number_of(app, "old")
    version = version_on(root.get(f"/sources/{old}").text)
    text = text_of(app).replace("outlet: Old", "outlet: Renamed")
    app.settings.feeds.write_text(text, encoding="utf-8")
    answer = root.post(f"/sources/{old}/edit", {"url": listed(app)["old"].url, "outlet": "Mine", "version": version})
    assert answer.status_code == 409 and "Somebody else changed" in answer.text and 'value="Renamed"' in answer.text
    assert text_of(app) == text
    second = edit(root, old, outlet="Mine")
    assert second.status_code == 303 and listed(app)["old"].outlet == "Mine"


WRONG_VALUES = [
    ("url", "no address", "not an address of the web"),
    ("url", "https://b.example/rss", "on the list already"),
    ("language", "Kyrgyz", "a code such as ky"),
    ("country", "Kyrgyzstan", "a code such as KG"),
    ("interval", "often", "a code such as ky"),
    ("proxy", "http://127.0.0.1:8080", "proxy cannot be used"),
    ("proxy", "https://192.168.1.1:443", "proxy cannot be used"),
    ("proxy", "ftp://proxy.example:21", "proxy cannot be used"),
]


@pytest.mark.check
def test_a_value_that_will_not_do_is_shown_again_with_the_reason(app: App, root: Browser, subtests: pytest.Subtests):
    for field, value, problem in WRONG_VALUES:
        with subtests.test(str((field, value))):
            old, before = number_of(app, "old"), text_of(app)
            answer = edit(root, old, **{field: value})
            assert answer.status_code == 400 and problem in answer.text
            assert html.fromstring(answer.text).xpath("//*[@role='alert']") and text_of(app) == before
            assert field in {"interval", "country"} or f'value="{value}"' in answer.text


def test_interval_and_proxy_are_set_and_a_proxys_password_is_never_shown(app: App, root: Browser):
    proxy = "socks5://us:p4ssw0rd@9.9.9.9:1080"
    old = number_of(app, "old")
    edit(root, old, interval="2h", proxy=proxy)
    assert (listed(app)["old"].interval, listed(app)["old"].proxy) == (timedelta(hours=2), proxy)
    page = root.get(f"/sources/{old}").text
    assert "p4ssw0rd" not in page and "socks5://us:•••@9.9.9.9:1080" in page
    edit(root, old, interval="")
    assert (listed(app)["old"].interval, listed(app)["old"].proxy) == (None, proxy)
    edit(root, old, proxy="")
    assert listed(app)["old"].proxy == ""


def test_a_source_says_how_often_it_is_read(app: App, root: Browser):
    old = number_of(app, "old")
    assert "How often it is read" not in words(root.get(f"/sources/{old}").text).partition("Settings")[0]
    edit(root, old, interval="2h")
    facts = words(root.get(f"/sources/{old}").text).partition("Settings")[0]
    assert "every 2 hours" in facts and "now every" not in facts and "Next try" not in facts
    edit(root, old, interval="")
    # What comes in the same hours of every day is looked for in these: the gap is the present one.
    (state,) = (state for state in app.feeds() if state.feed.id == "old")
    memory = replace(state.memory, rhythm=learn(Rhythm(), [NOW - n * 24 * HOUR for n in range(9)]))
    app.store.feeds.save_visit(replace(visited(state, at=NOW), memory=memory, next_due=NOW + HOUR / 5))
    facts = words(root.get(f"/sources/{old}").text).partition("Settings")[0]
    assert "next reading 2 Mar, 14:12" in facts and "now every 12 minutes, more often in the hours" in facts


def test_a_source_that_fails_says_when_it_is_tried_next_and_once(app: App, root: Browser):
    (state,) = (state for state in app.feeds() if state.feed.id == "old")
    app.store.feeds.save_visit(Poll(state, LinePolicy(), NOW).failure(FeedStatus.UNREACHABLE, "it said so"))
    (state,) = (state for state in app.feeds() if state.feed.id == "old")
    facts = words(root.get(f"/sources/{state.number}").text).partition("Settings")[0]
    assert facts.count("Next try") == 1 and "Next try2 Mar, 14:30; after" in facts
    assert "next reading" not in facts and "How often it is read" not in facts


def test_the_newest_article_of_a_source_has_its_day_and_time(app: App, root: Browser):
    old, today = number_of(app, "old"), app.clock()
    for newest in (today, today - 30 * HOUR):
        (state,) = (state for state in app.feeds() if state.number == old)
        memory = replace(state.memory, last_new=newest)
        app.store.feeds.save_visit(replace(visited(state, at=today), memory=memory))
        local = newest.astimezone(app.settings.timezone)
        for path in ("/sources", f"/sources/{old}"):
            shown = html.fromstring(root.get(path).text).xpath(f"//time[@datetime='{newest.isoformat()}']/text()")
            assert f"{local.day} {local:%b, %H:%M}" in shown, path


def test_a_source_shows_how_fresh_the_other_sources_of_its_outlet_are(app: App, site: Site, root: Browser):
    for id_ in ("one", "two"):
        app.sources.file.add([{"url": f"{site.base}/{id_}", "id": id_, "outlet": "Twins"}], app.clock())
    feeds = {state.feed.id: state for state in app.store.feeds.states()}
    assert "half of the articles" not in root.get(f"/sources/{feeds['one'].number}").text
    at = app.clock()
    for minutes in (600, 7):  # the first is there before us
        stored_article = article(f"twins.example/{minutes}", first_seen=at, fetched=at)
        new = item(minutes, published=at - minutes * MINUTE, precision=DatePrecision.MOMENT)
        (entry,) = backlog(app.store, new, name="two", now=at - 60 * MINUTE * (minutes > 60))
        app.store.entries.save_result(Result(entry, at, Outcome.NO_MATCH, article=stored_article))
    shown = words(root.get(f"/sources/{feeds['one'].number}").text)
    assert "two: half of the articles of the last week came within 7 minutes of their publication" in shown
    assert "two: half" not in words(root.get(f"/sources/{number_of(app, 'old')}").text)


def test_a_source_is_paused_and_resumed_and_comments_stay(app: App, root: Browser):
    before, path = text_of(app), f"/sources/{number_of(app, 'old')}"
    root.post(f"{path}/pause", {"paused": "1"})
    assert listed(app)["old"].paused and "paused" in words(root.get("/sources").text)
    assert root.post(f"{path}/read").status_code == 400
    root.post(f"{path}/pause", {"paused": ""})
    assert text_of(app) == before


def test_a_removed_source_is_put_back_as_it_was(app: App, root: Browser):
    edit(root, number_of(app, "old"), interval="2h", country="kg")
    before, number = listed(app)["old"], number_of(app, "old")
    assert root.post(f"/sources/{number}/remove").headers["location"] == f"/sources?said=removed&n={number}"
    assert "old" not in listed(app) and "Put back" in root.get(f"/sources?said=removed&n={number}").text
    root.post("/sources/put-back", {"source": number})
    assert listed(app)["old"] == before and number_of(app, "old") == number
    assert root.post("/sources/put-back", {"source": number}).headers["location"] == "/sources"


def test_the_last_source_stays(app: App, root: Browser):
    for feed_id in list(listed(app)):
        answer = root.post(f"/sources/{number_of(app, feed_id)}/remove")
    assert answer.status_code == 400 and "add another one first" in answer.text and len(listed(app)) == 1


def test_a_file_with_an_error_is_not_touched_and_its_place_is_told(app: App, root: Browser):
    app.settings.feeds.write_text(f"{text_of(app)}  - colour: red\n", encoding="utf-8")
    answer = root.post(f"/sources/{number_of(app, 'old')}/pause", {"paused": "1"})
    assert answer.status_code == 400 and "feeds.yaml:7: url: missing" in words(answer.text)
    assert str(app.settings.home) not in answer.text


def test_a_file_that_cannot_be_written_stays_and_its_path_is_not_told(
    app: App, root: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("os.access", lambda *_: False)  # as root every file can be written
    answer = root.post(f"/sources/{number_of(app, 'old')}/pause", {"paused": "1"})
    assert answer.status_code == 400 and "feeds.yaml cannot be written" in words(answer.text)
    assert str(app.settings.home) not in answer.text and not listed(app)["old"].paused


@pytest.mark.soak
def test_a_feed_is_read_now_by_a_process_of_its_own(app: App, site: Site, root: Browser):
    site.pages["/old"] = rss("Old", "Мелис Токоев кармалды")
    old = number_of(app, "old")
    answer = root.post(f"/sources/{old}/read").headers["location"]
    assert answer == f"/sources/{old}?said=reading&since=0" and "data-awaited" in root.get(answer).text
    for _ in range(3000):  # five minutes and more: this machine may be busy
        if "data-awaited" not in (page := root.get(answer).text):
            break
        threading.Event().wait(0.1)
    assert "OK" in words(page) and "/old" in site.paths and "data-awaited" not in page


def test_a_reader_sees_the_list_and_may_edit_nothing(app: App):
    reader = client(create_desk(app), account(app, "Aida", Role.REVIEWER))
    page = reader.get("/sources").text
    assert "Old" in page and "/sources/look" not in page and f"/sources/{number_of(app, 'old')}" not in page
    assert reader.get(f"/sources/{number_of(app, 'old')}").status_code == 403
    assert reader.post("/sources/add", {"row": '{"url":"https://x.example/"}'}).status_code == 403


@pytest.mark.parametrize(
    ("status", "filled"),
    [
        (FeedStatus.TLS, "Set its proxy"),
        (FeedStatus.NOT_FOUND, "Look for its new address"),
        (FeedStatus.REFUSED, "Open its site ↗"),  # a proxy needs an address first
        (FeedStatus.THROTTLED, "Change how often it is read"),
        (FeedStatus.NEW, "Read now R"),
        (FeedStatus.OK, None),  # nothing needs to be done
    ],
)
def test_of_the_acts_for_a_source_the_advised_one_alone_is_filled(
    app: App, root: Browser, status: FeedStatus, filled: str | None
):
    if status is FeedStatus.TLS:
        edit(root, number_of(app, "old"), proxy="socks5://9.9.9.9:1080")
    state = next(state for state in app.feeds() if state.number == number_of(app, "old"))
    if status is FeedStatus.OK:
        app.store.feeds.save_visit(visited(state, at=NOW))
    elif not status.is_healthy:
        app.store.feeds.save_visit(Poll(state, LinePolicy(), NOW).failure(status, "it said so"))
    (acts,) = html.fromstring(root.get(f"/sources/{number_of(app, 'old')}").text).find_class("acts")
    assert [" ".join(act.text_content().split()) for act in acts.find_class("main")] == [filled] * bool(filled)
    assert [act.text_content() for act in acts.iter("a") if "site" in act.text_content()] == ["Open its site ↗"]
    # All others look alike, and the list of sources offers the same first.
    assert {*acts.xpath(".//button/@class"), *acts.xpath(".//a/@class")} <= {"main", "button", "button main", "button "}
    if not status.is_healthy and status is not FeedStatus.NEW:
        (in_list,) = html.fromstring(root.get("/sources").text).find_class("advised")
        acts_in_list = {
            "Open its site ↗": "Open its site ↗ Set its proxy",
            "Look for its new address": "Open its site ↗ Look for its new address",
        }
        assert " ".join(in_list.text_content().split()) == acts_in_list.get(str(filled), filled)
