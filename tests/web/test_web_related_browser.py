"""Events near an item, with the keys of a card, in a real browser."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from kit.app import App
from kit.browserkit import Desk, chromium, desk, faults, playwright, press
from kit.copies import app
from web.queue_desk import relate
from web.trust import expected_complaints, filled

__all__ = ["app", "chromium", "desk", "expected_complaints", "filled", "playwright"]
pytestmark = pytest.mark.soak


@pytest.fixture(autouse=True)
def near(app: App) -> None:
    """Let items 50 and 60 be near item 40."""
    relate(app, 40, 50, score=0.9)
    relate(app, 40, 60, score=0.5)


def test_one_key_opens_the_nearest_event(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/40")
        assert faults(Axe(), page, "related") == []
        press(page, "o", {})
        page.wait_for_url("**/items/50")


@pytest.mark.parametrize(("focused", "merged"), [(None, 50), (60, 60)])
def test_one_key_merges_the_nearest_event_or_the_one_with_the_focus_and_one_takes_it_back(
    desk: Desk, focused: int | None, merged: int
):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/40")
        if focused:
            page.locator(".related summary").click()  # is less near
            page.locator(f"#related-{focused}").focus()
        press(page, "m", {})
        page.wait_for_url("**/items/40?said=*")
        assert {a.headline for a in desk.app.item(40).articles} == {"Number 40", f"Number {merged}"}
        expect(page.locator("#live")).to_contain_text("Undo: Z")
        press(page, "z", {})
        page.wait_for_url("**/items/40?said=undone")
        assert [a.headline for a in desk.app.item(merged).articles] == [f"Number {merged}"]


def test_a_thumb_meets_the_button_that_merges(desk: Desk):
    with desk.browser("Aida", viewport={"width": 390, "height": 800}) as page:
        page.goto(f"{desk.url}/items/40")
        height = page.locator(".related form button").first.evaluate("b => b.getBoundingClientRect().height")
        assert height >= 44
