"""Pure. The headline, the authors and the canonical address of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from trafilatura import extract_metadata

from monitor.extract.outlet_profile import plain
from monitor.extract.structured_data import Declared, strings
from monitor.text.charset import one_line
from monitor.urls import absolute, is_web

MAX_TITLE = 1_000
MAX_AUTHORS = 20

_AGREES = 0.85
# extract_metadata insists on a date, which `published` reads better: it is asked for the cheapest one.
_ANY_DATE = {"original_date": True, "extensive_search": False, "max_date": "2100-01-01"}
_COMPARED = 300  # characters of two headlines; difflib is quadratic
_SEPARATOR = re.compile(r"\s+[|/\\–—·•»:-]+\s+")
_SURE_SEPARATOR = re.compile(r"\s+[|»]\s+")  # headlines hold dashes; these hold the site's name
_PARTS_AT_END = 2
_BY = re.compile(r"^(?:by|автор(?:ы)?|текст|von|par)\b\s*:?\s*", re.IGNORECASE)
_TOGETHER = re.compile(r"\s*[,;&]\s*(?:(?:and|и|жана)\s+)?|\s+(?:and|и|жана|және|va|ва|und|et)\s+")
_NO_NAME = re.compile(r"https?://|www\.|@|^\W*$")


def title_of(tree: HtmlElement, metadata: Declared) -> str:
    """The headline by which a page wants to be known, as its feed has it too; else the one that it shows.

    Declared ones carry the site's name ("… | Site"), or are nothing else; shown ones may be the site's own.
    """
    candidates = (
        one_line(text) for text in (metadata.first_meta("og:title"), *strings(metadata.article.get("headline")))
    )
    site_names = {plain(name) for name in _site_names(metadata)}
    declared = [title for text in candidates if plain(title := _without_site(text, metadata)) not in site_names]
    page_title = _without_site(" ".join((tree.findtext(".//title") or "").split()), metadata)
    shown = headlines_of(tree)
    shown = [text for text in shown if _agree(text, page_title)] or [page_title, *shown]
    return next(filter(None, (*declared, *shown)), "")[:MAX_TITLE].strip()


def headlines_of(tree: HtmlElement) -> list[str]:
    return [text for h1 in tree.iter("h1") if (text := " ".join(h1.text_content().split()))]


def authors_of(tree: HtmlElement, metadata: Declared) -> tuple[str, ...]:
    """Names only, in order, each once: from JSON-LD, else `<meta>`, else trafilatura's reading of the byline."""
    names = _names(strings(metadata.article.get("author")))
    names = names or _names([metadata.first_meta("author", "article:author", "parsely-author", "byl", "dc.creator")])
    return names or _names((extract_metadata(tree, date_config=_ANY_DATE).author or "").split(";"))


def canonical_of(tree: HtmlElement, metadata: Declared, url: str) -> str:
    """The address the page calls its own; a witness, never to be fetched for that alone."""
    links = [link.get("href") or "" for link in tree.iterfind('.//link[@rel="canonical"]')]
    addresses = (absolute(url, link) for link in (*links, metadata.first_meta("og:url")) if link)
    return next(filter(is_web, addresses), "")


def names_in(author: str) -> list[str]:
    """The names of several people that stand in one string, each apart.

    >>> names_in("Ann Lee, Bo Ray and Cy Day"), names_in("Токоев, Мелис")
    (['Ann Lee', 'Bo Ray', 'Cy Day'], ['Токоев, Мелис'])
    """
    names = list(filter(None, _TOGETHER.split(author)))
    return names if all(" " in name for name in names) else [author]


def _names(candidates: Iterable[str]) -> tuple[str, ...]:
    names = (name for candidate in candidates for name in names_in(_BY.sub("", one_line(candidate))))
    return tuple(dict.fromkeys(name for name in names if name and len(name) <= 100 and not _NO_NAME.search(name)))[
        :MAX_AUTHORS
    ]


def _without_site(title: str, metadata: Declared) -> str:
    """A declared title without the site's name, or its section and name, at the end."""
    title = title[:MAX_TITLE]
    sites = {plain(name) for name in (*strings(metadata.article.get("publisher")), *_site_names(metadata))} - {""}
    for separator in list(_SEPARATOR.finditer(title))[: -_PARTS_AT_END - 1 : -1]:
        head, tail = title[: separator.start()].strip(), title[separator.end() :].strip()
        named = any(site in plain(tail) or plain(tail) in site for site in sites)
        if not named and not (_SURE_SEPARATOR.fullmatch(separator[0]) and len(head) > len(tail)):
            break
        title = head
    return title


def _site_names(metadata: Declared) -> Iterable[str]:
    yield metadata.first_meta("og:site_name", "application-name")
    host = urlsplit(metadata.first_meta("og:url")[:2048].replace("[", "").replace("]", "")).hostname or ""
    yield max(host.split("."), key=len)


def _agree(one: str, another: str) -> bool:
    one, another = one.casefold()[:_COMPARED], another.casefold()[:_COMPARED]
    return SequenceMatcher(None, one, another, autojunk=False).ratio() >= _AGREES
