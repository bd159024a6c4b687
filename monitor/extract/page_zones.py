"""Pure. The zone of a block by its position in the page: in the story, or in an element marked as something else."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain, islice

from lxml import etree
from lxml.html import HtmlElement

from monitor.model import Zone
from monitor.text.charset import strip_forbidden

_TEXT_NODES = etree.XPath("/descendant::text()[normalize-space()]")
_MAX_OCCURRENCES = 4  # of one block: headlines occur in lists of links, too
_PREFIX_LETTERS = 60  # enough to find a block from which trafilatura dropped words
_STORY_SHARE = 0.8  # the smallest element with this share of the text is the story's
_MAX_ATTRIBUTE_CHARACTERS = 500  # characters of an element's classes, or of its id
_MAX_CAPTIONS = 20  # of a story
_MAX_CAPTION_ELEMENTS = 100  # of a story
_MAX_CAPTION_CHARACTERS = 300  # of one caption
_MAX_MARKED_SHARE = 0.34  # an element with more than this share of the text is the story, whatever its class

_PICTURE_WORDS = ("photo", "image", "img", "media", "picture")
# Words in classes and ids of elements that are not the story.
_CLASS_PATTERNS = {
    Zone.TEASER: r"""related | recommend | recirc | teaser | popular | trending | similar | collection | sidebar
        | outbrain | taboola | mgid | po[-_]?teme | promo(?![a-z]) | (?:most|also|next|must)[-_]?read | see[-_]?also
        | read[-_]?(?:also|next|too) | news[-_]?(?:list|feed|lenta) | (?:more|latest)[-_](?:from|on)(?![a-z])
        | (?:more|other|recent|latest|last|top)[-_]?(?:news|stor|article|post)""",
    Zone.CHECK: r"""newsletter | subscri | sign[-_]?up | banner | cookie | consent | copyright | disclaimer | breadcrumb
        | footer | comments?(?![a-z]) | tags?(?![a-z]) | authors?[-_]?(?:bio|info|desc|box|card) | bio(?![a-z])
        | about[-_]?(?:the[-_]?)?author""",
    Zone.CAPTION: rf"caption | (?:{'|'.join(_PICTURE_WORDS)})[-_]*(?:credit|description|desc|text|source)s?(?![a-z])",
    Zone.BYLINE: r"byline | authors?(?![a-z])",
}
_CLASS_REGEXES = {zone: re.compile(rf"(?<![a-z])(?:{words})", re.VERBOSE) for zone, words in _CLASS_PATTERNS.items()}
_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ASIDE_ZONES = (Zone.CHECK, Zone.TEASER)
_TAG_ZONES = {"nav": Zone.TEASER, "aside": Zone.CHECK, "footer": Zone.CHECK, "figcaption": Zone.CAPTION}


def zones_by_position(texts: Sequence[str], tree: HtmlElement) -> tuple[list[Zone], list[str]]:
    """Return the zone of each text by its position in the page, and the story's captions that are not among the texts.

    A text that occurs several times gets the zone most like the story. BODY is the default. Captions count between the
    headline and the end of the story.
    """
    page = _Page(tree)
    letters = list(map(_without_spaces, texts))
    occurrences = [list(islice(page.occurrences_of(part), _MAX_OCCURRENCES)) for part in letters]
    characters_below: defaultdict[HtmlElement, int] = defaultdict(int)  # characters of the article below each element
    for text, places in zip(texts, occurrences, strict=True):
        for element in dict.fromkeys(chain.from_iterable(ancestors for _, ancestors in places)):
            characters_below[element] += len(text)
    total = sum(map(len, texts))
    # nav and footer may hold all text of a broken page and are still not the story.
    small_elements = {
        e for e in characters_below if characters_below[e] < _MAX_MARKED_SHARE * total or e.tag in {"nav", "footer"}
    }
    # A site may call the element around its story "related" or "comments": then this word marks nothing on this page.
    ignored_words = {word for element in characters_below.keys() - small_elements for _, word in _zone_words(element)}
    zone_of_element = {element: mark for element in small_elements if (mark := _marked_zone(element, ignored_words))}
    story_candidates = [e for e in characters_below if characters_below[e] >= _STORY_SHARE * total]
    story_elements = set(
        min(story_candidates, key=lambda e: (characters_below[e], -len(_self_and_ancestors(e))), default=tree).iter()
    )
    # Text after the story's element is not the story, even if nothing marks it.
    end = max((piece for piece, element in enumerate(page.elements) if element in story_elements), default=0)

    def zone_at(piece: int, ancestors: Sequence[HtmlElement]) -> Zone:
        zones_of_ancestors = [zone_of_element[element] for element in ancestors if element in zone_of_element]
        zone_of_ancestors = next((zone for zone in _CLASS_PATTERNS if zone in zones_of_ancestors), Zone.BODY)
        return Zone.CHECK if piece > end and zone_of_ancestors is not Zone.TEASER else zone_of_ancestors

    zones = ([zone_at(*place) for place in places] for places in occurrences)
    begin = next((piece for piece, element in enumerate(page.elements) if element in story_elements), 0)
    headlines = {element for headline in tree.iter("h1") for element in headline.iter()}
    begin = max((n for n, element in enumerate(page.elements[:begin]) if element in headlines), default=begin)
    story_letters = "".join(letters)
    captions: dict[str, None] = {}
    # trafilatura drops many captions: search all of the story's part of the page for them.
    caption_elements = (e for e in page.elements_between(begin, end) if _marked_zone(e, ignored_words) is Zone.CAPTION)
    for element in islice(caption_elements, _MAX_CAPTION_ELEMENTS):
        text = " ".join(strip_forbidden(" ".join(element.itertext())).split())
        ancestors = [e for e in element.iterancestors() if e not in characters_below or e in small_elements]
        is_aside = any(e.tag == "a" or _marked_zone(e, ignored_words) not in (None, Zone.BYLINE) for e in ancestors)
        if text and not is_aside and _without_spaces(text) not in story_letters:
            is_too_long = len(text) > _MAX_CAPTION_CHARACTERS
            captions[text[:_MAX_CAPTION_CHARACTERS].rpartition(" ")[0] if is_too_long else text] = None
    best_zones = [min(candidates, key=_ASIDE_ZONES.__contains__, default=Zone.BODY) for candidates in zones]
    return best_zones, list(captions)[:_MAX_CAPTIONS]


class _Page:
    """A page's text without white space, as an index from positions to text nodes and their elements.

    Without white space, since trafilatura and the page break lines differently.
    """

    def __init__(self, tree: HtmlElement) -> None:
        texts = _TEXT_NODES(tree)
        pieces = _without_spaces("\0".join(texts)).split("\0")  # a sign that no tree can hold
        self.elements = [t.getparent().getparent() if t.is_tail else t.getparent() for t in texts]
        self.starts = list(accumulate(map(len, pieces[:-1]), initial=0))
        self.text = "".join(pieces)
        self._around: dict[HtmlElement, list[HtmlElement]] = {}  # by the parents of ends of blocks

    def occurrences_of(self, letters: str) -> Iterator[tuple[int, list[HtmlElement]]]:
        """Yield each occurrence of a text: its first text node, and the elements around all of it, innermost first."""
        for part in (letters, letters[:_PREFIX_LETTERS], letters[-_PREFIX_LETTERS:]):
            start = self.text.find(part)
            if start >= 0:
                break
        while start >= 0:
            first, last = (bisect_right(self.starts, end) - 1 for end in (start, start + len(part) - 1))
            ancestors = self._self_and_ancestors(self.elements[first])
            if self.elements[first] is not self.elements[last]:
                elements_around_last = set(self._self_and_ancestors(self.elements[last]))
                ancestors = [element for element in ancestors if element in elements_around_last]
            yield first, ancestors
            start = self.text.find(part, start + 1)

    def elements_between(self, begin: int, end: int) -> Iterator[HtmlElement]:
        """Yield the elements whose first text node is one of those from one to another, in the order of the page."""
        visited = set(self._self_and_ancestors(self.elements[begin - 1])) if begin else set()
        for parent in self.elements[begin : end + 1]:
            unvisited = []
            element: HtmlElement | None = parent
            while element is not None and element not in visited:
                visited.add(element)
                unvisited.append(element)
                element = element.getparent()
            yield from reversed(unvisited)

    def _self_and_ancestors(self, element: HtmlElement) -> list[HtmlElement]:
        parent = element.getparent()
        if parent is None:
            return [element]
        if parent not in self._around:
            self._around[parent] = _self_and_ancestors(parent)
        return [element, *self._around[parent]]


def _self_and_ancestors(element: HtmlElement) -> list[HtmlElement]:
    return [element, *element.iterancestors()]


def _marked_zone(element: HtmlElement, ignored_words: Container[str]) -> Zone | None:
    """Return the zone that an element's tag, class or id names, or None."""
    if zone := _TAG_ZONES.get(element.tag):
        return zone
    if not (words := _zone_words(element)):  # as most elements
        return None
    return next((zone for zone, word in words if word not in ignored_words), None)


def _zone_words(element: HtmlElement) -> Sequence[tuple[Zone, str]]:
    """Return the words in an element's class and id that name a zone."""
    of_class, of_id = element.get("class"), element.get("id")
    words = _zone_words_in(of_class[:_MAX_ATTRIBUTE_CHARACTERS]) if of_class else ()
    return words + _zone_words_in(of_id[:_MAX_ATTRIBUTE_CHARACTERS]) if of_id else words


@lru_cache(maxsize=4_000)  # an outlet's pages have few classes and many elements
def _zone_words_in(names: str) -> tuple[tuple[Zone, str], ...]:
    if not names.islower():
        names = _CAMEL_CASE.sub("-", names).lower()  # relatedNews -> related-news
    return tuple((zone, match[0]) for zone, pattern in _CLASS_REGEXES.items() for match in pattern.finditer(names))


def _without_spaces(text: str) -> str:
    return "".join(text.replace(" ", "").split())  # the spaces first, as most others are: half of the time
