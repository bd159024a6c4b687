"""The whole line beside the script of an afternoon (`afternoon.py`), in turns: processor time of every process, memory.

    python benchmarks/line.py [--names 10,100,1000,10000] [--shared ../shared] [--stacks monitor,script]

Pages are served over loopback: the recorded ones of --shared (no part of this project), or else generated ones. The
marginal cost of an article is that of five (--copies) times the pages less once the pages. Prints the tables of README.md.
"""

from __future__ import annotations

import argparse
import compileall
import ctypes
import gzip
import html
import http.server
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
COPIES = 5  # of each page in the longer run; with more, the start-up weighs less, of which 10,000 names take 15 s
TRICKLED_EDITION = 1_000  # of a page that comes after the first run
ENTRIES_A_FEED = 2
TRICKLE = 10  # in an hour, one feed of so many brings an article
SCRIPT_WORK = 200_000  # names times pages: the loop of the script takes hours for all pages
SAMPLE_SECONDS = 0.2
CRON_STARTS = 144  # a day, ten minutes apart
SYLLABLES = "ба бе бо да до ка ко ла ле ма ме но ра ро са та ту жа ша чо bar ber dan gar kel len mar mon nor rick sal tor ham".split()
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Page:
    """A page and its headline."""

    title: str
    body: bytes


# ---- pages ----------------------------------------------------------------------------------------------------------


def recorded_pages(shared: Path) -> list[Page]:
    folder = shared / "data" / "pages"
    gold = folder / "gold.jsonl"
    rows = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()] if gold.exists() else []
    return [Page(row["title"] or "Untitled", gzip.decompress((folder / row["file"]).read_bytes())) for row in rows]


def watched_names(shared: Path, size: int) -> list[str]:
    """Return names of the world, of --shared, or else invented ones; a longer list begins like a shorter one."""
    file = shared / "data/names_world.txt"
    if file.exists():
        return file.read_text(encoding="utf-8").split("\n")[:size]
    rng = random.Random(7)
    return [f"{invented_word(rng, 2)} {invented_word(rng, 3)}" for _ in range(size)]


def invented_word(rng: random.Random, syllables: int) -> str:
    return "".join(rng.choices(SYLLABLES, k=syllables)).capitalize()


def generated_pages(count: int) -> list[Page]:
    """Return pages of the size and make of recorded ones: scripts, styles, menus, teasers, and a story."""
    rng = random.Random(11)
    words = [invented_word(rng, rng.choice((1, 2, 3))).lower() for _ in range(20_000)]

    def sentence(length: int) -> str:
        return " ".join(rng.choices(words, k=length)).capitalize()

    def teaser(number: int) -> str:
        return (
            f'<div class="card card--{number} teaser"><a href="/{number}"><span>{sentence(8)}</span></a>'
            f'<svg viewBox="0 0 9 9"><path d="M1 1h7v7z"/></svg><time datetime="2026-01-01">1</time></div>'
        )

    pages = []
    for _ in range(count):
        title = sentence(9)
        story = "".join(
            f"<p>{'. '.join(sentence(14) for _ in range(4))} <a href='/tag'>{sentence(2)}</a>.</p>" for _ in range(14)
        )
        declared = {"@type": "NewsArticle", "headline": title, "author": {"name": sentence(2).title()}}
        script = f"<script>var state={json.dumps([sentence(30) for _ in range(250)])}</script>"
        menu = "".join(f'<li class="nav-item"><a href="/{n}">{sentence(2)}</a></li>' for n in range(150))
        pages.append(
            Page(
                title,
                f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title} | News</title>"
                f'<meta property="og:title" content="{title}"><script type="application/ld+json">'
                f"{json.dumps(declared)}</script>{script}<style>{'.a{color:red}' * 3000}</style></head>"
                f"<body><header><nav><ul>{menu}</ul></nav></header><main><article><h1>{title}</h1>{story}"
                f'</article><aside class="related">{"".join(map(teaser, range(120)))}</aside></main>'
                f"<footer>{menu}</footer>{script}</body></html>".encode(),
            )
        )
    return pages


