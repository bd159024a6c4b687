"""A decision that does not reach the desk: kept, told, and sent once, in a real browser."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Dialog, Page, Route, expect

from kit.browserkit import LAYOUTS, PEOPLE, Desk, chromium, desk, faults, playwright, press, settled
from kit.copies import app
from monitor.errors import StoreError
from monitor.model import Verdict
from web.trust import expected_complaints, filled, row

__all__ = ["app", "chromium", "desk", "expected_complaints", "filled", "playwright"]
pytestmark = pytest.mark.soak


# Routes are set before a page is opened: while it is open, the browser's network process learns of them later.


# On a busy machine the browser's network process learns of it later than this one. A promise counts as true for
# Playwright's own `wait_for_function`.
UNTIL_CONNECTED_IS = """async wanted => {
  while (await fetch("/health").then(() => true, () => false) !== wanted) await new Promise(go => setTimeout(go, 50));
}"""


def disconnect(page: Page) -> None:
    page.context.set_offline(True)
    page.evaluate(UNTIL_CONNECTED_IS, False)


def connect(page: Page) -> None:
    page.context.set_offline(False)
    page.evaluate(UNTIL_CONNECTED_IS, True)


NO_CONNECTION = {"en": "We do not know whether it was stored: no connection",
                 "ru": "Неизвестно, сохранено ли это: нет соединения",
                 "ky": "Сакталган-сакталбаганы белгисиз: байланыш жок"}  # fmt: skip


def is_told_of_a_form(page: Page, words: str) -> None:
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_role("alert").get_by_role("heading")).to_be_focused()


def is_told(page: Page, words: str) -> None:
    is_told_of_a_form(page, words)
    expect(page.get_by_role("heading", name="Number 40")).to_be_visible()


@pytest.mark.parametrize("language", LAYOUTS)
def test_a_decision_without_a_connection_is_kept_and_sent_when_there_is_one(desk: Desk, language: str):
    layout = LAYOUTS[language]
    with desk.browser(PEOPLE[language]) as page:
        page.goto(f"{desk.url}/items/40?show=new")
        page.locator("#note").fill("She called.\nTwice.")
        page.keyboard.press("Escape")
        disconnect(page)
        for _ in range(2):
            press(page, "a", layout)
            is_told(page, NO_CONNECTION[language])
            settled(page)
        expect(page.locator("#note")).to_have_value("She called.\nTwice.")
        assert page.url.endswith("/items/40?show=new")
        if language == "en":  # the pages of axe come with a request of their own
            assert faults(Axe(), page, "no connection") == []
        page.get_by_role("alert").locator("[data-act=look]").click()  # still none
        expect(page.get_by_role("alert")).to_contain_text(NO_CONNECTION[language])
        assert desk.app.item(40).history == ()
        connect(page)
        page.wait_for_url("**/items/39?show=new&said=*")
        expect(page.get_by_role("alert")).to_have_count(0)
        (decision,) = desk.app.item(40).history
        assert (decision.verdict, decision.note) == (Verdict.RELEVANT, "She called.\nTwice.")


BROKEN_ANSWERS = {
    "a proxy's page": {"status": 502, "content_type": "text/html", "body": "<html><body><h1>Bad Gateway</h1></body></html>"},
    "an empty answer": {"status": 200, "content_type": "text/html", "body": ""},
    "no page at all": {"status": 500, "content_type": "application/json", "body": '{"error": "upstream"}'},
    "a portal's page": {"status": 200, "content_type": "text/html", "body": "<p>Welcome to our wireless network"},
}  # fmt: skip


@pytest.mark.parametrize("answer", BROKEN_ANSWERS)
def test_an_answer_that_is_no_page_of_the_desk_stores_nothing_and_blanks_nothing(desk: Desk, answer: str):
    with desk.browser("Aida") as page:
        page.route("**/decide*", lambda route: route.fulfill(**BROKEN_ANSWERS[answer]))  # type: ignore[arg-type]
        page.goto(f"{desk.url}/items/40")
        page.locator("#note").fill("kept")
        page.keyboard.press("Escape")
        press(page, "x", {})
        is_told(page, "Not stored: the desk did not answer")
        expect(page.get_by_role("alert")).to_contain_text("Not relevant · Number 40")
        settled(page)
        page.locator("#note").fill("kept, and more")  # while somebody types, nothing is sent again by itself
        page.unroute("**/decide*")
        page.get_by_role("button", name="Try again").click()
        page.wait_for_url("**/items/39?said=*")
        assert [(d.verdict, d.note) for d in desk.app.item(40).history] == [(Verdict.NOT_RELEVANT, "kept, and more")]


def test_a_decision_whose_answer_was_lost_is_stored_once_and_confirmed(desk: Desk):
    with desk.browser("Aida") as page:

        def lose_the_answer(route: Route) -> None:
            route.fetch(max_redirects=0)
            route.abort()

        page.route("**/decide*", lose_the_answer)
        page.goto(f"{desk.url}/items/40")
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        press(page, "a", {})
        page.wait_for_url("**/items/39?said=*")  # the desk said that it was stored
        assert len(sent) == 1
        expect(page.locator("#live")).to_contain_text("Saved: relevant")
        assert len(desk.app.item(40).history) == 1


def test_a_decision_that_is_not_sent_stays_in_sight_on_other_pages_until_it_is(desk: Desk):
    with desk.browser("Aida") as page:
        page.route("**/decide*", lambda route: route.fulfill(status=502, body=""))
        page.goto(f"{desk.url}/items/40")
        press(page, "a", {})
        is_told(page, "Not stored: the desk did not answer")
        settled(page)
        press(page, "j", {})
        page.wait_for_url("**/items/39")
        settled(page)
        press(page, "x", {})
        expect(page.get_by_role("alert")).to_have_count(2)
        page.unroute("**/decide*")
        settled(page)
        page.get_by_role("alert").filter(has_text="Number 39").get_by_role("button", name="Do not send it").click()
        expect(page.get_by_role("alert")).to_have_count(1)
        page.get_by_role("alert").filter(has_text="Number 40").get_by_role("button", name="Try again").click()
        page.wait_for_url("**/items/39?said=*")
        expect(page.get_by_role("alert")).to_have_count(0)
        assert len(desk.app.item(40).history) == 1 and desk.app.item(39).history == ()


def test_a_server_error_is_shown_on_the_card_and_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/40")
        page.locator("#note").fill("kept")
        page.keyboard.press("Escape")
        with monkeypatch.context() as trouble:
            trouble.setattr("monitor.app.review.Review.decide", fails)
            press(page, "a", {})
            is_told(page, "Not stored: The database cannot be used now")
            settled(page)
        press(page, "a", {})  # the same key does it, too
        page.wait_for_url("**/items/39?said=*")
        assert [d.note for d in desk.app.item(40).history] == ["kept"]


def test_links_search_and_back_without_a_connection_say_so_and_can_be_tried_again(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/queue")
        row(page, 90).click()
        page.wait_for_url("**/items/90")
        settled(page)
        disconnect(page)
        press(page, "j", {})
        expect(page.get_by_role("alert")).to_contain_text("Not loaded: no connection")
        expect(page.get_by_role("heading", name="Number 90")).to_be_visible()
        settled(page)
        connect(page)
        page.get_by_role("button", name="Try again").click()
        page.wait_for_url("**/items/89")
        settled(page)
        disconnect(page)
        page.go_back()
        expect(page.get_by_role("alert")).to_contain_text("Not loaded: no connection")
        settled(page)
        connect(page)
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("heading", name="Number 90")).to_be_visible()
        settled(page)
        press(page, "q", {})
        page.wait_for_url("**/queue?*")
        settled(page)
        page.locator("#words").fill("custody")
        disconnect(page)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Not loaded: no connection")
        settled(page)
        expect(page.locator("#words")).to_have_value("custody")
        connect(page)
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("#main")).to_contain_text(re.compile("90 items .*these words"))


def test_the_browser_asks_before_it_leaves_a_decision_that_is_not_sent(desk: Desk):
    with desk.browser("Aida") as page:
        page.route("**/decide*", lambda route: route.fulfill(status=502, body=""))
        page.goto(f"{desk.url}/items/40")
        press(page, "a", {})
        is_told(page, "Not stored: the desk did not answer")
        questions: list[str] = []

        def stay(dialog: Dialog) -> None:
            questions.append(dialog.type)
            dialog.dismiss()

        page.once("dialog", stay)
        with page.expect_event("dialog"):
            page.evaluate("location.href = '/digest'")
        assert questions == ["beforeunload"] and page.url.endswith("/items/40")
        page.get_by_role("button", name="Do not send it").click()
        page.goto(f"{desk.url}/digest")  # no question any more
        assert questions == ["beforeunload"] and desk.strange.count("dialog ") == 1
        desk.strange.remove("dialog ")


def fails(*_: object, **__: object) -> None:
    raise RuntimeError("a bug")


def test_what_was_stored_before_the_next_page_broke_is_called_stored(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    with desk.browser("Вера") as page:  # her browser asks for English pages, her account for Russian ones
        page.route("**/items/39", lambda route: route.abort())  # the next card is not fetched ahead
        page.goto(f"{desk.url}/items/40")
        monkeypatch.setattr("monitor.web.routes.item.split_changes", fails)
        press(page, "a", {})
        is_told(page, "Сохранено")
        notice = page.get_by_role("alert")
        expect(notice).to_contain_text("У нас произошла ошибка")
        expect(notice).not_to_contain_text("Не сохранено")
        expect(notice).not_to_contain_text(re.compile("[A-Za-z]{4,} [A-Za-z]{4,}"))
        assert len(desk.app.item(40).history) == 1
        monkeypatch.undo()
        notice.get_by_role("link", name="Дальше").click()
        page.wait_for_url("**/items/39?said=*")
        expect(page.get_by_role("alert")).to_have_count(0)
        assert len(desk.app.item(40).history) == 1


def test_what_was_stored_before_its_own_answer_broke_is_called_stored(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/40")
        monkeypatch.setattr("monitor.store.desk.users.SqlUsers.add_audit_line", fails)  # after the decision
        press(page, "a", {})
        is_told(page, "It was stored")
        assert len(desk.app.item(40).history) == 1


def stop_watching(page: Page, desk: Desk) -> None:
    """Send a form that has no version: sent twice, it may act twice."""
    page.goto(f"{desk.url}/names/1")
    page.get_by_text("Stop watching…").click()
    page.get_by_role("button", name="Stop watching", exact=True).click()


def lose_answers_of_forms(route: Route) -> None:
    if route.request.method == "POST":
        route.fetch(max_redirects=0)
        route.abort()
    else:
        route.fallback()


def lose_forms(route: Route) -> None:
    if route.request.method == "POST":
        route.abort()
    else:
        route.fallback()


def is_watched(desk: Desk) -> bool:
    return any(entity.id == "melis" for entity in desk.app.watchlist().entities)


def test_a_form_that_must_not_be_sent_twice_is_asked_about_and_not_sent_again(desk: Desk):
    with desk.browser("Root") as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        page.route("**/remove", lose_answers_of_forms)
        stop_watching(page, desk)
        page.wait_for_url("**/names/1?said=removed")
        expect(page.locator("#main")).to_contain_text("It is not watched any more.")
        expect(page.get_by_role("alert")).to_have_count(0)
        assert not is_watched(desk) and len(sent) == 1


def test_a_form_that_did_not_arrive_is_called_not_stored_and_can_be_sent_again(desk: Desk):
    with desk.browser("Root") as page:
        page.route("**/remove", lose_forms)
        stop_watching(page, desk)
        is_told_of_a_form(page, "Not stored: no connection")
        expect(page.get_by_role("alert")).not_to_contain_text("sent again when")
        assert is_watched(desk)
        page.unroute("**/remove")
        settled(page)
        page.get_by_role("button", name="Try again").click()
        page.wait_for_url("**/names/1?said=removed")
        assert not is_watched(desk)


def test_a_desk_that_was_started_again_says_that_it_cannot_tell(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.web.forms.receipts.Receipts.kept_for", 0.0)
    with desk.browser("Root") as page:
        page.route("**/remove", lose_forms)
        stop_watching(page, desk)
        notice = page.get_by_role("alert")
        is_told_of_a_form(page, "Look at the page before you send it again")
        expect(notice).to_contain_text("We do not know whether it was stored")
        expect(notice).not_to_contain_text("Not stored")
        expect(notice.get_by_role("link", name="Look at the page")).to_have_attribute("href", "/names/1")
