"""Pure. An outlet's feed as bytes, in the format and charset that outlet has chosen."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape
from xml.sax.saxutils import quoteattr

from monitor.demo.content import Format, InFeed, Outlet, PageState, Piece

LOCAL = timezone(timedelta(hours=6))  # the clock on the wall of every invented outlet

_HTML = ' type="html"'  # an Atom text that is markup (RFC 4287, 3.1)

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


def last_touched(outlet: Outlet, now: datetime) -> datetime:
    """When anything of an outlet was published or edited last."""
    return max(updated(piece, now) for piece in outlet.pieces)


def _outlets_time(at: datetime) -> datetime:
    return at.astimezone(LOCAL).replace(microsecond=0)


def render_feed(outlet: Outlet, base: str, now: datetime) -> bytes:
    """The feed of an outlet that is served at `base` (scheme, host and port)."""
    write = {Format.RSS: _rss, Format.ATOM: _atom, Format.RDF: _rdf, Format.JSON: _json}[outlet.format]
    return write(outlet, base, now).encode(outlet.charset, "xmlcharrefreplace")


def _link(outlet: Outlet, piece: Piece, base: str) -> str:
    return "" if piece.page is PageState.NONE else f"{base}{piece.path}{outlet.link_suffix}"


def _guid(outlet: Outlet, piece: Piece) -> str:
    """A tag URI (RFC 4151): the same whatever port the outlet got."""
    return f"tag:{outlet.id}.example,2025:{piece.path}"


def _summary(piece: Piece) -> str:
    return "" if piece.in_feed is InFeed.TITLE else piece.summary


def _content(piece: Piece) -> str:
    return "".join(f"<p>{escape(p)}</p>" for p in piece.paragraphs) if piece.in_feed is InFeed.FULL else ""


def _element(name: str, text: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{escape(text, quote=False)}</{name}>" if text else ""


def _rss(outlet: Outlet, base: str, now: datetime) -> str:
    items = "\n".join(
        f"<item>{_element('title', piece.title)}{_element('link', _link(outlet, piece, base))}"
        f'<guid isPermaLink="false">{_guid(outlet, piece)}</guid>'
        f"<pubDate>{format_datetime(published(piece, now))}</pubDate>{_element('dc:creator', piece.author)}"
        f"{_element('description', _summary(piece))}{_element('content:encoded', _content(piece))}</item>"
        for piece in outlet.pieces
    )
    return (
        f'<?xml version="1.0" encoding="{outlet.charset}"?>\n'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>\n'
        f"{_element('title', outlet.name)}<link>{base}/</link>{_element('description', _about(outlet))}"
        f"<language>{outlet.language}</language><ttl>30</ttl>\n{items}\n</channel></rss>\n"
    )


def _atom(outlet: Outlet, base: str, now: datetime) -> str:
    entries = "\n".join(
        f"<entry><id>{_guid(outlet, piece)}</id>{_element('title', piece.title)}"
        f"<link rel='alternate' type='text/html' href={quoteattr(_link(outlet, piece, base))}/>"
        f"<published>{published(piece, now).isoformat()}</published>"
        f"<updated>{updated(piece, now).isoformat()}</updated>"
        f"<author>{_element('name', piece.author or outlet.name)}</author>"
        f"{_element('summary', _summary(piece))}{_element('content', _content(piece), _HTML)}</entry>"
        for piece in outlet.pieces
    )
    return (
        f'<?xml version="1.0" encoding="{outlet.charset}"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">\n'
        f"<id>tag:{outlet.id}.example,2025:feed</id>{_element('title', outlet.name)}"
        f"{_element('subtitle', _about(outlet))}<link rel='self' href='{base}{outlet.feed_path}'/>"
        f"<link href='{base}/'/><updated>{last_touched(outlet, now).isoformat()}</updated>\n{entries}\n</feed>\n"
    )


def _rdf(outlet: Outlet, base: str, now: datetime) -> str:
    links = [_link(outlet, piece, base) for piece in outlet.pieces]
    places = "".join(f"<rdf:li rdf:resource={quoteattr(link)}/>" for link in links)
    items = "\n".join(
        f"<item rdf:about={quoteattr(link)}>{_element('title', piece.title)}{_element('link', link)}"
        f"{_element('description', _summary(piece))}{_element('dc:creator', piece.author)}"
        f"<dc:date>{published(piece, now).isoformat()}</dc:date></item>"
        for link, piece in zip(links, outlet.pieces, strict=True)
    )
    return (
        f'<?xml version="1.0" encoding="{outlet.charset}"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel rdf:about="{base}{outlet.feed_path}">{_element("title", outlet.name)}<link>{base}/</link>'
        f"{_element('description', _about(outlet))}<items><rdf:Seq>{places}</rdf:Seq></items></channel>\n"
        f"{items}\n</rdf:RDF>\n"
    )


def _json(outlet: Outlet, base: str, now: datetime) -> str:
    items = [
        {
            "id": _guid(outlet, piece),
            "url": _link(outlet, piece, base),
            "title": piece.title,
            "summary": _summary(piece),
            **({"content_html": _content(piece)} if _content(piece) else {"content_text": _summary(piece)}),
            "date_published": published(piece, now).isoformat(),
            **({"date_modified": updated(piece, now).isoformat()} if piece.edit_age is not None else {}),
            **({"authors": [{"name": piece.author}]} if piece.author else {}),
        }
        for piece in outlet.pieces
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "description": _about(outlet),
        "home_page_url": f"{base}/",
        "feed_url": f"{base}{outlet.feed_path}",
        "language": outlet.language,
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _about(outlet: Outlet) -> str:
    return f"{outlet.tagline} {outlet.notice}"
