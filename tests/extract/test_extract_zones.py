"""The zones of a page: the story, its captions, and what only stands near it."""

from __future__ import annotations

import pickle

import pytest

from extract.pages import AFTER, BEFORE, STORY_PARAGRAPHS, URL, extract_page, zone_of
from monitor.extract.outlet_profile import build_outlet_profile, profile_for_article
from monitor.extract.page import extract
from monitor.model import Extracted, OutletProfile, Zone

NAME = "Aibek Asanov"


def around(part: str, author: str = "", profile: OutletProfile = OutletProfile()) -> Extracted:
    """Return a page with this part in the middle of its story."""
    return extract_page(f"<article>{BEFORE}{part}{AFTER}</article>", author, profile)


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


def test_a_gallery_above_the_story_does_not_use_up_its_captions():
    gallery = "<figure><img src=x><figcaption>Another picture of the week</figcaption></figure>" * 150
    story = f"<article>{BEFORE}<figure><figcaption>{CAPTION}</figcaption></figure>{AFTER}</article>"
    assert extract_page(f"{story}{gallery}").captions == (CAPTION,)
    got = extract(f"<html><body>{gallery}<h1>Court frees reporter</h1>{story}</body></html>".encode(), URL)
    assert got.captions == (CAPTION,)


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
        (f"Ministre {NAME} resigns after inquiry", Zone.TEASER),
        (f"Minister {NAME} resigns after inquest", Zone.BODY),
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


@pytest.mark.parametrize(
    ("attributes", "is_left_out"),
    [
        ("class=mvp-post-add-box", True),
        ("class='list infinite-scroll'", True),
        ("class=elementor-share-buttons", True),
        ("class=mvp-post-main", False),
        ("class=infinite", False),
    ],
)
def test_articles_that_a_page_appends_to_its_own_are_left_out(attributes: str, is_left_out: bool):
    appended = "<p>Another story, which a reader who scrolls on would see next, tells of the harvest.</p>" * 4
    text = extract_page(f"<div>{BEFORE}<div {attributes}>{appended}</div>{AFTER}</div>").text
    assert ("harvest" not in text) is is_left_out
