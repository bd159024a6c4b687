"""Access to the bundled newsroom. A piece's ref is its outlet's id and its path: `ak-bulak/news/48211`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML

from monitor.demo import Newsroom
from monitor.demo.content import Outlet, Piece

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
