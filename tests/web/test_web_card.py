"""The card in a real browser, on the demo: the article in place, names by key, questions to a named colleague."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kit.app import App
from kit.browserkit import LAYOUTS, Desk, chromium, follow, press, settled
from kit.desk import account, served
from monitor.config import load_settings
from monitor.model import ReviewItem, Role, Verdict
from web.demo_desk import playwright

__all__ = ["chromium", "playwright"]
pytestmark = pytest.mark.soak
PEOPLE = {"en": "Aida", "ru": "Вера", "ky": "Бакыт"}
SCROLLING_BOXES = """() => [...document.querySelectorAll("main *")].filter(e =>
  /auto|scroll/.test(getComputedStyle(e).overflowY) && e.scrollHeight > e.clientHeight && e.tagName !== "TEXTAREA").length"""


@pytest.fixture
def desk(demo: Path, tmp_path: Path, chromium: Browser) -> Iterator[Desk]:
    home = shutil.copytree(demo, tmp_path / "home")
    app = App.open(load_settings(home, {}, home))
    for language, name in PEOPLE.items():
        account(app, name, Role.REVIEWER, language)
    with served(app) as url:
        opened = Desk(app, url, chromium)
        yield opened
        assert [line for line in opened.strange if "409" not in line] == []
    app.close()


def raid(desk: Desk) -> ReviewItem:
    """Return the item of the demo that names four."""
    return max(desk.app.queue(), key=lambda item: len(item.hits))


def many_articles(desk: Desk) -> ReviewItem:
    return max(desk.app.queue(), key=lambda item: len(item.articles))


def repeated_words(text: str, run: int = 5) -> tuple[int, int]:
    """Return the number of words, and of those in a run of five words that stands in the text before."""
    words = re.findall(r"\w+", text.casefold())
    first_places: dict[tuple[str, ...], int] = {}
    repeated: set[int] = set()
    for place in range(len(words) - run + 1):
        first = first_places.setdefault(tuple(words[place : place + run]), place)
        repeated.update(range(place, place + run) if first + run <= place else ())
    return len(words), len(repeated)


def test_a_run_of_words_that_is_shown_twice_is_counted():
    assert repeated_words("a b c d e, and a b c d e f") == (12, 5)
    assert repeated_words("a b c d, and a b c d f") == (10, 0)


def test_no_card_of_the_queue_shows_the_same_words_twice(desk: Desk):
    total = repeated = 0
    with desk.browser("Aida", viewport={"width": 1280, "height": 800}) as page:
        for item in desk.app.queue():
            page.goto(f"{desk.url}/items/{item.id}")
            words, twice = repeated_words(page.locator("article.card").inner_text())
            total, repeated = total + words, repeated + twice
            assert page.locator(".text > p").first.is_visible()  # the article is there to be read
            assert page.evaluate(SCROLLING_BOXES) == 0
    assert total > 1_500 and repeated / total <= 0.03


@pytest.mark.parametrize("language", LAYOUTS)
def test_one_name_of_four_is_rejected_in_two_keys(desk: Desk, language: str):
    item, layout = raid(desk), LAYOUTS[language]
    assert len(item.hits) >= 4
    with desk.browser(PEOPLE[language]) as page:
        page.goto(f"{desk.url}/items/{item.id}")
        press(page, "2", layout, shift=True)
        expect(page.locator("details.menu[open]")).to_have_count(1)
        press(page, "1", layout)
        page.wait_for_url("**said=*")
        settled(page)
        expect(page.locator("#headline")).to_be_focused()
    decided = desk.app.item(item.id)
    verdicts = {hit.entity: hit.verdict for hit in decided.hits}
    assert verdicts == {hit.entity: Verdict.NOT_RELEVANT if n == 1 else None for n, hit in enumerate(item.hits)}


@pytest.mark.parametrize(("language", "script"), [("en", r"[a-z]"), ("ru", r"[а-я]"), ("ky", r"[а-яөүң]")])
def test_the_story_is_told_in_the_readers_language_first(desk: Desk, language: str, script: str):
    item = many_articles(desk)
    assert {a.language for a in item.articles} == {"en", "ru", "ky"}
    with desk.browser(PEOPLE[language]) as page:
        row = page.locator(f"#item-{item.id}")
        expect(row.locator("span")).to_have_attribute("lang", language)
        headline = row.inner_text()
        page.goto(f"{desk.url}/items/{item.id}")
        expect(page.locator("#headline")).to_have_text(headline)
        expect(page.locator(".text")).to_have_attribute("lang", language)
        assert re.search(script, page.locator(".text").inner_text())


@pytest.mark.parametrize("language", ["en", "ru"])
def test_other_articles_are_a_key_away_and_decision_keys_work_there(desk: Desk, language: str):
    item, layout = many_articles(desk), LAYOUTS[language]
    with desk.browser(PEOPLE[language]) as page:
        page.goto(f"{desk.url}/items/{item.id}")
        assert page.locator(".tabs a").count() == len(item.articles) > 4
        texts = {page.locator(".text").inner_text()}
        for key in ("8", "9", "l", "7", "0"):
            before = page.locator(".tabs [aria-current]").get_attribute("href")
            press(page, key, layout)
            page.wait_for_function(
                "before => document.querySelector('.tabs [aria-current]').getAttribute('href') != before", arg=before
            )
            settled(page)
            texts.add(page.locator(".text").inner_text())
            expect(page.locator("#headline")).to_be_focused()
            if key == "l":
                expect(page.locator(".tabs a").nth(3)).to_have_attribute("aria-current", "true")
        assert len(texts) >= 3
        press(page, "a", layout)
        page.wait_for_url("**said=*")
    assert desk.app.item(item.id).verdict is Verdict.RELEVANT


def test_a_marked_place_says_whose_name_it_is_on_hover_and_focus(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/{many_articles(desk).id}")
        mark = page.locator(".text mark a").first
        assert mark.get_attribute("title") == mark.get_attribute("data-whose") == "Melis Tokoev"
        page.keyboard.press("Tab")
        mark.focus()
        shown = mark.evaluate("e => getComputedStyle(e, '::after').content")
        assert shown == '"Melis Tokoev"'
        mark.click()
        expect(page.locator(".name:target h2")).to_have_text("Melis Tokoev")


@pytest.mark.parametrize("language", ["en", "ky"])
def test_an_article_is_folded_to_where_names_stand_and_unfolded_by_a_key(desk: Desk, language: str):
    item, layout = many_articles(desk), LAYOUTS[language]
    with desk.browser(PEOPLE[language]) as page:
        page.goto(f"{desk.url}/items/{item.id}")
        folded = page.locator(".text").inner_text()
        assert all(p.locator("mark").count() for p in page.locator(".text > p").all())
        press(page, "e", layout)
        expect(page.locator(".gap p").first).to_be_visible()
        assert len(page.locator(".text").inner_text()) > len(folded)
        press(page, "e", layout)
        expect(page.locator(".gap p").first).to_be_hidden()


def test_the_card_works_without_scripts(desk: Desk):
    item = many_articles(desk)
    with desk.browser("Aida", java_script_enabled=False) as page:
        page.goto(f"{desk.url}/items/{item.id}")
        page.locator(".gap summary").first.click()
        expect(page.locator(".gap p").first).to_be_visible()
        follow(page, page.locator(".tabs a").nth(2))
        expect(page.locator(".tabs a").nth(2)).to_have_attribute("aria-current", "true")
        page.locator("#note").fill("her lawyer says so")
        page.get_by_role("button", name="Save the note alone").click()
        expect(page.locator(".history")).to_contain_text("her lawyer says so")
        page.locator("#colleague").select_option("Вера")
        follow(page, page.get_by_role("button", name="Ask a colleague", exact=True))
    assert desk.app.item(item.id).question.colleague == "Вера"


def answer_box(page: Page) -> None:
    press(page, "r", LAYOUTS["ru"])
    expect(page.locator(".answer [name=note]")).to_be_focused()


def test_a_named_colleague_sees_the_question_as_a_tab_and_answers_it(desk: Desk):
    item = many_articles(desk)
    with desk.browser("Aida") as hers, desk.browser("Вера") as his, desk.browser("Бакыт") as third:
        hers.goto(f"{desk.url}/items/{item.id}")
        hers.locator("#colleague").select_option("Вера")
        hers.locator("#note").fill("Is this the same court?")
        hers.keyboard.press("Escape")
        press(hers, "u", {})
        hers.wait_for_url("**said=*")
        his.reload()
        tab = his.locator(".splits a").first
        expect(tab).to_have_text(re.compile(r"Вопросы вам\s+1"))
        third.reload()
        expect(third.locator(".splits a").first).not_to_contain_text("Сизге суроолор")
        tab.click()
        his.wait_for_url("**to=me*")
        settled(his)
        assert his.locator("a.open").count() == 1
        his.keyboard.press("Enter")
        expect(his.locator(".question")).to_contain_text("Aida спрашивает вас: Is this the same court?")
        settled(his)
        answer_box(his)
        his.keyboard.type("No, the district court.")
        his.keyboard.press("Control+Enter")
        his.wait_for_url("**said=*")
        settled(his)
        his.goto(f"{desk.url}/queue")
        expect(his.locator(".splits")).not_to_contain_text("Вопросы вам")
        hers.goto(f"{desk.url}/queue?show=asked&to=me")
        hers.locator("a.open").click()
        expect(hers.locator(".question")).to_contain_text("Вера answers you: No, the district court.")
        expect(hers.locator(".question")).to_contain_text("Is this the same court?")


def test_a_note_alone_is_saved_by_ctrl_enter_and_decides_nothing(desk: Desk):
    item = many_articles(desk)
    with desk.browser("Aida") as page, desk.browser("Вера") as vera_page:
        vera_page.goto(f"{desk.url}/items/{item.id}")
        page.goto(f"{desk.url}/items/{item.id}")
        press(page, "n", {})
        page.keyboard.type("two judges")
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**said=note")
        settled(page)
        expect(page.locator("#live")).to_have_text("The note is saved.")
        expect(page.locator("#note")).to_have_value("")
        expect(page.locator(".history")).to_contain_text("two judges")
        noted = desk.app.item(item.id)
        assert (noted.version, noted.state, noted.verdict) == (item.version, item.state, None)
        press(vera_page, "a", LAYOUTS["ru"])  # so it is in nobody's way
        vera_page.wait_for_url("**said=*")
        assert desk.app.item(item.id).verdict is Verdict.RELEVANT


def test_on_a_phone_reasons_later_and_note_are_two_taps_away(desk: Desk):
    item = many_articles(desk)
    with desk.browser("Aida", viewport={"width": 360, "height": 740}, has_touch=True) as page:
        page.goto(f"{desk.url}/items/{item.id}")
        expect(page.get_by_role("button", name="another person").last).to_be_hidden()
        page.get_by_text("More…").tap()
        for control in (page.locator("#note"), page.get_by_role("button", name="tomorrow")):
            expect(control).to_be_in_viewport(ratio=1)
        page.get_by_role("button", name="a common word").last.tap()
        page.wait_for_url("**said=*")
    assert desk.app.item(item.id).history[-1].reason == "common-word"


def test_on_a_phone_the_last_decision_is_undone_above_the_bar_from_any_card(desk: Desk):
    first, then, *_ = desk.app.queue()
    with desk.browser("Aida", viewport={"width": 390, "height": 740}, has_touch=True) as page:
        page.goto(f"{desk.url}/items/{first.id}")
        expect(page.locator(".undo")).to_have_count(0)
        follow(page, page.locator(".verdicts .yes"))
        for path in (page.url, f"{desk.url}/items/{then.id}"):
            page.goto(path)
            undo, bar = page.get_by_role("button", name="Undo"), page.locator(".verdicts")
            expect(undo).to_be_in_viewport(ratio=1)
            # It reads as no state of the card that is open: whose and which decision it was.
            expect(page.locator(".undo .whose")).to_have_text("Your last decision:")
            for part in (".undo .whose", ".undo .of a"):
                expect(page.locator(part)).to_be_in_viewport(ratio=0.9)
            assert undo.bounding_box()["y"] + undo.bounding_box()["height"] <= bar.bounding_box()["y"]  # type: ignore[index]
        page.get_by_text("More…").tap()  # whose fields need the room
        expect(undo).to_be_hidden()
        page.get_by_text("More…").tap()
        undo.tap()
        page.wait_for_url("**said=undone")
    assert desk.app.item(first.id).verdict is None


def test_the_evidence_pack_comes_from_the_card(desk: Desk, tmp_path: Path):
    item = many_articles(desk)
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/{item.id}")
        with page.expect_download() as download:
            page.get_by_text("Evidence and downloads").click()
            page.get_by_role("link", name="Evidence pack").click()
        download.value.save_as(tmp_path / "pack.zip")
    with zipfile.ZipFile(tmp_path / "pack.zip") as pack:
        assert {"evidence/index.html", "evidence/manifest.json", "SHA256SUMS"} <= set(pack.namelist())
