"""I/O: the bundled newsroom, served by HTTP on loopback, a port for each outlet, and a home that reads it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import escape

from monitor.demo.content import FeedFormat, InFeed, Outlet, PageState, Piece, load_outlets, watchlist_text
from monitor.demo.mailbox import DemoMailbox

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Resource:
    """The response of the server for one path."""

    body: bytes
    content_type: str
    status: HTTPStatus = HTTPStatus.OK

    @property
    def etag(self) -> str:
        """Return a strong validator: a hash of the body (RFC 9110, 8.8.3)."""
        return f'"{hashlib.blake2b(self.body, digest_size=8).hexdigest()}"'


class Newsroom:
    """The servers of the invented outlets, as a context manager. Dates in feeds and pages are relative to `now`.

    `move_on` changes all outlets to the second state, in which some pieces are edited and some are new.
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
        """Serve the second state, dated for `now`, from here on. Call it once. Unchanged pages keep their ETags."""
        for outlet in self.outlets:
            self._servers[outlet.id].move_on(outlet, now - self.now, now)

    def feeds_yaml(self) -> str:
        """Return the text of a feeds.yaml for these outlets, with their present ports."""
        rows = (
            f"  - url: {self.base(outlet.id)}{outlet.feed_path}\n    outlet: {outlet.name}\n"
            f"    language: {outlet.language}\n    id: {outlet.id}\n"
            for outlet in self.outlets
        )
        return "# The demo's invented outlets, on this machine.\nfeeds:\n" + "".join(rows)

    def allow_hosts(self) -> str:
        """Return the value of MONITOR_ALLOW_HOSTS that allows fetching from the outlets on loopback."""
        return ",".join(urlsplit(self.base(outlet.id)).netloc for outlet in self.outlets)

    def base(self, outlet: str) -> str:
        """Return the base URL of an outlet. Raises KeyError while its server does not run."""
        return self._servers[outlet].base


class _OutletServer(ThreadingHTTPServer):
    """The server of one outlet, with its own port and threads."""

    def __init__(self, outlet: Outlet, now: datetime) -> None:
        super().__init__((HOST, 0), _Handler)
        self.base = f"http://{HOST}:{self.server_port}"
        self.site = _render_site(outlet, self.base, now)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.02,), name=f"newsroom-{outlet.id}", daemon=True
        )
        self._thread.start()

    def move_on(self, outlet: Outlet, elapsed: timedelta, now: datetime) -> None:
        """Replace the site in one assignment, so that each request sees the old site or the new one."""
        if outlet.has_changes:
            next_outlet, previous_site = outlet.at_second_poll(elapsed), self.site
            # Pages that are neither new nor edited keep their old teasers, and so their ETags.
            unchanged_paths = {
                piece.path for piece in next_outlet.pieces if piece.path in previous_site and piece.edit_age is None
            }
            self.site = {
                **_render_site(next_outlet, self.base, now),
                **{path: previous_site[path] for path in unchanged_paths},
            }

    def server_bind(self) -> None:
        """Bind without HTTPServer's look-up of the host's full name, which can hang without a network."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def stop(self) -> None:
        """Stop the server and wait for its thread."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    """The handler of one request, with ETags and without logging."""

    server: _OutletServer
    protocol_version = "HTTP/1.1"
    server_version = "newsroom"
    sys_version = ""
    timeout = 10  # seconds before an idle connection is closed
    wbufsize = -1  # head and body are sent together: separately, delayed acknowledgements cost 40 ms per request
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Log nothing: standard error is for the demo's own output."""

    def do_GET(self) -> None:
        resource = self.server.site.get(urlsplit(self.path).path, _NOT_FOUND_PAGE)
        is_ok = resource.status is HTTPStatus.OK
        is_unchanged = is_ok and resource.etag in self.headers.get("If-None-Match", "")
        self.send_response(HTTPStatus.NOT_MODIFIED if is_unchanged else resource.status)
        if is_ok:
            self.send_header("ETag", resource.etag)
        if not is_unchanged:
            self.send_header("Content-Type", resource.content_type)
            self.send_header("Content-Length", str(len(resource.body)))
        self.end_headers()
        if not is_unchanged:
            self.wfile.write(resource.body)


_NOT_FOUND_PAGE = Resource(b"<!DOCTYPE html><title>404</title><h1>404</h1>\n", "text/html", HTTPStatus.NOT_FOUND)
_REFUSED_PAGE = Resource(
    b"<!DOCTYPE html><title>403 Forbidden</title><h1>Access denied</h1>\n", "text/html", HTTPStatus.FORBIDDEN
)
_GONE_PAGE = Resource(b"<!DOCTYPE html><title>410 Gone</title><h1>410</h1>\n", "text/html", HTTPStatus.GONE)
_BUSY_PAGE = Resource(b"<!DOCTYPE html><title>503</title><h1>503</h1>\n", "text/html", HTTPStatus.SERVICE_UNAVAILABLE)


