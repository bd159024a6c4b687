"""Pure. trafilatura's XPath patterns, rewritten to select the same elements in a third of the time.

They ask some dozen questions about the attributes of each element. lxml calls Python for each `re:test`, even if the
element lacks the attribute, and decodes the pattern, often of a thousand letters, each time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import import_module
from itertools import islice
from typing import TypeVar

from lxml.etree import XPath
from lxml.html import HtmlElement

Pattern = Callable[[HtmlElement], list[HtmlElement]]
_T = TypeVar("_T")
_Test = Callable[[HtmlElement], object]  # true or false
_ValueTest = Callable[[str], object]

_SHORT = 200  # characters of an attribute; longer ones are not remembered, since a page can have megabytes of them
_REMEMBERED = 250  # values of each attribute that a pattern asks about: many elements of a page have the same
_PREDICATE = r"\s*\[(?!\d)(?:'[^']*'|[^\[\]'])*\]"  # no position
_STEP = re.compile(rf"\s*(\()?(\.?)//(\*|\w+)((?:{_PREDICATE})*)\s*(?(1)\))(\[1\])?\s*(?:\||$)")
_TAGS = re.compile(r"\[\s*(self::\w+(?: or self::\w+)*)\s*\]")
_QUESTION = re.compile(
    r"""(?P<function>contains|starts-with|re:test)\(
            (?:translate\((?=[^,]+,\s*'(?P<letters>\w+)',\s*'(?P<others>\w+)'))?
            @(?P<names>[\w-]+(?:\|@[\w-]+)*) (?(letters)[^)]*\)) ,\s*'(?P<words>[^']*)' (?P<ignores_case>,\s*'i')?\)
        | @(?P<name>[\w-]+) (?:='(?P<value>[^']*)')?
        | \w+='[^']*' | not\([^()]*\)""",
    re.VERBOSE,
)
_ONLY_QUESTIONS = re.compile(r"\s*\[\s*\?(?:\s+or\s+\?)*\s*\]")
# Patterns with few words: a text that each of their matches contains.
CONTAINED_TEXTS = {
    "^[Cc]omment(?!ary)|(?:article|post)-comments": ("omment",),
    "^(?:[Cc]omment(?!ary)|comol|disqus_thread|dsq-comments)": ("omment", "comol", "disqus_thread"),
}
# One of these is in the bytes of each page on which the patterns of RAW_TREE_PRUNE_XPATH select anything.
RAW_TREE_TEXTS = (b"mvp-post-add-", b"infinite", b"elementor-share-buttons")


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
    """Return a pattern that selects the same elements; of one that ends in "[1]" the first, as trafilatura takes it.

    A pattern of another form than those that extraction uses is left to lxml.
    """
    steps = list(_STEP.finditer(pattern.path))
    is_whole = "".join(step[0] for step in steps) == pattern.path
    forms = {(bool(step[2]), bool(step[5])) for step in steps}
    if not is_whole or len(forms) != 1:
        return pattern  # type: ignore[no-any-return]
    try:
        tests = [_tags_and_test(step[3], step[4]) for step in steps]
    except ValueError:
        return pattern  # type: ignore[no-any-return]
    return ElementPattern(tests, *forms.pop())


class ElementPattern:
    """A pattern whose steps each ask questions about one element."""

    def __init__(self, steps: list[tuple[frozenset[str], _Test]], is_below: bool, is_first: bool) -> None:
        tags = frozenset[str]().union(*(tags for tags, _ in steps))
        self._tests = {tag: _any_test([test for tags, test in steps if tags & {tag, "*"}]) for tag in tags}
        self._is_below, self._is_first = is_below, is_first

    def __call__(self, tree: HtmlElement) -> list[HtmlElement]:
        tests = self._tests
        elements = tree.iterdescendants(*tests) if self._is_below else tree.getroottree().iter(*tests)
        selected = (element for element in elements if (tests.get(element.tag) or tests["*"])(element))
        return list(islice(selected, 1) if self._is_first else selected)


def _tags_and_test(tag: str, predicates: str) -> tuple[frozenset[str], _Test]:
    tags = frozenset({tag})
    if tag == "*" and (tag_tests := _TAGS.match(predicates)):
        tags = frozenset(tag_tests[1].replace("self::", "").split(" or "))
        predicates = predicates[tag_tests.end() :]
    tests = [_test_of(predicate) for predicate in re.findall(_PREDICATE, predicates)]
    if len(tests) < 2:
        return tags, tests[0] if tests else lambda _: True
    return tags, lambda element: tests[0](element) and all(test(element) for test in tests[1:])


def _test_of(predicate: str) -> _Test:
    """Return a test of an element by questions with "or" between them. Raises ValueError if there is anything else."""
    if not _ONLY_QUESTIONS.fullmatch(_QUESTION.sub("?", predicate)):
        raise ValueError(predicate)
    value_tests: defaultdict[str, list[_ValueTest]] = defaultdict(list)
    other_tests: list[_Test] = []
    for question in _QUESTION.finditer(predicate):
        if names := question["names"] or question["name"]:
            value_tests[names.replace("@", "")].append(_value_test(question))
        else:
            other_tests.append(XPath(f"boolean({question[0]})"))
    tests = {name: _any_test(tests) for name, tests in value_tests.items() if "|" not in name}
    tests_of_first = [(names.split("|"), _any_test(tests)) for names, tests in value_tests.items() if "|" in names]

    def test(element: HtmlElement) -> bool:
        attributes = element.keys()  # `items` looks each value up from the first: a square of many attributes
        for name in attributes:
            if name in tests and tests[name](element.get(name)):
                return True
        for names, test_of_first in tests_of_first:  # "@id|@class" is the one that stands first in the page
            for name in attributes:
                if name in names:
                    if test_of_first(element.get(name)):
                        return True
                    break
        return bool(other_tests) and any(test(element) for test in other_tests)

    return test


def _value_test(question: re.Match[str]) -> _ValueTest:
    function, words = question["function"], question["words"]
    if function is None:
        return (lambda _: True) if question["value"] is None else question["value"].__eq__
    test: _ValueTest = {
        "contains": _contains_test(words),
        "starts-with": lambda value: value.startswith(words),
        "re:test": _search_test(words or "", ignores_case=bool(question["ignores_case"])),
    }[function]
    if test(""):  # an element without the attribute passes, too
        raise ValueError(words)
    if question["letters"] is None:
        return test
    table = str.maketrans(question["letters"], question["others"])
    return lambda value: test(value.translate(table))


def _any_test(tests: list[Callable[[_T], object]]) -> Callable[[_T], object]:
    if len(tests) == 1:
        return tests[0]

    def passes_any(value: _T) -> bool:
        for test in tests:  # noqa: SIM110 -- `any` takes twice as long
            if test(value):
                return True
        return False

    return passes_any


@cache
def _search_test(words: str, *, ignores_case: bool) -> _ValueTest:
    """Return a test whether a text contains a match."""
    search = re.compile(words, re.IGNORECASE if ignores_case else 0).search
    if texts := CONTAINED_TEXTS.get(words):
        contains_any = _any_test([_contains_test(text) for text in texts])
        return lambda text: contains_any(text) and search(text)
    search_short = lru_cache(_REMEMBERED)(lambda text: search(text) is not None)
    return lambda text: search_short(text) if len(text) <= _SHORT else search(text)


def _contains_test(words: str) -> _ValueTest:
    return lambda text: words in text
