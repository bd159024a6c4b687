"""The desk's pages in a real browser under axe: nothing serious, and nothing to scroll sideways."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from kit.browserkit import LANGUAGES, Desk, chromium, desk, faults, settled
from kit.desk import account
from monitor.model import Role, Verdict
from web.demo_desk import app, expected_complaints, playwright

__all__ = ["app", "chromium", "desk", "expected_complaints", "playwright"]
pytestmark = pytest.mark.soak
PAGES = ("/queue?filters=1", "/queue?show=follow-up", "/queue?sure=possible", "/items/7", "/items/7?latin=1", "/items/7?same=1", "/items/6", "/items/7/articles/1",
         "/queue?outlet=nobody", "/digest", "/digest/2026-01-02", "/sources", "/sources/days", "/names/1", "/runs", "/statistics", "/press", "/people", "/account",
         "/audit", "/items/999")  # fmt: skip


def click(page: Page, selector: str, until: str) -> None:
    """Click, and wait for an address or an element."""
    page.locator(selector).click()
    if until.startswith("*"):
        page.wait_for_url(until)
    else:
        page.locator(until).wait_for()
    settled(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_serious_and_nothing_needs_a_sideways_scroll(desk: Desk, language: str):
    account(desk.app, "Tester", Role.ADMIN, language)
    axe, violations = Axe(), []
    with desk.browser("Root") as root_page, desk.browser("Tester", reduced_motion="reduce") as page:
        root_page.goto(f"{desk.url}/items/7")  # "Root is looking", on the row and on the card
        desk.app.decide_many({n: desk.app.item(n).version for n in (2, 3, 4, 5)}, Verdict.RELEVANT, by="Tester")
        desk.app.decide(5, Verdict.RELEVANT, by="Tester")  # for statistics
        desk.app.decide(6, Verdict.UNSURE, by="Tester", note="for the undo bar")
        for path in PAGES:
            page.goto(desk.url + path)
            for menu in page.locator("details").all():
                menu.evaluate("e => e.open = true")
            violations += faults(axe, page, path)
        page.goto(f"{desk.url}/queue?show=later")
        desk.app.decide(1, Verdict.LATER, by="Root")
        page.reload()
        page.locator("[name=pick]").first.check()
        violations += faults(axe, page, "ticked")
        click(page, "[name=every]", "**/together?show=later")
        violations += faults(axe, page, "together")
        desk.app.decide(1, Verdict.RELEVANT, by="Root")
        click(page, ".verdicts .no", ".conflict")
        violations += faults(axe, page, "left alone")
        page.goto(f"{desk.url}/items/8")
        desk.app.decide(8, Verdict.UNSURE, by="Root")
        click(page, ".verdicts .yes", ".conflict")
        violations += faults(axe, page, "somebody was quicker")
        page.goto(f"{desk.url}/queue")
        page.locator("#words").fill("zzzz")
        click(page, ".search button", ".empty")
        violations += faults(axe, page, "nothing found")
        one = desk.item("Арзыеванын иши")
        page.goto(f"{desk.url}/items/{one}?same=1")
        page.locator("[name=pick][form=together]").first.check()
        click(page, "[data-key=g]", "**/together")
        violations += faults(axe, page, "to be merged")
        desk.app.decide(one, Verdict.UNSURE, by="Root")
        click(page, "[data-key=g]", ".conflict")
        violations += faults(axe, page, "not merged")
        click(page, "[data-key=g]", "**/items/*?said=r1")
        violations += faults(axe, page, "merged")
        page.locator("summary[data-key='shift+g']").click()
        click(page, ".split button", ".conflict")
        violations += faults(axe, page, "nothing split off")
        page.goto(f"{desk.url}/account")
        page.locator("#label").fill("a reader")
        click(page, "[action='/account/tokens'] button", "#token")
        violations += faults(axe, page, "a token")
        page.goto(f"{desk.url}/queue")
        page.locator("[name=pick]").first.check()
        violations += faults(axe, page, "one chosen")
        page.keyboard.press("?")
        violations += faults(axe, page, "keys")
        page.goto(f"{desk.url}/items/7")
        assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
        desk.strange[:] = [line for line in desk.strange if "404" not in line and "400" not in line]
    assert violations == []


def test_the_door_pages_pass_axe_too(desk: Desk):
    context = desk.chromium.new_context(viewport={"width": 320, "height": 700})
    page = context.new_page()
    for path in ("/sign-in", "/join/nonsense"):
        page.goto(desk.url + path)
        assert [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in {"serious", "critical"}] == []
    context.close()
