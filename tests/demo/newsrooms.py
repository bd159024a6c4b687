"""Access to the bundled newsroom. A piece's ref is its outlet's id and its path: `ak-bulak/news/48211`."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

from monitor.config.watchlist import parse_watchlist
from monitor.demo.content import Outlet, Piece, load_outlets, watchlist_text
from monitor.demo.newsroom import Newsroom
from monitor.model import Entity

# What the demo must show, by issue; the form is told at the top of the file.
EXPECTED: Mapping[int, Mapping[str, Any]] = YAML(typ="safe", pure=True).load(
    (Path(__file__).parents[1] / "data" / "demo-expected.yaml").read_text("utf-8")
)


def ref_of(outlet: Outlet, piece: Piece) -> str:
    return f"{outlet.id}{piece.path}"


def url_in(newsroom: Newsroom, ref: str) -> str:
    """Return the URL of a piece, or of any other path of an outlet: `ak-bulak/rss.xml`."""
    outlet, _, path = ref.partition("/")
    return f"{newsroom.base(outlet)}/{path}"


def ref_in(newsroom: Newsroom, url: str) -> str:
    """Return the reverse, whatever the query; empty for an address outside this newsroom."""
    parts = urlsplit(url)
    ids = (outlet.id for outlet in newsroom.outlets if urlsplit(newsroom.base(outlet.id)).netloc == parts.netloc)
    return "".join(f"{outlet}{parts.path}" for outlet in ids)


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
