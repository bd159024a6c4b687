"""The demo's own data: invented outlets and their articles, as the files in content/ hold them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class Format(StrEnum):
    """How an outlet's feed is written."""

    RSS = "rss"  # RSS 2.0
    ATOM = "atom"
    RDF = "rdf"  # RSS 1.0
    JSON = "json"  # JSON Feed 1.1


class InFeed(StrEnum):
    """How much of a piece its feed carries."""

    TITLE = "title"
    SUMMARY = "summary"
    FULL = "full"


class PageState(StrEnum):
    """How the server answers for a piece's page."""

    OK = "ok"
    GONE = "gone"  # 410
    BUSY = "busy"  # 503: a passing failure
    NONE = "none"  # no page, and no link in the feed


@dataclass(frozen=True, slots=True)
class Piece:
    """One article as the outlet published it, `age` before now. Known in expected.yaml as outlet id + path."""

    path: str
    title: str
    age: timedelta
    paragraphs: tuple[str, ...]
    summary: str
    author: str = ""
    in_feed: InFeed = InFeed.SUMMARY
    page: PageState = PageState.OK


@dataclass(frozen=True, slots=True)
class Outlet:
    """An invented outlet. `words` are what its pages say around the articles; `layout` names a page of pages.py."""

    id: str
    name: str
    language: str
    tagline: str
    notice: str  # says that all is invented; stands in the feed and on every page
    feed_path: str
    format: Format
    layout: str
    words: Mapping[str, Any]
    pieces: tuple[Piece, ...]  # newest first
    charset: str = "utf-8"
    feed_status: int = 200  # 403: the outlet refuses us
    json_ld: bool = False
    link_suffix: str = ""  # what the feed hangs on its links, such as ?utm_source=rss

    def ref(self, piece: Piece) -> str:
        return f"{self.id}{piece.path}"


def load_outlets() -> tuple[Outlet, ...]:
    """The outlets of content/, in the order of their file names."""
    texts = [f for f in (files(__package__) / "content").iterdir() if f.name.endswith(".yaml")]
    return tuple(_outlet(_yaml(f.read_text("utf-8"))) for f in sorted(texts, key=lambda f: f.name))


def watchlist_text() -> str:
    """The demo's watchlist.yaml, as it is shipped."""
    return (files(__package__) / "watchlist.yaml").read_text("utf-8")


def load_expected() -> Mapping[int, Mapping[str, Any]]:
    """What the demo must show, by issue; the form is told at the top of expected.yaml."""
    expected: Mapping[int, Mapping[str, Any]] = _yaml((files(__package__) / "expected.yaml").read_text("utf-8"))
    return expected


def _yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def _outlet(row: dict[str, Any]) -> Outlet:
    feed = row.pop("feed")
    pieces = sorted((_piece(piece) for piece in row.pop("articles")), key=lambda piece: piece.age)
    return Outlet(
        **row,
        feed_path=feed["path"],
        format=Format(feed["format"]),
        feed_status=feed.get("status", 200),
        link_suffix=feed.get("link_suffix", ""),
        pieces=tuple(pieces),
    )


def _piece(row: dict[str, Any]) -> Piece:
    paragraphs = tuple(" ".join(p.split()) for p in row.pop("text").strip().split("\n\n"))
    return Piece(
        path=row.pop("path"),
        title=row.pop("title"),
        age=_age(row.pop("age")),
        paragraphs=paragraphs,
        summary=" ".join(row.pop("summary", paragraphs[0]).split()),
        in_feed=InFeed(row.pop("in_feed", "summary")),
        page=PageState(row.pop("page", "ok")),
        **row,
    )


def _age(text: str) -> timedelta:
    """A time span as "40d", "16h" or "90m".

    >>> _age("90m")
    datetime.timedelta(seconds=5400)
    """
    match = re.fullmatch(r"(\d+)([dhm])", text)
    if not match:
        raise ValueError(f"not an age: {text!r}")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
