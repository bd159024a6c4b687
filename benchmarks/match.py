"""How fast names are matched, beside what one would write first; and how many planted mentions are found.

    python benchmarks/match.py [--sizes 10,100,1000,10000,100000] [--shared ../shared] [--svg FILE]

One run, interleaved, CPU time, one core. Texts: the recorded articles of --shared (no part of this project), or else
generated ones. Names are generated: invented surnames, common given names (so that some words are hot), one organisation
in ten. Prints the tables of benchmarks/README.md and draws the plot.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import ahocorasick
import numpy as np
from rapidfuzz import fuzz, process

from monitor.match import Compiled, compile_watchlist, match_documents
from monitor.model import Document, Entity, EntityType

ROOT = Path(__file__).resolve().parent.parent
CUTOFF = 85
OURS, COLD, STEADY = "monitor, words known", "monitor, cold", "monitor, second half"
LOOP, WINDOWS, AHO, CLEAN = (
    "partial_ratio loop",
    "windows, token_sort_ratio",
    "pyahocorasick, exact",
    "lower + translate",
)

LATIN = dict(zip("абвгдезийклмнопрстуфыэөүң", "abvgdeziyklmnoprstufyeoun", strict=True)) | {
    "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya", "ё": "yo", "ь": "", "ъ": "",
}  # fmt: skip
CYRILLIC = str.maketrans(
    "abcdefghijklmnoprstuvwyzABCDEFGHIJKLMNOPRSTUVWYZ", "абкдефгхижклмнопрстувуизАБКДЕФГХИЖКЛМНОПРСТУВУИЗ"
)
CLEANED = str.maketrans(LATIN)


def romanised(name: str, scheme: int) -> str:
    schemes: list[dict[str, str]] = [
        {},
        {"й": "i", "ж": "j", "х": "h", "я": "ia", "ю": "iu"},
        {"ы": "i", "й": "j", "ь": "'"},
    ]
    table = LATIN | schemes[scheme]
    return "".join(table.get(c.lower(), c).title() if c.isupper() else table.get(c, c) for c in name)


# ---- names ----------------------------------------------------------------------------------------------------------

SYLLABLES = "ба бе бо да до ка ке ко ла ле лу ма ме мо на но ра ро са се та те ту ва жа ша чо ха ны му гу зы дү өл ур эр ал ор".split()
ENGLISH = "bar ber bol dan der gar kel kol lam len lin mar mer mon nor per rick rod sal sel tor tan ten vin win zam ham shaw by hurst ley dge".split()
MEN = "Александр Алексей Андрей Антон Борис Виктор Владимир Дмитрий Иван Максим Олег Павел Сергей Азамат Айбек Бакыт Данияр Канат Нурлан Талант Улан Эркин".split()
WOMEN = "Анна Елена Ирина Мария Ольга Светлана Татьяна Юлия Айгуль Асель Гульнара Жылдыз Назгуль Чынара".split()
BRITONS = "James John Robert Michael William David Richard Joseph Thomas Charles Daniel Paul Mark Mary Linda Susan Sarah".split()
COMMON = (
    "Иванов Петров Сидоров Кузнецов Смирнов Попов Соколов Новиков Морозов Волков Алексеев Лебедев Орлов Макаров".split()
)
COMMON_ENGLISH = (
    "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Moore Jackson Martin White".split()
)
BODIES = "Фонд Союз Комитет Центр Агентство".split()


def invented(rng: random.Random, parts: Sequence[str], count: int) -> str:
    return "".join(rng.choices(parts, k=count)).capitalize()


def watchlist(size: int) -> list[Entity]:
    """The first entries of one long list, so that a longer list holds every shorter one.

    A person has three spellings: as listed, in the other script, surname first; what matches spelling by spelling needs
    them.
    """
    rng = random.Random(7)
    entities = []
    for n in range(size):
        kind = rng.random()
        if kind < 0.1:
            name = f"{rng.choice(BODIES)} «{invented(rng, SYLLABLES, 4)}»"
            entities.append(Entity(f"e{n}", name, EntityType.ORGANIZATION))
            continue
        woman = rng.random() < 0.4
        if kind < 0.75:
            given = rng.choice(WOMEN if woman else MEN)
            stem = invented(rng, SYLLABLES, rng.choice((2, 3, 3))) + rng.choice(("ов", "ев", "ин", "баев", "алиев"))
            surname = (rng.choice(COMMON) if rng.random() < 0.01 else stem) + "а" * woman
            other = romanised(f"{given} {surname}", 0)
        else:
            given = rng.choice(BRITONS)
            surname = rng.choice(COMMON_ENGLISH) if rng.random() < 0.01 else invented(rng, ENGLISH, 3)
            other = f"{given} {surname}".translate(CYRILLIC)
        entities.append(Entity(f"e{n}", f"{given} {surname}", aliases=(other, f"{surname}, {given}")))
    return entities


# ---- texts ----------------------------------------------------------------------------------------------------------


def texts(shared: Path, megabytes: float) -> tuple[list[Document], str]:
    files = [*sorted(shared.glob("data/names/*/docs.jsonl")), *shared.glob("data/stories/articles.jsonl")]
    rows = [json.loads(line) for file in files for line in file.open(encoding="utf-8")]
    found = [Document(str(n), r["text"], r.get("title") or "") for n, r in enumerate(rows) if r.get("text")]
    source = "recorded articles" if found else "generated text"
    random.Random(5).shuffle(found)
    found = found or [*generated(megabytes)]
    kept, size = [], 0.0
    for document in _articles(found):
        if size < megabytes:
            kept.append(document)
            size += weight([document])
    return kept, source


def _articles(found: Sequence[Document]) -> Iterator[Document]:
    """Short texts (some are a sentence) joined to the length of an article."""
    waiting: list[str] = []
    for document in found:
        waiting.append(document.text)
        if sum(map(len, waiting)) >= 2500:
            yield replace(document, text="\n\n".join(waiting))
            waiting = []


def generated(megabytes: float) -> Iterator[Document]:
    """Words by Zipf's law, some of them capitalised, in sentences."""
    rng = random.Random(3)
    vocabulary = [
        invented(rng, SYLLABLES if n % 3 else ENGLISH, rng.choice((1, 2, 3, 4))).lower() for n in range(120_000)
    ]
    odds = np.cumsum([1 / (n + 3) for n in range(len(vocabulary))]).tolist()
    for number in range(int(megabytes * 400)):
        words = rng.choices(vocabulary, cum_weights=odds, k=320)
        words = [w.capitalize() if rng.random() < 0.12 else w + (". " if rng.random() < 0.05 else "") for w in words]
        yield Document(f"g{number}", " ".join(words))


