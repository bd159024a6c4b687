"""Pure. One page: decode, parse, and put the parts together."""

from __future__ import annotations

from lxml.etree import ParserError, strip_elements
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from monitor.extract.body import assign_zones, body_blocks, join_blocks
from monitor.extract.metadata import (
    canonical_of,
    declared_authors,
    publication_date,
    read_page_metadata,
    shown_authors,
    title_of,
)
from monitor.model import Extracted, OutletProfile
from monitor.text.charset import decode
from monitor.text.language import detect

# A quarter of a page's elements. trafilatura measures the page with them, and takes a third longer.
_WITHOUT_TEXT = (
    "script", "style", "svg", "link", "meta", "iframe", "template", "source", "input", "img", "button", "select",
)  # fmt: skip
# A name in a sentence may be a button that opens an explanation, and a heading one that unfolds what it heads.
_PARENTS_OF_TEXT = frozenset({"p", "h2", "h3", "h4", "summary", "em", "strong"})
_LANGUAGE_SAMPLE = 200  # characters of the text that, with the title, are enough to detect the language


def extract(html: bytes, url: str = "", content_type: str = "", profile: OutletProfile = OutletProfile()) -> Extracted:
    """Return the article of a page; any bytes give a value, never an error.

    `url` is the page's address after redirects: the base of relative links, and it may contain the date. `profile`
    names headlines and blocks that also occur on the outlet's other pages.
    """
    tree = _parse_tree(decode(html, content_type).encode())
    if tree is None:
        return Extracted()
    metadata = read_page_metadata(tree)
    title, authors = title_of(tree, metadata), declared_authors(tree, metadata)
    canonical = canonical_of(tree, metadata, url)
    publication = publication_date(tree, metadata, url, profile.zone)
    for button in list(tree.iter("button")):
        parent = button.getparent()
        if parent is not None and parent.tag in _PARENTS_OF_TEXT:
            button.tag = "span"
    for note in tree.iter("sup"):  # in "Tokoev1" nobody would find the name
        if note.text_content().strip().isdigit() and not _text_before(note)[-1:].isdigit():
            note.text = f" {note.text or ''}"
    strip_elements(tree, *_WITHOUT_TEXT, with_tail=False)
    authors = authors or shown_authors(tree)
    blocks, zones, captions = assign_zones(body_blocks(tree), tree, title, authors, profile)
    text, zone_spans = join_blocks(blocks, zones)
    return Extracted(
        title=title,
        text=text,
        authors=authors,
        published=publication.at,
        published_source=publication.source,
        precision=publication.precision,
        published_raw=publication.raw,
        language=detect(f"{title}\n{text[:_LANGUAGE_SAMPLE]}"),
        zones=zone_spans,
        captions=captions,
        canonical=canonical,
    )


def _text_before(element: HtmlElement) -> str:
    """Return the text between an element and what stands before it in its parent."""
    previous, parent = element.getprevious(), element.getparent()
    return (previous.tail if previous is not None else parent.text if parent is not None else "") or ""


def _parse_tree(page: bytes) -> HtmlElement | None:
    """Return the page's tree from `<html>` down, even if the tag is missing, or None if there is no page."""
    if b"<" not in page:
        return None
    # A new parser: lxml's are not thread-safe.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        tree = document_fromstring(page, parser=parser)
    except ParserError:  # no element in it
        return None
    strip_elements(tree, "noscript", with_tail=False)  # "please enable JavaScript" is not the article
    return tree
