"""Takes the pictures in docs/screenshots/: every page of the desk on the demo, light and dark, desktop and phone.

Needs the packages of requirements-dev.lock and Debian's chromium. Usage: python tools/screenshots.py [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from deskkit import PASSWORD, account, demo_home, served  # noqa: E402
from monitor.app import App  # noqa: E402
from monitor.config import load_settings  # noqa: E402
from monitor.model import Reason, Role, Verdict  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip
SIZES = {"desktop": (1280, 860), "phone": (360, 740)}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        app = App.open(load_settings(demo_home(Path(home)), {}, Path(home)))
        account(app, "Aida", Role.ADMIN)
        account(app, "Bakyt", Role.REVIEWER, "ky")
        account(app, "Вера", Role.READER, "ru")
        waiting = app.queue()
        possible = [item.id for item in waiting if item.confidence.value == "possible"]
        many = max(waiting, key=lambda item: len(item.articles)).id
        app.decide(possible[0], Verdict.NOT_RELEVANT, by="Bakyt", reason=Reason.ANOTHER_PERSON, note="A judo fighter.")
        with served(app) as desk, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for size, (width, height) in SIZES.items():
                for scheme in ("light", "dark"):
                    context = browser.new_context(
                        viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB"
                    )
                    page = context.new_page()
                    for name, taken in pages(page, desk, many, possible[1]):
                        taken.screenshot(path=folder / f"{name}-{size}-{scheme}.png")
                    context.close()
            browser.close()


def pages(page: Page, desk: str, many: int, possible: int) -> Iterator[tuple[str, Page]]:
    page.goto(f"{desk}/sign-in")
    yield "sign-in", page
    page.get_by_label("Name").fill("Aida")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/queue")
    yield "queue", page
    for name, path in (("card", f"/items/{many}"), ("card-possible", f"/items/{possible}?latin=1"),
                       ("article", f"/items/{many}/articles/1"), ("filters", "/queue?sure=strong&lang=ky"),
                       ("digest", "/digest"), ("sources", "/sources"), ("runs", "/runs"), ("people", "/people"),
                       ("account", "/account"), ("log", "/audit"), ("empty", "/queue?show=follow-up")):  # fmt: skip
        page.goto(desk + path)
        yield name, page
    page.goto(f"{desk}/queue")
    page.keyboard.press("?")
    yield "keys", page


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots")
