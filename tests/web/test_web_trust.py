"""No decision, note or place in the list is lost, in a real browser, on Latin and Cyrillic keyboards."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Locator, Page, Route, expect

from kit.browserkit import LAYOUTS, Desk, chromium, faults, playwright, press, settled
from kit.desk import PASSWORD, account, served
from kit.store import MINUTE, NOW, filed, watch
from monitor.app import App
from monitor.config import Settings
from monitor.errors import StoreError
from monitor.model import Reason, Role, Verdict
from monitor.store import open_store

__all__ = ["chromium", "playwright"]
pytestmark = pytest.mark.slow
STORIES = 90  # three pages of the list; the newest comes first
PEOPLE = {"en": "Aida", "ru": "Вера", "ky": "Бакыт"}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Path:
    file = Path(shutil.copy(sqlite_with_tables, tmp_path_factory.mktemp("trust") / "monitor.db"))
    store = open_store(f"sqlite:///{file}")
    watch(store)
    for n in range(STORIES):
        filed(store, title=f"Number {n + 1}", at=NOW + n * MINUTE)
    store.close()
    return file


def disconnect(page: Page) -> None:
    page.context.set_offline(True)
    # On a busy machine the browser's network process learns of it later than this one.
    page.wait_for_function("fetch('/health').then(() => false, () => true)")


def connect(page: Page) -> None:
    page.context.set_offline(False)
    page.wait_for_function("fetch('/health').then(() => true, () => false)")


@pytest.fixture
def desk(database: Path, tmp_path: Path, chromium: Browser) -> Iterator[Desk]:
    url = f"sqlite:///{shutil.copy(database, tmp_path / 'monitor.db')}"
    app = App(Settings(home=tmp_path, database_url=url), open_store(url))
    for language, name in PEOPLE.items():
        account(app, name, Role.REVIEWER, language)
    account(app, "Root", Role.ADMIN, "en")
    with served(app) as address:
        opened = Desk(app, address, chromium)
        yield opened
        expected = re.compile(
            r"the server responded with a status of (401|409|500|502|503)|ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch"
        )
        assert [line for line in opened.strange if not expected.search(line)] == []
    app.close()


def row(page: Page, n: int) -> Locator:
    return page.get_by_role("link", name=f"Number {n}", exact=True)


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
        page.get_by_role("link", name="All waiting").click()
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
        page.get_by_role("button", name="Save").click()
        settled(page)
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


NO_CONNECTION = {"en": "Not stored: no connection", "ru": "Не сохранено: нет соединения",
                 "ky": "Сакталган жок: байланыш жок"}  # fmt: skip


def is_told(page: Page, words: str) -> None:
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_role("alert").get_by_role("heading")).to_be_focused()
    expect(page.get_by_role("heading", name="Number 40")).to_be_visible()


@pytest.mark.parametrize("language", LAYOUTS)
def test_a_decision_without_a_connection_is_kept_and_sent_when_there_is_one(desk: Desk, language: str):
    layout = LAYOUTS[language]
    with desk.browser(PEOPLE[language]) as page:
        page.goto(f"{desk.url}/items/40?show=new")
        page.locator("#note").fill("She called.\nTwice.")
        page.keyboard.press("Escape")
        disconnect(page)
        for _ in range(2):
            press(page, "a", layout)
            is_told(page, NO_CONNECTION[language])
            settled(page)
        expect(page.locator("#note")).to_have_value("She called.\nTwice.")
        assert page.url.endswith("/items/40?show=new")
        if language == "en":  # the pages of axe come with a request of their own
            assert faults(Axe(), page, "no connection") == []
        page.get_by_role("alert").get_by_role("button").first.click()  # still none
        is_told(page, NO_CONNECTION[language])
        settled(page)
        assert desk.app.item(40).history == ()
        page.context.set_offline(False)
        page.wait_for_url("**/items/39?show=new&said=*")
        expect(page.get_by_role("alert")).to_have_count(0)
        (decision,) = desk.app.item(40).history
        assert (decision.verdict, decision.note) == (Verdict.RELEVANT, "She called.\nTwice.")


BROKEN_ANSWERS = {
    "a proxy's page": {"status": 502, "content_type": "text/html", "body": "<html><body><h1>Bad Gateway</h1></body></html>"},
    "an empty answer": {"status": 200, "content_type": "text/html", "body": ""},
    "no page at all": {"status": 500, "content_type": "application/json", "body": '{"error": "upstream"}'},
    "a portal's page": {"status": 200, "content_type": "text/html", "body": "<p>Welcome to our wireless network"},
}  # fmt: skip


@pytest.mark.parametrize("answer", BROKEN_ANSWERS)
def test_an_answer_that_is_no_page_of_the_desk_stores_nothing_and_blanks_nothing(desk: Desk, answer: str):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/40")
        page.locator("#note").fill("kept")
        page.keyboard.press("Escape")
        page.route("**/decide*", lambda route: route.fulfill(**BROKEN_ANSWERS[answer]))  # type: ignore[arg-type]
        press(page, "x", {})
        is_told(page, "Not stored: the desk did not answer")
        expect(page.get_by_role("alert")).to_contain_text("Not relevant · Number 40")
        settled(page)
        page.locator("#note").fill("kept, and more")  # while somebody types, nothing is sent again by itself
        page.unroute("**/decide*")
        page.get_by_role("button", name="Try again").click()
        page.wait_for_url("**/items/39?said=*")
        assert [(d.verdict, d.note) for d in desk.app.item(40).history] == [(Verdict.NOT_RELEVANT, "kept, and more")]


def test_a_decision_whose_answer_was_lost_is_stored_once_and_confirmed(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/40")

        def lose_the_answer(route: Route) -> None:
            route.fetch(max_redirects=0)
            route.abort()

        page.route("**/decide*", lose_the_answer)
        press(page, "a", {})
        is_told(page, NO_CONNECTION["en"])
        assert len(desk.app.item(40).history) == 1
        page.unroute("**/decide*")
        page.wait_for_url("**/items/39?said=*")  # it was sent again by itself
        expect(page.locator("#live")).to_contain_text("Saved: relevant")
        assert len(desk.app.item(40).history) == 1


def test_a_decision_that_is_not_sent_stays_in_sight_on_other_pages_until_it_is(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/40")
        page.route("**/decide*", lambda route: route.fulfill(status=502, body=""))
        press(page, "a", {})
        is_told(page, "Not stored: the desk did not answer")
        settled(page)
        press(page, "j", {})
        page.wait_for_url("**/items/39")
        settled(page)
        press(page, "x", {})
        expect(page.get_by_role("alert")).to_have_count(2)
        page.unroute("**/decide*")
        settled(page)
        page.get_by_role("alert").filter(has_text="Number 39").get_by_role("button", name="Do not send it").click()
        expect(page.get_by_role("alert")).to_have_count(1)
        page.get_by_role("alert").filter(has_text="Number 40").get_by_role("button", name="Try again").click()
        page.wait_for_url("**/items/39?said=*")
        expect(page.get_by_role("alert")).to_have_count(0)
        assert len(desk.app.item(40).history) == 1 and desk.app.item(39).history == ()


def test_a_server_error_is_shown_on_the_card_and_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/40")
        page.locator("#note").fill("kept")
        page.keyboard.press("Escape")
        with monkeypatch.context() as trouble:
            trouble.setattr("monitor.app.review.ReviewService.decide", fails)
            press(page, "a", {})
            is_told(page, "Not stored: The database cannot be used now")
            settled(page)
        press(page, "a", {})  # the same key does it, too
        page.wait_for_url("**/items/39?said=*")
        assert [d.note for d in desk.app.item(40).history] == ["kept"]


def test_links_search_and_back_without_a_connection_say_so_and_can_be_tried_again(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/queue")
        row(page, 90).click()
        page.wait_for_url("**/items/90")
        settled(page)
        disconnect(page)
        press(page, "j", {})
        expect(page.get_by_role("alert")).to_contain_text("Not loaded: no connection")
        expect(page.get_by_role("heading", name="Number 90")).to_be_visible()
        settled(page)
        connect(page)
        page.get_by_role("button", name="Try again").click()
        page.wait_for_url("**/items/89")
        settled(page)
        disconnect(page)
        page.go_back()
        expect(page.get_by_role("alert")).to_contain_text("Not loaded: no connection")
        settled(page)
        connect(page)
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("heading", name="Number 90")).to_be_visible()
        settled(page)
        press(page, "q", {})
        page.wait_for_url("**/queue?*")
        settled(page)
        page.locator("#words").fill("custody")
        disconnect(page)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Not loaded: no connection")
        settled(page)
        expect(page.locator("#words")).to_have_value("custody")
        connect(page)
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("#main")).to_contain_text(re.compile("90 items .*these words"))


def test_the_browser_asks_before_it_leaves_a_decision_that_is_not_sent(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/40")
        page.route("**/decide*", lambda route: route.fulfill(status=502, body=""))
        press(page, "a", {})
        is_told(page, "Not stored: the desk did not answer")
        questions: list[str] = []

        def stay(dialog: Dialog) -> None:
            questions.append(dialog.type)
            dialog.dismiss()

        page.once("dialog", stay)
        with page.expect_event("dialog"):
            page.evaluate("location.href = '/digest'")
        assert questions == ["beforeunload"] and page.url.endswith("/items/40")
        page.get_by_role("button", name="Do not send it").click()
        page.goto(f"{desk.url}/digest")  # no question any more
        assert questions == ["beforeunload"] and desk.strange.count("dialog ") == 1
        desk.strange.remove("dialog ")
