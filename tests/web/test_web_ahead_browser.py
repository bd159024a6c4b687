"""The next card is there at the press of a key, in a real browser; what a colleague did meanwhile is shown."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from kit.browserkit import Desk, chromium, desk, playwright, press, settled
from kit.copies import app
from monitor.model import Verdict
from web.trust import expected_complaints, filled

__all__ = ["app", "chromium", "desk", "expected_complaints", "filled", "playwright"]
pytestmark = pytest.mark.soak
NEXT = "a[data-ahead]"
# The whole card has come, and what waited for it in the page has run.
HAS_COME = """async (url) => {
    while (!performance.getEntriesByName(url).some((card) => card.responseEnd)) await new Promise(requestAnimationFrame);
    for (let n = 0; n < 3; n++) await new Promise((resolve) => setTimeout(resolve));
}"""


def open_card(page: Page, desk: Desk, item: int) -> int:
    """Open a card, wait until the next one is fetched, and return its number."""
    with page.expect_response(lambda answer: "desk-ahead" in answer.request.headers) as next_card:
        page.goto(f"{desk.url}/items/{item}")
    page.evaluate(HAS_COME, next_card.value.url)
    return int(page.locator(NEXT).get_attribute("data-ahead") or 0)


def number(page: Page) -> str:
    return page.locator("h1").inner_text()


@pytest.mark.parametrize("name", ["Aida", "Вера", "Бакыт"])
def test_the_card_that_was_fetched_is_shown_and_only_then_looked_at(desk: Desk, name: str):
    with desk.browser(name) as page, desk.browser("Root") as root_page:
        following = open_card(page, desk, 40)
        root_page.goto(f"{desk.url}/items/{following}")
        expect(root_page.locator(".looking")).to_have_count(0)
        requests: list[str] = []
        page.on("request", lambda request: requests.append(f"{request.method} {request.headers.get('desk-ahead', '')}"))
        press(page, "a", {})
        page.wait_for_url(f"**/items/{following}?said=*")
        expect(page.locator("h1")).to_have_text(f"Number {following}")
        expect(page.locator("h1")).to_be_focused()
        expect(page.locator(".undo")).to_contain_text("Number 40")  # comes with what is asked for afterwards
        expect(page.locator("#live")).not_to_be_empty()
        assert requests[0] == f"POST {following}:1" and requests[1] == "GET "
        root_page.reload()
        expect(root_page.locator(".looking")).to_contain_text(name)
        press(page, "z", {})
        page.wait_for_url("**/items/40?said=undone")
        assert desk.app.item(40).verdict is None


def test_undo_is_done_although_its_bar_has_not_come(desk: Desk):
    with desk.browser("Aida") as page:
        open_card(page, desk, 40)
        press(page, "a", {})
        press(page, "z", {})
        page.wait_for_url("**/items/40?said=undone")
        assert desk.app.item(40).verdict is None
        # A decision that is not stored takes no earlier one with it.
        open_card(page, desk, 40)
        desk.app.decide(40, Verdict.NOT_RELEVANT, by="Вера")
        press(page, "a", {})
        press(page, "z", {})
        expect(page.locator(".conflict")).to_be_visible()
        settled(page)
        assert desk.app.item(40).verdict is Verdict.NOT_RELEVANT


def test_keys_pressed_faster_than_cards_come_judge_each_card_once(desk: Desk):
    with desk.browser("Aida") as page:
        open_card(page, desk, 40)
        judged = []
        for _ in range(8):
            judged.append(number(page))
            press(page, "a", {})
            expect(page.locator("h1")).not_to_have_text(judged[-1])
        settled(page)
        assert len(set(judged)) == 8
        items = [desk.app.item(int(headline.removeprefix("Number "))) for headline in judged]
        assert [len(item.history) for item in items] == [1] * 8


def test_a_colleagues_decision_on_the_card_that_was_fetched_is_shown(desk: Desk):
    with desk.browser("Aida") as page:
        following = open_card(page, desk, 40)
        desk.app.decide(following, Verdict.RELEVANT, by="Root")
        press(page, "j", {})  # to the card as this browser holds it
        page.wait_for_url(f"**/items/{following}")
        expect(page.locator("header .again")).to_contain_text("Decision: relevant")
        press(page, "x", {})  # as it is now: no conflict, another decision
        settled(page)
        assert desk.app.item(following).verdict is Verdict.NOT_RELEVANT


def test_a_card_that_left_the_list_meanwhile_is_not_shown_after_a_decision(desk: Desk):
    with desk.browser("Aida") as page:
        following = open_card(page, desk, 40)
        desk.app.decide(following, Verdict.RELEVANT, by="Root")
        press(page, "a", {})
        page.wait_for_url("**?said=*")
        assert number(page) != f"Number {following}" and desk.app.item(following).verdict is Verdict.RELEVANT


def test_what_is_typed_at_once_stays_while_the_card_is_asked_for(desk: Desk):
    with desk.browser("Aida") as page:
        following = open_card(page, desk, 40)
        page.route(f"**/items/{following}?said=*", lambda route: (page.wait_for_timeout(400), route.continue_()))
        press(page, "a", {})
        page.wait_for_url(f"**/items/{following}?said=*")
        press(page, "n", {})
        page.keyboard.type("She called.")
        expect(page.locator(".undo")).to_contain_text("Number 40")
        expect(page.locator("#note")).to_have_value("She called.")
        expect(page.locator("#note")).to_be_focused()


def test_a_stored_note_does_not_come_back_though_the_next_card_is_left_at_once(desk: Desk):
    with desk.browser("Aida") as page:
        following = open_card(page, desk, 40)
        page.locator("#note").fill("her lawyer says so")
        page.keyboard.press("Escape")
        page.route(f"**/items/{following}?said=*", lambda _: None)  # what is asked for afterwards is never answered
        press(page, "a", {})
        page.wait_for_url(f"**/items/{following}?said=*")
        page.goto(f"{desk.url}/items/40")
        expect(page.locator("#note")).to_have_value("")
        assert desk.app.item(40).history[-1].note == "her lawyer says so"
        assert page.evaluate("sessionStorage.length") == 0


def test_without_a_connection_the_card_is_kept_and_the_decision_waits(desk: Desk):
    with desk.browser("Aida") as page:
        following = open_card(page, desk, 40)
        page.context.set_offline(True)
        press(page, "a", {})
        expect(page.locator("[data-undelivered]")).to_have_count(1)
        assert number(page) == "Number 40"
        page.context.set_offline(False)
        page.wait_for_url(f"**/items/{following}?said=*")
        assert desk.app.item(40).verdict is Verdict.RELEVANT
        desk.strange.clear()  # Chromium tells of the lost connection


def test_a_desk_that_breaks_after_the_decision_leaves_the_card(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> None:
        raise RuntimeError("a bug")

    with desk.browser("Aida") as page:
        following = open_card(page, desk, 40)
        monkeypatch.setattr("monitor.web.routes.item.split_changes", fails)
        press(page, "a", {})
        page.wait_for_url(f"**/items/{following}?said=*")
        page.wait_for_timeout(500)  # what is asked for afterwards fails
        assert number(page) == f"Number {following}" and desk.app.item(40).verdict is Verdict.RELEVANT
        monkeypatch.undo()
        page.reload()
        expect(page.locator(".undo")).to_contain_text("Number 40")


def test_an_empty_answer_that_is_none_of_the_desks_shows_no_card(desk: Desk):
    with desk.browser("Aida") as page:
        open_card(page, desk, 40)
        page.route("**/decide*", lambda route: route.fulfill(status=200, body=""))
        press(page, "a", {})
        expect(page.locator("[data-undelivered]")).to_have_count(1)
        assert number(page) == "Number 40" and desk.app.item(40).verdict is None
        page.unroute("**/decide*")
