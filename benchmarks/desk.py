"""How fast the desk answers on a large queue: p95 of its pages and decisions, and what a page weighs.

    python benchmarks/desk.py [--items 50000] [--articles 200000]

The database is made of made-up rows in a temporary folder. The pages are asked for one after another, without a network
between, and timed in processor time, which other programs do not disturb; a decision waits for the disk besides.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from sqlalchemy import insert  # noqa: E402

from deskkit import Browser, account, client  # noqa: E402
from monitor.app import App  # noqa: E402
from monitor.config import Settings  # noqa: E402
from monitor.model import Entity, Role, WatchlistChange  # noqa: E402
from monitor.store import open_store  # noqa: E402
from monitor.store import tables as t  # noqa: E402
from monitor.web import create_desk  # noqa: E402

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
NAMES = 300
SENTENCE = "Суд продлил арест, сообщили в пресс-службе. Melis Tokoev{n} stays in custody, his lawyer said on Monday. "
FILLER = "Nobody else was let into the room, and the session took less than an hour, as the outlet writes. " * 18


def fill(app: App, items: int, articles: int) -> None:
    random.seed(7)
    people = tuple(Entity(f"e{n}", f"Melis Tokoev{n}") for n in range(NAMES))
    app.store.watchlists.apply(WatchlistChange(added=people), "bench", NOW)
    rows: dict[Any, list[dict[str, Any]]] = {
        x: [] for x in (t.story, t.review_item, t.article, t.article_version, t.story_article, t.hit, t.mention)
    }
    for story in range(1, items + 1):
        seen = NOW - timedelta(minutes=story)
        rows[t.story].append({"id": story, "first_seen": seen})
        rows[t.review_item].append({"id": story, "story": story, "version": 1, "state": "open", "first_seen": seen,
                                    "verdict": None, "until": None, "reopened": "", "reopened_at": None})  # fmt: skip
    for article in range(1, articles + 1):
        story, who = (article - 1) % items + 1, random.randrange(NAMES)
        seen, text = NOW - timedelta(minutes=story), SENTENCE.format(n=who) + FILLER
        start, name = text.index("Melis"), f"Melis Tokoev{who}"
        rows[t.article].append({"id": article, "key": f"k{article}", "outlet": f"Outlet {article % 80}", "country": "KG",
                                "version": 1, "first_seen": seen, "seen": seen, "older": False, "sketch": frozenset(),
                                "names": frozenset(), "numbers": frozenset()})  # fmt: skip
        rows[t.article_version].append({"article": article, "version": 1, "stored": seen, "url": f"https://x.example/{article}",
                                        "title": f"Арест продлён, {article}", "text": text, "text_from": "page",
                                        "language": "ru", "authors": [], "published": seen, "published_source": "",
                                        "fetched": seen, "zones": [], "sha256": "", "dropped": None})  # fmt: skip
        rows[t.story_article].append({"id": article, "story": story, "article": article, "copy_of": None, "rule": "new",
                                      "score": 1.0, "why": "", "filed": seen, "version": 1, "changed": None})  # fmt: skip
        rows[t.hit].append({"id": article, "article": article, "entity": who + 1, "version": 1, "found": seen, "filed": True,
                            "confidence": "strong" if story % 5 else "possible", "alerts": story % 5 > 0, "why": ""})  # fmt: skip
        rows[t.mention].append({"id": article, "hit": article, "version": 1, "field": "text", "start": start,
                                "end": start + len(name), "alias": name, "text": name, "confidence": "strong",
                                "score": 99.0, "why": ["same words"]})  # fmt: skip
    with app.store.database.writing("bench") as connection:
        for table, values in rows.items():
            for first in range(0, len(values), 5000):
                connection.execute(insert(table), values[first : first + 5000])


def p95(times: list[float]) -> int:
    return round(sorted(times)[int(len(times) * 0.95)] * 1000)


def timed(what: Callable[[int], Any], count: int) -> tuple[int, Any]:
    times, last = [], None
    for n in range(count):
        begun = time.process_time()
        last = what(n)
        times.append(time.process_time() - begun)
        assert last.status_code < 400, last.status_code
    return p95(times), last


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=40)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), database_url=f"sqlite:///{folder}/monitor.db")
        app = App(settings, open_store(settings.database_url))
        fill(app, given.items, given.articles)
        browser: Browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER))
        browser.get("/queue")
        queue, page = timed(lambda n: browser.get(f"/queue?page={n % 5 + 1}"), given.times)
        card, _ = timed(lambda n: browser.get(f"/items/{n * 7 + 1}"), given.times)
        decision, _ = timed(
            lambda n: browser.post(f"/items/{n + 1}/decide", {"act": "relevant", "version": 1}), given.times
        )
        search, _ = timed(
            lambda n: browser.post("/queue", {"words": f"tokoev{n + 7} custody"}), max(given.times // 8, 3)
        )
        narrowed, _ = timed(lambda n: browser.get(f"/queue?name={n + 1}"), given.times)
        kilobytes = len(gzip.compress(page.content)) / 1000
        print(json.dumps({"items": given.items, "articles": given.articles, "p95_ms": {"queue": queue, "card": card, "decision": decision, "search": search, "one name": narrowed}, "page_kB_compressed": round(kilobytes, 1)}))  # fmt: skip
        app.close()


if __name__ == "__main__":
    main()
