"""The desk while its scripts are late or do not come: the focus goes where it goes with all of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from kit.browserkit import Desk, chromium, desk, press, settled
from web.demo_desk import app, expected_complaints, playwright

__all__ = ["app", "chromium", "desk", "expected_complaints", "playwright"]
pytestmark = pytest.mark.soak

# htmx starts itself by such a timer, which a busy browser runs after the first keys.
LATE_TIMERS = "const { setTimeout } = window; window.setTimeout = (work, wait = 60000) => setTimeout(work, wait)"


def chosen_link(selector: str) -> Callable[[Page], None]:
    """Return the act of somebody who goes to a link or button and presses Enter."""

    def act(page: Page) -> None:
        page.locator(selector).first.focus()
        page.keyboard.press("Enter")

    return act


def search(words: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator("#words").fill(words)
        page.keyboard.press("Enter")

    return act


def ticked(page: Page) -> None:
    for n in (0, 1):
        page.locator("[name=pick]").nth(n).check()
    chosen_link("button[data-key=b]")(page)


ACTS = {
    "a card": ("/queue", chosen_link("a.open"), "#headline"),
    "the same story": ("/items/7", chosen_link("a[data-key~=g]"), ".same h2"),
    "the next card": ("/items/7", chosen_link("a[data-key=j]"), "#headline"),
    "a decision": ("/items/7", chosen_link(".verdicts .yes"), "#headline"),
    "many": ("/queue", ticked, "h1[data-focus]"),
    "filters": ("/queue", chosen_link("#filters"), "select[name=name]"),
    "a search": ("/queue", search("сот"), "a.open"),
    "a search for nothing": ("/queue", search("zzzz"), ".empty h2"),
    "another page": ("/queue", chosen_link("nav a[href='/sources']"), "h1"),
}


@pytest.mark.parametrize("scripts", ["all", "without htmx", "none"])
def test_the_focus_goes_to_the_same_place_whichever_scripts_have_come(desk: Desk, scripts: str):
    with desk.browser("Aida", java_script_enabled=scripts != "none") as page:
        if scripts == "without htmx":
            page.route("**/htmx.min.js*", lambda route: route.fulfill(status=200, body=""))
        for start, act, place in ACTS.values():
            page.goto(desk.url + start)
            before = page.url
            expect(page.locator("body")).to_be_focused()
            act(page)
            page.wait_for_url(lambda url, before=before: url != before)
            expect(page.locator(place).first).to_be_focused()
            if "said=" in page.url and scripts != "none":
                expect(page.locator("#live")).to_contain_text("Saved")


def test_an_address_that_is_typed_leaves_the_focus_to_the_browser(desk: Desk):
    with desk.browser("Aida") as page:
        for path in ("/queue", "/items/7", "/items/7?same=1", "/sources"):
            page.goto(desk.url + path)
            settled(page)
            expect(page.locator("body")).to_be_focused()


def test_the_first_key_loads_no_whole_page_however_late_timers_are(desk: Desk):
    with desk.browser("Aida") as page:
        page.add_init_script(LATE_TIMERS)
        page.goto(f"{desk.url}/items/7")
        page.evaluate("window.isFirstPage = true")
        press(page, "g", {})
        page.wait_for_url("**same=1")
        expect(page.locator(".same h2")).to_be_focused()
        assert page.evaluate("window.isFirstPage")


def test_a_key_that_waits_for_the_next_card_loads_no_whole_page(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/7")
        page.evaluate(
            """() => {
              window.isFirstPage = true;
              const next = () => {
                const link = document.querySelector("[data-key=j]");
                sessionStorage.setItem("next", link.href);
                link.click();
              };
              document.addEventListener("htmx:before:settle", () => setTimeout(next), { once: true });
            }"""
        )
        press(page, "j", {})
        page.wait_for_function("() => location.href === sessionStorage.getItem('next')")
        settled(page)
        assert page.evaluate("window.isFirstPage")
