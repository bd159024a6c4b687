"""Pages become articles: the story told apart from what leads elsewhere, and no moment that nobody declared."""

from __future__ import annotations

import json
import pickle
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.extract.outlet_profile import build_outlet_profile, profile_for_article
from monitor.extract.page import extract
from monitor.model import DatePrecision, DateSource, Extracted, OutletProfile, Zone
from monitor.text.language import detect

PAGES = Path(__file__).parents[1] / "data" / "pages"
URL = "https://news.example.test/page"
STORY = "<p>A court in an invented town on Wednesday freed a reporter who had been held for almost three weeks.</p>" * 3


def page(head: str = "", body: str = "", html: str = "<html>") -> Extracted:
    return extract(f"{html}<head>{head}</head><body><article>{body}{STORY}</article></body></html>".encode(), URL)


def zone_of(words: str, page: Extracted) -> Zone | None:
    at = page.text.find(words)
    return next((z.zone for z in page.zones if z.span.start <= at < z.span.end), None)


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


# ---- zones --------------------------------------------------------------------------------------------------------

STORY_PARAGRAPHS = [
    "A court in an invented town on Wednesday freed a reporter who had been held for almost three weeks without charge.",
    "Her lawyer told the newsroom that the judge had found no reason for the arrest and had let her go under a promise.",
    "Colleagues waited at the door with flowers and posters, and then all of them drove to the office at the river.",
    "The prosecutor has ten days to appeal, and said through an aide that it had not been decided whether to do so.",
]
BEFORE, AFTER = ("".join(f"<p>{p}</p>" for p in part) for part in (STORY_PARAGRAPHS[:2], STORY_PARAGRAPHS[2:]))
NAME = "Aibek Asanov"


def around(part: str, author: str = "", profile: OutletProfile = OutletProfile()) -> Extracted:
    """A page with a part of it in the middle of its story."""
    return extract_page(f"<article>{BEFORE}{part}{AFTER}</article>", author, profile)


def extract_page(
    body: str, author: str = "", profile: OutletProfile = OutletProfile(), title: str = "Court frees reporter"
) -> Extracted:
    meta = f'<meta name="author" content="{author}">' if author else ""
    html = f"<html><head><title>{title} | Herald</title>{meta}</head><body><h1>{title}</h1>{body}</body></html>"
    return extract(html.encode(), URL, profile=profile)


LINK = f'<a href="/1">Minister {NAME} resigns after a long inquiry into the tender</a>'
IN_THE_STORY = {
    "a list to other articles by its class": (f'<div class="related-posts"><p>{NAME} resigns</p></div>', Zone.TEASER),
    "a list by its id": (f'<div id="also-read"><p>{NAME} resigns</p></div>', Zone.TEASER),
    "a paragraph that is a link": (f"<p>{LINK}</p>", Zone.TEASER),
    "read also, with a link": (f"<p>Read also: {LINK}</p>", Zone.TEASER),
    "read also, without one": (f"<p>Read also: {NAME} resigns</p>", Zone.TEASER),
    "Russian": (f"<p>Читайте также: {NAME} подал в отставку</p>", Zone.TEASER),
    "Russian, on this subject": (f"<p>Материалы по теме: {NAME} подал в отставку</p>", Zone.TEASER),
    "Kyrgyz": (f"<p>Дагы окуңуз: {NAME} кызматтан кетти</p>", Zone.TEASER),
    "Kazakh": (f"<p>Тағы оқыңыз: {NAME} қызметінен кетті</p>", Zone.TEASER),
    "Uzbek": (f"<p>Mavzuga oid: {NAME} iste’foga chiqdi</p>", Zone.TEASER),
    "Tajik": (f"<p>Ҳамчунин бихонед: {NAME} истеъфо дод</p>", Zone.TEASER),
    "a lead-in above a list": (f"<h3>Most read</h3><ul><li>{LINK}</li><li>{LINK}</li></ul>", Zone.TEASER),
    "another above a list": (f"<h3>Top stories</h3><ul><li>{LINK}</li><li>{LINK}</li></ul>", Zone.TEASER),
    "a newsletter box": (f'<div class="newsletter-box"><p>The week by {NAME} in your mail.</p></div>', Zone.CHECK),
    "rights": (f"<p>© Herald and {NAME}. All rights reserved.</p>", Zone.CHECK),
    "a mistake found": (f"<p>Нашли ошибку? Напишите {NAME}.</p>", Zone.CHECK),
    "a figure's caption": (f"<figure><img src=x><figcaption>{NAME} in court</figcaption></figure>", Zone.CAPTION),
    "a caption by its class": (f'<p class="photo-caption">{NAME} in court on Tuesday</p>', Zone.CAPTION),
    "a caption by its first word": (f"<p>Фото: {NAME}, пресс-служба суда</p>", Zone.CAPTION),
}
STILL_THE_STORY = {
    "words that open like a lead-in": f"<p>Related to the case, {NAME} and two others were held for a day.</p>",
    "по теме": f"<p>По теме митинга {NAME} высказался коротко, и заседание было закрыто.</p>",
    "a link in a sentence": f'<p>The minister, <a href="/1">{NAME}</a>, did not answer any question that day.</p>',
    "a quotation": f"<blockquote><p>I shall stay, said {NAME}, as long as it takes to get an answer.</p></blockquote>",
    "an odd class": f'<p class="biography imagetextual">Later {NAME} came to the court and was let in by a side door.</p>',
    "subscribe as a verb": f"<p>Subscribers of {NAME} came to the court as well, and were let in at noon.</p>",
    "an infobox": f"<table><tr><td>Name</td><td>{NAME}, born in an invented town in 1980</td></tr></table>",
    "a heading": f"<h2>What {NAME} said</h2><p>Nothing that anyone could hear over the noise of the traffic there.</p>",
}


