"""Strangers' files are read in a sandbox: no page of the desk and no command reaches a parser outside one."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import feedparser
import justext.core
import listparser
import lxml.html
import pytest
import trafilatura.core
from lxml import etree

import monitor.extract.page
from kit.desk import OURS, account, client
from kit.direct_sandbox import DirectSandbox
from kit.fetchers import public_loopback
from kit.home import Clock, open_app
from kit.outlets import Outlet, Piece
from kit.outlets import page as outlet_page
from kit.sites import Site, home_of, rss
from monitor.config import watchlist
from monitor.ingest import run as ingest_run
from monitor.ingest import tools
from monitor.model import Role
from monitor.web import create_desk

TEXT = "Melis Tokoev was led away from the court in the morning, said his lawyers, who will appeal. " * 9
PAGE = outlet_page(Outlet("a", "en"), Piece("page", "Court", TEXT))
SITE = b"<!doctype html><link rel=alternate type=application/rss+xml href=/feed><a href=/more>RSS</a>"
OPML = b"<opml version='1.0'><body><outline text='One' xmlUrl='https://one.example/rss'/></body></opml>"
SITEMAP = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>'
UPLOADS = ["name,note\nAzat Nurov,uploaded\n", "entities:\n  - name: Azat Nurov\n    note: uploaded\n"]
PARSERS = [
    (feedparser, "parse"), (listparser, "parse"), (trafilatura.core, "bare_extraction"), (justext.core, "justext"),
    (etree, "fromstring"), (etree, "parse"), (etree, "iterparse"), (etree, "XML"), (etree, "HTML"),
    (lxml.html, "document_fromstring"), (lxml.html, "fromstring"), (lxml.html, "parse"),
    (monitor.extract.page, "document_fromstring"), (watchlist.files, "_read"),
]  # fmt: skip


@dataclass
class Watch:
    """The places where parsers were called: in which stage of a sandbox, or outside."""

    stage: ContextVar[str] = field(default_factory=lambda: ContextVar("stage", default=""))
    inside: set[str] = field(default_factory=set)
    outside: list[str] = field(default_factory=list)

    def around(self, name: str, parser: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            # The watchlist of the home is ours; only what was uploaded is not.
            if name != "_read" or "uploaded" in args[0]:
                (self.inside.add if self.stage.get() else self.outside.append)(self.stage.get() or name)
            return parser(*args, **kwargs)

        return call

    def sandbox(self, tool: object = None) -> DirectSandbox:
        watch = self

        class WatchedSandbox(DirectSandbox):
            async def run(self, stage: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
                token = watch.stage.set(getattr(stage, "__name__", "") or stage.func.__name__)
                try:
                    return await super().run(stage, *args, **kwargs)
                finally:
                    watch.stage.reset(token)

        return WatchedSandbox(tool)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch, monitor: object) -> Watch:  # after `monitor`, which puts in a sandbox, too
    watch = Watch()
    for module, name in PARSERS:
        monkeypatch.setattr(module, name, watch.around(name, getattr(module, name)))
    for module in (ingest_run, tools):
        monkeypatch.setattr(module, "open_sandbox", watch.sandbox)
    return watch


@pytest.fixture
def site() -> Iterator[Site]:
    with public_loopback(), Site() as serving:
        serving.pages |= {
            "/": SITE, "/feed": rss("Kabar", "one"), "/more": SITE, "/page": PAGE, "/sitemap.xml": SITEMAP,
            "/robots.txt": f"Sitemap: {serving.base}/news-sitemap.xml\n".encode(),
        }  # fmt: skip
        yield serving


def test_the_watch_sees_a_parser_that_is_called_outside_a_sandbox(watch: Watch):
    from monitor import parse
    from monitor.config.opml import read_opml
    from monitor.extract import page
    from monitor.parse.discover import feed_links

    for read in (
        lambda: parse.parse_feed(rss("Kabar", "one"), "https://a.example/"),
        lambda: parse.parse_feed(SITEMAP, "https://a.example/"),
        lambda: page.extract(PAGE),
        lambda: feed_links(SITE, "https://a.example/"),
        lambda: read_opml(OPML),
        lambda: watchlist.parse_uploaded(UPLOADS[0], watchlist.Format.CSV, False),
        lambda: watchlist.parse_uploaded(UPLOADS[1], watchlist.Format.YAML, False),
    ):
        watch.outside.clear()
        read()
        assert watch.outside and not watch.inside


DESK: dict[str, tuple[str, Callable[[str], dict[str, Any]], set[str]]] = {
    "look for feeds": ("/sources/look", lambda base: {"data": {"url": base}}, {"parse_feed", "feed_links"}),
    "try names on a link": (
        "/names/add",
        lambda base: {"data": {"names": "Melis Tokoev", "act": "try", "trial": f"{base}/page"}},
        {"extract"},
    ),
    "upload OPML": ("/sources/opml", lambda _: {"files": {"file": ("list.opml", OPML)}}, {"read_opml"}),
    "upload a list": ("/names/import", lambda _: {"files": {"file": ("a.csv", UPLOADS[0])}}, {"parse_uploaded"}),
    "paste a list": ("/names/import", lambda _: {"data": {"text": UPLOADS[1]}}, {"parse_uploaded"}),
}


@pytest.mark.parametrize("action", DESK)
def test_the_desk_reaches_no_parser_but_in_a_sandbox(action: str, watch: Watch, site: Site, tmp_path: Path):
    app = open_app(home_of(site, tmp_path), Clock())
    app.make_sandbox = watch.sandbox
    app.sync_files()
    path, form, stages = DESK[action]
    app.settings = app.settings.model_copy(update={"allow_hosts": frozenset()})
    operator = client(create_desk(app), account(app, "Op", Role.OPERATOR))
    answer = operator.request("POST", path, headers=OURS, **form(site.base))
    assert answer.status_code == 200
    assert watch.outside == [] and watch.inside >= stages
    app.close()


COMMANDS: dict[str, tuple[list[str], set[str]]] = {
    "explain": (["explain", "{base}/page", "--watchlist", "watchlist.yaml"], {"extract"}),
    "explain a file": (["explain", "page.html.gz", "--watchlist", "watchlist.yaml"], {"extract_file"}),
    "extract": (["extract", "{base}/page", "page.html", "page.html.gz"], {"extract", "extract_file"}),
    "match": (["match", "--watchlist", "watchlist.yaml", "page.html", "page.html.gz"], {"extract_file"}),
    "feeds test": (["feeds", "test", "{base}/feed"], {"parse_feed"}),
    "feeds discover": (["feeds", "discover", "{base}/"], {"parse_feed", "feed_links"}),
    "feeds parse": (["feeds", "parse", "feed.xml", "feed.xml.gz"], {"parse_feed_file"}),
    "feeds import": (["feeds", "import", "list.opml"], {"read_opml"}),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_reaches_a_parser_but_in_a_sandbox(command: str, watch: Watch, site: Site, tmp_path: Path, monitor):
    home_of(site, tmp_path)
    files = {"page.html": PAGE, "feed.xml": rss("Kabar", "one"), "list.opml": OPML}
    files |= {f"{name}.gz": gzip.compress(body) for name, body in files.items()}
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    words, stages = COMMANDS[command]
    ended = monitor("--home", tmp_path, *(word.format(base=site.base) for word in words))
    assert ended.code == 0, ended.err
    assert watch.outside == [] and watch.inside >= stages
