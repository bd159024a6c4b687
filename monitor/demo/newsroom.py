"""I/O: the bundled newsroom, served over real HTTP on loopback, one port an outlet."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import urlsplit

from monitor.demo.content import Outlet, PageState, Piece, load_outlets
from monitor.demo.render import CONTENT_TYPES, article_page, front_page, render_feed

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Resource:
    """What the server has under one path."""

    body: bytes
    content_type: str
    status: HTTPStatus = HTTPStatus.OK

    @property
    def etag(self) -> str:
        return f'"{hashlib.blake2b(self.body, digest_size=8).hexdigest()}"'


class Newsroom:
    """The invented outlets, up while the context lasts; dates in feeds and on pages are relative to `now`.

    `move_on` takes all of them to their second state, where some pieces have been edited and some are new.
    """

    def __init__(self, now: datetime, outlets: Sequence[Outlet] | None = None) -> None:
        self.now = now
        self.outlets = tuple(load_outlets() if outlets is None else outlets)
        self._servers: dict[str, _OutletServer] = {}

    def __enter__(self) -> Newsroom:
        try:
            for outlet in self.outlets:
                self._servers[outlet.id] = _OutletServer(outlet, self.now)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        while self._servers:
            self._servers.popitem()[1].stop()

    def move_on(self, now: datetime) -> None:
        """Serve the second state from here on, as it is at `now`; once. What has not changed keeps its validators."""
        for outlet in self.outlets:
            self._servers[outlet.id].move_on(outlet, now - self.now, now)

    def feeds_yaml(self) -> str:
        """The text of a feeds.yaml for these outlets, in the ports they have now."""
        rows = (
            f"  - url: {self.base(outlet.id)}{outlet.feed_path}\n    outlet: {outlet.name}\n"
            f"    language: {outlet.language}\n    id: {outlet.id}\n"
            for outlet in self.outlets
        )
        return "# The demo's invented outlets, on this machine.\nfeeds:\n" + "".join(rows)

    def allow_hosts(self) -> str:
        """The value of MONITOR_ALLOW_HOSTS that lets the outlets be fetched although they are on loopback."""
        return ",".join(urlsplit(self.base(outlet.id)).netloc for outlet in self.outlets)

    def base(self, outlet: str) -> str:
        """Where an outlet is served. Raises KeyError while it is not up."""
        return self._servers[outlet].base


class _OutletServer(ThreadingHTTPServer):
    """One outlet on a port of its own, answering from threads of its own."""

    def __init__(self, outlet: Outlet, now: datetime) -> None:
        super().__init__((HOST, 0), _Handler)
        self.base = f"http://{HOST}:{self.server_port}"
        self.site = _site(outlet, self.base, now)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.02,), name=f"newsroom-{outlet.id}", daemon=True
        )
        self._thread.start()

    def move_on(self, outlet: Outlet, passed: timedelta, now: datetime) -> None:
        """A request is answered from the old site or from the new one: they are swapped as a whole."""
        if outlet.moves:
            later, before = outlet.later(passed), self.site
            # Pages that are neither new nor edited keep the teasers they had.
            untouched = {piece.path for piece in later.pieces if piece.path in before and piece.edit_age is None}
            self.site = {**_site(later, self.base, now), **{path: before[path] for path in untouched}}

    def server_bind(self) -> None:
        """Without HTTPServer's look-up of the host's full name, which can hang where there is no network."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _OutletServer
    protocol_version = "HTTP/1.1"
    server_version = "newsroom"
    sys_version = ""
    timeout = 10  # seconds an idle connection is kept
    wbufsize = -1  # head and body leave together: apart, delayed acknowledgements cost 40 ms a request
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: standard error belongs to the demo."""

    def do_GET(self) -> None:
        found = self.server.site.get(urlsplit(self.path).path, _NOT_FOUND)
        good = found.status is HTTPStatus.OK
        unchanged = good and found.etag in self.headers.get("If-None-Match", "")
        self.send_response(HTTPStatus.NOT_MODIFIED if unchanged else found.status)
        if good:
            self.send_header("ETag", found.etag)
        if not unchanged:
            self.send_header("Content-Type", found.content_type)
            self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if not unchanged:
            self.wfile.write(found.body)


_NOT_FOUND = Resource(b"<!DOCTYPE html><title>404</title><h1>404</h1>\n", "text/html", HTTPStatus.NOT_FOUND)
_REFUSED = Resource(
    b"<!DOCTYPE html><title>403 Forbidden</title><h1>Access denied</h1>\n", "text/html", HTTPStatus.FORBIDDEN
)
_GONE = Resource(b"<!DOCTYPE html><title>410 Gone</title><h1>410</h1>\n", "text/html", HTTPStatus.GONE)
_BUSY = Resource(b"<!DOCTYPE html><title>503</title><h1>503</h1>\n", "text/html", HTTPStatus.SERVICE_UNAVAILABLE)


def _site(outlet: Outlet, base: str, now: datetime) -> Mapping[str, Resource]:
    """Everything an outlet serves, by path. Rendered once: the dates stand still, so the validators do."""
    charset = f"; charset={outlet.charset}"
    feed = Resource(render_feed(outlet, base, now), CONTENT_TYPES[outlet.format])  # the XML prolog tells the charset
    site = {
        "/": Resource(front_page(outlet, base), f"text/html{charset}"),
        "/robots.txt": Resource(b"User-agent: *\nAllow: /\n", "text/plain"),
        outlet.feed_path: _REFUSED if outlet.feed_status == HTTPStatus.FORBIDDEN else feed,
    }
    pieces = {
        piece.path: _page(outlet, piece, base, now) for piece in outlet.pieces if piece.page is not PageState.NONE
    }
    return site | pieces


def _page(outlet: Outlet, piece: Piece, base: str, now: datetime) -> Resource:
    if piece.page is PageState.GONE:
        return _GONE
    if piece.page is PageState.BUSY:
        return _BUSY
    # The charset is told by the page's own meta element alone, as many servers leave it.
    return Resource(article_page(outlet, piece, base, now), "text/html")
