"""Many stories judged in one step, and taken back in one."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html

from kit.app import App
from kit.copies import opened_copy
from kit.desk import Browser, account, client
from kit.home import Clock
from kit.store import HOUR, NOW, filed, watch
from monitor.model import Act, Reason, Role, State
from monitor.web import create_desk
from web.queue_desk import aida, app, bakyt, filled, judge, judge_all, listed, search

__all__ = ["aida", "app", "bakyt", "filled"]


def choose(browser: Browser, *pairs: str, query: str = "", **form: object) -> tuple[int, html.HtmlElement, str]:
    """Choose items and return the confirmation page, its status, and the `number:version` pairs in its form."""
    answer = browser.post(f"/queue/together{query}", {"pick": list(pairs), **form})
    page = html.fromstring(answer.text)
    return answer.status_code, page, next(iter(page.xpath("//input[@name='seen']/@value")), "").strip()


def test_what_is_chosen_is_counted_before_it_is_judged_and_judged_in_one_step(app: App, aida: Browser):
    status, page, pairs = choose(aida, "4:1", "2:1")
    assert (status, pairs) == (200, "4:1 2:1") and page.xpath("//h1")[0].text == "2 stories, one decision"
    assert not any(app.item(n).history for n in (1, 2, 3, 4))  # looking at it changes nothing
    assert judge_all(aida, pairs, "not-relevant:another-person", note="a namesake") == (303, "/queue")
    first, second = (app.item(n).history[-1] for n in (2, 4))
    assert (first.reason, first.note, first.by) == (Reason.ANOTHER_PERSON, "a namesake", "Aida")
    assert first.batch == second.batch != "" and listed(aida) == [3, 1]
    line = app.store.people.audit(1)[0]
    assert (line.act, line.about, line.detail) == (Act.DECIDED, None, "2 4")


def test_one_undo_takes_all_of_a_step_back(app: App, aida: Browser):
    judge_all(aida, "4:1 3:1 2:1", "later:7")
    assert [app.item(n).state for n in (2, 3, 4)] == [State.LATER] * 3
    page = aida.get("/queue").text
    assert "3 stories in one step" in page
    (form,) = html.fromstring(page).xpath("//form[starts-with(@class, 'undo')]")
    decision = form.xpath("input[@name='decision']/@value")[0]
    answer = aida.post(form.get("action"), {"decision": decision})
    assert answer.headers["location"] == "/queue?said=undone" and listed(aida) == [4, 3, 2, 1]
    assert app.store.people.audit(1)[0].detail == "2 3 4"


def three_stories(tmp_path: Path, tables: Path) -> tuple[App, Browser]:
    app = opened_copy(tables, tmp_path)
    app.clock = Clock(NOW)
    watch(app.store)
    for hours in (3, 2, 1):
        filed(app.store, at=NOW - hours * HOUR)
    return app, client(create_desk(app), account(app, "Aida", Role.REVIEWER))


def test_one_undo_takes_a_step_back_though_two_of_its_stories_are_one_by_now(tmp_path: Path, sqlite_with_tables: Path):
    app, browser = three_stories(tmp_path, sqlite_with_tables)
    judge_all(browser, "1:1 2:1 3:1", "relevant")
    app.merge(1, 3, by="Bakyt")
    decision = app.item(2).history[0]
    assert "Take the whole step back (3 stories)" in browser.get("/items/1").text
    assert browser.post("/items/2/undo", {"decision": decision.id}).headers["location"] == "/queue?said=undone"
    assert app.store.reviews.batch(decision.batch) == []
    assert [(app.item(n).state, app.item(n).verdict) for n in (1, 2)] == [(State.OPEN, None)] * 2
    assert app.store.people.audit(1)[0].detail == "1 2"
    app.close()


def test_an_undo_that_lost_a_race_says_so(app: App, aida: Browser, monkeypatch: pytest.MonkeyPatch):
    judge_all(aida, "4:1 3:1", "relevant")
    decision = app.item(4).history[0].id
    save_many = app.store.reviews.save_many
    stale = lambda moves, **how: save_many([(item, was - 1) for item, was in moves], **how)  # noqa: E731
    with monkeypatch.context() as patched:
        patched.setattr(app.store.reviews, "save_many", stale)
        answer = aida.post("/items/4/undo", {"decision": decision})
    assert answer.status_code == 409 and "Nothing was taken back" in answer.text
    assert "You wanted to say" not in answer.text and app.item(4).state is State.DECIDED


def test_what_was_merged_since_it_was_chosen_is_shown_as_left_alone(tmp_path: Path, sqlite_with_tables: Path):
    app, browser = three_stories(tmp_path, sqlite_with_tables)
    app.merge(1, 3, by="Bakyt")
    _, page, pairs = choose(browser, "3:1", "2:1")
    assert pairs == "2:1" and "1 story moved on" in page.text_content()
    assert page.xpath("//section[@class='conflict']//a[@class='open']/@href") == ["/items/1"]
    status, answer_text = judge_all(browser, "3:1 2:1", "relevant")
    assert status == 409 and "1 story was left alone" in answer_text and "Your decision on 1 other story" in answer_text
    assert html.fromstring(answer_text).xpath("//a[@class='open']/@href") == ["/items/1"]
    assert [len(app.item(n).history) for n in (1, 2)] == [0, 1]
    # part of another that was chosen as it is now: nothing of it was left alone
    assert judge_all(browser, f"3:1 1:{app.item(1).version}", "relevant") == (303, "/queue")
    app.close()


def test_all_of_a_list_means_the_items_that_were_counted(app: App, aida: Browser, bakyt: Browser):
    _, page, pairs = choose(aida, every="1", query="?show=new")
    assert pairs == "4:1 3:1 2:1"
    assert page.xpath("//form[@class='judge']/@action") == ["/queue/together/decide?show=new"]
    judge(bakyt, 3, "relevant")
    app.undo(by="Bakyt")  # as open as it was, and yet it moved on
    status, answer_text = judge_all(aida, pairs, "not-relevant", query="?show=new")
    assert (
        status == 409 and "1 story was left alone" in answer_text and "Your decision on 2 other stories" in answer_text
    )
    assert html.fromstring(answer_text).xpath("//a[@class='open']/@href") == ["/items/3?show=new"]
    assert "<bdi>Bakyt</bdi></strong>: took a decision back" in answer_text
    assert [len(app.item(n).history) for n in (1, 2, 3, 4)] == [0, 1, 2, 1]


def test_items_that_changed_after_they_were_ticked_are_not_chosen(aida: Browser, bakyt: Browser):
    judge(bakyt, 4, "unsure")
    _, page, pairs = choose(aida, "4:1", "3:1")
    assert pairs == "3:1" and "1 story moved on" in page.text_content()


def test_a_step_that_is_sent_twice_is_said_once(app: App, aida: Browser):
    assert [judge_all(aida, "4:1 3:1", "relevant") for _ in range(2)] == [(303, "/queue")] * 2
    assert [len(app.item(n).history) for n in (3, 4)] == [1, 1]


def test_words_that_were_searched_for_choose_too_and_stand_in_no_address(aida: Browser):
    query = search(aida, "court custody")[0].removeprefix("/queue")
    _, page, pairs = choose(aida, every="1", query=query)
    assert pairs == "2:1 1:1"
    assert not any("court" in str(address) for address in page.xpath("//@href | //@action"))


def test_nothing_chosen_says_so_and_what_cannot_be_chosen_is_refused(app: App, aida: Browser):
    for status, page, pairs in (choose(aida), choose(aida, "99:1")):
        assert (status, pairs) == (200, "") and "No story is chosen" in page.text_content()
    for path, expected_location in (
        ("/queue/together/decide?lang=ru", "/queue/together?lang=ru"),
        ("/queue/together?lang=ru", "/queue?lang=ru"),
        ("/items/4/undo", "/items/4"),
    ):
        assert aida.get(path).headers["location"] == expected_location  # read again, as browsers do
    for pair in ("4", "4:x", "²:1", "4:1 3:1", "4:99999999999"):
        assert choose(aida, pair)[0] == 400, pair
    assert judge_all(aida, " ".join(f"{n}:1" for n in range(501)), "relevant")[0] == 400
    assert judge_all(aida, "4:1", "delete")[0] == 400 and app.item(4).history == ()


def test_a_long_list_shows_a_sample_from_all_of_it(tmp_path: Path, sqlite_with_tables: Path):
    app = opened_copy(sqlite_with_tables, tmp_path)
    app.clock = Clock(NOW)
    watch(app.store)
    item_ids = [filed(app.store, at=NOW - n * HOUR).id for n in reversed(range(25))][::-1]
    browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER))
    _, page, pairs = choose(browser, every="1")
    sample = [int(href.split("/")[2]) for href in page.xpath("//a[@class='open']/@href")]
    assert len(pairs.split()) == 25 and 6 < len(sample) <= 12
    assert sample[0] == item_ids[0] and sample[-1] in item_ids[-3:] and sample == [n for n in item_ids if n in sample]
    assert "Melis Tokoev" in page.text_content() and "25" in page.text_content()
    app.close()
