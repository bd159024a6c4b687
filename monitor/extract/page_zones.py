"""Pure. Where in the page a block of the article stands: in the story, or in what its makers mark as something else."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from itertools import accumulate, islice

from lxml import etree
from lxml.html import HtmlElement

from monitor.model import Zone
from monitor.text.charset import clean

_TEXTS = etree.XPath("//text()[normalize-space() and not(parent::script or parent::style)]")
_PLACES = 4  # of one block that are looked at: headlines stand in lists too
_START = 60  # letters by which a block is found when trafilatura took words out of it
_STORY = 0.8  # of the text: the narrowest element that holds so much is the story's
_NAMES = 500  # characters of an element's classes and id
_CAPTIONS, _CAPTIONS_READ, _CAPTION = 20, 100, 300  # of a story, of a page, and characters of one
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
_ASIDE = frozenset({Zone.CHECK, Zone.TEASER})
_BY_TAG = {"nav": Zone.TEASER, "aside": Zone.CHECK, "footer": Zone.CHECK, "figcaption": Zone.CAPTION}


def places_of(texts: Sequence[str], tree: HtmlElement) -> tuple[list[Zone], list[str]]:
    """What these stretches of a page's text are by where they stand in it; BODY where nothing speaks against it.

    Of several places of one, the one most like a story counts. Beside them, the captions within the story and between
    it and its headline that are none of these texts.
    """
    page = _Page(tree)
    occurrences = [list(islice(page.find(text), _PLACES)) for text in texts]
    characters_below: Counter[HtmlElement] = Counter()  # characters of the article below each element
    for text, spots in zip(texts, occurrences, strict=True):
        characters_below.update(dict.fromkeys((element for _, above in spots for element in above), len(text)))
    total = sum(map(len, texts))
    small_elements = {
        e for e in characters_below if characters_below[e] < _PART * total or e.tag in {"nav", "footer"}
    }  # and some hold all there is
    # A word by which the page calls what holds the story is none for what stands beside it.
    misused = {word for element in characters_below.keys() - small_elements for _, word in _words(element)}
    marks = {element: mark for element in small_elements if (mark := _mark(element, misused))}
    of_story = [e for e in characters_below if characters_below[e] >= _STORY * total]
    story = set(min(of_story, key=lambda e: (characters_below[e], -len(_chain(e))), default=tree).iter())
    end = max((piece for piece, element in enumerate(page.elements) if element in story), default=0)

    def zone_at(piece: int, above: Sequence[HtmlElement]) -> Zone:
        zones_above = {marks[element] for element in above if element in marks}
        marked = next((zone for zone in _BY_CLASS if zone in zones_above), Zone.BODY)
        return Zone.CHECK if piece > end and marked is not Zone.TEASER else marked

    zones = ([zone_at(*spot) for spot in spots] for spots in occurrences)
    begin = next((piece for piece, element in enumerate(page.elements) if element in story), 0)
    headlines = {element for headline in tree.iter("h1") for element in headline.iter()}
    begin = max((n for n, element in enumerate(page.elements[:begin]) if element in headlines), default=begin)
    story_letters = _letters("".join(texts))
    captions: dict[str, None] = {}
    for element in islice(filter(lambda e: _mark(e, misused) is Zone.CAPTION, tree.iter("*")), _CAPTIONS_READ):
        piece, text = page.words_of(element)
        above = [e for e in element.iterancestors() if e not in characters_below or e in small_elements]
        aside = any(e.tag == "a" or _mark(e, misused) in {*_ASIDE, Zone.CAPTION} for e in above)
        if text and begin <= piece <= end and not aside and _letters(text) not in story_letters:
            captions[text[:_CAPTION].rpartition(" ")[0] if len(text) > _CAPTION else text] = None
    return [min(candidates, key=_ASIDE.__contains__, default=Zone.BODY) for candidates in zones], list(captions)[
        :_CAPTIONS
    ]


class _Page:
    """A page's text without white space, in pieces, and the elements they stand in."""

    def __init__(self, tree: HtmlElement) -> None:
        self.texts = texts = _TEXTS(tree)
        pieces = list(map(_letters, texts))
        self.elements = [t.getparent().getparent() if t.is_tail else t.getparent() for t in texts]
        self.starts = list(accumulate(map(len, pieces[:-1]), initial=0))
        self.text = "".join(pieces)

    def find(self, text: str) -> Iterator[tuple[int, list[HtmlElement]]]:
        """Each place of the text: its first piece, and the elements that hold all of it, the narrowest first."""
        letters = _letters(text)
        for part in (letters, letters[:_START], letters[-_START:]):
            start = self.text.find(part)
            if start >= 0:
                break
        while start >= 0:
            first, last = (bisect_right(self.starts, end) - 1 for end in (start, start + len(part) - 1))
            all_above = set(_chain(self.elements[last]))
            yield first, [element for element in _chain(self.elements[first]) if element in all_above]
            start = self.text.find(part, start + 1)

    def words_of(self, element: HtmlElement) -> tuple[int, str]:
        """An element's first piece, and its text."""
        within = set(element.iter())
        pieces = [piece for piece, one in enumerate(self.elements) if one in within]
        return min(pieces, default=0), " ".join(clean(" ".join(self.texts[piece] for piece in pieces)).split())


def _chain(element: HtmlElement) -> list[HtmlElement]:
    """The element and all above it."""
    return [element, *element.iterancestors()]


def _mark(element: HtmlElement, misused: Container[str]) -> Zone | None:
    by_class = (zone for zone, word in _words(element) if word not in misused)
    return _BY_TAG.get(element.tag) or next(by_class, None)


def _words(element: HtmlElement) -> Iterator[tuple[Zone, str]]:
    """The words by which an element's class and id say what it is."""
    names = f"{element.get('class', '')} {element.get('id', '')}"[:_NAMES]
    names = _CAPITAL_WITHIN.sub("-", names).lower()
    return ((zone, match[0]) for zone, pattern in _WORDS.items() for match in pattern.finditer(names))


def _letters(text: str) -> str:
    return "".join(clean(text).split())
