"""Takes the pictures in docs/screenshots/: every page of the desk on the demo, light and dark, desktop and phone.

Needs the packages of requirements-dev.lock and Debian's chromium. Usage: python tools/screenshots.py [FOLDER [NAME …]]
"""

from __future__ import annotations

import base64
import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from deskkit import PASSWORD, account, demo_home, served  # noqa: E402
from monitor.app import App  # noqa: E402
from monitor.config import load_settings  # noqa: E402
from monitor.model import Reason, Role, Verdict  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip
SIZES = {"desktop": (1280, 860), "phone": (360, 740)}
# Chromium decodes its own picture: one byte a channel, in base64.
PIXELS = """async data => {
  const image = await createImageBitmap(await (await fetch(data)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height), paint = canvas.getContext("2d");
  paint.drawImage(image, 0, 0);
  const bytes = paint.getImageData(0, 0, image.width, image.height).data;
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return [image.width, image.height, btoa(text)];
}"""


def main(folder: Path, only: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        app = App.open(load_settings(demo_home(Path(home)), {}, Path(home)))
        for name, role, language in (
            ("Aida", Role.ADMIN, "en"),
            ("Бакыт", Role.REVIEWER, "ky"),
            ("Вера", Role.REVIEWER, "ru"),
        ):
            account(app, name, role, language)
        waiting = app.queue()
        possible = [item.id for item in waiting if item.confidence.value == "possible"]
        many = max(waiting, key=lambda item: len(item.articles)).id
        app.decide(possible[0], Verdict.NOT_RELEVANT, by="Бакыт", reason=Reason.ANOTHER_PERSON, note="A judo fighter.")
        with served(app) as desk, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            lab = browser.new_page()
            for size, (width, height) in SIZES.items():
                for scheme in ("light", "dark"):
                    for name, page in pages(browser, desk, many, possible[1], (width, height), scheme):
                        if not only or name in only:
                            (folder / f"{name}-{size}-{scheme}.png").write_bytes(small(lab, page.screenshot()))
            browser.close()


def pages(  # noqa: PLR0917
    browser: Browser, desk: str, many: int, possible: int, size: tuple[int, int], scheme: str
) -> Iterator[tuple[str, Page]]:
    def signed_in(name: str) -> Page:
        view = {"width": size[0], "height": size[1]}
        page = browser.new_context(
            viewport=view, color_scheme=scheme, locale="en-GB", has_touch=size[0] < 500
        ).new_page()  # type: ignore[arg-type]
        page.goto(f"{desk}/sign-in")
        if name:
            page.locator("[name=name]").fill(name)
            page.locator("[name=password]").fill(PASSWORD)
            page.locator("button.main").click()
            page.wait_for_url("**/queue")
        return page

    yield "sign-in", signed_in("")
    page = signed_in("Aida")
    for name, path in (("queue", "/queue"), ("card", f"/items/{many}"), ("card-possible", f"/items/{possible}"),
                       ("article", f"/items/{many}/articles/1"), ("filters", "/queue?sure=strong&lang=ky"),
                       ("digest", "/digest"), ("sources", "/sources"), ("runs", "/runs"), ("people", "/people"),
                       ("account", "/account"), ("log", "/audit"), ("empty", "/queue?show=follow-up")):  # fmt: skip
        page.goto(desk + path)
        yield name, page
    page.goto(f"{desk}/queue")
    page.keyboard.press("?")
    yield "keys", page
    page.context.close()
    page = signed_in("Вера")
    page.goto(f"{desk}/items/{many}?latin=1")
    yield "card-russian", page
    page.locator("[name=version]").first.evaluate("field => field.form.version.value = 1")
    page.locator(".verdicts [name=act]").first.evaluate(
        "b => b.closest('form').querySelector('[name=version]').value = 1"
    )
    page.locator(".verdicts .no").click()
    page.locator(".conflict").wait_for()
    yield "conflict-russian", page
    page.context.close()
    page = signed_in("Бакыт")
    yield "queue-kyrgyz", page
    page.context.close()


def small(lab: Page, picture: bytes, most: int = 256) -> bytes:
    """The picture in 256 colours, a third of the bytes, and no eye sees it; 16 are enough for text, a sixth of them."""
    width, height, data = lab.evaluate(PIXELS, "data:image/png;base64," + base64.b64encode(picture).decode())
    pixels = np.frombuffer(base64.b64decode(data), np.uint8).reshape(-1, 4)[:, :3] & 0xFC
    colours, where, counts = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    palette = colours[np.argsort(-counts)[:most]]
    distance = ((colours[:, None, :].astype(np.int32) - palette[None].astype(np.int32)) ** 2).sum(axis=2)
    rows = distance.argmin(axis=1)[where.reshape(-1)].astype(np.uint8).reshape(height, width)
    if most <= 16:  # two of them in a byte
        rows = np.pad(rows, ((0, 0), (0, width % 2)))
        rows = (rows[:, ::2] << 4) | rows[:, 1::2]
    raw = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 4 if most <= 16 else 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", palette.tobytes()), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots", sys.argv[2:])
