"""Pages become articles: the story told apart from what leads elsewhere, and no moment that nobody declared."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extract import extract
from monitor.model import DateSource, Extracted, Precision, Zone

PAGES = Path(__file__).parent / "data" / "pages"
URL = "https://news.example.test/page"
STORY = "<p>A court in an invented town on Wednesday freed a reporter who had been held for almost three weeks.</p>" * 3


def page(head: str = "", body: str = "", html: str = "<html>") -> Extracted:
    return extract(f"{html}<head>{head}</head><body><article>{body}{STORY}</article></body></html>".encode(), URL)


def zone_of(words: str, page: Extracted) -> Zone | None:
    at = page.text.find(words)
    return next((z.zone for z in page.zones if z.span.start <= at < z.span.end), None)


@pytest.mark.parametrize("name", sorted(path.stem for path in PAGES.glob("*.html")))
def test_a_page_gives_what_stands_beside_it(name: str):
    expected = json.loads((PAGES / f"{name}.json").read_text())
    got = extract((PAGES / f"{name}.html").read_bytes(), URL)
    assert got.published == datetime.fromisoformat(expected["published"])
    for field in ("title", "published_source", "precision", "language", "canonical"):
        assert getattr(got, field) == expected[field], field
    assert list(got.authors) == expected["authors"]
    assert {words: zone_of(words, got) for words in expected["body"]} == dict.fromkeys(expected["body"], Zone.BODY)
    assert not [words for words in expected["teaser"] if zone_of(words, got) not in (Zone.TEASER, None)]
    assert not [words for words in expected["nowhere"] if words in got.text]


def test_zones_cover_the_text_in_order_and_name_its_very_words():
    got = extract((PAGES / "english.html").read_bytes(), URL)
    spans = [zone.span for zone in got.zones]
    assert spans[0].start == 0
    assert spans[-1].end == len(got.text)
    assert all(left.end < right.start for left, right in pairwise(spans))
    assert "\n".join(span.of(got.text) for span in spans) == got.text


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Court frees reporter | Herald</title>", "<h1>Court frees reporter</h1>", "Court frees reporter"),
        ("<title>Court frees reporter | Herald</title>", "<h1>Herald</h1>", "Court frees reporter"),
        (
            "<title>Court frees reporter - Herald</title><meta property=og:site_name content=Herald>",
            "",
            "Court frees reporter",
        ),
        ("<title>Minister - I did not know</title>", "", "Minister - I did not know"),
        (
            "<meta property=og:title content='Court frees reporter'><title>x</title>",
            "<h1>Another story</h1>",
            "Court frees reporter",
        ),
        ("", "<h1>Court\n frees <b>reporter</b></h1>", "Court frees reporter"),
        ("", "", ""),
    ],
)
def test_the_title_is_the_headline_and_not_the_name_of_the_site(head: str, body: str, title: str):
    assert page(head, body).title == title


LD = '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"%s"}</script>'
META = '<meta property="article:published_time" content="%s">'


@pytest.mark.parametrize(
    ("head", "published", "source"),
    [
        (LD % "2025-05-14T09:30:00+06:00", "2025-05-14T03:30:00+00:00", DateSource.JSON_LD),
        (LD % "2025-05-14T09:30:00Z" + META % "2025-05-13T00:00:00Z", "2025-05-14T09:30:00+00:00", DateSource.JSON_LD),
        (META % "Wed, 14 May 2025 09:30:00 GMT", "2025-05-14T09:30:00+00:00", DateSource.META),
        (LD % "2025-05-14T09:30:00" + META % "2025-05-14T09:30:00+06:00", "2025-05-14T03:30:00+00:00", DateSource.META),
    ],
)
def test_a_declared_moment_is_taken_with_its_zone(head: str, published: str, source: DateSource):
    got = page(head)
    assert (got.published, got.published_source, got.precision) == (
        datetime.fromisoformat(published),
        source,
        Precision.MOMENT,
    )


@pytest.mark.parametrize(
    ("head", "day", "source"),
    [
        (LD % "2025-05-14T09:30:00", "2025-05-14", DateSource.JSON_LD),
        (LD % "2025-05-14", "2025-05-14", DateSource.JSON_LD),
        (LD % "soon" + META % "2025-05-14 09:30", "2025-05-14", DateSource.META),
        (
            LD % "2025-05-14T09:30:00" + META % "2025-06-30T09:30:00+06:00",
            "2025-05-14",
            DateSource.JSON_LD,
        ),  # not the same day
    ],
)
def test_no_zone_is_invented_for_a_clock_that_has_none(head: str, day: str, source: DateSource):
    got = page(head)
    assert got.published == datetime.fromisoformat(f"{day}T00:00:00+00:00")
    assert (got.published_source, got.precision) == (source, Precision.DAY)


def test_the_day_may_stand_in_the_address_alone():
    got = extract(f"<html><body><article>{STORY}</article></body></html>".encode(), "https://a.test/2025/05/14/x.html")
    assert (got.published, got.published_source) == (
        datetime.fromisoformat("2025-05-14T00:00:00+00:00"),
        DateSource.TEXT,
    )


def test_without_any_date_there_is_none():
    assert (page().published, page().published_source, page().precision) == (None, DateSource.NONE, Precision.NONE)


def test_a_page_of_too_few_letters_has_no_language_of_its_own():
    assert extract(b'<html lang="ky-KG"><body><p>123</p><p>456</p></body></html>').language == ""


def test_a_page_from_before_unicode_is_read():
    html = f'<html><head><meta charset="windows-1251"></head><body><p>{"Суд освободил журналистку. " * 20}</p></body></html>'
    assert "Суд освободил журналистку." in extract(html.encode("cp1251")).text


def test_a_text_without_end_is_cut_at_a_block():
    paragraphs = "".join(f"<p>{i} {'word ' * 60}</p>" for i in range(900))
    got = extract(f"<html><body><article>{paragraphs}</article></body></html>".encode())
    assert 199_000 < len(got.text) <= 200_000
    assert got.zones[-1].span.end == len(got.text)


@pytest.mark.parametrize("body", [b"", b" ", b"\0", b"no page at all", b"{}", b"<!-- -->", b"\xff\xfe"])
def test_what_is_no_page_gives_nothing(body: bytes):
    assert extract(body) == Extracted()


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


@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(MARKUP, max_size=30).map(lambda p: " ".join(p).encode("utf-8", "surrogatepass")),
    ),
    st.sampled_from(["", URL, "http://[", "not a url"]),
)
def test_whatever_comes_extraction_answers_with_a_value(body: bytes, url: str):
    got = extract(body, url)
    str(got).encode()
    assert "\0" not in got.title + got.text + got.canonical + "".join(got.authors)
    assert all(0 <= z.span.start < z.span.end <= len(got.text) for z in got.zones)
