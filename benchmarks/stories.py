"""What it costs to file an article in a small, a large and a very large archive, beside LSH in memory.

    python benchmarks/stories.py [--sizes 10000,100000,1000000] [--shared ../shared] [--svg benchmarks/stories.svg]

Measured of us, for each of --probes articles, is all that recognising it takes: its fingerprint from its text (of fifty
at once, or with --each alone, as the line makes it), the candidates from a SQLite file (looked up for fifty at once, as
filing does), placing each in its turn, and the hashes by which it will be found. These stand in the row of its filing:
storing that, its text and its review item is the same with and without them. What a run takes at its first article (the
index of thirty days is read up), and what it comes to when the row is stored in a transaction of its own, are two more
columns. Of datasketch and rensa (where installed): word triples, 128 permutations, query and insert at threshold
0.5, all in memory. CPU time, one core, one run.

Texts are made from the sentences of recorded articles (--shared, no part of this project), or of invented ones; one word
in six is made up, so that word pairs are as rare as in news. Lengths are those of the recorded Russian and Kyrgyz articles. One article in
twenty is an earlier one with 10 % of its words changed. Ten thousand articles a day come in.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import insert, text

from monitor.fingerprint import fingerprint, fingerprints
from monitor.model import Candidate, Fingerprint, Placement
from monitor.pipeline import LinePolicy, in_turn
from monitor.pipeline.filing import LOOKED_UP_AT_ONCE, placement
from monitor.store import Store, articles, open_store
from monitor.store import tables as t

ROOT = Path(__file__).resolve().parent.parent
A_DAY = 10_000
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
COPIES_WITHIN = timedelta(days=30)
BATCH = 2_000
A_ROUND = LOOKED_UP_AT_ONCE  # articles timed at once
LOW = (1 << 20) - 1
RECENT = 5_000  # of these articles one is copied; what is older is only there
OURS, DATASKETCH, RENSA = "monitor, SQLite", "datasketch MinHashLSH", "rensa RMinHashLSH"
INVENTED = "Two people were held in the town of {}, said the lawyer {}. Nobody knows where {} and {} are now. ".split()


# ---- texts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Texts:
    """Article n, the same every time it is asked for."""

    sentences: Sequence[Sequence[Sequence[str]]]  # by language
    lengths: Sequence[Sequence[int]]

    @classmethod
    def of(cls, file: Path) -> Texts:
        rows = [json.loads(line) for line in file.open(encoding="utf-8")] if file.exists() else []
        languages: dict[str, list[list[str]]] = {}
        for row in rows:
            if row["lang"] in {"ru", "ky"}:
                languages.setdefault(row["lang"], []).append(row["text"].split())
        words = [*languages.values()] or [[[*INVENTED] * 8]]
        return cls(
            [[s for w in texts for s in _sentences(w)] for texts in words],
            [sorted(len(w) for w in texts if len(w) > 30) for texts in words],
        )

    def words(self, n: int) -> list[str]:
        rng = random.Random(n)
        if rng.random() < 0.05 and n > 100:
            source = self.words(n - 1 - int(min(n - 1, RECENT) * rng.random()))
            return [_made_up(rng) if rng.random() < 0.1 else word for word in source]
        language = rng.randrange(len(self.sentences))
        length, made = rng.choice(self.lengths[language]), list[str]()
        while len(made) < length:
            made += rng.choice(self.sentences[language])
        return [_made_up(rng) if rng.random() < 1 / 6 else word for word in made[:length]]

    def source_of(self, n: int) -> int | None:
        """The article that this one is a copy of."""
        rng = random.Random(n)
        is_copy = rng.random() < 0.05 and n > 100
        return n - 1 - int(min(n - 1, RECENT) * rng.random()) if is_copy else None


def _sentences(words: Sequence[str]) -> Iterator[list[str]]:
    sentence: list[str] = []
    for word in words:
        sentence.append(word)
        if word[-1] in ".!?…":
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _made_up(rng: random.Random) -> str:
    """One of 30,000, so that nearly every pair with one of them is new, and words are not."""
    number, letters = rng.randrange(30_000), "абвгдежзиклмнопрстуф"
    word = "".join(letters[number * 7919 // 20**place % 20] for place in range(6))
    return word.capitalize() if number % 8 == 0 else word


# ---- methods --------------------------------------------------------------------------------------------------------


class Ours:
    """An archive in a file, filled with what `place` would have made of it."""

    def __init__(self, folder: Path, texts: Texts, *, each: bool = False) -> None:
        self.file, self.texts, self.filled, self.each = folder / "monitor.db", texts, 0, each
        self.store: Store = open_store(f"sqlite:///{self.file}")
        self.committed = self.read_up = 0.0

    def fill(self, size: int) -> None:
        """Not measured: rows as filing leaves them, many in one transaction."""
        if self.filled and size - self.filled > 2 * RECENT:
            self._repeat(size - RECENT)
        while self.filled < size:
            numbers = range(self.filled + 1, min(size, self.filled + BATCH) + 1)
            found = [self.candidate(n) for n in numbers]
            with self.store.database.writing("fill") as connection:
                self._store(connection, found)
                rows = [self._filing(c, adds=self.texts.source_of(c.id) is None) for c in found]
                connection.execute(insert(t.story_article), rows)
            self.filled = numbers[-1]

    def _repeat(self, size: int) -> None:
        """What is stored over again, up to a size; hashes that one article alone has, each has in another way."""
        base = self.filled
        with self.store.database.writing("repeat") as connection:
            raw = connection.connection.dbapi_connection
            held = b"".join(found_by for (found_by,) in raw.execute("SELECT found_by FROM story_article"))
            hashes, counts = np.unique(np.frombuffer(held, "<i4"), return_counts=True)
            alone = {*hashes[(counts == 1) & (hashes >= 0)].tolist()}

            def own(found_by: bytes, more: int) -> bytes:
                its = np.frombuffer(found_by, "<i4").astype(np.int64)
                # What is above stays, since the lowest are looked up; an odd factor takes no two of them to the same.
                other = (its & ~LOW) + ((its * (2 * more + 1) + more) & LOW)
                is_alone = [value in alone for value in its.tolist()]
                return np.where(is_alone, other, its).astype("<i4").tobytes()

            def days(at: str, more: int) -> str:
                return str(datetime.fromisoformat(at) + timedelta(days=more / A_DAY))

            raw.create_function("own", 2, own)
            raw.create_function("days", 2, days)
            for more in range(base, size, base):
                changed = {name: f"{name} + {more}" for name in ("id", "article", "story")} | {
                    name: f"days({name}, {more})" for name in ("seen", "first_seen", "filed")
                }
                changed |= {"key": f"key || '-{more}'", "found_by": f"own(found_by, {more})"}
                for table in (t.article, t.article_version, t.story, t.story_article):
                    names = [column.name for column in table.columns]
                    values = ", ".join(changed.get(name, name) for name in names)
                    copy = f"SELECT {values} FROM {table.name} WHERE {names[0]} <= {min(base, size - more)}"
                    raw.execute(f"INSERT INTO {table.name} ({', '.join(names)}) {copy}")
        self.filled = size

    def candidate(self, n: int, prints: Fingerprint | None = None) -> Candidate:
        words = self.texts.words(n)
        prints = prints or fingerprint(" ".join(words[:9]), " ".join(words))
        return Candidate(n, f"outlet-{n % 150}", "ru", at(n), prints)

    def _store(self, connection: Any, found: Sequence[Candidate]) -> None:
        """What comes before filing, and the story that it makes."""
        rows: dict[Any, list[dict[str, Any]]] = {t.article: [], t.article_version: [], t.story: []}
        for c in found:
            own = t.ArticleRow(id=c.id, key=str(c.id), outlet=c.outlet, first_seen=c.seen, seen=c.seen)
            rows[t.article].append(own.model_dump() | articles.sets_of(c.fingerprint))
            rows[t.article_version].append(
                t.ArticleVersionRow(article=c.id, version=1, stored=c.seen, language="ru", sha256="").model_dump()
            )
            rows[t.story].append({"id": c.id, "first_seen": c.seen})
        for table, values in rows.items():
            connection.execute(insert(table), values)

    @staticmethod
    def _filing(c: Candidate, *, adds: bool) -> dict[str, Any]:
        found_by = articles.found_by(c.fingerprint, text=adds)
        filing = {"id": c.id, "story": c.id, "article": c.id, "filed": c.seen, "found_by": found_by}
        return filing | {"rule": "new", "score": 0.0, "why": "", "version": 1}

    def probe(self, count: int) -> tuple[float, float]:
        """Articles recognised a second, and what part of the copies was found to be one of their source."""
        recognising, stored, placed = list[float](), list[float](), dict[int, Placement]()
        policy, stories, clock = LinePolicy(copies_within=COPIES_WITHIN), self.store.stories, time.process_time
        with stories.filing():
            self.read_up = self._seconds_to_read_up()
            for first in range(self.filled + 1, self.filled + count + 1, A_ROUND):
                numbers = range(first, first + A_ROUND)
                texts = {n: " ".join(self.texts.words(n)) for n in numbers}
                heads = {n: " ".join(self.texts.words(n)[:9]) for n in numbers}
                start = clock()
                parts = [[n] for n in numbers] if self.each else [[*numbers]]
                made = [one for part in parts for one in fingerprints([(heads[n], texts[n]) for n in part])]
                prints = dict(zip(numbers, made, strict=True))
                spent, commits = clock() - start, 0.0
                found = [self.candidate(n, prints[n]) for n in numbers]
                with self.store.database.writing("store") as connection:
                    self._store(connection, found)
                start = clock()
                for article in in_turn(found, stories=stories, policy=policy):
                    n = article.id
                    placed[n] = placement(article, stories, policy)
                    filing = self._filing(article, adds=placed[n].adds)
                    stories.was_filed(filing["id"], filing["filed"], filing["found_by"])
                    placing = clock()
                    with self.store.database.writing("file") as connection:
                        connection.execute(insert(t.story_article), filing)
                    spent += placing - start
                    start = clock()
                    commits += start - placing
                recognising.append(spent)
                stored.append(spent + commits)
        self.committed = a_second(stored)
        sources = {n: source for n in placed if (source := self.texts.source_of(n)) is not None}
        right = sum(
            (found := placed[n].copy_of) is not None and self._root(found) == self._root(source)
            for n, source in sources.items()
        )
        self.filled += count
        return a_second(recognising), right / max(1, len(sources))

    def _seconds_to_read_up(self) -> float:
        """What the first question of a run takes: it reads by what the articles of thirty days are found."""
        now, start = at(self.filled), time.process_time()
        self.store.stories.alike(Candidate(0, "", "ru", now, Fingerprint()), now - COPIES_WITHIN, now)
        return time.process_time() - start

    def _root(self, n: int) -> int:
        while (source := self.texts.source_of(n)) is not None:
            n = source
        return n

    def bytes(self) -> float:
        """An article's: of its fingerprint, and of the hashes by which it is found."""
        sets = " + ".join(f"length({name})" for name in ("found_by", *articles.SETS))
        ask = f"SELECT avg({sets}) FROM article JOIN story_article ON article = article.id WHERE article.id % 97 = 0"
        with self.store.database.reading() as connection:
            return float(connection.scalar(text(ask)))


