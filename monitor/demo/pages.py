"""Pure. The outlets' web pages: an article among the things that usually stand around one."""

from __future__ import annotations

import json
from datetime import datetime
from html import escape

from monitor.demo.content import Outlet, PageState, Piece
from monitor.demo.syndication import published, updated

_STYLE = "body{max-width:60rem;margin:auto;font:1rem/1.5 serif}nav a,footer a{margin-right:1rem}aside{font-size:.9rem}"


def article_page(outlet: Outlet, piece: Piece, base: str, now: datetime) -> bytes:
    """A piece's page: header, navigation, text, teasers of the outlet's other pieces, footer with the notice."""
    body = {"html5": _html5, "divs": _divs}[outlet.layout](outlet, piece, base, now)
    head = _meta(outlet, piece, base, now) + (_json_ld(outlet, piece, base, now) if outlet.json_ld else "")
    return _document(outlet, piece.title, head, body)


def front_page(outlet: Outlet, base: str) -> bytes:
    """The outlet's first page: its headlines and nothing else."""
    return _document(outlet, outlet.tagline, "", f"{_header(outlet)}<main>{_teasers(outlet, None, base)}</main>")


def _document(outlet: Outlet, title: str, head: str, body: str) -> bytes:
    page = (
        f'<!DOCTYPE html>\n<html lang="{outlet.language}">\n<head><meta charset="{outlet.charset}">\n'
        f"<title>{escape(title)} | {escape(outlet.name)}</title>\n{head}<style>{_STYLE}</style></head>\n"
        f"<body>\n{body}\n{_footer(outlet)}\n</body>\n</html>\n"
    )
    return page.encode(outlet.charset, "xmlcharrefreplace")


def _meta(outlet: Outlet, piece: Piece, base: str, now: datetime) -> str:
    properties = {
        "og:type": "article",
        "og:site_name": outlet.name,
        "og:title": piece.title,
        "og:description": piece.summary,
        "article:published_time": published(piece, now).isoformat(),
        **({"article:modified_time": updated(piece, now).isoformat()} if piece.edit_age is not None else {}),
    }
    tags = "".join(f'<meta property="{name}" content="{escape(value)}">\n' for name, value in properties.items())
    return f'<link rel="canonical" href="{base}{piece.path}">\n{tags}'


def _json_ld(outlet: Outlet, piece: Piece, base: str, now: datetime) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": piece.title,
        "datePublished": published(piece, now).isoformat(),
        "dateModified": updated(piece, now).isoformat(),
        "inLanguage": outlet.language,
        "mainEntityOfPage": f"{base}{piece.path}",
        "author": {"@type": "Person" if piece.author else "Organization", "name": piece.author or outlet.name},
        "publisher": {"@type": "Organization", "name": outlet.name},
    }
    text = json.dumps(data).replace("</", "<\\/")  # "</" could end the script element
    return f'<script type="application/ld+json">{text}</script>\n'


def _html5(outlet: Outlet, piece: Piece, base: str, now: datetime) -> str:
    at = published(piece, now)
    byline = f'<p class="byline"><span rel="author">{escape(piece.author)}</span></p>' if piece.author else ""
    return (
        f"{_header(outlet)}\n<main>\n<article>\n<h1>{escape(piece.title)}</h1>\n"
        f'<time datetime="{at.isoformat()}">{at:%d.%m.%Y, %H:%M}</time>\n{byline}\n{_paragraphs(piece)}\n</article>\n'
        f'<aside class="related">{_teasers(outlet, piece, base)}</aside>\n</main>'
    )


def _divs(outlet: Outlet, piece: Piece, base: str, now: datetime) -> str:
    """A page of the older kind, told apart by its class names alone, with the teasers before the text."""
    at = published(piece, now)
    byline = f'<div class="author">{escape(piece.author)}</div>' if piece.author else ""
    return (
        f'{_header(outlet)}\n<div id="wrapper">\n<div id="sidebar" class="sidebar widget">'
        f'{_teasers(outlet, piece, base)}</div>\n<div class="article">\n<h1 class="title">{escape(piece.title)}</h1>\n'
        f'<div class="meta"><span class="date">{at:%H:%M %d.%m.%Y}</span></div>\n{byline}\n'
        f'<div class="article-body">\n{_paragraphs(piece)}\n</div>\n'
        f'<div class="share">{_links(outlet.words["share"])}</div>\n</div>\n</div>'
    )


def _header(outlet: Outlet) -> str:
    return (
        f'<header class="site-header"><a class="logo" href="/">{escape(outlet.name)}</a> '
        f"<span>{escape(outlet.tagline)}</span></header>\n"
        f'<nav class="menu">{_links(outlet.words["sections"])}</nav>'
    )


def _footer(outlet: Outlet) -> str:
    return f'<footer class="site-footer"><p>{escape(outlet.notice)}</p><p>{_links(outlet.words["footer"])}</p></footer>'


def _links(labels: list[str]) -> str:
    return "".join(f'<a href="/">{escape(label)}</a> ' for label in labels)


def _paragraphs(piece: Piece) -> str:
    return "\n".join(f"<p>{escape(p, quote=False)}</p>" for p in piece.paragraphs)


def _teasers(outlet: Outlet, piece: Piece | None, base: str) -> str:
    others = [p for p in outlet.pieces if p is not piece and p.page is not PageState.NONE]
    rows = "".join(f'<li><a href="{base}{p.path}">{escape(p.title)}</a></li>' for p in others)
    return f'<h3>{escape(outlet.words["related"])}</h3><ul class="teasers">{rows}</ul>'
