"""Events near an item, with the keys of a card, in a real browser."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import Request
from playwright.sync_api import expect

from kit.browserkit import Desk, chromium, desk, faults, playwright, press
from kit.copies import app
from kit.trust import expected_complaints, filled
from monitor.model import QueueFilter, RelatedItem, ReviewItem
from monitor.web.related import related_items
from monitor.web.routes import item as item_routes

__all__ = ["app", "chromium", "desk", "expected_complaints", "filled", "playwright"]
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let items 50 and 60 be near item 40."""

    def related_of(request: Request, item: ReviewItem) -> tuple[RelatedItem, ...]:
        current = item_routes.app_of(request).current_items([50, 60])
        return related_items([(current[n], "") for n in (50, 60) if item.id == 40], QueueFilter(), "en")

    monkeypatch.setattr(item_routes, "related_of", related_of)


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
            page.locator(f"#related-{focused}").focus()
        press(page, "m", {})
        page.wait_for_url("**/items/40?said=*")
        assert {a.headline for a in desk.app.item(40).articles} == {"Number 40", f"Number {merged}"}
        expect(page.locator("#live")).to_contain_text("Undo: Z")
        press(page, "z", {})
        page.wait_for_url("**/items/40?said=undone")
        assert [a.headline for a in desk.app.item(merged).articles] == [f"Number {merged}"]
