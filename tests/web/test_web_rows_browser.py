"""Rows and screens in a browser: nothing is cut, nothing wraps, the text stands first on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from kit.browserkit import PEOPLE, Desk, chromium, desk, faults, settled
from kit.desk import account
from kit.store import DAY
from monitor.clock import now_utc
from monitor.model import Code, Delivery, Mailing, Message, Rendering, Role, Window
from web.demo_desk import app, expected_complaints, playwright

__all__ = ["app", "chromium", "desk", "expected_complaints", "playwright"]
pytestmark = pytest.mark.soak
MEASURE = """() => {
  const cut = e => e.scrollWidth > e.clientWidth + 1;
  const outside = (e, box) => e.getBoundingClientRect().right > box.getBoundingClientRect().right + 1;
  const rows = [...document.querySelectorAll(".rows .row")];
  return {
    cutChips: rows.flatMap(r => [...r.querySelectorAll(".chip")].filter(c => cut(c) || outside(c, r))).length,
    chips: document.querySelectorAll(".rows .chip").length,
    share: Math.min(...rows.map(r => r.querySelector(".line").clientWidth / r.clientWidth)),
    tabLines: new Set([...document.querySelectorAll(".splits a")].map(a => Math.round(a.getBoundingClientRect().top))).size,
    navLines: new Set([...document.querySelectorAll(".top nav a")].map(a => Math.round(a.getBoundingClientRect().top))).size,
    sizes: new Set([...document.querySelectorAll(".splits a")].map(a => getComputedStyle(a).fontSize)).size,
    sideways: document.documentElement.scrollWidth > innerWidth,
    kbd: [...document.querySelectorAll("#main kbd")].filter(k => k.offsetParent).length,
  };
}"""

# Whether the newest day is seen, how many days are, and how many are cut by the name or the edge.
DAYS_SEEN = """() => {
  const box = document.querySelector(".by-day").parentElement, frame = box.getBoundingClientRect();
  const [name, ...days] = [...document.querySelectorAll(".by-day tbody tr:first-child > *")].map(e => e.getBoundingClientRect());
  const seen = days.filter(d => d.right > name.right + 4 && d.left < frame.right - 4); // more than the space beside a figure
  const cut = seen.filter(d => d.left < name.right - 4 || d.right > frame.right + 4);
  return [box.scrollLeft + box.clientWidth >= box.scrollWidth - 1, seen.length, cut.length];
}"""


def measure(page: Page, width: int) -> dict[str, float]:
    page.set_viewport_size({"width": width, "height": 800})
    measured: dict[str, float] = page.evaluate(MEASURE)
    return measured


@pytest.mark.parametrize("language", PEOPLE)
def test_rows_are_read_whole_and_tabs_stand_on_one_line(desk: Desk, language: str):
    with desk.browser(PEOPLE[language]) as page:
        for width in (1920, 1280, 1000, 900, 700, 390, 320):
            shape = measure(page, width)
            assert (shape["cutChips"], shape["tabLines"], shape["sizes"], shape["sideways"]) == (0, 1, 1, False), width
            assert shape["chips"] > 3 and shape["share"] >= 0.6, (width, shape)
            assert shape["navLines"] == 1 or width < 900, width
            assert not shape["kbd"] or width > 544, width


@pytest.mark.parametrize("language", PEOPLE)
def test_the_buttons_of_the_filters_share_a_row(desk: Desk, language: str):
    with desk.browser(PEOPLE[language]) as page:
        page.goto(f"{desk.url}/queue?filters=1")
        for width in (1280, 900, 390, 320):
            measure(page, width)
            tops = page.locator(".filters .buttons > *").evaluate_all("all => all.map(b => b.offsetTop)")
            assert len(tops) == 2 and len(set(tops)) == 1, width


def test_the_order_is_switched_by_key_without_scripts(desk: Desk):
    with desk.browser("Aida", java_script_enabled=False) as page:
        page.get_by_role("link", name="Gravest").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/queue?by=gravest")
        assert page.locator(".order [aria-current]").inner_text() == "Gravest"


def test_on_a_phone_the_text_stands_before_the_names(desk: Desk):
    with desk.browser("Aida", viewport={"width": 390, "height": 740}) as page:
        page.goto(f"{desk.url}/items/7")
        settled(page)
        top = "e => e.getBoundingClientRect().top"
        text, names = (page.locator(selector).first.evaluate(top) for selector in (".news, .paper .text", ".names"))
        assert text < names and text < 400
        assert measure(page, 390)["kbd"] == 0


@pytest.mark.parametrize("language", PEOPLE)
def test_axe_finds_nothing_serious_on_the_pages_of_recipients(desk: Desk, language: str):
    account(desk.app, f"Root {language}", Role.ADMIN, language)
    lines = (
        "recipients:\n  - {to: anna@b.example, name: Anna, at_once: true, quiet: 22:00-07:00, names: [melis-tokoev]}\n"
    )
    (desk.app.settings.home / "recipients.yaml").write_text(lines, "utf-8")
    with desk.browser(f"Root {language}") as page:
        for path in ("/recipients", "/recipients/0", "/recipients/new", "/names/add", "/statistics"):
            page.goto(desk.url + path)
            settled(page)
            assert faults(Axe(), page, path) == []
        page.goto(f"{desk.url}/recipients/new")
        page.locator("button[value=save]").click()
        page.locator("#to-fault").wait_for()
        desk.strange[:] = [line for line in desk.strange if "400" not in line]  # Chromium tells of the answer
        assert faults(Axe(), page, "faults") == []


def test_on_a_phone_only_whole_days_of_sources_are_seen_the_newest_first(desk: Desk):
    desk.app.clock = lambda: now_utc() + 3 * DAY
    with desk.browser("Aida", viewport={"width": 390, "height": 740}) as page:
        for width in (390, 360, 320):
            page.set_viewport_size({"width": width, "height": 740})
            page.goto(f"{desk.url}/sources/days")
            settled(page)
            at_end, shown, cut = page.evaluate(DAYS_SEEN)
            assert at_end and shown >= 3 and cut == 0, width
            # Moved by hand it comes to rest at a whole day again.
            page.evaluate("document.querySelector('.by-day').parentElement.scrollLeft -= 70")
            page.wait_for_timeout(600)
            at_end, shown, cut = page.evaluate(DAYS_SEEN)
            assert not at_end and shown >= 3 and cut == 0, width
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_save_stays_in_sight_on_tall_forms(desk: Desk):
    lines = "recipients:\n  - {to: anna@b.example, at_once_names: [melis-tokoev]}\n"
    (desk.app.settings.home / "recipients.yaml").write_text(lines, "utf-8")
    with desk.browser("Root", viewport={"width": 390, "height": 740}) as page:
        for path in ("/recipients/0", "/names/add"):
            page.goto(desk.url + path)
            settled(page)
            assert page.evaluate("document.documentElement.scrollHeight") > 1000
            page.evaluate("scrollTo(0, 200)")
            save = page.locator(".save")
            box = save.bounding_box()
            # The whole width, so that nothing of the form is seen beside it.
            assert box and (box["x"], box["width"]) == (0, 390) and box["y"] > 600 and box["y"] + box["height"] <= 740
            expect(save.locator("button[value=save]")).to_be_in_viewport(ratio=1)


def test_the_line_for_a_channel_that_is_not_set_up_is_copied(desk: Desk):
    lines = "recipients:\n  - {to: https://hooks.example/x, channel: webhook, at_once: true}\n"
    (desk.app.settings.home / "recipients.yaml").write_text(lines, "utf-8")
    with desk.browser("Root", permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(f"{desk.url}/recipients")
        page.get_by_role("button", name="Copy the line").click()
        page.get_by_role("button", name="Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == page.locator(".conflict code").inner_text()


def test_correct_the_address_puts_the_cursor_into_its_field(desk: Desk):
    lines = "recipients:\n  - {to: anna@b.example, name: Anna}\n"
    (desk.app.settings.home / "recipients.yaml").write_text(lines, "utf-8")
    desk.app.settings = desk.app.settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:2525"})
    now = now_utc()
    delivery = Delivery("mail", "anna@b.example", "<1@b.example>", now, Rendering("s", "t", "h"))
    window = Window(now - DAY, now)
    assert desk.app.store.outbox.put(window, lambda _: (Mailing(window, now, delivery.rendering), [delivery]), "a")
    reason = Message("refused (550)", code=Code.RECIPIENT_REFUSED)
    desk.app.store.outbox.mark_failed(delivery, now, reason, refused=True)
    with desk.browser("Root") as page:
        page.goto(f"{desk.url}/recipients")
        page.get_by_role("link", name="Correct the address").click()
        page.wait_for_url("**/recipients/0#to")
        page.wait_for_function("document.activeElement.id === 'to'")
        # The page has the field once, among the others; where it tells of the failure a link leads to it.
        expect(page.locator("#to")).to_have_count(1)
        expect(page.locator("#recipient #to")).to_be_visible()
        expect(page.locator(".conflict a[href='#to']")).to_be_visible()
