"""Many sites under their own names, behind an HTTP proxy on loopback; the real monitor reads them through it."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from kit.app import App
from kit.fetchers import public_names
from kit.home import WATCHLIST, Clock, open_app
from kit.outlets import Loopback
from kit.parsing import rss
from monitor.model import ItemArticle, ReviewItem

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Listed:
    """An entry as a feed lists it."""

    link: str
    title: str
    summary: str = ""
    guid: str = ""


@dataclass
class Answer:
    body: str
    kind: str = HTML
    status: int = 200
    location: str = ""


class Internet(Loopback):
    """Serves `answers` by address; a host in `front_pages` answers unknown addresses with its front page."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.front_pages: dict[str, Answer] = {}
        self.requests: list[str] = []
        internet = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                internet.requests.append(self.path)  # absolute: we are its proxy
                host = self.path.partition("://")[2].partition("/")[0]
                unknown = internet.front_pages.get(host, Answer("nothing here", "text/plain", 404))
                answer = internet.answers.get(self.path, unknown)
                body = answer.body.encode()
                self.send_response(answer.status)
                if answer.location:
                    self.send_header("Location", answer.location)
                self.send_header("Content-Type", answer.kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        super().__init__(Handler)

    @property
    def proxy(self) -> str:
        return f"http://{self.host}"

    def page(self, url: str, title: str, text: str, status: int = 200, canonical: str = "") -> None:
        self.answers[url] = Answer(web_page(title, text, canonical), status=status)

    def redirect(self, url: str, to: str) -> None:
        self.answers[url] = Answer("", status=302, location=to)

    def feed(self, url: str, entries: Sequence[Listed]) -> None:
        items = (
            f"<title>{html.escape(e.title)}</title><link>{html.escape(e.link)}</link>"
            f'<guid isPermaLink="false">{html.escape(e.guid or e.link)}</guid>'
            f"<description>{html.escape(e.summary)}</description>"
            for e in entries
        )
        self.answers[url] = Answer(rss(*items, channel="<title>Feed</title>"), "application/rss+xml")

    def telegram(self, url: str, channel: str, messages: dict[int, str]) -> None:
        """Answer with the markup of a channel's page, whoever serves it."""
        posts = "".join(
            f'<div class="tgme_widget_message" data-post="{channel}/{number}">'
            f'<div class="tgme_widget_message_text js-message_text">{html.escape(text)}</div></div>'
            for number, text in messages.items()
        )
        self.answers[url] = Answer(f'<html><body><section class="tgme_channel_history">{posts}</section></body></html>')


def web_page(title: str, text: str, canonical: str = "") -> str:
    paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n"))
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>{link}</head>'
        f"<body><main><article><h1>{html.escape(title)}</h1>{paragraphs}</article></main></body></html>"
    )


@dataclass
class Reader:
    """The monitor over this internet, with a clock of its own."""

    internet: Internet
    home: Path
    app: App
    clock: Clock
    feeds: dict[str, list[str]] = field(default_factory=dict)

    def subscribe(self, **feeds: str) -> None:
        """Write feeds.yaml: id (and outlet) -> address, with more lines after it."""
        self.feeds = {name: lines.split("\n") for name, lines in feeds.items()}
        text = ["feeds:"]
        for name, (url, *optional) in self.feeds.items():
            text += [f"  - url: {url}", f"    id: {name}", f"    outlet: {name}", "    language: en"]
            text += [f"    {line}" for line in optional]
        (self.home / "feeds.yaml").write_text("\n".join(text) + "\n", "utf-8")

    def ingest(self, *feed_ids: str) -> dict[str, int]:
        run = self.app.ingest(feed_ids=feed_ids) if feed_ids else self.app.ingest(include_not_due=True)
        assert run.outcomes.keys().isdisjoint({"given_up"})
        return {outcome.value: count for outcome, count in run.outcomes.items()}

    def advance(self, **delta: float) -> None:
        self.clock.now += timedelta(**delta)

    def items(self) -> list[ReviewItem]:
        return list(self.app.queue())

    def articles(self) -> list[ItemArticle]:
        return [article for item in self.items() for article in item.articles]


@contextmanager
def reader(folder: Path, settings: str = "") -> Iterator[Reader]:
    with Internet() as internet, public_names():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "watchlist.yaml").write_text(WATCHLIST, encoding="utf-8")
        (folder / "feeds.yaml").write_text("feeds:\n  - url: http://nobody.example/feed\n", encoding="utf-8")
        (folder / "monitor.env").write_text(
            f"MONITOR_PROXY={internet.proxy}\nMONITOR_HOST_GAP=0\n{settings}", encoding="utf-8"
        )
        clock = Clock(datetime.now(UTC))
        app = open_app(folder, clock)
        yield Reader(internet, folder, app, clock)
        app.close()
