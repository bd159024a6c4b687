"""trafilatura's patterns are rewritten to be faster, and select what they selected before."""

from __future__ import annotations

import importlib.util
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.etree import XPath
from lxml.html import HtmlElement, document_fromstring

from kit.growth import grows_as_its_input
from monitor.extract.library_patterns import CONTAINED_TEXTS, RAW_TREE_TEXTS, guarded

PAGES = sorted((Path(__file__).parents[1] / "data" / "pages").glob("*.html"))
NAMESPACES = {"re": "http://exslt.org/regular-expressions"}


def fresh_module(name: str) -> ModuleType:
    """Load a module of trafilatura once more: extraction has replaced the patterns of the one in use."""
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LIBRARY_PATTERNS = [
    *(
        pattern
        for value in vars(fresh_module("trafilatura.xpaths")).values()
        if isinstance(value, list)
        for pattern in value
    ),
    import_module("trafilatura.settings").BASIC_CLEAN_XPATH,
]
REWRITTEN = [(pattern, guarded(pattern)) for pattern in LIBRARY_PATTERNS]
# Words of the patterns' regular expressions and tests, and such words with other letters around or within them.
WORDS = sorted({word for pattern in LIBRARY_PATTERNS for word in re.findall(r"[A-Za-z]{3,}[-_ A-Za-z]*", pattern.path)})
ATTRIBUTES = ["class", "id", "style", "role", "itemprop", "data-component", "aria-hidden", "rel"]
TAGS = sorted(
    {tag for pattern in LIBRARY_PATTERNS for tag in re.findall(r"self::(\w+)", pattern.path)}
    | {"main", "h1", "footer", "table", "em"}
)


def differences(tree: HtmlElement) -> list[str]:
    """Return the patterns that select other elements than before; of one that ends in "[1]" the first counts."""
    return [
        old.path
        for old, new in REWRITTEN
        if new(tree) != (old(tree)[:1] if old.path.rstrip().endswith("[1]") else old(tree))
    ]


words = st.tuples(
    st.sampled_from(["", "x", "x-", "no"]), st.sampled_from(WORDS), st.sampled_from(["", "ary", "-1", "s"])
)
attributes = st.builds(
    '{}="{}"'.format,
    st.sampled_from(ATTRIBUTES),
    st.lists(words.map("".join), max_size=3).map(" ".join),
)
start_tags = st.builds("<{} {}>text ".format, st.sampled_from(TAGS), st.lists(attributes, max_size=3).map(" ".join))
pieces = st.one_of(start_tags, st.sampled_from(TAGS).map("</{}>".format))


@given(st.lists(pieces, max_size=25).map("".join))
def test_on_any_page_the_same_elements_are_selected(html: str):
    assert not differences(document_fromstring(f"<html><body>{html}</body></html>"))


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_on_written_pages_the_same_elements_are_selected(file: Path):
    assert not differences(document_fromstring(file.read_bytes()))


@pytest.mark.parametrize(
    ("path", "html"),
    [
        (".//*[re:test(@id|@class, 'cookie')]", "<i class=cookie id=x></i><i id=x class=cookie></i><i id=cookie></i>"),
        (".//*[re:test(@class, '^a|b?')]", "<i></i><i class=c></i>"),  # a regular expression that matches nothing, too
        (".//*[re:test(@class, 'FULL', 'i')]", "<i class=full></i><i class=empty></i>"),
        (".//*[self::i or self::b][re:test(@id, '[x]y')]", "<b id=xy></b><i id=xy></i><p id=xy></p><i id=y></i>"),
        ("(.//*[self::i or self::b][@id])[1]", "<p><b id=2></b></p><i id=1></i>"),
        (".//*[self::i or self::b][@id][1]", "<p><b id=2></b></p><i id=1></i>"),
        (
            ".//*[self::i][@id][not(.//b) or @class]",
            "<i id=1></i><i id=2><b></b></i><i class=3><b></b></i><i id=4 class=x><b>",
        ),
        ("//i[b='x y' or @id='b']|//u", "<i><b>x<em> </em>y</b></i><i><b>x</b><p><b>y</b></p></i><i id=b></i><u></u>"),
        (
            ".//*[self::i or self::b][@id]|.//*[@class]|.//p",
            "<b class=x id=y></b><p></p><u class=x></u><i></i><i class>",
        ),
        (
            ".//*[starts-with(translate(@id|@class, 'AB', 'xy'), 'x')]",
            "<i class=A id=c></i><i id=x></i><i id=c class=A></i>",
        ),
        (".//*[contains(@id, '')]", "<i></i>"),
    ],
)
def test_a_pattern_of_another_version_selects_the_same(path: str, html: str):
    pattern = XPath(path, namespaces=NAMESPACES)
    tree = document_fromstring(f"<html><body>{html}</body></html>")
    selected, expected = guarded(pattern)(tree), pattern(tree)
    assert expected
    assert selected == (expected[:1] if path.endswith("[1]") else expected)


def test_the_attributes_of_an_element_are_read_in_time_that_grows_with_their_number():
    def tree(count: int) -> HtmlElement:
        attributes = " ".join(f"a{number}=x" for number in range(count))
        return document_fromstring(f"<html><body><div {attributes}>x</div></body></html>")

    def select(tree: HtmlElement) -> None:
        for _, pattern in REWRITTEN:
            pattern(tree)

    assert grows_as_its_input(select, tree, 4_000)


@pytest.mark.parametrize(
    ("attributes", "is_banner"),
    [
        ("class='x Cookie-Banner'", True),
        ("id=OneTrust-sdk", True),
        ("class=MOOVEGDPR", True),
        ("class=COOK\u0130E-BAR", True),  # upper case in Turkish
        ("id=con\u017fent-banner", True),
        ("class=cookies-not-set id=consent", False),  # has a word of banners, and is none
        ("class=story id=x", False),
        ("", False),
    ],
)
def test_a_cookie_banner_is_selected_by_its_class_or_id_in_any_case(attributes: str, is_banner: bool):
    (pattern,) = (new for old, new in REWRITTEN if "cookie[-_]" in old.path)
    tree = document_fromstring(f"<html><body><aside>1</aside><div {attributes}>2</div></body></html>")
    assert [element.tag for element in pattern(tree)] == ["aside", "div"][: 1 + is_banner]


@pytest.mark.parametrize("words", CONTAINED_TEXTS)
@given(st.data())
def test_what_is_looked_for_first_is_in_all_that_an_expression_matches(words: str, data: st.DataObject):
    assert any(f"'{words}'" in pattern.path for pattern in LIBRARY_PATTERNS)
    matching = data.draw(st.from_regex(words))
    assert any(text in matching for text in CONTAINED_TEXTS[words])


def test_the_texts_of_rare_names_are_all_that_the_library_looks_for():
    patterns = fresh_module("trafilatura.xpaths").RAW_TREE_PRUNE_XPATH
    names = {name for pattern in patterns for name in re.findall("@(?:id|class), '([^']*)'", pattern.path)}
    first, second = "mvp-post-add-(?:box|wrap)", "infinite-?scroll"
    assert names == {first, f"{first}|{second}", "elementor-share-buttons"}
    assert set(RAW_TREE_TEXTS) == {b"mvp-post-add-", b"infinite", b"elementor-share-buttons"}
