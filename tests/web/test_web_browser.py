"""The desk in a real browser, on the demo: keys on every layout, no JavaScript, two users, no foreign requests."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from kit.browserkit import LAYOUTS, Desk, chromium, desk, follow, press, settled
from monitor.model import State
from web.demo_desk import app, expected_complaints, playwright

__all__ = ["app", "chromium", "desk", "expected_complaints", "playwright"]
pytestmark = pytest.mark.soak


# Kyrgyz keys are where Russian ones are.
@pytest.mark.parametrize(("name", "language"), [("Aida", "en"), ("Вера", "ru")])
def test_the_queue_is_cleared_by_keys_alone_on_every_layout(desk: Desk, name: str, language: str):
    layout, waiting = LAYOUTS[language], desk.waiting
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
            expect(page.locator("#live")).to_contain_text(str(waiting - n - 1))
        assert desk.waiting == 0
        expect(page.locator("section.empty")).to_be_visible()
        for n in range(waiting):  # all of it taken back, one key each
            press(page, "z", layout)
            page.wait_for_function(
                "n => [...document.querySelectorAll('.along .count')].some(e => e.textContent.match(/\\d+/g)?.includes(n))",
                arg=str(n + 1),
            )
            settled(page)
        assert desk.waiting == waiting
        press(page, "t", layout)
        page.wait_for_url("**latin=1**")
        expect(page.locator(".latin").first).to_be_visible()
        settled(page)
        press(page, "n", layout)
        expect(page.locator("#note")).to_be_focused()
        press(page, "a", layout)  # in a field keys are letters
        assert page.locator("#note").input_value() == layout.get("a", "a") and desk.waiting == waiting
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
        follow(page, page.get_by_role("button", name="Save"))
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


@pytest.mark.parametrize(("name", "width"), [("Root", 390), ("Вера", 390), ("Бакыт", 390), ("Вера", 360)])
def test_the_menu_fits_a_phone_in_each_language(desk: Desk, name: str, width: int):
    with desk.browser(name, viewport={"width": width, "height": 740}) as page:
        for path in ("/queue", "/digest", "/sources", "/statistics"):
            page.goto(desk.url + path)
            assert page.locator(".top nav").evaluate("nav => nav.scrollWidth - nav.clientWidth") <= 0, path
        # Also with one entry more: that of the closed watch stands below the others.
        wider = "nav => { nav.append(nav.lastElementChild.cloneNode(true)); return nav.scrollWidth - nav.clientWidth; }"
        assert page.locator(".top nav").evaluate(wider) <= 0


def test_all_of_it_works_without_javascript(desk: Desk):
    waiting = desk.waiting
    with desk.browser("Aida", java_script_enabled=False) as page:
        follow(page, page.locator("a.open").first)
        for n in range(waiting):
            if n == 0:
                page.locator("#note").fill("seen without scripts")
            follow(page, page.locator(f".verdicts .{'no' if n % 2 else 'yes'}"))
        assert desk.waiting == 0
        expect(page.get_by_role("heading", name="All is reviewed")).to_be_visible()
        follow(page, page.get_by_role("button", name="Undo"))
        assert desk.waiting == 1
        expect(page.locator(".story h1")).to_be_visible()
        follow(page, page.locator(".judge .reasons button").first)
        page.goto(f"{desk.url}/queue?show=decided")
        assert page.locator("a.open").count() == waiting  # the last with a reason
        follow(page, page.get_by_role("link", name="Filters"))
        page.get_by_label("Language").select_option("ky")
        follow(page, page.get_by_role("button", name="Apply"))
        assert "lang=ky" in page.url
        page.get_by_label("Words in headlines").fill("сот")
        follow(page, page.get_by_role("button", name="Search"))
        assert "words" not in page.url and page.locator("a.open").count() > 0


def test_without_javascript_the_menu_of_one_name_decides_on_that_name_alone(desk: Desk):
    item = max(desk.app.queue(), key=lambda one: len(one.hits))
    assert len(item.hits) > 2
    with desk.browser("Aida", java_script_enabled=False) as page:
        page.goto(f"{desk.url}/items/{item.id}")
        second = page.locator("section.name").nth(1)
        reasons = second.get_by_role("button")
        assert reasons.filter(visible=True).count() == 0  # the menu is shut
        second.locator(".menu summary").click()
        follow(page, reasons.filter(has_text="not about this"))
        expect(page.locator("section.name").nth(1).locator(".verdict")).to_have_text("not relevant")
        expect(page.locator("section.name .verdict")).to_have_count(1)
        expect(page.locator(".verdicts .in-short")).to_have_text(
            f"The whole story, {len(item.hits) - 1} of {len(item.hits)} names"
        )
        (decision,) = desk.app.item(item.id).history
        assert (decision.entity, decision.by) == (item.hits[1].entity, "Aida") and desk.app.item(
            item.id
        ).verdict is None
        follow(page, page.get_by_role("button", name="Undo"))
        expect(page.locator("section.name .verdict")).to_have_count(0)


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


def test_what_is_put_off_comes_back_as_it_was(desk: Desk):
    with desk.browser("Aida") as page:
        page.goto(f"{desk.url}/items/1")
        page.keyboard.press("Shift+H")
        page.wait_for_url(lambda url: not url.endswith("/items/1"))
    assert desk.app.item(1).state is State.LATER
