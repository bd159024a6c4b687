"""The lab: outlets on loopback, each a fault server of its own, in a thread; and the real monitor over them.

A row of a table is an `Outlet`: its name, what it answers at each path, and what is then expected of it. An answer is
bytes, a function that writes one, or a list of answers: the first request gets the first, the last stays. `Seen` is
what is looked at afterwards: what the server logged, and what the database holds.
"""

from __future__ import annotations

import asyncio
import html
import os
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from kit.fault_server import Answer, FaultServer, free_socket, listening, ok
from monitor.model import parse_marked

MONITOR = Path(sys.executable).with_name("monitor")
ROOT = Path(__file__).parents[2]
WATCHLIST = "entities: [Nobody Inparticular]\n"


DEAD = b"nobody listens at this port"

# ---- what outlets serve -------------------------------------------------------------------------------------------


def item(title: str = "", link: str = "", guid: str = "", **fields: str) -> str:
    parts = {"title": title, "link": link, "guid": guid} | fields
    return "<item>" + "".join(f"<{k}>{html.escape(v)}</{k}>" for k, v in parts.items() if v) + "</item>"


def rss(*items: str, encoding: str = "utf-8", head: str = "") -> bytes:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{head}<rss version="2.0"><channel><title>Outlet</title>'
    return f"{text}{''.join(items)}</channel></rss>".encode()


def feed(*links: str, headers: Sequence[str] = ()) -> bytes:
    """Return a feed whose items have their links as titles."""
    return ok(rss(*(item(link, link, link) for link in links)), "Content-Type: application/rss+xml", *headers)


def page(text: str, title: str = "", *headers: str, kind: str = "text/html; charset=utf-8") -> bytes:
    return ok(web_page(text, title).encode(), f"Content-Type: {kind}", *headers)


def web_page(text: str, title: str = "", head: str = '<meta charset="utf-8">') -> str:
    body = "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n"))
    return f"<!doctype html><html><head>{head}<title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"


def to(place: str, status: str = "302 Found") -> bytes:
    return ok(b"", f"Location: {place}", status=status)


# ---- the outlets --------------------------------------------------------------------------------------------------


@dataclass
class Outlet:
    """A row: what it answers at each path (`/feed` is its feed), and what is expected of it after the visit.

    `answers` may be a function of the lab, for answers that name an outlet's place.
    """

    name: str
    answers: Mapping[str, Answer] | Callable[[Lab], Mapping[str, Answer]]
    expect: Callable[[Visit], None] = lambda _: None
    tls: ssl.SSLContext | None = None
    scheme: str = "http"
    allowed: bool = True  # whether MONITOR_ALLOW_HOSTS names it
    listed: bool = True  # whether feeds.yaml does


