"""Nothing that leaves this machine, and nothing it writes beside its database, tells whom we watch.

The same requests, byte for byte and in the same order, whoever is on the list (`test_timing.py`: and as soon); and a canary's name in no log, request, argument or temporary
file of a run in which everything fails that can.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from kit.app import App
from kit.direct_sandbox import DirectSandbox
from kit.fault_server import ok
from kit.home import Clock
from kit.lab import ROOT, Lab, Outlet, feed, ingest, item, page, rss
from monitor.app.files import sync_feeds
from monitor.config import load_settings
from monitor.fetch.client import WebFetcher
from monitor.home import Home
from monitor.ports import Response
from monitor.store import open_store

START = Clock().now
CANARY = "Зжанат Канарейкина"
LATIN = "Zzhanat Kanareikina"
WATCHED = f"entities:\n  - id: canary-7f3a\n    name: {CANARY}\n    aliases: [{LATIN}]\n"
CLOSED = f"{WATCHED}    sensitive: true\n"
OTHER_LIST = "entities:\n  - id: melis\n    name: Melis Tokoev\n    aliases: [Мелис Токоев]\n"
NEWS = f"Журналистка {CANARY} вызвана в суд Бишкека на допрос по делу о призывах, сообщила редакция.\n" * 8
OTHER_NEWS = "Журналист Мелис Токоев вызван в суд Бишкека на допрос по делу о призывах, сообщила редакция.\n" * 8


KNOWS = {"monitor.db", "monitor.db-wal", "watchlist.yaml"}


def outlets() -> list[Outlet]:
    return [
        Outlet(
            "post",
            {
                "/feed": feed("/a", "/b", "/c", "/gone"),
                "/a": page(NEWS),
                "/b": page(OTHER_NEWS),
                "/c": page("Погода. " * 90),
            },
        ),
        Outlet("herald", {"/feed": feed("/a", "/b"), "/a": page(NEWS, CANARY), "/b": ok(b"", status="500 Oops")}),
        Outlet("wire", {"/feed": ok(rss(item(CANARY, "/a", "1", description=NEWS))), "/a": ok(b"", status="403 No")}),
        Outlet("ping", {"/done": ok(b"OK")}, listed=False),
    ]


def sync_feeds_alone(home: Home) -> list[str]:
    """As with an empty list, which no file can be."""
    return sync_feeds(home.settings.feeds, home.store, home.clock())


def requests_of(lab: Lab, home: Path, is_watching: bool = True) -> Counter[tuple[str, bytes]]:
    """Of three runs over a new home, the later ones with known articles to look at again."""
    for server in lab.servers.values():
        server.heads.clear()
    settings = load_settings(home, {}, home)
    for hours in (0, 7, 31):
        app = App(settings, open_store(settings.database_url), Clock(START + timedelta(hours=hours)), DirectSandbox)
        with pytest.MonkeyPatch.context() as patch:
            if not is_watching:
                patch.setattr("monitor.app.runs.sync_files", sync_feeds_alone)
            app.ingest(include_not_due=True)
        app.close()
    return Counter((name, head) for name, server in lab.servers.items() for head in server.heads)


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the requested addresses, in order, as long as the test runs."""
    addresses: list[str] = []
    get = WebFetcher.get

    async def noted(self: WebFetcher, url: str, *arguments: object, **named: object) -> Response:
        addresses.append(url)
        return await get(self, url, *arguments, **named)

    monkeypatch.setattr(WebFetcher, "get", noted)
    return addresses


@pytest.mark.check
def test_each_outlet_is_asked_in_the_same_order_whoever_is_watched(tmp_path, order):
    orders = []
    pages = {f"/{n}": page((NEWS if n % 3 else OTHER_NEWS) * n) for n in range(30)}
    with Lab(Outlet("post", {"/feed": feed(*pages)} | pages), *outlets()[1:]) as lab:
        for name, (watchlist, is_watching) in {
            "one": (WATCHED, True),
            "another": (OTHER_LIST, True),
            "closed": (CLOSED, True),
            "nobody": (WATCHED, False),
        }.items():
            requests_of(lab, lab.home(tmp_path / name, watchlist), is_watching)
            places = [server.place for server in lab.servers.values()]
            orders.append([[url for url in order if place in url] for place in places])
            order.clear()
    assert orders[0] == orders[1] == orders[2] == orders[3]
    assert len(orders[0][0]) > 60  # the pages, and once more after seven hours


