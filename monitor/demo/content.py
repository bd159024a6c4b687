"""The demo's own data: invented outlets and their articles, as the files in content/ hold them.

The keys of those files are the fields below. A piece that only the second poll brings has `second_poll: true`; its age
is before that poll. A piece may have `edited:`, what is made of it by the second poll (see Edit), and `nfd: true`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
class Edit:
    """What an outlet makes of a piece between two polls, `age` before the second; what is empty stays as it was."""

    age: timedelta
    title: str = ""
    paragraphs: tuple[str, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One article as the outlet published it, `age` before now."""

    path: str
    title: str
    age: timedelta
    paragraphs: tuple[str, ...]
    summary: str
    author: str = ""
    in_feed: InFeed = InFeed.SUMMARY
    page: PageState = PageState.OK
    edited: Edit | None = None  # what becomes of it by the second poll
    edit_age: timedelta | None = None  # how long ago it was edited, once it has been

    @property
    def untouched(self) -> timedelta:
        """How long ago its outlet last touched it."""
        return self.age if self.edit_age is None else self.edit_age

    def later(self, passed: timedelta) -> Piece:
        """The piece as it is at the second poll, that much later than the first."""
        if not self.edited:
            return replace(self, age=self.age + passed)
        return replace(
            self,
            age=self.age + passed,
            edited=None,
            edit_age=self.edited.age,
            title=self.edited.title or self.title,
            paragraphs=self.edited.paragraphs or self.paragraphs,
            summary=self.edited.summary or self.summary,
        )


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
    coming: tuple[Piece, ...] = ()  # those that appear between the first poll and the second
    charset: str = "utf-8"
    feed_status: int = 200  # 403: the outlet refuses us
    json_ld: bool = False
    link_suffix: str = ""  # what the feed hangs on its links, such as ?utm_source=rss

    @property
    def moves(self) -> bool:
        """Whether anything of it is different at the second poll."""
        return bool(self.coming) or any(piece.edited for piece in self.pieces)

    def later(self, passed: timedelta) -> Outlet:
        """The outlet as it is at the second poll, that much later than the first."""
        known = (piece.later(passed) for piece in self.pieces)
        return replace(self, pieces=_newest_first((*known, *self.coming)), coming=())


def load_outlets() -> tuple[Outlet, ...]:
    """The outlets of content/, in the order of their file names."""
    texts = [f for f in (files(__package__) / "content").iterdir() if f.name.endswith(".yaml")]
    yaml = YAML(typ="safe", pure=True)
    return tuple(_outlet(yaml.load(f.read_text("utf-8"))) for f in sorted(texts, key=lambda f: f.name))


def watchlist_text() -> str:
    """The demo's watchlist.yaml, as it is shipped."""
    return (files(__package__) / "watchlist.yaml").read_text("utf-8")


def _outlet(row: dict[str, Any]) -> Outlet:
    feed, articles = row.pop("feed"), row.pop("articles")
    coming = [article for article in articles if article.pop("second_poll", False)]
    return Outlet(
        **row,
        feed_path=feed["path"],
        format=Format(feed["format"]),
        feed_status=feed.get("status", 200),
        link_suffix=feed.get("link_suffix", ""),
        pieces=_newest_first(_piece(article) for article in articles if article not in coming),
        coming=_newest_first(map(_piece, coming)),
    )


def _newest_first(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    return tuple(sorted(pieces, key=lambda piece: piece.age))


def _piece(row: dict[str, Any]) -> Piece:
    if row.pop("nfd", False):  # written where letters are taken apart: й as и and a breve
        row = {
            key: unicodedata.normalize("NFD", value) if isinstance(value, str) else value for key, value in row.items()
        }
    paragraphs = _paragraphs(row.pop("text"))
    return Piece(
        path=row.pop("path"),
        title=row.pop("title"),
        age=_age(row.pop("age")),
        paragraphs=paragraphs,
        summary=" ".join(row.pop("summary", paragraphs[0]).split()),
        in_feed=InFeed(row.pop("in_feed", "summary")),
        page=PageState(row.pop("page", "ok")),
        edited=_edit(**row.pop("edited")) if "edited" in row else None,
        **row,
    )


def _edit(age: str, title: str = "", text: str = "", summary: str = "") -> Edit:
    return Edit(_age(age), title, _paragraphs(text) if text else (), " ".join(summary.split()))


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


def _age(text: str) -> timedelta:
    """A time span as "40d", "16h" or "90m".

    >>> _age("90m")
    datetime.timedelta(seconds=5400)
    """
    match = re.fullmatch(r"(\d+)([dhm])", text)
    if not match:
        raise ValueError(f"not an age: {text!r}")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