def weight(documents: Sequence[Document]) -> float:
    return sum(len(f"{d.title}{d.text}".encode("utf-8", "replace")) for d in documents) / 1e6


# ---- planted mentions -----------------------------------------------------------------------------------------------

CONSONANTS = tuple("бвгджзйклмнпрстфхцчшщbcdfghjklmnpqrstvwxz")


def declined(word: str) -> str:
    """A dative, as a Russian would write it; Kyrgyz endings come in under their own kind."""
    if word.endswith(("ова", "ева", "ина")):
        return word[:-1] + "ой"
    if word.endswith(("я", "а")):
        return word[:-1] + ("и" if word.endswith("ия") else "е")
    if word.endswith("й"):
        return word[:-1] + "ю"
    return word + "у" if word.endswith(CONSONANTS) and word not in WOMEN else word


def misspelt(rng: random.Random, word: str) -> str:
    place = rng.randrange(len(word))
    letters = "аеиоунтрслвкм" if ord(word[-1]) > 127 else "aeiountrslvkm"
    letter = rng.choice(letters)
    letter = letter.upper() if place == 0 else letter
    changed = {
        "left out": word[:place] + word[place + 1 :],
        "added": word[: place + 1] + letter.lower() + word[place + 1 :],
        "another": word[:place] + letter + word[place + 1 :],
        "swapped": word[:place] + word[place + 1 : place + 2] + word[place].lower() + word[place + 2 :],
    }[rng.choice(("left out", "added", "another", "swapped"))]
    return changed[:1].upper() + changed[1:]


class Seed(NamedTuple):
    document: int
    entity: str
    start: int
    end: int
    kind: str


def change(rng: random.Random, name: str, kind: str) -> str:
    given, surname = name.split()
    long = 1 if len(surname) >= len(given) else 0
    if kind == "inflected":
        endings = [declined(given), declined(surname)]
        return " ".join(endings) if ord(given[0]) > 127 else f"{name}’s"
    if kind == "Kyrgyz case":
        return f"{name}{rng.choice(('дин', 'га', 'ду', 'дан'))}" if ord(given[0]) > 127 else name
    if kind == "typo":
        return f"{given} {misspelt(rng, surname)}" if long else f"{misspelt(rng, given)} {surname}"
    if kind == "transliterated":
        return romanised(name, rng.randrange(3))
    if kind == "surname first":
        return f"{surname} {given}"
    if kind == "inflected, with a typo":
        wrong = misspelt(rng, surname)
        return f"{declined(given)} {declined(wrong)}" if ord(given[0]) > 127 else f"{given} {wrong}’s"
    return {"capitals": name.upper(), "initial": f"{given[0]}. {surname}"}.get(kind, name)


SHARES = {
    "inflected": 20, "typo": 19, "transliterated": 15, "as listed": 12, "Kyrgyz case": 10, "capitals": 8,
    "initial": 6, "surname first": 6, "inflected, with a typo": 4,
}  # fmt: skip
KINDS = random.Random(2).sample([*SHARES], k=sum(SHARES.values()), counts=[*SHARES.values()])


