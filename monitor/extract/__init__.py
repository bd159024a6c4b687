"""Pure. Page HTML -> title, text with its zones, authors, date, language. The only package that knows trafilatura."""

from __future__ import annotations

from lxml.etree import ParserError, strip_elements
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from monitor.extract.body import body_blocks, laid_out, zoned
from monitor.extract.metadata import authors_of, canonical_of, title_of
from monitor.extract.published import published_of
from monitor.extract.structured_data import declared
from monitor.model import Extracted, OutletProfile
from monitor.text.charset import decode
from monitor.text.language import detect

__all__ = ["extract"]

_OPENING = 400  # characters of text that, with the title, tell the language


def extract(html: bytes, url: str = "", content_type: str = "", habits: OutletProfile = OutletProfile()) -> Extracted:
    """What a page holds, by its own words and by what it declares. Whatever the bytes, the answer is a value.

    `url` is where the page was had, after redirects: relative links are relative to it, and it may hold the day.
    `habits` tell what on it stands on the outlet's other pages too.
    """
    tree = _tree(decode(html, content_type))
    if tree is None:
        return Extracted()
    metadata = declared(tree)
    title, authors = title_of(tree, metadata), authors_of(tree, metadata)
    blocks, captions = zoned(body_blocks(tree, url), tree, title, authors, habits)
    text, zones = laid_out(blocks)
    when = published_of(tree, metadata, url, habits.zone)
    return Extracted(
        title=title,
        text=text,
        authors=authors,
        published=when.at,
        published_source=when.source,
        precision=when.precision,
        published_raw=when.raw,
        language=detect(f"{title}\n{text[:_OPENING]}"),
        zones=zones,
        captions=captions,
        canonical=canonical_of(tree, metadata, url),
    )


def _tree(text: str) -> HtmlElement | None:
    """The page's tree from `<html>` down, also where that is missing; None where there is no page at all."""
    if "<" not in text:
        return None
    # As bytes: lxml refuses text that names an encoding. A new parser: they are not for several threads.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = document_fromstring(text.encode(), parser=parser)
    except ParserError:  # no element in it
        return None
    strip_elements(tree, "noscript", with_tail=False)  # asks for JavaScript, on pages that are nothing without it
    return tree
