"""Rows and screens in a browser: nothing is cut, nothing wraps, the text stands first on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from kit.browserkit import PEOPLE, Desk, chromium, desk, faults, settled
from kit.desk import account
from monitor.model import Role
from web.demo_desk import app, expected_complaints, playwright

__all__ = ["app", "chromium", "desk", "expected_complaints", "playwright"]
pytestmark = pytest.mark.soak
MEASURE = """() => {
  const cut = e => e.scrollWidth > e.clientWidth + 1;
  const outside = (e, box) => e.getBoundingClientRect().right > box.getBoundingClientRect().right + 1;
  const rows = [...document.querySelectorAll(".rows .row")];
  return {
    cutChips: rows.flatMap(r => [...r.querySelectorAll(".chip")].filter(c => cut(c) || outside(c, r))).length,
    chips: document.querySelectorAll(".rows .chip").length,
    share: Math.min(...rows.map(r => r.querySelector(".line").clientWidth / r.clientWidth)),
    tabLines: new Set([...document.querySelectorAll(".splits a")].map(a => Math.round(a.getBoundingClientRect().top))).size,
    navLines: new Set([...document.querySelectorAll(".top nav a")].map(a => Math.round(a.getBoundingClientRect().top))).size,
    sizes: new Set([...document.querySelectorAll(".splits a")].map(a => getComputedStyle(a).fontSize)).size,
    sideways: document.documentElement.scrollWidth > innerWidth,
    kbd: [...document.querySelectorAll("#main kbd")].filter(k => k.offsetParent).length,
  };
}"""


def measure(page: Page, width: int) -> dict[str, float]:
    page.set_viewport_size({"width": width, "height": 800})
    measured: dict[str, float] = page.evaluate(MEASURE)
    return measured


@pytest.mark.parametrize("language", PEOPLE)
def test_rows_are_read_whole_and_tabs_stand_on_one_line(desk: Desk, language: str):
    with desk.browser(PEOPLE[language]) as page:
        for width in (1920, 1280, 1000, 900, 700, 390, 320):
            shape = measure(page, width)
            assert (shape["cutChips"], shape["tabLines"], shape["sizes"], shape["sideways"]) == (0, 1, 1, False), width
            assert shape["chips"] > 3 and shape["share"] >= 0.6, (width, shape)
            assert shape["navLines"] == 1 or width < 900, width
            assert not shape["kbd"] or width > 544, width


@pytest.mark.parametrize("language", PEOPLE)
def test_the_buttons_of_the_filters_share_a_row(desk: Desk, language: str):
    with desk.browser(PEOPLE[language]) as page:
        page.goto(f"{desk.url}/queue?filters=1")
        for width in (1280, 900, 390, 320):
            measure(page, width)
            tops = page.locator(".filters .buttons > *").evaluate_all("all => all.map(b => b.offsetTop)")
            assert len(tops) == 2 and len(set(tops)) == 1, width


def test_the_order_is_switched_by_key_without_scripts(desk: Desk):
    with desk.browser("Aida", java_script_enabled=False) as page:
        page.get_by_role("link", name="Gravest").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/queue?by=gravest")
        assert page.locator(".order [aria-current]").inner_text() == "Gravest"


def test_on_a_phone_the_text_stands_before_the_names(desk: Desk):
    with desk.browser("Aida", viewport={"width": 390, "height": 740}) as page:
        page.goto(f"{desk.url}/items/7")
        settled(page)
        top = "e => e.getBoundingClientRect().top"
        text, names = (page.locator(selector).first.evaluate(top) for selector in (".news, .paper .text", ".names"))
        assert text < names and text < 400
        assert measure(page, 390)["kbd"] == 0


@pytest.mark.parametrize("language", PEOPLE)
def test_axe_finds_nothing_serious_on_the_pages_of_recipients(desk: Desk, language: str):
    account(desk.app, f"Root {language}", Role.ADMIN, language)
    lines = (
        "recipients:\n  - {to: anna@b.example, name: Anna, at_once: true, quiet: 22:00-07:00, names: [melis-tokoev]}\n"
    )
    (desk.app.settings.home / "recipients.yaml").write_text(lines, "utf-8")
    with desk.browser(f"Root {language}") as page:
        for path in ("/recipients", "/recipients/0", "/recipients/new", "/names/add", "/statistics"):
            page.goto(desk.url + path)
            settled(page)
            assert faults(Axe(), page, path) == []
        page.goto(f"{desk.url}/recipients/new")
        page.locator("button[value=save]").click()
        page.locator("#to-fault").wait_for()
        desk.strange[:] = [line for line in desk.strange if "400" not in line]  # Chromium tells of the answer
        assert faults(Axe(), page, "faults") == []