@pytest.mark.parametrize(("part", "zone"), IN_THE_STORY.values(), ids=IN_THE_STORY)
def test_a_block_within_the_story_that_is_no_story_gets_its_own_zone(part: str, zone: Zone):
    got = around(part)
    if zone is Zone.CAPTION and NAME not in got.text:
        assert [NAME in caption for caption in got.captions] == [True]
    else:
        assert (zone_of(NAME, got) in (zone, None), got.captions) == (True, ())
    assert [zone_of(paragraph, got) for paragraph in STORY_PARAGRAPHS] == [Zone.BODY] * 4


@pytest.mark.parametrize("part", STILL_THE_STORY.values(), ids=STILL_THE_STORY)
def test_a_story_stays_one_whatever_its_words_look_like(part: str):
    assert zone_of(NAME, around(part)) in (Zone.BODY, None if "<table>" in part else Zone.BODY)


@pytest.mark.parametrize(
    "closing",
    [
        f"<p>(Reporting by Ann Lee, {NAME}; editing by Bob Ray)</p>",
        f"<p>Associated Press writers Ann Lee and {NAME} contributed to this report.</p>",
        f"<p>Редактор: {NAME}</p>",
        f"<p>This article was first published by {NAME}.</p>",
        f"<p>Ann Lee covers courts and prisons. Before that she worked in the office of {NAME} in the capital.</p>",
        f"<p>Follow {NAME} on Twitter @aibek</p>",
    ],
)
def test_credits_below_a_story_are_no_part_of_it(closing: str):
    below = extract_page(f"<article>{BEFORE}{AFTER}{closing}</article>", author="Ann Lee")
    assert zone_of(NAME, below) is Zone.CHECK
    assert [zone_of(paragraph, below) for paragraph in STORY_PARAGRAPHS] == [Zone.BODY] * 4
    last = f"<p>In the end {NAME} thanked those who had waited, and left by the side door with his lawyer.</p>"
    assert zone_of(NAME, extract_page(f"<article>{BEFORE}{AFTER}{last}</article>", author="Ann Lee")) is Zone.BODY


def test_a_byline_is_one():
    got = extract_page(f"<article><p>By {NAME}</p>{BEFORE}{AFTER}</article>", author=NAME)
    assert zone_of(NAME, got) in (Zone.BYLINE, None)
    assert got.authors == (NAME,)


@pytest.mark.parametrize(
    ("declared", "authors"),
    [
        ("Ann Lee, Bo Ray and Cy Day", ("Ann Lee", "Bo Ray", "Cy Day")),
        ("By Ann Lee, Bo Ray, and Cy Day", ("Ann Lee", "Bo Ray", "Cy Day")),
        ("Анна Ли и Мелис Токоев", ("Анна Ли", "Мелис Токоев")),
        ("Айгүл Асанова жана Мелис Токоев", ("Айгүл Асанова", "Мелис Токоев")),
        ("Токоев, Мелис", ("Токоев, Мелис",)),  # one person, the surname first
        ("Редакция и Анна Ли", ("Редакция и Анна Ли",)),
        ("José Ortega y Gasset", ("José Ortega y Gasset",)),
        ("Randy Andrews", ("Randy Andrews",)),
    ],
)
def test_authors_in_one_string_are_split_and_one_person_is_not(declared, authors):
    assert extract_page(f"<article>{BEFORE}{AFTER}</article>", author=declared).authors == authors


