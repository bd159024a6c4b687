"""Takes pictures of the desk on the demo: every page, light and dark, desktop and phone.

docs/screenshots/ keeps nine of them (KEPT), shown by docs/desk.md. Into another folder all are taken, to be looked at.
Needs the packages of requirements-dev.lock and Debian's chromium-headless-shell and fonts-noto-core.
Usage: python tools/screenshots.py [FOLDER [NAME …]]
"""

from __future__ import annotations

import base64
import random
import shutil
import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Table, insert, update

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs/screenshots"
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from kit.app import App  # noqa: E402
from kit.browserkit import BROWSERS, FLAGS  # noqa: E402
from kit.desk import PASSWORD, account, demo_home, served  # noqa: E402
from monitor.config import load_settings  # noqa: E402
from monitor.model import Reason, Role, Verdict  # noqa: E402
from monitor.store import tables as t  # noqa: E402

CHROMIUM = next((name for name in BROWSERS if Path(name).exists()), BROWSERS[0])
KEPT = frozenset(
    "queue-desktop-light queue-phone-dark queue-kyrgyz-desktop-light card-desktop-light card-phone-light "
    "card-related-desktop-light archive-desktop-light sources-desktop-light statistics-desktop-light".split()
)
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


def a_month_of_work(app: App) -> None:
    """Items, decisions and entries of a month that the demo does not have."""
    random.seed(1)
    now, names = app.clock(), sorted(app.store.cards.entity_numbers().values())
    # The demo's digest tells that this one is silent: the page of sources must not say otherwise.
    feeds = [state.number for state in app.feeds() if state.last_ok and state.feed.outlet != "Ойрок чыйыры"]
    with app.store.database.writing("pictures") as connection:
        # Days before the first reading are no days of the desk.
        first = now - timedelta(days=30)
        ended = first + timedelta(seconds=40)
        connection.execute(update(t.run).where(t.run.c.id == 1).values(started=first, ended=ended))

        def put(table: Table, **values: object) -> int:
            return connection.execute(insert(table).values(values)).inserted_primary_key[0]

        for ago in range(30):
            at = now - timedelta(days=ago, hours=2)
            working = at.weekday() < 5
            pace, said = random.randint(20, 70), at
            came = random.randint(6, 26) if working else random.randint(0, 8)
            for n in range(came):
                story = put(t.story, first_seen=at - n * timedelta(minutes=7))
                first_seen = at - n * timedelta(minutes=7)
                item = put(t.review_item, story=story, state="decided", first_seen=first_seen, verdict="relevant")
                said += timedelta(seconds=random.randint(pace // 2, pace * 2))
                wrong = {"verdict": "not-relevant", "reason": "another-person"}
                judged = [names[int(random.triangular(0, len(names), 0))]]
                verdict = wrong if random.random() < 0.2 else {"verdict": "relevant"}
                # A third is left for the next morning.
                decided = said + timedelta(hours=20) if ago and n > came * 2 // 3 else said
                put(t.decision, item=item, version=1, at=decided, by="Aida", judged=judged, **verdict)
            for feed in feeds:
                usual = feed * 7 % 40 + 3 if working else feed * 3 % 12 + 1
                for n in range(random.randint(usual // 2, usual * 3 // 2) if feed % 9 != 4 or ago > 3 else 0):
                    seen = at - n * timedelta(minutes=1)
                    put(t.entry, feed=feed, key=f"{feed} {ago} {n}", first_seen=seen, outcome="no_match")


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
        another = shutil.copytree(home, Path(home) / "month")
        month = App.open(load_settings(another, {}, another))
        a_month_of_work(month)
        app.decide(possible[0], Verdict.NOT_RELEVANT, by="Бакыт", reason=Reason.ANOTHER_PERSON, note="A judo fighter.")
        for item in [item for item in waiting if item.id not in {many, *possible}][-3:]:
            app.decide(item.id, Verdict.RELEVANT, by="Вера")
        archive = app.archive
        missed = archive.search("night buses")[0][0].article.id
        by_hand = archive.add_article(missed, by="Aida", note="Who drives at night? Our photographer asks.").item.id
        with served(app) as desk, served(month) as later, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            lab = browser.new_page()
            for size, (width, height) in SIZES.items():
                for scheme in ("light", "dark"):
                    for name, page in pages(
                        browser, desk, later, (many, possible[1], by_hand), (width, height), scheme
                    ):
                        picture = f"{name}-{size}-{scheme}"
                        if (name in only) if only else (folder != DOCS or picture in KEPT):
                            (folder / f"{picture}.png").write_bytes(small(lab, page.screenshot()))
            browser.close()


def pages(  # noqa: PLR0915, PLR0917 - one picture after another
    browser: Browser, desk: str, later: str, items: tuple[int, int, int], size: tuple[int, int], scheme: str
) -> Iterator[tuple[str, Page]]:
    many, possible, by_hand = items

    def signed_in(name: str, desk: str = desk) -> Page:
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
    other = signed_in("Вера")
    other.goto(f"{desk}/items/{many}")
    page = signed_in("Aida")
    for name, path in (("queue", "/queue"), ("card", f"/items/{many}"), ("card-possible", f"/items/{possible}"),
                       ("by-hand", f"/items/{by_hand}"), ("add", "/add"), ("filters", "/queue?sure=strong&lang=ky"),
                       ("digest", "/digest"), ("runs", "/runs"), ("people", "/people"),
                       ("names", "/names"), ("name", "/names/1"), ("name-edit", "/names/1/edit"),
                       ("account", "/account"), ("log", "/audit"), ("empty", "/queue?show=follow-up")):  # fmt: skip
        page.goto(desk + path)
        yield name, page
    page.goto(f"{desk}/items/{many}")
    page.locator("section.related").evaluate("section => section.scrollIntoView({block: 'center'})")
    yield "card-related", page
    page.get_by_role("link", name="Our saved copy").first.click()
    yield "article", page
    page.goto(f"{desk}/archive")
    page.locator("#words").fill("Токоев")
    page.locator(".search button").click()
    page.locator(".archive-rows").wait_for()
    yield "archive", page
    page.goto(f"{desk}/names/add")
    page.locator("#names").fill("Азат Нуров\nMinistry of Public Calm")
    page.locator("#look .forms").nth(1).wait_for()
    yield "names-add", page
    page.goto(f"{desk}/queue")
    page.locator("[name=pick]").first.check()
    page.get_by_role("button", name="in this list").click()
    page.wait_for_url("**/together")
    yield "together", page
    page.goto(f"{desk}/queue")
    page.get_by_role("link", name="A photographer gets her camera back").click()  # her camera is told of twice
    page.locator("article.card [data-key=g]").click()
    page.locator("[name=pick][form=together]").first.check()
    yield "same-story", page
    page.locator("[data-key=g]").click()
    page.wait_for_url("**/together**")
    yield "one-story", page
    page.goto(f"{desk}/queue")
    for place in (0, 2):
        page.locator("[name=pick]").nth(place).check()
    yield "queue-chosen", page
    page.keyboard.press("?")
    yield "keys", page
    other.context.close()
    page.goto(f"{desk}/account")
    page.locator("#label").fill("the reader on my phone")
    page.locator("[action='/account/tokens'] button").click()
    page.locator("#token").wait_for()
    yield "token", page
    page.context.close()
    page = signed_in("Aida", later)
    for name in ("statistics", "sources"):
        page.goto(f"{later}/{name}")
        yield name, page
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
    """Return a picture in few colours: 256 take a third of the bytes unseen, 16 (enough for text) a sixth."""
    width, height, data = lab.evaluate(PIXELS, "data:image/png;base64," + base64.b64encode(picture).decode())
    pixels = np.frombuffer(base64.b64decode(data), np.uint32) & 0xFCFCFC  # a number each: rows take ten times as long
    found, where, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    colours = np.stack([found & 255, found >> 8 & 255, found >> 16 & 255], axis=1).astype(np.uint8)
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