@pytest.mark.check
def test_the_same_requests_go_out_byte_for_byte_whoever_is_watched(tmp_path):
    with Lab(*outlets()) as lab:
        settings = ("HOST_GAP=0", f"PING_URL={lab.url('ping', '/done')}")
        requests = [
            requests_of(lab, lab.home(tmp_path / "one", WATCHED, settings)),
            requests_of(lab, lab.home(tmp_path / "another", OTHER_LIST, settings)),
            requests_of(lab, lab.home(tmp_path / "closed", CLOSED, settings)),
            requests_of(lab, lab.home(tmp_path / "nobody", WATCHED, settings), False),
        ]
    assert requests[0] == requests[1] == requests[2] == requests[3]
    assert sum(n for (name, head), n in requests[0].items() if name == "post" and head.startswith(b"GET /a ")) > 1
    assert sum(requests[0].values()) > 15 and {name for name, _ in requests[0]} == {"post", "herald", "wire", "ping"}


# What a bug of ours would do: fail with the text it was given in its message.
BUGS = """
from monitor.ingest import filing, matching, tools, visit
from monitor.extract.page import extract as _extract
from monitor.parse import parse_feed as _parse_feed

def extract(body, *more):
    if b"BREAK" in body:
        raise ValueError(body.decode())
    return _extract(body, *more)

def parse_feed(body, *more):
    if b"BREAK" in body:
        raise ValueError(body.decode())
    return _parse_feed(body, *more)

def found_in(*given, real=matching.hits_of_articles):
    for article, hits in real(*given):
        if "BUG" in article.text:
            raise RuntimeError(article.title, article.text, hits)
        yield article, hits

def file_article(article, real=filing.file_article, **more):
    if article.outlet == "breaks":
        raise KeyError(article)
    return real(article, **more)

tools.extract, visit.parse_feed = extract, parse_feed
matching.hits_of_articles, filing.file_article = found_in, file_article
"""


@pytest.mark.check
def test_a_watched_name_is_in_no_log_request_argument_traceback_or_temporary_file(tmp_path):
    broken = {f"/{word.lower()}": page(NEWS + word) for word in ("BREAK", "BUG")}
    broken_outlets = [
        Outlet("breaks", {"/feed": feed("/a", *broken), "/a": page(NEWS)} | broken),
        Outlet("unreadable", {"/feed": ok(rss(item(CANARY + " BREAK", "/a")))}),
        Outlet("cut", {"/feed": ok(rss(item(CANARY, "/a", "1", description=NEWS))[:-40])}),
    ]
    (tmp_path / "sitecustomize.py").write_text(BUGS, encoding="utf-8")
    with Lab(*outlets(), *broken_outlets) as lab:
        settings = (
            "HOST_GAP=0",
            f"PING_URL={lab.url('ping', '/nothing')}",
            "DIGEST_TO=a@lake.example",
            "SMTP_URL=smtp://localhost:1?tls=none",
        )
        home = lab.home(tmp_path / "home", WATCHED, settings)
        ran = ingest(home, "-v", environ={"PYTHONPATH": f"{tmp_path}:{ROOT}"})
        heads = [head for server in lab.servers.values() for head in server.heads]
    with sqlite3.connect(home / "monitor.db") as database:
        item_count = database.execute("select count(*) from review_item").fetchone()
        details = database.execute("select detail from feed union select detail from entry").fetchall()
        problems = database.execute("select problems from run").fetchall()
    assert item_count >= (1,) and ran.code == 0, ran.out
    for bug in ("ValueError", "RuntimeError", "KeyError", "MONITOR_PING_URL could not be reached"):
        assert bug in ran.out + str(details)
    written = [path.read_bytes() for path in home.rglob("*") if path.is_file() and path.name not in KNOWS]
    everything = b"\n".join([*heads, *written, *(line.encode() for line in ran.command_lines)])
    everything += f"{ran.out}{details}{problems}".encode()
    for name in (CANARY, LATIN, "canary-7f3a", *CANARY.split(), *LATIN.split()):
        for spelling in (name.encode(), name.lower().encode(), quote(name).encode(), name.encode("cp1251", "ignore")):
            assert spelling not in everything
