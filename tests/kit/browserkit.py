"""A desk in a real browser: who signs in there, keys of any layout, and what axe has against a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect, sync_playwright

from kit.app import App
from kit.desk import account, served, session_token
from monitor.clock import now_utc
from monitor.model import Role, State
from monitor.web.security import cookie_name

PATIENCE = 90_000  # milliseconds: three tests and their browsers share two cores
expect.set_options(timeout=PATIENCE)
# The shell draws no window of its own: a page takes it a third of the time.
BROWSERS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip
# What the keys of an English keyboard say on other layouts; the letters on these places are the same in Kyrgyz, whose
# own three stand on the third level of the keys of у, о and н.
CYRILLIC = dict(zip("qwertyuiopasdfghjklzxcvbnm/", "йцукенгшщзфывапролдячсмить.", strict=True))
LAYOUTS = {"en": {}, "ru": CYRILLIC, "ky": CYRILLIC}
PEOPLE = {"en": "Aida", "ru": "Вера", "ky": "Бакыт"}


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    program = next((name for name in BROWSERS if Path(name).exists()), None)
    if program is None:
        pytest.fail("these tests need a browser of Debian: apt-get install chromium-headless-shell")
    browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
    yield browser
    browser.close()


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
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        context.on("request", lambda r: None if r.url.startswith(self.url) else self.strange.append(r.url))
        page.on("console", lambda m: self.strange.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.strange.append(str(error)))
        page.on("dialog", lambda dialog: self.strange.append(f"dialog {dialog.message}"))
        person = self.app.store.people.by_name(name)
        assert person is not None
        token = session_token(self.app, person)
        context.add_cookies([{"name": cookie_name(secure=False), "value": token, "url": self.url}])
        page.goto(f"{self.url}/queue")
        yield page
        context.close()

    @property
    def waiting(self) -> int:
        return len(self.app.queue())

    def item(self, headline: str) -> int:
        """Return the item's number, which depends on which feed was faster."""
        return next(item.id for item in self.app.queue(list(State)) if item.lead.headline.startswith(headline))


@pytest.fixture
def expected_complaints() -> str:
    """Return a pattern of what a browser may complain of: nothing, unless a file of tests says otherwise."""
    return "(?!)"


@pytest.fixture
def desk(app: App, chromium: Browser, expected_complaints: str) -> Iterator[Desk]:
    """Yield a desk on `app` in a browser, today, with a reviewer for each language and an administrator."""
    app.clock = now_utc
    for language, name in PEOPLE.items():
        account(app, name, Role.REVIEWER, language)
    account(app, "Root", Role.ADMIN, "en")
    with served(app) as address:
        opened = Desk(app, address, chromium)
        yield opened
        assert [line for line in opened.strange if not re.search(expected_complaints, line)] == []


def press(page: Page, key: str, layout: dict[str, str], *, shift: bool = False) -> None:
    """Press a key of an English keyboard; `layout` says which letters another layout makes of it."""
    code = {"/": "Slash", " ": "Space"}.get(key, f"Digit{key}" if key.isdigit() else f"Key{key.upper()}")
    letter = layout.get(key, key)
    letter = letter.upper() if shift else letter
    session = page.context.new_cdp_session(page)
    for kind in ("keyDown", "keyUp"):
        text = letter if kind == "keyDown" else ""
        event = {"type": kind, "key": letter, "code": code, "text": text, "modifiers": 8 * shift}
        session.send("Input.dispatchKeyEvent", event)
    session.detach()


def settled(page: Page) -> None:
    """Wait until the last answer is shown and has its focus: a key or a click marks the page as busy at once."""
    page.wait_for_load_state("load")
    expect(page.locator("body:not([aria-busy])")).to_have_count(1)


@contextmanager
def another_page(page: Page) -> Iterator[None]:
    """Wait for the page that the last act loads: Playwright waits for links, not for forms and keys."""
    with page.expect_navigation():
        yield


def follow(page: Page, target: Locator) -> None:
    """Click what loads another page."""
    with another_page(page):
        target.click()


WIDTHS = (320, 1280)  # the last is where a test goes on
APPEARANCES = [(scheme, width) for scheme in ("light", "dark") for width in WIDTHS]
LANGUAGES = ("en", "ru", "ky")
# Selectors of faults nobody reads, and there is neither sound nor a sheet of styles to load: a sixth of its time.
AXE = "{resultTypes: ['violations'], selectors: false, preload: false}"


def faults(axe: Axe, page: Page, where: str) -> list[tuple[str, ...]]:
    """Return the serious faults of the page, in both themes and widths."""
    all_faults = []
    page.evaluate(axe.axe_script)
    for scheme, width in APPEARANCES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # else colours are looked at on their way
        page.set_viewport_size({"width": width, "height": 700})
        violations = page.evaluate(f"axe.run({AXE}).then(results => results.violations)")
        all_faults += [
            (where, scheme, str(width), v["id"], v["nodes"][0]["html"][:120], v["nodes"][0]["failureSummary"][:200])
            for v in violations
            if v["impact"] in {"serious", "critical"}
        ]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        all_faults += [(where, str(width), "scrolls sideways", str(sideways))] if sideways > 0 else []
    return all_faults