def _render_site(outlet: Outlet, base: str, now: datetime) -> Mapping[str, Resource]:
    """Return all resources of an outlet by path. They are rendered once, so dates and ETags do not change."""
    charset = f"; charset={outlet.charset}"
    feed = Resource(
        _render_feed(outlet, base, now), CONTENT_TYPES[outlet.format]
    )  # the XML prolog declares the charset
    site = {
        "/": Resource(_front_page(outlet, base), f"text/html{charset}"),
        "/robots.txt": Resource(b"User-agent: *\nAllow: /\n", "text/plain"),
        outlet.feed_path: _REFUSED_PAGE if outlet.feed_status == HTTPStatus.FORBIDDEN else feed,
    }
    pieces = {
        piece.path: _render_page(outlet, piece, base, now)
        for piece in outlet.pieces
        if piece.page is not PageState.NONE
    }
    return site | pieces


def _render_page(outlet: Outlet, piece: Piece, base: str, now: datetime) -> Resource:
    if piece.page is PageState.HTTP_GONE:
        return _GONE_PAGE
    if piece.page is PageState.HTTP_UNAVAILABLE:
        return _BUSY_PAGE
    # As on many servers, only the page's meta element declares the charset.
    return Resource(_article_page(outlet, piece, base, now), "text/html")


LOCAL = timezone(timedelta(hours=6))  # the time zone of all invented outlets (Bishkek)

CONTENT_TYPES = {
    FeedFormat.RSS: "application/rss+xml",
    FeedFormat.ATOM: "application/atom+xml",
    FeedFormat.RDF: "application/rdf+xml",
    FeedFormat.JSON: "application/feed+json",
}


def published(piece: Piece, now: datetime) -> datetime:
    """Return the time when a piece was published, in the outlet's zone, to the second."""
    return _local_time(now - piece.age)


def updated(piece: Piece, now: datetime) -> datetime:
    """Return the time when a piece was published or last edited."""
    return _local_time(now - piece.last_change_age)


def _local_time(at: datetime) -> datetime:
    return at.astimezone(LOCAL).replace(microsecond=0)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("monitor.demo"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    environment.globals |= {"published": published, "updated": updated, "rfc822": format_datetime}
    return environment


def _render(template: str, outlet: Outlet, base: str, **values: Any) -> bytes:
    text = _templates().get_template(template).render(outlet=outlet, base=base, **values)
    return text.encode(outlet.charset, "xmlcharrefreplace")


def _article_page(outlet: Outlet, piece: Piece, base: str, now: datetime) -> bytes:
    """Return a piece's page: header, navigation, text, teasers of other pieces, footer with the notice."""
    teaser_pieces = [p for p in outlet.pieces if p is not piece and p.page is not PageState.NONE]
    return _render(f"{outlet.layout}.html", outlet, base, piece=piece, teaser_pieces=teaser_pieces, now=now)


def _front_page(outlet: Outlet, base: str) -> bytes:
    """Return the outlet's front page, which has only headlines."""
    teaser_pieces = [p for p in outlet.pieces if p.page is not PageState.NONE]
    return _render("page.html", outlet, base, piece=None, teaser_pieces=teaser_pieces)


def _render_feed(outlet: Outlet, base: str, now: datetime) -> bytes:
    """Return the feed of an outlet that is served at `base` (scheme, host and port)."""
    entries = [_entry_values(outlet, piece, base, now) for piece in outlet.pieces]
    updated_at = max(updated(piece, now) for piece in outlet.pieces)
    return _render(f"{outlet.format}.feed", outlet, base, entries=entries, updated_at=updated_at)


def _entry_values(outlet: Outlet, piece: Piece, base: str, now: datetime) -> dict[str, Any]:
    return {
        "guid": f"tag:{outlet.id}.example,2025:{piece.path}",  # RFC 4151: does not depend on the port
        "link": "" if piece.page is PageState.NONE else f"{base}{piece.path}{outlet.link_suffix}",
        "title": piece.title,
        "author": piece.author,
        "summary": "" if piece.in_feed is InFeed.TITLE else piece.summary,
        "content": "".join(f"<p>{escape(p)}</p>" for p in piece.paragraphs) if piece.in_feed is InFeed.FULL else "",
        "published": published(piece, now),
        "updated": updated(piece, now),
        "edited": piece.edit_age is not None,
    }


RECIPIENTS = """# Two invented recipients: one is told at once of everybody, one of one reporter only, in Russian.
recipients:
  - to: anna@newsroom.example
    name: Anna
    at_once: true
    daily: "08:00"
  - to: bek@newsroom.example
    name: Bek
    language: ru
    names: [cholpon-arzyeva]
    at_once: true
"""


def furnish(home: Path, newsroom: Newsroom, mailbox: DemoMailbox | None = None) -> None:
    """Write a home that reads these outlets: feeds, watchlist, and settings that allow their ports.

    With a mailbox, two recipients are told of all people at once.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "feeds.yaml").write_text(newsroom.feeds_yaml(), encoding="utf-8")
    (home / "watchlist.yaml").write_text(watchlist_text(), encoding="utf-8")
    # No gap between requests: it protects strangers' servers, and this one is ours.
    env = f"MONITOR_ALLOW_HOSTS={newsroom.allow_hosts()}\nMONITOR_HOST_GAP=0\n"
    if mailbox:
        (home / "recipients.yaml").write_text(RECIPIENTS, encoding="utf-8")
        env += f"MONITOR_SMTP_URL={mailbox.url}\nMONITOR_URGENT=people\n"
    (home / "monitor.env").write_text(env, encoding="utf-8")