class Lsh:
    """What one would take first: MinHash of word triples in an index in memory."""

    def __init__(self, texts: Texts, make: Callable[[list[str]], Any], index: Any) -> None:
        self.texts, self.make, self.index, self.filled = texts, make, index, 0

    def fill(self, size: int) -> None:
        for n in range(self.filled + 1, size + 1):
            self.index.insert(n, self.make(_triples(self.texts.words(n))))
        self.filled = size

    def probe(self, count: int) -> tuple[float, float]:
        spent, right, copies = list[float](), 0, 0
        for first in range(self.filled + 1, self.filled + count + 1, A_ROUND):
            bodies = {n: " ".join(self.texts.words(n)) for n in range(first, first + A_ROUND)}
            found: dict[int, list[Any]] = {}
            start = time.process_time()
            for n, body in bodies.items():
                made = self.make(_triples(body.lower().split()))
                found[n] = self.index.query(made)
                self.index.insert(n, made)
            spent.append(time.process_time() - start)
            sources = [(n, source) for n in bodies if (source := self.texts.source_of(n)) is not None]
            copies += len(sources)
            right += sum(source in found[n] for n, source in sources)
        self.filled += count
        return a_second(spent), right / max(1, copies)


def a_second(rounds: Sequence[float]) -> float:
    """Articles a second, of the fastest tenth of the rounds: in the others, other programs had the caches."""
    fastest = sorted(rounds)[: max(1, len(rounds) // 10)]
    return A_ROUND * len(fastest) / sum(fastest)


def _triples(words: Sequence[str]) -> list[str]:
    return [f"{a} {b} {c}" for a, b, c in zip(words, words[1:], words[2:], strict=False)]


def at(n: int) -> datetime:
    return FIRST + timedelta(days=n / A_DAY)


def others(texts: Texts) -> dict[str, Lsh]:
    found = {}
    if datasketch := _installed("datasketch"):

        def make(triples: list[str]) -> Any:
            made = datasketch.MinHash(num_perm=128)
            made.update_batch([triple.encode() for triple in triples])
            return made

        found[DATASKETCH] = Lsh(texts, make, datasketch.MinHashLSH(threshold=0.5, num_perm=128))
    if rensa := _installed("rensa"):

        def minhash(triples: list[str]) -> Any:
            made = rensa.RMinHash(num_perm=128, seed=1)
            made.update(triples)
            return made

        found[RENSA] = Lsh(texts, minhash, rensa.RMinHashLSH(threshold=0.5, num_perm=128, num_bands=32))
    return found


def _installed(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


# ---- table and plot -------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    size: int
    speed: dict[str, float]
    recall: dict[str, float]
    bytes: dict[str, float]
    also: dict[str, float]  # of ours


def memory() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * float(resource.getpagesize())


def table(rows: Sequence[Row]) -> str:
    columns = [name for name in (OURS, DATASKETCH, RENSA) if any(name in row.speed for row in rows)]
    head = [f"{name}: {what}" for name in columns for what in ("a second", "bytes", "copies found")]
    head += ["with a transaction each", "read up, ms"]
    lines = ["| articles | " + " | ".join(head) + " |", "|---" * (len(head) + 1) + "|"]
    for row in rows:
        cells = []
        for name in columns:
            known = name in row.speed
            cells += (
                [f"{row.speed[name]:,.0f}", f"{row.bytes[name]:,.0f}", f"{100 * row.recall[name]:.1f} %"]
                if known
                else ["—"] * 3
            )
        cells += [f"{row.also['committed']:,.0f}", f"{1000 * row.also['read_up']:,.0f}"]
        lines.append(f"| {row.size:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


COLOURS = {OURS: "#0b6e4f", DATASKETCH: "#b3261e", RENSA: "#3b5bdb"}


def plot(rows: Sequence[Row]) -> str:
    """Articles a second by articles stored; both axes logarithmic."""
    left, right, top, bottom, wide, tall = 70, 190, 20, 45, 470, 260
    values = [speed for row in rows for speed in row.speed.values()]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    span = math.log10(rows[-1].size / rows[0].size) or 1

    def spot(size: int, value: float) -> tuple[float, float]:
        x = left + wide * math.log10(size / rows[0].size) / span
        return x, top + tall * (high - math.log10(value)) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + wide + right} {top + tall + bottom}" '
        'font-family="sans-serif" font-size="12"><title>Articles filed a second, by articles stored</title>',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for power in range(low, high + 1):
        y = spot(rows[0].size, 10.0**power)[1]
        parts.append(f'<path d="M{left} {y:.0f}h{wide}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{10**power:,}</text>')
    for row in rows:
        x = spot(row.size, 10.0**low)[0]
        parts.append(f'<text x="{x:.0f}" y="{top + tall + 18}" text-anchor="middle">{row.size:,}</text>')
    parts.append(f'<text x="{left}" y="{top + tall + 38}">articles stored; articles a second of one core</text>')
    for name, colour in COLOURS.items():
        points = [spot(row.size, row.speed[name]) for row in rows if name in row.speed]
        if points:
            line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
            x, y = points[-1]
            parts.append(f'<text x="{x + 8:.0f}" y="{y + 4:.0f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>\n"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000", help="articles stored, joined by commas")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder that holds data/")
    parser.add_argument("--probes", type=int, default=2000, help="articles measured at each size")
    parser.add_argument("--most-in-memory", type=int, default=100_000, help="articles at which the others stop")
    parser.add_argument("--each", action="store_true", help="one fingerprint at a time, as articles come in")
    parser.add_argument("--folder", type=Path, default=None, help="where the archive is made; default: a temporary one")
    parser.add_argument("--svg", type=Path, default=ROOT / "benchmarks" / "stories.svg")
    arguments = parser.parse_args()
    texts = Texts.of(arguments.shared / "data" / "stories" / "articles.jsonl")
    words = statistics.mean(len(texts.words(n)) for n in range(1, 500))
    print(f"articles of {words:.0f} words on average, CPU time of one core", file=sys.stderr)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        methods: dict[str, Ours | Lsh] = {OURS: Ours(Path(folder), texts, each=arguments.each), **others(texts)}
        grown = dict.fromkeys(methods, 0.0)
        for size in map(int, arguments.sizes.split(",")):
            row = Row(size, {}, {}, {}, {})
            for name, method in methods.items():
                if isinstance(method, Lsh) and size > arguments.most_in_memory:
                    continue
                before = memory()
                method.fill(size)
                row.speed[name], row.recall[name] = method.probe(arguments.probes)
                grown[name] += memory() - before
                row.bytes[name] = method.bytes() if isinstance(method, Ours) else grown[name] / method.filled
            ours = methods[OURS]
            assert isinstance(ours, Ours)
            row.also.update(committed=ours.committed, read_up=ours.read_up)
            rows.append(row)
            print(table(rows[-1:]), file=sys.stderr, flush=True)
    print(table(rows))
    arguments.svg.write_text(plot(rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
