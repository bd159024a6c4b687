"""The names pages in a real browser: two names by phone, by keys alone, with and without scripts; axe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from kit.app import App
from kit.browserkit import LANGUAGES, LAYOUTS, Desk, another_page, chromium, faults, playwright, press, settled
from kit.desk import account, served
from kit.names import flooded, names_desk, names_on_list
from kit.store import end_rescan
from monitor.ingest.filing import file_article
from monitor.ingest.matching import rescan_articles
from monitor.model import Alert, Role, State, WatchlistChange

__all__ = ["chromium", "playwright"]
pytestmark = pytest.mark.soak
PEOPLE = {"Olga": "en", "Ольга": "ru", "Айгүл": "ky"}
DICTATED = "Азат Нуров", "Гүлзат Ташбаева"


def look_through(app: App) -> None:
    """Look for new names in the stored articles and file what is found, as the next run does."""
    archive = app.store.archive
    if archive.pending_rescan():
        matches = rescan_articles(archive.articles(None, None, 1000), compiled=app.compiled_watchlist())
        archive.save([match for match in matches if match.gained], app.clock())
        end_rescan(app.store)
    with app.store.database.filing_lock():
        for candidate in app.store.stories.awaiting_filing():
            file_article(candidate, stories=app.store.stories, now=app.clock())


@pytest.fixture
def app(tmp_path: Path, sqlite_with_tables: Path) -> Iterator[App]:
    app = names_desk(tmp_path, sqlite_with_tables)
    for name, language in PEOPLE.items():
        account(app, name, Role.OPERATOR, language)
    yield app
    app.close()


@pytest.fixture
def desk(app: App, chromium: Browser) -> Iterator[Desk]:
    with served(app) as url:
        opened = Desk(app, url, chromium)
        yield opened
        assert [line for line in opened.strange if "409" not in line] == []


class Keys:
    """A keyboard that counts the keys besides the names, and the pages that were loaded."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed, self.loads = page, 0, 0
        page.on("request", lambda r: self._count(r.resource_type == "document" or "hx-request" in r.headers))

    def _count(self, is_page: bool) -> None:
        self.loads += is_page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def tab_to(self, selector: str) -> None:
        target = self.page.locator(selector)
        for _ in range(30):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not reach {selector}")

    def type_names(self) -> None:
        first, second = DICTATED
        self.page.keyboard.insert_text(first)
        self.press("Enter")
        self.page.keyboard.insert_text(second)


@pytest.mark.parametrize("name", ["Ольга", "Айгүл"])
def test_two_names_by_phone_are_watched_within_forty_keys(desk: Desk, name: str):
    with desk.browser(name) as page:
        keys = Keys(page)
        press(page, "w", LAYOUTS[PEOPLE[name]])
        expect(page.locator("#names")).to_be_focused()
        settled(page)
        keys.pressed, keys.loads = 1, 1
        keys.type_names()
        # What it would bring stands there without another page.
        expect(page.locator("#look .examples")).to_contain_text("Азат Нуров")
        expect(page.locator("#look .examples")).to_contain_text("Гүлзат Ташбаева")
        expect(page.locator("#names")).to_be_focused()
        settled(page)
        keys.loads = 1
        keys.tab_to("button[value=save]")
        keys.press("Enter")
        expect(page.locator(".note.saved")).to_be_visible()
        assert keys.pressed <= 40
        assert {*DICTATED} <= names_on_list(desk.app)


@pytest.mark.parametrize("name", ["Ольга", "Айгүл"])
def test_two_names_by_phone_without_javascript_take_three_pages(desk: Desk, name: str):
    before = [(item.id, item.state, len(item.articles), item.hits) for item in desk.app.queue(list(State))]
    with desk.browser(name, java_script_enabled=False) as page:
        keys = Keys(page)
        page.goto(f"{desk.url}/names/add")
        expect(page.locator("#names")).to_be_focused()
        keys.type_names()
        keys.tab_to("button[value=look]")
        with another_page(page):
            keys.press("Enter")
        expect(page.locator("#look .examples")).to_contain_text("Гүлзат Ташбаева")
        expect(page.locator("button[value=save]")).to_be_focused()
        with another_page(page):
            keys.press("Enter")
        expect(page.locator(".note.saved")).to_be_visible()
        assert keys.loads <= 4 and keys.pressed <= 40  # the answer to a form is a redirect and a page
        assert {*DICTATED} <= names_on_list(desk.app)
        look_through(desk.app)
        assert {"Задержание", "Сурак"} <= {item.lead.headline for item in desk.app.queue()}
        keys.tab_to(".note.saved form[action='/names/undo'] button")
        with another_page(page):
            keys.press("Enter")
        expect(page.locator(".note.saved")).to_contain_text("2")
        assert not {*DICTATED} & names_on_list(desk.app)
    assert [(item.id, item.state, len(item.articles), item.hits) for item in desk.app.queue(list(State))] == before


