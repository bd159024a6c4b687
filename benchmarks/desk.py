"""How fast the desk answers on a large queue: p50 and p95 of its pages and decisions, and what a page weighs.

    python benchmarks/desk.py [--items 50000] [--articles 200000] [--database FILE]

The database is made of made-up rows; with `--database` it stays there, and is used again. The pages are asked for one
after another, without a network between, on a copy. Two figures each: processor time of this process, which other
programs hardly disturb, and what a clock on the wall says, which counts the disk, too.

Then, in Chromium on loopback, the time from a key to the next card on the screen after a second and a half of reading, with and
without the next card fetched ahead, in turns.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import httpx  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from sqlalchemy import Table, insert  # noqa: E402

from kit.app import App  # noqa: E402
from kit.browserkit import BROWSERS, FLAGS  # noqa: E402
from kit.desk import Browser, account, client, served, session_token  # noqa: E402
from monitor.config import Settings  # noqa: E402
from monitor.model import Entity, Feed, Role, WatchlistChange  # noqa: E402
from monitor.store import open_store  # noqa: E402
from monitor.store import tables as t  # noqa: E402
from monitor.store.indexes.search import search_words  # noqa: E402
from monitor.web import create_desk  # noqa: E402
from monitor.web.security import cookie_name  # noqa: E402

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
NAMES = 300
SENSITIVE = 2  # the last of them: as often named as all others
SENTENCE = "Суд продлил арест, сообщили в пресс-службе. Melis Tokoev{n} stays in custody, his lawyer said on Monday. "
FILLER = "Nobody else was let into the room, and the session took less than an hour, as the outlet writes. "
DECIDED = 20_000
SECONDS_OF_READING = 1.5


def fill(app: App, items: int, articles: int) -> None:
    """Open items, whose articles each name one of the names."""
    chance = random.Random(7)
    people = (Entity(f"e{n}", f"Melis Tokoev{n}", sensitive=n >= NAMES - SENSITIVE) for n in range(NAMES))
    app.store.watchlists.apply(WatchlistChange(added=tuple(people)), "bench", NOW)
    words = search_words("Арест продлён", SENTENCE.format(n=""), FILLER)
    with putting(app) as put:
        for story in range(1, items + 1):
            seen = NOW - timedelta(minutes=story)
            put(t.story, id=story, first_seen=seen)
            put(t.review_item, id=story, story=story, first_seen=seen, clear=story % 5 > 0, latest=seen)
        for n in range(1, articles + 1):
            story, who = (n - 1) % items + 1, chance.randrange(NAMES)
            seen, text, name = (
                NOW - timedelta(minutes=story),
                SENTENCE.format(n=who) + FILLER * 18,
                f"Melis Tokoev{who}",
            )
            sure, start = "strong" if story % 5 else "possible", text.index(name)
            put(t.article, id=n, key=f"k{n}", outlet=f"Outlet {n % 80}", country="KG", first_seen=seen, seen=seen)
            put(t.article_version, article=n, version=1, stored=seen, url=f"https://x.example/{n}", text=text, sha256="",
                title=f"Арест продлён, {n}", language="ru", published=seen, fetched=seen)  # fmt: skip
            put(t.article_words, article=n, words=f"{words} {n} tokoev{who}")
            put(t.story_article, id=n, story=story, article=n, rule="new", score=1.0, filed=seen, version=1)
            put(t.hit, id=n, article=n, entity=who + 1, version=1, found=seen, filed=True, confidence=sure,
                alerts=story % 5 > 0)  # fmt: skip
            put(t.mention, hit=n, version=1, field="text", start=start, end=start + len(name), alias=name, text=name,
                confidence=sure, score=99.0, why=["same words"])  # fmt: skip


def fill_months(app: App, entries: int, items: int) -> None:
    """Store the rows of statistics and sources: 80 feeds, and 200 decisions a day."""
    app.store.feeds.sync_list([Feed(f"f{n}", f"https://f{n}.example/rss", f"Outlet {n}") for n in range(80)], NOW)
    with putting(app) as put:
        for n in range(DECIDED):
            at, item = NOW - timedelta(minutes=6.5 * n), items + n + 1
            put(t.story, id=item, first_seen=at)
            put(t.review_item, id=item, story=item, state="decided", first_seen=at, verdict="relevant", latest=at)
            verdict, reason = ("not-relevant", "another-person") if n % 4 == 0 else ("relevant", None)
            put(t.decision, item=item, version=1, at=at, by=f"p{n % 3}", judged=[n % NAMES + 1], verdict=verdict,
                reason=reason)  # fmt: skip
        for n in range(entries):
            at = NOW - timedelta(seconds=15 * n)
            put(
                t.entry,
                feed=n % 80 + 1,
                key=f"k{n}",
                published=at,
                first_seen=at,
                outcome="no_match",
                summary="s" * 500,
            )


@contextmanager
def putting(app: App) -> Iterator[Callable[..., None]]:
    """Rows are stored a thousand at a time, those that others are of first."""
    waiting: dict[Table, list[dict[str, Any]]] = {}

    with app.store.database.writing("bench") as connection:

        def put(table: Table, **values: Any) -> None:
            rows = waiting.setdefault(table, [])
            rows.append(values)
            if len(rows) >= 1000:
                store()

        def store() -> None:
            for table, rows in waiting.items():
                if rows:
                    connection.execute(insert(table), rows)
                    rows.clear()

        yield put
        store()


def opened(file: Path) -> App:
    url = f"sqlite:///{file}"
    return App(Settings(home=file.parent, database_url=url), open_store(url), lambda: NOW)


def made(file: Path, items: int, articles: int) -> None:
    app = opened(file)
    fill(app, items, articles)
    fill_months(app, articles, items)
    account(app, "Aida", Role.ADMIN)
    account(app, "Bakyt", Role.REVIEWER)
    app.close()


def timed(what: Callable[[int], Any], count: int) -> dict[str, Any]:
    """In ms: processor time and wall; and the weight of the last page. The first is asked for twice: it warms up."""
    cpu, wall = [], []
    for n in (0, *range(count)):
        begun = time.process_time(), time.perf_counter()
        last = what(n)
        cpu.append(time.process_time() - begun[0])
        wall.append(time.perf_counter() - begun[1])
        assert last.status_code < 400, (last.status_code, last.url)
    first, *cpu = cpu
    return {
        "p50": at(cpu, 0.5),
        "p95": at(cpu, 0.95),
        "wall p50": at(wall[1:], 0.5),
        "wall p95": at(wall[1:], 0.95),
        "first": round(first * 1000),
        "kB": round(len(gzip.compress(last.content)) / 1000, 1),
    }


def searched(reader: Browser, words: str) -> httpx.Response:
    """Search as a browser does: send the form, then get the list that it leads to."""
    return reader.get(reader.post("/queue", {"words": words}).headers["location"])


def at(times: list[float], share: float) -> int:
    return round(sorted(times)[int(len(times) * share)] * 1000)


# From the key to the frame in which another page element is painted, measured where it happens.
KEY_TO_CARD = """key => new Promise(done => {
  const [before, begun] = [document.getElementById("page"), performance.now()];
  const look = () => document.getElementById("page") === before ? requestAnimationFrame(look)
    : requestAnimationFrame(() => done(performance.now() - begun));
  requestAnimationFrame(look);
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, code: "KeyA", bubbles: true}));
})"""


def keys_to_cards(app: App, count: int) -> dict[str, list[float]]:
    """Return the milliseconds from a key to the next card, with the card fetched ahead and without."""
    reviewer = next(person for person in app.store.people.everyone() if person.name == "Bakyt")
    times: dict[str, list[float]] = {"fetched ahead": [], "not": []}
    program = next(name for name in BROWSERS if Path(name).exists())
    with served(app) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page()
        cookie = {"name": cookie_name(secure=False), "value": session_token(app, reviewer), "url": url}
        page.context.add_cookies([cookie])
        is_ahead = {"now": True}
        page.route(
            "**/items/*",
            lambda route: (
                route.continue_() if is_ahead["now"] or "desk-ahead" not in route.request.headers else route.abort()
            ),
        )
        page.goto(f"{url}/items/1500")
        for n in range(2 * count + 2):
            page.wait_for_timeout(SECONDS_OF_READING * 1000)
            is_ahead["now"] = n % 2 == 1  # of the card after the one that this key leads to
            took = page.evaluate(KEY_TO_CARD, "a")
            if n >= 2:  # the first warm up
                times["fetched ahead" if n % 2 == 0 else "not"].append(took)
        browser.close()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--only", default="", help="what begins so")
    parser.add_argument("--keys", type=int, default=20, help="keys in a browser, of each kind; 0: none")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept, file = given.database or Path(folder) / "made.db", Path(folder) / "monitor.db"
        if not kept.exists():
            made(kept, given.items, given.articles)
        shutil.copy(kept, file)
        app = opened(file)
        desk = create_desk(app)
        gc.freeze()  # as `serve` does
        people = {person.name: person for person in app.store.people.everyone()}
        chief, reviewer = client(desk, people["Aida"]), client(desk, people["Bakyt"])
        few = max(given.times // 4, 3)
        measured: list[tuple[str, Callable[[int], Any], int]] = [
            ("queue", lambda n: chief.get(f"/queue?page={n % 5 + 1}"), given.times),
            ("queue, two names unseen", lambda n: reviewer.get(f"/queue?page={n % 5 + 1}"), given.times),
            ("card", lambda n: chief.get(f"/items/{n * 7 + 1}"), given.times),
            ("card, two names unseen", lambda n: reviewer.get(f"/items/{n * 7 + 1}"), given.times),
            ("search", lambda n: searched(chief, f"tokoev{n + 7} custody"), given.times),
            ("search, one word in all", lambda _: searched(chief, "custody"), few),
            ("one name", lambda n: chief.get(f"/queue?name={n + 1}"), given.times),
            ("one language, that of all", lambda _: chief.get("/queue?lang=ru"), few),
            ("facets", lambda _: chief.get("/queue?filters=1"), few),
            ("facets, two names unseen", lambda _: reviewer.get("/queue?filters=1"), few),
            ("statistics", lambda _: chief.get("/statistics"), few),
            ("sources", lambda _: chief.get("/sources"), few),
            ("atom of 200", lambda _: chief.get("/queue.atom"), few),
            (
                "decision",
                lambda n: chief.post(f"/items/{n + 1}/decide", {"act": "relevant", "version": 1}),
                given.times,
            ),
            (
                "decision, two names unseen",
                lambda n: reviewer.post(f"/items/{n + 901}/decide", {"act": "relevant", "version": 1}),
                given.times,
            ),
        ]
        shown = {name: timed(what, count) for name, what, count in measured if name.startswith(given.only)}
        print(json.dumps({"items": given.items, "articles": given.articles}))
        width = max(map(len, shown), default=0)
        for name, figures in shown.items():
            print(f"{name:{width}}", "  ".join(f"{what} {value:>6}" for what, value in figures.items()))
        if given.keys:
            medians = {}
            for name, times in keys_to_cards(app, given.keys).items():
                medians[name] = median(times)
                worst = sorted(times)[int(len(times) * 0.95)]
                print(f"key to the next card, {name}: median {medians[name]:.0f} ms, p95 {worst:.0f} ms")
            print(f"ratio {medians['fetched ahead'] / medians['not']:.2f}")
        app.close()


if __name__ == "__main__":
    main()
