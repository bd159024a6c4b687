"""The desk in a real browser, on the demo: keys on every layout, no JavaScript, two users, axe, no foreign requests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from kit.browserkit import LAYOUTS, Desk, chromium, faults, follow, press, settled
from kit.desk import account, demo_home, served
from kit.store import MINUTE, NOW, filed, watch
from monitor.app import App
from monitor.config import Settings, load_settings
from monitor.model import Reason, Role, State, Verdict
from monitor.store import open_store

__all__ = ["chromium"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def playwright(demo: Path) -> Iterator[Playwright]:
    """Start the browser after the demo has run: Playwright needs this thread's event loop for itself."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_home(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def desk(demo: Path, tmp_path: Path, chromium: Browser) -> Iterator[Desk]:
    home = shutil.copytree(demo, tmp_path / "home")
    app = App.open(load_settings(home, {}, home))
    for name, role, language in (("Aida", Role.REVIEWER, "en"), ("Вера", Role.REVIEWER, "ru"), ("Бакыт", Role.REVIEWER, "ky"),
                                 ("Root", Role.ADMIN, "en")):  # fmt: skip
        account(app, name, role, language)
    with served(app) as url:
        opened = Desk(app, url, chromium)
        yield opened
        expected = [line for line in opened.strange if "409" not in line]  # Chromium tells of every such answer
        assert expected == []  # no request elsewhere, no report of the CSP, no error
    app.close()


@pytest.mark.parametrize(("name", "language"), [("Aida", "en"), ("Вера", "ru"), ("Бакыт", "ky")])
def test_the_queue_is_cleared_by_keys_alone_on_every_layout(desk: Desk, name: str, language: str):
    layout, waiting = LAYOUTS[language], desk.left
    with desk.browser(name) as page:
        assert page.locator("html").get_attribute("lang") == language
        press(page, "j", layout)
        page.keyboard.press("Enter")
        expect(page.locator("article.card")).to_be_visible()
        settled(page)
        keys = ["a", "x", "1", "3", "u", "h"]
        for n in range(waiting):
            before = page.url
            expect(page.locator(".story h1")).to_be_focused()
            press(page, keys[n % 5] if n % 5 != 4 else "h", layout)
            page.wait_for_url(lambda url, before=before: url != before)
            settled(page)
            assert str(waiting - n - 1) in page.locator("#live").inner_text()
        assert desk.left == 0
        expect(page.locator("section.empty")).to_be_visible()
        for n in range(waiting):  # all of it taken back, one key each
            press(page, "z", layout)
            page.wait_for_function(
                "n => [...document.querySelectorAll('.along .count')].some(e => e.textContent.trim() == n)",
                arg=str(n + 1),
            )
            settled(page)
        assert desk.left == waiting
        press(page, "t", layout)
        page.wait_for_url("**latin=1**")
        expect(page.locator(".latin").first).to_be_visible()
        settled(page)
        press(page, "n", layout)
        expect(page.locator("#note")).to_be_focused()
        press(page, "a", layout)  # in a field keys are letters
        assert page.locator("#note").input_value() == layout.get("a", "a") and desk.left == waiting
        page.keyboard.press("Escape")
        press(page, "q", layout)
        page.wait_for_url("**/queue**")
        settled(page)
        press(page, "/", layout)
        expect(page.locator("#words")).to_be_focused()


