"""trafilatura's fast and thorough forms, taken by their parts: what they give as a whole, at less cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

from kit.pages import AFTER, BEFORE, STORY, extract_page
from monitor.extract import body

PAGES = sorted((Path(__file__).parents[1] / "data" / "pages").glob("*.html"))
APPENDED = "<p>Another story, which a reader who scrolls on would see next, tells of the harvest.</p>" * 4
LINKS = "".join(f"<p><a href=/{n}>A headline of another story, number {n} of many</a></p>" for n in range(150))

LINES = "".join(f"<div>In court number {n} a reporter was freed, {n} weeks after the arrest.</div>" for n in range(30))


def parsed_bytes(html: str) -> bytes:
    return f"<html><body>{html}</body></html>".encode()


def by_the_library(html: bytes) -> list[list[str]]:
    """Return the texts that the fast and the thorough form give, called as its documentation says."""
    texts = []
    for fast in (True, False):
        options = Extractor(fast=fast, comments=False, links=True, dedup=False)
        document = bare_extraction(document_fromstring(html), options=options)
        texts.append(as_texts(document.body if isinstance(document, Document) else None))
    return texts


def by_parts(html: bytes) -> list[list[str]]:
    """Return the texts that the two forms give by their parts, of which both take each step once."""
    steps = body._LibrarySteps(document_fromstring(html), html)
    return [as_texts(body._fast_body(steps)[0]), as_texts(body._thorough_body(steps))]


def as_texts(element: object) -> list[str]:
    return [] if element is None else [block.text for block in body._iterate_blocks(element)]  # type: ignore[arg-type]


SHORT_PAGES = {
    "a short text": "<article><p>A short note.</p></article>",
    "a text": f"<article>{STORY}</article>",
    "a small part": f"<article>{STORY}</article><section>{LINKS}</section>",
    "lines without paragraphs": f"<article><p>A short note.</p></article><div>{LINES}</div>",
    "lines in bold": f"<div>{LINES.replace('div>', 'b>')}</div>",
    "a short text and furniture": f"<article><figure><p>A note.</p></figure><nav>{LINES}</nav></article>",
    "a small article": f"<article><p>{'A note. ' * 40}</p></article><div class=blog>{LINES * 3}</div>",
    "a list": f"<ul>{LINES.replace('div>', 'li>') * 3}</ul><article><p>{'A note. ' * 40}</p></article>",
    "paragraphs in a sidebar": f"<div class=sidebar>{LINES.replace('div>', 'p>')}</div><p>{'A note. ' * 45}</p>",
    "teasers": f"<article><p>A short note.</p><div class=Teaser><p>{LINES}</p></div></article>{LINKS}",
    "teasers in paragraphs": f"<div id=teaser>{LINES.replace('div>', 'p>')}</div><article><p>A note.</p></article>",
    "nothing": "<div></div>",
}

SENTENCES = "In court a reporter was freed, weeks after the arrest, and the editors were not told of it. "
MENU = f"<nav>{LINKS.replace('p>', 'b>')}</nav>"  # a large part of the page, and no extractor takes it


def paragraph(count: int, attributes: str = "") -> str:
    return f"<p{attributes}>{SENTENCES * count}</p>"


# Pages on which one condition of the last steps decides, by the part that is taken then or not.
DECIDED_PAGES = {
    "recall: a quarter more": f"<article>{paragraph(4)}<div class=teaser>{paragraph(1)}</div></article>{MENU}",
    "recall: three quarters more": f"<article>{paragraph(4)}<div class=teaser>{paragraph(3)}</div></article>{MENU}",
    "recall: from a large part": f"<article>{paragraph(4)}{paragraph(3, ' class=rating')}</article>",
    "recall: still too short": f"<article><p>{SENTENCES}{SENTENCES[:40]}</p></article><div>{SENTENCES}</div>{MENU}",
    "recall: more by another extractor": f"<article>{paragraph(4)}{paragraph(3, ' class=rating')}</article>{MENU}",
    "justext: less than twice as long": (
        f"<article>{paragraph(6)}</article><div><div><section class=options>{paragraph(5)}</section></div></div>{MENU}"
    ),
    "justext: more than twice as long": (
        f"<article>{paragraph(4)}</article>{f'<div><div><section class=options>{paragraph(2)}</section></div></div>' * 5}{MENU}"
    ),
    "justext: from a long text": (
        f"<article>{paragraph(33)}</article>"
        f"{f'<div><div><section class=options>{paragraph(2)}</section></div></div>' * 40}{MENU * 5}"
    ),
    "justext: shorter than recall": (
        f"<div class=post-content>{SENTENCES * 4}<br>{SENTENCES}"
        f"<figure>{paragraph(6)}{'<div>Witness one was heard.</div>' * 10}</figure></div>{MENU}"
    ),
    "no text": "<div></div>",
}


WRITTEN = {name: parsed_bytes(html) for name, html in {**SHORT_PAGES, **DECIDED_PAGES}.items()}
WRITTEN |= {file.stem: file.read_bytes() for file in PAGES}


@pytest.mark.parametrize("html", WRITTEN.values(), ids=WRITTEN)
def test_the_parts_give_what_the_library_gives(html: bytes):
    assert by_parts(html) == by_the_library(html)


texts = st.integers(1, 40).map(lambda count: SENTENCES[: 10 * count] + SENTENCES * (count // 10))
contents = st.one_of(
    texts,
    st.builds("<p>{}</p>".format, texts),
    st.builds("<br>{}<br>".format, texts),
    st.builds("<a href=/x>{}</a>".format, texts),
    st.builds("<table><tr><td>{}<td>{}</table>".format, texts, texts),
)
tags = st.sampled_from(["article", "div", "section", "aside", "ul", "li", "blockquote", "figure", "b", "form", "h2"])
names = st.sampled_from(
    ["", "", "", "post-content", "sidebar", "teaser", "comments", "text", "widget", "story", "hidden"]
)


@pytest.mark.check
@settings(max_examples=150)
@given(
    st.lists(
        st.builds("<{0} class='{1}'>{2}</{0}>".format, tags, names, st.lists(contents, max_size=4).map("".join)),
        min_size=1,
        max_size=8,
    ).map("".join)
)
def test_on_any_page_the_parts_give_what_each_form_gives(html: str):
    assert by_parts(parsed_bytes(html)) == by_the_library(parsed_bytes(html))


@pytest.mark.parametrize("cells", [0, 400, 700, 1000])
def test_cells_without_spaces_between_them_count_as_the_library_counts_them(cells: int):
    teaser = "".join(
        f"<div>The editor, Zoe Muller-Okafor, was taken from home, says source {n}.</div>" for n in range(14)
    )
    table = f"<table><tr>{'<td>1</td>' * cells}</tr></table>"
    html = parsed_bytes(f"<article>{STORY * 2}<div class=teaser>{teaser}</div></article>{table}")
    assert by_parts(html) == by_the_library(html)


@pytest.mark.parametrize(
    ("attributes", "is_left_out"),
    [
        ("class=mvp-post-add-box", True),
        ("id=mvp-post-add-wrap", True),
        ("class='list infinite-scroll'", True),
        ("id=infinitescroll", True),
        ("class=infinite&#45;scroll", True),
        ("class=elementor-share-buttons", True),
        ("class=mvp-post-main", False),
        ("class=infinite", False),
    ],
)
def test_articles_that_a_page_appends_to_its_own_are_left_out(attributes: str, is_left_out: bool):
    text = extract_page(f"<div>{BEFORE}<div {attributes}>{APPENDED}</div>{AFTER}</div>").text
    assert ("harvest" not in text) is is_left_out


@pytest.mark.parametrize(
    ("html", "is_enough"),
    [
        (f"<article>{LINES}</article>", True),
        (f"<article>{LINES}</article><nav>{LINKS.replace('<p>', '<b>')}</nav>", False),
        (f"<article>{LINES.replace('div>', 'p>')}</article>", True),
    ],
    ids=["half of a page without paragraphs", "a small part of one", "a page with paragraphs"],
)
def test_half_of_a_page_is_enough_without_other_extractors(monkeypatch: pytest.MonkeyPatch, html: str, is_enough: bool):
    thorough = []
    monkeypatch.setattr(body, "_thorough_body", thorough.append)
    body.body_blocks(document_fromstring(parsed_bytes(html)), html.encode())
    assert len(thorough) == (0 if is_enough else 1)


def test_a_page_on_which_the_first_step_fails_takes_all_steps(monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise ValueError("a tree of a form that the library does not know")

    expected = extract_page(f"<article>{STORY}</article>").text
    monkeypatch.setattr("trafilatura.main_extractor.extract_content", fail)
    assert extract_page(f"<article>{STORY}</article>").text == expected != ""
