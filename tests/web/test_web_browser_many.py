"""Many stories judged, merged and split in a real browser, by keys, without scripts, and by two people."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from kit.app import App
from kit.browserkit import LAYOUTS, Desk, chromium, desk, follow, press, settled
from kit.desk import account, served
from kit.store import MINUTE, NOW, filed, watch
from monitor.config import Settings
from monitor.model import Reason, Role, State
from monitor.store import open_store
from web.demo_desk import app, expected_complaints, playwright

__all__ = ["app", "chromium", "desk", "expected_complaints", "playwright"]
pytestmark = pytest.mark.soak


@pytest.fixture
def long_desk(tmp_path: Path, sqlite_with_tables: Path, chromium: Browser) -> Iterator[Desk]:
    """Serve a desk with thirty-four stories of one name."""
    url = f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'monitor.db')}"
    app = App(Settings(home=tmp_path, database_url=url), open_store(url))
    watch(app.store)
    for n in range(34):
        filed(app.store, title=f"Number {n + 1}", at=NOW + n * MINUTE)
    for name, language in (("Aida", "en"), ("Вера", "ru"), ("Бакыт", "ky"), ("Root", "en")):
        account(app, name, Role.REVIEWER, language)
    with served(app) as address:
        opened = Desk(app, address, chromium)
        yield opened
        assert [line for line in opened.strange if "409" not in line] == []
    app.close()


@pytest.mark.parametrize(("name", "language"), [("Aida", "en"), ("Бакыт", "ky")])
def test_many_are_judged_and_thirty_taken_back_by_keys_alone(long_desk: Desk, name: str, language: str):
    layout, desk = LAYOUTS[language], long_desk
    with desk.browser(name) as page:
        for _ in range(2):
            press(page, "j", layout)
            press(page, " ", layout)
        expect(page.locator("#live")).to_contain_text("2")
        press(page, " ", layout)  # and one of them not, after all
        expect(page.locator("[name=pick]:checked")).to_have_count(1)
        press(page, "b", layout)
        page.wait_for_url("**/together")
        expect(page.locator("h1")).to_be_focused()
        settled(page)
        press(page, "3", layout)
        page.wait_for_url("**/queue?said=*")
        assert desk.waiting == 33 and desk.app.item(34).history[0].reason is Reason.COMMON_WORD
        settled(page)
        press(page, "a", layout, shift=True)
        expect(page.locator("[name=pick]:checked")).to_have_count(33)
        expect(page.locator("#chosen")).to_have_text("33")
        for n in (0, 1, 2):
            page.locator("[name=pick]").nth(n).uncheck()
        assert page.locator("#all").evaluate("all => all.indeterminate")
        press(page, "b", layout)
        page.wait_for_url("**/together")
        expect(page.locator("h1")).to_contain_text("30")
        settled(page)
        press(page, "x", layout)
        page.wait_for_url("**/queue?said=*")
        settled(page)
        assert desk.waiting == 3 and "30" in page.locator("#live").inner_text()
        press(page, "z", layout)
        page.wait_for_url("**/queue?said=undone")
        settled(page)
        assert desk.waiting == 33
        press(page, "z", layout)
        page.wait_for_function("() => document.querySelector('.splits .count').textContent.trim() === '34'")
        assert desk.waiting == 34


def test_many_are_judged_and_taken_back_without_javascript(long_desk: Desk):
    with long_desk.browser("Aida", java_script_enabled=False) as page:
        expect(page.get_by_role("button", name="Review together")).to_be_hidden()  # until something is ticked
        for n in (0, 3):
            page.locator("[name=pick]").nth(n).check()
        page.get_by_role("button", name="Review together").click()
        expect(page.get_by_role("heading", name="2 stories, one decision")).to_be_visible()
        page.locator("#note").fill("a series on sport")
        follow(page, page.get_by_role("button", name="not about this"))
        assert long_desk.waiting == 32 and long_desk.app.item(31).history[0].note == "a series on sport"
        page.locator("[name=pick]").first.check()
        follow(page, page.get_by_role("button", name="All in this list (32)"))
        follow(page, page.get_by_role("button", name="Relevant A", exact=True))
        assert long_desk.waiting == 0
        expect(page.locator(".undo")).to_contain_text("32 stories in one step")
        follow(page, page.get_by_role("button", name="Undo"))
        assert long_desk.waiting == 32


def test_stories_are_merged_and_split_by_keys_alone_on_a_russian_layout(desk: Desk):
    keys, app = LAYOUTS["ru"], desk.app
    one, two = sorted(map(desk.item, ("Журналист Чолпон Арзыева", "Арзыеванын иши")))
    story = desk.item("Суд продлил арест")
    before = [len(app.item(n).articles) for n in (one, two, story)]
    with desk.browser("Вера") as page:
        page.goto(f"{desk.url}/items/{desk.item('Арзыеванын иши')}")
        press(page, "g", keys)
        page.wait_for_url("**same=1")
        expect(page.locator(".same h2")).to_be_focused()
        settled(page)
        choices = page.locator(".same [name=pick]").evaluate_all("boxes => boxes.map(box => box.value.split(':')[0])")
        for _ in range(1 + choices.index(str(desk.item("Журналист Чолпон Арзыева")))):
            press(page, "j", keys)
        press(page, " ", keys)
        expect(page.locator("#live")).to_contain_text("1")
        press(page, "g", keys)
        page.wait_for_url("**/together")
        expect(page.locator("h1")).to_be_focused()
        expect(page.locator("#live")).to_contain_text("Объединить в один сюжет?")
        settled(page)
        press(page, "g", keys)
        page.wait_for_url(f"**/items/{one}?said=r1")
        settled(page)
        expect(page.locator("#live")).to_contain_text("сюжеты объединены")
        assert len(app.item(one).articles) == before[0] + before[1]
        press(page, "z", keys)
        page.wait_for_url(f"**/items/{one}?said=undone")
        settled(page)
        assert [len(app.item(n).articles) for n in (one, two)] == before[:2]
        page.goto(f"{desk.url}/items/{story}")
        press(page, "g", keys, shift=True)
        expect(page.locator("[name=article]").first).to_be_focused()
        page.get_by_label("Мелису Токоеву продлили арест").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/items/{story}?said=r3")
        settled(page)
        expect(page.locator("#live")).to_contain_text("сюжет разделён")
        expect(page.locator(".undo")).to_contain_text("Мелису Токоеву продлили арест")
        assert len(app.item(story).articles) == before[2] - 1
        press(page, "z", keys)
        page.wait_for_url(f"**/items/{story}?said=undone")
        settled(page)
        assert len(app.item(story).articles) == before[2]
        press(page, "q", keys)
        page.wait_for_url("**/queue?at=*")
        settled(page)
        for _ in range(2):
            press(page, " ", keys)
            press(page, "j", keys)
        press(page, "g", keys)
        page.wait_for_url("**/together")
        expect(page.locator(".rows a.open")).to_have_count(2)


def test_stories_are_merged_and_split_without_javascript(desk: Desk):
    app, first_item, second_item = desk.app, desk.item("Арзыеванын иши"), desk.item("Журналист Чолпон Арзыева")
    one, two = sorted((first_item, second_item))
    before = [len(app.item(n).articles) for n in (one, two)]
    brought = [a.headline for a in app.item(two).articles if a.copy_of is None]
    with desk.browser("Aida", java_script_enabled=False) as page:
        page.goto(f"{desk.url}/items/{first_item}")
        page.get_by_role("link", name="Merge with another…").click()
        page.get_by_label("Or item number").fill(str(second_item))
        page.get_by_role("button", name="Make one story…").click()
        expect(page.get_by_role("heading", name="Make one story of these?")).to_be_visible()
        follow(page, page.get_by_role("button", name="Make one story", exact=False))
        expect(page.locator(".undo")).to_contain_text("2 stories in one step")
        assert len(app.item(one).articles) == sum(before)
        page.get_by_text("Split off articles…").click()
        for headline in brought:
            page.locator("label", has_text=headline).locator("[name=article]").first.check()
        follow(page, page.get_by_role("button", name="Split off"))
        assert [len(app.item(n).articles) for n in (one, two)] == before  # it is what it was
        follow(page, page.get_by_role("button", name="Undo"))
        assert len(app.item(one).articles) == sum(before)
        follow(page, page.get_by_role("button", name="Undo"))
        assert [len(app.item(n).articles) for n in (one, two)] == before
        page.goto(f"{desk.url}/queue")
        expect(page.get_by_role("button", name="Make one story…")).to_be_hidden()
        for n in (0, 1):
            page.locator("[name=pick]").nth(n).check()
        page.get_by_role("button", name="Make one story…").click()
        expect(page.locator(".rows a.open")).to_have_count(2)


def test_two_people_on_many_items_each_see_what_the_other_did(long_desk: Desk):
    app = long_desk.app
    with long_desk.browser("Aida") as hers, long_desk.browser("Root") as his:
        his.locator("a.open").nth(1).click()
        his.wait_for_url("**/items/33")
        hers.reload()
        expect(hers.locator(".row", has_text="Number 33").locator(".looking")).to_contain_text("Root is looking")
        press(hers, "a", {}, shift=True)
        press(hers, "b", {})
        hers.wait_for_url("**/together")
        settled(hers)
        settled(his)
        press(his, "a", {})
        his.wait_for_url("**/items/32?said=*")
        press(hers, "x", {})
        expect(hers.get_by_role("alert")).to_contain_text("1 story was left alone")
        expect(hers.locator("#live")).to_contain_text("1 story was left alone")
        expect(hers.locator(".conflict a.open")).to_have_text(["Number 33"])
        assert long_desk.waiting == 0 and [d.by for d in app.item(33).history] == ["Root"]
        settled(hers)
        hers.reload()  # what came as the answer to a form is nothing to be read again: the list is
        settled(hers)
        press(hers, "z", {})
        hers.wait_for_url("**/queue?said=undone")
        assert long_desk.waiting == 33 and app.item(33).state is State.DECIDED
