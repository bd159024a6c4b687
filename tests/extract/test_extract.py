"""Extraction of a page: its title, text, dates, authors and language."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from extract.pages import STORY, URL, page, zone_of
from monitor.extract.page import extract
from monitor.model import DatePrecision, DateSource, Extracted, OutletProfile, Zone
from monitor.text.language import detect

PAGES = Path(__file__).parents[1] / "data" / "pages"


@pytest.mark.parametrize("name", sorted(path.stem for path in PAGES.glob("*.html")))
def test_a_page_gives_what_the_file_beside_it_holds(name: str):
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
    assert all(before.end < right.start for before, right in pairwise(spans))
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
        (  # what every page of the site calls itself is no headline
            "<meta property=og:site_name content='The Herald'><meta property=og:title content='The Herald'>"
            "<title>Court frees reporter — The Herald</title>",
            "<h1>Court frees reporter</h1>",
            "Court frees reporter",
        ),
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
        DatePrecision.MOMENT,
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
    assert (got.published_source, got.precision) == (source, DatePrecision.DAY)


def test_the_day_may_stand_in_the_address_alone():
    got = extract(f"<html><body><article>{STORY}</article></body></html>".encode(), "https://a.test/2025/05/14/x.html")
    assert (got.published, got.published_source) == (
        datetime.fromisoformat("2025-05-14T00:00:00+00:00"),
        DateSource.TEXT,
    )


def test_without_any_date_there_is_none():
    assert (page().published, page().published_source, page().precision) == (None, DateSource.NONE, DatePrecision.NONE)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Мелис Токоев<sup>1</sup>, журналист", "Мелис Токоев 1, журналист"),
        ("<b>Мелис Токоев</b><sup><a href=#n>12</a></sup> сказал", "Мелис Токоев 12 сказал"),
        ("Мелис Токоев<sup>*</sup> сказал", "Мелис Токоев* сказал"),
        ("the 2<sup>nd</sup> court", "the 2nd court"),
        ("10<sup>6</sup> soms", "106 soms"),
    ],
)
def test_the_number_of_a_footnote_is_no_part_of_a_word(written: str, words: str):
    got = extract(f"<html><body><article><h1>Court</h1><p>{STORY}</p><p>It is said: {written}.</p></article>".encode())
    assert f"It is said: {words}." in got.text


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


# ---- dates with a clock and no zone ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "zone", "published", "precision"),
    [
        (LD % "2025-05-14T09:30:00", "Asia/Bishkek", "2025-05-14T03:30:00+00:00", DatePrecision.ZONE_ASSUMED),
        (LD % "2025-05-14T09:30:00", "Asia/Almaty", "2025-05-14T04:30:00+00:00", DatePrecision.ZONE_ASSUMED),
        (LD % "2025-07-14T09:30:00", "Europe/Berlin", "2025-07-14T07:30:00+00:00", DatePrecision.ZONE_ASSUMED),
        (LD % "2025-05-14T09:30:00Z", "Asia/Bishkek", "2025-05-14T09:30:00+00:00", DatePrecision.MOMENT),
        (LD % "2025-05-14T09:30:00" + META % "2025-05-14T09:30:00+05:00", "Asia/Bishkek", "2025-05-14T04:30:00+00:00",
         DatePrecision.MOMENT),
        (LD % "2025-05-14", "Asia/Bishkek", "2025-05-14T00:00:00+00:00", DatePrecision.DAY),
        (LD % "1970-01-01T00:00:00Z", "Asia/Bishkek", None, DatePrecision.NONE),
    ],
)  # fmt: skip
def test_a_clock_without_a_zone_is_read_in_the_outlets_and_says_so(
    head: str, zone: str, published: str | None, precision: DatePrecision
):
    got = extract(f"<html><head>{head}</head><body>{STORY}</body></html>".encode(), profile=OutletProfile(zone=zone))
    assert (got.published, got.precision) == (published and datetime.fromisoformat(published), precision)


def test_what_the_page_declared_is_kept_in_its_own_words():
    assert page(LD % " 2025-05-14T09:30:00+06:00 ").published_raw == "2025-05-14T09:30:00+06:00"
    assert page(LD % "1970-01-01T00:00:00Z").published_raw == "1970-01-01T00:00:00Z"


# ---- pages that hold no article -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "html",
    [
        "<html><body><div id=root></div><script>window.app = {text: 'Aibek Asanov was freed'}</script></body></html>",
        "<html><head><title>Herald</title></head><body></body></html>",
        "<html><body><noscript>Please switch on JavaScript to read the Herald.</noscript><div></div></body></html>",
        "<html><body><script>location = '/news'</script></body></html>",
        "<html><frameset><frame src=a.html></frameset></html>",
    ],
)
def test_a_page_made_by_scripts_alone_holds_no_text(html: str):
    assert extract(html.encode(), URL).text == ""


# ---- language -----------------------------------------------------------------------------------------------------


TITLES = [
    ("ky", "Сот журналистти үй камагына чыгарды, прокуратура макул болгон жок"),
    ("ky", "Бишкекте митингге чыккандар кармалып, кийин коё берилди"),
    ("kk", "Сот журналистің ісі бойынша үкім шығарды, қорғаушы шағымданады"),
    ("ru", "Суд освободил журналистку из-под стражи после трёх недель ареста"),
    ("uz", "Sud jurnalistni ozod qildi, prokuratura qarorga eʼtiroz bildirmoqda"),
    ("uz", "Суд журналистни озод қилди, прокуратура қарорга эътироз билдирмоқда"),
    ("tg", "Суд рӯзноманигорро пас аз се ҳафта аз ҳабс озод кард"),
    ("tk", "Kazyýet žurnalisti üç hepdeden soň boşatdy, prokuratura garşy çykýar"),
    ("en", "Court frees reporter after three weeks; prosecutors may appeal"),
]


@pytest.mark.parametrize(("language", "title"), TITLES)
def test_a_headline_alone_tells_its_language(language: str, title: str):
    assert detect(title, "de") == language


@pytest.mark.parametrize(
    ("text", "fallback"), [("Сот — 2025", "ky"), ("", "ky"), ("19 букв ещё не язык", "uz"), ("1 2 3 " * 40, "")]
)
def test_under_twenty_letters_the_feeds_language_is_taken_or_none(text: str, fallback: str):
    assert detect(text, fallback) == fallback
