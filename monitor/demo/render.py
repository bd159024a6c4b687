"""Pure. Rendering of an outlet's feed and pages, in the outlet's charset."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import escape

from monitor.demo.content import FeedFormat, InFeed, Outlet, PageState, Piece

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


def article_page(outlet: Outlet, piece: Piece, base: str, now: datetime) -> bytes:
    """Return a piece's page: header, navigation, text, teasers of other pieces, footer with the notice."""
    teaser_pieces = [p for p in outlet.pieces if p is not piece and p.page is not PageState.NONE]
    return _render(f"{outlet.layout}.html", outlet, base, piece=piece, teaser_pieces=teaser_pieces, now=now)


def front_page(outlet: Outlet, base: str) -> bytes:
    """Return the outlet's front page, which has only headlines."""
    teaser_pieces = [p for p in outlet.pieces if p.page is not PageState.NONE]
    return _render("page.html", outlet, base, piece=None, teaser_pieces=teaser_pieces)


def render_feed(outlet: Outlet, base: str, now: datetime) -> bytes:
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