def planted(documents: Sequence[Document], entities: Sequence[Entity], count: int) -> tuple[list[Document], list[Seed]]:
    """Mentions put between two words of running text that are written small, one a document."""
    rng = random.Random(11)
    people = [entity for entity in entities if entity.type is EntityType.PERSON]
    made, seeds = [], []
    for document in documents:
        words = document.text.split(" ")
        gaps = [n for n in range(1, len(words)) if words[n - 1].isalpha() and f"{words[n - 1]}{words[n]}".islower()]
        if not gaps or len(seeds) == count:
            continue
        gap, entity, kind = rng.choice(gaps), rng.choice(people), KINDS[len(seeds) % len(KINDS)]
        mention = change(rng, entity.name, kind)
        before = " ".join(words[:gap])
        seeds.append(Seed(len(made), entity.id, len(before) + 1, len(before) + 1 + len(mention), kind))
        made.append(Document(document.id, " ".join([before, mention, *words[gap:]]), document.title))
    return made, seeds


def recall(compiled: Compiled, documents: Sequence[Document], seeds: Sequence[Seed]) -> dict[str, tuple[int, int]]:
    """By kind: how many planted mentions were found where they stand, clear or possible, of how many."""
    found = [mentions for _, mentions in match_documents(documents, compiled)]
    right: Counter[str] = Counter()
    for seed in seeds:
        spans = [m.span for m in found[seed.document] if m.entity == seed.entity]
        right[seed.kind] += any(s.start < seed.end and seed.start < s.end for s in spans)
    return {kind: (right[kind], total) for kind, total in Counter(seed.kind for seed in seeds).items()}


# ---- methods --------------------------------------------------------------------------------------------------------

Run = Callable[[Sequence[Document]], object]


def cleaned(text: str) -> str:
    return text.lower().translate(CLEANED)


def by_loop(names: Sequence[str]) -> Run:
    return lambda documents: [
        n for d in documents for n in names if fuzz.partial_ratio(n, d.text, score_cutoff=CUTOFF) >= CUTOFF
    ]


def by_windows(names: Sequence[str]) -> Run:
    def run(documents: Sequence[Document]) -> object:
        found = []
        for document in documents:
            words = document.text.split()
            windows = [" ".join(words[n : n + size]) for size in (2, 3) for n in range(len(words) - size + 1)]
            for at in range(0, len(names), 1000):
                some = names[at : at + 1000]
                scores = process.cdist(windows, some, scorer=fuzz.token_sort_ratio, score_cutoff=CUTOFF, dtype=np.uint8)
                found.append(np.argwhere(scores))
        return found

    return run


def by_automaton(names: Sequence[str]) -> Run:
    automaton = ahocorasick.Automaton()
    for name in names:
        automaton.add_word(cleaned(name), name)
    automaton.make_automaton()
    return lambda documents: [found for d in documents for found in automaton.iter(cleaned(d.text))]


def by_us(compiled: Compiled) -> Run:
    return lambda documents: [mentions for _, mentions in match_documents(documents, compiled)]


def speed(run: Run, documents: Sequence[Document]) -> float:
    start = time.process_time()
    run(documents)
    return weight(documents) / (time.process_time() - start)


def memory() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


class Row(NamedTuple):
    size: int
    speeds: dict[str, float]
    recall: dict[str, tuple[int, int]]
    build: float
    grown: float
    entities_per_article: float


