"""The newsroom of the demo, as tests ask it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from kit.newsrooms import EXPECTED, ref_of
from monitor.config.watchlist import parse_watchlist
from monitor.demo.content import Format, Outlet, load_outlets, watchlist_text
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


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def entries(outlet: Outlet, body: bytes) -> dict[str, dict[str, str]]:
    """Return the elements of each entry of a feed, by guid."""
    if outlet.format is Format.JSON:
        return {each["id"]: {key: str(value) for key, value in each.items()} for each in json.loads(body)["items"]}
    root = ElementTree.fromstring(body)
    rows: dict[str, dict[str, str]] = {}
    for entry in (e for e in root.iter() if e.tag.rpartition("}")[2] in {"item", "entry"}):
        told = {e.tag.rpartition("}")[2]: e.text or e.get("href") or "" for e in entry}
        rows[told.get("guid") or told.get("id") or told["link"]] = told
    return rows


def items(issue: int) -> list[dict[str, Any]]:
    return [*EXPECTED[issue]["stories"], *EXPECTED[issue]["possible"]]


def entities() -> tuple[Entity, ...]:
    return parse_watchlist(watchlist_text(), "watchlist.yaml")


def watched() -> set[str]:
    return {entity.id for entity in entities()}