class Newsroom:
    """Outlets on loopback: `copies` of each page are in their feeds, and one page more while `trickle` is set."""

    def __init__(self, pages: Sequence[Page], names: Sequence[str]) -> None:
        context = multiprocessing.get_context("fork")
        # A tenth of the pages names somebody, in words that the script finds too.
        self._pages = [
            Page(page.title, page.body.replace(b"</p>", f" {names[n % len(names)]}.</p>".encode(), 1))
            if n % 10 == 0
            else page
            for n, page in enumerate(pages)
        ]
        self.feeds = [range(n, min(n + ENTRIES_A_FEED, len(pages))) for n in range(0, len(pages), ENTRIES_A_FEED)]
        self.copies, self.trickle, self._started = context.Value("i", 1), context.Value("b", 0), time.time()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._process = context.Process(target=self._server.serve_forever, daemon=True)
        self._process.start()

    def close(self) -> None:
        self._process.terminate()
        self._process.join()

    def _feed(self, number: int) -> bytes:
        editions = list(range(self.copies.value))
        links = [(edition, page) for edition in editions for page in self.feeds[number]]
        if self.trickle.value and number % TRICKLE == 0:
            links.append((TRICKLED_EDITION, self.feeds[number][0]))
        items = "".join(
            f"<item><title>{html.escape(self._pages[page].title)}</title>"
            f"<link>http://{self.address}/{edition}/{page}.html</link>"
            f"<pubDate>{formatdate(self._started - 60 * page, usegmt=True)}</pubDate></item>"
            for edition, page in links
        )
        return f'<rss version="2.0"><channel><title>Feed {number}</title>{items}</channel></rss>'.encode()

    def _answer(self, path: str) -> tuple[str, bytes]:
        folder, _, file = path.strip("/").partition("/")
        number = file.partition(".")[0]
        if not number.isdigit():
            return "text/plain", b""  # robots.txt
        if folder == "feed":
            return "application/rss+xml", self._feed(int(number))
        return "text/html", self._pages[int(number)].body

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        newsroom = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                kind, body = newsroom._answer(self.path)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


# ---- the two stacks -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stack:
    """One of the two programs with a folder of its own; `articles` is how many it holds there."""

    command: Sequence[str]
    environment: dict[str, str]
    articles: Callable[[], int]


def monitor_in(home: Path, feeds: Sequence[str], names: Sequence[str]) -> Stack:
    (home / "feeds.yaml").write_text(
        json.dumps({"feeds": [{"url": url, "outlet": f"Outlet {n}"} for n, url in enumerate(feeds)]})
    )
    # With ids, since names that differ in their writing alone would give the same one.
    entities = [{"id": f"name-{number}", "name": name} for number, name in enumerate(names)]
    (home / "watchlist.yaml").write_text(json.dumps({"entities": entities}))
    host = feeds[0].split("/")[2]
    environment = {"MONITOR_ALLOW_HOSTS": host, "MONITOR_HOST_GAP": "0", "MONITOR_HOME": str(home)}
    command = [str(Path(sys.executable).with_name("monitor")), "ingest"]
    return Stack(command, environment, partial(_rows, home / "monitor.db", "article"))


def script_in(home: Path, feeds: Sequence[str], names: Sequence[str]) -> Stack:
    (home / "feeds").write_text("\n".join(feeds))
    (home / "names").write_text("\n".join(names), encoding="utf-8")
    files = [home / file for file in ("feeds", "names", "script.db")]
    command = [sys.executable, str(ROOT / "benchmarks" / "afternoon.py"), *map(str, files)]
    return Stack(command, {}, partial(_rows, files[2], "article"))


def _rows(database: Path, table: str) -> int:
    import sqlite3

    with sqlite3.connect(database) as connection:
        (count,) = connection.execute(f"select count(*) from {table}").fetchone()
    return int(count)


# ---- measuring ------------------------------------------------------------------------------------------------------


def measure(command: Sequence[str]) -> dict[str, float]:
    """Run a command; return processor seconds, elapsed seconds and the peak PSS in MB of all its processes."""
    # Processes that outlive their parent become our children, so that their time is counted.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start, peak = time.monotonic(), 0
    subprocess.Popen(command, stdout=subprocess.DEVNULL)
    ended = 0.0
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                ended = time.monotonic()
        except ChildProcessError:
            break
        peak = max(peak, sum(map(_pss, psutil.Process().children(recursive=True))))
        time.sleep(SAMPLE_SECONDS)
    times = os.times()
    return {
        "cpu": times.children_user + times.children_system,
        "wall": (ended or time.monotonic()) - start,
        "pss": peak / 1e6,
    }


def _pss(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_full_info().pss)
    return 0


def run(stack: Stack, *extra: str) -> dict[str, float]:
    """Measure one run in a process of its own: it adopts orphans, which this one must not."""
    command = [sys.executable, str(Path(__file__).resolve()), "--measure", *stack.command, *extra]
    before = stack.articles() if Path(stack.articles.args[0]).exists() else 0  # type: ignore[attr-defined]
    output = subprocess.run(command, env=os.environ | stack.environment, check=True, capture_output=True).stdout
    figures: dict[str, float] = json.loads(output)
    return figures | {"articles": stack.articles() - before}


