"""Pure. Where in the page a block of the article stands: in the story, or in what its makers mark as something else."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from monitor.decode import clean
from monitor.model import Zone

_TEXTS = etree.XPath("//text()[normalize-space() and not(parent::script or parent::style or parent::noscript)]")
_PLACES = 4  # of one block that are looked at: headlines stand in lists too
_START = 60  # letters by which a block is found when trafilatura took words out of it
_STORY = 0.8  # of the text: the narrowest element that holds so much is the story's
_NAMES = 500  # characters of an element's classes and id
_PART = 0.34  # of the text: a marked element that holds more is no aside, whatever its makers call it

# What the makers of pages call the parts that are not the story: in classes, ids, and as elements.
_BY_CLASS = {
    Zone.TEASER: r"""related | recommend | recirc | teaser | popular | trending | similar | collection | sidebar
        | outbrain | taboola | mgid | po[-_]?teme | promo(?![a-z]) | (?:most|also|next|must)[-_]?read | see[-_]?also
        | read[-_]?(?:also|next|too) | news[-_]?(?:list|feed|lenta) | (?:more|latest)[-_](?:from|on)(?![a-z])
        | (?:more|other|recent|latest|last|top)[-_]?(?:news|stor|article|post)""",
    Zone.CHECK: r"""newsletter | subscri | sign[-_]?up | banner | cookie | consent | copyright | disclaimer | breadcrumb
        | footer | comments?(?![a-z]) | tags?(?![a-z]) | authors?[-_]?(?:bio|info|desc|box|card) | bio(?![a-z])
        | about[-_]?(?:the[-_]?)?author""",
    Zone.CAPTION: r"caption | (?:photo|image|img|media|picture)[-_]*(?:credit|description|desc|text|source)s?(?![a-z])",
    Zone.BYLINE: r"byline | authors?(?![a-z])",
}
_WORDS = {zone: re.compile(rf"(?<![a-z])(?:{words})", re.VERBOSE) for zone, words in _BY_CLASS.items()}
_CAPITAL_WITHIN = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BY_TAG = {"nav": Zone.TEASER, "aside": Zone.CHECK, "footer": Zone.CHECK, "figcaption": Zone.CAPTION}


@dataclass(frozen=True, slots=True)
class Place:
    """`marked`: what the page calls it, BODY where it says nothing; `below`: after the element that is the story's."""

    marked: Zone = Zone.BODY
    below: bool = False


def places_of(texts: Sequence[str], tree: HtmlElement) -> list[Place]:
    """Where these stretches of a page's text stand in it; of several places of one, the one most like a story."""
    page = _Page(tree)
    found = [list(islice(page.find(text), _PLACES)) for text in texts]
    held: Counter[HtmlElement] = Counter()  # characters of the article below each element
    for text, spots in zip(texts, found, strict=True):
        for element in {above for spot in spots for above in page.above(spot)}:
            held[element] += len(text)
    whole = sum(map(len, texts))
    beside = {e for e in held if held[e] < _PART * whole or e.tag in {"nav", "footer"}}  # and some hold all there is
    # A word by which the page calls what holds the story is none for what stands beside it.
    misused = {word for element in held.keys() - beside for _, word in _words(element)}
    story = min(
        (e for e in held if held[e] >= _STORY * whole), key=lambda e: (held[e], -len(page.chain(e))), default=None
    )
    ends = page.end_of(story)
    marks = {element: mark for element in beside if (mark := _mark(element, misused))}
    return [
        min((Place(page.marked(spot, marks), spot[0] > ends) for spot in spots), key=_unlike_a_story, default=Place())
        for spots in found
    ]


def _unlike_a_story(place: Place) -> tuple[bool, bool]:
    return place.marked in {Zone.TEASER, Zone.CHECK}, place.below


class _Page:
    """A page's text without white space, in pieces, and the elements they stand in."""

    def __init__(self, tree: HtmlElement) -> None:
        self.starts: list[int] = []
        self.elements: list[HtmlElement] = []
        self._chains: dict[HtmlElement, tuple[HtmlElement, ...]] = {}
        pieces: list[str] = []
        at = 0
        for text in _TEXTS(tree):
            element = text.getparent()
            pieces.append(_letters(text))
            self.starts.append(at)
            self.elements.append(element.getparent() if text.is_tail else element)
            at += len(pieces[-1])
        self.text = "".join(pieces)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """The first and the last piece of each place of the text."""
        letters = _letters(text)
        for part in (letters, letters[:_START], letters[-_START:]):
            at = self.text.find(part)
            if at >= 0:
                break
        while at >= 0:
            yield bisect_right(self.starts, at) - 1, bisect_right(self.starts, at + len(part) - 1) - 1
            at = self.text.find(part, at + 1)

    def chain(self, element: HtmlElement | None) -> tuple[HtmlElement, ...]:
        """The element and all above it."""
        if element is None:
            return ()
        if element not in self._chains:
            self._chains[element] = (element, *self.chain(element.getparent()))
        return self._chains[element]

    def above(self, spot: tuple[int, int]) -> tuple[HtmlElement, ...]:
        """The elements that hold all of a stretch of text, the narrowest first."""
        first, last = (self.chain(self.elements[piece]) for piece in spot)
        return tuple(element for element in first if element in last)

    def marked(self, spot: tuple[int, int], marks: Mapping[HtmlElement, Zone]) -> Zone:
        here = {marks[element] for element in self.above(spot) if element in marks}
        return next((zone for zone in _BY_CLASS if zone in here), Zone.BODY)

    def end_of(self, element: HtmlElement | None) -> int:
        """The last piece in an element."""
        last = len(self.elements) - 1
        return next((i for i in range(last, -1, -1) if element in self.chain(self.elements[i])), last)


def _mark(element: HtmlElement, misused: Container[str]) -> Zone | None:
    by_class = (zone for zone, word in _words(element) if word not in misused)
    return _BY_TAG.get(element.tag) or next(by_class, None)


def _words(element: HtmlElement) -> Iterator[tuple[Zone, str]]:
    """The words by which an element's class and id say what it is."""
    names = f"{element.get('class', '')} {element.get('id', '')}"[:_NAMES]
    names = _CAPITAL_WITHIN.sub("-", names).lower()
    return ((zone, found[0]) for zone, pattern in _WORDS.items() for found in pattern.finditer(names))


def _letters(text: str) -> str:
    return "".join(clean(text).split())
