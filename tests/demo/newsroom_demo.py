"""The newsroom of the demo, as tests ask it."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from demo.newsrooms import ref_of
from monitor.config.watchlist import parse_watchlist
from monitor.demo.content import load_outlets, watchlist_text
from monitor.demo.newsroom import Newsroom
from monitor.model import Entity

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
OUTLETS = load_outlets()
PIECES = {ref_of(outlet, piece): piece for outlet in OUTLETS for piece in outlet.pieces}
OUTLET_OF = {ref_of(outlet, piece): outlet for outlet in OUTLETS for piece in outlet.pieces}


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(NOW) as running:
        yield running


def request_page(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def entities() -> tuple[Entity, ...]:
    return parse_watchlist(watchlist_text(), "watchlist.yaml")


def watched() -> set[str]:
    return {entity.id for entity in entities()}
