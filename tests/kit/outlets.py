"""Outlets on loopback, for tests that run the whole line over real HTTP."""

from __future__ import annotations

import hashlib
import html
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass
class Piece:
    """One article of an outlet; `page` None: the server answers `status` for it."""

    path: str
    title: str
    text: str
    age: timedelta = timedelta(hours=2)
    status: int = 200
    summary: str = ""
    link: str | None = None  # as the feed gives it; default: the path, absolute
    headline: str = ""  # of the page; default: the title
    canonical: str = ""
    caption: str = ""
    author: str = ""  # declared by the page, not shown


@dataclass
class Outlet:
    name: str
    language: str
    pieces: list[Piece] = field(default_factory=list)
    status: int = 200  # of the feed


class Loopback:
    """A server on a free port of loopback, which answers while its context lasts."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # a run comes with many connections at once

        handler.log_message = lambda *_: None  # type: ignore[assignment]
        handler.wbufsize = -1  # head and body go together: separately, a delayed acknowledgement costs 40 ms a request
        handler.disable_nagle_algorithm = True
        self.server = Server(("127.0.0.1", 0), handler)
        self.host = f"127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class Web(Loopback):
    """Serves outlets at /NAME/feed.xml and /NAME/PATH; keeps a log of (path, headers); content may change meanwhile."""

    def __init__(self, *outlets: Outlet, now: datetime | None = None) -> None:
        self.outlets = {o.name: o for o in outlets}
        self.now = now or datetime.now(UTC)
        self.date: datetime | None = None  # of all answers; None: the machine's
        self.log: list[tuple[str, dict[str, str]]] = []
        self.held: dict[str, threading.Event] = {}
        self.reached = threading.Event()  # set by a request for a held path
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def date_time_string(self, timestamp: float | None = None) -> str:
                return super().date_time_string(timestamp if web.date is None else web.date.timestamp())

            def do_GET(self) -> None:
                if self.path in web.held:
                    web.reached.set()
                    web.held[self.path].wait(300)
                web.log.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                status, kind, body = web.answer(self.path.split("?")[0])
                tag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
                if status == 200 and self.headers.get("If-None-Match") == tag:
                    status, body = 304, b""
                self.send_response(status)
                self.send_header("ETag", tag)
                if status != 304:
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        super().__init__(Handler)
        self.base = f"http://{self.host}"

    def hold(self, path: str) -> threading.Event:
        """Let requests for a path wait until the event is set."""
        self.reached.clear()
        return self.held.setdefault(path, threading.Event())

    def let_go(self) -> None:
        """Answer all requests again."""
        while self.held:
            self.held.popitem()[1].set()

    def answer(self, path: str) -> tuple[int, str, bytes]:
        name, _, page_path = path.strip("/").partition("/")
        outlet = self.outlets.get(name)
        if outlet is None:
            return 404, "text/plain", b"no such outlet"
        if page_path == "feed.xml":
            return outlet.status, "application/rss+xml", self.rss(outlet)
        for piece in outlet.pieces:
            if piece.path == page_path:
                return piece.status, "text/html; charset=utf-8", page(outlet, piece)
        return 404, "text/plain", b"no such page"

    def rss(self, outlet: Outlet) -> bytes:
        items = ""
        for piece in outlet.pieces:
            link = f"{self.base}/{outlet.name}/{piece.path}" if piece.link is None else piece.link
            items += (
                f"<item><title>{html.escape(piece.title)}</title>"
                + (f"<link>{html.escape(link)}</link>" if link else "")
                + f'<guid isPermaLink="false">{outlet.name}-{piece.path}</guid>'
                + f"<pubDate>{format_datetime(self.now - piece.age)}</pubDate>"
                + f"<description>{html.escape(piece.summary)}</description></item>"
            )
        return (
            f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{html.escape(outlet.name)}</title>'
            f"<link>{self.base}/{outlet.name}/</link><description>invented</description>{items}</channel></rss>"
        ).encode()

    def feeds_yaml(self) -> str:
        form = "  - url: {0}/{1}/feed.xml\n    id: {1}\n    outlet: {1}\n    language: {2}\n"
        return "feeds:\n" + "".join(
            form.format(self.base, outlet.name, outlet.language) for outlet in self.outlets.values()
        )


def page(outlet: Outlet, piece: Piece) -> bytes:
    paragraphs = "".join(f"<p>{html.escape(p)}</p>" for p in piece.text.split("\n") if p.strip())
    return (
        f'<!doctype html><html lang="{outlet.language}"><head><meta charset="utf-8">'
        f"<title>{html.escape(piece.headline or piece.title)} | {html.escape(outlet.name)}</title>"
        f"{f'<link rel=canonical href={piece.canonical}>' if piece.canonical else ''}"
        f"{f'<meta name=author content={piece.author!r}>' if piece.author else ''}</head><body>"
        f"<header><nav><a href='/'>{html.escape(outlet.name)}</a></nav></header>"
        f"<main><article><h1>{html.escape(piece.headline or piece.title)}</h1>{paragraphs}"
        f"<figure><img src=x><figcaption>{html.escape(piece.caption)}</figcaption></figure></article></main>"
        f"<footer>Invented for a test.</footer></body></html>"
    ).encode()
