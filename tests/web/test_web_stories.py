"""Merging and splitting stories on the desk: confirmed first, done once, and undone like a decision."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from lxml import html

from kit.app import App
from kit.copies import app, opened_copy
from kit.desk import Browser, account, client
from kit.store import DAY, HOUR, MINUTE, NOW, filed, hit, stored, watch
from monitor.model import Act, Placement, Role, State, Verdict
from monitor.web import create_desk
from monitor.web.security import Guard

__all__ = ["app"]


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Path:
    """Return items 1 to 3 of the last hours, the first with two articles and a copy; an item of last week; 4 names another."""
    app = opened_copy(sqlite_with_tables, tmp_path_factory.mktemp("stories"))
    watch(app.store)
    one = filed(app.store, at=NOW - 3 * HOUR, title="Court extends arrest", outlet="Post")
    for n, (title, copy_of) in enumerate([("Exhibition opens", None), ("Exhibition opens", 2)]):
        related_article = stored(app.store, hit(), at=NOW - 3 * HOUR + n * MINUTE, title=title, outlet=f"Herald {n}")
        app.store.stories.file(
            related_article, Placement(one.story, copy_of=copy_of), app.item(1), NOW - 3 * HOUR, expected_version=1
        )
    filed(app.store, at=NOW - 2 * HOUR, title="Sixty days more", outlet="Courier")
    filed(app.store, at=NOW - HOUR, title="Arrest extended", outlet="Times")
    filed(app.store, hit("Nobody", "cholpon"), at=NOW, title="Of another")
    filed(app.store, at=NOW - 7 * DAY, title="Last week")
    app.close()
    return app.settings.home / "monitor.db"


@pytest.fixture
def desk(app: App) -> Guard:
    app.clock = Time()
    return create_desk(app)


@pytest.fixture
def aida(app: App, desk: Guard) -> Browser:
    return client(desk, account(app, "Aida", Role.REVIEWER))


@pytest.fixture
def bakyt(app: App, desk: Guard) -> Browser:
    return client(desk, account(app, "Bakyt", Role.REVIEWER))


def together(browser: Browser, *pairs: str, **form: object) -> html.HtmlElement:
    answer = browser.post("/queue/together", {"pick": list(pairs), "merging": "1", **form})
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def seen_on(page: html.HtmlElement) -> str:
    return next(iter(page.xpath("//input[@name='seen']/@value")), "").strip()


def merge(browser: Browser, pairs: str) -> tuple[int, str]:
    answer = browser.post("/queue/together/merge", {"seen": pairs})
    return answer.status_code, answer.headers.get("location", "") or html.fromstring(answer.text).text_content()


def split(browser: Browser, item: int, *articles: int, version: int) -> tuple[int, str]:
    answer = browser.post(f"/items/{item}/split", {"version": version, "article": list(articles)})
    return answer.status_code, answer.headers.get("location", "") or html.fromstring(answer.text).text_content()


def undo_bars(browser: Browser) -> list[html.HtmlElement]:
    return list(html.fromstring(browser.get("/queue").text).xpath("//form[starts-with(@class, 'undo')]"))


def undo(browser: Browser) -> str:
    (form,) = undo_bars(browser)
    fields = {field.get("name"): field.get("value") for field in form.xpath("input")}
    return str(browser.post(form.get("action"), fields).headers["location"])


def articles(app: App, *items: int) -> list[int]:
    return [len(app.item(n).articles) for n in items]


# ---- one of several -------------------------------------------------------------------------------------------------


def test_what_is_to_be_one_story_is_shown_first_and_one_button_merges_it(app: App, aida: Browser):
    version = app.item(1).version
    page = together(aida, "3:1", f"1:{version}", "2:1")
    for words in ("Court extends arrest", "Post, Herald 0, Herald 1", "Arrest extended", "Times", "Melis Tokoev"):
        assert words in page.text_content(), words
    assert articles(app, 1, 2, 3) == [3, 1, 1] and not page.xpath("//button[@name='act']")  # looking changes nothing
    assert merge(aida, seen_on(page)) == (303, "/items/1?said=r2")
    assert articles(app, 1) == [5] and app.item(1).state is State.OPEN
    line = app.store.people.audit(1)[0]
    assert (line.act, line.detail) == (Act.MERGED, "1 2 3")
    card = aida.get("/items/1?said=r2").text
    assert "Saved: merged stories. 3 stories in one step." in card and "Undo: Z" in card
    assert undo(aida) == "/items/1?said=undone" and articles(app, 1, 2, 3) == [3, 1, 1]
    assert app.store.people.audit(1)[0].act is Act.UNDID
    assert "Taken back." in aida.get("/items/1?said=undone").text


def test_a_merge_that_is_sent_twice_is_one(app: App, aida: Browser, bakyt: Browser):
    expected_answer = (303, "/items/2?said=r1")
    assert [merge(aida, "2:1 3:1") for _ in range(2)] == [expected_answer, expected_answer]
    assert merge(bakyt, "2:1 3:1") == expected_answer  # who was slower sees what there is
    assert "Saved" not in bakyt.get(expected_answer[1]).text
    assert len(app.item(2).regroupings) == 1
    undo(aida)
    status, answer_text = merge(aida, "2:1 3:1")  # taken back, and sent again
    assert status == 409 and "Nothing was merged" in answer_text and articles(app, 2, 3) == [1, 1]


def test_a_merge_of_what_moved_meanwhile_is_not_stored_and_shows_the_other(app: App, aida: Browser, bakyt: Browser):
    bakyt.post("/items/3/decide", {"act": "relevant", "version": 1})
    answer = aida.post("/queue/together/merge", {"seen": "2:1 3:1"})
    page = html.fromstring(answer.text)
    (alert,) = page.xpath("//section[@role='alert']")
    assert answer.status_code == 409 and "Bakyt: relevant" in " ".join(alert.text_content().split())
    assert page.get_element_by_id("page").get("data-said").startswith("Nothing was merged")
    assert articles(app, 2, 3) == [1, 1]
    assert merge(aida, seen_on(page))[0] == 303  # having seen it, she insists
    assert articles(app, 2) == [2] and app.item(2).state is State.OPEN
    bakyt.post("/items/2/decide", {"act": "relevant", "version": 1})
    assert merge(bakyt, "1:3 3:2")[0] == 409  # part of another by now


def test_readers_can_neither_merge_nor_split(app: App, desk: Guard):
    reader = client(desk, account(app, "Vera", Role.READER))
    assert merge(reader, "2:1 3:1")[0] == split(reader, 1, 2, version=app.item(1).version)[0] == 403
    for path in ("/queue", "/items/1", "/items/1?same=1"):
        page = html.fromstring(reader.get(path).text)
        assert not page.xpath("//*[contains(@data-key, 'g')][not(@data-key='?')]"), path
        assert not page.xpath("//form[contains(@action, 'split') or contains(@action, 'together')]"), path


def test_a_card_offers_items_of_the_same_days_and_names_for_a_merge(app: App, aida: Browser):
    for n in range(12):
        filed(app.store, at=NOW + n * MINUTE, title=f"Number {n}")
    aida.post("/items/3/decide", {"act": "relevant", "version": 1})
    page = html.fromstring(aida.get("/items/2?same=1").text)
    offered = [int(value.split(":")[0]) for value in page.xpath("//input[@name='pick'][@form='together']/@value")]
    assert offered == list(range(17, 7, -1))
    assert html.fromstring(aida.get("/items/2").text).xpath("//input[@name='pick']") == []  # asked for, not before
    few = html.fromstring(aida.get("/items/5?same=1").text)  # of a week ago, and alone there
    assert few.xpath("//input[@name='pick']/@value") == ["5:1"] and "Nothing else" in few.text_content()
    same_page = html.fromstring(aida.get("/items/4?same=1").text)
    assert same_page.xpath("//input[@name='pick']/@value") == ["4:1"]


def test_decided_items_are_offered_too_but_merged_ones_are_not(app: App, aida: Browser):
    aida.post("/items/3/decide", {"act": "relevant", "version": 1})
    merge(aida, f"1:{app.item(1).version} 2:1")
    page = html.fromstring(aida.get("/items/3?same=1").text)
    assert page.xpath("//input[@name='pick'][@form='together']/@value") == [f"1:{app.item(1).version}"]


def test_another_is_chosen_by_its_number(app: App, aida: Browser):
    assert seen_on(together(aida, "2:1", also="5")) == "2:1 5:1"
    merge(aida, "2:1 3:1")
    assert seen_on(together(aida, "5:1", also="3")) == f"5:1 2:{app.item(2).version}"  # it is part of that one
    nothing = [together(aida, "5:1", also=also) for also in ("99", "5", "")]
    for page in [*nothing, together(aida)]:
        assert seen_on(page) == "" and page.xpath("//h1")[0].text == "There is nothing to merge"
    assert nothing[0].xpath("//a[contains(@href, '/items/5')]/@href") == ["/items/5?same=1"]
    assert aida.post("/queue/together", {"pick": "5:1", "also": "many"}).status_code == 400


BROKEN_MERGES = ["2:1", "2:1 99:1", "", "2:1 2:1", "2:1 4"]


def test_a_broken_merge_is_refused(app: App, aida: Browser, subtests: pytest.Subtests):
    for broken_pairs in BROKEN_MERGES:
        with subtests.test(str(broken_pairs)):
            assert aida.post("/queue/together/merge", {"seen": broken_pairs}).status_code in {400, 404}
            assert articles(app, 1, 2, 3, 4) == [3, 1, 1, 1]


# ---- two of one -----------------------------------------------------------------------------------------------------


def test_articles_that_tell_another_story_are_split_off_with_their_copies(app: App, aida: Browser):
    before = app.item(1)
    assert split(aida, 1, before.articles[1].id, version=before.version) == (303, "/items/1?said=r1")
    assert articles(app, 1, 6) == [1, 2] and app.item(6).lead.headline == "Exhibition opens"
    line = app.store.people.audit(1)[0]
    assert (line.act, line.detail) == (Act.SPLIT, "1 6")
    page = aida.get("/items/1?said=r1")
    shown = html.fromstring(page.text)
    assert "Saved: split a story." in page.text and shown.xpath("//h1")[0].text == "Court extends arrest"
    assert "Exhibition opens" in shown.xpath("//form[starts-with(@class, 'undo')]")[0].text_content()
    assert shown.xpath("//section[@class='history']//a/@href") == ["/items/6"]
    assert html.fromstring(aida.get("/items/6").text).xpath("//section[@class='history']//a/@href") == ["/items/1"]
    assert undo(aida) == "/items/1?said=undone" and articles(app, 1) == [3]
    assert aida.get("/items/6").text.count("Court extends arrest") > 0  # it is part of that one again


def test_a_split_that_is_sent_twice_is_one(app: App, aida: Browser):
    before = app.item(1)
    form = (1, before.articles[2].id)
    assert [split(aida, *form, version=before.version) for _ in range(2)] == [(303, "/items/1?said=r1")] * 2
    assert articles(app, 1, 6) == [2, 1]
    undo(aida)
    status, answer_text = split(aida, *form, version=before.version)
    assert status == 409 and "Somebody was quicker" in answer_text and articles(app, 1) == [3]


def test_a_split_of_what_moved_meanwhile_is_not_stored_and_shows_the_other(app: App, aida: Browser, bakyt: Browser):
    before = app.item(1)
    bakyt.post("/items/1/decide", {"act": "not-relevant", "version": before.version})
    status, answer_text = split(aida, 1, before.articles[1].id, version=before.version)
    assert status == 409 and "Bakyt" in answer_text and "You wanted to split it." in answer_text
    assert split(aida, 1, before.articles[1].id, version=before.version + 1)[0] == 303
    assert split(bakyt, 1, before.articles[1].id, version=before.version)[0] == 409  # that was not his
    merge(aida, "2:1 3:1")
    assert split(aida, 3, 1, version=1)[0] == 409


def test_none_all_or_strange_articles_are_not_split_off(app: App, aida: Browser):
    item = app.item(1)
    every = [a.id for a in item.articles]
    for chosen in ([], every, every[:2], [app.item(2).lead.id], [999]):  # the second takes its copy along
        status, answer_text = split(aida, 1, *chosen, version=item.version)
        assert (status, "Nothing was split off." in answer_text) == (400, True), chosen
    assert app.item(1) == item and app.store.people.audit(1) == []
    assert not html.fromstring(aida.get("/items/2").text).xpath("//form[contains(@action, '/split')]")  # of one article


# ---- taken back -----------------------------------------------------------------------------------------------------


def test_undo_takes_back_what_was_done_last_whatever_it_was(app: App, aida: Browser, bakyt: Browser):
    aida.post("/items/4/decide", {"act": "relevant", "version": 1})
    merge(aida, "2:1 3:1")
    split(aida, 1, app.item(1).articles[1].id, version=app.item(1).version)
    bakyt.post("/items/5/decide", {"act": "relevant", "version": 1})  # his own is not hers
    assert undo(aida) == "/items/1?said=undone" and articles(app, 1, 2) == [3, 2]
    assert undo(aida) == "/items/2?said=undone" and articles(app, 2, 3) == [1, 1]
    assert undo(aida) == "/items/4?said=undone" and app.item(4).state is State.OPEN
    assert undo_bars(aida) == [] and app.item(5).verdict is Verdict.RELEVANT


def test_what_another_did_is_taken_back_on_the_card_and_twice_is_once(app: App, aida: Browser, bakyt: Browser):
    merge(bakyt, "2:1 3:1")
    (form,) = html.fromstring(aida.get("/items/2").text).xpath("//form[input/@name='regrouping']")
    number = form.xpath("input/@value")[0]
    answers = [aida.post(form.get("action"), {"regrouping": number}) for _ in range(2)]
    assert {a.headers.get("location") for a in answers} == {"/items/2?said=undone"} and articles(app, 2, 3) == [1, 1]
    assert "merged stories" in aida.get("/items/2").text  # it stays in the history, and cannot be taken back again
    assert not html.fromstring(aida.get("/items/2").text).xpath("//form[input/@name='regrouping']")
    assert aida.post("/items/2/undo", {"regrouping": "99"}).status_code == 404
    assert aida.post("/items/4/undo", {"regrouping": number}).status_code == 404  # of another item


def test_what_others_parted_again_is_not_offered_and_says_so(app: App, aida: Browser, bakyt: Browser):
    merge(aida, "2:1 3:1")
    assert split(bakyt, 2, app.item(2).articles[1].id, version=app.item(2).version)[0] == 303
    assert articles(app, 2, 3) == [1, 1]  # into what it was
    assert undo_bars(aida) == []
    (offered,) = html.fromstring(aida.get("/items/2").text).xpath("//form/input[@name='regrouping']/@value")
    assert offered == "2"  # the split, which stands
    answer = aida.post("/items/2/undo", {"regrouping": "1"})
    assert answer.status_code == 409 and "Nothing was taken back" in answer.text
