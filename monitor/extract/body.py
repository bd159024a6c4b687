"""Pure. The article's text in blocks, each with its zone: the story, a caption, a notice, links to other articles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from lxml import etree
from lxml.html import HtmlElement

from monitor.extract.library_patterns import RAW_TREE_TEXTS, guard_library_patterns
from monitor.extract.metadata import headlines_of
from monitor.extract.outlet_profile import comparison_key, is_furniture, is_headline
from monitor.extract.page_zones import zones_by_position
from monitor.model import OutletProfile, Span, Zone, ZoneSpan
from monitor.text import phrases
from monitor.text.charset import strip_forbidden
from monitor.text.language import LANGUAGES

if TYPE_CHECKING:
    from trafilatura.settings import Extractor

MAX_TEXT = 200_000

_BLOCK_NAMES = "body div p head list item quote code table row cell lb ab fw"  # trafilatura's
_BLOCK_TAGS = frozenset(_BLOCK_NAMES.split())
_TEXTS = etree.XPath("descendant::text()[normalize-space()]", smart_strings=False)
_PARAGRAPH_TEXTS = etree.XPath("/descendant::p/descendant::text()[normalize-space()]", smart_strings=False)
_NAMES_TEASERS = etree.XPath("boolean(//@*[contains(., 'easer')])")  # else TEASER_DISCARD_XPATH selects nothing
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


def body_blocks(tree: HtmlElement, html: bytes) -> list[Block]:
    """Return the blocks that trafilatura considers the article, in order; `html` is what the tree was parsed from.

    Its fast form is enough for most pages. Where the result is in doubt, all its steps and extractors run.
    """
    from trafilatura.utils import trim

    steps = _LibrarySteps(tree, html)
    body, is_of_first_step = _fast_body(steps)
    if body is None or _is_doubtful(body, tree, is_of_first_step=is_of_first_step):
        body = _thorough_body(steps)
    trim.cache_clear()  # the texts of a thousand elements, up to 3 MB, which no other page has
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


class _LibrarySteps:
    """The steps of `trafilatura_sequence` on one page, each taken once though both forms need it.

    By its parts, as the fast form would copy the tree three times more, ask each page for two rare names, and measure
    all of it, and the thorough form would begin again.
    """

    def __init__(self, tree: HtmlElement, html: bytes) -> None:
        self.tree, self.html = tree, html

    @cached_property
    def page(self) -> HtmlElement:
        """Return what the steps share, which they must copy."""
        return _without_comments(self.tree, self.html)

    @cached_property
    def first(self) -> tuple[etree._Element, str]:
        return _main_text(_without_comments(self.tree, self.html), _prepared_library(fast=True))

    @cached_property
    def recall(self) -> tuple[etree._Element, str]:
        return _main_text(copy(self.page), _for_recall(_prepared_library(fast=True)))

    @cached_property
    def page_length(self) -> int:
        from trafilatura.baseline import html2txt

        return len(html2txt(self.page))

    def last(self, *, fast: bool) -> etree._Element | None:
        """Return the result of the steps after the first; None if there is no text."""
        from trafilatura import core
        from trafilatura.baseline import baseline
        from trafilatura.external import justext_rescue

        options = _prepared_library(fast=fast)
        body, text = self._compared(*self.first, options)
        if len(text) < options.min_extracted_size:
            rescued, rescued_text, length = baseline(self.page)
            if length > len(text):
                body, text = rescued, rescued_text
        is_short = 0 < len(text) < core.ESCALATION_MAX_LENGTH
        if is_short and len(text) < core.ESCALATION_PAGE_SHARE * self.page_length:
            longer_text = paragraphs_text = ""
            with suppress(Exception):  # as the library does
                longer, longer_text = self._compared(*self.recall, _for_recall(options))
            if not fast:
                with suppress(Exception):
                    paragraphs, paragraphs_text = justext_rescue(copy(self.page), options)
            if len(paragraphs_text) > max(len(longer_text), core.ESCALATION_JUSTEXT_RATIO * len(text)):
                body, text = paragraphs, paragraphs_text
            elif len(longer_text) >= options.min_extracted_size and len(
                longer_text
            ) > core.ESCALATION_ACCEPT_RATIO * len(text):
                body, text = longer, longer_text
        return body if len(text) >= options.min_output_size else None

    def _compared(self, body: etree._Element, text: str, options: Extractor) -> tuple[etree._Element, str]:
        """Return the better of this text and those of the two other extractors, which the thorough form asks."""
        from trafilatura.external import compare_extraction
        from trafilatura.htmlprocessing import tree_cleaning

        if options.fast:
            return body, text
        cleaned = tree_cleaning(copy(self.page), options)
        return compare_extraction(cleaned, copy(self.page), body, text, options)


def _fast_body(steps: _LibrarySteps) -> tuple[etree._Element | None, bool]:
    """Return the result of trafilatura's fast form, None if it fails, and whether its first step was enough."""
    from trafilatura.core import ESCALATION_MAX_LENGTH, ESCALATION_PAGE_SHARE

    try:
        body, text = steps.first
        is_long = len(text) >= _prepared_library(fast=True).min_extracted_size
        if is_long and len(text) >= ESCALATION_MAX_LENGTH:
            return body, True
        # A space at least wherever the library has one, as between the cells of a table: never less than it measures.
        if is_long and len(text) >= ESCALATION_PAGE_SHARE * _length([" ".join(_TEXTS(steps.tree))]):
            return body, True
        return steps.last(fast=True), False
    except (TypeError, ValueError):  # the library expects these of strange pages
        return None, False


