"""How fast names are matched at first reading, beside what one would write first, and how many possible names come of it.

    python benchmarks/match.py [--sizes 100,1000,10000] [--shared ../shared]

Names of the world (`data/names_world.txt` of --shared) are searched in its recorded texts. Every figure is of a fresh
process that has read none of them: its processor time, less that of the same process on a text of one line. Each method
runs `--rounds` times, in turn with the others; the fastest run counts. Prints the table of benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CUTOFF = 85  # of the loop, in percent
LOOP_COMPARISONS = 2_000_000  # names by articles; the loop reads only as many articles as that
OURS, LOOP, EXACT = "monitor", "partial_ratio loop", "pyahocorasick, exact"


class Figures(NamedTuple):
    """The result of one process: seconds of the processor, megabytes read, and possible entities an article."""

    seconds: float
    megabytes: float
    possible: float


# ---- one process ----------------------------------------------------------------------------------------------------


def read_texts(file: Path) -> list[tuple[str, str]]:
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return [(row.get("title") or "", row["text"]) for row in rows if row.get("text")]


def count_megabytes(texts: Sequence[tuple[str, str]]) -> float:
    return sum(len(f"{title}{text}".encode("utf-8", "replace")) for title, text in texts) / 1e6


def by_monitor(names: Sequence[str]) -> Callable[[Sequence[tuple[str, str]]], int]:
    gc.set_threshold(20_000)  # as every command of monitor does
    from monitor.match import compile_watchlist, match_documents  # each process loads its own method
    from monitor.model import Confidence, Document, Entity

    compiled = compile_watchlist(Entity(str(number), name) for number, name in enumerate(names))

    def count_possible(texts: Sequence[tuple[str, str]]) -> int:
        count = 0
        for _, mentions in match_documents((Document("", text, title) for title, text in texts), compiled):
            strong = {mention.entity for mention in mentions if mention.confidence is Confidence.STRONG}
            count += len({mention.entity for mention in mentions} - strong)
        return count

    return count_possible


def by_loop(names: Sequence[str]) -> Callable[[Sequence[tuple[str, str]]], int]:
    from rapidfuzz import fuzz

    return lambda texts: sum(
        fuzz.partial_ratio(name, text, score_cutoff=CUTOFF) >= CUTOFF for _, text in texts for name in names
    )


def by_automaton(names: Sequence[str]) -> Callable[[Sequence[tuple[str, str]]], int]:
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for name in names:
        automaton.add_word(name.lower(), name)
    automaton.make_automaton()
    return lambda texts: sum(1 for title, text in texts for _ in automaton.iter(f"{title}\n{text}".lower()))


METHODS = {OURS: by_monitor, LOOP: by_loop, EXACT: by_automaton}


def measure_here(method: str, names_file: Path, size: int, texts_file: Path) -> Figures:
    """Measure one method in this process since it started, without the time to read the file of texts."""
    names = names_file.read_text(encoding="utf-8").split("\n")[:size]
    before = time.process_time()
    texts = read_texts(texts_file)
    reading = time.process_time() - before
    if method == LOOP:
        texts = texts[: max(2, LOOP_COMPARISONS // size)]
    possible = METHODS[method](names)(texts)
    return Figures(time.process_time() - reading, count_megabytes(texts), possible / len(texts))


# ---- many processes -------------------------------------------------------------------------------------------------


def measure(method: str, names_file: Path, size: int, texts_file: Path) -> Figures:
    """Measure one method in a fresh process."""
    command = [sys.executable, __file__, "--one", method, str(names_file), str(size), str(texts_file)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    answer = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return Figures(*json.loads(answer))


def write_texts(shared: Path, folder: Path) -> tuple[Path, Path]:
    """Write all recorded texts into one file, and a text of one line into another."""
    sources = [*sorted(shared.glob("data/names/*/docs.jsonl")), *shared.glob("data/stories/articles.jsonl")]
    all_texts, one_line = folder / "texts.jsonl", folder / "one.jsonl"
    all_texts.write_text("".join(source.read_text(encoding="utf-8") for source in sources), encoding="utf-8")
    one_line.write_text('{"text": "One line."}\n', encoding="utf-8")
    return all_texts, one_line


def table_row(size: int, names_file: Path, files: tuple[Path, Path], rounds: int) -> str:
    """Return the row of a list of `size` names."""
    runs = [
        {method: [measure(method, names_file, size, file) for file in files] for method in METHODS}
        for _ in range(rounds)
    ]
    speed: dict[str, float] = {}
    for method in METHODS:
        megabytes = runs[0][method][0].megabytes
        whole, start = (min(run[method][n].seconds for run in runs) for n in (0, 1))
        speed[method] = megabytes / max(whole - start, 1e-6)
    start = min(run[OURS][1].seconds for run in runs)
    cells = [f"{size:,}", *(f"{speed[method]:.3g}" for method in METHODS), f"{speed[OURS] / speed[LOOP]:,.0f}"]
    return f"| {' | '.join(cells)} | {start:.1f} | {runs[0][OURS][0].possible:.4f} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100,1000,10000", help="names on the list, joined by commas")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder that holds data/")
    parser.add_argument("--rounds", type=int, default=3, help="how often each method runs; the fastest counts")
    parser.add_argument("--one", nargs=4, metavar="ARGUMENT", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        method, names, size, texts = arguments.one
        print(json.dumps(measure_here(method, Path(names), int(size), Path(texts))))
        return 0
    names_file = arguments.shared / "data/names_world.txt"
    if not names_file.is_file():
        print(f"{names_file}: no such file; name the folder of recorded data with --shared", file=sys.stderr)
        return 2
    print("| names | " + " | ".join(METHODS) + " | × loop | start, s | possible entities an article |")
    print("|---" * (len(METHODS) + 4) + "|")
    with tempfile.TemporaryDirectory() as folder:
        files = write_texts(arguments.shared, Path(folder))
        for size in map(int, arguments.sizes.split(",")):
            print(table_row(size, names_file, files, arguments.rounds), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