CAPTION = f"{NAME} in court on Tuesday"


@pytest.mark.parametrize(
    ("body", "captions"),
    [
        (f"<article>{BEFORE}<div class=wp-caption><img src=x><p>{CAPTION}</p></div>{AFTER}</article>", (CAPTION,)),
        (
            f"<figure><img src=x><figcaption>{CAPTION}</figcaption></figure><article>{BEFORE}{AFTER}</article>",
            (CAPTION,),
        ),
        (
            f"<article>{BEFORE}<figure><figcaption>{'a word ' * 50}{CAPTION}</figcaption></figure>{AFTER}</article>",
            (("a word " * 50)[:300].rpartition(" ")[0],),
        ),
        (
            f"<article>{BEFORE}<div class=related><figure><figcaption>{CAPTION}</figcaption></figure></div>{AFTER}</article>",
            (),
        ),
        (f"<article>{BEFORE}<a href=/1><figure><figcaption>{CAPTION}</figcaption></figure></a>{AFTER}</article>", ()),
        (
            f"<article>{BEFORE}<aside><figure><figcaption>{CAPTION}</figcaption></figure></aside>{AFTER}</article>",
            (),
        ),
        (f"<article>{BEFORE}{AFTER}</article><figure><figcaption>{CAPTION}</figcaption></figure>", ()),
        (f"<article>{BEFORE}<p>{CAPTION}</p><figure><figcaption>{CAPTION}</figcaption></figure>{AFTER}</article>", ()),
        (
            f"<article>{BEFORE}<figure><figcaption>Court frees reporter</figcaption></figure>{AFTER}</article>",
            (),
        ),
    ],
    ids=[
        "its class",
        "the opening picture",
        "long",
        "related",
        "a link",
        "beside",
        "below",
        "told already",
        "the title",
    ],
)
def test_captions_of_the_storys_own_pictures_are_kept(body: str, captions: tuple[str, ...]):
    assert extract_page(body).captions == captions


def test_a_caption_above_the_headline_is_of_another_story():
    top = f"<figure><img src=x><figcaption>{CAPTION}</figcaption></figure><h1>Court frees reporter</h1>"
    got = extract(f"<html><body>{top}<article>{BEFORE}{AFTER}</article></body></html>".encode(), URL)
    assert got.captions == ()


def test_what_follows_the_element_of_the_story_is_none_of_it_and_what_leads_to_it_is():
    lead = f"<p>{NAME} spoke for an hour, and the court listened to him without once looking at the clock.</p>"
    tail = "<p>Charles Gerard, an actor of some fame in a neighbouring country, died on Monday at the age of 96.</p>"
    further_paragraphs = "".join(
        f"<p>On day {n} of the hearing nothing was said that had not been said before.</p>" for n in range(9)
    )
    got = extract_page(f"<main><div>{lead}</div><div>{BEFORE}{further_paragraphs}{AFTER}</div><div>{tail}</div></main>")
    assert zone_of(NAME, got) is Zone.BODY
    assert zone_of("Charles Gerard", got) in (Zone.CHECK, None)


def test_a_class_counts_only_for_elements_outside_the_story():
    cards = "".join(f'<div class="card related">{p}</div>' for p in (BEFORE, AFTER))
    got = extract_page(f'<div class="related" id="article-body">{cards}</div>')
    assert [zone_of(paragraph, got) for paragraph in STORY_PARAGRAPHS] == [Zone.BODY] * 4


def test_the_first_paragraph_is_the_story_whatever_its_class():
    got = extract_page(
        f'<article><div class="top-story"><p>{STORY_PARAGRAPHS[0]}</p></div><p>{STORY_PARAGRAPHS[1]}</p>{AFTER}</article>'
    )
    assert [zone_of(paragraph, got) for paragraph in STORY_PARAGRAPHS] == [Zone.BODY] * 4


def test_a_headline_that_differs_from_the_title_stays_and_is_one():
    got = extract_page(
        f"<main><article><h1>{NAME} is free</h1>{BEFORE}{AFTER}</article></main>", title="Court frees reporter"
    )
    assert (got.title, zone_of(NAME, got)) == ("Court frees reporter", Zone.TITLE)


def test_the_headline_is_no_part_of_the_text():
    got = extract_page(
        f"<main><article><h1>{NAME}  is free</h1>{BEFORE}{AFTER}</article></main>", title=f"{NAME} is free"
    )
    assert (got.title, NAME in got.text) == (f"{NAME} is free", False)