def _thorough_body(steps: _LibrarySteps) -> etree._Element | None:
    """Return the result of trafilatura's thorough form, which compares itself with two other extractors."""
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    with suppress(TypeError, ValueError):
        if not _NAMES_TEASERS(steps.tree):
            return steps.last(fast=False)
    # Where the first step finds little, the fast form keeps teasers and the thorough form does not.
    document = bare_extraction(steps.tree, options=copy(_prepared_library(fast=False)))
    return document.body if isinstance(document, Document) else None


def _without_comments(tree: HtmlElement, html: bytes) -> HtmlElement:
    """Return a copy of a page's tree without readers' comments and appended articles."""
    from trafilatura import xpaths
    from trafilatura.htmlprocessing import prune_unwanted_nodes

    page = copy(tree)
    if any(text in html for text in RAW_TREE_TEXTS):
        prune_unwanted_nodes(page, xpaths.RAW_TREE_PRUNE_XPATH)
    return prune_unwanted_nodes(page, xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH)


def _main_text(page: HtmlElement, options: Extractor) -> tuple[etree._Element, str]:
    """Return the result of trafilatura's own extractor, and its text; it uses the tree up."""
    from trafilatura.htmlprocessing import convert_tags, tree_cleaning
    from trafilatura.main_extractor import extract_content

    return extract_content(convert_tags(tree_cleaning(page, options), options), options)


def _for_recall(options: Extractor) -> Extractor:
    options = copy(options)
    options.focus = "recall"
    return options


@cache
def _prepared_library(*, fast: bool) -> Extractor:
    """Set trafilatura's word list and patterns, and return its options; to make them takes longer than to copy them."""
    from justext import core  # type: ignore[import-untyped]
    from trafilatura import external
    from trafilatura.settings import Extractor

    if not fast:  # the list takes 4 MB, and few pages need it
        external.JT_STOPLIST = _frequent_words()  # type: ignore[assignment]
        core.define_stoplist = frozenset  # its own would make the same words once more, in small letters as they are
    guard_library_patterns()
    # `deduplicate` would compare with earlier pages of this process.
    return Extractor(fast=fast, comments=False, links=True, dedup=False)


def _frequent_words() -> frozenset[str]:
    """Return justext's frequent words of the languages that are detected; those of all its hundred take 27 MB."""
    from justext import get_stoplist
    from trafilatura.settings import JUSTEXT_LANGUAGES

    return frozenset[str]().union(
        *(get_stoplist(JUSTEXT_LANGUAGES[code]) for code in LANGUAGES & JUSTEXT_LANGUAGES.keys())
    )


def _is_doubtful(body: etree._Element, tree: HtmlElement, *, is_of_first_step: bool) -> bool:
    """Return True if a text is short, far from what the page has in paragraphs, or has furniture of the page in it."""
    length, in_paragraphs = _length(body.itertext()), _length(_PARAGRAPH_TEXTS(tree))
    if (
        length < _MIN_TEXT
        or in_paragraphs > _MAX_DISAGREEMENT * length
        or next(body.iter(*_FURNITURE), None) is not None
    ):
        return True
    if length <= _MAX_DISAGREEMENT * in_paragraphs:
        return False
    # In place of the first step's paragraphs only a text twice as long is taken: half of a page has none.
    has_paragraphs = len(body.findall(".//p")) > len(body.findall(".//table"))
    return not (is_of_first_step and has_paragraphs and _length(_TEXTS(tree)) <= 2 * length)


def _length(texts: Iterable[str]) -> int:
    """Return the characters of some texts, of white space between two words of one text a single one."""
    texts = list(texts)
    words = " ".join(texts).split()  # all at once: a third of the time
    return len("".join(words)) + len(words) - sum(1 for text in texts if text and not text.isspace())


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
