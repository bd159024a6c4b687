"""The first step of trafilatura, taken by its parts: what its fast form would give, at less cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml.html import HtmlElement, document_fromstring

from kit.pages import AFTER, BEFORE, STORY, extract_page
from monitor.extract import body

PAGES = sorted((Path(__file__).parents[1] / "data" / "pages").glob("*.html"))
APPENDED = "<p>Another story, which a reader who scrolls on would see next, tells of the harvest.</p>" * 4
LINKS = "".join(f"<p><a href=/{n}>A headline of another story, number {n} of many</a></p>" for n in range(150))

LINES = "".join(f"<div>In court number {n} a reporter was freed, {n} weeks after the arrest.</div>" for n in range(30))


def parsed(html: str) -> HtmlElement:
    return document_fromstring(f"<html><body>{html}</body></html>")


def as_texts(element: object) -> list[str]:
    assert element is not None
    return [block.text for block in body._iterate_blocks(element)]  # type: ignore[arg-type]


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_the_first_step_gives_what_the_fast_form_gives(file: Path):
    html = file.read_bytes()
    first, fast = (
        as_texts(step)
        for step in (
            body._first_body(document_fromstring(html), html),
            body._whole_body(document_fromstring(html), fast=True),
        )
    )
    assert first == fast


@pytest.mark.parametrize(
    "html",
    ["<article><p>A short note.</p></article>", f"<article>{STORY}</article><section>{LINKS}</section>"],
    ids=["a short text", "a small part of the page"],
)
def test_a_text_that_may_be_too_little_takes_all_steps(html: str):
    assert body._first_body(parsed(html), html.encode()) is None


@pytest.mark.parametrize("cells", [0, 400, 700, 1000])
def test_cells_without_spaces_between_them_count_as_the_library_counts_them(cells: int):
    teaser = "".join(
        f"<div>The editor, Zoe Muller-Okafor, was taken from home, says source {n}.</div>" for n in range(14)
    )
    table = f"<table><tr>{'<td>1</td>' * cells}</tr></table>"
    html = f"<article>{STORY * 2}<div class=teaser>{teaser}</div></article>{table}"
    first = body._first_body(parsed(html), html.encode())
    assert first is None or as_texts(first) == as_texts(body._whole_body(parsed(html), fast=True))


@pytest.mark.parametrize(
    ("attributes", "is_left_out"),
    [
        ("class=mvp-post-add-box", True),
        ("id=mvp-post-add-wrap", True),
        ("class='list infinite-scroll'", True),
        ("id=infinitescroll", True),
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
    monkeypatch.setattr(body, "_whole_body", lambda _, fast: thorough.append(fast))
    body.body_blocks(parsed(html), html.encode())
    assert thorough == ([] if is_enough else [False])


def test_a_page_on_which_the_first_step_fails_takes_all_steps(monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise ValueError("a tree of a form that the library does not know")

    expected = extract_page(f"<article>{STORY}</article>").text
    monkeypatch.setattr("trafilatura.main_extractor.extract_content", fail)
    assert extract_page(f"<article>{STORY}</article>").text == expected != ""