def test_an_import_removes_what_is_ticked_and_asks_about_what_the_file_changed_too(desk: Desk):
    file = desk.app.settings.watchlist
    with desk.browser("Olga") as page:
        page.goto(f"{desk.url}/names/import")
        page.locator("#text").fill("name,id,note\nMelis Tokoev,melis,from the page\nAzat Nurov,,\n")
        page.get_by_role("button", name="Show what would change").click()
        removal = page.get_by_label("Committee for Public Calm — stop watching")
        expect(removal).not_to_be_checked()
        removal.check()
        file.write_text(file.read_text("utf-8").replace("note: invented", "note: from the file"), "utf-8")
        page.get_by_role("button", name="Save what is ticked").click()
        expect(page.locator("[role=alert]")).to_contain_text("Nothing was saved")
        expect(page.locator(".difference")).to_contain_text("from the file → from the page")
        assert "Committee for Public Calm" in names_on_list(desk.app)
        both_changed = page.locator(".difference label", has_text="from the file").get_by_role("checkbox")
        expect(both_changed).not_to_be_checked()
        both_changed.check()
        expect(removal).to_be_checked()
        page.get_by_role("button", name="Save what is ticked").click()
        expect(page.locator(".note.saved")).to_be_visible()
        assert names_on_list(desk.app) == {"Melis Tokoev", "Azat Nurov"}
        assert desk.app.entity("melis").note == "from the page"


def test_a_flood_is_told_while_one_types_and_a_remedy_is_one_press(desk: Desk):
    flooded(desk.app, "Ministry of Rivers")
    with desk.browser("Olga") as page:
        page.goto(f"{desk.url}/names/add")
        page.locator("#names").press_sequentially("Ministry of Rivers")
        flood = page.locator("#look .conflict")
        expect(flood).to_contain_text("This would flood the queue")
        flood.get_by_role("button", name="Only beside another watched name").click()
        expect(page.locator("#alert")).to_have_value("with-others")
        expect(flood).to_have_count(0)
        expect(page.locator(".figures")).to_contain_text("0 new, 90 not for the queue")
        page.locator("button[value=save]").click()
        expect(page.locator(".note.saved")).to_be_visible()
    assert next(e.alert for e in desk.app.watchlist().entities if e.name == "Ministry of Rivers") is Alert.WITH_OTHERS


def select(page: Page, words: str) -> None:
    """Select words of the article on the card."""
    page.evaluate(
        """words => {
          const walker = document.createTreeWalker(document.querySelector(".story"), NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf(words);
            if (at < 0) continue;
            getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + words.length);
            return;
          }
        }""",
        words,
    )


def test_a_name_is_added_out_of_a_selected_word(desk: Desk):
    with desk.browser("Olga") as page:
        page.goto(f"{desk.url}/items/1")
        selected = "his lawyer"
        select(page, selected)
        bar = page.locator("#selected")
        expect(bar).to_contain_text(selected)
        expect(bar.get_by_role("button", name="Watch this name")).to_be_visible()
        press(page, "w", {})
        expect(page.locator("#names")).to_have_value(selected)
        assert "lawyer" not in page.url
        page.go_back()


def test_the_list_is_filtered_as_one_types(desk: Desk):
    with desk.browser("Olga") as page:
        page.goto(f"{desk.url}/names")
        page.locator("#filter").press_sequentially("calm")
        expect(page.locator("#names tbody tr:visible")).to_have_count(1)
        expect(page.locator("#names tbody")).to_contain_text("Committee for Public Calm")
        page.locator("#filter").press_sequentially("xyz")
        expect(page.locator("#none-left")).to_be_visible()


@pytest.mark.parametrize("name", [name for name, language in PEOPLE.items() if language in LANGUAGES])
def test_axe_finds_nothing_serious_on_the_names_pages(desk: Desk, name: str):
    axe, violations = Axe(), []
    number = desk.app.entity_number("melis")
    with desk.browser(name) as page:
        for path in ("/names", f"/names/{number}", f"/names/{number}/edit", "/names/import"):
            page.goto(desk.url + path)
            assert page.locator("html").get_attribute("lang") == PEOPLE[name]
            for menu in page.locator("details").all():
                menu.evaluate("e => e.open = true")
            violations += faults(axe, page, path)
        page.goto(f"{desk.url}/names/add")
        page.locator("#names").fill("Азат Нуров\nMinistry of Culture")
        expect(page.locator("#look .forms")).to_have_count(3)
        violations += faults(axe, page, "look")
        page.goto(f"{desk.url}/names/import")
        page.locator("#text").fill("name,note\nMelis Tokoev,in court\nAzat Nurov,\n")
        page.locator("main button.main").click()
        expect(page.locator(".difference")).to_be_visible()
        violations += faults(axe, page, "difference")
        page.goto(f"{desk.url}/items/1")
        select(page, "his lawyer")
        page.locator("#selected").wait_for()
        violations += faults(axe, page, "selected words")
        flooded(desk.app, "Ministry of Rivers")
        page.goto(f"{desk.url}/names/add")
        page.locator("#names").fill("Ministry of Rivers")
        page.locator("#look .conflict").wait_for()
        violations += faults(axe, page, "flood")
        page.locator("details.try summary").click()
        page.locator("#trial").fill("The Ministry of Rivers met.")
        page.locator("button[value=try]").click()
        page.locator(".trial").wait_for()
        settled(page)
        violations += faults(axe, page, "trial")
        melis = desk.app.entity("melis")
        noted = WatchlistChange(changed=((melis, replace(melis, note="seen", aliases=("M. T.",))),))
        desk.app.watchlist_file.save(noted, desk.app.clock(), source="desk", author="Olga")
        page.goto(f"{desk.url}/names/{number}")
        page.locator(".history summary").click()
        page.locator(".history [action='/names/undo'] button").first.click()
        page.locator(".note.saved").wait_for()
        settled(page)
        violations += faults(axe, page, "taken back")
        page.locator("details:has([action$='/remove']) > summary").click()
        page.locator("[action$='/remove'] button").click()
        page.locator(".note.saved").wait_for()
        settled(page)
        violations += faults(axe, page, "removed")
    assert violations == []
