"""Search, filters, notes and questions in a real browser, and the requests that it sends."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from kit.browserkit import (
    LANGUAGES,
    LAYOUTS,
    PEOPLE,
    Desk,
    chromium,
    desk,
    expected_complaints,
    faults,
    playwright,
    press,
    settled,
)
from kit.copies import app, opened_copy
from kit.desk import PASSWORD
from kit.store import MINUTE, NOW, filed, hit, watch
from monitor.model import State, Verdict
from monitor.web.security import Guard

__all__ = ["app", "chromium", "desk", "expected_complaints", "playwright"]
pytestmark = pytest.mark.soak
STORIES = 43  # more than a page of the list; the newest comes first, and names two people
BOTH = "Melis Tokoev stays in custody. Cholpon Arzyeva was let in."


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Path:
    app = opened_copy(sqlite_with_tables, tmp_path_factory.mktemp("lists"))
    watch(app.store)
    for n in range(1, STORIES):
        filed(app.store, title=f"Number {n}", at=NOW + n * MINUTE, outlet="Post" if n % 2 else "Herald")
    named = (hit("Melis Tokoev", text=BOTH), hit("Cholpon Arzyeva", "cholpon", BOTH))
    filed(app.store, *named, text=BOTH, title=f"Number {STORIES}", at=NOW + STORIES * MINUTE)
    app.close()
    return app.settings.home / "monitor.db"


def focused(page: Page) -> str:
    text = page.evaluate("document.activeElement.textContent")
    return str(text).strip()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_results_of_a_search_are_gone_through_by_keys_and_come_back_after_a_card(desk: Desk, language: str):
    layout = LAYOUTS[language]
    with desk.browser(PEOPLE[language]) as page:
        press(page, "/", layout)
        page.locator("#words").fill("custody")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"q="))
        settled(page)
        assert focused(page) == f"Number {STORIES}" and str(STORIES) in page.locator("#live").inner_text()
        press(page, "j", layout)
        assert focused(page) == f"Number {STORIES - 1}" and page.locator("#words").input_value() == "custody"
        page.locator("a[rel=next]").click()
        page.wait_for_url(re.compile(r"page=2"))
        settled(page)
        assert focused(page) == "Number 3"
        press(page, "j", layout)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Number 2")
        settled(page)
        press(page, "j", layout)
        expect(page.get_by_role("heading", level=1)).to_have_text("Number 1")
        settled(page)
        press(page, "q", layout)
        page.wait_for_url(re.compile(r"/queue\?.*q="))
        settled(page)
        assert focused(page) == "Number 1" and page.locator("#words").input_value() == "custody"
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Number 1")
        assert "custody" not in page.evaluate("JSON.stringify([...performance.getEntries()].map(e => e.name))")


def test_opened_filters_have_the_focus_and_words_stay_with_them(desk: Desk):
    with desk.browser("Aida") as page:
        page.locator("#words").fill("custody")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"q="))
        settled(page)
        page.get_by_role("link", name="Filters").focus()
        page.keyboard.press("Enter")
        name = page.get_by_role("combobox", name="Watched name")
        expect(name).to_be_focused()
        settled(page)
        page.get_by_role("combobox", name="Outlet").select_option("Herald")
        page.get_by_role("button", name="Apply").click()
        page.wait_for_url(re.compile(r"outlet=Herald"))
        settled(page)
        expect(page.locator("#words")).to_have_value("custody")
        options = page.get_by_role("combobox", name="Outlet").locator("option").all_inner_texts()
        assert [option for option in options if "(" in option] == ["Post (22)", "Herald (21)"]
        expect(page.get_by_text("21 items here hold these words.").last).to_be_visible()


def test_a_note_waits_for_its_author_until_it_is_stored(desk: Desk):
    first = next(item.id for item in desk.app.queue() if item.lead.headline == f"Number {STORIES}")
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/{first}")
        note = page.get_by_role("textbox", name="Note")
        note.fill("her lawyer\nsays so")
        page.keyboard.press("Escape")
        press(page, "j", {})
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Number {STORIES - 1}")
        settled(page)
        expect(note).to_have_value("")
        press(page, "k", {})
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Number {STORIES}")
        expect(note).to_have_value("her lawyer\nsays so")
        settled(page)
        cholpon = page.get_by_role("region", name="Cholpon Arzyeva")
        cholpon.locator(".menu summary").click()
        cholpon.get_by_role("button", name="Relevant").last.click()
        expect(cholpon.get_by_text("relevant", exact=True)).to_be_visible()
        expect(note).to_have_value("her lawyer\nsays so")
        page.reload()
        expect(note).to_have_value("her lawyer\nsays so")
        assert desk.app.item(first).history[-1].note == "" and "lawyer" not in page.url
        judged = page.url  # the name's own verdict is said there already
        page.get_by_role("button", name="Relevant A").click()
        page.wait_for_url(lambda url: "said=" in url and url != judged)
        settled(page)
        assert desk.app.item(first).history[-1].note.splitlines() == ["her lawyer", "says so"]
        page.goto(f"{desk.url}/items/{first}")
        expect(note).to_have_value("")
        assert page.evaluate("sessionStorage.length") == 0


def test_a_second_note_on_a_card_waits_as_the_first_did(desk: Desk):
    first = next(item.id for item in desk.app.queue() if item.lead.headline == f"Number {STORIES}")
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/{first}")
        note = page.get_by_role("textbox", name="Note")
        note.fill("her lawyer says so")
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**?said=note")
        settled(page)
        expect(note).to_have_value("")
        assert page.evaluate("sessionStorage.length") == 0
        note.fill("the court does not")
        page.reload()
        expect(note).to_have_value("the court does not")
        page.keyboard.press("Escape")
        press(page, "j", {})
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Number {STORIES - 1}")
        settled(page)
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Number {STORIES}")
        expect(note).to_have_value("the court does not")


def test_a_note_is_not_left_to_whoever_signs_in_next(desk: Desk):
    with desk.browser("Aida") as page:
        card = page.get_by_role("link", name=f"Number {STORIES}").get_attribute("href")
        page.goto(f"{desk.url}{card}")
        page.get_by_role("textbox", name="Note").fill("from a source")
        page.context.clear_cookies()  # the session ended elsewhere, and somebody else comes
        page.goto(f"{desk.url}/sign-in")
        page.get_by_label("Name").fill("Root")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/queue")
        page.goto(f"{desk.url}{card}")
        expect(page.get_by_role("textbox", name="Note")).to_have_value("")
        page.goto(f"{desk.url}/account")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")
        assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize("width", [1280, 360])
def test_a_question_is_seen_without_scrolling_on_the_card_and_in_the_list(desk: Desk, width: int):
    first = desk.app.queue()[0].id
    desk.app.decide(first, Verdict.UNSURE, by="Aida", note="Is it the same Melis?")
    with desk.browser("Root", viewport={"width": width, "height": 740}) as page:
        page.goto(f"{desk.url}/items/{first}")
        question = page.get_by_text("Is it the same Melis?").first
        expect(question).to_be_in_viewport()
        described = page.get_by_role("heading", level=1).get_attribute("aria-describedby")
        assert "Aida asks" in page.locator(f"#{described}").inner_text()
        page.goto(f"{desk.url}/queue?show=asked")
        expect(page.get_by_text("Aida asks:")).to_be_visible()


def test_what_is_saved_is_announced(desk: Desk):
    with desk.browser("Root") as page:
        page.goto(f"{desk.url}/account")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_have_text("Saved.")
        page.goto(f"{desk.url}/people")
        page.get_by_role("combobox", name="What Aida may do").select_option("reader")
        page.get_by_role("row", name="Aida").get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_have_text("Saved.")
        expect(page.get_by_role("main").get_by_text("Saved.")).to_be_visible()


def test_styles_scripts_and_icon_are_asked_for_once(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    request_counts: Counter[str] = Counter()
    answer = Guard.__call__

    async def counting(guard: Guard, scope: Any, receive: Any, send: Any) -> None:
        request_counts[scope.get("path", "")] += 1
        await answer(guard, scope, receive, send)

    monkeypatch.setattr(Guard, "__call__", counting)
    with desk.browser("Aida") as page:
        # The browser asks for the icon when it has nothing else to do; a page that is left at once would cut it off.
        page.evaluate("fetch(document.querySelector('link[rel=icon]').href).then(answer => answer.text())")
        page.goto(f"{desk.url}{page.locator('a.open').first.get_attribute('href')}")
        for _ in range(4):
            before = page.url
            press(page, "a", {})
            page.wait_for_url(lambda url, before=before: url != before)
            settled(page)
        page.goto(f"{desk.url}/account")
        settled(page)
    files = {path: count for path, count in request_counts.items() if path.startswith("/static/")}
    assert len(desk.app.queue([State.DECIDED])) == 4 and "/static/desk.js" in files
    assert set(files.values()) == {1}, files


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_decision_that_was_taken_back_is_still_readable(desk: Desk, language: str):
    first = desk.app.queue()[0].id
    for verdict in (Verdict.RELEVANT, Verdict.NOT_RELEVANT, Verdict.UNSURE):
        desk.app.decide(first, verdict, by="Root", note="two sources")
        desk.app.undo(by="Root", item=first)
    desk.app.decide(first, Verdict.UNSURE, by="Root", note="Who is it?")
    with desk.browser(PEOPLE[language]) as page:
        page.goto(f"{desk.url}/items/{first}")
        settled(page)
        assert page.locator("li.undone").count() == 3
        assert faults(Axe(), page, "card") == []


def test_reasons_stand_on_one_edge_and_a_missing_key_leaves_no_empty_frame(desk: Desk):
    with desk.browser("Вера", viewport={"width": 1280, "height": 800}, forced_colors="active") as page:
        page.locator("a.open").first.click()
        settled(page)
        edges = page.evaluate(
            """() => [...document.querySelectorAll(".judge .reasons:not(.later) button")].map((button) => {
                 const words = document.createRange();
                 words.selectNodeContents(button.lastChild);
                 return [...words.getClientRects()].map((line) => Math.round(line.left));
               })"""
        )
        assert len(edges) == 6 and len({edge for lines in edges for edge in lines}) == 1, edges
        expect(page.get_by_role("button", name="через месяц").locator("kbd")).to_be_hidden()


def test_ten_rows_fit_a_laptop_and_the_first_is_near_the_top_of_a_phone(desk: Desk):
    with desk.browser("Aida", viewport={"width": 1280, "height": 800}) as page:
        bottoms = page.locator(".row").evaluate_all("rows => rows.map(r => r.getBoundingClientRect().bottom)")
        assert sum(bottom <= 800 for bottom in bottoms) >= 10
        page.set_viewport_size({"width": 360, "height": 740})
        for name in ("Aida", "after a decision"):
            assert page.locator(".row").first.evaluate("r => r.getBoundingClientRect().top") < 200, name
            desk.app.decide(desk.app.queue()[-1].id, Verdict.RELEVANT, by="Aida")
            page.reload()


@pytest.mark.parametrize("language", ["en", "ky"])
def test_rows_are_judged_by_key_and_the_list_goes_on_past_its_page(desk: Desk, language: str):
    layout = LAYOUTS[language]
    with desk.browser(PEOPLE[language]) as page:
        rows = page.locator(".rows")  # the undo bar names the last story, too
        press(page, "j", layout)
        for n, (key, shift, state) in enumerate(
            (
                ("a", False, State.DECIDED),
                ("3", False, State.DECIDED),
                ("h", True, State.LATER),
            )
        ):
            expect(rows.get_by_role("link", name=f"Number {STORIES - n}", exact=True)).to_be_focused()
            press(page, key, layout, shift=shift)
            page.wait_for_url(re.compile(r"said=\d+"))
            expect(rows.get_by_role("link", name=f"Number {STORIES - n}", exact=True)).to_have_count(0)
            settled(page)
            judged = next(i for i in desk.app.queue([*State]) if i.lead.headline == f"Number {STORIES - n}")
            assert judged.state is state
        press(page, "z", layout)
        page.wait_for_url("**said=undone")
        settled(page)
        page.goto(f"{desk.url}/queue")
        rows_left = page.locator(".row").count()
        assert rows_left == 40
        page.locator("a.open").last.focus()
        last = focused(page)
        press(page, "j", layout)
        page.wait_for_url("**page=2*")
        settled(page)
        assert focused(page) != last
        press(page, "k", layout)
        page.wait_for_url(lambda url: "page=2" not in url)
        settled(page)
        assert focused(page) == last


def test_a_row_that_somebody_else_judged_is_not_judged_again(desk: Desk):
    first = desk.app.queue()[0]
    with desk.browser("Aida") as page:
        desk.app.decide(first.id, Verdict.NOT_RELEVANT, by="Root")
        press(page, "j", {})
        press(page, "a", {})
        expect(page.get_by_role("alert")).to_contain_text("Root")
        assert [d.by for d in desk.app.item(first.id).history] == ["Root"]
        settled(page)
        press(page, "q", {})
        page.wait_for_url("**at=*")
        settled(page)
        assert focused(page) == f"Number {STORIES - 1}"
        desk.strange[:] = [line for line in desk.strange if "409" not in line]


def test_controls_for_many_come_with_the_first_tick(desk: Desk):
    with desk.browser("Aida") as page:
        place = page.locator(".row").nth(3).bounding_box()
        expect(page.get_by_role("button", name="Review together")).to_be_hidden()
        page.locator("[name=pick]").nth(2).check()
        expect(page.get_by_role("button", name="Review together")).to_be_visible()
        assert page.locator(".row").nth(3).bounding_box() == place  # nothing moved


def test_new_items_are_told_quietly_and_move_nothing(desk: Desk):
    with desk.browser("Aida") as page:
        page.clock.install()
        page.goto(f"{desk.url}/queue")
        expect(page.locator("#news")).to_be_hidden()
        place = page.locator(".row").first.bounding_box()
        filed(desk.app.store, title="Just now", at=desk.app.clock() + MINUTE)
        page.clock.fast_forward(61_000)
        expect(page.locator("#news")).to_have_text("1 new")
        assert page.locator(".row").first.bounding_box() == place and page.get_by_text("Just now").count() == 0
        page.locator("#news").click()
        expect(page.get_by_text("Just now")).to_be_visible()
