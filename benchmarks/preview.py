"""How fast the preview of unsaved names is on a large archive, and what the index of its texts weighs.

    python benchmarks/preview.py [--articles 100000] [--times 20] [--database URL]

The articles are of invented words, as frequent as words are (Zipf's law), with names planted in them; all are of the
last thirty days. Figures in ms: processor time of this process, and what a clock on the wall says, which counts the
database too. Beside them, in the same run: the same preview without an index, which reads every text as a rescan does.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import numpy as np  # noqa: E402
from sqlalchemy import insert  # noqa: E402

from kit.app import App  # noqa: E402
from monitor.app.names.preview import Preview, preview  # noqa: E402
from monitor.config import Settings  # noqa: E402
from monitor.model import Entity, EntityType, WatchlistChange  # noqa: E402
from monitor.store import open_store  # noqa: E402
from monitor.store import tables as t  # noqa: E402

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
WORDS_OF_ARTICLE, DISTINCT_WORDS = 300, 1_500_000
SYLLABLES = "ба ве гу до жа зи ка лы мо ну пе ра су ты фи хо чи ша эр юн".split()
ENDINGS = "а у ов ом ой ы е нын го да лар ский".split()
GIVEN_NAMES = "Азат Бакыт Гүлзат Динара Эмил Жаныл Канат Мээрим Нургүл Саламат Темир Урмат Чынар Элнура".split()
COMMON_SURNAMES = "Асанов Исаев Осмонов Мамытов Жумабаев".split()
ACRONYMS = "ГКНБ УКМК МВД ФЗП КТРК".split()
PASTED = 50


def rare_names(count: int) -> list[str]:
    chance = random.Random(3)
    return [
        f"{chance.choice(GIVEN_NAMES)} {''.join(chance.choices(SYLLABLES, k=3)).title()}{chance.choice(['ев', 'ов'])}"
        for _ in range(count)
    ]


RARE = rare_names(400)


def fill(app: App, articles: int) -> None:
    """Store articles without hits: rare names in one of a hundred, common ones and acronyms in more."""
    chance, draw = random.Random(7), np.random.default_rng(7)
    words = ["".join(parts) for n in (2, 3, 4) for parts in product(SYLLABLES, repeat=n)]
    vocabulary = [word + ending for word in words for ending in ENDINGS][:DISTINCT_WORDS]
    chance.shuffle(vocabulary)
    # With this exponent and shift 2,276 articles have 110,000 distinct words; as many recorded ones have 125,000.
    shares = np.cumsum(1 / np.arange(5, len(vocabulary) + 5) ** 1.15)
    for start in range(1, articles + 1, 1000):
        numbers = range(start, min(start + 1000, articles + 1))
        drawn = np.searchsorted(shares, draw.random((len(numbers), WORDS_OF_ARTICLE)) * shares[-1]).tolist()
        rows, versions = [], []
        for n, places in zip(numbers, drawn, strict=True):
            parts = [vocabulary[place] for place in places]
            parts[::12] = [part.title() + "." for part in parts[::12]]
            if n % 100 == 0:
                parts[chance.randrange(WORDS_OF_ARTICLE)] = chance.choice(RARE)
            if n % 50 == 0:
                parts[chance.randrange(WORDS_OF_ARTICLE)] = (
                    f"{chance.choice(GIVEN_NAMES)} {chance.choice(COMMON_SURNAMES)}"
                )
            if n % 40 == 0:
                parts[chance.randrange(WORDS_OF_ARTICLE)] = chance.choice(ACRONYMS)
            seen = NOW - timedelta(minutes=29 * 1440 * n / articles)
            rows.append({"id": n, "key": f"k{n}", "outlet": f"Outlet {n % 80}", "first_seen": seen, "seen": seen})
            versions.append(
                {"article": n, "version": 1, "stored": seen, "title": " ".join(parts[:8]), "text": " ".join(parts),
                 "language": "ru", "sha256": ""}
            )  # fmt: skip
        with app.store.database.writing("bench") as connection:
            connection.execute(insert(t.article), rows)
            connection.execute(insert(t.article_version), versions)


def adding(names: Sequence[str], kind: EntityType = EntityType.PERSON) -> WatchlistChange:
    return WatchlistChange(added=tuple(Entity(f"new-{name}", name, kind) for name in names))


def changes(times: int) -> dict[str, list[WatchlistChange]]:
    surnames = [
        adding([f"{given} {surname}"]) for given, surname in zip(GIVEN_NAMES, COMMON_SURNAMES * 3, strict=False)
    ]
    return {
        "a rare name": [adding([name]) for name in RARE[:times]],
        "a common surname": surnames[: max(3, times // 4)],
        "an acronym": [adding([letters], EntityType.ORGANIZATION) for letters in ACRONYMS],
        f"a list of {PASTED}": [adding(RARE[n * PASTED : (n + 1) * PASTED]) for n in range(max(3, times // 4))],
    }


def timed(action: Callable[[], Preview]) -> tuple[float, float, Preview]:
    cpu, wall = time.process_time(), time.perf_counter()
    result = action()
    return time.process_time() - cpu, time.perf_counter() - wall, result


def percentile(times: list[float], share: float) -> int:
    return round(sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000)


def size(app: App) -> int:
    pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    on_server = "SELECT pg_database_size(current_database())"
    with app.store.database.reading() as connection:
        query = pages if connection.dialect.name == "sqlite" else on_server
        return int(connection.exec_driver_sql(query).scalar() or 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--database", help="an empty one; default: a file of its own")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.database or f"sqlite:///{folder}/monitor.db"
        app = App(Settings(home=Path(folder), database_url=url), open_store(url), lambda: NOW)
        app.store.watchlists.apply(adding([f"Мелис Токоев{n}" for n in range(40)]), "bench", NOW)
        fill(app, arguments.articles)
        *reading, by_reading = timed(lambda: preview(app, adding(RARE[:1])))
        before, begun = size(app), time.process_time()
        while app.store.archive.index_texts(250):
            pass
        indexing, weight = time.process_time() - begun, size(app) - before
        print(json.dumps({"articles": arguments.articles, "ms to index an article": 1000 * indexing / arguments.articles,
                          "bytes of index an article": round(weight / arguments.articles),
                          "bytes of all an article": round(before / arguments.articles)}))  # fmt: skip
        print(f"{'without the index':18} cpu {reading[0] * 1000:.0f}  wall {reading[1] * 1000:.0f}")
        for name, of_kind in changes(arguments.times).items():
            preview(app, of_kind[0])  # warms up
            results = [timed(lambda change=change: preview(app, change)) for change in of_kind]  # type: ignore[misc]
            cpu, wall = [one[0] for one in results], [one[1] for one in results]
            articles = sorted(one[2].articles for one in results)[len(results) // 2]
            figures = (
                f"{percentile(cpu, 0.5)} {percentile(cpu, 0.95)}  {percentile(wall, 0.5)} {percentile(wall, 0.95)}"
            )
            print(f"{name:18} cpu p50 p95, wall p50 p95: {figures}  articles {articles}")
        assert preview(app, adding(RARE[:1])).articles == by_reading.articles
        print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000} MB")
        app.close()


if __name__ == "__main__":
    main()