def compare(newsroom: Newsroom, name: str, names: Sequence[str], feeds: Sequence[str], copies: int) -> dict[str, Any]:
    """Measure one stack: a first run, an hour's trickle, a run with nothing new, and a first run of all copies."""
    make = monitor_in if name == "monitor" else script_in
    extra = ["--all"] if name == "monitor" else []
    with tempfile.TemporaryDirectory() as first_home, tempfile.TemporaryDirectory() as second_home:
        stack = make(Path(first_home), feeds, names)
        newsroom.copies.value, newsroom.trickle.value = 1, 0
        first = run(stack)
        newsroom.trickle.value = 1
        trickle = run(stack, *extra)
        nothing_due = run(stack)
        newsroom.copies.value, newsroom.trickle.value = copies, 0
        longer = run(make(Path(second_home), feeds, names))
    marginal = (longer["cpu"] - first["cpu"]) / (longer["articles"] - first["articles"])
    return {
        "marginal": marginal,
        "first": first,
        "trickle": trickle,
        "nothing": nothing_due,
        "longer": longer,
    }


def stages(pages: Sequence[Page], names: Sequence[str]) -> dict[str, float]:
    """Return the processor time in ms an article of the stages that run in workers."""
    from monitor.extract.page import extract
    from monitor.match import compile_watchlist, match_documents
    from monitor.model import Document, Entity
    from monitor.text.charset import decode

    compiled = compile_watchlist(Entity(str(number), name) for number, name in enumerate(names))
    extract(pages[0].body)
    articles = [extract(page.body) for page in pages]
    documents = [
        Document(str(n), article.text, article.title, article.language, article.zones)
        for n, article in enumerate(articles)
    ]
    list(match_documents(documents[:1], compiled))
    timed: dict[str, Callable[[], object]] = {
        "decode": lambda: [decode(page.body) for page in pages],
        "extract, with decoding": lambda: [extract(page.body) for page in pages],
        f"match, {len(names)} names": lambda: list(match_documents(documents, compiled)),
    }
    spent = {}
    for stage, call in timed.items():
        start = time.process_time()
        call()
        spent[stage] = 1000 * (time.process_time() - start) / len(pages)
    return spent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", default="10,100,1000,10000", help="names on the list, joined by commas")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder that holds data/")
    parser.add_argument("--pages", type=int, default=204, help="how many pages at most")
    parser.add_argument("--copies", type=int, default=COPIES, help="of each page in the longer run")
    parser.add_argument("--stacks", default="monitor,script", help="which, joined by commas")
    parser.add_argument("--stages", action="store_true", help="only where the time goes in the workers")
    arguments = parser.parse_args()
    if arguments.copies < 2:
        parser.error("--copies must be 2 or more: an article costs what the copies cost more than the pages once")
    # As an installation has it: with PYTHONDONTWRITEBYTECODE each process would compile every file that was edited.
    compileall.compile_dir(ROOT / "monitor", quiet=1)
    pages = recorded_pages(arguments.shared)[: arguments.pages] or generated_pages(arguments.pages)
    if arguments.stages:
        print(json.dumps(stages(pages, watched_names(arguments.shared, 10)), indent=1))
        return 0
    print("| names | stack | ms an article | first run: articles, s, wall s, MB | with all copies: s, wall s, MB |")
    print("|---|---|---|---|---|", flush=True)
    for size in map(int, arguments.names.split(",")):
        names = watched_names(arguments.shared, size)
        newsroom = Newsroom(pages, names)
        feeds = [f"http://{newsroom.address}/feed/{n}.xml" for n in range(len(newsroom.feeds))]
        for name in arguments.stacks.split(","):
            few = len(feeds) if name == "monitor" else max(5, SCRIPT_WORK // size // ENTRIES_A_FEED)
            row = compare(newsroom, name, names, feeds[:few], arguments.copies)
            first, longer = row["first"], row["longer"]
            print(
                f"| {size:,} | {name} | {1000 * row['marginal']:.1f} "
                f"| {first['articles']}, {first['cpu']:.1f}, {first['wall']:.1f}, {first['pss']:.0f} "
                f"| {longer['cpu']:.1f}, {longer['wall']:.1f}, {longer['pss']:.0f} |"
            )
            trickle, nothing = row["trickle"], row["nothing"]
            print(
                f"an hour's {trickle['articles']} articles {trickle['cpu']:.2f} s; nothing due {nothing['cpu']:.2f} s, "
                f"{CRON_STARTS * nothing['cpu']:.0f} s a day; load {os.getloadavg()[0]:.1f}",
                file=sys.stderr,
                flush=True,
            )
        newsroom.close()
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2:])))
        sys.exit(0)
    sys.exit(main())
