"""Pure. The article's text, block by block, and what each is: the story, its captions, a notice, a lead to others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document

from monitor.extract import phrases
from monitor.extract.metadata import headlines_of
from monitor.extract.outlet_profile import is_furniture, is_headline, plain
from monitor.extract.page_zones import places_of
from monitor.model import OutletProfile, Span, Zone, ZoneSpan
from monitor.text.charset import clean

MAX_TEXT = 200_000

_BLOCK_NAMES = "body div p head list item quote code table row cell lb ab fw"  # trafilatura's
_BLOCK_TAGS = frozenset(_BLOCK_NAMES.split())
_DENSE = 0.75  # of a block's characters in links
_LOOSE = 0.5  # the same, within a list under a lead-in
_SOME = 0.3  # the same, after a lead-in in its own block
_LEAD_IN_WORDS = 30
_HEADING_WORDS = 10
_STORY_WORDS = 20  # a block of this many, not in links, is told, not listed
_CAPTION_WORDS = 60


@dataclass(frozen=True, slots=True)
class Block:
    text: str
    tag: str
    linked: int = 0  # characters that stand in links
    zone: Zone = Zone.BODY

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def density(self) -> float:
        return self.linked / len(self.text)


def body_blocks(tree: HtmlElement, url: str) -> list[Block]:
    """The blocks trafilatura takes for the article, in order. `deduplicate` stays off: it remembers earlier pages."""
    document = bare_extraction(
        tree, url=url or None, include_comments=False, include_links=True, deduplicate=False, with_metadata=False
    )
    return list(_blocks(document.body)) if isinstance(document, Document) and document.body is not None else []


def zoned(
    blocks: Sequence[Block], tree: HtmlElement, title: str, authors: Sequence[str], habits: OutletProfile
) -> tuple[list[Block], tuple[str, ...]]:
    """The blocks, each with its zone, without the title: an article has that beside its text; and captions left out."""
    shown = set(map(plain, headlines_of(tree)))
    blocks = [block for block in blocks if plain(block.text) != plain(title)]
    places, captions = places_of([block.text for block in blocks], tree)
    zones: list[Zone] = []
    story_began = False
    for block, place in zip(blocks, places, strict=True):
        if place is Zone.TEASER or is_headline(block.text, habits):
            place = Zone.TEASER if story_began else Zone.BODY  # noqa: PLW2901 -- what precedes the story is no list
        zones.append(Zone.TITLE if plain(block.text) in shown else _own_zone(block, place, authors, habits))
        story_began = story_began or (zones[-1] is Zone.BODY and block.words >= _STORY_WORDS)
    _under_lead_ins(blocks, zones)
    _signed_off(blocks, zones, authors)
    left_out = (
        text
        for text in captions
        if not is_headline(text, habits) and plain(text) not in {*shown, plain(title)}
        if _own_zone(Block(text, "p"), Zone.CAPTION, authors, habits) is Zone.CAPTION
    )
    return [replace(block, zone=zone) for block, zone in zip(blocks, zones, strict=True)], tuple(left_out)


def laid_out(blocks: Sequence[Block]) -> tuple[str, tuple[ZoneSpan, ...]]:
    """The text, a block a line, and the zones that cover it; both end within `MAX_TEXT`."""
    spans: list[tuple[Zone, Span]] = []
    lines: list[str] = []
    offset = 0
    for block in blocks:
        if offset + len(block.text) > MAX_TEXT:
            break
        lines.append(block.text)
        spans.append((block.zone, Span(offset, offset + len(block.text))))
        offset += len(block.text) + 1
    zones = []
    for zone, run in groupby(spans, key=lambda one: one[0]):
        covered = [span for _, span in run]
        zones.append(ZoneSpan(zone, Span(covered[0].start, covered[-1].end)))
    return "\n".join(lines), tuple(zones)


# ---- blocks -------------------------------------------------------------------------------------------------------


def _blocks(body: etree._Element) -> Iterator[Block]:
    pieces: list[tuple[str, bool]] = []
    links, tag = 0, "body"
    for event, element in etree.iterwalk(body, events=("start", "end")):
        starts = event == "start"
        if element.tag in _BLOCK_TAGS:
            yield from _block(pieces, tag)
            pieces, tag = [], element.tag if starts else "body"
        links += (element.tag == "ref") * (1 if starts else -1)
        pieces.append(((element.text if starts else element.tail) or "", links > 0))
    yield from _block(pieces, tag)


def _block(pieces: Sequence[tuple[str, bool]], tag: str) -> Iterator[Block]:
    text = " ".join(clean("".join(piece for piece, _ in pieces)).split())
    if text:
        linked = sum(len(" ".join(piece.split())) for piece, in_link in pieces if in_link)
        yield Block(text, tag, min(linked, len(text)))


# ---- zones --------------------------------------------------------------------------------------------------------


def _own_zone(block: Block, place: Zone, authors: Sequence[str], habits: OutletProfile) -> Zone:
    text, is_short = block.text, block.words <= _HEADING_WORDS
    is_list = block.density >= _DENSE and block.words >= 3
    if is_list or _leads_elsewhere(block) or place is Zone.TEASER:
        return Zone.TEASER
    if is_short and any(author in text for author in authors):
        return Zone.CHECK if phrases.CREDIT.match(text) else Zone.BYLINE
    notice = block.words <= _LEAD_IN_WORDS and phrases.NOTICE.match(text)
    if notice or is_furniture(text, habits) or (place is Zone.BYLINE and not is_short):  # that one is about the author
        return Zone.CHECK
    if place is Zone.BODY and block.words <= _CAPTION_WORDS and phrases.CAPTION.match(text):
        return Zone.CAPTION
    return place


def _leads_elsewhere(block: Block) -> bool:
    lead_in = phrases.LEAD_IN.match(block.text)
    if lead_in is None or block.words > _LEAD_IN_WORDS:
        return False
    return lead_in["alone"] is not None or block.density >= _SOME


def _under_lead_ins(blocks: Sequence[Block], zones: list[Zone]) -> None:
    """A list of links right under a lead-in is what it leads to."""
    leads = False
    for i, block in enumerate(blocks):
        if _leads_elsewhere(block) and block.words <= _HEADING_WORDS:
            leads = True
        elif leads and zones[i] is Zone.BODY:
            leads = block.tag == "item" or block.density > _LOOSE
            zones[i] = Zone.TEASER if leads else Zone.BODY


def _signed_off(blocks: Sequence[Block], zones: list[Zone], authors: Sequence[str]) -> None:
    """What closes a story after its last sentence: credits, and a word about the author."""
    for i in reversed(range(len(blocks))):
        if zones[i] is not Zone.BODY:
            continue
        text = blocks[i].text
        if not (phrases.CREDIT.match(text) or any(text.startswith(author) for author in authors)):
            break
        zones[i] = Zone.CHECK