def measure(size: int, documents: Sequence[Document], rounds: int, seeds: int) -> Row:
    entities = watchlist(size)
    names = [name for entity in entities for name in entity.names]
    gc.collect()
    before, start = memory(), time.process_time()
    compiled = compile_watchlist(entities)
    by_us(compiled)(documents[:1])  # what is made when it is first asked for
    build, grown = time.process_time() - start, memory() - before
    half = len(documents) // 2
    speeds = {COLD: speed(by_us(compiled), documents[:half]), STEADY: speed(by_us(compiled), documents[half:])}
    few = max(2, min(60, 60_000 // size))
    compared: list[tuple[str, Run, Sequence[Document]]] = [
        (OURS, by_us(compiled), documents[half:]),
        (LOOP, by_loop(names), documents[half : half + few]),
        (WINDOWS, by_windows(names), documents[half : half + few]),
        (AHO, by_automaton(names), documents[half:]),
        (CLEAN, lambda some: [cleaned(d.text) for d in some], documents[half:]),
    ]
    for _ in range(rounds):
        for name, run, some in compared:
            speeds[name] = max(speeds.get(name, 0), speed(run, some))
    pairs = sum(len({m.entity for m in mentions}) for _, mentions in match_documents(documents[half:], compiled))
    found = recall(compiled, *planted(documents, entities, seeds))
    return Row(size, speeds, found, build, grown, pairs / (len(documents) - half))


# ---- tables and plot ------------------------------------------------------------------------------------------------


def tables(rows: Sequence[Row]) -> str:
    columns = [OURS, STEADY, COLD, LOOP, WINDOWS, AHO, CLEAN]
    lines = ["| names | " + " | ".join(columns) + " | × loop | × exact |", "|---" * (len(columns) + 3) + "|"]
    for row in rows:
        s = row.speeds
        cells = [f"{s[c]:.3g}" for c in columns] + [f"{s[OURS] / s[LOOP]:,.0f}", f"{s[OURS] / s[AHO]:.2f}"]
        lines.append(f"| {row.size:,} | " + " | ".join(cells) + " |")
    growth = []
    for name in columns[:-1]:
        first, last = rows[0], rows[-1]
        if last.size > first.size:
            growth.append(f"{name} {math.log(first.speeds[name] / last.speeds[name], last.size / first.size):.2f}")
    kinds = sorted({kind for row in rows for kind in row.recall})
    lines += ["", "Growth exponent (time by names): " + " · ".join(growth) + ".", ""]
    lines += ["| names | build s | memory MB | entities an article | recall | " + " | ".join(kinds) + " |"]
    lines += ["|---" * (len(kinds) + 5) + "|"]
    for row in rows:
        right, total = (sum(pair[n] for pair in row.recall.values()) for n in (0, 1))
        cells = [f"{100 * row.recall[k][0] / row.recall[k][1]:.1f}" if k in row.recall else "" for k in kinds]
        start = f"| {row.size:,} | {row.build:.2f} | {row.grown:.0f} | {row.entities_per_article:.2f} | {100 * right / total:.1f} % | "
        lines.append(start + " | ".join(cells) + " |")
    return "\n".join(lines)


COLOURS = ["#0b6e4f", "#0b6e4f", "#0b6e4f", "#b3261e", "#c77700", "#3b5bdb", "#868e96"]


def plot(rows: Sequence[Row]) -> str:
    """MB/s by names, both axes logarithmic."""
    columns = [OURS, STEADY, COLD, LOOP, WINDOWS, AHO, CLEAN]
    values = [row.speeds[c] for row in rows for c in columns]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    left, right, top, bottom, wide, tall = 60, 190, 20, 40, 470, 320
    span = math.log10(rows[-1].size / rows[0].size) or 1

    def place(size: int, value: float) -> tuple[float, float]:
        x = left + wide * math.log10(size / rows[0].size) / span
        return x, top + tall * (high - math.log10(value)) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + wide + right} {top + tall + bottom}" '
        'font-family="sans-serif" font-size="12"><title>MB of text a second, by names on the list</title>',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for power in range(low, high + 1):
        y = place(rows[0].size, 10.0**power)[1]
        parts.append(f'<path d="M{left} {y:.0f}h{wide}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g}</text>')
    for row in rows:
        x = place(row.size, 1)[0]
        parts.append(f'<text x="{x:.0f}" y="{top + tall + 18}" text-anchor="middle">{row.size:,}</text>')
    parts.append(f'<text x="{left}" y="{top + tall + 35}">names on the list; MB/s of one core</text>')
    taken: list[float] = []
    for column, colour in zip(columns, COLOURS, strict=True):
        points = [place(row.size, row.speeds[column]) for row in rows]
        dash = ' stroke-dasharray="6 3"' if column == STEADY else ' stroke-dasharray="2 3"' if column == COLD else ""
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        y = points[-1][1]
        while any(abs(y - other) < 14 for other in taken):
            y += 2
        taken.append(y)
        parts.append(f'<text x="{left + wide + 8}" y="{y + 4:.0f}" fill="{colour}">{column}</text>')
    return "\n".join([*parts, "</svg>\n"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10,100,1000,10000,100000", help="names on the list, joined by commas")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder that holds data/")
    parser.add_argument("--megabytes", type=float, default=10, help="how much text")
    parser.add_argument("--rounds", type=int, default=3, help="how often each method runs; the fastest counts")
    parser.add_argument("--seeds", type=int, default=2000, help="mentions planted")
    parser.add_argument("--svg", type=Path, help="also draw MB/s by names into this file")
    arguments = parser.parse_args()
    documents, source = texts(arguments.shared, arguments.megabytes)
    print(f"{len(documents):,} {source}, {weight(documents):.1f} MB; MB/s of one core, CPU time", file=sys.stderr)
    rows = []
    for size in map(int, arguments.sizes.split(",")):
        rows.append(measure(size, documents, arguments.rounds, arguments.seeds))
        print(f"{size:,} done", file=sys.stderr, flush=True)
    print(tables(rows))
    if arguments.svg:
        arguments.svg.write_text(plot(rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
