"""Pure. The article's text in blocks, each with its zone: the story, a caption, a notice, links to other articles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document

from monitor.extract.metadata import headlines_of
from monitor.extract.outlet_profile import comparison_key, is_furniture, is_headline
from monitor.extract.page_zones import zones_by_position
from monitor.model import OutletProfile, Span, Zone, ZoneSpan
from monitor.text import phrases
from monitor.text.charset import strip_forbidden

MAX_TEXT = 200_000

_BLOCK_NAMES = "body div p head list item quote code table row cell lb ab fw"  # trafilatura's
_BLOCK_TAGS = frozenset(_BLOCK_NAMES.split())
_PARAGRAPH_TEXTS = etree.XPath("/descendant::p/descendant::text()[normalize-space()]", smart_strings=False)
_MIN_TEXT = 250  # characters, as trafilatura has it
_MAX_DISAGREEMENT = 2
_FURNITURE = (  # trafilatura leaves none of it unless it failed
    "aside", "audio", "button", "fieldset", "figure", "footer", "iframe", "input", "label", "link", "nav", "object",
    "option", "select", "source", "svg", "time",
)  # fmt: skip
_LINK_LIST_DENSITY = 0.75  # of a block's characters in links
_LISTED_ITEM_DENSITY = 0.5  # the same, within a list under a lead-in
_LEAD_IN_DENSITY = 0.3  # the same, after a lead-in in its own block
_LEAD_IN_WORDS = 30
_HEADING_WORDS = 10
_STORY_WORDS = 20  # a block of this many words is the story: lists have shorter items
_CAPTION_WORDS = 60


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or list item as trafilatura returns it."""

    text: str
    tag: str
    linked: int = 0  # characters inside links

    @property
    def word_count(self) -> int:
        return self.text.count(" ") + 1  # a single space parts the words

    @property
    def link_density(self) -> float:
        return self.linked / len(self.text)


def body_blocks(tree: HtmlElement) -> list[Block]:
    """Return the blocks that trafilatura considers the article, in order.

    Its fast form is enough for most pages. Where the result is in doubt, it compares with two other extractors.
    """
    body = _library_body(tree, fast=True)
    if body is None or _is_doubtful(body, tree):
        body = _library_body(tree, fast=False)
    return [] if body is None else list(_iterate_blocks(body))


def assign_zones(
    blocks: Sequence[Block], tree: HtmlElement, title: str, authors: Sequence[str], profile: OutletProfile
) -> tuple[list[Block], list[Zone], tuple[str, ...]]:
    """Return the blocks without the title, the zone of each, and the story's captions that are not among the blocks."""
    headline_keys = set(map(comparison_key, headlines_of(tree)))
    title_key = comparison_key(title)
    blocks = [block for block in blocks if comparison_key(block.text) != title_key]
    page_zones, captions = zones_by_position([block.text for block in blocks], tree)
    zones: list[Zone] = []
    has_story_begun = False
    for block, page_zone in zip(blocks, page_zones, strict=True):
        if page_zone is Zone.TEASER or is_headline(block.text, profile):
            page_zone = Zone.TEASER if has_story_begun else Zone.BODY  # noqa: PLW2901 -- no list precedes the story
        is_shown_headline = comparison_key(block.text) in headline_keys
        zones.append(Zone.TITLE if is_shown_headline else _zone_of_block(block, page_zone, authors, profile))
        has_story_begun = has_story_begun or (zones[-1] is Zone.BODY and block.word_count >= _STORY_WORDS)
    _mark_lists_under_lead_ins(blocks, zones)
    _mark_closing_credits(blocks, zones, authors)
    extra_captions = (
        text
        for text in captions
        if not is_headline(text, profile) and comparison_key(text) not in {*headline_keys, title_key}
        if _zone_of_block(Block(text, "p"), Zone.CAPTION, authors, profile) is Zone.CAPTION
    )
    return blocks, zones, tuple(extra_captions)


def join_blocks(blocks: Sequence[Block], zones: Sequence[Zone]) -> tuple[str, tuple[ZoneSpan, ...]]:
    """Return the text, one line per block, and its zones; blocks beyond `MAX_TEXT` characters are dropped."""
    spans: list[tuple[Zone, Span]] = []
    lines: list[str] = []
    offset = 0
    for block, zone in zip(blocks, zones, strict=True):
        if offset + len(block.text) > MAX_TEXT:
            break
        lines.append(block.text)
        spans.append((zone, Span(offset, offset + len(block.text))))
        offset += len(block.text) + 1
    zone_spans = []
    for zone, run in groupby(spans, key=lambda item: item[0]):
        run_spans = [span for _, span in run]
        zone_spans.append(ZoneSpan(zone, Span(run_spans[0].start, run_spans[-1].end)))
    return "\n".join(lines), tuple(zone_spans)


