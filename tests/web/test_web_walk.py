"""A walk through the whole desk in a real browser, in each language: every page that a link leads to, and a decision by keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from kit.browserkit import LAYOUTS, WIDTHS, Desk, chromium, desk, press, settled
from kit.desk import account
from monitor.model import Role
from web.demo_desk import app, expected_complaints, playwright

__all__ = ["app", "chromium", "desk", "expected_complaints", "playwright"]
pytestmark = pytest.mark.check
FILES = re.compile(r"\.(json|csv|atom)|/xlsx|/ftm|/export/|/opml|/evidence|/static/")


def linked_pages(page: Page, address: str) -> list[str]:
    """Return the paths of the desk that the links of the shown page lead to, without files to save."""
    paths = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href.split('#')[0])")
    return [path.removeprefix(address) for path in paths if path.startswith(address) and not FILES.search(path)]


def kind_of(path: str) -> str:
    """Return a path without numbers and filters: pages of one kind are looked at once."""
    return re.sub(r"\d+(-\d+)*", "N", path.split("?", maxsplit=1)[0])


@pytest.mark.parametrize("language", LAYOUTS)
def test_every_page_opens_and_a_story_is_judged_by_keys(desk: Desk, language: str):
    account(desk.app, "Guide", Role.ADMIN, language)
    with desk.browser("Guide", reduced_motion="reduce") as page:
        paths, pages = ["/queue"], dict[str, str]()
        while paths:
            path = paths.pop(0)
            if kind_of(path) in pages:
                continue
            pages[kind_of(path)] = path
            answer = page.goto(desk.url + path)
            assert answer is not None and answer.status == 200, path
            assert page.locator("html").get_attribute("lang") == language, path
            assert page.locator("h1").first.inner_text().strip(), path
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 700})
                assert not page.evaluate(
                    "document.documentElement.scrollWidth > document.documentElement.clientWidth"
                ), path
            paths += linked_pages(page, desk.url)
        kinds = {
            "/queue",
            "/items/N",
            "/digest",
            "/names",
            "/names/N",
            "/sources",
            "/statistics",
            "/account",
            "/recipients",
        }
        assert kinds <= pages.keys()

        page.goto(f"{desk.url}/queue")
        waiting, layout = desk.waiting, LAYOUTS[language]
        press(page, "j", layout)
        page.keyboard.press("Enter")
        expect(page.locator(".story h1")).to_be_focused()
        settled(page)
        card = page.url
        press(page, "a", layout)  # relevant, and on to the next card
        page.wait_for_url(lambda url: url != card)
        settled(page)
        # A card that was fetched ahead is shown before the answer to the decision is there.
        expect(page.locator("[data-key=z]")).to_be_visible()
        assert desk.waiting == waiting - 1
        press(page, "z", layout)
        page.wait_for_url(card + "**")
        settled(page)
        assert desk.waiting == waiting
