"""Pure. What an outlet serves, in its own charset: its feed, in the format it has chosen, and its pages."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import escape

from monitor.demo.content import Format, InFeed, Outlet, PageState, Piece

LOCAL = timezone(timedelta(hours=6))  # the clock on the wall of every invented outlet

CONTENT_TYPES = {
    Format.RSS: "application/rss+xml",
    Format.ATOM: "application/atom+xml",
    Format.RDF: "application/rdf+xml",
    Format.JSON: "application/feed+json",
}


def published(piece: Piece, now: datetime) -> datetime:
    """When a piece came out, in the outlet's own time, to the second."""
    return _outlets_time(now - piece.age)


def updated(piece: Piece, now: datetime) -> datetime:
    """When its outlet last touched a piece."""
    return _outlets_time(now - piece.untouched)


def _outlets_time(at: datetime) -> datetime:
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


def _rendered(template: str, outlet: Outlet, base: str, **more: Any) -> bytes:
    text = _templates().get_template(template).render(outlet=outlet, base=base, **more)
    return text.encode(outlet.charset, "xmlcharrefreplace")


def article_page(outlet: Outlet, piece: Piece, base: str, now: datetime) -> bytes:
    """A piece's page: header, navigation, text, teasers of the outlet's other pieces, footer with the notice."""
    others = [p for p in outlet.pieces if p is not piece and p.page is not PageState.NONE]
    return _rendered(f"{outlet.layout}.html", outlet, base, piece=piece, others=others, now=now)


def front_page(outlet: Outlet, base: str) -> bytes:
    """The outlet's first page: its headlines and nothing else."""
    others = [p for p in outlet.pieces if p.page is not PageState.NONE]
    return _rendered("page.html", outlet, base, piece=None, others=others)


def render_feed(outlet: Outlet, base: str, now: datetime) -> bytes:
    """The feed of an outlet that is served at `base` (scheme, host and port)."""
    entries = [_entry(outlet, piece, base, now) for piece in outlet.pieces]
    touched = max(updated(piece, now) for piece in outlet.pieces)
    return _rendered(f"{outlet.format}.feed", outlet, base, entries=entries, touched=touched)


def _entry(outlet: Outlet, piece: Piece, base: str, now: datetime) -> dict[str, Any]:
    return {
        "guid": f"tag:{outlet.id}.example,2025:{piece.path}",  # RFC 4151: the same whatever port the outlet got
        "link": "" if piece.page is PageState.NONE else f"{base}{piece.path}{outlet.link_suffix}",
        "title": piece.title,
        "author": piece.author,
        "summary": "" if piece.in_feed is InFeed.TITLE else piece.summary,
        "content": "".join(f"<p>{escape(p)}</p>" for p in piece.paragraphs) if piece.in_feed is InFeed.FULL else "",
        "published": published(piece, now),
        "updated": updated(piece, now),
        "edited": piece.edit_age is not None,
    }
