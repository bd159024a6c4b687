"""Takes the pictures in docs/digest/: the demo's digest as a mail, in three languages, for a screen and a telephone.

Needs the packages of requirements-dev.lock and Debian's chromium-headless-shell and fonts-noto-core.
Usage: python tools/digest_pictures.py [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tools")]

from screenshots import CHROMIUM, small  # noqa: E402

from kit.app import App  # noqa: E402
from kit.browserkit import FLAGS  # noqa: E402
from kit.desk import demo_home  # noqa: E402
from monitor.config import load_settings  # noqa: E402
from monitor.feeds.schedule import next_time_of_day  # noqa: E402
from monitor.messages.composer import Composer  # noqa: E402
from monitor.messages.content.render import as_html  # noqa: E402

LONGEST = 1900
# Name, language, width, colours.
KINDS = (
    ("en-light", "en", 624, "light"),
    ("ky-light", "ky", 624, "light"),
    ("ru-dark", "ru", 624, "dark"),
    ("ru-phone-light", "ru", 360, "light"),
)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(demo_home(Path(home)), {}, Path(home))
        app = App.open(settings)
        made = {language: Composer(app).digest_of_day(None, language) for _, language, _, _ in KINDS}
        next_at = next_time_of_day(app.clock(), settings.digest_at, settings.timezone)
        shown = {"next_at": next_at, "contact": "admin@ngo.example", "base_url": "https://desk.example"}
        app.close()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        lab = browser.new_page()
        for name, language, width, scheme in KINDS:
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
            page.set_content(as_html(replace(made[language], **shown)))
            height = min(LONGEST, page.evaluate("document.documentElement.scrollHeight"))
            picture = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
            (folder / f"{name}.png").write_bytes(small(lab, picture, 16))
            page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "digest")
