"""I/O: the demo's data, invented outlets and their articles, read from the files in content/.

The keys of the files are the fields below. A piece that appears at the second poll has `second_poll: true`; its age is
counted back from that poll. A piece may have `edited:`, its changes by the second poll (see Edit), and `nfd: true`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from monitor.config.feeds import parse_interval


class FeedFormat(StrEnum):
    """The format of an outlet's feed."""

    RSS = "rss"  # RSS 2.0
    ATOM = "atom"
    RDF = "rdf"  # RSS 1.0
    JSON = "json"  # JSON Feed 1.1


class InFeed(StrEnum):
    """The part of a piece that the feed contains."""

    TITLE = "title"
    SUMMARY = "summary"
    FULL = "full"


class PageState(StrEnum):
    """The server's response for a piece's page."""

    OK = "ok"
    HTTP_GONE = "gone"  # 410
    HTTP_UNAVAILABLE = "busy"  # 503: a temporary failure
    NONE = "none"  # no page, and no link in the feed


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit of a piece between the two polls, `age` before the second. Empty fields do not change the piece."""

    age: timedelta
    title: str = ""
    paragraphs: tuple[str, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """An article as the outlet published it, `age` before now."""

    path: str
    title: str
    age: timedelta
    paragraphs: tuple[str, ...]
    summary: str
    author: str = ""
    in_feed: InFeed = InFeed.SUMMARY
    page: PageState = PageState.OK
    edited: Edit | None = None  # its edit by the second poll
    edit_age: timedelta | None = None  # time since the edit; None before it

    @property
    def last_change_age(self) -> timedelta:
        """Return the time since the outlet published or edited the piece."""
        return self.age if self.edit_age is None else self.edit_age

    def at_second_poll(self, elapsed: timedelta) -> Piece:
        """Return the piece at the second poll, `elapsed` after the first."""
        if not self.edited:
            return replace(self, age=self.age + elapsed)
        return replace(
            self,
            age=self.age + elapsed,
            edited=None,
            edit_age=self.edited.age,
            title=self.edited.title or self.title,
            paragraphs=self.edited.paragraphs or self.paragraphs,
            summary=self.edited.summary or self.summary,
        )


@dataclass(frozen=True, slots=True)
class Outlet:
    """An invented outlet. `words` are the texts around its articles; `layout` is a template in templates/."""

    id: str
    name: str
    language: str
    tagline: str
    notice: str  # says that everything is invented; shown in the feed and on every page
    feed_path: str
    format: FeedFormat
    layout: str
    words: Mapping[str, Any]
    pieces: tuple[Piece, ...]  # newest first
    second_poll_pieces: tuple[Piece, ...] = ()  # pieces that appear between the first poll and the second
    charset: str = "utf-8"
    feed_status: int = 200  # 403: the outlet refuses us
    json_ld: bool = False
    link_suffix: str = ""  # appended to the links in the feed, such as ?utm_source=rss

    @property
    def has_changes(self) -> bool:
        """Return whether the outlet is different at the second poll."""
        return bool(self.second_poll_pieces) or any(piece.edited for piece in self.pieces)

    def at_second_poll(self, elapsed: timedelta) -> Outlet:
        """Return the outlet at the second poll, `elapsed` after the first."""
        moved_pieces = (piece.at_second_poll(elapsed) for piece in self.pieces)
        return replace(self, pieces=_newest_first((*moved_pieces, *self.second_poll_pieces)), second_poll_pieces=())


def load_outlets() -> tuple[Outlet, ...]:
    """Return the outlets of content/, in the order of their file names."""
    content_files = [f for f in (files(__package__) / "content").iterdir() if f.name.endswith(".yaml")]
    yaml = YAML(typ="safe", pure=True)
    return tuple(_read_outlet(yaml.load(f.read_text("utf-8"))) for f in sorted(content_files, key=lambda f: f.name))


def watchlist_text() -> str:
    """Return the demo's watchlist.yaml."""
    return (files(__package__) / "watchlist.yaml").read_text("utf-8")


def _read_outlet(row: dict[str, Any]) -> Outlet:
    feed, articles = row.pop("feed"), row.pop("articles")
    # `pop` removes the keys that are not fields of Piece: the remaining ones are passed on by name.
    coming = [article for article in articles if article.pop("second_poll", False)]
    return Outlet(
        **row,
        feed_path=feed["path"],
        format=FeedFormat(feed["format"]),
        feed_status=feed.get("status", 200),
        link_suffix=feed.get("link_suffix", ""),
        pieces=_newest_first(_read_piece(article) for article in articles if article not in coming),
        second_poll_pieces=_newest_first(map(_read_piece, coming)),
    )


def _newest_first(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    return tuple(sorted(pieces, key=lambda piece: piece.age))


def _read_piece(row: dict[str, Any]) -> Piece:
    if row.pop("nfd", False):  # some systems write й as и with a combining breve
        row = {
            key: unicodedata.normalize("NFD", value) if isinstance(value, str) else value for key, value in row.items()
        }
    paragraphs = _paragraphs(row.pop("text"))
    return Piece(
        path=row.pop("path"),
        title=row.pop("title"),
        age=parse_interval(row.pop("age")),
        paragraphs=paragraphs,
        summary=" ".join(row.pop("summary", paragraphs[0]).split()),
        in_feed=InFeed(row.pop("in_feed", "summary")),
        page=PageState(row.pop("page", "ok")),
        edited=_read_edit(**row.pop("edited")) if "edited" in row else None,
        **row,
    )


def _read_edit(age: str, title: str = "", text: str = "", summary: str = "") -> Edit:
    return Edit(parse_interval(age), title, _paragraphs(text) if text else (), " ".join(summary.split()))


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))
