"""The form of a name in a real browser: previewed wherever one types, and back after the session ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from kit.app import App
from kit.browserkit import Desk, chromium, playwright
from kit.desk import PASSWORD, account, served
from kit.names import names_desk, names_on_list
from monitor.model import Role

__all__ = ["chromium", "playwright"]
HIDDEN_BY_BAR = """() => {
    const [bar, one] = [document.querySelector(".save"), document.activeElement];
    return !bar.contains(one) && !!one.closest("form") && one.getBoundingClientRect().bottom > bar.getBoundingClientRect().top
}"""
pytestmark = pytest.mark.soak


@pytest.fixture
def app(tmp_path: Path, sqlite_with_tables: Path) -> Iterator[App]:
    app = names_desk(tmp_path, sqlite_with_tables)
    account(app, "Olga", Role.OPERATOR)
    (tmp_path / "recipients.yaml").write_text("recipients:\n  - {to: anna@b.example, name: Anna}\n", "utf-8")
    yield app
    app.close()


@pytest.fixture
def desk(app: App, chromium: Browser) -> Iterator[Desk]:
    """Yield the desk in the days of its articles."""
    with served(app) as url:
        opened = Desk(app, url, chromium)
        yield opened
        assert [line for line in opened.strange if "401" not in line] == []  # Chromium tells of every such answer


def test_a_spelling_is_previewed_as_it_is_typed_and_nothing_moves(desk: Desk):
    with desk.browser("Olga") as page:
        page.goto(f"{desk.url}/names/add")
        page.locator("#names").fill("Somebody Else")
        expect(page.locator(".figures")).to_contain_text("None of")
        page.locator("summary", has_text="How it is written").click()
        page.locator("#aliases").press_sequentially("Азат Нуров")
        expect(page.locator(".figures")).to_contain_text("1 article, 0 already in the queue for others, 1 new")
        expect(page.locator("#aliases")).to_be_focused()
        page.locator("summary", has_text="Advanced").click()
        page.locator("#alert").select_option("with-others")
        expect(page.locator(".figures")).to_contain_text("0 new, 1 not for the queue")
        page.locator("label", has_text="Anna (mail)").click()
        page.locator("#aliases").fill("")
        expect(page.locator(".figures")).to_contain_text("None of")
        expect(page.locator("[name=tell]")).to_be_checked()
        page.locator("button[value=save]").click()
        expect(page.locator(".note.saved")).to_be_visible()
    assert "at_once_names" in (desk.app.settings.home / "recipients.yaml").read_text("utf-8")


def test_how_it_is_written_is_shut_while_several_names_are_typed_and_none_is_written(desk: Desk):
    two = "Somebody Else\nNobody Known"
    with desk.browser("Olga") as page:
        page.goto(f"{desk.url}/names/add")
        page.locator("summary", has_text="How it is written").click()
        page.locator("#names").fill(two)
        expect(page.locator("#aliases")).to_be_disabled()
        expect(page.locator("#written")).to_contain_text("For one name only")
        page.locator("#names").fill("Somebody Else")
        expect(page.locator("#aliases")).to_be_enabled()
        expect(page.locator("#written")).not_to_contain_text("For one name only")
        page.locator("#aliases").press_sequentially("Азат Нуров")
        expect(page.locator(".figures")).to_contain_text("1 article")
        page.locator("#names").fill(two)  # what is written is not lost
        expect(page.locator("[role=alert], .typed-name").nth(1)).to_be_visible()
        expect(page.locator("#aliases")).to_be_enabled()
        expect(page.locator("#aliases")).to_have_value("Азат Нуров")
    assert all("400" in line for line in desk.strange)  # spellings are for one name
    desk.strange.clear()


def test_a_session_that_ends_while_one_types_leads_to_the_door_and_back_to_the_form(desk: Desk):
    with desk.browser("Olga") as page:
        page.goto(f"{desk.url}/names/add")
        page.locator("#names").press_sequentially("Азат Нуров")
        expect(page.locator(".figures")).to_contain_text("1 article")
        for group in ("How it is written", "Advanced"):
            page.locator("summary", has_text=group).click()
        page.locator("#asked_by").fill("the lawyer")
        page.context.clear_cookies()
        page.locator("#aliases").press_sequentially("Azat Nurov")
        page.locator("#password").wait_for()
        expect(page.locator("[role=alert]")).to_contain_text("What you typed is kept.")
        page.locator("#name").fill("Olga")
        page.locator("#password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/names/add")
        expect(page.locator("#aliases")).to_have_value("Azat Nurov")
        expect(page.locator("#asked_by")).to_have_value("the lawyer")
        expect(page.locator(".figures")).to_contain_text("1 article")
        assert "Азат Нуров" not in names_on_list(desk.app)
        page.locator("button[value=save]").click()
        expect(page.locator(".note.saved")).to_be_visible()
    assert "Азат Нуров" in names_on_list(desk.app)


@pytest.mark.parametrize("size", [(1280, 620), (360, 640)])
def test_what_has_the_focus_is_never_under_the_bar_that_saves(desk: Desk, size: tuple[int, int]):
    with desk.browser("Olga") as page:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(f"{desk.url}/names/1/edit")
        page.evaluate("for (const group of document.querySelectorAll('details.panel')) group.open = true")
        page.locator("#names").focus()
        for _ in range(40):
            page.keyboard.press("Tab")
            assert page.evaluate(HIDDEN_BY_BAR) is False, page.evaluate("document.activeElement.outerHTML")
        page.locator("#at-once-nobody").check()
        page.locator("[name=tell]").check()  # means only these
        expect(page.locator("#at-once-people")).to_be_checked()