# ---- trafilatura --------------------------------------------------------------------------------------------------


def _library_body(tree: HtmlElement, *, fast: bool) -> etree._Element | None:
    """Return the article's element, None without text; unless `fast`, two other extractors are compared."""
    document = bare_extraction(tree, fast=fast, include_comments=False, include_links=True)
    return document.body if isinstance(document, Document) else None


def _is_doubtful(body: etree._Element, tree: HtmlElement) -> bool:
    """Return True if a text is short, far from what the page has in paragraphs, or has furniture of the page in it."""
    length, in_paragraphs = _length(body.itertext()), _length(_PARAGRAPH_TEXTS(tree))
    return (
        length < _MIN_TEXT
        or in_paragraphs > _MAX_DISAGREEMENT * length
        or length > _MAX_DISAGREEMENT * in_paragraphs
        or next(body.iter(*_FURNITURE), None) is not None
    )


def _length(texts: Iterable[str]) -> int:
    """Return the characters of some texts, of white space between two words a single one."""
    return sum(len(" ".join(text.split())) for text in texts)


# ---- blocks -------------------------------------------------------------------------------------------------------


def _iterate_blocks(body: etree._Element) -> Iterator[Block]:
    # A block ends wherever a block element starts or ends; inline elements only contribute their text.
    pieces: list[tuple[str, bool]] = []
    links, tag = 0, "body"
    for event, element in etree.iterwalk(body, events=("start", "end")):
        name, is_start = element.tag, event == "start"
        if name in _BLOCK_TAGS:
            yield from _make_block(pieces, tag)
            pieces, tag = [], name if is_start else "body"
        elif name == "ref":
            links += 1 if is_start else -1
        if text := element.text if is_start else element.tail:
            pieces.append((text, links > 0))
    yield from _make_block(pieces, tag)


def _make_block(pieces: Sequence[tuple[str, bool]], tag: str) -> Iterator[Block]:
    # Two of three have no text: where one block element begins or ends in another.
    if pieces and (text := " ".join(strip_forbidden("".join(piece for piece, _ in pieces)).split())):
        linked = sum(len(" ".join(piece.split())) for piece, in_link in pieces if in_link)
        yield Block(text, tag, min(linked, len(text)))


# ---- zones --------------------------------------------------------------------------------------------------------


def _zone_of_block(block: Block, page_zone: Zone, authors: Sequence[str], profile: OutletProfile) -> Zone:
    text, word_count = block.text, block.word_count
    is_short = word_count <= _HEADING_WORDS
    is_list = word_count >= 3 and block.link_density >= _LINK_LIST_DENSITY
    if is_list or _is_lead_in(block) or page_zone is Zone.TEASER:
        return Zone.TEASER
    if is_short and any(author in text for author in authors):
        return Zone.CHECK if phrases.CREDIT.match(text) else Zone.BYLINE
    is_notice = word_count <= _LEAD_IN_WORDS and phrases.NOTICE.match(text)
    is_about_author = page_zone is Zone.BYLINE and not is_short
    if is_notice or is_furniture(text, profile) or is_about_author:
        return Zone.CHECK
    if page_zone is Zone.BODY and word_count <= _CAPTION_WORDS and phrases.CAPTION.match(text):
        return Zone.CAPTION
    return page_zone


def _is_lead_in(block: Block) -> bool:
    """Return True for "Read also: …": a short block that announces links, alone or followed by one."""
    lead_in = phrases.LEAD_IN.match(block.text) if block.word_count <= _LEAD_IN_WORDS else None
    if lead_in is None:
        return False
    return lead_in["alone"] is not None or block.link_density >= _LEAD_IN_DENSITY


def _mark_lists_under_lead_ins(blocks: Sequence[Block], zones: list[Zone]) -> None:
    """Mark the list of links right under a lead-in as teasers."""
    is_in_list = False
    for i, block in enumerate(blocks):
        if block.word_count <= _HEADING_WORDS and _is_lead_in(block):
            is_in_list = True
        elif is_in_list and zones[i] is Zone.BODY:
            is_in_list = block.tag == "item" or block.link_density > _LISTED_ITEM_DENSITY
            zones[i] = Zone.TEASER if is_in_list else Zone.BODY


def _mark_closing_credits(blocks: Sequence[Block], zones: list[Zone], authors: Sequence[str]) -> None:
    """Mark what follows the last sentence of the story, credits and a note about the author, as CHECK."""
    for i in reversed(range(len(blocks))):
        if zones[i] is not Zone.BODY:
            continue
        text = blocks[i].text
        if not (phrases.CREDIT.match(text) or any(text.startswith(author) for author in authors)):
            break
        zones[i] = Zone.CHECK
