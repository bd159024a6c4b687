"""Pure. trafilatura's XPath patterns, rewritten to select the same elements in a third to nine tenths of the time.

lxml calls Python for each `re:test` of each element, even if the element lacks the attribute, and decodes the pattern,
often of a thousand letters, each time. libxml2 finds tags fast only by steps such as `descendant::div`, not by tests
such as `*[self::div]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from importlib import import_module
from itertools import chain

from lxml.etree import XPath, XPathSyntaxError
from lxml.html import HtmlElement

Pattern = Callable[[HtmlElement], list[HtmlElement]]

_REGEXP_NAMESPACE = "http://exslt.org/regular-expressions"
_OWN_NAMESPACE = "urn:monitor"
_SHORT = 200  # characters of an attribute; longer ones are not remembered, since a page can have megabytes of them
_REMEMBERED = 250  # attributes of each test: many elements of a page have the same
_CALL = re.compile(r"re:test\((@[\w@|-]+), *'([^']*)'(, *'i')?\)")
_PLAIN_WORDS = re.compile(r"[\w -]+")
_PREDICATE = r"\s*\[(?:'[^']*'|[^\[\]'])*\]"
_TAGS_WITH_PREDICATES = re.compile(
    rf"\(?(\.?)//\*\[(self::\w+(?: or self::\w+)*)\]((?:{_PREDICATE})+?)\)?(\[1\])?(?:\|//(\w+))?"
)
_POSITION = re.compile(r"(?:^|[\w*\]])\s*\[\d|position\(|last\(")
_TESTS: dict[str, Callable[[object, str], bool]] = {}  # by their names in XPath
# Patterns with few words: a text that each of their matches contains.
CONTAINED_TEXTS = {
    "mvp-post-add-(?:box|wrap)|infinite-?scroll": ("mvp-post-add-", "infinite"),
    "mvp-post-add-(?:box|wrap)": ("mvp-post-add-",),
    "^[Cc]omment(?!ary)|(?:article|post)-comments": ("omment",),
    "cookie[-_]?(?:banner|bar|consent|law|notice|policy|description)|notice[-_]{0,2}cookie"
    "|consent[-_]?(?:banner|manager|sdk)|borlabs|cookiebot|cmplz|onetrust|moove[-_]?gdpr": (
        "cookie", "consent", "borlabs", "cmplz", "onetrust", "moove",
    ),
}  # fmt: skip
# One of these is in the bytes of each page on which the patterns of RAW_TREE_PRUNE_XPATH select anything.
RAW_TREE_TEXTS = (b"mvp-post-add-", b"infinite", b"elementor-share-buttons")
_RARE_NAMES = re.compile(r"(.+)\|\.//\*\[re:test\(@class, '([^']*)', 'i'\) or re:test\(@id, '\2', 'i'\)\]")
_CLASSES, _IDS = (XPath(f"descendant-or-self::*/@{name}", smart_strings=False) for name in ("class", "id"))


@cache
def guard_library_patterns() -> None:
    """Replace trafilatura's patterns by ones that select the same elements."""
    for module in map(import_module, ("trafilatura.xpaths", "trafilatura.baseline")):
        for name, value in list(vars(module).items()):
            if isinstance(value, XPath):
                setattr(module, name, guarded(value))
            elif isinstance(value, list) and all(isinstance(pattern, XPath) for pattern in value):
                value[:] = map(guarded, value)  # in place, because other modules have imported the list


def guarded(pattern: XPath) -> Pattern:
    """Return a pattern that selects the same elements; of one that ends in "[1]" the first, as trafilatura takes it."""
    path = pattern.path.strip()
    try:
        whole = _rewritten(_CALL.sub(_guarded_call, path))
        if (rare_part := _RARE_NAMES.fullmatch(path)) and (texts := CONTAINED_TEXTS.get(rare_part[2])):
            first_parts = guarded(XPath(rare_part[1], namespaces={"re": _REGEXP_NAMESPACE}))
            return PatternWithRareNames(whole, first_parts, texts)
        return whole
    except XPathSyntaxError:  # a form that no version has had
        return pattern  # type: ignore[no-any-return]


def _rewritten(path: str) -> Pattern:
    step = _TAGS_WITH_PREDICATES.fullmatch(path)
    if step and not _POSITION.search(step[3]):
        is_below, tests, predicates, first, other_tag = step.groups(default="")
        axis = "descendant::" if is_below else "/descendant::"
        steps = {tag: f"{axis}{tag}{predicates}{first}" for tag in tests.replace("self::", "").split(" or ")}
        if other_tag:
            steps[other_tag] = axis + other_tag
        return _xpath(f"({' | '.join(steps.values())})[1]") if first else PatternByTag(steps)
    if not _POSITION.search(path):
        path = path.replace(".//", "descendant::")  # libxml2 does so by itself only without predicates
    return _xpath(path)


class PatternWithRareNames:
    """A pattern whose last part is left out on a page that has none of its texts in classes and ids, as most have."""

    def __init__(self, whole: Pattern, first_parts: Pattern, texts: Sequence[str]) -> None:
        self.path = whole.path  # type: ignore[attr-defined]
        self._whole, self._first_parts = whole, first_parts
        self._texts = re.compile("|".join(map(re.escape, texts)), re.IGNORECASE)  # ignores case as `re:test` does

    def __call__(self, tree: HtmlElement) -> list[HtmlElement]:
        names = "\n".join((*_CLASSES(tree), *_IDS(tree)))
        return self._whole(tree) if self._texts.search(names) else self._first_parts(tree)


class PatternByTag:
    """A pattern that selects elements of several tags, each tag in a search of its own."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self.patterns = {tag: _xpath(path) for tag, path in paths.items()}

    def __call__(self, tree: HtmlElement) -> list[HtmlElement]:
        selected = [elements for pattern in self.patterns.values() if (elements := pattern(tree))]
        if len(selected) < 2:
            return selected[0] if selected else []
        # In the order of the page. libxml2's union of many elements takes quadratic time.
        elements_of_any = set(chain.from_iterable(selected))
        return [element for element in tree.getroottree().iter(*self.patterns) if element in elements_of_any]


def _xpath(path: str) -> Pattern:
    tests = {(_OWN_NAMESPACE, name): test for name, test in _TESTS.items() if f"own:{name}(" in path}
    pattern: Pattern = XPath(path, namespaces={"re": _REGEXP_NAMESPACE, "own": _OWN_NAMESPACE}, extensions=tests)
    return pattern


def _guarded_call(call: re.Match[str]) -> str:
    attribute, words, flag = call.groups()
    if flag is None and _PLAIN_WORDS.fullmatch(words):
        return f"contains({attribute}, '{words}')"
    if re.search(words, ""):  # an element without the attribute matches
        return call[0]
    contained = () if flag else CONTAINED_TEXTS.get(words, ())
    is_worth_testing = " or ".join(f"contains({attribute}, '{text}')" for text in contained) or attribute
    return f"(({is_worth_testing}) and own:{_test_name(words, ignores_case=bool(flag))}(string({attribute})))"


@cache
def _test_name(words: str, *, ignores_case: bool) -> str:
    """Return the name of an XPath function that tells whether its text contains a match."""
    search = re.compile(words, re.IGNORECASE if ignores_case else 0).search
    search_short = lru_cache(_REMEMBERED)(lambda text: search(text) is not None)

    def test(_context: object, text: str) -> bool:
        return search_short(text) if len(text) <= _SHORT else search(text) is not None

    name = f"test{len(_TESTS)}"
    _TESTS[name] = test
    return name