# ---- the outlet's profile ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headline", "zone"),
    [
        (f"Minister «{NAME}» resigns after inquiry", Zone.TEASER),
        (f"Minister {NAME} resigns, after inquiry…", Zone.TEASER),
        (f"Minister {NAME} resigned after inquiry", Zone.TEASER),
        (f"Minister {NAME} resigns", Zone.BODY),
        ("Snow on Thursday", Zone.BODY),
    ],
)
def test_a_block_that_is_the_headline_of_another_article_leads_to_it(headline: str, zone: Zone):
    profile = build_outlet_profile(["Another", headline], [])
    assert zone_of(NAME, around(f"<p>Minister {NAME} resigns after inquiry</p>", profile=profile)) is zone


def test_a_lead_that_is_a_headline_elsewhere_is_the_story_still():
    """A channel of the outlet posts the first sentence of an article as a headline of its own."""
    lead = f"{NAME} was freed on Wednesday"
    profile = build_outlet_profile([lead, STORY_PARAGRAPHS[0], STORY_PARAGRAPHS[3]], [])
    got = extract_page(f"<article><p>{lead}</p>{BEFORE}{AFTER}</article>", profile=profile)
    assert [zone_of(words, got) for words in (lead, *STORY_PARAGRAPHS)] == [Zone.BODY] * 4 + [Zone.TEASER]


def test_an_article_is_not_taken_for_a_lead_to_itself():
    profile = profile_for_article(
        build_outlet_profile([f"{NAME} is free", "Snow on Thursday"], []), f"{NAME} is free!", "KG"
    )
    assert (profile.headlines, profile.zone) == (frozenset({"snowonthursday"}), "Asia/Bishkek")


@pytest.mark.parametrize(
    ("block", "other_articles", "articles", "zone"),
    [
        (f"{NAME} and friends write for you", 3, 20, Zone.CHECK),
        (f"{NAME} and friends write for you", 2, 20, Zone.BODY),
        (
            f"{NAME} has been in prison since May. {STORY_PARAGRAPHS[3]}",
            6,
            20,
            Zone.BODY,
        ),  # what went before, told once more
        (f"{NAME} has been in prison since May. {STORY_PARAGRAPHS[3]}", 5, 5, Zone.BODY),
        (f"{NAME} founded this paper in a kitchen. {STORY_PARAGRAPHS[3]}", 17, 20, Zone.CHECK),
    ],
)
def test_furniture_is_what_recurs_but_not_what_a_follow_up_repeats(
    block: str, other_articles: int, articles: int, zone: Zone
):
    texts = [f"{n}\n{block}" if n < other_articles else str(n) for n in range(articles)]
    assert zone_of(NAME, around(f"<p>{block}</p>", profile=build_outlet_profile([], texts))) is zone


def test_an_outlet_profile_is_bounded_and_small_to_send():
    titles = [f"{n} {'long headline ' * 8}" for n in range(5000)]
    texts = ["\n".join(f"block {n}" for n in range(5000))] * 100
    assert len(pickle.dumps(build_outlet_profile(titles, texts))) < 60_000


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


# ---- whatever comes -------------------------------------------------------------------------------------------------

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
_opened: list[str] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    ours = event == "open" and str(arguments[0]).startswith((sys.prefix, sys.base_prefix))  # Python's own modules
    if _opened and not ours and event in {"open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen"}:
        _opened.append(f"{event} {arguments[:1]}")


sys.addaudithook(_watch)


@contextmanager
def nothing_opened() -> Iterator[None]:
    detect(STORY_PARAGRAPHS[0])  # its model is read once, through a temporary file
    _opened[:] = ["watching"]
    try:
        yield
        assert _opened == ["watching"]
    finally:
        _opened.clear()


@settings(deadline=30_000)  # nor hangs
@given(PAGE_BYTES, st.sampled_from(["", URL, "http://[", "not a url", "file:///etc/passwd"]))
def test_whatever_comes_extraction_answers_with_a_value_and_opens_nothing(body: bytes, url: str):
    with nothing_opened():
        got = extract(body, url, profile=PROFILE)
    str(got).encode()
    assert "\0" not in got.title + got.text + got.canonical + "".join(got.authors) + got.published_raw
    assert all(0 <= z.span.start < z.span.end <= len(got.text) for z in got.zones)
    assert all(left.span.end < right.span.start for left, right in pairwise(got.zones))


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


@pytest.mark.slow
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
    ],
    ids=["deep", "long", "links", "class", "tables", "credits", "repeated", "comments"],
)
def test_a_hostile_page_takes_no_more_time_than_it_may(body: str):
    begun = time.process_time()
    extract(f"<html><body>{body}</body></html>".encode(), URL, profile=PROFILE)
    assert time.process_time() - begun < 8


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
