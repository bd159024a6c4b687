"""The place in the list, open menus and ended sessions, in a real browser, on Latin and Cyrillic keyboards."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from kit.browserkit import LAYOUTS, PEOPLE, Desk, chromium, desk, faults, follow, playwright, press, settled
from kit.copies import app
from kit.desk import PASSWORD
from monitor.model import Reason, Verdict
from web.trust import expected_complaints, filled, row

__all__ = ["app", "chromium", "desk", "expected_complaints", "filled", "playwright"]
pytestmark = pytest.mark.soak


def is_where_i_was(page: Page, n: int) -> None:
    expect(row(page, n)).to_be_focused()
    expect(row(page, n)).to_be_in_viewport()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_way_back_from_a_card_leads_to_its_row_by_key_link_and_browser(desk: Desk, language: str):
    layout = LAYOUTS[language]
    with desk.browser(PEOPLE[language], viewport={"width": 1280, "height": 800}) as page:
        page.goto(f"{desk.url}/queue?page=2&sure=strong")
        row(page, 25).focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/items/25?*")
        settled(page)
        press(page, "q", layout)
        page.wait_for_url("**/queue?*")
        settled(page)
        is_where_i_was(page, 25)
        assert "sure=strong" in page.url and page.locator("a[rel=prev]").count() == 1
        press(page, "j", layout)  # and on from there
        is_where_i_was(page, 24)
        page.keyboard.press("Enter")
        page.wait_for_url("**/items/24?*")
        settled(page)
        page.go_back()
        page.wait_for_url("**/queue?*")
        settled(page)
        is_where_i_was(page, 24)
        row(page, 20).click()
        page.wait_for_url("**/items/20?*")
        settled(page)
        page.get_by_role("navigation").get_by_role("link", name=re.compile("90")).click()
        page.wait_for_url("**/queue?*")
        settled(page)
        is_where_i_was(page, 20)
        page.reload()
        is_where_i_was(page, 20)


def test_a_row_that_left_the_list_gives_its_place_to_the_next(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/queue?page=3")
        row(page, 5).click()
        page.wait_for_url("**/items/5")
        settled(page)
        desk.app.decide(5, Verdict.RELEVANT, by="Root")
        desk.app.decide(4, Verdict.RELEVANT, by="Root")
        page.go_back()
        page.wait_for_url("**/queue?*")
        settled(page)
        is_where_i_was(page, 3)
        row(page, 1).click()
        page.wait_for_url("**/items/1")
        settled(page)
        desk.app.decide(1, Verdict.RELEVANT, by="Root")
        press(page, "q", {})
        page.wait_for_url("**/queue?*")
        settled(page)
        is_where_i_was(page, 2)  # nothing follows: the last that is left


def test_after_a_conflict_the_next_card_is_the_one_after_it(desk: Desk):
    with desk.browser("Вера") as page:
        page.goto(f"{desk.url}/items/40")
        desk.app.decide(40, Verdict.RELEVANT, by="Root")
        press(page, "x", LAYOUTS["ru"])
        expect(page.get_by_role("alert")).to_contain_text("Root")
        settled(page)
        press(page, "k", LAYOUTS["ru"])
        page.wait_for_url("**/items/41")
        page.go_back()
        expect(page.locator("h1")).to_have_text("Number 40")
        settled(page)
        press(page, "j", LAYOUTS["ru"])
        page.wait_for_url("**/items/39")


def test_the_place_is_kept_without_scripts(desk: Desk):
    with desk.browser("Aida", java_script_enabled=False, viewport={"width": 1280, "height": 800}) as page:
        page.goto(f"{desk.url}/queue?page=2")
        row(page, 15).click()
        expect(page.locator("h1")).to_have_text("Number 15")
        page.get_by_role("link", name="Not yet reviewed").click()
        expect(row(page, 15)).to_be_in_viewport()


@pytest.mark.parametrize("language", LAYOUTS)
def test_a_digit_judges_the_name_whose_menu_is_open_and_nothing_else(desk: Desk, language: str):
    layout = LAYOUTS[language]
    with desk.browser(PEOPLE[language]) as page:
        page.goto(f"{desk.url}/items/40")
        opener = page.locator("details.menu summary").first
        opener.focus()
        page.keyboard.press("Enter")
        menu = page.locator("details.menu[open]")
        expect(menu.get_by_role("button")).to_have_count(8)  # six reasons, the name after all, a colleague
        for n, button in enumerate(menu.get_by_role("button").all()[:6], 1):
            expect(button).to_contain_text(str(n))
        for key in ("a", "x", "h", "z", "j", "q", "7"):  # the story's own keys wait
            press(page, key, layout)
        settled(page)
        assert page.url.endswith("/items/40") and desk.app.item(40).history == ()
        expect(menu).to_have_count(1)
        press(page, "3", layout)
        page.wait_for_url("**?said=*")
        (decision,) = desk.app.item(40).history
        assert (decision.entity, decision.verdict, decision.reason) == (
            "melis",
            Verdict.NOT_RELEVANT,
            Reason.COMMON_WORD,
        )


def test_escape_closes_a_menu_and_gives_the_keys_back_to_the_story(desk: Desk):
    with desk.browser("Вера") as page:
        page.goto(f"{desk.url}/items/40")
        opener = page.locator("details.menu summary").first
        opener.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(page.locator("details.menu[open]")).to_have_count(0)
        expect(opener).to_be_focused()
        page.keyboard.press("Enter")
        page.locator("#note").focus()  # whoever goes elsewhere leaves the menu
        expect(page.locator("details.menu[open]")).to_have_count(0)
        page.keyboard.press("Escape")
        press(page, "2", LAYOUTS["ru"])
        page.wait_for_url("**/items/39?said=*")
        assert [(d.entity, d.reason) for d in desk.app.item(40).history] == [(None, Reason.ANOTHER_ORGANIZATION)]


def test_escape_closes_a_menu_although_shortcuts_are_off(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/account")
        page.get_by_role("checkbox", name="Keyboard shortcuts").uncheck()
        follow(page, page.get_by_role("button", name="Save"))
        page.goto(f"{desk.url}/items/40")
        page.locator("details.menu summary").first.click()
        press(page, "1", {})
        page.keyboard.press("Escape")
        expect(page.locator("details.menu[open]")).to_have_count(0)
        assert desk.app.item(40).history == ()


def session_ends(page: Page) -> None:
    page.context.clear_cookies()


def sign_in_again(page: Page, name: str) -> None:
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")


NOT_STORED = {"en": "Not stored: your session had ended", "ru": "Не сохранено: сеанс истёк",
              "ky": "Сакталган жок: сеансыңыз бүтүп калыптыр"}  # fmt: skip


@pytest.mark.parametrize("language", LAYOUTS)
def test_a_decision_after_the_session_ended_leads_to_sign_in_and_back_to_the_card(desk: Desk, language: str):
    layout, name = LAYOUTS[language], PEOPLE[language]
    with desk.browser(name, locale=language) as page:
        page.goto(f"{desk.url}/items/40?show=new")
        page.locator("#note").fill("She called.\nTwice.")
        page.keyboard.press("Escape")
        session_ends(page)
        press(page, "a", layout)
        expect(page.get_by_role("alert")).to_contain_text(NOT_STORED[language])
        expect(page.get_by_role("alert")).to_be_focused()
        assert faults(Axe(), page, "session ended") == []
        sign_in_again(page, name)
        page.wait_for_url("**/items/40?show=new")
        expect(page.get_by_role("alert")).to_contain_text(NOT_STORED[language])
        expect(page.get_by_role("alert").get_by_role("heading")).to_be_focused()
        expect(page.locator("#note")).to_have_value("She called.\nTwice.")
        assert faults(Axe(), page, "the card again") == []
        assert desk.app.item(40).history == ()
        settled(page)
        press(page, "a", layout)
        page.wait_for_url("**/items/39?show=new&said=*")
        assert [d.note for d in desk.app.item(40).history] == ["She called.\nTwice."]


def test_undo_and_search_after_the_session_ended_lead_to_sign_in_and_back(desk: Desk):
    desk.app.decide(41, Verdict.RELEVANT, by="Aida")
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/40")
        session_ends(page)
        press(page, "z", {})
        expect(page.get_by_role("alert")).to_contain_text(NOT_STORED["en"])
        sign_in_again(page, "Aida")
        page.wait_for_url("**/items/41")
        settled(page)
        assert len(desk.app.item(41).history) == 1
        page.goto(f"{desk.url}/queue?show=new")
        page.locator("#words").fill("custody")
        session_ends(page)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text(NOT_STORED["en"])
        sign_in_again(page, "Aida")
        page.wait_for_url("**/queue?show=new")
        expect(page.locator("a.open").first).to_be_visible()


def test_a_step_of_many_after_the_session_ended_is_offered_again(desk: Desk):
    with desk.browser("Aida") as page:
        for _ in range(2):
            press(page, "j", {})
            press(page, " ", {})
        press(page, "b", {})
        page.wait_for_url("**/together")
        settled(page)
        page.locator("#note").fill("a series")
        page.keyboard.press("Escape")
        session_ends(page)
        press(page, "x", {})
        expect(page.get_by_role("alert")).to_contain_text(NOT_STORED["en"])
        sign_in_again(page, "Aida")
        page.wait_for_url("**/queue")
        expect(page.get_by_role("alert")).to_contain_text("2 stories: not relevant")
        assert faults(Axe(), page, "a step again") == []
        page.get_by_role("button", name="Show them again").click()
        expect(page.locator("#note")).to_have_value("a series")
        settled(page)
        press(page, "x", {})
        page.wait_for_url("**/queue?said=*")
        assert [desk.app.item(n).history[0].note for n in (90, 89)] == ["a series"] * 2


def test_a_decision_after_the_session_ended_comes_back_without_scripts_too(desk: Desk):
    with desk.browser("Aida", java_script_enabled=False) as page:
        page.goto(f"{desk.url}/items/40")
        page.locator("#note").fill("without scripts")
        session_ends(page)
        page.get_by_role("button", name="Relevant A").click()
        expect(page.get_by_role("alert")).to_contain_text(NOT_STORED["en"])
        sign_in_again(page, "Aida")
        page.wait_for_url("**/items/40")
        expect(page.locator("#note")).to_have_value("without scripts")
        page.get_by_role("button", name="Relevant A").click()
        page.wait_for_url("**/items/39?said=*")
        assert desk.app.item(40).history[0].note == "without scripts"
