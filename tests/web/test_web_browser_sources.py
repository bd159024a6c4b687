"""The pages of sources in a real browser: keys, no JavaScript, three languages, a phone, axe."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from kit.app import App
from kit.browserkit import LANGUAGES, Desk, chromium, faults, follow, playwright, press, settled
from kit.desk import account, served
from kit.home import furnish, open_app
from kit.sites import Site, rss
from monitor.config import load_feeds
from monitor.model import Feed, Role

__all__ = ["chromium", "playwright"]
pytestmark = pytest.mark.soak
PEOPLE = (("Root", "en"), ("Вера", "ru"), ("Бакыт", "ky"))


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as serving:
        serving.pages |= {
            "/": b"<!DOCTYPE html><title>Kabar</title><link rel=alternate type=application/rss+xml href=/feed>",
            "/feed": rss("Kabar", "Сот журналистти чыгарды, деп билдирди жактоочу", "Кечээ Бишкекте кар жаады"),
        }
        yield serving


@pytest.fixture
def desk(site: Site, tmp_path: Path, chromium: Browser) -> Iterator[Desk]:
    home = furnish(tmp_path / "home", site)
    other_feeds = "".join(
        f"  - url: https://outlet{n}.example/rss\n    outlet: Outlet {n}\n    language: {language}\n    country: {country}\n"
        for n, (language, country) in enumerate([("ky", "KG"), ("ru", "KZ"), ("uz", "UZ")] * 3)
    )
    lines = f"feeds:\n  - url: {site.base}/old   # since May\n    outlet: Old\n{other_feeds}"
    (home / "feeds.yaml").write_text(lines, encoding="utf-8")
    app = open_app(home)
    app.sync_files()
    for name, language in PEOPLE:
        account(app, name, Role.ADMIN, language)
    with served(app) as url:
        opened = Desk(app, url, chromium)
        yield opened
        # no request elsewhere, no report of the CSP, no error; Chromium tells of every refused form
        assert [line for line in opened.strange if "status of 400" not in line] == []
    app.close()


def listed(app: App) -> list[Feed]:
    return list(load_feeds(app.settings.feeds))


def old_page(desk: Desk) -> str:
    number = next(state.number for state in desk.app.feeds() if state.feed.outlet == "Old")
    return f"{desk.url}/sources/{number}"


def tab_to(page: Page, selector: str) -> None:
    for _ in range(40):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached by Tab")


@pytest.mark.parametrize("name", [name for name, _ in PEOPLE])
def test_a_site_is_added_by_its_home_page_with_keys_alone(desk: Desk, site: Site, name: str):
    with desk.browser(name) as page:
        page.goto(f"{desk.url}/sources")
        tab_to(page, "a[href='#adding']")
        page.keyboard.press("Enter")
        tab_to(page, "#url")
        page.keyboard.type(site.base)
        page.keyboard.press("Enter")
        expect(page.locator("ul.found li")).to_have_count(1)
        expect(page.locator("ul.found")).to_contain_text("Кечээ Бишкекте кар жаады")
        page.locator("form[action='/sources/add'] button.main").wait_for()
        settled(page)
        tab_to(page, "#outlet")
        page.keyboard.press("Control+a")
        page.keyboard.type("Кабар")
        page.keyboard.press("Enter")
        page.wait_for_url("**/sources?said=added*")
        expect(page.locator("#sources tbody tr", has_text="Кабар")).to_have_count(1)
        expect(page.locator("#live")).to_contain_text("1")
    assert [(feed.url, feed.outlet, feed.language) for feed in listed(desk.app)[-1:]] == [
        (f"{site.base}/feed", "Кабар", "ky")
    ]


def test_each_answer_of_a_site_is_shown_when_it_comes(desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch):
    gate, answer = threading.Event(), site.answer
    site.pages |= {
        "/": site.pages["/"] + b"<link rel=alternate type=application/rss+xml href=/slow>",
        "/slow": rss("Slow", "Парламент жыйыны"),
    }
    monkeypatch.setattr(site, "answer", lambda path: answer(path) if path != "/slow" or gate.wait(60) else ())
    with desk.browser("Root", java_script_enabled=False) as page:
        page.goto(f"{desk.url}/sources#adding")
        page.get_by_label("Add a source").fill(site.base)
        page.get_by_role("button", name="Look for its feeds").click(no_wait_after=True)
        expect(page.locator("ul.found li")).to_have_count(1)
        expect(page.get_by_role("button", name="Add what is ticked")).to_have_count(0)
        gate.set()
        expect(page.get_by_role("button", name="Add what is ticked")).to_be_visible()
        expect(page.locator("ul.found li")).to_have_count(2)


def test_a_dead_feed_is_mended_and_read_now_and_the_page_tells_when_it_was(
    desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch
):
    gate, answer = threading.Event(), site.answer
    monkeypatch.setattr(site, "answer", lambda path: (gate.wait(300), answer(path))[1])
    with desk.browser("Root") as page:
        page.goto(old_page(desk))
        press(page, "r", {})
        expect(page.locator("#state")).to_contain_text("A reading was started")
        gate.set()
        expect(page.locator("#state")).to_contain_text("has no feed at this address")
        expect(page.locator("#live")).to_contain_text("has no feed at this address")
        page.reload()
        page.get_by_role("button", name="Look for its new address").click()
        page.get_by_role("button", name="Use this address").click()
        page.wait_for_url("**/sources/*?said=saved")
        settled(page)
        assert page.locator("#url").input_value() == f"{site.base}/feed"
        page.get_by_role("button", name="Read now").click()
        expect(page.locator("#state")).to_contain_text("OK")
    assert "# since May" in desk.app.settings.feeds.read_text("utf-8")
    assert listed(desk.app)[0].url == f"{site.base}/feed"


def test_sources_are_kept_without_javascript_on_a_phone(desk: Desk, site: Site):
    with desk.browser("Root", java_script_enabled=False, viewport={"width": 360, "height": 700}) as page:
        page.goto(f"{desk.url}/sources")
        page.get_by_role("link", name="Add a source").click()
        page.get_by_label("Add a source").fill(site.base)
        follow(page, page.get_by_role("button", name="Look for its feeds"))
        follow(page, page.get_by_role("button", name="Add what is ticked"))
        expect(page.locator(".note")).to_contain_text("1 source added.")
        page.goto(f"{desk.url}/sources?sort=source")
        follow(page, page.get_by_role("link", name="Old", exact=True))
        follow(page, page.get_by_role("button", name="Pause"))
        assert listed(desk.app)[0].paused
        follow(page, page.get_by_role("button", name="Resume"))
        page.get_by_label("How often it is read").select_option("2h")
        follow(page, page.get_by_role("button", name="Save"))
        expect(page.locator(".note")).to_have_text("Saved.")
        follow(page, page.get_by_role("button", name="Check the feed"))
        expect(page.get_by_text("404")).to_be_visible()
        page.go_back()
        follow(page, page.get_by_role("button", name="Remove"))
        assert "Old" not in [feed.outlet for feed in listed(desk.app)]
        follow(page, page.get_by_role("button", name="Put back"))
        assert [(f.outlet, f.paused, str(f.interval)) for f in listed(desk.app)][-1] == ("Old", False, "2:00:00")


def test_the_list_is_sifted_while_one_types_and_sorted_by_its_headings(desk: Desk):
    with desk.browser("Root") as page:
        page.goto(f"{desk.url}/sources")
        press(page, "/", {})
        expect(page.locator("[data-sifts]")).to_be_focused()
        page.keyboard.type("outlet 3")
        expect(page.locator("#sources tbody tr:visible")).to_have_count(1)
        page.locator("[data-sifts]").fill("")
        expect(page.locator("#sources tbody tr:visible")).to_have_count(10)
        page.locator("#by-source").click()
        expect(page.locator("th[aria-sort=ascending]")).to_have_text("Source ↑")
        expect(page.locator("#by-source")).to_be_focused()
        page.get_by_label("Country").select_option("KZ")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("#sources tbody tr")).to_have_count(3)
        assert "country=KZ" in page.url and "sort=source" in page.url


@pytest.mark.parametrize("name", [name for name, language in PEOPLE if language in LANGUAGES])
def test_axe_has_nothing_serious_against_the_pages_of_sources(desk: Desk, site: Site, name: str):
    axe, violations = Axe(), []
    with desk.browser(name, reduced_motion="reduce") as page:
        for path in ("/sources", "/sources?sort=-new&state=new", "/sources?said=removed&n=1", "/sources?country=XX"):
            page.goto(desk.url + path)
            for menu in page.locator("details").all():
                menu.evaluate("e => e.open = true")
            violations += faults(axe, page, path)
        for suffix in ("", "?said=saved", "?said=reading&since=0"):
            page.goto(old_page(desk) + suffix)
            violations += faults(axe, page, f"a source{suffix}")
        page.locator("#proxy").fill("http://127.0.0.1:1")
        page.locator(".settings button.main").click()
        page.locator("[role=alert]").wait_for()
        violations += faults(axe, page, "a value that will not do")
        page.goto(f"{desk.url}/sources#adding")
        page.locator("#url").fill(site.base)
        page.keyboard.press("Enter")
        page.locator("form[action='/sources/add'] button.main").wait_for()
        violations += faults(axe, page, "feeds of a site")
        page.goto(f"{desk.url}/sources")
        page.locator(".lists summary").click()
        opml = "<opml version='1.0'><body><outline text='One' xmlUrl='https://one.example/rss'/></body></opml>"
        page.locator("#opml").set_input_files({"name": "a.opml", "mimeType": "text/xml", "buffer": opml.encode()})
        page.locator(".lists button").click()
        page.locator("form[action='/sources/add'] button.main").wait_for()
        settled(page)
        violations += faults(axe, page, "sources of a file")
    assert violations == []
