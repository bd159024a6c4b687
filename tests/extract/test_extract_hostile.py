"""Whatever comes, extraction answers with a value, opens nothing and loses no story."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.pages import AFTER, BEFORE, STORY, STORY_PARAGRAPHS, URL, extract_page, page
from kit.audit import audited
from kit.growth import takes_at_most
from monitor.extract.outlet_profile import build_outlet_profile
from monitor.extract.page import extract
from monitor.text.language import detect

MARKUP = st.sampled_from(
    [
        "<html>",
        "<head>",
        "<body>",
        "<svg>",
        "<template>",
        "<p>",
        "</p>",
        "<h1>",
        "<title>",
        "|",
        "<a\xa0href='//['>",
        "</a>",
        "<table><tr><td>",
        "<ul><li>",
        "<!--",
        "-->",
        "<![CDATA[",
        "<script\xa0type='application/ld+json'>",
        "</script>",
        '{"@type":"NewsArticle","headline":',
        '"\\ud800\\u0000"',
        "[",
        "]",
        "}",
        ",",
        "null",
        '"author":',
        '"datePublished":',
        '"2025-05-14T10:00:00"',
        "<time\xa0datetime='2025-05-14'>",
        "<meta\xa0name=date\xa0content='",
        "<link\xa0rel=canonical\xa0href='http://[x'>",
        "&#0;",
        "&#xD800;",
        "\x00",
        "�",
        "слово",
        "words",
    ]
).map(lambda part: part.replace("\xa0", " "))
PAGE_BYTES = st.one_of(
    st.binary(max_size=200),
    st.lists(MARKUP, max_size=30).map(lambda parts: " ".join(parts).encode("utf-8", "surrogatepass")),
    st.lists(st.one_of(MARKUP, st.sampled_from(STORY_PARAGRAPHS)), max_size=40).map(
        lambda parts: f"<html><body><article>{' '.join(parts)}</article>".encode("utf-8", "surrogatepass")
    ),
)
PROFILE = build_outlet_profile(
    [STORY_PARAGRAPHS[0], "Words"], [STORY_PARAGRAPHS[1], STORY_PARAGRAPHS[1], STORY_PARAGRAPHS[1]]
)


@contextmanager
def nothing_opened() -> Iterator[None]:
    detect(STORY_PARAGRAPHS[0])  # its model is read once, through a temporary file
    opened: list[str] = []

    def note(event: str, arguments: tuple[object, ...]) -> None:
        ours = event == "open" and str(arguments[0]).startswith((sys.prefix, sys.base_prefix))  # Python's own modules
        if not ours and event in {"open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen"}:
            opened.append(f"{event} {arguments[:1]}")

    with audited(note):
        yield
    assert opened == []


@settings(deadline=30_000)  # nor hangs
@given(PAGE_BYTES, st.sampled_from(["", URL, "http://[", "not a url", "file:///etc/passwd"]))
def test_whatever_comes_extraction_answers_with_a_value_and_opens_nothing(body: bytes, url: str):
    with nothing_opened():
        got = extract(body, url, profile=PROFILE)
    str(got).encode()
    assert "\0" not in got.title + got.text + got.canonical + "".join(got.authors) + got.published_raw
    assert all(0 <= z.span.start < z.span.end <= len(got.text) for z in got.zones)
    assert all(before.span.end < right.span.start for before, right in pairwise(got.zones))


@pytest.mark.parametrize(
    "body",
    [
        b'<html><body><img src="file:///etc/passwd"><link rel=stylesheet href="http://127.0.0.1:9/x.css">',
        b'<!DOCTYPE html SYSTEM "file:///etc/passwd"><html><body><p>&x;</p></body></html>',
        b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>&x;</p></body></html>',
        b'<html><body><iframe src="http://127.0.0.1:9/"></iframe><object data="file:///etc/passwd"></object></body></html>',
    ],
)
def test_a_page_makes_nobody_open_a_file_or_call_a_server(body: bytes):
    body += BEFORE.encode() + AFTER.encode()
    with nothing_opened():
        got = extract(body, URL)
    assert "root:" not in got.text


@pytest.mark.soak
@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 3000 + STORY,
        "<p>" + "a " * 200_000,
        "<ul>" + "<li><a href=/x>Some headline or other</a></li>" * 3000 + "</ul>" + STORY,
        "<p class='" + "related-" * 5000 + "'>" + STORY,
        "<table>" * 300 + STORY,
        "".join(f"<p>{'(' * 50} {n} {'contributed ' * 20}</p>" for n in range(300)) + STORY,
        "<p>" + "Same words again. " * 3000 + "</p>" + "<p>Same words again.</p>" * 1500,
        "<div id=comment-1>x</div><ul id=comment-2></ul><section id=share>y</section>" * 8_000 + STORY,
        "".join(
            f"<h1>Headline of story {n}</h1><p>What the court did on day {n} is told here.</p>" for n in range(3000)
        ),
    ],
    ids=["deep", "long", "links", "class", "tables", "credits", "repeated", "comments", "headlines"],
)
def test_a_hostile_page_takes_no_more_time_than_it_may(body: str):
    """A plain page of 150 KB takes a fortieth of the processor time that a page may take."""

    def work(body: str) -> None:
        extract(f"<html><body>{body}</body></html>".encode(), URL, profile=PROFILE)

    assert takes_at_most(32, work, body, STORY * 500)


@pytest.mark.parametrize("lead_paragraphs", [1, 4], ids=["a few words", "a summary"])
def test_a_story_outside_the_element_that_seems_the_article_is_read(lead_paragraphs: int):
    lead = "<p>What the court did on that long day, for readers in haste, is told in these few lines above.</p>"
    story = "".join(
        f"<p>Witness {n} told at length what was asked, and what was answered to it.</p>" for n in range(20)
    )
    got = extract_page(f"<article>{lead * lead_paragraphs}</article><div class=long>{story}</div>")
    assert "Witness 0" in got.text and "Witness 19" in got.text


@pytest.mark.parametrize("before", [
    "<script>var s = '<p>In a script</p>'</script>", "<style>p{}</style>", "<script src=a.js></script>", "<script/>",
    "<!-- <script> -->", "<!--><script>1</script>", "<!-- </script> -->", "<style-guide>", "<scripted>x</scripted>",
    "<SCRIPT>var s = 1</SCRIPT>", "<script>a</script><script>b</script >", "<script>'<!--'</script>",
])  # fmt: skip
def test_a_story_is_whole_whatever_scripts_stand_before_it(before: str):
    read = page(body=f"<p>The first words of the story stand here, and they stay.</p>{before}<p>")
    assert "The first words" in read.text
    assert "freed a reporter" in read.text
    assert "In a script" not in read.text


@pytest.mark.parametrize("part", [
    "<p>The court freed <button class=tooltip>Melis Tokoev</button> on Monday, his lawyer told reporters.</p>",
    "<h2><button class=accordion>Who is Melis Tokoev</button></h2><div><p>A reporter of many years.</p></div>",
    "<p>The court freed <img src=x> Melis Tokoev <select><option>ru</select> on Monday.</p>",
])  # fmt: skip
def test_a_name_in_or_behind_a_button_or_a_picture_is_read(part: str):
    assert "Melis Tokoev" in page(body=f"<p>The first words of the story stand here, and they stay.</p>{part}<p>").text


@pytest.mark.parametrize(
    "page_part",
    [
        '<div data-embed="<script src=x><\\/script>"></div>',
        "<textarea><script src=x></textarea>",
        '<a title="the <style > tag">a link</a>',
        "<title>Why <script> is bad</title>",
    ],
)
def test_a_script_that_is_no_element_cuts_nothing_from_the_story(page_part: str):
    assert "freed a reporter" in page(page_part).text


@pytest.mark.parametrize(
    "unclosed",
    ["<script>", "<style>", "<!--", "<script", "<script><!--", '<script type="application/ld+json"', "<script src=/a"],
)
def test_what_stands_before_an_unclosed_script_is_read(unclosed: str):
    read = extract(f"<html><body><article>{STORY}</article>{unclosed}<p>The rest</p></body></html>".encode(), URL)
    assert "freed a reporter" in read.text


def test_json_ld_is_read_between_other_scripts():
    declared = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Declared"}</script>'
    assert page(f"<script>1</script>{declared}<script>2</script>").title == "Declared"