class Lab:
    """Serves the outlets, each on a port of its own, until the end of the `with`."""

    def __init__(self, *outlets: Outlet) -> None:
        self.outlets = {outlet.name: outlet for outlet in outlets}
        self.servers: dict[str, FaultServer] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._up, self._down = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Lab:
        self._thread.start()
        assert self._up.wait(300)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._down.set)
        self._thread.join(30)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        at = {name: free_socket() for name in self.outlets}
        self.servers = {name: FaultServer(port=port) for name, (_, port) in at.items()}
        async with AsyncExitStack() as stack:
            for name, outlet in self.outlets.items():
                answers = outlet.answers(self) if callable(outlet.answers) else outlet.answers
                server = self.servers[name]
                server.paths = {
                    path: [*answer] if isinstance(answer, list) else answer for path, answer in answers.items()
                }
                stack.callback(at[name][0].close)
                if answers.get("/feed") is not DEAD:  # else the port is kept, and nobody listens
                    await stack.enter_async_context(listening(server.serve, at[name][0], outlet.tls))
            self._up.set()
            await self._down.wait()

    def url(self, name: str, path: str = "/") -> str:
        return f"{self.outlets[name].scheme}://{self.servers[name].place}{path}"

    @property
    def hosts(self) -> str:
        return ",".join(self.servers[name].place for name, outlet in self.outlets.items() if outlet.allowed)

    def home(self, folder: Path, watchlist: str = WATCHLIST, settings: Sequence[str] = ("HOST_GAP=0",)) -> Path:
        """Return a home with these outlets' feeds, and their host:port allowed."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["feeds:"]
        for name in (name for name, outlet in self.outlets.items() if outlet.listed):
            lines += [f"  - url: {self.url(name, '/feed')}", f"    id: {name}", f"    outlet: {name}"]
        (folder / "feeds.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "watchlist.yaml").write_text(watchlist, encoding="utf-8")
        env = "".join(f"MONITOR_{setting}\n" for setting in (f"ALLOW_HOSTS={self.hosts}", *settings))
        (folder / "monitor.env").write_text(env, encoding="utf-8")
        return folder


# ---- a run, and what it left --------------------------------------------------------------------------------------


@dataclass
class Ran:
    """The exit code and output of a run of the command, and what its processes took."""

    code: int
    seconds: float
    out: str
    most_memory: list[int] = field(default_factory=list)  # bytes, by process, shared pages counted once (PSS)
    command_lines: set[str] = field(default_factory=set)


@contextmanager
def short_way_to(folder: Path) -> Iterator[str]:
    """Pytest's paths may be longer than a socket's can be, which lies in TMPDIR."""
    with tempfile.TemporaryDirectory() as short:
        way = Path(short, "t")
        way.symlink_to(folder)
        yield str(way)


def ingest(home: Path, *options: str, environ: Mapping[str, str] | None = None) -> Ran:
    """`monitor ingest` as cron would run it, watched four times a second."""
    began = time.monotonic()
    command = [str(MONITOR), "--home", str(home), "ingest", *options]
    with (home / "out.txt").open("wb") as out, short_way_to(home) as temporary:
        env = {"PATH": os.environ["PATH"], "LANG": "C", "PYTHONPATH": str(ROOT), "TMPDIR": temporary} | (environ or {})
        process = psutil.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env, cwd="/")
        ran = Ran(0, 0, "")
        while process.poll() is None:
            if time.monotonic() - began > 240:
                process.kill()
            _watch(process, ran)
            time.sleep(0.25)
    ran.code, ran.seconds = process.returncode, time.monotonic() - began
    ran.out = (home / "out.txt").read_text(encoding="utf-8", errors="replace")
    return ran


def _watch(process: psutil.Process, ran: Ran) -> None:
    memory = []
    with suppress(psutil.NoSuchProcess):
        for member in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                memory.append(member.memory_full_info().pss)
                ran.command_lines.add(" ".join(member.cmdline()))
    ran.most_memory = max(ran.most_memory, memory, key=sum)


@dataclass
class Entry:
    title: str
    url: str
    outcome: str
    detail: str
    tries: int
    text: str
    text_from: str


@dataclass
class Visit:
    """One outlet after a run: its server's log, its feed's row, its entries by title."""

    server: FaultServer
    feed: dict[str, object]
    entries: list[Entry]

    def __getitem__(self, title: str) -> Entry:
        (single_entry,) = [entry for entry in self.entries if entry.title == title]
        return single_entry

    def requests(self, path: str) -> list[dict[str, str]]:
        """Return the headers of each request for a path."""
        return [headers for target, headers, _ in self.server.requests if target == path]

    @property
    def paths(self) -> list[str]:
        return [target for target, _, _ in self.server.requests if target != "/robots.txt"]


def visit_of(lab: Lab, home: Path, name: str) -> Visit:
    with sqlite3.connect(f"file:{home / 'monitor.db'}?mode=ro", uri=True) as database:
        database.row_factory = sqlite3.Row
        row = database.execute("select * from feed where id = ?", (name,)).fetchone()
        entries = database.execute(
            "select e.title, e.url, e.outcome, e.detail, e.tries, coalesce(v.text, '') as text,"
            " coalesce(v.text_from, '') as text_from from entry e left join article a on a.id = e.article"
            " left join article_version v on v.article = a.id and v.version = a.version where e.feed = ? order by e.id",
            (row["number"],),
        ).fetchall()
    return Visit(lab.servers[name], _readable(row), [Entry(**_readable(entry)) for entry in entries])


def _readable(row: sqlite3.Row) -> dict[str, Any]:
    return dict(row) | {"detail": str(parse_marked(row["detail"]))}
