"""An article added by hand, and the archive, in a real browser: keys of any layout, no scripts, a phone, axe."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from kit.browserkit import LANGUAGES, LAYOUTS, Desk, chromium, faults, follow, playwright, press, settled
from kit.desk import account, served
from kit.fetchers import PUBLIC_SITE, public_loopback
from kit.home import furnish, open_app
from kit.outlets import Outlet, Piece, Web
from monitor.clock import now_utc
from monitor.model import Role

__all__ = ["chromium", "playwright"]
pytestmark = pytest.mark.soak

BUSES = "Night buses will run in the capital until the end of the month, the city council decided on Monday. " * 4
STORIES = (
    "Some two hundred people marched to the city hall on Saturday; two were taken to the police station. ",
    "The library of Oirok closes for repairs in spring, and its books go to the school until autumn. ",
    "A bridge over the Kara river was swept away by the flood; the village is reached by boat only. ",
    "Teachers of the third gymnasium wrote an open letter about the price of textbooks and of lunch. ",
)
COURT = (
    "A court in Bishkek extended the arrest of Melis Tokoev on Tuesday, and his lawyers said they would appeal. " * 4
)
PEOPLE = (("Aida", "en"), ("Вера", "ru"), ("Бакыт", "ky"))


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    pieces = [Piece("buses", "Night buses", BUSES), Piece("court", "Court extends arrest", COURT)]
    # Links are read in processes that the desk starts.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((PUBLIC_SITE, str(Path(PUBLIC_SITE).parents[1]))))
    with public_loopback(), Web(Outlet("post", "en", pieces)) as web:
        yield web


@pytest.fixture
def desk(web: Web, tmp_path: Path, chromium: Browser) -> Iterator[Desk]:
    """Yield a desk over an outlet; its pages under /far are in no feed."""
    home = furnish(tmp_path, web, allowed=False)
    app = open_app(home)
    app.clock = now_utc
    in_thread(lambda: app.ingest(include_not_due=True))
    web.outlets["far"] = Outlet("far", "en", [Piece(f"{n}", text[:30], text * 4) for n, text in enumerate(STORIES)])
    for name, language in PEOPLE:
        account(app, name, Role.REVIEWER, language)
    with served(app) as url:
        opened = Desk(app, url, chromium)
        yield opened
        assert [line for line in opened.strange if "400" not in line and "404" not in line] == []
    app.close()


def in_thread(work: Callable[[], object]) -> None:
    """Do what needs an event loop: this thread's belongs to Playwright."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


def write(page: Page, words: str) -> None:
    """Type into the focused field, whatever layout is on."""
    page.keyboard.insert_text(words)


def test_a_link_is_added_by_keys_alone_on_every_layout(desk: Desk, web: Web):
    for n, (name, language) in enumerate(PEOPLE[:2]):  # Kyrgyz keys are where Russian ones are
        with desk.browser(name) as page:
            settled(page)
            press(page, "i", LAYOUTS[language])
            page.wait_for_url("**/add")
            expect(page.locator("#url")).to_be_focused()
            settled(page)
            write(page, f"{web.base}/far/{n}")
            page.keyboard.press("Tab")
            write(page, f"for {name}")
            page.keyboard.press("Control+Enter")
            page.wait_for_url("**/items/*")
            expect(page.locator(".origin")).to_contain_text(f"for {name}")
            expect(page.locator(".paper .text p").first).to_contain_text(STORIES[n][:40])
            settled(page)
            press(page, "a", LAYOUTS[language])
            page.wait_for_url(
                lambda url: "said=" in url and "said=added" not in url
            )  # the added item's own address has it
    assert sorted(item.lead.additions[0].by for item in desk.app.queue(["decided"])) == sorted(n for n, _ in PEOPLE[:2])


def test_a_link_is_added_on_a_phone_without_javascript(desk: Desk, web: Web):
    with desk.browser("Aida", java_script_enabled=False, viewport={"width": 360, "height": 700}) as page:
        follow(page, page.locator("a[href='/add']"))
        page.locator("#url").fill("teachers")
        follow(page, page.locator("form[action='/add'] button"))
        expect(page.locator(".wrong")).to_contain_text("That is not the address of a page")
        assert page.locator("#url").input_value() == "teachers"
        page.locator("#url").fill(f"{web.base}/far/3")
        page.locator("#why").fill("two people were taken away")
        follow(page, page.locator("form[action='/add'] button"))
        for _ in range(180):
            if "/items/" in page.url:
                break
            page.wait_for_timeout(500)  # milliseconds; the page of an added link is read by a process of its own
            follow(page, page.locator("#again"))
        expect(page.locator(".origin")).to_contain_text("two people were taken away")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.goto(f"{desk.url}/add")
        page.locator("#url").fill(f"{web.base}/far/3?utm_source=mail")
        follow(page, page.locator("form[action='/add'] button"))
        expect(page.locator(".note")).to_contain_text("It was in the queue already.")


def test_the_archive_is_searched_and_an_item_made_by_keys_alone(desk: Desk):
    with desk.browser("Вера") as page:
        page.goto(f"{desk.url}/queue")
        settled(page)
        press(page, "/", LAYOUTS["ru"])
        write(page, "капитал")
        page.keyboard.press("Enter")
        page.locator(".empty").wait_for()
        settled(page)
        page.locator("form[action='/archive'] button").focus()  # what is not in the queue is one step away
        page.keyboard.press("Enter")
        expect(page.locator(".archive-rows mark")).to_have_text("capital")
        settled(page)
        assert "capital" not in page.url and "%D0" not in page.url
        page.locator(".make-item summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        write(page, "о городе")
        page.keyboard.press("Enter")
        page.wait_for_url("**/items/*")
        expect(page.locator(".origin")).to_contain_text("о городе")
    (item,) = (one for one in desk.app.queue() if one.is_added)
    assert (item.lead.headline, item.hits) == ("Night buses", ())


def test_axe_finds_nothing_serious_on_the_pages_of_every_morning(desk: Desk, web: Web):
    """List, card, digest, archive and what is added by hand, in both themes."""
    axe, violations = Axe(), []
    desk.app.archive.add_link(f"{web.base}/far/0", by="Aida", note="two taken away")
    failed = desk.app.archive.add_link(f"{web.base}/far/nothing", by="Aida")
    waiting = desk.app.archive.add_link("http://10.1.1.1/a", by="Aida")
    in_thread(desk.app.read_links)
    added = next(item.id for item in desk.app.queue() if item.is_added)
    other_item = next(item.id for item in desk.app.queue() if not item.is_added)
    for name in (name for name, language in PEOPLE if language in LANGUAGES):
        with desk.browser(name, reduced_motion="reduce") as page:
            for path in ("/queue", f"/items/{added}?said=added", f"/items/{other_item}", "/digest", "/add", f"/added/{failed.id}",
                         f"/added/{waiting.id}"):  # fmt: skip
                page.goto(desk.url + path)
                for fold in page.locator("details").all():
                    fold.evaluate("e => e.open = true")
                violations += faults(axe, page, f"{name} {path}")
            page.goto(f"{desk.url}/archive")
            page.locator("#words").fill("city")
            page.locator(".search button").click()
            page.locator(".archive-rows").wait_for()
            settled(page)
            violations += faults(axe, page, f"{name} archive")
    assert violations == []
