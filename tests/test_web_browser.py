"""The desk in a real browser, on the demo: keys on every layout, no JavaScript, two people, axe, and nothing from afar."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from deskkit import PASSWORD, account, demo_home, served
from monitor.app import App
from monitor.config import load_settings
from monitor.model import Role, State, Verdict

pytestmark = pytest.mark.slow

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip
# What the keys of an English keyboard say on other layouts; the letters on these places are the same in Kyrgyz, whose
# own three stand on the third level of the keys of у, о and н.
CYRILLIC = dict(zip("qwertyuiopasdfghjklzxcvbnm/", "йцукенгшщзфывапролдячсмить.", strict=True))
LAYOUTS = {"en": {}, "ru": CYRILLIC, "ky": CYRILLIC}


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail("these tests need Debian's chromium: apt-get install chromium")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_home(tmp_path_factory.mktemp("demo"))


@dataclass
class Desk:
    """A desk on a copy of the demo, and what browsers asked the world for or complained of."""

    app: App
    url: str
    chromium: Browser
    strange: list[str] = field(default_factory=list)

    @contextmanager
    def browser(self, name: str, **options: object) -> Iterator[Page]:
        """Somebody who has signed in."""
        context: BrowserContext = self.chromium.new_context(**options)  # type: ignore[arg-type]
        page = context.new_page()
        context.on("request", lambda r: None if r.url.startswith(self.url) else self.strange.append(r.url))
        page.on("console", lambda m: self.strange.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.strange.append(str(error)))
        page.on("dialog", lambda dialog: self.strange.append(f"dialog {dialog.message}"))
        page.goto(f"{self.url}/sign-in")
        page.locator("[name=name]").fill(name)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("button.main").click()
        page.wait_for_url("**/queue")
        yield page
        context.close()

    @property
    def left(self) -> int:
        return len(self.app.queue())


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


def press(page: Page, key: str, layout: dict[str, str]) -> None:
    """A key of an English keyboard, with what another layout makes of it."""
    code = {"/": "Slash"}.get(key, f"Digit{key}" if key.isdigit() else f"Key{key.upper()}")
    said = layout.get(key, key)
    session = page.context.new_cdp_session(page)
    for kind in ("keyDown", "keyUp"):
        session.send(
            "Input.dispatchKeyEvent",
            {"type": kind, "key": said, "code": code, "text": said if kind == "keyDown" else ""},
        )
    session.detach()


def settled(page: Page) -> None:
    page.wait_for_function("!document.getElementById('page').hasAttribute('aria-busy')")
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(("name", "language"), [("Aida", "en"), ("Вера", "ru"), ("Бакыт", "ky")])
def test_the_queue_is_cleared_by_keys_alone_on_every_layout(desk: Desk, name: str, language: str):
    layout, waiting = LAYOUTS[language], desk.left
    with desk.browser(name) as page:
        assert page.locator("html").get_attribute("lang") == language
        press(page, "j", layout)
        page.keyboard.press("Enter")
        expect(page.locator("article.card")).to_be_visible()
        keys = ["a", "x", "1", "3", "u", "h"]
        for n in range(waiting):
            before = page.url
            heading = page.locator(".story h1")
            if n:
                expect(heading).to_be_focused()
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
        page.goto(f"{desk.url}/items/1")
        press(page, "a", {})
        page.keyboard.press("?")
        page.wait_for_timeout(200)
        assert page.url.endswith("/items/1") and desk.app.item(1).history == ()
        expect(page.locator("dialog")).to_have_count(0)


def test_the_list_of_keys_opens_and_closes(desk: Desk):
    with desk.browser("Aida") as page:
        page.keyboard.press("?")
        expect(page.locator("dialog#keys")).to_be_visible()
        page.keyboard.press("a")  # the dialog has the keys now
        page.keyboard.press("Escape")
        expect(page.locator("dialog#keys")).to_be_hidden()


def test_all_of_it_works_without_javascript(desk: Desk):
    waiting = desk.left
    with desk.browser("Aida", java_script_enabled=False) as page:
        page.locator("a.open").first.click()
        for n in range(waiting):
            if n == 0:
                page.locator("#note").fill("seen without scripts")
            page.locator(f".verdicts .{'no' if n % 2 else 'yes'}").click()
        assert desk.left == 0
        expect(page.get_by_role("heading", name="Nothing to review")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        assert desk.left == 1
        expect(page.locator(".story h1")).to_be_visible()
        page.locator("details.menu summary").first.click()
        page.locator("details.menu button").first.click()
        page.goto(f"{desk.url}/queue?show=decided")
        assert page.locator("a.open").count() == waiting  # the one name of the last was judged alone
        page.get_by_role("link", name="Filters").click()
        page.get_by_label("Language").select_option("ky")
        page.get_by_role("button", name="Apply").click()
        assert "lang=ky" in page.url
        page.get_by_label("Words in headlines").fill("сот")
        page.get_by_role("button", name="Search").click()
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


PAGES = ("/queue?filters=1", "/queue?show=follow-up", "/queue?sure=possible", "/items/7", "/items/7?latin=1", "/items/6", "/items/7/articles/1",
         "/digest", "/sources", "/runs", "/people", "/account", "/audit", "/items/999")  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ru", "ky"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_serious_and_nothing_needs_a_sideways_scroll(
    desk: Desk, language: str, scheme: str, width: int
):
    account(desk.app, "Tester", Role.ADMIN, language)
    axe, found = Axe(), []
    with desk.browser("Tester", viewport={"width": width, "height": 700}, color_scheme=scheme) as page:
        desk.app.decide(6, Verdict.UNSURE, by="Tester", note="for the undo bar")
        for path in PAGES:
            page.goto(desk.url + path)
            for menu in page.locator("details").all():
                menu.evaluate("e => e.open = true")
            found += [
                (path, v["id"], v["nodes"][0]["html"][:120], v["nodes"][0]["failureSummary"][:200])
                for v in axe.run(page).response["violations"]
                if v["impact"] in {"serious", "critical"}
            ]
            sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            found += [(path, "scrolls sideways", str(sideways), "")] if sideways > 0 else []
        page.goto(f"{desk.url}/items/7")
        found += (
            []
            if page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
            else [("storage",)]
        )
        desk.strange[:] = [line for line in desk.strange if "404" not in line]
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