def test_keys_can_be_switched_off(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/account")
        page.get_by_role("checkbox", name="Keyboard shortcuts").uncheck()
        page.get_by_role("button", name="Save").click()
        settled(page)
        page.goto(f"{desk.url}/items/1")
        press(page, "a", {})
        page.keyboard.press("?")
        settled(page)
        assert page.url.endswith("/items/1") and desk.app.item(1).history == ()
        expect(page.locator("dialog")).to_have_count(0)


def test_the_list_of_keys_opens_and_closes(desk: Desk):
    with desk.browser("Aida") as page:
        page.keyboard.press("?")
        expect(page.locator("dialog#keys")).to_be_visible()
        page.keyboard.press("a")  # the dialog has the keys now
        page.keyboard.press("Escape")
        expect(page.locator("dialog#keys")).to_be_hidden()


def test_on_a_phone_the_list_of_pages_shows_the_one_that_is_open(desk: Desk):
    with desk.browser("Root", viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{desk.url}/recipients")
        expect(page.locator(".top nav [aria-current]")).to_be_in_viewport(ratio=1)
        page.locator(".top nav a[href='/queue']").click()
        expect(page.locator(".top nav a[href='/queue'][aria-current]")).to_be_in_viewport(ratio=1)


def test_all_of_it_works_without_javascript(desk: Desk):
    waiting = desk.left
    with desk.browser("Aida", java_script_enabled=False) as page:
        follow(page, page.locator("a.open").first)
        for n in range(waiting):
            if n == 0:
                page.locator("#note").fill("seen without scripts")
            follow(page, page.locator(f".verdicts .{'no' if n % 2 else 'yes'}"))
        assert desk.left == 0
        expect(page.get_by_role("heading", name="Nothing to review")).to_be_visible()
        follow(page, page.get_by_role("button", name="Undo"))
        assert desk.left == 1
        expect(page.locator(".story h1")).to_be_visible()
        page.locator("details.menu summary").first.click()
        follow(page, page.locator("details.menu button").first)
        page.goto(f"{desk.url}/queue?show=decided")
        assert page.locator("a.open").count() == waiting  # the one name of the last was judged alone
        follow(page, page.get_by_role("link", name="Filters"))
        page.get_by_label("Language").select_option("ky")
        follow(page, page.get_by_role("button", name="Apply"))
        assert "lang=ky" in page.url
        page.get_by_label("Words in headlines").fill("сот")
        follow(page, page.get_by_role("button", name="Search"))
        assert "words" not in page.url and page.locator("a.open").count() > 0


def test_two_people_on_one_item_give_one_decision(desk: Desk):
    with desk.browser("Aida") as hers, desk.browser("Root") as his:
        hers.goto(f"{desk.url}/items/7")
        his.goto(f"{desk.url}/items/7")
        version = desk.app.item(7).version
        hers.get_by_role("button", name="Relevant A").dblclick()
        hers.wait_for_url(lambda url: "/items/7" not in url)
        press(his, "x", {})
        expect(his.get_by_role("alert")).to_contain_text("Aida")
        expect(his.locator("#live")).to_contain_text("Nothing was stored")
        assert (desk.app.item(7).version, len(desk.app.item(7).history)) == (version + 1, 1)
        settled(his)
        press(his, "x", {})  # having seen it, he insists
        his.wait_for_url(lambda url: "/items/7" not in url)
        assert [d.by for d in desk.app.item(7).history] == ["Aida", "Root"]


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


@pytest.mark.parametrize(("name", "language"), [("Aida", "en"), ("Вера", "ru"), ("Бакыт", "ky")])
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
        assert desk.left == 33 and desk.app.item(34).history[0].reason is Reason.COMMON_WORD
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
        assert desk.left == 3 and "30" in page.locator("#live").inner_text()
        press(page, "z", layout)
        page.wait_for_url("**/queue?said=undone")
        settled(page)
        assert desk.left == 33
        press(page, "z", layout)
        page.wait_for_function("() => document.querySelector('.splits .count').textContent.trim() === '34'")
        assert desk.left == 34


def test_many_are_judged_and_taken_back_without_javascript(long_desk: Desk):
    with long_desk.browser("Aida", java_script_enabled=False) as page:
        expect(page.get_by_role("button", name="Judge together")).to_be_hidden()  # until something is ticked
        for n in (0, 3):
            page.locator("[name=pick]").nth(n).check()
        page.get_by_role("button", name="Judge together").click()
        expect(page.get_by_role("heading", name="2 stories, one decision")).to_be_visible()
        page.locator("#note").fill("a series on sport")
        follow(page, page.get_by_role("button", name="not about this"))
        assert long_desk.left == 32 and long_desk.app.item(31).history[0].note == "a series on sport"
        page.locator("[name=pick]").first.check()
        follow(page, page.get_by_role("button", name="All in this list (32)"))
        follow(page, page.get_by_role("button", name="Relevant A", exact=True))
        assert long_desk.left == 0
        expect(page.locator(".undo")).to_contain_text("32 stories in one step")
        follow(page, page.get_by_role("button", name="Undo"))
        assert long_desk.left == 32


def test_stories_are_merged_and_split_by_keys_alone_on_a_russian_layout(desk: Desk):
    keys, app = LAYOUTS["ru"], desk.app
    one, two = sorted(map(desk.item, ("Журналист Чолпон Арзыева", "Арзыеванын иши")))
    many = desk.item("Суд продлил арест")
    before = [len(app.item(n).articles) for n in (one, two, many)]
    with desk.browser("Вера") as page:
        page.goto(f"{desk.url}/items/{desk.item('Арзыеванын иши')}")
        press(page, "g", keys)
        page.wait_for_url("**same=1")
        expect(page.locator(".same h2")).to_be_focused()
        settled(page)
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
        page.goto(f"{desk.url}/items/{many}")
        press(page, "g", keys, shift=True)
        expect(page.locator("[name=article]").first).to_be_focused()
        page.get_by_label("Книги для камеры 214").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/items/{many}?said=r3")
        settled(page)
        expect(page.locator("#live")).to_contain_text("сюжет разделён")
        expect(page.locator(".undo")).to_contain_text("Книги для камеры 214")
        assert len(app.item(many).articles) == before[2] - 1
        press(page, "z", keys)
        page.wait_for_url(f"**/items/{many}?said=undone")
        settled(page)
        assert len(app.item(many).articles) == before[2]
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
    app, here, there = desk.app, desk.item("Арзыеванын иши"), desk.item("Журналист Чолпон Арзыева")
    one, two = sorted((here, there))
    before = [len(app.item(n).articles) for n in (one, two)]
    brought = [a.headline for a in app.item(two).articles if a.copy_of is None]
    with desk.browser("Aida", java_script_enabled=False) as page:
        page.goto(f"{desk.url}/items/{here}")
        page.get_by_role("link", name="Same story as…").click()
        page.get_by_label("Or item number").fill(str(there))
        page.get_by_role("button", name="Make one story…").click()
        expect(page.get_by_role("heading", name="Make one story of these?")).to_be_visible()
        follow(page, page.get_by_role("button", name="Make one story", exact=False))
        expect(page.locator(".undo")).to_contain_text("2 stories in one step")
        assert len(app.item(one).articles) == sum(before)
        page.get_by_text("Some tell another story…").click()
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
        assert long_desk.left == 0 and [d.by for d in app.item(33).history] == ["Root"]
        settled(hers)
        hers.reload()  # what came as the answer to a form is nothing to be read again: the list is
        settled(hers)
        press(hers, "z", {})
        hers.wait_for_url("**/queue?said=undone")
        assert long_desk.left == 33 and app.item(33).state is State.DECIDED


PAGES = ("/queue?filters=1", "/queue?show=follow-up", "/queue?sure=possible", "/items/7", "/items/7?latin=1", "/items/7?same=1", "/items/6", "/items/7/articles/1",
         "/queue?outlet=nobody", "/digest", "/digest/2026-01-02", "/sources", "/runs", "/statistics", "/people", "/account",
         "/audit", "/items/999")  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ru", "ky"])
def test_axe_finds_nothing_serious_and_nothing_needs_a_sideways_scroll(desk: Desk, language: str):
    account(desk.app, "Tester", Role.ADMIN, language)
    axe, found = Axe(), []
    with desk.browser("Root") as other, desk.browser("Tester", reduced_motion="reduce") as page:
        other.goto(f"{desk.url}/items/7")  # "Root is looking", on the row and on the card
        desk.app.decide_many({n: desk.app.item(n).version for n in (2, 3, 4, 5)}, Verdict.RELEVANT, by="Tester")
        desk.app.decide(5, Verdict.RELEVANT, by="Tester")  # for statistics
        desk.app.decide(6, Verdict.UNSURE, by="Tester", note="for the undo bar")
        for path in PAGES:
            page.goto(desk.url + path)
            for menu in page.locator("details").all():
                menu.evaluate("e => e.open = true")
            found += faults(axe, page, path)
        page.goto(f"{desk.url}/queue?show=later")
        desk.app.decide(1, Verdict.LATER, by="Root")
        page.reload()
        page.locator("[name=pick]").first.check()
        found += faults(axe, page, "ticked")
        page.locator("[name=every]").click()
        page.wait_for_url("**/together?show=later")
        settled(page)
        found += faults(axe, page, "together")
        desk.app.decide(1, Verdict.RELEVANT, by="Root")
        page.locator(".verdicts .no").click()
        page.locator(".conflict").wait_for()
        settled(page)
        found += faults(axe, page, "left alone")
        page.goto(f"{desk.url}/items/8")
        desk.app.decide(8, Verdict.UNSURE, by="Root")
        page.locator(".verdicts .yes").click()
        page.locator(".conflict").wait_for()
        settled(page)
        found += faults(axe, page, "somebody was quicker")
        page.goto(f"{desk.url}/queue")
        page.locator("#words").fill("zzzz")
        page.locator(".search button").click()
        page.locator(".empty").wait_for()
        settled(page)
        found += faults(axe, page, "nothing found")
        one = desk.item("Арзыеванын иши")
        page.goto(f"{desk.url}/items/{one}?same=1")
        page.locator("[name=pick][form=together]").first.check()
        page.locator("[data-key=g]").click()
        page.wait_for_url("**/together")
        settled(page)
        found += faults(axe, page, "to be merged")
        desk.app.decide(one, Verdict.UNSURE, by="Root")
        page.locator("[data-key=g]").click()
        page.locator(".conflict").wait_for()
        settled(page)
        found += faults(axe, page, "not merged")
        page.locator("[data-key=g]").click()
        page.wait_for_url("**/items/*?said=r1")
        settled(page)
        found += faults(axe, page, "merged")
        page.locator("summary[data-key='shift+g']").click()
        page.locator(".split button").click()
        page.locator(".conflict").wait_for()
        settled(page)
        found += faults(axe, page, "nothing split off")
        page.goto(f"{desk.url}/account")
        page.locator("#label").fill("a reader")
        page.locator("[action='/account/tokens'] button").click()
        page.locator("#token").wait_for()
        settled(page)
        found += faults(axe, page, "a token")
        page.goto(f"{desk.url}/queue")
        page.locator("[name=pick]").first.check()
        found += faults(axe, page, "one chosen")
        page.keyboard.press("?")
        found += faults(axe, page, "keys")
        page.goto(f"{desk.url}/items/7")
        found += (
            []
            if page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
            else [("storage",)]
        )
        desk.strange[:] = [line for line in desk.strange if "404" not in line and "400" not in line]
    assert found == []


def test_the_door_pages_pass_axe_too(desk: Desk):
    context = desk.chromium.new_context(viewport={"width": 320, "height": 700})
    page = context.new_page()
    for path in ("/sign-in", "/join/nonsense"):
        page.goto(desk.url + path)
        assert [v["id"] for v in Axe().run(page).response["violations"] if v["impact"] in {"serious", "critical"}] == []
    context.close()


def test_what_is_put_off_comes_back_as_it_was(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/1")
        page.keyboard.press("Shift+H")
        page.wait_for_url(lambda url: not url.endswith("/items/1"))
    assert desk.app.item(1).state is State.LATER
