"""A reader of one feed on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count

import pytest

from kit.direct_sandbox import DirectSandbox
from kit.fault_server import FaultServer, fault_server, ok
from kit.store import DAY, HOUR, MINUTE, NOW
from monitor.clock import stable_jitter
from monitor.feeds.health import assess_feed
from monitor.fetch.client import WebFetcher
from monitor.fetch.policy import FetchPolicy
from monitor.ingest.tools import Line
from monitor.ingest.visit import visit
from monitor.model import Feed, FeedRecord, FeedStatus, Visit
from monitor.store import Store, open_store

OLD, NEW, HOME = "/old.xml", "/new.xml", "/"


def rss(*items: object, dated: bool = True, extra: str = "", at: datetime = NOW - HOUR) -> bytes:
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if dated else "<pubDate>yesterday, at dusk</pubDate>"
    entries = "".join(f"<item><title>T {n}</title><link>https://post.example/{n}</link>{date}</item>" for n in items)
    return f'<rss version="2.0"><channel><title>Post</title>{extra}{entries}</channel></rss>'.encode()


def same(*headers: str) -> bytes:
    return ok(b"", *headers, status="304 Not Modified")


def page(words: str = "Welcome") -> bytes:
    return ok(f"<!doctype html><html><head><title>{words}</title></head><body>{words}</body></html>".encode())


@dataclass
class Reader:
    """Reads one feed as often as a test likes."""

    server: FaultServer
    store: Store
    line: Line
    id: str
    now: datetime = NOW

    async def visit(self, pause: timedelta = HOUR) -> Visit:
        self.now += pause
        (state,) = self.store.feeds.claim_due(self.now, self.now + HOUR, include_not_due=True)
        result = await visit(state, line=self.line, now=self.now)
        self.store.feeds.save_visit(result)
        return result

    @property
    def state(self) -> FeedRecord:
        return self.store.feeds.states()[0]

    @property
    def status(self) -> FeedStatus:
        return assess_feed(self.state, None, self.now).status

    @property
    def requests(self) -> list[tuple[str, ...]]:
        """The paths asked for since this was last looked at, each with the validators it was shown."""
        log = [
            (path, *(headers[name] for name in ("if-none-match", "if-modified-since") if name in headers))
            for path, headers, _ in self.server.requests
        ]
        self.server.requests.clear()
        return log

    def list_under(self, path: str) -> None:
        self.store.feeds.sync_list([Feed(self.id, self.server.url(path), "Post")], self.now)


@pytest.fixture(scope="module")
def shared() -> Iterator[Store]:
    """Migrating one takes as long as all that a test does with it: each test has a feed of its own."""
    store = open_store("sqlite://")
    yield store
    store.close()


_ids = (f"post-{n}" for n in count())


@pytest.fixture
async def reader(shared: Store) -> AsyncIterator[Reader]:
    async with fault_server() as server, WebFetcher(FetchPolicy(frozenset([server.place]), host_gap=0)) as web:
        new_reader = Reader(server, shared, Line(web, DirectSandbox()), next(_ids))
        new_reader.list_under(OLD)
        yield new_reader


async def wait(reader: Reader, pause: timedelta = HOUR) -> timedelta:
    """Return the wait after the next visit, without the jitter after a failure (up to a tenth)."""
    result = await reader.visit(pause)
    has_jitter = not result.status.is_healthy and result.next_due - reader.now < DAY
    rest_time = (result.next_due - reader.now) / (1 + 0.1 * stable_jitter(reader.id) * has_jitter)
    return timedelta(minutes=round(rest_time / MINUTE))
